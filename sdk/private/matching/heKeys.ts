import type { Decryptor, Encryptor, PublicKey, RelinKeys, SecretKey } from "node-seal";
import type { HeScheme } from "./heScheme.ts";
import { MalformedKeyError } from "./matchingError.ts";
import { plainBytes } from "./plainBytes.ts";
import type { SealScope } from "./sealScope.ts";

/** The keys of an epoch as bytes. The secret one never leaves the key holder. */
export interface HeKeys {
  publicKey: Uint8Array;
  /** For the matcher: makes a product as short as its factors. */
  relinKeys: Uint8Array;
  secretKey: Uint8Array;
}

/** Fresh keys, from the system's randomness. */
export function createHeKeys({ seal, context }: HeScheme): HeKeys {
  const generator = new seal.KeyGenerator(context);
  const secretKey = generator.secretKey();
  const publicKey = generator.createPublicKey();
  const relinKeys = generator.createRelinKeys();
  const { none } = seal.ComprModeType;
  try {
    return {
      secretKey: secretKey.saveToArray(none) as Uint8Array,
      publicKey: publicKey.saveToArray(none) as Uint8Array,
      relinKeys: relinKeys.saveToArray(none) as Uint8Array,
    };
  } finally {
    for (const object of [secretKey, publicKey, relinKeys, generator]) object.delete();
  }
}

interface LoadableKey {
  loadFromArray(context: unknown, bytes: Uint8Array): void;
}

function load<K extends LoadableKey>(scheme: HeScheme, what: string, bytes: Uint8Array, key: K): K {
  // A key says its own length first; SEAL would read on where there is more, and take a compressed one.
  const isWhole =
    bytes.length >= 16 &&
    bytes[5] === scheme.seal.ComprModeType.none.value &&
    new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true) === BigInt(bytes.length);
  if (!isWhole) throw new MalformedKeyError(what, "is not whole, or compressed");
  try {
    key.loadFromArray(scheme.context, plainBytes(bytes));
  } catch {
    throw new MalformedKeyError(what, "is none of the market's parameters");
  }
  return key;
}

/** @param scope what frees the key. @throws CiphertextError */
export function loadPublicKey(
  scheme: HeScheme,
  bytes: Uint8Array,
  scope: SealScope = scheme,
): PublicKey {
  return load(scheme, "public key", bytes, scope.own(new scheme.seal.PublicKey()));
}

/** As {@link loadPublicKey}. @throws CiphertextError */
export function loadRelinKeys(
  scheme: HeScheme,
  bytes: Uint8Array,
  scope: SealScope = scheme,
): RelinKeys {
  return load(scheme, "relinearisation key", bytes, scope.own(new scheme.seal.RelinKeys()));
}

/** As {@link loadPublicKey}. @throws CiphertextError */
export function loadSecretKey(
  scheme: HeScheme,
  bytes: Uint8Array,
  scope: SealScope = scheme,
): SecretKey {
  return load(scheme, "secret key", bytes, scope.own(new scheme.seal.SecretKey()));
}

/** What encrypts under a public key; the scope frees both. @throws CiphertextError where the key is none of the scheme's */
export function openEncryptor(
  scheme: HeScheme,
  publicKey: Uint8Array,
  scope: SealScope,
): Encryptor {
  const key = loadPublicKey(scheme, publicKey, scope);
  return scope.own(new scheme.seal.Encryptor(scheme.context, key));
}

/** What decrypts with a secret key, as {@link openEncryptor}. */
export function openDecryptor(
  scheme: HeScheme,
  secretKey: Uint8Array,
  scope: SealScope,
): Decryptor {
  const key = loadSecretKey(scheme, secretKey, scope);
  return scope.own(new scheme.seal.Decryptor(scheme.context, key));
}
