import { readFile } from "node:fs/promises";
import { Wallet } from "ethers";
import { showValue } from "../errors.ts";
import { KeystoreError } from "./keystoreError.ts";
import { readPassword } from "./readPassword.ts";

/** A key with the password that it was encrypted with. */
export interface OpenedKeystore {
  wallet: Wallet;
  password: string;
}

/**
 * The key of an encrypted keystore that `--keystore` names. Its password is asked for, or read from the environment.
 * @throws KeystoreError
 */
export async function openKeystoreFile(file: string): Promise<Wallet> {
  return (await openKeystoreWithPassword(file)).wallet;
}

/** The same with its password, for who keeps other secrets under it. @throws KeystoreError */
export async function openKeystoreWithPassword(file: string): Promise<OpenedKeystore> {
  let json: string;
  try {
    json = await readFile(file, "utf8");
  } catch (error) {
    throw new KeystoreError(
      `Cannot read the keystore ${showValue(file)}.`,
      `Correct --keystore, or make one with sealwatt keygen (${(error as Error).message}).`,
    );
  }
  const password = await readPassword(file);
  try {
    const { privateKey } = await Wallet.fromEncryptedJson(json, password);
    return { wallet: new Wallet(privateKey), password };
  } catch {
    // The library's message may quote its input.
    throw new KeystoreError(
      `The keystore ${showValue(file)} does not open.`,
      "Check the password, and that the file is an Ethereum keystore.",
    );
  }
}
