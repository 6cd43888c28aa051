import { BaseError, showValue } from "../../errors.ts";
import type { CircuitName } from "../context.ts";

/** A file that a prover fetches. */
export interface KeyFile {
  /** Relative to the manifest. Its name holds its hash, so that caches need never ask for it again. */
  file: string;
  bytes: number;
  /** As lower-case hex. */
  sha256: string;
}

/** What a circuit is proven with, as a page publishes it. */
export interface PublishedKeys {
  wasm: KeyFile;
  zkey: KeyFile;
  verificationKey: KeyFile;
}

/** `keys.json` of a page: what its prover fetches for each circuit. */
export interface ProvingKeysManifest {
  format: typeof PROVING_KEYS_FORMAT;
  circuits: Partial<Record<CircuitName, PublishedKeys>>;
}

export const PROVING_KEYS_FORMAT = "sealwatt proving keys 1";

/** What should list the keys does not. */
export class ProvingKeysManifestError extends BaseError {
  override name = "ProvingKeysManifestError";

  constructor(fault: string) {
    super(`The list of proving keys ${fault}.`, {
      metaMessages: ["Make it anew with `npm run prover`, and publish all of its folder."],
    });
  }
}

/** Checks what was fetched as `keys.json`. @throws ProvingKeysManifestError */
export function parseProvingKeys(value: unknown): ProvingKeysManifest {
  const { format, circuits } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (format !== PROVING_KEYS_FORMAT) {
    throw new ProvingKeysManifestError(`has format ${showValue(format)}, not this version's`);
  }
  for (const [name, keys] of Object.entries(circuits ?? {})) {
    const files = keys as Partial<Record<keyof PublishedKeys, unknown>> | null;
    for (const part of ["wasm", "zkey", "verificationKey"] as const) {
      if (isKeyFile(files?.[part])) continue;
      throw new ProvingKeysManifestError(`does not say what the ${part} of ${name} is`);
    }
  }
  return value as ProvingKeysManifest;
}

function isKeyFile(value: unknown): value is KeyFile {
  const { file, bytes, sha256 } = (value ?? {}) as Partial<Record<keyof KeyFile, unknown>>;
  return (
    typeof file === "string" &&
    Number.isSafeInteger(bytes) &&
    typeof sha256 === "string" &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}
