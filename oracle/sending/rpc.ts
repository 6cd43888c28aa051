import { BaseError } from "../../sdk/errors.ts";

/**
 * What answers JSON-RPC requests: a node behind a URL, or a chain in this process.
 * @throws RpcError where the node answered with an error; anything else where no answer came
 */
export type RpcRequest = (
  method: string,
  params: readonly unknown[],
  signal?: AbortSignal,
) => Promise<unknown>;

/** A node answered with an error. In-process chains throw the same shape. */
export class RpcError extends Error {
  override name = "RpcError";
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A node gave no usable answer: none in time, no connection, or not what the protocol asks for. */
export class NoAnswerError extends BaseError {
  override name = "NoAnswerError";
}

/** True where a node answered, if with an error, so that the connection to it works. */
export function isRpcError(error: unknown): error is { code: number; message: string } {
  return error instanceof Error && typeof (error as { code?: unknown }).code === "number";
}

function malformed(what: string): NoAnswerError {
  return new NoAnswerError(`The node answered with ${what}.`, {
    metaMessages: ["Check that the URL is that of an Ethereum node's JSON-RPC interface."],
  });
}

/** A quantity of JSON-RPC. */
export function toBigInt(value: unknown): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-f]+$/i.test(value))
    throw malformed("something that is no number");
  return BigInt(value);
}

/** A quantity of JSON-RPC that fits into a number. */
export function toNumber(value: unknown): number {
  const number = Number(toBigInt(value));
  if (!Number.isSafeInteger(number)) throw malformed("a number that is too large");
  return number;
}

/** The head of a chain. */
export interface Head {
  number: number;
  hash: string;
  /** Zero on a chain without one. */
  baseFeePerGas: bigint;
}

/** An event as a node gives it. */
export interface ReceiptLog {
  address: string;
  topics: string[];
  data: string;
}

/** What became of a mined transaction. */
export interface Receipt {
  hash: string;
  block: { number: number; hash: string };
  succeeded: boolean;
  gasUsed: bigint;
  logs: ReceiptLog[];
}

export function toHead(value: unknown): Head {
  if (typeof value !== "object" || value === null) throw malformed("no block");
  const { number, hash, baseFeePerGas } = value as Record<string, unknown>;
  if (typeof hash !== "string") throw malformed("a block without a hash");
  return {
    number: toNumber(number),
    hash,
    baseFeePerGas: typeof baseFeePerGas === "string" ? toBigInt(baseFeePerGas) : 0n,
  };
}

/** @returns undefined where no block has the transaction */
export function toReceipt(value: unknown): Receipt | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { transactionHash, blockNumber, blockHash, status, gasUsed, logs } = value as Record<
    string,
    unknown
  >;
  // Some nodes give a receipt of a transaction that waits.
  if (typeof blockHash !== "string" || blockNumber === null) return undefined;
  if (typeof transactionHash !== "string" || !Array.isArray(logs)) throw malformed("no receipt");
  return {
    hash: transactionHash,
    block: { number: toNumber(blockNumber), hash: blockHash },
    succeeded: toNumber(status) === 1,
    gasUsed: toBigInt(gasUsed),
    logs: logs as ReceiptLog[],
  };
}
