import { Option, type Command } from "commander";
import { BaseError } from "../../../sdk/errors.ts";
import { runDemo } from "../../neighbourhood/runDemo.ts";
import type { BalanceSheet, Entries } from "../../neighbourhood/balanceSheets.ts";
import type { DemoReport } from "../../neighbourhood/demoReport.ts";
import { MATCHING_PATHS, type MatchingPathName } from "../../neighbourhood/private/matchingPath.ts";
import type { PrivateFigures } from "../../neighbourhood/private/privateReport.ts";
import { privateSeconds, USUAL_PROOF_S } from "../../neighbourhood/private/privateTerms.ts";
import {
  formatCount,
  formatEnergy,
  formatPrice,
  formatSmallAmount,
} from "../../neighbourhood/view/format.ts";
import { EXIT_INTERRUPTED, untilInterrupted } from "../interruption.ts";
import {
  addNeighbourhoodOptions,
  loadProfiles,
  requireLongPeriods,
  wholeNumber,
  type NeighbourhoodOptions,
} from "../neighbourhoodOptions.ts";

interface DemoCommandOptions extends NeighbourhoodOptions {
  periods: number;
  fullSpeed: boolean;
  private: number;
  privateMatching: MatchingPathName;
  json: boolean;
}

const EXIT_UNBALANCED = 1;
/** Two of each side: one of them keeps silent. */
const LEAST_TRADERS = 4;
/** All of them prove one after the other. */
const MOST_TRADERS = 200;

/** More are to trade privately than take part. */
class TooManyTradersError extends BaseError {
  override name = "TooManyTradersError";

  constructor(traders: number, participants: number) {
    super(`Of ${participants} participants ${traders} cannot trade privately.`, {
      metaMessages: ["Give --private a smaller number, or --participants a larger one."],
    });
  }
}

async function demo(options: DemoCommandOptions): Promise<void> {
  const { participants, periods, periodSeconds, seed, fullSpeed, json } = options;
  const { private: privateTraders, privateMatching } = options;
  if (privateTraders > participants) throw new TooManyTradersError(privateTraders, participants);
  if (!fullSpeed) requireLongPeriods(options);
  const profiles = await loadProfiles(options);
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  if (!fullSpeed) {
    const seconds =
      (periods + 2) * periodSeconds +
      participants / 5 +
      privateSeconds({
        traders: privateTraders,
        matching: privateMatching,
        proofSeconds: USUAL_PROOF_S,
      });
    progress(`${participants} participants, ${periods} periods: about ${Math.ceil(seconds)} s`);
  }
  const { interrupted, result } = await untilInterrupted((signal) =>
    runDemo({
      profiles,
      profilesName: options.profiles ?? "generated",
      periods,
      periodSeconds,
      seed,
      fullSpeed,
      privateTraders,
      privateMatching,
      progress,
      signal,
    }),
  );
  if (interrupted || result === undefined) {
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : formatReport(result));
  if (result.residue !== 0) {
    progress("A balance sheet does not balance: this is a defect of Sealwatt, please report it.");
    process.exitCode = EXIT_UNBALANCED;
  }
}

function formatReport(report: DemoReport): string {
  const { periods, totals, balanceSheets, durationSeconds } = report;
  const lines = [
    "period  time   orders  trades       traded    avg price        short         long",
    ...[...periods, { ...totals, period: "all", profileTime: "" }].map((row) =>
      [
        String(row.period).padStart(6),
        row.profileTime.padEnd(5),
        String(row.orders).padStart(7),
        String(row.trades).padStart(7),
        formatEnergy(row.tradedWh).padStart(12),
        formatPrice(row.averagePriceMicroPerKwh).padStart(12),
        formatEnergy(row.imbalance.shortWh).padStart(12),
        formatEnergy(row.imbalance.longWh).padStart(12),
      ].join(" "),
    ),
    "",
    ...(report.private === undefined ? [] : formatPrivate(report.private)),
    `Gas per order, all verbs: ${totals.gasPerOrder === null ? "–" : formatCount(totals.gasPerOrder)}. Took ${durationSeconds} s.`,
    "",
    ...balanceSheets.map(formatSheet),
  ];
  return `${lines.join("\n")}\n`;
}

