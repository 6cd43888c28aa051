import { expect } from "chai";
import { Flow } from "../../../../oracle/judgement/flow.ts";
import { judge, type JudgementContext } from "../../../../oracle/judgement/judge.ts";
import type { MeterSample } from "../../../../oracle/meters/meter.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

const PERIOD_S = 900;

const sampleOf = (over: Partial<MeterSample> = {}): MeterSample => ({
  importWh: 5_000n,
  exportWh: 2_000n,
  activePowerW: 400,
  serialNumber: "12345",
  raw: [],
  ...over,
});

/** A meter of 4 kW: 1,000 Wh a period, read 900 s after the last. */
const contextOf = (over: Partial<JudgementContext> = {}): JudgementContext => ({
  lastSample: { importWh: 4_900n, exportWh: 2_000n, atS: 9_000 },
  lastReading: { importWh: 4_900n, exportWh: 2_000n, period: 9 },
  atS: 9_900,
  period: 10,
  periodLengthS: PERIOD_S,
  isFirst: false,
  ratedPowerW: 4_000,
  offset: { importWh: 0n, exportWh: 0n },
  serialNumber: "12345",
  counterWrapWh: undefined,
  resolutionWh: 1,
  unmoved: { importWh: 0, exportWh: 0 },
  ...over,
});

const codeOf = (sample: Partial<MeterSample>, context: Partial<JudgementContext> = {}) => {
  const verdict = judge(sampleOf(sample), contextOf(context));
  return verdict.kind === "accept" ? "accept" : verdict.code;
};

