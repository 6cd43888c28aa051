import type { PoolFixture } from "../../test/helpers/privateMarket.ts";

/** Where the gas of a transaction went. They add up to all of it. */
export interface GasParts {
  gas: number;
  /** The verifier. */
  proof: number;
  /** Events: memos are in them and nowhere else. */
  memoAndLog: number;
  /** Slots read and written. */
  storage: number;
  /** The transaction's data. */
  calldata: number;
  /** The settlement token, less what the chain gives back for a slot that it clears. */
  token: number;
  /** Hashing of leaves that are inserted. */
  hashing: number;
  /** Checks, what it costs to copy signals, and every transaction's 21,000. */
  rest: number;
}

/** A step as `debug_traceTransaction` tells it; some nodes give numbers as text. */
interface Step {
  op: string;
  gas: number | string;
  gasCost: number | string;
  depth: number;
  stack?: string[];
}

const TRANSACTION_GAS = 21_000;
const ZERO_BYTE_GAS = 4;
const OTHER_BYTE_GAS = 16;
const STORAGE = new Set(["SLOAD", "SSTORE", "TLOAD", "TSTORE"]);
const CALLS = new Set(["CALL", "STATICCALL", "DELEGATECALL"]);

function calldataGas(data: string): number {
  const bytes = Buffer.from(data.slice(2), "hex");
  return bytes.reduce((sum, byte) => sum + (byte === 0 ? ZERO_BYTE_GAS : OTHER_BYTE_GAS), 0);
}

/** Splits a transaction of a private market by its trace. */
export async function gasPartsOf(
  { ethers, configuration, libraries }: PoolFixture,
  hash: string,
): Promise<GasParts> {
  const { provider } = ethers;
  const [receipt, transaction, trace] = await Promise.all([
    provider.getTransactionReceipt(hash),
    provider.getTransaction(hash),
    provider.send("debug_traceTransaction", [
      hash,
      { disableMemory: true, disableStorage: true },
    ]) as Promise<{ structLogs: Step[] }>,
  ]);
  const gas = Number(receipt!.gasUsed);
  const parts = { proof: 0, memoAndLog: 0, storage: 0, token: 0, hashing: 0 };
  const verifiers = new Set(configuration.verifiers.map((address) => BigInt(address)));
  const partOf = ({ op, stack = [] }: Step): keyof typeof parts | undefined => {
    if (op.startsWith("LOG")) return "memoAndLog";
    if (STORAGE.has(op)) return "storage";
    if (!CALLS.has(op)) return undefined;
    const to = BigInt(`0x${stack.at(-2)!.replace(/^0x/, "")}`);
    if (verifiers.has(to)) return "proof";
    if (to === BigInt(configuration.token)) return "token";
    return to === BigInt(libraries.PoseidonT3) ? "hashing" : undefined;
  };
  const own = trace.structLogs.filter(({ depth }) => depth === 1);
  own.forEach((step, i) => {
    const part = partOf(step);
    const next = own[i + 1];
    // What a call really cost shows in what is left after it.
    if (part !== undefined && next !== undefined) {
      parts[part] += Number(step.gas) - Number(next.gas);
    }
  });
  const calldata = calldataGas(transaction!.data);
  const sum = () => Object.values(parts).reduce((total, value) => total + value, calldata);
  const executed = Number(own[0]!.gas) - Number(own.at(-1)!.gas) + Number(own.at(-1)!.gasCost);
  const rest = TRANSACTION_GAS + calldata + executed - sum();
  // A slot that is cleared gives gas back in the end: an allowance that is used up, as nothing else here.
  parts.token -= sum() + rest - gas;
  if (rest < TRANSACTION_GAS || parts.token < 0 || parts.proof + parts.hashing === 0) {
    throw new Error(`The trace of ${hash} does not add up: ${JSON.stringify({ gas, ...parts })}.`);
  }
  return { gas, ...parts, calldata, rest };
}
