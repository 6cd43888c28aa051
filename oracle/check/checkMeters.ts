import { ZeroAddress } from "ethers";
import type { MarketReads, MeterReadingState, MeterRecord } from "../../sdk/clients/marketReads.ts";
import type { OracleConfig } from "../config/config.ts";
import { judge, type JudgementContext, type SuspicionCode } from "../judgement/judge.ts";
import { MeterError, type MeterSample } from "../meters/meter.ts";
import { openLine, type OpenedMeter } from "../meters/openLine.ts";
import type { StoredOffset } from "../store/offsets.ts";
import { bad, failed, good, type Finding } from "./finding.ts";

export interface MeterChecks {
  config: OracleConfig;
  /** Of the gateway's key; undefined where it does not open. */
  gateway: string | undefined;
  /** Undefined where no node answers: bindings are not known then. */
  reads: MarketReads | undefined;
  /** Whether the devices are read. */
  isOnline: boolean;
  offsetOf: (participant: number, meterId: number) => StoredOffset | undefined;
  signal: AbortSignal;
}

interface Binding {
  state: MeterReadingState;
  record: MeterRecord | undefined;
}

/** Checks each meter's binding in the market and what its device answers. Lines are asked at the same time. */
export async function checkMeters(checks: MeterChecks): Promise<Finding[]> {
  const { lines, relay } = checks.config;
  const findings = await Promise.all(
    lines.map(async (config) => {
      const { line, meters } = openLine(config, relay);
      const all: Finding[] = [];
      try {
        for (const meter of meters) all.push(...(await checkMeter(meter, checks)));
      } finally {
        await line.close();
      }
      return all;
    }),
  );
  return findings.flat();
}

async function checkMeter(opened: OpenedMeter, checks: MeterChecks): Promise<Finding[]> {
  const { reads, isOnline, signal } = checks;
  const { participant } = opened.config;
  const binding = reads === undefined ? undefined : await readBinding(reads, participant);
  let sample: MeterSample | undefined;
  const findings: Finding[] = [];
  if (isOnline) {
    try {
      sample = await opened.meter.read(signal);
    } catch (error) {
      if (!(error instanceof MeterError)) throw error;
      findings.push(unreadable(placeOf(opened), error));
    }
  }
  if (sample !== undefined) findings.push(judgeSample(opened, sample, binding, checks));
  if (reads !== undefined)
    findings.unshift(judgeBinding(participant, binding, sample, checks.gateway));
  return findings;
}

async function readBinding(reads: MarketReads, participant: number): Promise<Binding | undefined> {
  if (participant > (await reads.accountCount())) return undefined;
  const [state, records] = await Promise.all([
    reads.meterOf(participant),
    reads.metersOf(participant),
  ]);
  return { state, record: records.at(-1) };
}

function judgeBinding(
  participant: number,
  binding: Binding | undefined,
  sample: MeterSample | undefined,
  gateway: string | undefined,
): Finding {
  const place = { what: `binding ${participant}`, where: "market" };
  if (binding === undefined) {
    return bad(
      place,
      `The market has no participant ${participant}.`,
      "Correct the participant in the configuration, or register and authorise it first.",
    );
  }
  const { state, record } = binding;
  if (state.gateway === ZeroAddress) {
    const { serialNumber = "SERIAL", importWh = "WH", exportWh = "WH" } = sample ?? {};
    return bad(
      place,
      "No meter is bound.",
      `The market's operator binds it: npx hardhat --network NETWORK market:bind-meter --participant ${participant}` +
        ` --serial ${serialNumber} --gateway ${gateway ?? "GATEWAY"} --rated-power-w W --import-wh ${importWh} --export-wh ${exportWh}`,
    );
  }
  if (gateway !== undefined && state.gateway.toLowerCase() !== gateway.toLowerCase()) {
    return bad(
      place,
      `The meter is bound to the gateway ${state.gateway}, and the key of this one is ${gateway}.`,
      `Use the key of ${state.gateway}, or have the market's operator rebind the meter:` +
        ` npx hardhat --network NETWORK market:rebind-meter --participant ${participant} --gateway ${gateway} …`,
    );
  }
  return good(
    place,
    `serial number ${record?.serial ?? "?"}, ${state.ratedPowerW} W, gateway ${state.gateway}`,
  );
}

const placeOf = ({ config, meter }: OpenedMeter) => ({
  what: `meter ${config.participant}`,
  where: meter.where,
});

function unreadable(place: ReturnType<typeof placeOf>, error: MeterError): Finding {
  const finding = failed(place, error);
  return {
    ...finding,
    remedy:
      finding.remedy ??
      "Check the line and the meter. Where the daemon runs and has the line, check with --offline.",
  };
}

function judgeSample(
  opened: OpenedMeter,
  sample: MeterSample,
  binding: Binding | undefined,
  { reads, offsetOf }: MeterChecks,
): Finding {
  const place = placeOf(opened);
  const { importWh, exportWh, serialNumber } = sample;
  const shown = `import ${importWh} Wh, export ${exportWh} Wh, serial number ${serialNumber ?? "not told"}`;
  if (reads === undefined || binding === undefined || binding.state.gateway === ZeroAddress)
    return good(place, shown);
  const context = contextOf(opened, binding, reads, offsetOf);
  const verdict = judge(sample, context);
  if (verdict.kind === "accept") return good(place, shown);
  return bad(place, `It would go into quarantine: ${verdict.explanation}.`, remedyOf(verdict.code));
}

/** What the daemon would judge its first sample by. */
function contextOf(
  { config, counterWrapWh, resolutionWh }: OpenedMeter,
  { state, record }: Binding,
  reads: MarketReads,
  offsetOf: MeterChecks["offsetOf"],
): JudgementContext {
  const stored = offsetOf(config.participant, state.meterId);
  const counted = { importWh: state.importWh, exportWh: state.exportWh };
  const sinceS = reads.startOf(state.period + (state.hasReading ? 1 : 0));
  return {
    lastSample: { ...counted, atS: sinceS },
    lastReading: { ...counted, period: state.period },
    atS: Date.now() / 1000,
    period: undefined,
    periodLengthS: reads.constants.periodLength,
    isFirst: !state.hasReading,
    ratedPowerW: state.ratedPowerW,
    offset: { importWh: stored?.importOffsetWh ?? 0n, exportWh: stored?.exportOffsetWh ?? 0n },
    serialNumber:
      config.serialNumber === false
        ? undefined
        : (stored?.serialNumber ?? config.serialNumber ?? record?.serial),
    counterWrapWh: counterWrapWh(),
    resolutionWh: resolutionWh(),
    unmoved: { importWh: 0, exportWh: 0 },
  };
}

function remedyOf(code: SuspicionCode): string {
  return code === "serial-changed"
    ? "Check that participant, line and unit belong together. Where the device is the right one, set serialNumber in the configuration, or have it rebound (market:rebind-meter)."
    : "Check unit and profile. Where the device shows the truth, have it rebound with its present registers (market:rebind-meter).";
}
