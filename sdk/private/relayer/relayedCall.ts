import { getAddress, isHexString } from "ethers";
import { BaseError, showValue } from "../../errors.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import { LEAVES_AT_ONCE } from "../client/leavesAtOnce.ts";
import type { RelayRequest } from "./relayerProtocol.ts";

/** What a relayer sends: who sends it learns and gains nothing. The others are bound to their sender. */
export const RELAYED_VERBS = [
  "withdraw",
  "merge",
  "insertLeaves",
  "submitSellPlan",
  "submitBuyPlan",
  "refund",
  "confirmSell",
  "confirmBuy",
  "lapse",
  "reportActual",
  "settleSell",
  "settleBuy",
] as const;
export type RelayedVerb = (typeof RELAYED_VERBS)[number];

/** A relayer does not send this. Nothing of the call but its verb is told. */
export class RelayRefusedError extends BaseError {
  override name = "RelayRefusedError";

  constructor(fact: string, remedy: string) {
    super(fact, { metaMessages: [remedy] });
  }
}

/** For whom a relayer sends, and for how much. */
export interface RelayRules {
  pool: string;
  relayer: string;
  feeNano: bigint;
}

/** A call that a relayer sends. */
export interface RelayedCall {
  verb: RelayedVerb;
  to: string;
  data: string;
}

/** Checks what a relayer is given. @throws RelayRefusedError */
export function parseRelayRequest(body: unknown, rules: RelayRules): RelayedCall {
  const { pool, data } = (body ?? {}) as Partial<Record<keyof RelayRequest, unknown>>;
  if (typeof pool !== "string" || pool.toLowerCase() !== rules.pool.toLowerCase()) {
    throw new RelayRefusedError(
      `The pool is ${showValue(pool)}, and this relayer sends for ${rules.pool}.`,
      "Ask a relayer of your own pool.",
    );
  }
  if (typeof data !== "string" || !isHexString(data)) {
    throw new RelayRefusedError("The data are no hex string.", 'Send {"pool", "data"} as JSON.');
  }
  const { verb, args } = decodeCall(data);
  if (verb === "withdraw") requireFee(args, rules);
  // Few at a time would have it pay for a whole path of the tree with each of them.
  if (verb === "insertLeaves" && args[0] !== BigInt(LEAVES_AT_ONCE)) {
    throw new RelayRefusedError(
      `${String(args[0])} leaves are to be inserted at once.`,
      `Insert ${LEAVES_AT_ONCE}, as every wallet does: all that wait.`,
    );
  }
  return { verb, to: getAddress(rules.pool), data };
}

function decodeCall(data: string): { verb: RelayedVerb; args: readonly unknown[] } {
  const call = parseTransaction(data);
  const verb = RELAYED_VERBS.find((each) => each === call?.name);
  if (call === undefined || verb === undefined) {
    throw new RelayRefusedError(
      call === undefined
        ? "The data call none of the pool's verbs."
        : `${call.name} is not relayed.`,
      `These are: ${RELAYED_VERBS.join(", ")}. The others are sent from the address that they are bound to.`,
    );
  }
  // Bytes that no argument needs would be paid for all the same.
  if (poolInterface.encodeFunctionData(call.name, call.args) !== data.toLowerCase()) {
    throw new RelayRefusedError(
      `The data of ${verb} hold more than its arguments.`,
      "Encode them as ABI encoders do.",
    );
  }
  return { verb, args: [...call.args] as unknown[] };
}

function parseTransaction(data: string) {
  try {
    const call = poolInterface.parseTransaction({ data });
    // Values are decoded when they are looked at.
    call?.args.toArray(true);
    return call ?? undefined;
  } catch {
    return undefined;
  }
}

function requireFee(args: readonly unknown[], { relayer, feeNano }: RelayRules): void {
  const [, , , payee, fee] = args as [unknown, unknown, unknown, string, bigint];
  if (feeNano === 0n || (getAddress(payee) === getAddress(relayer) && fee >= feeNano)) return;
  throw new RelayRefusedError(
    `The withdrawal gives ${fee} nano to ${payee}; this relayer takes ${feeNano}.`,
    `Withdraw with relayer ${relayer} and that fee.`,
  );
}
