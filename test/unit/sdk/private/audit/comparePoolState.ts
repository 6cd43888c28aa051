import { expect } from "chai";
import { comparePoolState } from "../../../../../sdk/private/audit/comparePoolState.ts";
import type { PoolOnChain } from "../../../../../sdk/private/audit/readPoolState.ts";
import { PoolState } from "../../../../../sdk/private/chain/poolState.ts";
import { busyPool } from "../chain/poolScene.ts";
import { auditAll } from "./auditScene.ts";

const { pool, match, carolsPlan } = busyPool();
const replay = auditAll(pool.logs);
const { state } = replay;
const CAROLS_PLAN = [...state.plans.keys()].find((plan) => state.plans.get(plan)!.strikes === 1)!;

/** What an honest contract would hold after this history. */
const honest: PoolOnChain = {
  noteRoot: state.notes.root,
  noteSize: 15,
  pendingLeaves: 1,
  reservedLeaves: 0,
  participantsRoot: state.participants.root,
  participantsSize: 3,
  auditKeyVersion: 2,
  auditKey: state.auditKey!.key,
  plans: new Map(
    [...state.plans].map(([plan, booked]) => [
      plan,
      {
        state: booked.state,
        sell: booked.side === "sell",
        period: booked.period,
        strikes: booked.strikes,
      },
    ]),
  ),
  matches: new Map(
    [...state.matches].map(([record, { state: matchState, ...booked }]) => [
      record,
      {
        state: matchState,
        sellSettled: booked.sellSettled,
        buySettled: booked.buySettled,
        sellRest: booked.sellRest?.commitment ?? 0n,
        buyRest: booked.buyRest?.commitment ?? 0n,
        actual: booked.actual?.actual ?? 0n,
      },
    ]),
  ),
  unspentNullifiers: [],
  tokenNano: 530_000n,
};

const figuresOf = (change: Partial<PoolOnChain>) =>
  comparePoolState(replay, { ...honest, ...change }).map(({ figure }) => figure);

describe("comparePoolState", () => {
  it("finds nothing where the contract holds what its logs come to", () => {
    expect(figuresOf({})).to.be.empty;
    expect(carolsPlan.plan.side).to.equal("buy");
  });

  it("takes more tokens than are owed for a gift, and names a nano too little", () => {
    expect(figuresOf({ tokenNano: 530_001n })).to.be.empty;
    expect(figuresOf({ tokenNano: 529_999n })).to.deep.equal(["pool.tokenNano"]);
  });

  const others: [string, Partial<PoolOnChain>][] = [
    ["tree.root", { noteRoot: 1n }],
    ["tree.size", { noteSize: 14 }],
    ["tree.pendingLeaves", { pendingLeaves: 0 }],
    ["tree.reservedLeaves", { reservedLeaves: 1 }],
    ["participants.root", { participantsRoot: 1n }],
    ["participants.size", { participantsSize: 2 }],
    ["auditKey.version", { auditKeyVersion: 3 }],
    ["auditKey.key", { auditKey: [0n, 1n] }],
    ["nullifier", { unspentNullifiers: [5n] }],
  ];
  for (const [figure, change] of others) {
    it(`names another ${figure}`, () => {
      expect(figuresOf(change)).to.deep.equal([figure]);
    });
  }

  const plan = honest.plans.get(CAROLS_PLAN)!;
  const planChanges = { state: "open", sell: true, period: 13n, strikes: 0 } as const;
  for (const [key, value] of Object.entries(planChanges)) {
    it(`names a plan's other ${key}`, () => {
      const plans = new Map(honest.plans).set(CAROLS_PLAN, { ...plan, [key]: value });
      expect(figuresOf({ plans })).to.deep.equal([`plan.${key}`]);
    });
  }

  const agreed = honest.matches.get(match.record)!;
  const matchChanges = {
    state: "lapsed",
    sellSettled: false,
    buySettled: false,
    sellRest: 0n,
    buyRest: 0n,
    actual: 0n,
  } as const;
  for (const [key, value] of Object.entries(matchChanges)) {
    it(`names a match's other ${key}`, () => {
      const matches = new Map(honest.matches).set(match.record, { ...agreed, [key]: value });
      expect(figuresOf({ matches })).to.deep.equal([`match.${key}`]);
    });
  }

  it("counts the leaves that are kept free, at each step", () => {
    // Of plans, of a proposal, of an agreement and of a side that is settled.
    for (const [name, place, kept] of [
      ["PlanAdded", 1, 2],
      ["MatchProposed", 0, 5],
      ["MatchAgreed", 0, 5],
      ["MatchSettled", 0, 4],
    ] as const) {
      const last = pool.logs.filter((log) => log.name === name)[place]!;
      const past = new PoolState();
      for (const log of pool.logs) if (log.blockNumber <= last.blockNumber) past.apply(log);
      const found = comparePoolState(
        { state: past, totals: replay.totals },
        { ...honest, reservedLeaves: -1 },
      );
      const [difference] = found.filter(({ figure }) => figure === "tree.reservedLeaves");
      expect(difference!.expected, name).to.equal(`${kept}`);
    }
  });
});
