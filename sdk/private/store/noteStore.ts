import { BaseError } from "../../errors.ts";
import type { PrivateAccount } from "../keys.ts";
import type { SealedNote } from "../memoCode.ts";
import { openDeliveryAsSide, type SealedDelivery } from "../deliverySecret.ts";
import { isForgery, type Forgery } from "../forgery.ts";
import { openMatch } from "../matches/openMatch.ts";
import {
  attributesOf,
  type ActualNote,
  type CreditNote,
  type GenerationNote,
  type LeafNote,
  type MatchNote,
  type OwnedNote,
  type PlanNote,
  type Side,
} from "../notes.ts";
import { nullifierOf } from "../nullifier.ts";
import { openMemoAsOwner } from "../openMemo.ts";
import { scopeOf, type PoolId } from "../pool.ts";
import type { PoolEvent } from "./poolEvent.ts";

/** A note of one's own in the tree. */
export interface StoredNote<N extends LeafNote = LeafNote> {
  note: N;
  commitment: bigint;
  nullifier: bigint;
  leafIndex: number;
  blockNumber: number;
  /** The block that spent it; undefined while it lives. */
  spentAtBlock: number | undefined;
}

/** A plan of one's own. */
export interface StoredPlan {
  plan: PlanNote;
  commitment: bigint;
  blockNumber: number;
  /** The block that ended it; undefined while the book has it. */
  endedAtBlock: number | undefined;
}

/** A match of a plan of one's own. Who has both plans has two of these. */
export interface StoredMatch {
  match: MatchNote;
  /** The match's commitment. */
  record: bigint;
  /** Of one's own plan. */
  side: Side;
  plan: PlanNote;
  /** The last second at which a side can confirm. */
  confirmBy: number;
  blockNumber: number;
  /** The blocks in which each came; undefined before. Confirmed and settled: by oneself. */
  confirmedAtBlock: number | undefined;
  agreedAtBlock: number | undefined;
  lapsedAtBlock: number | undefined;
  settledAtBlock: number | undefined;
  /** What was delivered; undefined where it was not reported. */
  actual: { note: ActualNote; blockNumber: number } | undefined;
}

/** What finds notes and tells which are spent. */
export type StoreKeys = Pick<PrivateAccount, "owner" | "viewScalar" | "nullifierKey">;

/** Blocks were given that the store has, or with a gap, or events of none of them. */
export class ScanRangeError extends BaseError {
  override name = "ScanRangeError";
}

const SIDES: readonly Side[] = ["sell", "buy"];

function keyOfMatch({ record, side }: Pick<StoredMatch, "record" | "side">): string {
  return `${side} ${record}`;
}

/** What a store begins with: nothing before a pool's first block, or what an export held. */
export interface KnownNotes {
  /** The last block that is known. */
  scannedTo: number;
  /** Its hash, by which one finds that the chain has another since. */
  scannedHash?: string | undefined;
  notes?: readonly StoredNote[];
  plans?: readonly StoredPlan[];
  matches?: readonly StoredMatch[];
}

/** All notes, plans and matches of one private account, found again from the chain with nothing but its keys. */
export class NoteStore {
  readonly pool: PoolId;
  readonly owner: bigint;
  /**
   * Memos that no circuit lets pass: whoever gave the events is not to be trusted. And matches whose openings do not
   * open them, which are the matcher's fault: they cannot be confirmed.
   */
  readonly faults: Forgery[] = [];
  readonly #keys: StoreKeys;
  readonly #scope: bigint;
  /** By nullifier. */
  readonly #notes = new Map<bigint, StoredNote>();
  /** By commitment. */
  readonly #plans = new Map<bigint, StoredPlan>();
  /** By `keyOfMatch`. */
  readonly #matches = new Map<string, StoredMatch>();
  #scannedTo: number;
  #scannedHash: string | undefined;

  constructor(pool: PoolId, keys: StoreKeys, known: KnownNotes = { scannedTo: -1 }) {
    this.pool = pool;
    this.owner = keys.owner;
    this.#keys = keys;
    this.#scope = scopeOf(pool);
    this.#scannedTo = known.scannedTo;
    this.#scannedHash = known.scannedHash;
    for (const stored of known.notes ?? []) this.#notes.set(stored.nullifier, stored);
    for (const stored of known.plans ?? []) this.#plans.set(stored.commitment, stored);
    for (const stored of known.matches ?? []) this.#matches.set(keyOfMatch(stored), stored);
  }

  /** The last block that is known; the next scan begins after it. */
  get scannedTo(): number {
    return this.#scannedTo;
  }

  /** The hash of that block, where it is known. */
  get scannedHash(): string | undefined {
    return this.#scannedHash;
  }

