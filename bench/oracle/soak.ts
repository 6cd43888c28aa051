// A long run of the daemon with faulty meters: `npm run soak -- [--minutes 30] [--meters 200] [--period-seconds 10]`.
// Exits with 1 where energy is lost without an entry in quarantine that says why, or where memory grows.
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { GatewayStore } from "../../oracle/store/gatewayStore.ts";
import type { FaultPlan } from "../../oracle/simulator/faults/faultFile.ts";
import { parseFaults } from "../../oracle/simulator/faults/faultFile.ts";
import { farmLoad } from "./farmLoad.ts";
import { residentMb } from "./memory.ts";
import { createRig, type Rig } from "./rig.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    meters: { type: "string", default: "200" },
    "period-seconds": { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const meters = Number(values.meters);
const periodLengthS = Number(values["period-seconds"]);

/** Each hits a request of a meter now and then; together about one in fifteen. */
const FAULTS: FaultPlan = parseFaults(
  `faults:
  - { fault: silent, chance: 0.01 }
  - { fault: late, delayMs: 1700, chance: 0.01 }
  - { fault: duplicate, chance: 0.01 }
  - { fault: split, chance: 0.01 }
  - { fault: wrongUnit, chance: 0.005 }
  - { fault: exception, code: 6, chance: 0.01 }
  - { fault: resetMidReply, chance: 0.005 }
  - { fault: halfOpen, chance: 0.002 }
  - { fault: zeroOnce, chance: 0.002, forRequests: 1 }
  - { fault: noise, chance: 0.002 }
`,
  "soak",
);
/** Memory is compared from here on. */
const WARM_UP_MINUTES = 5;
const MOST_GROWTH = 0.1;
const SAMPLE_S = 15;
/** After the last energy has flowed: time for a reading of it, its report and its finality. */
const END_PERIODS = 8;

const log = (line: string) => process.stderr.write(`soak: ${line}\n`);

const rig = await createRig({
  meters,
  periodLengthS,
  intervalS: Math.max(2, Math.floor(periodLengthS / 3)),
  progress: log,
});
try {
  const report = await soak(rig);
  console.log(values.json ? JSON.stringify(report, null, 2) : formatted(report));
  if (!report.passed) process.exitCode = 1;
} finally {
  await rig.close();
}

async function soak({
  reads,
  participants,
  storePath,
  chainId,
  market,
  startMeters,
  startDaemon,
}: Rig) {
  const startS = Date.now() / 1000;
  const stopS = startS + minutes * 60;
  await startMeters({ meters, startS, stopS, faults: FAULTS });
  const daemon = startDaemon();
  await daemon.until(() => true);
  const memory: { minute: number; residentMb: number }[] = [];
  while (Date.now() / 1000 < stopS) {
    await pause(SAMPLE_S * 1000);
    const minute = (Date.now() / 1000 - startS) / 60;
    const sample = { minute: Number(minute.toFixed(2)), residentMb: residentMb(daemon.pid) };
    memory.push(sample);
    const status = await daemon.status();
    const {
      read = 0,
      signed = 0,
      sent = 0,
      included = 0,
      final = 0,
      refused = 0,
    } = status?.readings ?? {};
    log(
      `minute ${minute.toFixed(1)}: ${sample.residentMb.toFixed(0)} MB, ${included + final} readings counted, ` +
        `${read + signed + sent} under way, ${refused} refused, ${status?.quarantine.length} in quarantine`,
    );
  }
  log("energy has stopped; waiting for its last readings");
  await pause(END_PERIODS * periodLengthS * 1000);
  const status = await daemon.status();
  await daemon.stop();
  const store = GatewayStore.open(storePath, { chainId, market });
  const open = new Set(store.quarantine.open().map(({ participant }) => participant));
  const quarantined = store.quarantine.latest(1_000_000).length;
  store.close();
  const wrong: string[] = [];
  for (const [index, participant] of participants.entries()) {
    const { importWh, exportWh } = await reads.meterOf(participant);
    const true_ = farmLoad(index, startS, stopS).energyAt(stopS);
    if (importWh === true_.importWh && exportWh === true_.exportWh) continue;
    if (open.has(participant)) continue;
    wrong.push(
      `participant ${participant}: the chain has ${importWh}/${exportWh} Wh, the meter ${true_.importWh}/${true_.exportWh} Wh`,
    );
  }
  const steady = memory
    .filter(({ minute }) => minute >= WARM_UP_MINUTES)
    .map((sample) => sample.residentMb);
  // Means over a tenth of the time at both ends: the collector's teeth are no growth.
  const tenth = Math.max(1, Math.floor(steady.length / 10));
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const growth =
    steady.length === 0 ? null : mean(steady.slice(-tenth)) / mean(steady.slice(0, tenth)) - 1;
  return {
    minutes,
    meters,
    periodLengthS,
    readsTaken: status?.reads.taken ?? 0,
    readsFailed: status?.reads.failed ?? {},
    readings: status?.readings ?? {},
    quarantined,
    openQuarantine: open.size,
    wrong,
    firstMb: steady[0] ?? null,
    lastMb: steady.at(-1) ?? null,
    growth,
    passed: wrong.length === 0 && (growth === null || growth <= MOST_GROWTH),
  };
}

function formatted(report: Awaited<ReturnType<typeof soak>>): string {
  const { wrong, growth, ...rest } = report;
  return [
    JSON.stringify(rest, null, 2),
    ...wrong,
    growth === null
      ? `Too short to compare memory, which begins after ${WARM_UP_MINUTES} minutes.`
      : `Memory grew by ${(100 * growth).toFixed(1)}% after the first ${WARM_UP_MINUTES} minutes.`,
  ].join("\n");
}
