import { isCallException, isError } from "ethers";
import { BaseError, type BaseErrorOptions } from "../errors.ts";
import {
  decodeContractError,
  formatContractError,
  type ContractError,
} from "../events/contractError.ts";

/** A contract refused a call. */
export class ContractRevertedError extends BaseError {
  override name = "ContractRevertedError";
  readonly reason: ContractError;

  constructor(reason: ContractError, cause?: unknown) {
    const remedy = REMEDIES[reason.name];
    super(`The contract refused: ${formatContractError(reason)}.`, {
      ...(remedy === undefined ? {} : { metaMessages: [remedy] }),
      cause,
    });
    this.reason = reason;
  }
}

/** The chain's node does not answer. */
export class ChainUnreachableError extends BaseError {
  override name = "ChainUnreachableError";

  constructor(shortMessage: string, options: BaseErrorOptions = {}) {
    super(shortMessage, { mayPass: true, ...options });
  }
}

/** What the caller can do about an error of the contracts. */
const REMEDIES: Record<string, string> = {
  AccessManagedUnauthorized: "Use the key that holds the role for this call.",
  AccessManagerAlreadyScheduled: "It is announced already: execute it when its time has come.",
  AccessManagerExpired: "It was not executed in time: announce it again.",
  AccessManagerNotReady: "Wait until the delay since its announcement is over.",
  AccessManagerNotScheduled: "Announce exactly this first, with the same key.",
  AccessManagerUnauthorizedCall: "Use the key that holds the role for this call.",
  AccountExists: "Use the account that this key has already.",
  AccountIsFrozen: "Ask the regulator to unfreeze the account.",
  AccountIsSuspended: "Restore the meter's readings, then ask the operator to lift the suspension.",
  ActualKnown: "Nothing is left to do: settle the match.",
  AlreadyCleared: "Nothing is left to do for this period.",
  AlreadyJoined: "Nothing is left to do: the account has joined.",
  AlreadyOpened: "Nothing is left to do for this order.",
  AlreadyRegistered: "Change the profile instead.",
  AmountNotRepresentable: "Give a multiple of the token's own unit.",
  AuditKeyInvalid: "Give a key of the subgroup's order, with its eighth.",
  BeyondRatedPower: "Check the meter and the rated power that is registered for it.",
  BondSpent: "The plan gets no more matches: have it refunded.",
  ClearingNotBegun: "Wait until the time of opening is over.",
  CollateralTooSmall: "Deposit more before the gate closes, or order less.",
  ConfirmationClosed: "Wait until the match lapses: the plan is open again then.",
  ConfirmationOpen: "Wait until the time to confirm is over.",
  ConfirmedBefore: "Nothing is left to do for this side.",
  CounterBackwards:
    "Check the meter: its register must not fall. A replaced meter must be bound anew.",
  CounterOutOfRange: "Check the meter's registers: what is given is more than there can be.",
  DeadlinePassed: "Make the proof again: it was for an earlier time.",
  DisplayNameInvalid: "Give a name of 1 to 64 bytes.",
  DuesUnpaid: "Deposit what is owed.",
  ERC20InsufficientAllowance: "Approve the market for the amount first, or deposit with a permit.",
  ERC20InsufficientBalance: "Get more settlement tokens first.",
  EnergyOutOfRange: "Order at least 1 Wh and at most what the market allows.",
  FeeExceedsAmount: "Withdraw more, or find a relayer that takes less.",
  ForeignActual: "Read the chain again, and prove with the actual note that it has.",
  ForeignContext: "Make the proof for this chain, pool, deadline and sender.",
  ForeignGateway: "Send it from the address of the gateway that the note names.",
  ForeignPlan: "Prove with the plans of this match.",
  ForeignScope: "Make the proof for this pool.",
  ForeignSignature: "Sign with the key of the gateway to which the meter is bound.",
  ForeignTerms: "Read the chain again, and prove with the pool's own terms.",
  GateClosed: "Order for a later period.",
  GateNotOpen: "Wait for the start of the period before delivery.",
  GatewayTagTaken: "Give each gateway a key of its own, or remove the other gateway first.",
  InsufficientFree: "Withdraw no more than the free balance: locks and the margin stay.",
  InvalidProof: "Make the proof again, with the keys that the pool's verifiers were made of.",
  MandateExpired: "Ask the participant for a new mandate.",
  MandateInvalid: "Sign with the participant's own key and its current nonce.",
  MarginMissing: "Deposit the market's margin.",
  MatchKnown: "Form the match with another salt.",
  MatchNot: "Read the chain again: the match has gone on.",
  MeterExists: "Replace the meter with rebindMeter.",
  NoMandate: "Ask the participant for a mandate.",
  NotAuthorised: "Ask the operator to authorise the participant.",
  NotCleared: "Clear the period first.",
  NotJoined: "Check the address: it has no private account.",
  NotMetered: "Ask the operator to bind the participant's meter.",
  NotRegistered: "Register first.",
  NoteKnown: "Nothing is left to do: the note was issued.",
  NothingToClear: "No order was opened: settle without clearing.",
  NothingToInsert: "Nothing is left to do: no leaf waits.",
  NullifierSpentBefore: "Read the chain again: the note was spent.",
  OpeningClosed: "The order is void: open the next one in time.",
  OpeningNotBegun: "Wait for gate closure.",
  OutsideMandate: "Keep to the mandate's price band and spending limit, or ask for a wider one.",
  OwnerTaken: "Join with an account of your own: another address has joined with this one.",
  ParametersInvalid: "Correct that rule: it is out of its range, or does not fit the others.",
  ParametersPending: "Wait until that period: the last change is too young.",
  PeriodInvalid: "Name a period below 16777216.",
  PeriodTooSoon: "Name the earliest period or a later one.",
  PeriodUnsettled: "Settle that older period first.",
  PeriodsDiffer: "Match plans of one period.",
  PlanKnown: "Make another plan.",
  PlanNotOpen: "Read the chain again: the plan has gone on.",
  PlansClosed: "Make a plan for a later period.",
  PoolIsPayee: "Name another address than the pool's own.",
  PriceOutOfBand: "Name a price within the market's band.",
  ProposalsClosed: "Have the plans refunded: no match can come any more.",
  RatedPowerOutOfRange: "Give from 1 to 4294967295 W.",
  ReadingIntervalInvalid: "Give at most a day, or 0 to leave it to each gateway.",
  ReadingNotNew: "Nothing is left to do for this reading.",
  ReadingTooEarly: "Wait for the end of the period.",
  ReadingTooLate: "The period is settled without it; its energy counts with the next reading.",
  RefundTooEarly: "Wait until no match can come any more.",
  ReportingClosed: "Settle the match: it counts as not delivered.",
  ReportingNotBegun: "Wait for the end of delivery.",
  SerialBound: "Check the serial number, or replace that participant's meter first.",
  SerialInvalid: "Give a serial number of 1 to 32 bytes.",
  SettledBefore: "Nothing is left to do for this side.",
  SettlementNotBegun: "Wait for the end of delivery.",
  StaleAuditKey: "Read the chain again, and prove with the regulator's current key.",
  StaleParticipants: "Read the chain again, and prove with the latest participants.",
  StillActive: "Wait until the last period for which an order is sealed has begun.",
  TermsInvalid: "Correct that term: it is out of its range, or does not fit the others.",
  TransferShort: "Pay with a token that takes no fee of its own.",
  TreeFull: "Use another pool: this one takes withdrawals, settlements and refunds only.",
  UnknownAccount: "Register first.",
  UnknownCommitment: "Open exactly what was sealed: same order, same salt, same period.",
  UnknownGateway: "Ask the operator to register the gateway for the private market.",
  UnknownParticipant: "Use the number of a registered participant.",
  UnknownRoot: "Read the chain again, and prove with a root that the pool has had.",
  WrongSiblingNodes: "Read the chain again: the participants have changed.",
  WrongSide: "Check which of the plans sells.",
  ZeroAddress: "Name an address.",
  ZeroAmount: "Name an amount above 0.",
};

