import { SigningKey, toBeHex, type Log } from "ethers";
import { hashOrder } from "../orders/commitment.ts";
import type { AnyOpening } from "../orders/opening.ts";
import { decryptOpening } from "../orders/openingCipher.ts";
import { decodeOrderOpening, decodeScheduleOpening } from "../orders/openingCode.ts";
import { SCHEDULE_PERIODS, type DaySchedule } from "../orders/schedule.ts";
import { sealSeededSchedule } from "../orders/seededSchedule.ts";
import { marketInterface } from "./contractHandle.ts";
import type { MarketReads } from "./marketReads.ts";
import { toRevertError } from "./revertError.ts";

/** A sealed order or schedule whose ciphertext does not open, or does not hold what was sealed. */
export interface UnreadableSeal {
  participant: number;
  kind: "order" | "schedule";
  /** The period of an order, the day of a schedule. */
  index: number;
  reason: string;
}

/** Logs are asked for in ranges that every node answers. */
const BLOCKS_PER_QUERY = 10_000;

/**
 * The openings that participants encrypted to the operator, gathered from the chain's events alone: an operator that
 * starts anew has them all again.
 */
export class OpeningBook {
  readonly #reads: MarketReads;
  readonly #key: SigningKey;
  #nextBlock: number;
  readonly #indices: readonly number[] | undefined;
  readonly #orders = new Map<string, AnyOpening | undefined>();
  readonly #schedules = new Map<string, DaySchedule | undefined>();

  /**
   * @param fromBlock a block at or before the market's first order that still matters
   * @param only the one period whose openings are wanted; all unless given
   */
  constructor(reads: MarketReads, key: SigningKey, fromBlock = 0, only?: number) {
    this.#reads = reads;
    this.#key = key;
    this.#nextBlock = fromBlock;
    // The event of an order names its period and that of a schedule its day, both in the same place.
    this.#indices = only === undefined ? undefined : [only, Math.floor(only / SCHEDULE_PERIODS)];
  }

  /** Reads what has been sealed since the last call. */
  async refresh(): Promise<UnreadableSeal[]> {
    const { provider, addresses } = this.#reads;
    const unreadable: UnreadableSeal[] = [];
    try {
      const latest = await provider.getBlockNumber();
      while (this.#nextBlock <= latest) {
        const toBlock = Math.min(latest, this.#nextBlock + BLOCKS_PER_QUERY - 1);
        const logs = await provider.getLogs({
          address: addresses.market,
          topics: [
            ["OrderSealed", "ScheduleSealed"].map(
              (name) => marketInterface.getEvent(name)!.topicHash,
            ),
            ...(this.#indices === undefined
              ? []
              : [null, this.#indices.map((index) => toBeHex(index, 32))]),
          ],
          fromBlock: this.#nextBlock,
          toBlock,
        });
        for (const log of logs) {
          const failure = await this.#note(log);
          if (failure !== undefined) unreadable.push(failure);
        }
        this.#nextBlock = toBlock + 1;
      }
    } catch (error) {
      throw toRevertError(error);
    }
    return unreadable;
  }

  /** What is sealed for a period and can be opened. */
  openingsOf(period: number): AnyOpening[] {
    const day = Math.floor(period / SCHEDULE_PERIODS);
    const openings: AnyOpening[] = [];
    for (const [place, opening] of this.#orders) {
      if (place.startsWith(`${period}/`) && opening !== undefined) openings.push(opening);
    }
    for (const [place, schedule] of this.#schedules) {
      const opening = place.startsWith(`${day}/`) ? schedule?.openings.get(period) : undefined;
      if (opening !== undefined) openings.push(opening);
    }
    return openings;
  }

  /** Forgets what is past. */
  forgetBefore(period: number): void {
    const day = Math.floor(period / SCHEDULE_PERIODS);
    for (const [map, first] of [
      [this.#orders, period],
      [this.#schedules, day],
    ] as const) {
      for (const place of map.keys()) if (Number(place.split("/")[0]) < first) map.delete(place);
    }
  }

  async #note(log: Log): Promise<UnreadableSeal | undefined> {
    const { name, args } = marketInterface.parseLog(log)!;
    const participant = Number(args[0] as bigint);
    const index = Number(args[1] as bigint);
    const kind = name === "OrderSealed" ? "order" : "schedule";
    const place = `${index}/${participant}`;
    // Whatever was sealed before is void, also where its successor cannot be read.
    if (kind === "order") this.#orders.set(place, undefined);
    else this.#schedules.set(place, undefined);
    const ciphertext = args.sealedOpening as string;
    if (ciphertext === "0x") return undefined;
    try {
      const { domain } = this.#reads.constants;
      const plain = await decryptOpening(
        this.#key,
        { domain, participant, kind, index },
        ciphertext,
      );
      if (kind === "order") {
        const opening = decodeOrderOpening(plain, { participant, period: index });
        if (hashOrder(domain, opening.order, opening.salt) !== args.commitment)
          throw new RangeError("The opening is not that of the commitment.");
        this.#orders.set(place, opening);
      } else {
        const { orders, seed } = decodeScheduleOpening(plain, { participant, day: index });
        const schedule = sealSeededSchedule(domain, index, orders, seed);
        if (schedule.root !== args.root)
          throw new RangeError("The opening is not that of the schedule's root.");
        this.#schedules.set(place, schedule);
      }
      return undefined;
    } catch (error) {
      return { participant, kind, index, reason: (error as Error).message };
    }
  }
}
