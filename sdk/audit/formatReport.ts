import { formatNano } from "../formatNano.ts";
import { formatTable } from "../formatTable.ts";
import type { Difference } from "./differences.ts";
import type { AuditedPeriod, AuditReport } from "./report.ts";

const COLUMNS: readonly [string, (period: AuditedPeriod) => string][] = [
  ["period", ({ period }) => `${period}`],
  ["sealed", ({ sealed }) => `${sealed}`],
  ["opened", ({ opened }) => `${opened}`],
  ["trades", ({ trades }) => `${trades}`],
  ["traded Wh", ({ tradedWh }) => `${tradedWh}`],
  ["price micro/kWh", ({ averagePriceMicroPerKwhDown: price }) => `${price}`],
  ["short Wh", ({ shortWh }) => `${shortWh}`],
  ["long Wh", ({ longWh }) => `${longWh}`],
  ["rewards", ({ rewardNano }) => formatNano(rewardNano)],
  ["penalties", ({ penaltyNano }) => formatNano(penaltyNano)],
  ["charges", ({ chargeNano }) => formatNano(chargeNano)],
  ["state", ({ cleared, settled }) => (settled ? "settled" : cleared ? "cleared" : "open")],
];

/** A difference on one line, with both values. */
export function formatDifference(difference: Difference): string {
  const { figure, expected, found, period, participant, transactionHash } = difference;
  const where = [
    ...(period === undefined ? [] : [`period ${period}`]),
    ...(participant === undefined ? [] : [`participant ${participant}`]),
  ].join(", ");
  const source = transactionHash === undefined ? "in the state" : `in ${transactionHash}`;
  return `${where === "" ? "market" : where}: ${figure} is ${found} ${source}, computed ${expected}`;
}

/** An audit's outcome for people. */
export function formatReport(report: AuditReport): string {
  const { periods, vault, unchecked, differences } = report;
  const unopened = periods
    .filter((period) => period.unopened.length !== 0)
    .map(
      (period) => `period ${period.period}: sealed and not opened: ${period.unopened.join(", ")}`,
    );
  const unproved = unchecked.openings + unchecked.readings;
  return [
    `Market ${report.market} on chain ${report.chainId}, blocks ${report.fromBlock} to ${report.toBlock}, ${report.events} events.`,
    ...(periods.length === 0
      ? ["No period has begun."]
      : [
          formatTable([
            COLUMNS.map(([title]) => title),
            ...periods.map((period) => COLUMNS.map(([, value]) => value(period))),
          ]),
        ]),
    ...unopened,
    `Vault ${formatNano(vault.vaultNano)}, of it the incentive fund ${formatNano(vault.incentiveFundNano)}, the grid ${formatNano(vault.gridNano)} and the escrow ${formatNano(vault.escrowNano)}; tokens held ${formatNano(vault.tokenNano)}.`,
    ...(unproved === 0
      ? []
      : [
          `Not proved by calldata, since other contracts brought them: ${unchecked.openings} openings, ${unchecked.readings} readings.`,
        ]),
    ...differences.map(formatDifference),
    differences.length === 0
      ? "Clean: every figure agrees."
      : `${differences.length} ${differences.length === 1 ? "difference" : "differences"} found.`,
  ].join("\n");
}
