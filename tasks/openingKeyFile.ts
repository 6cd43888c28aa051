import { hexlify, randomBytes, SigningKey } from "ethers";
import { makeHexKeyFile, readHexKeyFile } from "../sdk/keystore/hexKeyFile.ts";

/**
 * Makes a private key in a file that only its owner may read, and waits until it is on the disk.
 * @returns false where there is such a file already, which stays as it is
 * @throws KeystoreError
 */
export function makeOpeningKey(file: string): Promise<boolean> {
  return makeHexKeyFile({ path: file, option: "--key-file" }, hexlify(randomBytes(32)));
}

/**
 * Reads the private key of a file. No message shows what is in it.
 * @throws KeystoreError also where others than its owner may read the file
 */
export function readOpeningKey(option: string, file: string): Promise<SigningKey> {
  return readHexKeyFile({ path: file, option, maker: "market:set-opening-key" }, toKey);
}

/** Undefined for 0 and what is beyond the curve's order: they have no public key. */
function toKey(hex: string): SigningKey | undefined {
  try {
    const key = new SigningKey(hex);
    SigningKey.computePublicKey(key.privateKey);
    return key;
  } catch {
    return undefined;
  }
}