function formatPrivate(figures: PrivateFigures): string[] {
  const { traders, strikes, lostBondsNano, refunds, withdrawnNano, notes, differences } = figures;
  const { proofs, meanSeconds, longestSeconds } = figures;
  return [
    "privately",
    "period  time    plans  trades       traded    avg price    delivered       lapsed",
    [
      String(figures.period).padStart(6),
      figures.profileTime.padEnd(5),
      String(figures.plans).padStart(7),
      String(figures.trades).padStart(7),
      formatEnergy(figures.tradedWh).padStart(12),
      formatPrice(figures.averagePriceMicroPerKwh).padStart(12),
      formatEnergy(figures.deliveredWh).padStart(12),
      String(figures.lapsed).padStart(12),
    ].join(" "),
    "",
    `${traders} participants traded privately. ${strikes} times a side kept silent, which cost bonds of ${formatSmallAmount(lostBondsNano)}; ${refunds} refunds, ${formatSmallAmount(withdrawnNano)} withdrawn.`,
    `The regulator read ${notes} notes and found ${differences.length === 0 ? "every figure as the chain has it" : "differences"}.`,
    ...differences.map((difference) => `    ${difference}`),
    ...formatMatching(figures),
    `${proofs} proofs of ${meanSeconds ?? "–"} s on average, ${longestSeconds ?? "–"} s at the longest.`,
    "",
  ];
}

function formatMatching({ matching }: PrivateFigures): string[] {
  const { path, rounds, roundSeconds, ranksTold, openings, verdicts, evidence } = matching;
  const perRound = roundSeconds === null ? "" : ` of ${roundSeconds} s on average`;
  if (path === "plain")
    return [`The matcher saw the plans, and matched them in ${rounds} rounds${perRound}.`];
  const { uploads, uploadBytes, restarts } = matching;
  const kilobytes = uploads === 0 ? 0 : Math.round(uploadBytes / uploads / 1_000);
  return [
    `Matched under encryption: ${uploads} plans of ${kilobytes} kB uploaded, ${rounds} rounds${perRound}, ranks of ${ranksTold} bids told.`,
    `The key holder logged ${openings.ranks} openings of ranks, ${openings.pairs} of pairs and ${openings.verdicts} of verdicts: ${verdicts.within} deliveries within the tolerance, ${verdicts.beyond} beyond, ${verdicts.missing} not judged.`,
    ...evidence.map(({ keptBy, culprit, fact }) => `    ${keptBy}, on the ${culprit}: ${fact}`),
    ...(restarts === 0 ? [] : [`Services were started again ${restarts} times.`]),
  ];
}

function formatSheet({ property, title, unit, left, right, residue }: BalanceSheet): string {
  const side = (entries: Entries) => {
    const parts = Object.entries(entries).filter(([, value]) => value !== 0);
    return parts.length === 0
      ? "0"
      : parts.map(([name, value]) => `${name} ${formatCount(value)}`).join(" + ");
  };
  return `${property}  ${title}\n    ${side(left)}\n  = ${side(right)}\n    residue ${formatCount(residue)} ${unit}`;
}

/** `sealwatt demo [--participants N] [--periods N] [--period-seconds N] [--seed N] [--profiles DIR] [--full-speed] [--private N] [--private-matching PATH] [--json]` */
export function configure(command: Command): void {
  addNeighbourhoodOptions(command, { participants: 50, periodSeconds: 10, seed: 7 })
    .option("-p, --periods <number>", "how many periods are traded", wholeNumber(1, 10_000), 8)
    .option("--full-speed", "on simulated time, as fast as the machine can", false)
    .option(
      "--private <number>",
      `how many of them trade privately, too, ${LEAST_TRADERS} to ${MOST_TRADERS}; none by default`,
      wholeNumber(LEAST_TRADERS, MOST_TRADERS),
      0,
    )
    .addOption(
      new Option(
        "--private-matching <path>",
        "how private plans are matched: under encryption, or by a matcher that sees them",
      )
        .choices(MATCHING_PATHS)
        .default("encrypted"),
    )
    .option("--json", "print one JSON object (docs/schemas/demo.schema.json)", false)
    .addHelpText(
      "after",
      "\nEverything runs on a chain of its own, in this process; matching under encryption in processes that end with it." +
        "\nExit code 0: all balance sheets balance.",
    )
    .action(demo);
}
