import { scryptAsync } from "@noble/hashes/scrypt.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { BaseError } from "../../errors.ts";

/** The text is no export, or was changed since it was written. */
export class DamagedExportError extends BaseError {
  override name = "DamagedExportError";

  constructor(fault: string) {
    super(`The export of private notes ${fault}.`, {
      metaMessages: [
        "Take another copy of it; without one, scan the chain: it holds all notes of the account.",
      ],
    });
  }
}

/** The export is whole, and the password is another. */
export class WrongExportPasswordError extends BaseError {
  override name = "WrongExportPasswordError";

  constructor() {
    super("The password is not the one that the private notes were exported with.", {
      metaMessages: [
        "Type it again; without it, scan the chain: it holds all notes of the account.",
      ],
    });
  }
}

interface Envelope {
  format: string;
  /** N of scrypt is two to this; r is 8, p is 1. */
  costLog2: number;
  salt: string;
  /** Half of what scrypt gave, of which the key says nothing: tells a wrong password from damage. */
  passwordCheck: string;
  iv: string;
  ciphertext: string;
  /** SHA-256 of all the rest: tells damage from a wrong password. */
  checksum: string;
}

const FORMAT = "sealwatt private notes 1";
/** 128 MiB and about a second. */
const DEFAULT_COST_LOG2 = 17;
const LEAST_COST_LOG2 = 10;
/** A gibibyte: a forged export must not take more. */
const MOST_COST_LOG2 = 20;
const BLOCK_SIZE = 8;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const KEY_BYTES = 32;

/** What is authenticated beside the ciphertext. */
function headerOf({ format, costLog2, salt, passwordCheck, iv }: Omit<Envelope, "checksum">) {
  return [format, costLog2, salt, passwordCheck, iv].join("|");
}

function checksumOf(envelope: Omit<Envelope, "checksum">): string {
  return bytesToHex(sha256(utf8ToBytes(`${headerOf(envelope)}|${envelope.ciphertext}`)));
}

async function deriveKeys(password: string, salt: Uint8Array, costLog2: number) {
  // One password has several forms in Unicode; keyboards differ in which they give.
  const bytes = utf8ToBytes(password.normalize("NFKC"));
  const derived = await scryptAsync(bytes, salt, {
    N: 2 ** costLog2,
    r: BLOCK_SIZE,
    p: 1,
    dkLen: 2 * KEY_BYTES,
    maxmem: 2 ** (MOST_COST_LOG2 + 11),
  });
  const raw = new Uint8Array(derived.slice(0, KEY_BYTES));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { key, passwordCheck: bytesToHex(derived.slice(KEY_BYTES)) };
}

/**
 * Encrypts a text with a password: scrypt and AES-256-GCM.
 * @param costLog2 from 10 to 20; tests take less than the default
 */
export async function encryptText(
  plain: string,
  password: string,
  costLog2 = DEFAULT_COST_LOG2,
): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const { key, passwordCheck } = await deriveKeys(password, salt, costLog2);
  const header = {
    format: FORMAT,
    costLog2,
    salt: bytesToHex(salt),
    passwordCheck,
    iv: bytesToHex(iv),
    ciphertext: "",
  };
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: new Uint8Array(utf8ToBytes(headerOf(header))) },
    key,
    new Uint8Array(utf8ToBytes(plain)),
  );
  const envelope = { ...header, ciphertext: bytesToHex(new Uint8Array(sealed)) };
  return JSON.stringify({ ...envelope, checksum: checksumOf(envelope) });
}

/** @throws DamagedExportError, WrongExportPasswordError */
export async function decryptText(text: string, password: string): Promise<string> {
  const envelope = parseEnvelope(text);
  const { key, passwordCheck } = await deriveKeys(
    password,
    hexToBytes(envelope.salt),
    envelope.costLog2,
  );
  if (passwordCheck !== envelope.passwordCheck) throw new WrongExportPasswordError();
  try {
    const plain = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: new Uint8Array(hexToBytes(envelope.iv)),
        additionalData: new Uint8Array(utf8ToBytes(headerOf(envelope))),
      },
      key,
      new Uint8Array(hexToBytes(envelope.ciphertext)),
    );
    return new TextDecoder().decode(plain);
  } catch {
    throw new DamagedExportError("was changed, its checksum as well");
  }
}

function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DamagedExportError("is cut or damaged: it is no JSON");
  }
  const envelope = value as Partial<Envelope> | null;
  if (typeof envelope !== "object" || envelope?.format !== FORMAT) {
    throw new DamagedExportError(`does not say that its format is ${JSON.stringify(FORMAT)}`);
  }
  const { costLog2, salt, passwordCheck, iv, ciphertext, checksum } = envelope;
  const isHex = (field: unknown, bytes?: number) =>
    typeof field === "string" &&
    /^(?:[0-9a-f]{2})+$/.test(field) &&
    (bytes === undefined || field.length === 2 * bytes);
  const isWhole =
    Number.isInteger(costLog2) &&
    costLog2! >= LEAST_COST_LOG2 &&
    costLog2! <= MOST_COST_LOG2 &&
    isHex(salt, SALT_BYTES) &&
    isHex(passwordCheck, KEY_BYTES) &&
    isHex(iv, IV_BYTES) &&
    isHex(ciphertext) &&
    checksum === checksumOf(envelope as Envelope);
  if (!isWhole) throw new DamagedExportError("is damaged: its checksum does not fit");
  return envelope as Envelope;
}