describe("judge", () => {
  it("accepts what a meter of its rated power can show, with its offset", () => {
    expect(judge(sampleOf(), contextOf())).to.deep.equal({
      kind: "accept",
      importWh: 5_000n,
      exportWh: 2_000n,
    });
    expect(
      judge(
        sampleOf({ importWh: 100n }),
        contextOf({ offset: { importWh: 4_900n, exportWh: 0n } }),
      ),
    ).to.deep.equal({ kind: "accept", importWh: 5_000n, exportWh: 2_000n });
    expect(codeOf({ importWh: 4_900n })).to.equal("accept");
  });

  it("takes a reading up to the chain's bound and not a watt-hour more", () => {
    expect(codeOf({ importWh: 4_900n + 1_001n })).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 1_002n })).to.equal("beyond-rated-power");
    expect(codeOf({ exportWh: 2_000n + 1_002n })).to.equal("beyond-rated-power");
  });

  it("leaves what a coarse counter's step has beyond the chain's bound to the next period", () => {
    const coarse = { resolutionWh: 1_000 };
    const verdictOf = (risenWh: bigint, context: Partial<JudgementContext>) =>
      judge(sampleOf({ importWh: 4_900n + risenWh }), contextOf(context));
    expect(verdictOf(1_001n, coarse)).to.not.have.property("isAhead");
    expect(verdictOf(1_002n, coarse)).to.include({ kind: "accept", isAhead: true });
    expect(verdictOf(2_000n, coarse)).to.include({ kind: "accept", isAhead: true });
    expect(verdictOf(2_001n, coarse)).to.include({ code: "beyond-rated-power" });
    expect(verdictOf(2_000n, { ...coarse, period: 11 })).to.not.have.property("isAhead");
    expect(verdictOf(1_500n, { ...coarse, period: undefined })).to.not.have.property("isAhead");
  });

  it("takes the rest of the period of the binding with the first reading", () => {
    const first = { isFirst: true, lastSample: { importWh: 4_900n, exportWh: 2_000n, atS: 8_000 } };
    expect(codeOf({ importWh: 4_900n + 2_001n }, first)).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 2_002n }, first)).to.equal("beyond-rated-power");
  });

  it("bounds a sample by the time since the one before, the time of reading included", () => {
    const between = { period: undefined, atS: 9_090 };
    expect(codeOf({ importWh: 4_900n + 112n }, between)).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 113n }, between)).to.equal("beyond-rated-power");
  });

  it("never publishes a counter beyond what the chain holds, nor a period beyond its most", () => {
    const base = 2n ** 48n - 10n;
    const last = { importWh: base, exportWh: 2_000n };
    const context = { lastSample: { ...last, atS: 9_000 }, lastReading: { ...last, period: 9 } };
    expect(codeOf({ importWh: base + 9n }, context)).to.equal("accept");
    expect(codeOf({ importWh: base + 10n }, context)).to.equal("beyond-rated-power");
    const huge = { ratedPowerW: 4_294_967_295 };
    expect(codeOf({ importWh: 4_900n + 2n ** 28n - 1n }, huge)).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 2n ** 28n }, huge)).to.equal("beyond-rated-power");
  });

  it("suspects a counter that falls, also below what is only stored", () => {
    expect(codeOf({ importWh: 4_899n })).to.equal("backwards");
    expect(codeOf({ exportWh: 1_999n })).to.equal("backwards");
    const behind = { lastSample: { importWh: 4_800n, exportWh: 2_000n, atS: 9_000 } };
    expect(codeOf({ importWh: 4_850n }, behind)).to.equal("backwards");
  });

  it("suspects a zero as a zero, and not of a new meter", () => {
    expect(codeOf({ importWh: 0n })).to.equal("zero");
    expect(codeOf({ importWh: 0n, exportWh: 0n }, { counterWrapWh: 1_000_000n })).to.equal("zero");
    const fresh = { importWh: 0n, exportWh: 0n };
    expect(
      codeOf(fresh, { lastSample: { ...fresh, atS: 9_000 }, lastReading: { ...fresh, period: 9 } }),
    ).to.equal("accept");
  });

  it("suspects a wrap-around where the counter may have begun anew, and else a fall", () => {
    const last = { importWh: 999_900n, exportWh: 2_000n };
    const context = {
      lastSample: { ...last, atS: 9_000 },
      lastReading: { ...last, period: 9 },
      counterWrapWh: 1_000_000n,
    };
    const verdict = judge(sampleOf({ importWh: 50n }), contextOf(context));
    expect(verdict).to.deep.include({
      kind: "suspect",
      code: "wrap-around",
      suggestion: "wrap-around",
      published: { importWh: 1_000_050n, exportWh: 2_000n },
    });
    // 1,002 Wh after the wrap are more than the meter can have counted.
    expect(codeOf({ importWh: 902n }, context)).to.equal("backwards");
    expect(codeOf({ importWh: 901n }, context)).to.equal("wrap-around");
    expect(codeOf({ importWh: 50n }, { ...context, counterWrapWh: undefined })).to.equal(
      "backwards",
    );
  });

  it("suspects another serial number, however the same one is printed", () => {
    expect(codeOf({ serialNumber: "12346" })).to.equal("serial-changed");
    expect(codeOf({ serialNumber: " 0012345 " })).to.equal("accept");
    expect(codeOf({ serialNumber: "AB1" }, { serialNumber: "ab1" })).to.equal("accept");
    expect(codeOf({ serialNumber: undefined })).to.equal("accept");
    expect(codeOf({ serialNumber: "9" }, { serialNumber: undefined })).to.equal("accept");
  });

  it("suspects a counter that stands still while power flows", () => {
    const still = { importWh: 4_900n };
    expect(codeOf(still, { unmoved: { importWh: 200, exportWh: 0 } })).to.equal("accept");
    expect(codeOf(still, { unmoved: { importWh: 201, exportWh: 0 } })).to.equal("stuck");
    expect(codeOf({}, { unmoved: { importWh: 0, exportWh: 201 } })).to.equal("stuck");
    // One that counts whole kilowatt-hours stands still for long.
    expect(
      codeOf(still, { resolutionWh: 1_000, unmoved: { importWh: 20_000, exportWh: 0 } }),
    ).to.equal("accept");
  });

  it("takes as much as periods without a reading allow, up to the most of one", () => {
    const away = { lastSample: { importWh: 4_900n, exportWh: 2_000n, atS: 0 }, period: 14 };
    expect(codeOf({ importWh: 4_900n + 5_001n }, away)).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 5_002n }, away)).to.equal("beyond-rated-power");
  });

  it("takes a clock that was set back for no time that has passed", () => {
    const back = { period: undefined, atS: 0 };
    // The 10 s of reading, and a step.
    expect(codeOf({ importWh: 4_900n + 12n }, back)).to.equal("accept");
    expect(codeOf({ importWh: 4_900n + 13n }, back)).to.equal("beyond-rated-power");
  });

  it("suspects one counter that goes on beside another that wraps or reads zero", () => {
    const last = { importWh: 5_000n, exportWh: 999_990n };
    const context = {
      lastSample: { ...last, atS: 9_000 },
      lastReading: { ...last, period: 9 },
      counterWrapWh: 1_000_000n,
    };
    expect(codeOf({ importWh: 5_000n, exportWh: 10n }, context)).to.equal("wrap-around");
    expect(codeOf({ importWh: 9_000n, exportWh: 10n }, context)).to.equal("backwards");
    expect(codeOf({ importWh: 5_000n, exportWh: 0n }, context)).to.equal("zero");
  });

  it("judges a wrap-around by what is published", () => {
    const last = { importWh: 1_999_990n, exportWh: 2_000n };
    const context = {
      lastSample: { ...last, atS: 9_000 },
      lastReading: { ...last, period: 9 },
      counterWrapWh: 1_000_000n,
      offset: { importWh: 1_000_000n, exportWh: 0n },
    };
    expect(judge(sampleOf({ importWh: 5n }), contextOf(context))).to.deep.include({
      code: "wrap-around",
      published: { importWh: 2_000_005n, exportWh: 2_000n },
    });
    expect(codeOf({ importWh: 999_995n }, context)).to.equal("accept");
  });

  it("says which number a device of another has before anything of its values", () => {
    expect(codeOf({ serialNumber: "9", importWh: 0n })).to.equal("serial-changed");
  });

  it("never suspects a meter that keeps to its rated power, and always one that does not", () => {
    const random = new RandomSource(42);
    for (let run = 0; run < 200; ++run) {
      const ratedPowerW = random.integer(100, 20_000);
      const resolution = random.pick([1n, 10n, 100n]);
      let [importMWh, exportMWh] = [BigInt(random.integer(0, 10 ** 9)), 0n];
      let [atS, period] = [0, 0];
      const rounded = (milliWh: bigint) => (milliWh / 1000n / resolution) * resolution;
      let last = { importWh: rounded(importMWh), exportWh: rounded(exportMWh) };
      let lastReading = { ...last, period };
      let lastSample = { ...last, atS };
      const flow = new Flow();
      flow.note({ ...last, activePowerW: 0 }, 0);
      for (let step = 0; step < 30; ++step) {
        const seconds = random.integer(1, 400);
        const powerW = random.integer(0, ratedPowerW) * random.pick([1, -1]);
        const energy = BigInt(Math.floor((Math.abs(powerW) * seconds) / 3.6));
        if (powerW > 0) importMWh += energy;
        else exportMWh += energy;
        atS += seconds;
        const sample = sampleOf({
          importWh: rounded(importMWh),
          exportWh: rounded(exportMWh),
          activePowerW: powerW,
        });
        const isReading = Math.floor(atS / PERIOD_S) - 1 > lastReading.period;
        const context = contextOf({
          lastSample,
          lastReading,
          atS,
          period: undefined,
          ratedPowerW,
          resolutionWh: Number(resolution),
          unmoved: flow.unmovedAt(sample, atS),
        });
        const verdict = judge(sample, context);
        expect(verdict, JSON.stringify({ run, step }, null, 1)).to.have.property("kind", "accept");
        const bad = random.pick([
          { importWh: sample.importWh + BigInt(ratedPowerW) * 400n + 10_000n },
          ...(last.importWh > 0n ? [{ importWh: last.importWh - 1n }] : []),
          { serialNumber: "another" },
        ]);
        expect(judge({ ...sample, ...bad }, context)).to.have.property("kind", "suspect");
        last = { importWh: sample.importWh, exportWh: sample.exportWh };
        lastSample = { ...last, atS };
        flow.note(sample, atS);
        if (isReading) lastReading = { ...last, period: ++period };
      }
    }
  });
});

