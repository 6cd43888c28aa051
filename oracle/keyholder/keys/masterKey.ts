import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import type { PoolId } from "../../../sdk/private/pool.ts";
import {
  DamagedKeyFileError,
  ForeignKeyFolderError,
  WrongKeyPasswordError,
} from "./keyFolderError.ts";

/** What is kept of a password, and whose keys are under it. */
interface MasterRecord {
  format: string;
  chainId: string;
  pool: string;
  /** N of scrypt is two to this; r is 8, p is 1. */
  costLog2: number;
  salt: string;
  /** Half of what scrypt gave, of which the key says nothing: tells a wrong password from damage. */
  passwordCheck: string;
}

const FORMAT = "sealwatt key holder keys 1";
/** 128 MiB and about half a second, once when the service starts. */
export const DEFAULT_COST_LOG2 = 17;
const LEAST_COST_LOG2 = 10;
const MOST_COST_LOG2 = 20;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const BLOCK_SIZE = 8;

const scryptAsync = promisify<string, Buffer, number, object, Buffer>(scrypt);

/** One password has several forms in Unicode; keyboards differ in which they give. */
async function derive(password: string, salt: Buffer, costLog2: number) {
  const options = { N: 2 ** costLog2, r: BLOCK_SIZE, p: 1, maxmem: 2 ** (costLog2 + 11) };
  const derived = await scryptAsync(password.normalize("NFKC"), salt, 2 * KEY_BYTES, options);
  return { key: derived.subarray(0, KEY_BYTES), check: derived.subarray(KEY_BYTES) };
}

const checksumOf = (record: MasterRecord) =>
  createHash("sha256").update(JSON.stringify(record)).digest("hex");

/** The key that a password gives for new keys, and what is to be kept of it. */
export async function createMasterKey(
  { chainId, pool }: PoolId,
  password: string,
  costLog2 = DEFAULT_COST_LOG2,
): Promise<{ key: Buffer; text: string }> {
  const salt = randomBytes(SALT_BYTES);
  const { key, check } = await derive(password, salt, costLog2);
  const record: MasterRecord = {
    format: FORMAT,
    chainId: chainId.toString(),
    pool: pool.toLowerCase(),
    costLog2,
    salt: salt.toString("hex"),
    passwordCheck: check.toString("hex"),
  };
  return { key, text: `${JSON.stringify({ ...record, checksum: checksumOf(record) })}\n` };
}

/**
 * The key of a password.
 * @param file what the text was read from, for messages
 * @throws DamagedKeyFileError, ForeignKeyFolderError, WrongKeyPasswordError
 */
export async function openMasterKey(
  { chainId, pool }: PoolId,
  password: string,
  text: string,
  { file, folder }: { file: string; folder: string },
): Promise<Buffer> {
  const record = parseMaster(text, file);
  if (record.chainId !== chainId.toString() || record.pool !== pool.toLowerCase()) {
    const owner = `of the private market ${record.pool} of chain ${record.chainId}`;
    throw new ForeignKeyFolderError(folder, owner);
  }
  const { key, check } = await derive(password, Buffer.from(record.salt, "hex"), record.costLog2);
  if (!timingSafeEqual(check, Buffer.from(record.passwordCheck, "hex"))) {
    throw new WrongKeyPasswordError(folder);
  }
  return key;
}

function parseMaster(text: string, file: string): MasterRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DamagedKeyFileError(file, "is cut or damaged: it is no JSON");
  }
  const { checksum, ...record } = (value ?? {}) as MasterRecord & { checksum?: unknown };
  const { format, costLog2, salt, passwordCheck } = record;
  if (format !== FORMAT) {
    throw new DamagedKeyFileError(
      file,
      `does not say that its format is ${JSON.stringify(FORMAT)}`,
    );
  }
  const isHex = (field: unknown) => typeof field === "string" && /^[0-9a-f]{64}$/.test(field);
  const isWhole =
    checksum === checksumOf(record) &&
    Number.isInteger(costLog2) &&
    costLog2 >= LEAST_COST_LOG2 &&
    costLog2 <= MOST_COST_LOG2 &&
    isHex(salt) &&
    isHex(passwordCheck);
  if (!isWhole) throw new DamagedKeyFileError(file, "is damaged: its checksum does not fit");
  return record;
}
