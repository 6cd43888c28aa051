import { expect } from "chai";
import { id, ZeroHash } from "ethers";
import {
  OPENING_KINDS,
  type OpeningKind,
} from "../../../../../sdk/private/epochs/matchingRecordInterface.ts";
import { at } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import { announce, deliveryEnd, logOpening, plansEnd } from "../../../../helpers/recordVerbs.ts";
import { expectRefusal } from "../../../../helpers/refusal.ts";

const PERIOD = 3;
const ROUND = id("round 0");
const [RANKS, PAIRS, VERDICTS] = [0, 1, 2];

describe("MatchingRecord.logOpening", () => {
  const scene = stagePool(async (fixture) => {
    await announce(fixture, PERIOD);
    return {};
  });
  const log = (kind: OpeningKind, round = ROUND, period = PERIOD) =>
    logOpening(scene, { kind, round, period });

  it("keeps what was opened, and when", async () => {
    const { record, genesis } = scene;
    const content = id("what is opened");
    const most = 2 ** 32 - 1;
    for (const [number, kind] of OPENING_KINDS.entries()) {
      await at(scene, 0, deliveryEnd(PERIOD) + number);
      await expect(logOpening(scene, { kind, period: PERIOD, round: ROUND, content, count: most }))
        .to.emit(record, "Opened")
        .withArgs(number, PERIOD, ROUND, content, most);
      expect([...(await record.openingOf(number, ROUND))]).to.deep.equal([
        BigInt(PERIOD),
        BigInt(genesis + deliveryEnd(PERIOD) + number),
        BigInt(most),
        content,
      ]);
    }
  });

  it("is the key holder's alone", async () => {
    const { record, actors } = scene;
    const { matcher, operator, regulator, admin, stranger } = actors;
    await at(scene, 0, plansEnd(PERIOD));
    for (const by of [matcher, operator, regulator, admin, stranger]) {
      await expectRefusal(
        logOpening(scene, { period: PERIOD, by }),
        record,
        "AccessManagedUnauthorized",
        by.address,
      );
    }
  });

  it("takes ranks and pairs from the moment on at which plans have closed", async () => {
    const { record, genesis } = scene;
    const until = genesis + plansEnd(PERIOD);
    for (const kind of ["ranks", "pairs"] as const) {
      await at(scene, 0, plansEnd(PERIOD) - (kind === "ranks" ? 2 : 1));
      await expectRefusal(log(kind), record, "PlansOpen", PERIOD, until);
    }
    await at(scene, 0, plansEnd(PERIOD));
    await log("ranks");
    await log("pairs");
  });

  it("takes verdicts from the end of delivery on", async () => {
    const { record, genesis } = scene;
    await at(scene, 0, deliveryEnd(PERIOD) - 1);
    await expectRefusal(
      log("verdicts"),
      record,
      "NotDelivered",
      PERIOD,
      genesis + deliveryEnd(PERIOD),
    );
    await at(scene, 0, deliveryEnd(PERIOD));
    await log("verdicts");
  });

  it("takes a round once a kind, whatever is said of it", async () => {
    const { record } = scene;
    await at(scene, 0, deliveryEnd(PERIOD + 1));
    for (const kind of OPENING_KINDS) await log(kind);
    for (const [kind, name] of [
      [RANKS, "ranks"],
      [PAIRS, "pairs"],
      [VERDICTS, "verdicts"],
    ] as const) {
      const again = { kind: name, round: ROUND, period: PERIOD };
      await expectRefusal(logOpening(scene, again), record, "OpeningKnown", kind, ROUND);
      const other = { ...again, content: id("something else") };
      await expectRefusal(logOpening(scene, other), record, "OpeningKnown", kind, ROUND);
    }
    await log("ranks", id("round 1"));
    await expectRefusal(log("ranks", ROUND, PERIOD + 1), record, "OpeningKnown", RANKS, ROUND);
  });

  it("takes pairs only of a round whose ranks were logged, in the same period", async () => {
    const { record } = scene;
    await at(scene, 0, plansEnd(PERIOD + 1));
    await expectRefusal(log("pairs"), record, "RoundUnknown", PERIOD, ROUND);
    await log("ranks");
    await expectRefusal(log("pairs", ROUND, PERIOD + 1), record, "RoundUnknown", PERIOD + 1, ROUND);
    const other = id("round 1");
    await expectRefusal(log("pairs", other), record, "RoundUnknown", PERIOD, other);
    await log("pairs");
  });

  it("refuses a period that has no epoch", async () => {
    const { record } = scene;
    await at(scene, 0, deliveryEnd(PERIOD));
    for (const kind of OPENING_KINDS) {
      await expectRefusal(log(kind, ROUND, PERIOD - 1), record, "EpochMissing", PERIOD - 1);
    }
  });

  it("refuses hashes of 0", async () => {
    const { record } = scene;
    await at(scene, 0, plansEnd(PERIOD));
    await expectRefusal(log("ranks", ZeroHash), record, "HashMissing");
    const empty = { period: PERIOD, content: ZeroHash };
    await expectRefusal(logOpening(scene, empty), record, "HashMissing");
  });

  it("shows nothing where nothing was logged", async () => {
    const opening = await scene.record.openingOf(PAIRS, ROUND);
    expect([...opening]).to.deep.equal([0n, 0n, 0n, ZeroHash]);
  });
});

describe("MatchingRecord.logOpening in period 0", () => {
  const scene = stagePool(async (fixture) => {
    await announce(fixture, 0);
    return {};
  });

  it("takes no pairs of a round whose ranks were not logged", async () => {
    const { record } = scene;
    await at(scene, 0, plansEnd(0));
    const pairs = { kind: "pairs", period: 0, round: ROUND } as const;
    await expectRefusal(logOpening(scene, pairs), record, "RoundUnknown", 0, ROUND);
    await logOpening(scene, { ...pairs, kind: "ranks" });
    await logOpening(scene, pairs);
  });
});
