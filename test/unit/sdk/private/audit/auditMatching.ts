import { expect } from "chai";
import { id } from "ethers";
import {
  compareMatching,
  type MatchingAuditInput,
} from "../../../../../sdk/private/audit/auditMatching.ts";
import type { MatchingRecordLog } from "../../../../../sdk/private/epochs/matchingRecordLog.ts";
import { openingKey } from "../../../../../sdk/private/audit/readMatchingRecord.ts";
import { SYNTHETIC_POOL, SYNTHETIC_TERMS } from "../../../../helpers/syntheticPool.ts";
import { ADDRESSES, busyPool, CAROL } from "../chain/poolScene.ts";
import { ALICE, BOB } from "../scene.ts";
import { auditAll, auditOne } from "./auditScene.ts";

const RECORD = "0x00000000000000000000000000000000000000aA";
const PERIOD = 12n;

const { pool, match, lapsed, silent } = busyPool();
const replay = auditAll(pool.logs);

let position = 0;
const log = (body: object) =>
  ({
    ...body,
    blockNumber: 40,
    logIndex: position++,
    transactionHash: id(`transaction ${position}`),
  }) as unknown as MatchingRecordLog;
const epoch = (number = 1) =>
  log({ name: "EpochAnnounced", epoch: number, fromPeriod: 5n, manifestHash: id("manifest") });
const opening = (kind: "ranks" | "pairs" | "verdicts", round = id("round")) =>
  log({ name: "Opened", kind, period: PERIOD, round, content: id(kind), count: 3 });
/** As many as the tests have verdicts. */
const judged = () => opening("verdicts", id("a batch"));
const verdict = (record: bigint, verdict: "within" | "beyond", period = PERIOD) =>
  log({ name: "VerdictRecorded", record, period, verdict });

/** What the contract holds where nobody lies. */
function honestChain(logs: readonly MatchingRecordLog[]): MatchingAuditInput["chain"] {
  const opened = logs.filter((each) => each.name === "Opened");
  const judged = logs.filter((each) => each.name === "VerdictRecorded");
  return {
    pool: SYNTHETIC_POOL.pool,
    epochCount: logs.filter(({ name }) => name === "EpochAnnounced").length,
    contents: new Map(opened.map((each) => [openingKey(each), each.content])),
    verdicts: new Map(judged.map(({ record, verdict: said }) => [record, said])),
  };
}

function compare(
  logs: readonly MatchingRecordLog[],
  chain: Partial<MatchingAuditInput["chain"]> = {},
  input: Partial<MatchingAuditInput> = {},
) {
  const { matching, differences } = compareMatching({
    record: RECORD,
    pool: SYNTHETIC_POOL.pool,
    logs,
    chain: { ...honestChain(logs), ...chain },
    replay,
    terms: SYNTHETIC_TERMS,
    ...input,
  });
  const told = differences.map(
    ({ figure, expected, found, subject }) =>
      `${subject}: ${figure} is ${found}, computed ${expected}`,
  );
  return { matching, told };
}

