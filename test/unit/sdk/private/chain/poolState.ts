import { expect } from "chai";
import type { PoolLog, PoolLogBody, PoolLogOf } from "../../../../../sdk/private/chain/poolLog.ts";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import { PoolState } from "../../../../../sdk/private/chain/poolState.ts";
import { busyPool } from "./poolScene.ts";

const { pool, sold, bought, match, silent } = busyPool();

/** What a log makes of the state after a part of the history. */
function faultsOf(body: PoolLogBody, before: (log: PoolLog) => boolean = () => true): string[] {
  const state = new PoolState();
  const first = pool.logs.findIndex((log) => !before(log));
  for (const log of first === -1 ? pool.logs : pool.logs.slice(0, first)) state.apply(log);
  expect(state.faults).to.be.empty;
  state.apply({ ...body, blockNumber: 1_000, logIndex: 0, transactionHash: "0x01" });
  return state.faults.map(({ figure }) => figure);
}

function find<N extends PoolLog["name"]>(name: N): PoolLogOf<N> {
  return pool.logs.find((log): log is PoolLogOf<N> => log.name === name)!;
}

describe("poolState", () => {
  it("follows an honest history to its end", () => {
    const state = new PoolState();
    for (const log of pool.logs) state.apply(log);
    expect(state.faults).to.be.empty;
    expect([...state.plans.values()].map((plan) => plan.state)).to.not.include("matched");
  });

  const note = find("NoteAdded");
  const inserted = find("LeavesInserted");
  const proposed = find("MatchProposed");
  const confirmed = find("MatchConfirmed");
  const isBefore = (name: PoolLog["name"], place: number) => {
    const at = pool.logs.indexOf(pool.logs.filter((log) => log.name === name)[place]!);
    return (log: PoolLog) => pool.logs.indexOf(log) < at;
  };
  const cases: [string, PoolLogBody, string[]][] = [
    ["a leaf that is there already", { ...note, leafIndex: 0 }, ["leafIndex"]],
    ["a leaf at the end of the tree", { ...note, leafIndex: 2 ** 24 - 1 }, ["leafIndex"]],
    ["a leaf beyond the tree", { ...note, leafIndex: 2 ** 53 }, ["leafIndex"]],
    [
      "a leaf that is no field element",
      { ...note, leafIndex: 16, commitment: FIELD_ORDER },
      ["commitment"],
    ],
    [
      "an owner that is no field element",
      { ...find("ParticipantJoined"), index: 3, owner: FIELD_ORDER },
      ["owner"],
    ],
    ["an insertion of no more leaves", { ...inserted, size: 15 }, ["size"]],
    ["an insertion of leaves that never came", { ...inserted, size: 17 }, ["size"]],
    ["an insertion with another's root", { ...inserted, size: 16 }, ["root"]],
    ["a size that is no number", { ...inserted, size: NaN }, ["size"]],
    ["a nullifier again", find("NullifierSpent"), ["nullifier"]],
    ["an owner that has joined", find("ParticipantJoined"), ["owner", "index"]],
    ["who leaves twice", find("ParticipantExpelled"), ["owner"]],
    ["a plan again", find("PlanAdded"), ["plan"]],
    ["a refund of what was refunded", find("PlanRefunded"), ["plan"]],
    ["a refund of a plan that is unknown", { name: "PlanRefunded", plan: 5n }, ["plan"]],
    ["a match again", proposed, ["record"]],
    ["a match of plans that have ended", { ...proposed, record: 5n }, ["plan", "plan", "strikes"]],
    [
      "a match of two sell plans",
      { ...proposed, record: 5n, buyPlan: silent.sellPlan },
      ["plan", "plan", "buyPlan"],
    ],
    [
      "a match of unknown plans",
      { ...proposed, record: 5n, sellPlan: 6n, buyPlan: 7n },
      ["plan", "plan", "sellPlan", "buyPlan"],
    ],
    ["a confirmation of a match that lapsed", confirmed, ["match", "sellRest", "plan"]],
    [
      "an agreement of a match that lapsed",
      { ...find("MatchAgreed"), record: proposed.record },
      ["match", "sellRest", "buyRest", "plan", "plan"],
    ],
    [
      "a lapse of an agreed match",
      { ...find("MatchLapsed"), record: match.record },
      ["match", "buyStruck", "plan", "plan"],
    ],
    ["a second delivery", find("ActualReported"), ["actual", "settled"]],
    [
      "a delivery after the settlement",
      { ...find("ActualReported"), record: silent.record },
      ["settled"],
    ],
    ["a second settlement", find("MatchSettled"), ["sellSettled"]],
    ["a settlement of an unknown match", { ...find("MatchSettled"), record: 5n }, ["match"]],
    ["an audit key's version again", find("AuditKeySet"), ["version"]],
  ];
  for (const [what, body, figures] of cases) {
    it(`notes ${what}`, () => {
      expect(faultsOf(body)).to.deep.equal(figures);
    });
  }

  it("notes a second confirmation, and an agreement that is not of what was confirmed", () => {
    const before = isBefore("MatchAgreed", 0);
    const ofMatch = { ...confirmed, record: match.record };
    expect(faultsOf({ ...ofMatch, sell: false, rest: 5n }, before)).to.deep.equal(["buyRest"]);
    const agreed = { ...find("MatchAgreed"), sellRest: 5n };
    expect(faultsOf(agreed, before)).to.deep.equal(["sellRest"]);
  });

  it("notes a match of different periods", () => {
    const state = new PoolState();
    const until = isBefore("MatchProposed", 1);
    for (const log of pool.logs.filter(until)) {
      const isBuyer = log.name === "PlanAdded" && log.plan === match.buyPlan;
      state.apply(isBuyer ? { ...log, period: 13n } : log);
    }
    const second = pool.logs.filter(({ name }) => name === "MatchProposed")[1]!;
    state.apply(second);
    expect(state.faults.map(({ figure }) => figure)).to.deep.equal(["period"]);
    expect([sold.plan.period, bought.plan.period]).to.deep.equal([12n, 12n]);
  });

  it("names a gap once, and goes on", () => {
    const state = new PoolState();
    const notes = pool.logs.filter(({ name }) => name === "NoteAdded");
    for (const log of pool.logs) if (log !== notes[1]) state.apply(log);
    expect(state.faults.map(({ figure }) => figure)).to.deep.equal(["leafIndex"]);
    expect(state.leaves).to.have.length(notes.length);
  });
});
