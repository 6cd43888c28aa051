import { BaseError } from "../errors.ts";
import {
  decodeContractError,
  formatContractError,
  type ContractError,
} from "../events/contractError.ts";

/** A contract refused a call. */
export class CallRefusedError extends BaseError {
  override name = "CallRefusedError";
  readonly reason: ContractError;

  constructor(reason: ContractError, cause: unknown) {
    const remedy = REMEDIES[reason.name];
    super(`The contract refuses: ${formatContractError(reason)}.`, {
      metaMessages: remedy === undefined ? [] : [remedy],
      cause,
    });
    this.reason = reason;
  }
}

/** The node did not do what it was asked, for no reason of the contract's. */
export class ChainRequestError extends BaseError {
  override name = "ChainRequestError";
}

/** What the caller can do, by the contract's error. */
const REMEDIES: Readonly<Record<string, string>> = {
  AccessManagedUnauthorized: "Use an account that has the role, or grant it the role.",
  AccountExists: "This account is registered already: use another one.",
  AccountIsFrozen: "The regulator has frozen it: have it unfrozen.",
  AccountIsSuspended: "Too many readings were missing: have the suspension lifted.",
  AlreadyCleared: "There is nothing left to do.",
  ClearingNotBegun: "Wait until then.",
  DuesUnpaid: "Deposit what is owed.",
  ERC20InsufficientAllowance: "Approve the amount for the market first.",
  ERC20InsufficientBalance: "Get more tokens first.",
  GateClosed: "Submit for a later period.",
  GateNotOpen: "Wait until then, or submit a day schedule.",
  InsufficientFree: "Ask for no more than the free part.",
  MarginMissing: "Deposit the difference first.",
  MeterExists: "Rebind the meter instead.",
  NotAuthorised: "Have the operator authorise it.",
  NotCleared: "Clear the period first.",
  NotMetered: "Bind a meter first.",
  NothingToClear: "No order of the period is open.",
  OpeningClosed: "It is too late for this period.",
  OpeningNotBegun: "Wait until then.",
  PeriodScheduled: "Its day schedule has an order for this period already.",
  PeriodSealed: "Leave the period out of the schedule: a single order holds it.",
  SerialBound: "Rebind the meter of that participant, or correct the serial.",
  SettlementNotBegun: "Wait until then.",
  UnknownAccount: "Register it first.",
  UnknownParticipant: "Correct the participant's number.",
};

/** Codes of ethers and of Node that mean a node that does not answer, or not as asked. */
const REQUEST_FAILURES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "INSUFFICIENT_FUNDS",
  "NETWORK_ERROR",
  "NONCE_EXPIRED",
  "REPLACEMENT_UNDERPRICED",
  "SERVER_ERROR",
  "TIMEOUT",
  "UNSUPPORTED_OPERATION",
]);

const HEX_DATA = /^0x(?:[0-9a-f]{2}){4,}$/i;

/** The parts of an error in which libraries hide what a node has said. */
function* layersOf(error: unknown): Generator<Record<string, unknown>> {
  if (typeof error !== "object" || error === null) return;
  const layer = error as Record<string, unknown>;
  yield layer;
  for (const key of ["cause", "error", "info", "data"]) yield* layersOf(layer[key]);
}

/**
 * What a failed request means to its caller.
 * @returns undefined for an error of another kind, which may be a defect
 */
export function explainChainError(error: unknown): BaseError | undefined {
  if (error instanceof BaseError) return error;
  for (const { data } of layersOf(error)) {
    if (typeof data === "string" && HEX_DATA.test(data))
      return new CallRefusedError(decodeContractError(data), error);
  }
  for (const { code, shortMessage, message } of layersOf(error)) {
    if (typeof code !== "string" || !REQUEST_FAILURES.has(code)) continue;
    const details = typeof shortMessage === "string" ? shortMessage : String(message);
    return new ChainRequestError("The chain does not take the request.", {
      details,
      metaMessages: ["Check the node, the account's ether and its pending transactions."],
      cause: error,
    });
  }
  return undefined;
}
