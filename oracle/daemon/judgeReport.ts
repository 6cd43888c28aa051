import { formatContractError } from "../../sdk/events/contractError.ts";
import type { ReadingRefusal } from "../../sdk/events/refusals.ts";
import type { ReportOutcome } from "../../sdk/readings/report.ts";
import type { StoredReading } from "../store/readings.ts";
import type { ReadingOutcome } from "../store/storedTransactions.ts";

/**
 * How long a reading waits for what passes by itself: a chain whose clock lags behind by a block, or a settlement that
 * may take hours. Each try costs gas, so that it waits half as long again as it is old.
 */
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/** What the chain says of a meter's latest reading. */
export interface CountedRegisters {
  period: number;
  importWh: bigint;
  exportWh: bigint;
}

/**
 * What a transaction made of its readings.
 * @param registersOf the chain's registers of a participant, asked for where a reading is not new to it
 */
export async function judgeReport(
  readings: readonly StoredReading[],
  report: ReportOutcome,
  nowMs: number,
  registersOf: (participant: number) => Promise<CountedRegisters>,
): Promise<ReadingOutcome[]> {
  const outcomes: ReadingOutcome[] = [];
  for (const reading of readings) {
    const { id } = reading;
    const isIt = (other: { participant: number; period: number }) =>
      other.participant === reading.participant && other.period === reading.period;
    // Of two bindings in one period, only one can count: its registers tell which.
    const isCounted = report.counted.some((other) => isIt(other) && isSame(other, reading));
    const refusal = report.refused.find(isIt);
    if (isCounted) outcomes.push({ id, type: "counted" });
    // What the receipt does not mention is sent again.
    if (isCounted || refusal === undefined) continue;
    outcomes.push(
      refusal.reason.name === "ReadingNotNew"
        ? judgeKnown(reading, await registersOf(reading.participant))
        : { id, ...judgeRefusal(refusal, nowMs, nowMs - reading.readAtMs) },
    );
  }
  return outcomes;
}

function judgeRefusal({ reason }: ReadingRefusal, nowMs: number, ageMs: number) {
  const explanation = formatContractError(reason);
  const againMs = nowMs + Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, ageMs / 2));
  switch (reason.name) {
    case "ReadingTooEarly":
    case "PeriodUnsettled":
      return { type: "waiting", reason: explanation, untilMs: againMs } as const;
    case "ReadingOutOfOrder":
      // The period before takes none any more from then on.
      return {
        type: "waiting",
        reason: explanation,
        untilMs: Math.max(Number(reason.args.until) * 1000, againMs),
      } as const;
    default:
      return { type: "refused", reason: explanation } as const;
  }
}

/** The chain has a reading of the period: this one, which somebody has brought before, or another. */
function judgeKnown(reading: StoredReading, chain: CountedRegisters): ReadingOutcome {
  const { id } = reading;
  return chain.period === reading.period && !isSame(chain, reading)
    ? {
        id,
        type: "refused",
        reason: `the chain has another reading of the period: import ${chain.importWh} Wh, export ${chain.exportWh} Wh`,
      }
    : { id, type: "counted" };
}

type Registers = Pick<CountedRegisters, "importWh" | "exportWh">;

const isSame = (a: Registers, b: Registers) =>
  a.importWh === b.importWh && a.exportWh === b.exportWh;
