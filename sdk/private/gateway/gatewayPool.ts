import type { Point } from "../babyJubjub.ts";
import type { PoolId } from "../pool.ts";
import type { ProvedRequest } from "../prover/prover.ts";

/** What a gateway needs of the pool. */
export interface GatewayPool {
  readonly id: PoolId;
  /** Where the gateway sends from: the address that the pool knows its tag by. */
  readonly gatewayAddress: string;
  /** Reads what the chain has got since. */
  sync(): Promise<void>;
  /** The regulator's current one. */
  readonly auditKey: Point;
  /** By the match's commitment. */
  readonly matches: ReadonlyMap<
    bigint,
    { state: "proposed" | "agreed" | "lapsed"; period: bigint; sellPlan: bigint }
  >;
  /** Unix seconds. */
  endOfPeriod(period: bigint): number;
  hasNote(commitment: bigint): boolean;
  /** @throws ContractRevertedError */
  issueGeneration(
    proof: Pick<ProvedRequest, "points" | "signals">,
    deadlineS: bigint,
  ): Promise<void>;
}

/** What a gateway knows of the meters behind it. */
export interface MeterBook {
  /** The participant that has proven to be an owner, where its meter is the gateway's. */
  participantOf(owner: bigint): Promise<number | undefined>;
  /** The most that its generator can feed in within a period; of one that is over, what was metered may bound it. */
  capacityWh(participant: number, period: number): Promise<number>;
  /** What it fed in within a period; undefined where there is no reading at the period's end yet. */
  meteredWh(participant: number, period: number): Promise<number | undefined>;
}
