import { formatTable } from "../../../sdk/formatTable.ts";
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

export default explained<CommonOptions>(async (options, hre) => {
  const { pool, follower, book } = await openPrivateMarket(hre, options);
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
  };
  const rows = [
    ["participants", String(participants)],
    ["gateways", String(status.gateways)],
    ["audit key", status.auditKeyVersion === 0 ? "none" : `version ${status.auditKeyVersion}`],
    ["leaves", `${status.leaves}, ${status.pendingLeaves} wait, ${reservedLeaves} reserved`],
    ["plans", showCounts(status.plans)],
    ["matches", showCounts(status.matches)],
  ];
  print(options.json, status, `Private market ${status.pool}\n${formatTable(rows, 2)}`);
});
