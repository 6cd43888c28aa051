import { getAddress } from "ethers";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import type { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import type { MeterBook } from "../../sdk/private/gateway/gatewayPool.ts";
import { settledExportWh } from "./settledExport.ts";

export interface ChainMetersOptions {
  reads: MarketReads;
  follower: PoolFollower;
  /** The gateways, by their addresses, whose meters the market has bound to them. */
  meteredBy: readonly string[];
  /** Only these of the participants behind them; all where nothing is said. */
  participants?: readonly number[];
  /** How many blocks a settlement must lie deep before it is believed. */
  confirmations: number;
}

const SECONDS_PER_HOUR = 3_600;

/**
 * What a gateway knows of its meters, from the chain alone: who has joined, to which gateway the market has bound whose
 * meter, and what was settled. It keeps nothing, so that no restart and no reorganisation leaves it with what is not so.
 */
export class ChainMeters implements MeterBook {
  readonly #options: ChainMetersOptions;
  readonly #meteredBy: ReadonlySet<string>;
  readonly #participants: ReadonlySet<number> | undefined;

  constructor(options: ChainMetersOptions) {
    this.#options = options;
    this.#meteredBy = new Set(options.meteredBy.map(getAddress));
    this.#participants =
      options.participants === undefined ? undefined : new Set(options.participants);
  }

  async participantOf(owner: bigint): Promise<number | undefined> {
    const { reads, follower } = this.#options;
    await follower.sync();
    // Whoever was expelled may have joined again, at a later place.
    const joined = follower.state.participants.list.findLast((one) => one.owner === owner);
    if (joined === undefined || joined.expelledAtBlock !== undefined) return undefined;
    const participant = await reads.participantOf(joined.address);
    if (participant === 0 || this.#participants?.has(participant) === false) return undefined;
    const { gateway } = await reads.meterOf(participant);
    return this.#meteredBy.has(getAddress(gateway)) ? participant : undefined;
  }

  async capacityWh(participant: number): Promise<number> {
    const { reads } = this.#options;
    const { ratedPowerW } = await reads.meterOf(participant);
    return Math.floor((ratedPowerW * reads.constants.periodLength) / SECONDS_PER_HOUR);
  }

  async meteredWh(participant: number, period: number): Promise<number | undefined> {
    const { reads, confirmations } = this.#options;
    return settledExportWh(reads, { participant, period, confirmations });
  }
}