  /** Spent or not, in the order in which they came. */
  get notes(): readonly StoredNote[] {
    return [...this.#notes.values()];
  }

  /** Ended or not, in the order in which they came. */
  get plans(): readonly StoredPlan[] {
    return [...this.#plans.values()];
  }

  /** Settled, lapsed or under way, in the order in which they came. */
  get matches(): readonly StoredMatch[] {
    return [...this.#matches.values()];
  }

  /**
   * Takes the events of the blocks after `scannedTo`.
   * @param events of these blocks, all of them and in their order
   * @param throughBlock the last of the blocks, also where it has no events
   * @param blockHash of the last block, to find that the chain was reorganised
   * @throws ScanRangeError before anything is taken
   */
  scan(events: readonly PoolEvent[], throughBlock: number, blockHash?: string): void {
    if (throughBlock < this.#scannedTo) {
      throw new ScanRangeError(
        `Blocks to ${throughBlock} are given, and those to ${this.#scannedTo} are known.`,
        { metaMessages: ["Rewind the store first where the chain was reorganised."] },
      );
    }
    for (const { blockNumber } of events) {
      if (blockNumber > this.#scannedTo && blockNumber <= throughBlock) continue;
      throw new ScanRangeError(
        `An event of block ${blockNumber} is among those of blocks ${this.#scannedTo + 1} to ${throughBlock}.`,
        { metaMessages: ["Give the events of the blocks after the last scan, and of no other."] },
      );
    }
    for (const event of events) this.#apply(event);
    this.#scannedTo = throughBlock;
    this.#scannedHash = blockHash;
  }

  /** Forgets what came after a block, which a reorganisation took back. */
  rewind(toBlock: number): void {
    const kept = (block: number | undefined) =>
      block !== undefined && block <= toBlock ? block : undefined;
    for (const [nullifier, stored] of this.#notes) {
      if (stored.blockNumber > toBlock) this.#notes.delete(nullifier);
      else this.#notes.set(nullifier, { ...stored, spentAtBlock: kept(stored.spentAtBlock) });
    }
    for (const [commitment, stored] of this.#plans) {
      if (stored.blockNumber > toBlock) this.#plans.delete(commitment);
      else this.#plans.set(commitment, { ...stored, endedAtBlock: kept(stored.endedAtBlock) });
    }
    for (const [key, stored] of this.#matches) {
      if (stored.blockNumber > toBlock) {
        this.#matches.delete(key);
        continue;
      }
      const { confirmedAtBlock, agreedAtBlock, lapsedAtBlock, settledAtBlock, actual } = stored;
      this.#matches.set(key, {
        ...stored,
        confirmedAtBlock: kept(confirmedAtBlock),
        agreedAtBlock: kept(agreedAtBlock),
        lapsedAtBlock: kept(lapsedAtBlock),
        settledAtBlock: kept(settledAtBlock),
        actual: kept(actual?.blockNumber) === undefined ? undefined : actual,
      });
    }
    if (toBlock < this.#scannedTo) this.#scannedHash = undefined;
    this.#scannedTo = Math.min(this.#scannedTo, toBlock);
  }

  /** Credit notes that are not spent. */
  credit(): StoredNote<CreditNote>[] {
    return this.#live((stored): stored is StoredNote<CreditNote> => stored.note.kind === "credit");
  }

  /** Generation notes of a period that are not spent. */
  generation(period: bigint): StoredNote<GenerationNote>[] {
    return this.#live(
      (stored): stored is StoredNote<GenerationNote> =>
        stored.note.kind === "generation" && stored.note.period === period,
    );
  }

  /** Plans that the book has. */
  openPlans(): StoredPlan[] {
    return this.plans.filter(({ endedAtBlock }) => endedAtBlock === undefined);
  }

  /** Matches that have neither lapsed nor been settled by oneself. */
  openMatches(): StoredMatch[] {
    return this.matches.filter(
      ({ lapsedAtBlock, settledAtBlock }) =>
        lapsedAtBlock === undefined && settledAtBlock === undefined,
    );
  }

  get balanceNano(): bigint {
    return this.credit().reduce((sum, { note }) => sum + note.amountNano, 0n);
  }

  /**
   * What a plan's attributes were made of, found again among the gateways of one's own generation notes.
   * @param features what the plan may have been matched by; 0 for none
   */
  openAttributes(
    plan: PlanNote,
    features: readonly bigint[] = [0n],
  ): { gateway: bigint; features: bigint } | undefined {
    const gateways = this.notes.map(({ note }) => (note.kind === "generation" ? note.gateway : 0n));
    return [...new Set([0n, ...gateways])]
      .flatMap((gateway) => features.map((each) => ({ gateway, features: each })))
      .find((opening) => attributesOf(opening.gateway, opening.features) === plan.attributes);
  }

  #live<S extends StoredNote>(isWanted: (stored: StoredNote) => stored is S): S[] {
    return this.notes.filter(isWanted).filter(({ spentAtBlock }) => spentAtBlock === undefined);
  }

  #apply(event: PoolEvent): void {
    const { blockNumber } = event;
    switch (event.type) {
      case "noteAdded":
        this.#addNote(event);
        break;
      case "planAdded":
        this.#addPlan(event);
        break;
      case "nullifierSpent": {
        const stored = this.#notes.get(event.nullifier);
        if (stored) this.#notes.set(event.nullifier, { ...stored, spentAtBlock: blockNumber });
        break;
      }
      case "planEnded": {
        const stored = this.#plans.get(event.plan);
        if (stored) this.#plans.set(event.plan, { ...stored, endedAtBlock: blockNumber });
        break;
      }
      case "matchProposed":
        this.#addMatch(event);
        break;
      case "matchConfirmed":
        this.#changeMatch(event.record, [event.side], { confirmedAtBlock: blockNumber });
        break;
      case "matchAgreed":
        this.#changeMatch(event.record, SIDES, { agreedAtBlock: blockNumber });
        break;
      case "matchLapsed":
        this.#changeMatch(event.record, SIDES, { lapsedAtBlock: blockNumber });
        break;
      case "actualReported":
        this.#addActual(event.delivery, blockNumber);
        break;
      case "matchSettled":
        this.#changeMatch(event.record, [event.side], { settledAtBlock: blockNumber });
    }
  }

