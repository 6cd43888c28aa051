import { setTimeout as pause } from "node:timers/promises";
import { GatewayStore } from "../oracle/store/gatewayStore.ts";
import { measureDlt645DecodeUs } from "./oracle/dlt645Decode.ts";
import { residentMb } from "./oracle/memory.ts";
import { createRig, type Rig } from "./oracle/rig.ts";
import type { Bench } from "./types.ts";

const METERS = 1_000;
const PERIOD_S = 60;
/** Sparser than the configuration's default of 10 s: the figures hold for it alone. */
const INTERVAL_S = 60;
const MILLION = 1_000_000;
/** A status of 1,000 meters is half a megabyte: asked for more often, it would be the bench's memory that is measured. */
const SPARING_POLL_MS = 2_000;

/** The daemon with many meters, and with much behind it. */
export const run: Bench = async (progress) => {
  const decodeUs = measureDlt645DecodeUs();
  const rig = await createRig({
    meters: METERS,
    periodLengthS: PERIOD_S,
    intervalS: INTERVAL_S,
    progress,
  });
  try {
    const startS = Date.now() / 1000;
    await rig.startMeters({ meters: METERS, startS, stopS: null });
    const daemon = rig.startDaemon();
    const startUpS = await daemon.until(({ reads }) => reads.taken >= METERS);
    const { reads } = rig;
    // Readings begin with the period after that of the binding.
    const period = Math.max(1, reads.periodAt(Date.now() / 1000));
    const endS = reads.startOf(period + 1);
    progress(`waiting for the end of period ${period}, ${Math.ceil(endS - Date.now() / 1000)} s`);
    const signedIn = (states: readonly string[]) => async () => {
      await daemon.until(({ meters, readings }) => {
        const done = states.reduce((sum, state) => sum + (readings[state] ?? 0), 0);
        return (
          meters.every(({ lastReadingPeriod }) => lastReadingPeriod === period) && done >= METERS
        );
      }, SPARING_POLL_MS);
      return Date.now() / 1000 - endS;
    };
    const signedS = await signedIn(["signed", "sent", "included", "final"])();
    const reportedS = await signedIn(["included", "final"])();
    progress("sampling for two minutes");
    await pause(Math.max(0, endS + 120 - Date.now() / 1000) * 1000);
    const [nowMb, peakMb] = [residentMb(daemon.pid), residentMb(daemon.pid, "peak")];
    await daemon.stop();
    const restart = await measureRestart(rig, progress);
    return [
      {
        title: `The daemon with ${METERS.toLocaleString("en")} Modbus TCP meters`,
        rows: [
          row("start to the first sample of every meter, s", startUpS, null),
          row("end of a period to all readings read, stored and signed, s", signedS, 60),
          row("end of a period to all readings in a block, s", reportedS, null),
          row(`resident memory, meters sampled every ${INTERVAL_S} s, MB`, nowMb, 200),
          row(`resident memory at its peak, meters sampled every ${INTERVAL_S} s, MB`, peakMb, 200),
        ],
        notes: [
          `A connection a meter; each meter is sampled every ${INTERVAL_S} s besides (reading.intervalS, 10 unless ` +
            "configured). The meters, the chain and this bench are other processes on the same cores.",
        ],
      },
      {
        title: "Other figures",
        rows: [
          row("a DL/T 645 frame, from bytes to its value, µs", decodeUs, 20),
          row("start to the first sample, with a million stored readings, s", restart.firstS, 3),
          row("start to the first sample of every meter, with them, s", restart.allS, null),
        ],
        notes: [],
      },
    ];
  } finally {
    await rig.close();
  }
};

function row(what: string, figure: number, target: number | null) {
  return {
    what,
    figure: Number(figure.toPrecision(3)),
    target,
    met: target === null ? "" : figure <= target ? "yes" : "NO",
  };
}

/** Fills the store with readings of long ago, as the daemon would have left them, and starts it. */
async function measureRestart(
  { storePath, chainId, market, participants, startDaemon }: Rig,
  progress: (line: string) => void,
) {
  progress("storing a million readings");
  const store = GatewayStore.open(storePath, { chainId, market });
  const periods = MILLION / METERS;
  for (let period = 0; period < periods; ++period) {
    const stored = store.readings.storeRead(
      participants.map((participant) => ({
        participant,
        // Of bindings before the present ones.
        meterId: 1_000_000 + participant,
        period,
        importWh: BigInt(period * 100),
        exportWh: 0n,
        raw: [
          {
            quantity: "importEnergyWh",
            source: "fc3@3203x4",
            hex: "0000000000000064",
            value: "100 Wh",
          },
          {
            quantity: "exportEnergyWh",
            source: "fc3@3207x4",
            hex: "0000000000000000",
            value: "0 Wh",
          },
        ],
        readAtMs: period,
      })),
    );
    store.readings.refuse(stored.map(({ id }) => ({ id, reason: "bench" })));
    if (period % 100 === 0) progress(`${(period * METERS).toLocaleString("en")} stored`);
  }
  store.close();
  const daemon = startDaemon();
  const firstS = await daemon.until(({ reads }) => reads.taken > 0);
  const allS = await daemon.until(({ reads }) => reads.taken >= METERS);
  await daemon.stop();
  return { firstS, allS };
}
