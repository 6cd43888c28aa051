import { open } from "node:fs/promises";
import path from "node:path";
import { showValue } from "../../sdk/errors.ts";
import { checkConfig } from "./checkConfig.ts";
import { LineChecks } from "./checkLines.ts";
import type { KeyConfig, OracleConfig } from "./config.ts";
import { ConfigDocument, type ReadContext } from "./configDocument.ts";
import { ConfigError, UnreadableConfigError } from "./configError.ts";
import { ConfigNode } from "./configNode.ts";
import { toLineConfig } from "./lines.ts";
import { configFile, type ConfigFile } from "./shape.ts";

const PERMISSIONS = 0o777;

const REMEDIES: Record<string, string> = {
  ENOENT: "There is no such file: correct the path, or begin with docs/operations/oracle.yaml.",
  EISDIR: "It is a directory: name a file.",
  EACCES: "You may not read it: change its permissions, or run as its owner.",
};

/**
 * Reads and checks a configuration.
 * @param file its path
 * @param env where `${NAME}` is looked up
 * @throws UnreadableConfigError
 * @throws ConfigError with everything that is wrong
 */
export async function loadConfig(
  file: string,
  env: ReadContext["env"] = process.env,
): Promise<OracleConfig> {
  const { text, mode } = await readText(file);
  return parseConfig(text, { file, env, mode });
}

/**
 * Reads a configuration for somebody who looks at the daemon's store or asks it: its secrets are the daemon's, and are
 * left. What reveals one of them all the same throws.
 * @throws UnreadableConfigError, ConfigError
 */
export async function loadConfigWithoutSecrets(file: string): Promise<OracleConfig> {
  const { text, mode } = await readText(file);
  return parseConfig(text, { file, env: {}, mode, leavesSecrets: true });
}

/**
 * Checks the text of a configuration.
 * @param context the file's path and permission bits, and where `${NAME}` is looked up
 * @throws ConfigError
 */
export function parseConfig(
  text: string,
  { file, ...context }: ReadContext & { file: string },
): OracleConfig {
  const document = new ConfigDocument(text, context);
  const throwProblems = () => {
    const { problems } = document;
    if (problems.length !== 0) throw new ConfigError(file, problems);
  };
  throwProblems();
  const root = ConfigNode.root(document);
  const draft = configFile.read(root);
  const lines = new LineChecks();
  if (draft !== undefined) checkConfig(draft, root, lines);
  document.reportRepetition();
  throwProblems();
  // Without problems nothing is missing.
  return toConfig(draft as ConfigFile, path.resolve(file), root, lines);
}

async function readText(file: string): Promise<{ text: string; mode: number }> {
  let bytes: Buffer;
  let mode: number;
  try {
    const handle = await open(file);
    try {
      mode = (await handle.stat()).mode & PERMISSIONS;
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const remedy = REMEDIES[code];
    throw new UnreadableConfigError(`Cannot read the configuration ${showValue(file)}.`, {
      ...(remedy === undefined ? { details: message } : { metaMessages: [remedy] }),
      cause: error,
    });
  }
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), mode };
  } catch {
    throw new UnreadableConfigError(`The configuration ${showValue(file)} is not UTF-8 text.`, {
      metaMessages: ["Save it as UTF-8."],
    });
  }
}

function toConfig(
  content: ConfigFile,
  file: string,
  root: ConfigNode,
  lines: LineChecks,
): OracleConfig {
  const { market, store, sending } = content;
  const resolve = (relative: string) => path.resolve(path.dirname(file), relative);
  return {
    ...content,
    file,
    market: {
      market: market.address,
      registry: market.registry,
      chainId: BigInt(market.chainId),
      rpc: market.rpc,
    },
    key: toKeyConfig(content.key, resolve),
    store: { ...store, path: resolve(store.path) },
    sending: { confirmations: sending.confirmations, maxFeePerGas: sending.maxFeePerGasGwei },
    lines: content.lines.map((line, index) =>
      toLineConfig(line, lines.profile(line.meters[0]!.profile), root.at("lines", index)),
    ),
  };
}

function toKeyConfig(
  { keystore, password, file }: ConfigFile["key"],
  resolve: (relative: string) => string,
): KeyConfig {
  return file === undefined
    ? { kind: "keystore", path: resolve(keystore!), password: password! }
    : { kind: "file", path: resolve(file) };
}
