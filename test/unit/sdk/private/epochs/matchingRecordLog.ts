import { expect } from "chai";
import { id, zeroPadValue, toBeHex } from "ethers";
import { matchingRecordInterface } from "../../../../../sdk/private/epochs/matchingRecordInterface.ts";
import {
  MalformedRecordLogError,
  parseMatchingRecordLog,
  type MatchingRecordLog,
} from "../../../../../sdk/private/epochs/matchingRecordLog.ts";
import {
  MatchingRecordState,
  RecordHistoryError,
} from "../../../../../sdk/private/epochs/matchingRecordState.ts";

const MATCHER = `0x${"11".repeat(20)}`;
const [HASH, OTHER] = [id("a hash"), id("another hash")];

const raw = (name: string, values: readonly unknown[]) => ({
  ...matchingRecordInterface.encodeEventLog(name, values),
  blockNumber: 9,
  index: 4,
  transactionHash: HASH,
});
const parsed = (name: string, ...values: unknown[]) => parseMatchingRecordLog(raw(name, values))!;

describe("parseMatchingRecordLog", () => {
  const place = { blockNumber: 9, logIndex: 4, transactionHash: HASH };

  it("says what each log says", () => {
    expect(parsed("EpochAnnounced", 2, 7, OTHER)).to.deep.equal({
      ...place,
      name: "EpochAnnounced",
      epoch: 2,
      fromPeriod: 7n,
      manifestHash: OTHER,
    });
    expect(parsed("SeedCommitted", 2, MATCHER, 8, OTHER)).to.deep.equal({
      ...place,
      name: "SeedCommitted",
      epoch: 2,
      matcher: MATCHER,
      fromPeriod: 8n,
      commitment: OTHER,
    });
    for (const [number, kind] of ["ranks", "pairs", "verdicts"].entries()) {
      expect(parsed("Opened", number, 7, OTHER, HASH, 40)).to.deep.equal({
        ...place,
        name: "Opened",
        kind,
        period: 7n,
        round: OTHER,
        content: HASH,
        count: 40,
      });
    }
    for (const [within, verdict] of [
      [true, "within"],
      [false, "beyond"],
    ] as const) {
      expect(parsed("VerdictRecorded", 5, 7, within)).to.deep.equal({
        ...place,
        name: "VerdictRecorded",
        record: 5n,
        period: 7n,
        verdict,
      });
    }
  });

  it("passes over what says nothing of matching", () => {
    expect(parseMatchingRecordLog(raw("AuthorityUpdated", [MATCHER]))).to.equal(undefined);
    expect(
      parseMatchingRecordLog({ ...raw("Opened", [0, 7, OTHER, HASH, 1]), topics: [HASH] }),
    ).to.equal(undefined);
  });

  it("refuses a log that no such contract writes, and names it", () => {
    const short = { ...raw("EpochAnnounced", [1, 2, OTHER]), data: "0x12" };
    expect(() => parseMatchingRecordLog(short)).to.throw(
      MalformedRecordLogError,
      `Log 4 of transaction ${HASH} is none of a matching record`,
    );
    const opened = raw("Opened", [0, 7, OTHER, HASH, 1]);
    const topics = opened.topics.with(1, zeroPadValue(toBeHex(3), 32));
    expect(() => parseMatchingRecordLog({ ...opened, topics })).to.throw(
      MalformedRecordLogError,
      "nothing of kind 3 is opened",
    );
  });
});

describe("MatchingRecordState", () => {
  const stateOf = (...logs: MatchingRecordLog[]) => {
    const state = new MatchingRecordState();
    for (const log of logs) state.apply(log);
    return state;
  };

  it("keeps apart what differs in kind, round, matcher, epoch or match", () => {
    const state = stateOf(
      parsed("EpochAnnounced", 1, 7, HASH),
      parsed("EpochAnnounced", 2, 8, HASH),
      parsed("SeedCommitted", 1, MATCHER, 7, HASH),
      parsed("SeedCommitted", 2, MATCHER, 8, HASH),
      parsed("SeedCommitted", 1, MATCHER.replaceAll("1", "2"), 7, HASH),
      parsed("Opened", 0, 7, HASH, HASH, 1),
      parsed("Opened", 1, 7, HASH, HASH, 1),
      parsed("Opened", 0, 7, OTHER, HASH, 1),
      parsed("VerdictRecorded", 5, 7, true),
      parsed("VerdictRecorded", 6, 7, true),
    );
    expect([state.epochs, state.seeds, state.openings].map((list) => list.length)).to.deep.equal([
      2, 3, 3,
    ]);
    expect(state.verdicts.size).to.equal(2);
  });

  const twice: [string, MatchingRecordLog, string][] = [
    ["a seed", parsed("SeedCommitted", 1, MATCHER, 7, HASH), "commits a second seed"],
    ["an opening", parsed("Opened", 1, 7, HASH, HASH, 1), "opens what was opened before"],
    ["a verdict", parsed("VerdictRecorded", 5, 7, true), "judges a match a second time"],
    ["an epoch", parsed("EpochAnnounced", 1, 7, HASH), "is epoch 1, not 2"],
  ];
  for (const [what, log, fault] of twice) {
    it(`refuses ${what} that comes twice, and says what to do`, () => {
      expect(() => stateOf(log, log)).to.throw(RecordHistoryError, fault);
      expect(() => stateOf(log, log)).to.throw(RecordHistoryError, "ask another node");
    });
  }

  it("refuses epochs with one missing, or that do not begin later", () => {
    expect(() => stateOf(parsed("EpochAnnounced", 2, 7, HASH))).to.throw(
      RecordHistoryError,
      "is epoch 2, not 1",
    );
    for (const fromPeriod of [6, 7]) {
      expect(() =>
        stateOf(
          parsed("EpochAnnounced", 1, 7, HASH),
          parsed("EpochAnnounced", 2, fromPeriod, HASH),
        ),
      ).to.throw(RecordHistoryError, "is from no later period than the epoch before");
    }
  });
});
