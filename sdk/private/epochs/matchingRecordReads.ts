import type { Provider, Result } from "ethers";
import { readView } from "../../clients/contractHandle.ts";
import {
  matchingRecordInterface,
  OPENING_KINDS,
  type AnnouncedEpoch,
  type DeliveryVerdict,
  type LoggedOpening,
  type OpeningKind,
  type SeedCommitment,
} from "./matchingRecordInterface.ts";

/** What the contract's numbers stand for. */
export const VERDICTS: readonly (DeliveryVerdict | undefined)[] = [undefined, "within", "beyond"];

/**
 * The matching record as the chain has it at the latest block. A reorganisation can take back what was read: what must
 * last is read again, or followed with `MatchingRecordFollower`.
 */
export class MatchingRecordReads {
  readonly address: string;
  readonly #provider: Provider;

  constructor(provider: Provider, address: string) {
    this.#provider = provider;
    this.address = address;
  }

  /** The private market whose matching is recorded. @throws ContractRevertedError, ChainUnreachableError */
  async pool(): Promise<string> {
    const [pool] = await this.#read("pool");
    return pool as string;
  }

  /** All epochs, in their order. @throws as `pool` */
  async epochs(): Promise<AnnouncedEpoch[]> {
    const [count] = (await this.#read("epochCount")) as unknown as [bigint];
    return Promise.all(Array.from({ length: Number(count) }, (_, i) => this.#epochAt(i + 1)));
  }

  /** @returns undefined where the period has none @throws as `pool` */
  async epochOfPeriod(period: bigint): Promise<AnnouncedEpoch | undefined> {
    const [epoch] = (await this.#read("epochOf", period)) as unknown as [bigint];
    return epoch === 0n ? undefined : this.#epochAt(Number(epoch));
  }

  /** @returns undefined where the matcher committed to none @throws as `pool` */
  async seedCommitment(epoch: number, matcher: string): Promise<SeedCommitment | undefined> {
    const [seed] = await this.#read("seedCommitment", epoch, matcher);
    const { committedAt, fromPeriod, commitment } = seed as Record<string, bigint> & SeedCommitment;
    return committedAt === 0n ? undefined : { fromPeriod, commitment };
  }

  /** @returns undefined where none was logged @throws as `pool` */
  async openingOf(kind: OpeningKind, round: string): Promise<LoggedOpening | undefined> {
    const [opening] = await this.#read("openingOf", OPENING_KINDS.indexOf(kind), round);
    const { loggedAt, period, count, content } = opening as Record<string, bigint> & {
      content: string;
    };
    if (loggedAt === 0n) return undefined;
    return { kind, period: period!, round, content, count: Number(count) };
  }

  /** @returns undefined where there is none @throws as `pool` */
  async verdictOf(record: bigint): Promise<DeliveryVerdict | undefined> {
    const [view] = await this.#read("verdictOf", record);
    return VERDICTS[Number((view as { verdict: bigint }).verdict)];
  }

  async #epochAt(epoch: number): Promise<AnnouncedEpoch> {
    const [view] = await this.#read("epochAt", epoch);
    const { fromPeriod, manifest } = view as { fromPeriod: bigint; manifest: string };
    return { epoch, fromPeriod, manifestHash: manifest };
  }

  #read(name: string, ...args: unknown[]): Promise<Result> {
    return readView(this.#provider, this.address, matchingRecordInterface, name, args);
  }
}