/**
 * What a node says of itself and not of a contract, which ethers takes for a call that reverted: resource not found or
 * unavailable, method not supported or not there, limit exceeded (EIP-1474, "Error codes").
 */
const NODE_REFUSALS = new Set<unknown>([-32_001, -32_002, -32_004, -32_005, -32_601]);
const REFUSED = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|socket hang up/;

/** The bytes that a call reverted with, wherever a node puts them. */
function revertData(error: unknown): string | undefined {
  for (
    let at: unknown = error, depth = 0;
    depth < 6 && typeof at === "object" && at !== null;
    ++depth
  ) {
    const { data, error: inner, info, cause } = at as Record<string, unknown>;
    if (typeof data === "string" && data.startsWith("0x")) return data;
    if (typeof data === "object" && data !== null) {
      const nested = (data as { data?: unknown }).data;
      if (typeof nested === "string" && nested.startsWith("0x")) return nested;
    }
    at = inner ?? info ?? cause;
  }
  return undefined;
}

/**
 * An error of ethers or of a node as one that says what to do; others come back as they are.
 * @returns ContractRevertedError, ChainUnreachableError, or the error itself
 */
export function toRevertError(error: unknown): Error {
  if (error instanceof BaseError) return error;
  const data = revertData(error);
  if (data !== undefined && data !== "0x") {
    return new ContractRevertedError(decodeContractError(data), error);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isError(error, "NETWORK_ERROR") || REFUSED.test(message)) {
    return new ChainUnreachableError("The chain cannot be reached.", {
      metaMessages: ["Check its address and that its node runs."],
      details: message,
      cause: error,
    });
  }
  if (isCallException(error)) {
    const { code, message: said } = (error.info?.error ?? {}) as {
      code?: unknown;
      message?: unknown;
    };
    if (NODE_REFUSALS.has(code)) return nodeRefusal(error, said);
    return new BaseError("The call reverted without a reason.", {
      metaMessages: ["Check the address of the contract and the gas limit."],
      details: error.shortMessage,
      cause: error,
    });
  }
  return error instanceof Error ? error : new Error(message, { cause: error });
}

/**
 * Refuses what a node has answered to a question that it should answer: that it is no answer says nothing of us.
 * @throws ContractRevertedError, ChainUnreachableError
 */
export function refuseAnswer(error: unknown): never {
  const known = toRevertError(error);
  if (known instanceof BaseError) throw known;
  const { error: inner, shortMessage } = error as {
    error?: { message?: unknown };
    shortMessage?: string;
  };
  const said = typeof inner?.message === "string" ? inner.message : shortMessage;
  throw nodeRefusal(error, said ?? known.message);
}

function nodeRefusal(cause: unknown, said: unknown): ChainUnreachableError {
  return new ChainUnreachableError("The chain's node does not answer what it is asked.", {
    metaMessages: ["Wait until it has synchronised and takes requests, or use another."],
    ...(typeof said === "string" ? { details: said } : {}),
    cause,
  });
}
