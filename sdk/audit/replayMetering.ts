import { concat, keccak256, recoverAddress, Signature, TypedDataEncoder } from "ethers";
import type { MarketEvent } from "../events/marketEvent.ts";
import { unpackReading, type ReportedReading } from "../events/readingsReported.ts";
import {
  marketDomain,
  packReading,
  READING_TYPES,
  type SignedReading,
} from "../readings/reading.ts";
import { faultOf, showFault, type Fault } from "./faults.ts";
import type { CalledReading } from "./marketCalls.ts";
import { RING_LENGTH, type MarketModel, type MeterModel } from "./marketModel.ts";

type MeteringEvent = Extract<MarketEvent, { name: "ReadingsReported" | "ReadingRefused" }>;

const MAX_ENERGY_WH = (1n << 28n) - 1n;
const READING_BITS = 144n;
const SECONDS_PER_HOUR = 3600n;
const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

const encoder = new TypedDataEncoder(READING_TYPES);

/** Recovers the signers of a market's readings. */
export type SignerRecovery = (reading: SignedReading, meterId: number) => string;

/** For one market, whose domain is hashed once. */
export function createSignerRecovery(chainId: bigint, market: string): SignerRecovery {
  const domainHash = TypedDataEncoder.hashDomain(marketDomain(chainId, market));
  return (signed, meterId) => {
    const reading = { ...unpackReading(signed.reading), meterId };
    const digest = keccak256(concat(["0x1901", domainHash, encoder.hash(reading)]));
    try {
      return recoverAddress(digest, Signature.from({ r: signed.r, yParityAndS: signed.vs }));
    } catch {
      return ZERO_ADDRESS;
    }
  };
}

/** The energy between a meter's registers and a reading. */
function deltasOf(meter: MeterModel, reading: ReportedReading) {
  return {
    importWh: reading.importWh - meter.importWh,
    exportWh: reading.exportWh - meter.exportWh,
  };
}

/** Everything for which the market must refuse a reading; empty where it counts. */
function faultsOf(
  model: MarketModel,
  word: bigint,
  timestamp: number,
  signerOf: ((meterId: number) => string) | undefined,
): Fault[] {
  const reading = unpackReading(word);
  const { participant, period } = reading;
  const faults: Fault[] = [];
  if (word >> READING_BITS !== 0n) faults.push(faultOf("MalformedReading", word));
  const meter = model.accounts.get(participant)?.meter;
  if (meter === undefined) return [...faults, faultOf("NotMetered", participant)];
  if (period <= meter.period)
    faults.push(faultOf("ReadingNotNew", participant, period, meter.period));
  const endsAt = model.startOf(period + 1);
  if (timestamp < endsAt) faults.push(faultOf("ReadingTooEarly", period, endsAt));
  const closedAt = model.graceEndOf(period);
  if (timestamp >= closedAt) faults.push(faultOf("ReadingTooLate", period, closedAt));
  const waitsUntil = model.graceEndOf(period - 1);
  if (period > meter.period + 1 && timestamp < waitsUntil) {
    faults.push(faultOf("ReadingOutOfOrder", participant, period, meter.period + 1, waitsUntil));
  }
  const signer = signerOf?.(meter.meterId);
  if (signer !== undefined && signer !== meter.gateway)
    faults.push(faultOf("ForeignSignature", participant, meter.gateway, signer));
  for (const register of ["importWh", "exportWh"] as const) {
    if (reading[register] < meter[register]) {
      faults.push(faultOf("CounterBackwards", participant, meter[register], reading[register]));
    }
  }
  const { importWh, exportWh } = deltasOf(meter, reading);
  const periods = BigInt(period - meter.period + (meter.hasReading ? 0 : 1));
  const ratedWh =
    (BigInt(meter.ratedPowerW) * periods * BigInt(model.origin.periodLength)) / SECONDS_PER_HOUR +
    1n;
  const mostWh = ratedWh < MAX_ENERGY_WH ? ratedWh : MAX_ENERGY_WH;
  const largerWh = importWh > exportWh ? importWh : exportWh;
  if (periods > 0n && largerWh > mostWh)
    faults.push(faultOf("BeyondRatedPower", participant, largerWh, mostWh));
  return [...faults, ...ringFaultsOf(model, period, timestamp)];
}

