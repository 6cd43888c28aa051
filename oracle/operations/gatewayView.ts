import type { MeterFailure } from "../meters/meter.ts";
import type { TransactionState } from "../sending/transactionStore.ts";
import type { Counters, Evidence } from "../store/quarantine.ts";

/** A period of the market. */
export interface PeriodView {
  period: number;
  /** Unix seconds. */
  endS: number;
}

/** Why a meter's latest read failed. */
export interface MeterFailureView {
  failure: MeterFailure;
  message: string;
  /** Unix seconds of the first failure since the last success. */
  sinceS: number;
}

/** What a meter showed last. */
export interface SampleView {
  /** Unix seconds. */
  atS: number;
  importWh: bigint;
  exportWh: bigint;
  activePowerW: number | undefined;
  serialNumber: string | undefined;
}

/**
 * What a meter shows now, for those who add up what its counters rise by: a zero that is none would make them count the
 * whole register anew. The counters are undefined unless they were judged and believed.
 */
export interface LiveSample extends Omit<SampleView, keyof Counters> {
  importWh: bigint | undefined;
  exportWh: bigint | undefined;
}

/** `waiting`: not read yet. */
export type MeterState = "waiting" | "up" | "failing";

export interface MeterStatus {
  participant: number;
  /** Undefined until its binding is known. */
  meterId: number | undefined;
  /** The line and address, without secrets. */
  where: string;
  profile: string;
  state: MeterState;
  lastSample: SampleView | undefined;
  /** The device's counters in the latest sample that was believed; undefined before, and where it is not bound. */
  accepted: Counters | undefined;
  /** Period of its latest stored reading. */
  lastReadingPeriod: number | undefined;
  /** Undefined unless it is failing. */
  failure: MeterFailureView | undefined;
}

/** A suspicious value that waits for an operator. */
export interface QuarantineStatus {
  id: number;
  participant: number;
  meterId: number;
  period: number;
  /** The rule that it broke, of a fixed list: `backwards`, `beyond-rated-power`. */
  code: string;
  /** In plain words, with the values. */
  reason: string;
  /** What would fit by itself: `as-read`, `wrap-around` or `rebind`. */
  suggestion: string;
  /** What the operator can do, in sentences. */
  remedy: string;
  /** Unix seconds. */
  sinceS: number;
  /** Unix seconds of the latest sample that was suspicious for this reason, and how many there were. */
  lastSeenS: number;
  samples: number;
  /** The last registers that were accepted before; undefined where there were none. */
  accepted: Counters | undefined;
  /** What the device sent at first and at last. */
  first: Evidence;
  latest: Evidence;
}

export interface EndpointStatus {
  /** Without user, path and query, which may hold a token. */
  name: string;
  up: boolean;
  /** Its latest block. */
  height: number | undefined;
  latencyS: number | undefined;
  /** What it last failed with. */
  failure: string | undefined;
}

export interface TransactionStatus {
  id: number;
  nonce: number;
  state: TransactionState;
  /** Of the newest attempt. */
  hash: string;
  attempts: number;
  readings: number;
}

/** All of a gateway that its operator may see. It holds no secret. */
export interface GatewayStatus {
  gateway: string;
  market: string;
  chainId: bigint;
  /** Sealwatt's version. */
  version: string;
  /** Unix seconds. */
  startedAtS: number;
  /** Undefined until the chain was reached once. */
  periods: { current: PeriodView; next: PeriodView } | undefined;
  meters: readonly MeterStatus[];
  /** Reads of meters since the start, and how they failed. */
  reads: { taken: number; failed: Readonly<Record<MeterFailure, number>> };
  /** What is open. */
  quarantine: readonly QuarantineStatus[];
  /** Stored readings by state; every state is there, also with 0. */
  readings: Readonly<Record<string, number>>;
  /** How often a reading was refused or came too late, since the start. */
  refusals: number;
  transactions: {
    /** By state; every state is there, also with 0. */
    counts: Readonly<Record<TransactionState, number>>;
    /** Replacements with higher fees since the start. */
    replacements: number;
    /** Those that are not final. */
    inFlight: readonly TransactionStatus[];
  };
  endpoints: readonly EndpointStatus[];
  clock: {
    /** False while readings wait because of it. */
    trusted: boolean;
    /** How far the machine's clock is ahead of the chain's; undefined while unknown. */
    offsetS: number | undefined;
    reason: string | undefined;
  };
  store: {
    path: string;
    ok: boolean;
    /** What was found damaged, one sentence each. */
    damage: readonly string[];
    /** Unix seconds of when it was last found; undefined where it never was. */
    damagedAtS: number | undefined;
  };
}

export interface Readiness {
  ready: boolean;
  /** What is missing, one sentence each; empty where it is ready. */
  reasons: readonly string[];
}

/** What a command did. */
export interface CommandResult {
  /** The command's EIP-712 hash, under which it is on record. */
  hash: string;
  operator: string;
  /** In plain words. */
  result: string;
}

/** What the operations of a gateway know of it; the daemon gives it. */
export interface GatewayView {
  status(): GatewayStatus;
  readiness(): Readiness;
  /**
   * Obeys an operator's signed command, or says why not.
   * @param signed as it came from JSON, unchecked
   * @throws OperatorCommandError where it is not an operator's command to this gateway
   * @throws CommandRefusedError where it is, and cannot be obeyed
   */
  command(signed: unknown): Promise<CommandResult>;
}
