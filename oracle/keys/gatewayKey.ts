import { isKeystoreJson, Wallet, type HDNodeWallet } from "ethers";
import { open, unlink } from "node:fs/promises";
import { showValue } from "../../sdk/errors.ts";
import type { KeyConfig } from "../config/config.ts";
import type { Secret } from "../config/secret.ts";
import { KeyError } from "./keyError.ts";
import { readPrivateFile } from "./privateFile.ts";

const PRIVATE = 0o600;

/**
 * The key of a gateway, without a provider.
 * @throws KeyError
 */
export async function loadGatewayKey(config: KeyConfig): Promise<Wallet> {
  return config.kind === "keystore"
    ? openKeystore(config.path, config.password)
    : readKeyFile(config.path);
}

// What ethers throws is no cause of our errors: a message of another release may quote what it was given.
async function openKeystore(path: string, password: Secret): Promise<Wallet> {
  const json = await readPrivateFile(path, "keystore", { mustBePrivate: false });
  if (!isKeystoreJson(json)) {
    throw new KeyError(`${showValue(path)} is no encrypted keystore.`, {
      metaMessages: [
        "Name an Ethereum keystore (JSON, version 3), or write key.file for a file with the bare key.",
      ],
    });
  }
  let wallet: Wallet | HDNodeWallet;
  try {
    wallet = await Wallet.fromEncryptedJson(json, password.reveal());
  } catch (error) {
    if ((error as { argument?: unknown }).argument === "password") {
      throw new KeyError(`The password does not open the keystore ${showValue(path)}.`, {
        metaMessages: ["Correct key.password, or the variable that it names."],
      });
    }
    throw new KeyError(`The keystore ${showValue(path)} is damaged.`, {
      metaMessages: ["Restore it from its copy."],
    });
  }
  // Without the mnemonic that a keystore may have besides.
  return new Wallet(wallet.privateKey);
}

async function readKeyFile(path: string): Promise<Wallet> {
  const text = (await readPrivateFile(path, "key file", { mustBePrivate: true })).trim();
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
    try {
      return new Wallet(text.startsWith("0x") ? text : `0x${text}`);
    } catch {
      // Zero, or not below the order of the curve.
    }
  }
  const isKeystore = isKeystoreJson(text);
  throw new KeyError(`The key file ${showValue(path)} holds no private key.`, {
    metaMessages: [
      isKeystore
        ? "It is a keystore: write key.keystore and key.password."
        : "It must hold 64 hexadecimal digits and nothing else.",
    ],
  });
}

/**
 * Makes a new key and keeps it in an encrypted keystore, which only its owner may read.
 * @param path of a file that is not there yet
 * @returns the key's address
 * @throws KeyError
 */
export async function createKeystore(path: string, password: Secret): Promise<string> {
  if (password.reveal() === "") {
    throw new KeyError("The password is empty.", { metaMessages: ["Choose one."] });
  }
  const wallet = Wallet.createRandom();
  // A mnemonic in the keystore would be a second form of the key.
  const json = await new Wallet(wallet.privateKey).encrypt(password.reveal());
  await writeNew(path, `${json}\n`);
  return wallet.address;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, "wx", PRIVATE);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } catch (error) {
      // Half a keystore would be taken for a whole one.
      await unlink(path);
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      throw new KeyError(`${showValue(path)} exists already.`, {
        metaMessages: ["Name another file: a key that is overwritten is lost."],
      });
    }
    throw new KeyError(`Cannot write the keystore ${showValue(path)}.`, { details: message });
  }
}