describe("compareMatching", () => {
  it("lists epochs and openings, and finds right verdicts right", () => {
    const ranks = opening("ranks");
    const pairs = opening("pairs");
    const logs = [epoch(), ranks, pairs, judged(), verdict(match.record, "beyond")];
    const { matching, told } = compare(logs);
    expect(told).to.deep.equal([]);
    expect(matching).to.deep.equal({
      record: RECORD,
      epochs: [{ epoch: 1, fromPeriod: 5, manifestHash: id("manifest") }],
      openings: matching.openings,
      verdicts: [
        {
          match: `${match.record}`,
          period: 12,
          verdict: "beyond",
          expected: "beyond",
          matchedWh: "500",
          actualWh: "400",
        },
      ],
    });
    expect(matching.openings.map(({ kind }) => kind)).to.deep.equal(["ranks", "pairs", "verdicts"]);
    expect(matching.openings[0]).to.deep.equal({
      kind: "ranks",
      period: 12,
      round: id("round"),
      content: id("ranks"),
      count: 3,
      blockNumber: 40,
      transactionHash: ranks.transactionHash,
    });
  });

  it("tells of a wrong verdict the match and both values", () => {
    const { matching, told } = compare([judged(), verdict(match.record, "within")]);
    expect(told).to.deep.equal([
      `match ${match.record}: verdict is within, computed beyond, since 400 of 500 Wh were delivered`,
    ]);
    expect(matching.verdicts[0]).to.include({ verdict: "within", expected: "beyond" });
  });

  it("takes σ as the pool has it, to the watt-hour", () => {
    const logs = [judged(), verdict(match.record, "within")];
    const at = (toleranceBps: bigint) =>
      compare(logs, {}, { terms: { ...SYNTHETIC_TERMS, toleranceBps } }).told.length;
    expect([at(1_999n), at(2_000n)]).to.deep.equal([1, 0]);
  });

  // The settlement takes it for nothing delivered; the verdict is of what the gateway encrypted, which no note tells.
  it("accuses nobody where the seller reported nothing, and lists the verdict as not compared", () => {
    for (const said of ["within", "beyond"] as const) {
      const { matching, told } = compare([judged(), verdict(silent.record, said)]);
      expect(told).to.deep.equal([]);
      expect(matching.verdicts[0]).to.include({ verdict: said, expected: null, actualWh: null });
      expect(matching.verdicts[0]).to.include({ matchedWh: "100" });
    }
  });

  it("tells of a verdict on a match that was not agreed, is unknown, or of another period", () => {
    const { told } = compare([
      judged(),
      log({
        name: "Opened",
        kind: "verdicts",
        period: 13n,
        round: id("b"),
        content: id("b"),
        count: 1,
      }),
      verdict(lapsed.record, "beyond"),
      verdict(77n, "within"),
      verdict(match.record, "beyond", PERIOD + 1n),
    ]);
    expect(told).to.deep.equal([
      `match ${lapsed.record}: verdict.match is lapsed, computed agreed`,
      "match 77: verdict.match is unknown, computed agreed",
      `match ${match.record}: verdict.period is 13, computed 12`,
    ]);
  });

  it("tells of logs that the contract does not hold, or that say what it takes once twice", () => {
    const logs = [epoch(), epoch(3), opening("ranks"), opening("ranks"), opening("pairs")];
    logs.push(judged(), verdict(match.record, "beyond"), verdict(match.record, "beyond"));
    const { told } = compare(logs, {
      epochCount: 1,
      contents: new Map([
        [`ranks ${id("round")}`, id("ranks")],
        [`verdicts ${id("a batch")}`, id("verdicts")],
      ]),
      verdicts: new Map([[match.record, "none"]]),
      pool: ADDRESSES[0],
    });
    expect(told).to.deep.equal([
      `matching record: matching.pool is ${ADDRESSES[0]}, computed ${SYNTHETIC_POOL.pool}`,
      `match ${match.record}: verdict is again, computed once`,
      "epoch 3: epoch is 3, computed 2",
      "matching record: epochs is 1, computed 2",
      `ranks ${id("round")}: opening is again, computed once`,
      `pairs ${id("round")}: opening.content is none, computed ${id("pairs")}`,
      `match ${match.record}: verdict.state is none, computed beyond`,
      `match ${match.record}: verdict.state is none, computed beyond`,
    ]);
  });

  it("tells of more matches than pairs, and more verdicts than deviations that were opened", () => {
    const opened = (kind: "pairs" | "verdicts", count: number, period = PERIOD) =>
      log({
        name: "Opened",
        kind,
        period,
        round: id(`${kind} ${count}`),
        content: id(kind),
        count,
      });
    const judge = [verdict(match.record, "beyond"), verdict(silent.record, "beyond")];
    // Of the period are three matches.
    const few = [epoch(), opened("pairs", 2), opened("verdicts", 1), ...judge];
    expect(compare(few).told).to.deep.equal([
      "period 12: matches is 3, computed at most the 2 opened",
      "period 12: verdicts is 2, computed at most the 1 opened",
    ]);
    const inTwo = [...few, opened("pairs", 1), opened("verdicts", 3)];
    expect(compare(inTwo).told).to.deep.equal([]);
    const elsewhere = [...few, opened("pairs", 9, 13n), opened("ranks" as "pairs", 9)];
    expect(compare(elsewhere).told).to.have.length(2);
    // Where no epoch has begun, matches are made otherwise.
    const later = log({ name: "EpochAnnounced", epoch: 1, fromPeriod: 13n, manifestHash: id("m") });
    expect(compare([judged(), ...judge]).told).to.deep.equal([]);
    expect(compare([later, judged(), ...judge]).told).to.deep.equal([]);
  });

  it("shows who has a viewing key its own, and judges nothing of others", () => {
    const logs = [judged(), verdict(match.record, "within")];
    const own = compare(logs, {}, { replay: auditOne(pool.logs, BOB) });
    expect(own.told).to.have.length(1);
    const others = compare(logs, {}, { replay: auditOne(pool.logs, CAROL) });
    expect(others.told).to.deep.equal([]);
    expect(others.matching.verdicts[0]).to.include({ expected: null, matchedWh: null });
    expect(compare(logs, {}, { replay: auditOne(pool.logs, ALICE) }).told).to.have.length(1);
  });
});
