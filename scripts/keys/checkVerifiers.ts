// Refuses verifiers for which proofs can be forged, in a folder of sources or of a private market on a chain:
//   node scripts/keys/checkVerifiers.ts [FOLDER] [--release]
//   node scripts/keys/checkVerifiers.ts --rpc URL --pool ADDRESS [--release] [--ceremony FOLDER]
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { getAddress } from "ethers";
import { connectTo } from "../../sdk/deployment/connectTo.ts";
import { BaseError, showValue } from "../../sdk/errors.ts";
import { findWeaknesses } from "./checkVerifier.ts";
import { guardVerifiers, VerifiersRefusedError } from "./guardVerifiers.ts";
import { isDevelopmentKey } from "./isDevelopmentKey.ts";
import { VERIFIERS } from "./solidityVerifier.ts";
import { verifiersOfPool } from "./verifierBytecode.ts";
import { ceremonyVerifierKeys } from "./verifierKeys.ts";

async function checkFolder(folder: string, isRelease: boolean): Promise<void> {
  // Beside the verifiers are the names of their signals.
  const files = (await readdir(folder)).filter((file) => file.endsWith("Verifier.sol"));
  if (files.length === 0) throw new BaseError(`There is no verifier in ${folder}.`);
  for (const file of files) {
    const source = await readFile(path.join(folder, file), "utf8");
    const findings = await findWeaknesses(source);
    if (isRelease && (await isDevelopmentKey(source)))
      findings.push("it is a development key, whose secrets are published");
    for (const finding of findings) console.error(`${path.join(folder, file)}: ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
  }
  console.error(`checkVerifiers: ${files.length} verifiers in ${folder}`);
}

interface PoolOptions {
  rpc: string;
  pool: string;
  ceremony: string | undefined;
  isRelease: boolean;
}

async function checkPool({ rpc, pool, ceremony, isRelease }: PoolOptions): Promise<void> {
  let address: string;
  try {
    address = getAddress(pool);
  } catch {
    throw new BaseError(`The pool ${showValue(pool)} is no address.`);
  }
  const keys = ceremony === undefined ? undefined : await ceremonyVerifierKeys(ceremony);
  const provider = await connectTo(rpc);
  try {
    const verifiers = await verifiersOfPool(provider, address);
    await guardVerifiers(verifiers, {
      isDevelopment: !isRelease,
      ...(keys !== undefined && { keys }),
    });
    console.error(`checkVerifiers: ${verifiers.length} verifiers of ${address}`);
  } catch (error) {
    if (!(error instanceof VerifiersRefusedError)) throw error;
    for (const finding of error.findings) console.error(`${address}: ${finding}`);
    process.exitCode = 1;
  } finally {
    provider.destroy();
  }
}

async function check(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      // Of a release no key may be a development key, for which everybody can forge.
      release: { type: "boolean", default: false },
      rpc: { type: "string" },
      pool: { type: "string" },
      ceremony: { type: "string" },
    },
  });
  const { rpc, pool, ceremony, release: isRelease } = values;
  if (rpc === undefined && pool === undefined && ceremony === undefined)
    await checkFolder(positionals[0] ?? VERIFIERS, isRelease);
  else if (rpc !== undefined && pool !== undefined && positionals.length === 0)
    await checkPool({ rpc, pool, ceremony, isRelease });
  else throw new BaseError("A pool is checked with --rpc and --pool both, a folder with neither.");
}

try {
  await check();
} catch (error) {
  if (!(error instanceof BaseError) && (error as NodeJS.ErrnoException).code !== "ENOENT")
    throw error;
  console.error(`checkVerifiers: ${(error as Error).message}`);
  process.exitCode = 2;
}
