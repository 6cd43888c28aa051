import { formatContractError } from "../../sdk/events/contractError.ts";
import type { ReadingRefusal } from "../../sdk/events/refusals.ts";
import type { ReportOutcome } from "../../sdk/readings/report.ts";
import type { StoredReading } from "../store/readings.ts";
import type { ReadingOutcome } from "../store/storedTransactions.ts";

/** How long a reading waits for what passes by itself, such as a chain whose clock lags behind by a block. */
const SHORT_WAIT_MS = 1_000;

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
    if (report.counted.some(isIt)) outcomes.push({ id, type: "counted" });
    const refusal = report.refused.find(isIt);
    // What the receipt does not mention is sent again.
    if (refusal === undefined || report.counted.some(isIt)) continue;
    outcomes.push(
      refusal.reason.name === "ReadingNotNew"
        ? isCounted(reading, await registersOf(reading.participant))
        : { id, ...judgeRefusal(refusal, nowMs) },
    );
  }
  return outcomes;
}

function judgeRefusal({ reason }: ReadingRefusal, nowMs: number) {
  const explanation = formatContractError(reason);
  switch (reason.name) {
    case "ReadingTooEarly":
    case "PeriodUnsettled":
      return { type: "waiting", reason: explanation, untilMs: nowMs + SHORT_WAIT_MS } as const;
    case "ReadingOutOfOrder":
      // The period before takes none any more from then on.
      return {
        type: "waiting",
        reason: explanation,
        untilMs: Number(reason.args.until) * 1000,
      } as const;
    default:
      return { type: "refused", reason: explanation } as const;
  }
}

/** The chain has a reading of the period: this one, which somebody has brought before, or another. */
function isCounted(reading: StoredReading, chain: CountedRegisters): ReadingOutcome {
  const { id } = reading;
  const isOther =
    chain.period === reading.period &&
    (chain.importWh !== reading.importWh || chain.exportWh !== reading.exportWh);
  return isOther
    ? {
        id,
        type: "refused",
        reason: `the chain has another reading of the period: import ${chain.importWh} Wh, export ${chain.exportWh} Wh`,
      }
    : { id, type: "counted" };
}