describe("Flow", () => {
  it("adds up what flows while a counter stands still, each way", () => {
    const flow = new Flow();
    const still = { importWh: 10n, exportWh: 5n };
    flow.note({ ...still, activePowerW: 1_000 }, 0);
    expect(flow.unmovedAt({ ...still, activePowerW: 1_000 }, 900)).to.deep.equal({
      importWh: 250,
      exportWh: 0,
    });
    flow.note({ ...still, activePowerW: 1_000 }, 900);
    flow.note({ ...still, activePowerW: -400 }, 1_800);
    expect(flow.unmovedAt({ ...still, activePowerW: -400 }, 2_700)).to.deep.equal({
      importWh: 250,
      exportWh: 100,
    });
  });

  it("begins anew where the counter moves, and with another meter", () => {
    const flow = new Flow();
    flow.note({ importWh: 10n, exportWh: 5n, activePowerW: 1_000 }, 0);
    flow.note({ importWh: 11n, exportWh: 5n, activePowerW: 1_000 }, 900);
    expect(flow.unmovedAt({ importWh: 11n, exportWh: 5n, activePowerW: 1_000 }, 900)).to.deep.equal(
      { importWh: 0, exportWh: 0 },
    );
    flow.reset();
    expect(
      flow.unmovedAt({ importWh: 11n, exportWh: 5n, activePowerW: 9_000 }, 9_999),
    ).to.deep.equal({ importWh: 0, exportWh: 0 });
  });

  it("lets no time pass where the clock was set back", () => {
    const flow = new Flow();
    const still = { importWh: 10n, exportWh: 5n, activePowerW: 9_000 };
    flow.note(still, 7_200);
    expect(flow.unmovedAt(still, 0)).to.deep.equal({ importWh: 0, exportWh: 0 });
  });

  it("takes the lesser of the powers at both ends, and none for unknown", () => {
    const flow = new Flow();
    flow.note({ importWh: 10n, exportWh: 5n, activePowerW: undefined }, 0);
    expect(
      flow.unmovedAt({ importWh: 10n, exportWh: 5n, activePowerW: 9_000 }, 3_600),
    ).to.deep.equal({ importWh: 0, exportWh: 0 });
  });
});
