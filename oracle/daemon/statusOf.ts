import type { Wallet } from "ethers";
import type { ClockWatch } from "../judgement/clockWatch.ts";
import type { MeterFailure } from "../meters/meter.ts";
import type { GatewayStatus } from "../operations/gatewayView.ts";
import { damageStatus } from "../operations/damageStatus.ts";
import { quarantineStatus } from "../operations/quarantineStatus.ts";
import type { SendingStatus } from "../sending/sendingStatus.ts";
import type { GatewayStore } from "../store/gatewayStore.ts";
import type { ChainFollower } from "./chainFollower.ts";
import type { MeterChannel } from "./meterChannel.ts";

/** What a gateway's status is made of. */
export interface StatusSources {
  store: GatewayStore;
  storePath: string;
  signer: Wallet;
  follower: ChainFollower;
  sending: SendingStatus;
  channels: readonly MeterChannel[];
  /** Of readings, since the start. */
  refusals: number;
  watch?: ClockWatch;
  redact?: (text: string) => string;
  startedAtS: number;
  nowS: number;
  version: string;
}

const FAILURES: readonly MeterFailure[] = [
  "unreachable",
  "silent",
  "malformed",
  "refused",
  "absent",
];

/** All of a gateway that its operator may see. */
export function statusOf(sources: StatusSources): GatewayStatus {
  const {
    store,
    storePath,
    signer,
    follower,
    sending,
    channels,
    nowS,
    watch,
    redact = String,
  } = sources;
  const { reads, head } = follower;
  const current = reads.periodAt(nowS);
  const viewOf = (period: number) => ({ period, endS: reads.startOf(period + 1) });
  return {
    gateway: signer.address,
    market: reads.addresses.market,
    chainId: reads.constants.chainId,
    version: sources.version,
    startedAtS: sources.startedAtS,
    periods: { current: viewOf(current), next: viewOf(current + 1) },
    meters: channels.map((channel) => channel.status()),
    reads: {
      taken: channels.reduce((sum, { counts }) => sum + counts.taken, 0),
      failed: Object.fromEntries(
        FAILURES.map((failure) => [
          failure,
          channels.reduce((sum, { counts }) => sum + (counts.failed.get(failure) ?? 0), 0),
        ]),
      ) as Record<MeterFailure, number>,
    },
    quarantine: store.quarantine.open().map(quarantineStatus),
    readings: store.readings.counts(),
    refusals: sources.refusals,
    transactions: {
      counts: store.transactions.counts(),
      replacements: sending.replacements,
      inFlight: sending.transactions.map(({ id, nonce, state, hash, attempts, readings }) => ({
        id,
        nonce,
        state,
        hash,
        attempts,
        readings,
      })),
    },
    endpoints: sending.endpoints.map(({ name, state, height, latencyMs, lastError }) => ({
      name,
      up: state === "ok" || state === "behind",
      height,
      latencyS: latencyMs === undefined ? undefined : latencyMs / 1000,
      failure: lastError === undefined ? undefined : redact(lastError),
    })),
    clock: {
      trusted: watch?.trusted ?? true,
      offsetS: watch?.offsetS ?? (head === undefined ? undefined : nowS - head.timestampS),
      reason: watch?.reason,
    },
    store: {
      path: storePath,
      ok: store.fault === undefined,
      ...damageStatus(store.damage),
    },
  };
}