/** Why a period's slot on the chain may not be taken: an earlier one is not settled, or it is past itself. */
function ringFaultsOf(model: MarketModel, period: number, timestamp: number): Fault[] {
  if (model.isUnfinished(period)) return [];
  const faults: Fault[] = [];
  const current = model.periodAt(timestamp);
  if (period + RING_LENGTH < current + 2) faults.push(faultOf("PeriodPast", period, current));
  for (const other of model.periods.keys()) {
    if (other % RING_LENGTH !== period % RING_LENGTH || !model.isUnfinished(other)) continue;
    if (other < period) faults.push(faultOf("PeriodUnsettled", other));
    else if (other > period) faults.push(faultOf("PeriodPast", period, current));
  }
  return faults;
}

/** Counts a reading in the model; what a meter before it left counts with its first. */
function count(model: MarketModel, reading: ReportedReading): void {
  const meter = model.account(reading.participant).meter;
  if (meter === undefined) return;
  const { participant, period, importWh, exportWh } = reading;
  const deltas = deltasOf(meter, reading);
  if (!meter.hasReading) {
    deltas.importWh += meter.carriedImportWh;
    deltas.exportWh += meter.carriedExportWh;
  }
  model.period(period).readings.set(participant, deltas);
  Object.assign(meter, { period, importWh, exportWh, hasReading: true });
}

/**
 * Replays the readings of one transaction.
 * @param events all its ReadingsReported and ReadingRefused, in their order
 * @param calls what it brought; undefined where that does not show: then no signature can be checked
 * @returns how many readings were counted without their signature having been checked
 */
export function replayReadings(
  model: MarketModel,
  events: readonly MeteringEvent[],
  calls: readonly CalledReading[] | undefined,
  timestamp: number,
  recoverSigner: SignerRecovery,
): number {
  const counted = events.flatMap((event) =>
    event.name === "ReadingsReported" ? event.readings.map((word) => ({ word, event })) : [],
  );
  const refused = events.filter((event) => event.name === "ReadingRefused");
  for (const { period } of refused) model.period(period).refusedReadings++;
  const given: readonly Pick<CalledReading, "reading" | "isAlone">[] =
    calls ?? counted.map(({ word }) => ({ reading: word, isAlone: true }));

  let [nextCounted, nextRefused] = [0, 0];
  for (const [index, { reading: word, isAlone }] of given.entries()) {
    const call = calls?.[index];
    const reading = unpackReading(word);
    const { participant, period } = reading;
    const faults = faultsOf(
      model,
      word,
      timestamp,
      call && ((meterId) => recoverSigner(call, meterId)),
    );
    const context = { period, participant };
    const said = counted[nextCounted];
    if (faults.length === 0) {
      nextCounted++;
      compareReading(model, reading, said?.word, { ...context, event: said?.event ?? events[0]! });
      count(model, reading);
    } else if (calls === undefined || (isAlone && said?.word === word)) {
      // Counted although it must not be: settled with what was reported, so that the rest can be compared.
      nextCounted++;
      const reasons = faults.map(showFault).join(" or ");
      const event = said?.event ?? events[0]!;
      model.differences.compare("reading.refusal", reasons, "counted", { ...context, event });
      count(model, reading);
    } else if (!isAlone) {
      const found = refused[nextRefused++];
      model.differences.compare(
        "reading.refusal",
        found !== undefined && faults.includes(found.reason)
          ? showFault(found.reason)
          : faults.map(showFault).join(" or "),
        found === undefined ? "none" : showFault(found.reason),
        { ...context, event: found ?? events[0]! },
      );
    }
  }
  for (const { word, event } of counted.slice(nextCounted)) {
    const reading = unpackReading(word);
    const { participant, period } = reading;
    model.differences.compare("reading", "none", reading, { participant, period, event });
  }
  for (const event of calls === undefined ? [] : refused.slice(nextRefused)) {
    const { participant, period, reason } = event;
    const context = { participant, period, event };
    model.differences.compare("reading.refusal", "none", showFault(reason), context);
  }
  return calls === undefined ? counted.length : 0;
}

function compareReading(
  model: MarketModel,
  expected: ReportedReading,
  found: bigint | undefined,
  context: { period: number; participant: number; event: MeteringEvent },
): void {
  if (found === undefined) {
    model.differences.compare("reading", expected, "none", context);
    return;
  }
  const said = unpackReading(found);
  for (const key of Object.keys(expected) as (keyof ReportedReading)[])
    model.differences.compare(`reading.${key}`, expected[key], said[key], context);
  model.differences.compare("reading.freeBits", packReading(said), found, context);
}
