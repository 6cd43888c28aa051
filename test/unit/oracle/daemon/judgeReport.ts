import { expect } from "chai";
import { judgeReport } from "../../../../oracle/daemon/judgeReport.ts";
import type { StoredReading } from "../../../../oracle/store/readings.ts";
import type { ReportOutcome } from "../../../../sdk/readings/report.ts";

const NOW_MS = 1_900_000_000_000;

const readingOf = (over: Partial<StoredReading> = {}): StoredReading => ({
  ...{ id: 1, participant: 2, meterId: 7, period: 9, importWh: 5_000n, exportWh: 100n },
  ...{ raw: [], readAtMs: NOW_MS - 1_000, state: "sent", r: undefined, vs: undefined },
  ...{ transactionId: 1, blockNumber: undefined, includedHash: undefined },
  ...{ reason: undefined, waitUntilMs: undefined },
  ...over,
});
const counted = { participant: 2, period: 9, importWh: 5_000n, exportWh: 100n };
const refusal = (name: string, args: Record<string, bigint> = {}) => ({
  participant: 2,
  period: 9,
  reason: { name, args } as unknown as ReportOutcome["refused"][number]["reason"],
});

const judge = (
  report: Partial<ReportOutcome>,
  readings = [readingOf()],
  chain = { period: 8, importWh: 0n, exportWh: 0n },
) => judgeReport(readings, { counted: [], refused: [], ...report }, NOW_MS, async () => chain);
const waitMs = async (name: string, ageMs: number) => {
  const [outcome] = await judge({ refused: [refusal(name)] }, [
    readingOf({ readAtMs: NOW_MS - ageMs }),
  ]);
  return outcome?.type === "waiting" ? outcome.untilMs - NOW_MS : undefined;
};

describe("judgeReport", () => {
  it("takes for counted what the receipt says was counted", async () => {
    expect(await judge({ counted: [counted] })).to.deep.equal([{ id: 1, type: "counted" }]);
  });

  it("says nothing of what the receipt does not mention, or says of another", async () => {
    expect(await judge({})).to.deep.equal([]);
    const others = [
      { ...counted, participant: 3 },
      { ...counted, period: 10 },
    ];
    expect(await judge({ counted: others })).to.deep.equal([]);
  });

  it("tells two bindings of one period apart by their registers [M8]", async () => {
    const readings = [readingOf(), readingOf({ id: 2, meterId: 8, importWh: 40n })];
    const outcomes = await judge(
      { counted: [{ ...counted, importWh: 40n }], refused: [refusal("ForeignSignature")] },
      readings,
    );
    expect(outcomes.map(({ id, type }) => [id, type])).to.deep.equal([
      [1, "refused"],
      [2, "counted"],
    ]);
  });

  for (const name of [
    "ForeignSignature",
    "CounterBackwards",
    "BeyondRatedPower",
    "ReadingTooLate",
    "NotMetered",
    "MalformedReading",
    "AnErrorOfALaterMarket",
  ]) {
    it(`gives up what is refused with ${name}`, async () => {
      const [outcome] = await judge({ refused: [refusal(name)] });
      expect(outcome).to.include({ id: 1, type: "refused" });
    });
  }

  for (const name of ["ReadingTooEarly", "PeriodUnsettled"]) {
    it(`waits where it is refused with ${name}, half as long again as it is old`, async () => {
      expect(await waitMs(name, 0)).to.equal(1_000);
      expect(await waitMs(name, 2_000)).to.equal(1_000);
      expect(await waitMs(name, 2_002)).to.equal(1_001);
      expect(await waitMs(name, 600_000)).to.equal(300_000);
      expect(await waitMs(name, 1e9)).to.equal(300_000);
      // The clock was set back since it was read.
      expect(await waitMs(name, -1e9)).to.equal(1_000);
    });
  }

  it("waits for the end of the period before, and a moment where that is past", async () => {
    const until = BigInt(NOW_MS / 1000 + 500);
    const [waits] = await judge({ refused: [refusal("ReadingOutOfOrder", { until })] });
    expect(waits).to.include({ type: "waiting", untilMs: Number(until) * 1000 });
    const [past] = await judge({ refused: [refusal("ReadingOutOfOrder", { until: 5n })] });
    expect(past).to.include({ type: "waiting", untilMs: NOW_MS + 1_000 });
  });

  describe("where the chain has a reading of the period or a later one", () => {
    const known = (chain: { period: number; importWh: bigint; exportWh: bigint }) =>
      judge({ refused: [refusal("ReadingNotNew")] }, [readingOf()], chain);

    it("takes it for counted where it is this one, or where nobody can tell", async () => {
      const same = { period: 9, importWh: 5_000n, exportWh: 100n };
      expect(await known(same)).to.deep.equal([{ id: 1, type: "counted" }]);
      const later = { period: 10, importWh: 6_000n, exportWh: 100n };
      expect(await known(later)).to.deep.equal([{ id: 1, type: "counted" }]);
    });

    it("says which it is where it is another", async () => {
      for (const registers of [
        { importWh: 5_001n, exportWh: 100n },
        { importWh: 5_000n, exportWh: 101n },
      ]) {
        const [outcome] = await known({ period: 9, ...registers });
        expect(outcome).to.have.property("type", "refused");
        expect(outcome).to.have.property("reason").that.contains(`${registers.importWh} Wh`);
      }
    });

    it("asks for nothing else", async () => {
      let asked = 0;
      await judgeReport([readingOf()], { counted: [counted], refused: [] }, NOW_MS, async () => {
        ++asked;
        return counted;
      });
      expect(asked).to.equal(0);
    });
  });
});
