import type { Reading, SignedReading } from "../../sdk/readings/reading.ts";
import { packReading } from "../../sdk/readings/reading.ts";
import { BaseError } from "../../sdk/errors.ts";
import { Journal, type JournalEntry } from "./journal.ts";

/** A reading that is stored and not yet final. */
export interface PendingReading {
  reading: Reading;
  signed: SignedReading | undefined;
}

/** What has become of all readings so far. */
export interface ReadingCounts {
  read: number;
  counted: number;
  refused: number;
}

/** What the chain said of a reading. */
export type ReadingOutcome = Extract<JournalEntry, { type: "counted" | "refused" }>;

/** The journal belongs to another market. */
export class ForeignJournalError extends BaseError {
  override name = "ForeignJournalError";
}

const placeOf = ({ participant, period }: { participant: number; period: number }) =>
  `${participant}/${period}`;

/** The gateway's readings: every step is in the journal before the next one is taken. */
export class ReadingStore {
  readonly #journal: Journal;
  readonly #pending = new Map<string, PendingReading>();
  readonly #latest = new Map<number, number>();
  readonly counts: ReadingCounts = { read: 0, counted: 0, refused: 0 };

  private constructor(journal: Journal) {
    this.#journal = journal;
  }

  /**
   * Opens the readings of a market, with all that was under way when the gateway stopped.
   * @throws JournalError, ForeignJournalError
   */
  static async open(
    path: string,
    { chainId, market }: { chainId: bigint; market: string },
  ): Promise<ReadingStore> {
    const { journal, entries } = await Journal.open(path);
    const store = new ReadingStore(journal);
    const owner = { type: "market", chainId: chainId.toString(), market } as const;
    const [first] = entries;
    if (first === undefined) await journal.append([owner]);
    else if (JSON.stringify(first) !== JSON.stringify(owner)) {
      await journal.close();
      throw new ForeignJournalError(`The journal ${path} belongs to another market.`, {
        metaMessages: ["Give each market a journal of its own."],
      });
    }
    for (const entry of entries) store.#apply(entry);
    return store;
  }

  /** Readings to be signed or sent, each meter's in the order of their periods. */
  pending(): PendingReading[] {
    return [...this.#pending.values()].sort(
      (a, b) =>
        a.reading.period - b.reading.period || a.reading.participant - b.reading.participant,
    );
  }

  /** The last period for which a participant's meter was read; -1 for none. */
  latestPeriodOf(participant: number): number {
    return this.#latest.get(participant) ?? -1;
  }

  async storeRead(readings: readonly Reading[], atS: number): Promise<void> {
    await this.#record(
      readings.map(({ importWh, exportWh, ...rest }) => ({
        type: "read",
        ...rest,
        importWh: importWh.toString(),
        exportWh: exportWh.toString(),
        atS,
      })),
    );
  }

  async storeSigned(readings: readonly PendingReading[]): Promise<void> {
    await this.#record(
      readings.flatMap(({ reading: { participant, period }, signed }) =>
        signed === undefined
          ? []
          : [{ type: "signed", participant, period, r: signed.r, vs: signed.vs }],
      ),
    );
  }

  async storeSent(readings: readonly PendingReading[]): Promise<void> {
    await this.#record(
      readings.map(({ reading: { participant, period } }) => ({
        type: "sent",
        participant,
        period,
      })),
    );
  }

  async storeOutcome(outcomes: readonly ReadingOutcome[]): Promise<void> {
    await this.#record(outcomes);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #record(entries: readonly JournalEntry[]): Promise<void> {
    await this.#journal.append(entries);
    for (const entry of entries) this.#apply(entry);
  }

  #apply(entry: JournalEntry): void {
    if (entry.type === "market" || entry.type === "sent") return;
    const place = placeOf(entry);
    if (entry.type === "read") {
      const { participant, meterId, period } = entry;
      const reading = {
        participant,
        meterId,
        period,
        importWh: BigInt(entry.importWh),
        exportWh: BigInt(entry.exportWh),
      };
      this.#pending.set(place, { reading, signed: undefined });
      this.#latest.set(participant, Math.max(period, this.latestPeriodOf(participant)));
      ++this.counts.read;
    } else if (entry.type === "signed") {
      const pending = this.#pending.get(place);
      if (pending !== undefined)
        pending.signed = { reading: packReading(pending.reading), r: entry.r, vs: entry.vs };
    } else {
      // A reading that was sent twice is final once.
      if (this.#pending.delete(place)) ++this.counts[entry.type];
    }
  }
}
