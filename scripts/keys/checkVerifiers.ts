// Refuses verifiers for which proofs can be forged:
//   node scripts/keys/checkVerifiers.ts [FOLDER] [--release]
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { BaseError } from "../../sdk/errors.ts";
import { findWeaknesses } from "./checkVerifier.ts";
import { isDevelopmentKey } from "./isDevelopmentKey.ts";
import { VERIFIERS } from "./solidityVerifier.ts";

async function check(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    // Of a release no key may be a development key, for which everybody can forge.
    options: { release: { type: "boolean", default: false } },
  });
  const folder = positionals[0] ?? VERIFIERS;
  // Beside the verifiers are the names of their signals.
  const files = (await readdir(folder)).filter((file) => file.endsWith("Verifier.sol"));
  if (files.length === 0) throw new BaseError(`There is no verifier in ${folder}.`);
  for (const file of files) {
    const source = await readFile(path.join(folder, file), "utf8");
    const findings = await findWeaknesses(source);
    if (values.release && (await isDevelopmentKey(source)))
      findings.push("it is a development key, whose secrets are published");
    for (const finding of findings) console.error(`${path.join(folder, file)}: ${finding}`);
    if (findings.length > 0) process.exitCode = 1;
  }
  console.error(`checkVerifiers: ${files.length} verifiers in ${folder}`);
}

try {
  await check();
} catch (error) {
  if (!(error instanceof BaseError) && (error as NodeJS.ErrnoException).code !== "ENOENT")
    throw error;
  console.error(`checkVerifiers: ${(error as Error).message}`);
  process.exitCode = 2;
}
