import { LiveNotes } from "./liveNotes.ts";

/** What flowed into and out of one owner's private balance. */
export interface OwnerFlows {
  depositedNano: bigint;
  withdrawnNano: bigint;
  /** Moved into buy plans. */
  lockedNano: bigint;
  /** What sales brought. */
  earnedNano: bigint;
  /** What settled and ended buy plans gave back. */
  returnedNano: bigint;
  /** What was paid for energy. */
  paidNano: bigint;
  /** What silence cost. */
  lostBondsNano: bigint;
  issuedWh: bigint;
  soldWh: bigint;
  boughtWh: bigint;
}

/** One owner as an audit knows it. */
export class OwnerAccount {
  readonly owner: bigint;
  readonly credit = new LiveNotes();
  /** By period and gateway, see `generationOf`. */
  readonly generation = new Map<string, LiveNotes>();
  /** How often it was silent where the other side confirmed. */
  strikes = 0;
  readonly flows: OwnerFlows = {
    depositedNano: 0n,
    withdrawnNano: 0n,
    lockedNano: 0n,
    earnedNano: 0n,
    returnedNano: 0n,
    paidNano: 0n,
    lostBondsNano: 0n,
    issuedWh: 0n,
    soldWh: 0n,
    boughtWh: 0n,
  };

  constructor(owner: bigint) {
    this.owner = owner;
  }

  generationOf({ period, gateway }: { period: bigint; gateway: bigint }): LiveNotes {
    const key = `${period} ${gateway}`;
    const known = this.generation.get(key) ?? new LiveNotes();
    this.generation.set(key, known);
    return known;
  }
}
