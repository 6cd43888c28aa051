import type { MarketReads } from "../../../sdk/clients/marketReads.ts";
import type { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import type { MeterBook } from "../../../sdk/private/gateway/gatewayPool.ts";
import type { Resident } from "../neighbourhood.ts";
import type { MarketObserver } from "../observer.ts";
import { SLOT_S } from "../profiles/energyProfile.ts";

const SECONDS_PER_HOUR = 3_600;

export interface MarketMetersOptions {
  reads: MarketReads;
  observer: MarketObserver;
  follower: PoolFollower;
  /** Those whose meters are behind the gateway. */
  residents: readonly Resident[];
}

/** What a gateway knows of its meters, from who has joined and from the readings that the market has settled with. */
export function marketMeters({
  reads,
  observer,
  follower,
  residents,
}: MarketMetersOptions): MeterBook {
  const residentOf = (participant: number) =>
    residents.find((resident) => resident.participant === participant);
  return {
    async participantOf(owner) {
      await follower.sync();
      const joined = follower.state.participants.list.find((one) => one.owner === owner);
      if (joined === undefined) return undefined;
      const participant = await reads.participantOf(joined.address);
      return residentOf(participant) === undefined ? undefined : participant;
    },
    async capacityWh(participant) {
      const ratedPowerW = residentOf(participant)?.profile.ratedPowerW ?? 0;
      return Math.floor((ratedPowerW * SLOT_S) / SECONDS_PER_HOUR);
    },
    async meteredWh(participant, period) {
      const { settled } = observer.period(period);
      const account = settled.find((one) => one.participant === participant);
      return account === undefined || account.unread ? undefined : account.exportWh;
    },
  };
}
