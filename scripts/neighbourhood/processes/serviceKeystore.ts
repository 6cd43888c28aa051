import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encryptKeystoreJson, type BaseWallet } from "ethers";

/** A service's folder with the key that it acts with, encrypted. */
export interface ServiceKeystore {
  keystore: string;
  data: string;
  /** Kept in memory alone, and handed over by environment. */
  password: string;
}

/** Bits of a password that nobody types. Guessing it is hopeless however fast one guess is. */
const PASSWORD_BYTES = 24;
const QUICK_SCRYPT = { N: 2 ** 10, r: 8, p: 1 };

/** Makes a service's folder below a run's. */
export async function makeServiceKeystore(
  folder: string,
  { address, privateKey }: BaseWallet,
): Promise<ServiceKeystore> {
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const data = join(folder, "data");
  await mkdir(data, { recursive: true, mode: 0o700 });
  const keystore = join(folder, "keystore.json");
  const json = await encryptKeystoreJson({ address, privateKey }, password, {
    scrypt: QUICK_SCRYPT,
  });
  await writeFile(keystore, json, { mode: 0o600, flag: "wx" });
  return { keystore, data, password };
}
