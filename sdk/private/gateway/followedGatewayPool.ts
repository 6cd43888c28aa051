import { encodeCall } from "../../clients/contractHandle.ts";
import type { Point } from "../babyJubjub.ts";
import type { PoolFollower } from "../chain/poolFollower.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import type { ParticipantWallet } from "../client/poolSender.ts";
import { PeriodTimes } from "../periodTimes.ts";
import type { PoolId } from "../pool.ts";
import type { ProvedRequest } from "../prover/prover.ts";
import { requireAuditKey } from "../requireAuditKey.ts";
import type { GatewayPool } from "./gatewayPool.ts";

/** The pool as a gateway sees it on the chain. */
export class FollowedGatewayPool implements GatewayPool {
  readonly id: PoolId;
  readonly #follower: PoolFollower;
  readonly #sender: ParticipantWallet;
  readonly #times: PeriodTimes;
  readonly #auditKeys: readonly Point[] | undefined;

  private constructor(
    id: PoolId,
    follower: PoolFollower,
    sender: ParticipantWallet,
    times: PeriodTimes,
    auditKeys: readonly Point[] | undefined,
  ) {
    this.id = id;
    this.#follower = follower;
    this.#sender = sender;
    this.#times = times;
    this.#auditKeys = auditKeys;
  }

  /**
   * @param sender of the address that the gateway's tag is registered for
   * @param auditKeys those that the regulator published elsewhere than on the chain: other ones are not sealed to
   */
  static async connect(
    follower: PoolFollower,
    sender: ParticipantWallet,
    auditKeys?: readonly Point[],
  ): Promise<FollowedGatewayPool> {
    const [id, terms] = await Promise.all([follower.pool(), follower.terms()]);
    return new FollowedGatewayPool(id, follower, sender, new PeriodTimes(terms), auditKeys);
  }

  get gatewayAddress(): string {
    return this.#sender.address;
  }

  get auditKey(): Point {
    return requireAuditKey(this.#follower, this.#auditKeys);
  }

  get matches(): GatewayPool["matches"] {
    return this.#follower.state.matches;
  }

  sync(): Promise<void> {
    return this.#follower.sync();
  }

  endOfPeriod(period: bigint): number {
    return this.#times.endOf(period);
  }

  hasNote(commitment: bigint): boolean {
    return this.#follower.state.leaves.includes(commitment);
  }

  async issueGeneration(
    { points, signals }: Pick<ProvedRequest, "points" | "signals">,
    deadlineS: bigint,
  ): Promise<void> {
    const args = [{ points, signals }, deadlineS];
    await this.#sender.send(
      encodeCall(this.#follower.address, poolInterface, "issueGeneration", args),
    );
  }
}
