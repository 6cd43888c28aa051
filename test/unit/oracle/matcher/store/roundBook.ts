import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { RoundBook } from "../../../../../oracle/matcher/store/roundBook.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";

const OWNER = { service: "matcher", chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const HASH = `0x${"11".repeat(32)}`;
const PERIOD = 5n;
const OFFER = 99n;
const leafOf = (plan: bigint) => `0x${plan.toString(16).padStart(64, "0")}`;

describe("RoundBook", () => {
  let folder: string;
  let store: ServiceStore;
  let rounds: RoundBook;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-rounds-"));
    store = ServiceStore.open(path.join(folder, "m.sqlite"), {
      owner: OWNER,
      tables: MATCHER_TABLES,
    });
    rounds = new RoundBook(store);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const draw = (round: number, plans: readonly bigint[], period = PERIOD) => {
    const buys = plans.map((plan) => ({ plan, contentHash: HASH, side: "buy" as const }));
    const sell = { plan: OFFER, contentHash: HASH, side: "sell" as const };
    const opening = {
      ...{ format: "sealwatt round 1", period, round, epoch: 1, plans: [...buys, sell] },
      ...{ bidLeaves: plans.map(leafOf), offerLeaves: [leafOf(OFFER)] },
    };
    return rounds.draw(opening as never, HASH, 1);
  };

  it("finds a plan in a round that goes on, and in no other", () => {
    const first = draw(0, [1n, 2n]);
    expect([1n, 2n, 3n].map((plan) => rounds.isInRound(PERIOD, plan))).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(rounds.isInRound(6n, 1n)).to.equal(false);
    rounds.setState(first, "finished");
    expect(rounds.isInRound(PERIOD, 1n)).to.equal(false);
    expect(rounds.isInRound(PERIOD, 3n)).to.equal(false);
    draw(1, [1n, 3n]);
    expect([1n, 2n, 3n].map((plan) => rounds.isInRound(PERIOD, plan))).to.deep.equal([
      true,
      false,
      true,
    ]);
    expect(rounds.lastOf(PERIOD)).to.include({ state: "drawn" });
    expect(rounds.lastOf(PERIOD)!.opening.round).to.equal(1);
  });

  it("reads no opening to say so, but that of the round that goes on, once", () => {
    for (let round = 0; round < 8; round++) rounds.setState(draw(round, [1n]), "finished");
    draw(8, [1n]);
    rounds = new RoundBook(store);
    const read: unknown[] = [];
    const all = store.all.bind(store);
    store.all = (...args) => {
      const rows = all(...args);
      read.push(...rows.flatMap(({ opening = [] }) => opening));
      return rows;
    };
    for (let times = 0; times < 5; times++) expect(rounds.isInRound(PERIOD, 1n)).to.equal(true);
    expect(read).to.have.length(1);
  });

  it("tells why a plan is banned, for its period", () => {
    rounds.ban(PERIOD, 7n, "Its price is not its plan's.");
    expect(rounds.banOf(PERIOD, 7n)).to.equal("Its price is not its plan's.");
    expect([rounds.banOf(6n, 7n), rounds.banOf(PERIOD, 8n)]).to.deep.equal([undefined, undefined]);
  });
});