  #addNote({ note: sealed, leafIndex, blockNumber }: PoolEvent & { type: "noteAdded" }): void {
    const note = this.#open(sealed);
    if (note === undefined || note.kind === "plan") return;
    const { commitment } = sealed;
    const nullifier = nullifierOf(this.#scope, this.#keys.nullifierKey, leafIndex);
    const stored = { note, commitment, nullifier, leafIndex, blockNumber, spentAtBlock: undefined };
    this.#notes.set(nullifier, stored);
  }

  #addPlan({ plan: sealed, blockNumber }: PoolEvent & { type: "planAdded" }): void {
    const plan = this.#open(sealed);
    if (plan?.kind !== "plan") return;
    const { commitment } = sealed;
    this.#plans.set(commitment, { plan, commitment, blockNumber, endedAtBlock: undefined });
  }

  #addMatch({
    match: sealed,
    confirmBy,
    blockNumber,
  }: PoolEvent & { type: "matchProposed" }): void {
    for (const side of SIDES) {
      const own = this.#plans.get(side === "sell" ? sealed.sellPlan : sealed.buyPlan);
      if (own === undefined) continue;
      const match = this.#tryToOpen(() =>
        openMatch(sealed, side === "sell" ? "seller" : "buyer", this.#keys.viewScalar),
      );
      if (match === undefined) continue;
      const stored: StoredMatch = {
        match,
        record: sealed.record,
        side,
        plan: own.plan,
        confirmBy,
        blockNumber,
        confirmedAtBlock: undefined,
        agreedAtBlock: undefined,
        lapsedAtBlock: undefined,
        settledAtBlock: undefined,
        actual: undefined,
      };
      this.#matches.set(keyOfMatch(stored), stored);
    }
  }

  #addActual(delivery: SealedDelivery, blockNumber: number): void {
    for (const side of SIDES) {
      const stored = this.#matches.get(keyOfMatch({ record: delivery.match, side }));
      if (stored === undefined) continue;
      const note = this.#tryToOpen(() => openDeliveryAsSide(delivery, stored.match));
      if (note !== undefined) {
        this.#changeMatch(delivery.match, [side], { actual: { note, blockNumber } });
      }
    }
  }

  #changeMatch(record: bigint, sides: readonly Side[], change: Partial<StoredMatch>): void {
    for (const side of sides) {
      const stored = this.#matches.get(keyOfMatch({ record, side }));
      if (stored) this.#matches.set(keyOfMatch(stored), { ...stored, ...change });
    }
  }

  #open(sealed: SealedNote): OwnedNote | undefined {
    return this.#tryToOpen(() => openMemoAsOwner(sealed, this.#keys));
  }

  /** One forgery must not hide all that comes after it. */
  #tryToOpen<T>(open: () => T): T | undefined {
    try {
      return open();
    } catch (error) {
      if (!isForgery(error)) throw error;
      this.faults.push(error);
      return undefined;
    }
  }
}
