import { encodeCall } from "../../clients/contractHandle.ts";
import type { Point } from "../babyJubjub.ts";
import type { PoolFollower } from "../chain/poolFollower.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import type { PoolSender } from "../client/poolSender.ts";
import type { SealedMatch } from "../matches/matchOpening.ts";
import { PeriodTimes } from "../periodTimes.ts";
import { requireAuditKey } from "../requireAuditKey.ts";
import type { MatcherPool } from "./matcherPool.ts";
import type { BookedPlan } from "./planOpening.ts";

/** The pool as a matcher sees it on the chain, with the key that holds the matcher's role. */
export class FollowedMatcherPool implements MatcherPool {
  readonly #follower: PoolFollower;
  readonly #sender: PoolSender;
  readonly #times: PeriodTimes;
  readonly #auditKeys: readonly Point[] | undefined;

  private constructor(
    follower: PoolFollower,
    sender: PoolSender,
    times: PeriodTimes,
    auditKeys: readonly Point[] | undefined,
  ) {
    this.#follower = follower;
    this.#sender = sender;
    this.#times = times;
    this.#auditKeys = auditKeys;
  }

  /** @param auditKeys those that the regulator published elsewhere than on the chain: other ones are not sealed to */
  static async connect(
    follower: PoolFollower,
    sender: PoolSender,
    auditKeys?: readonly Point[],
  ): Promise<FollowedMatcherPool> {
    const times = new PeriodTimes(await follower.terms());
    return new FollowedMatcherPool(follower, sender, times, auditKeys);
  }

  sync(): Promise<void> {
    return this.#follower.sync();
  }

  get plans(): ReadonlyMap<bigint, BookedPlan> {
    return this.#follower.state.plans;
  }

  get auditKey(): Point {
    return requireAuditKey(this.#follower, this.#auditKeys);
  }

  proposalsCloseAtS(period: bigint): number {
    return this.#times.proposalsCloseAt(period);
  }

  overdueMatches(nowS: number): bigint[] {
    return [...this.#follower.state.matches.values()]
      .filter(({ state, confirmBy }) => state === "proposed" && confirmBy < nowS)
      .map(({ record }) => record);
  }

  async propose(proposals: readonly SealedMatch[]): Promise<void> {
    const matches = proposals.map(({ sellPlan, buyPlan, record, opening }) => ({
      sellPlan,
      buyPlan,
      record,
      opening,
    }));
    await this.#send("proposeMatches", [matches]);
  }

  async lapse(record: bigint): Promise<void> {
    await this.#send("lapse", [record]);
  }

  async #send(name: string, args: readonly unknown[]): Promise<void> {
    await this.#sender.send(encodeCall(this.#follower.address, poolInterface, name, args));
  }
}
