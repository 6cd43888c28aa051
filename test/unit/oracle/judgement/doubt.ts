import { expect } from "chai";
import { goesOnFrom } from "../../../../oracle/judgement/doubt.ts";
import type { JudgementContext } from "../../../../oracle/judgement/judge.ts";
import type { MeterSample } from "../../../../oracle/meters/meter.ts";

const AT_S = 9_000;

/** A meter of 4 kW that was believed at 5,000 Wh, a long time ago. */
const CONTEXT: JudgementContext = {
  lastSample: { importWh: 5_000n, exportWh: 2_000n, atS: 0 },
  lastReading: { importWh: 5_000n, exportWh: 2_000n, period: 0 },
  atS: AT_S + 90,
  period: 10,
  periodLengthS: 900,
  isFirst: false,
  ratedPowerW: 4_000,
  offset: { importWh: 0n, exportWh: 0n },
  serialNumber: "12345",
  counterWrapWh: undefined,
  resolutionWh: 1,
  unmoved: { importWh: 0, exportWh: 0 },
};

const sampleOf = (over: Partial<MeterSample>): MeterSample => ({
  importWh: 9_000n,
  exportWh: 2_000n,
  activePowerW: 0,
  serialNumber: "12345",
  raw: [],
  ...over,
});

const goesOn = (
  code: string,
  sample: Partial<MeterSample>,
  context: Partial<JudgementContext> = {},
  latest: { importWh?: bigint; exportWh?: bigint } = { importWh: 9_000n, exportWh: 2_000n },
) => {
  const { importWh, exportWh } = latest;
  const doubt = { code, latest: { atMs: AT_S * 1000, importWh, exportWh } };
  return goesOnFrom(doubt, sampleOf(sample), { ...CONTEXT, ...context });
};

describe("goesOnFrom", () => {
  for (const code of ["zero", "backwards", "wrap-around", "beyond-rated-power"]) {
    it(`doubts what can have been counted since a value that was ${code}`, () => {
      expect(goesOn(code, { importWh: 9_000n })).to.equal(true);
      // 4 kW for 90 s and the 10 s of reading, and a step.
      expect(goesOn(code, { importWh: 9_112n })).to.equal(true);
      expect(goesOn(code, { importWh: 9_113n })).to.equal(false);
      expect(goesOn(code, { importWh: 8_999n })).to.equal(false);
    });
  }

  it("compares what is published, with the meter's offset", () => {
    const offset = { importWh: 1_000n, exportWh: 0n };
    expect(goesOn("backwards", { importWh: 9_001n }, { offset })).to.equal(true);
    expect(goesOn("backwards", { importWh: 8_999n }, { offset })).to.equal(false);
  });

  it("doubts a stuck counter for as long as both counters stand", () => {
    expect(goesOn("stuck", {})).to.equal(true);
    expect(goesOn("stuck", { importWh: 9_001n })).to.equal(false);
    expect(goesOn("stuck", { exportWh: 2_001n })).to.equal(false);
  });

  it("doubts a device of another number until it tells the right one", () => {
    expect(goesOn("serial-changed", { serialNumber: undefined })).to.equal(true);
    expect(goesOn("serial-changed", {})).to.equal(false);
    const any = { serialNumber: undefined };
    expect(goesOn("serial-changed", any, any)).to.equal(false);
  });

  it("doubts nothing after a value that was no number", () => {
    expect(goesOn("absent", {})).to.equal(false);
    expect(goesOn("zero", {}, {}, {})).to.equal(false);
    expect(goesOn("zero", {}, {}, { importWh: 9_000n })).to.equal(false);
  });
});
