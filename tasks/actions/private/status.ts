import type { Provider } from "ethers";
import type { PrivateMarketEntry } from "../../../sdk/deployment/addressBook.ts";
import { formatTable } from "../../../sdk/formatTable.ts";
import { MatchingRecordFollower } from "../../../sdk/private/epochs/matchingRecordFollower.ts";
import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { openPrivateMarket } from "../../privateContext.ts";

/** How many there are of each state. */
function count(states: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

const showCounts = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([state, number]) => `${number} ${state}`)
    .join(", ") || "none";

/** What the record of the matching tells everybody; null where the address book names none. */
async function matchingStatus(
  provider: Provider,
  { matchingRecord, deploymentBlock: fromBlock }: PrivateMarketEntry,
) {
  if (matchingRecord === undefined) return null;
  const follower = new MatchingRecordFollower(provider, matchingRecord, { fromBlock });
  await follower.sync();
  const { epochs, openings, verdicts } = follower.state;
  return {
    record: matchingRecord,
    epochs: epochs.map(({ epoch, fromPeriod }) => ({ epoch, fromPeriod: Number(fromPeriod) })),
    openings: count(openings.map(({ kind }) => kind)),
    verdicts: count([...verdicts.values()].map(({ verdict }) => verdict)),
  };
}

type MatchingStatus = Awaited<ReturnType<typeof matchingStatus>>;

function matchingRows(matching: MatchingStatus): string[][] {
  if (matching === null) return [];
  const last = matching.epochs.at(-1);
  const epochs =
    last === undefined ? "none" : `${last.epoch}, the last from period ${last.fromPeriod} on`;
  return [
    ["key epochs", epochs],
    ["openings", showCounts(matching.openings)],
    ["verdicts", showCounts(matching.verdicts)],
  ];
}

export default explained<CommonOptions>(async (options, hre) => {
  const { pool, follower, book, chain } = await openPrivateMarket(hre, options);
  const { state } = follower;
  const [terms, reservedLeaves] = await Promise.all([follower.terms(), pool.reservedLeaves()]);
  const participants = state.participants.list.filter(
    ({ expelledAtBlock }) => expelledAtBlock === undefined,
  ).length;
  const status = {
    pool: book.privateMarket!.pool,
    terms,
    auditKeyVersion: state.auditKey?.version ?? 0,
    gateways: [...state.gateways.values()].filter((tag) => tag !== 0n).length,
    participants,
    leaves: state.insertedLeaves,
    pendingLeaves: state.pendingLeaves,
    reservedLeaves: Number(reservedLeaves),
    plans: count([...state.plans.values()].map((plan) => plan.state)),
    matches: count([...state.matches.values()].map((match) => match.state)),
    matching: await matchingStatus(chain.provider, book.privateMarket!),
  };
  const rows = [
    ["participants", String(participants)],
    ["gateways", String(status.gateways)],
    ["audit key", status.auditKeyVersion === 0 ? "none" : `version ${status.auditKeyVersion}`],
    ["leaves", `${status.leaves}, ${status.pendingLeaves} wait, ${reservedLeaves} reserved`],
    ["plans", showCounts(status.plans)],
    ["matches", showCounts(status.matches)],
    ...matchingRows(status.matching),
  ];
  print(options.json, status, `Private market ${status.pool}\n${formatTable(rows, 2)}`);
});
