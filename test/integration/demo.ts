import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import hre from "hardhat";
import type { DemoReport } from "../../scripts/neighbourhood/demoReport.ts";
import { generateProfiles } from "../../scripts/neighbourhood/profiles/generatedProfiles.ts";
import { runDemo, type RunDemoOptions } from "../../scripts/neighbourhood/runDemo.ts";

const SEED = 7;

function run(options: Partial<RunDemoOptions> & { participants: number }): Promise<DemoReport> {
  const { participants, ...rest } = options;
  return runDemo({
    profiles: generateProfiles(participants, SEED),
    profilesName: "generated",
    periods: 3,
    periodSeconds: 900,
    seed: SEED,
    fullSpeed: true,
    progress: () => undefined,
    hre,
    ...rest,
  });
}

/** Everything of a report but how long it took. */
function withoutDuration(report: DemoReport): Omit<DemoReport, "durationSeconds"> {
  const { durationSeconds: _, ...rest } = report;
  return rest;
}

describe("a demo", function () {
  this.timeout(240_000);

  describe("on simulated time", () => {
    let report: DemoReport;

    before(async () => {
      report = await run({ participants: 12, periods: 6 });
    });

    it("trades, meters and settles every period", () => {
      expect(report.periods.map(({ period }) => period)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      for (const period of report.periods) {
        expect(period.orders).to.be.above(9);
        expect(period.trades).to.be.above(0);
        expect(period.tradedWh).to.be.above(0);
        expect(period.imbalance.longWh + period.imbalance.shortWh).to.be.above(0);
        expect(period.rewardsNano).to.be.above(0);
        for (const verb of ["open", "clear", "report", "settle"] as const)
          expect(period.gas[verb], verb).to.be.above(0);
      }
    });

    it("misses no reading, refuses no order and restarts nothing", () => {
      expect(report.totals).to.include({ readingsMissed: 0, ordersRefused: 0, restarts: 0 });
      expect(report.totals.chargesNano).to.equal(0);
    });

    it("balances to the last nano and watt-hour", () => {
      for (const { title, residue } of report.balanceSheets) expect(residue, title).to.equal(0);
      expect(report.residue).to.equal(0);
    });

    it("meters energy, so that nothing balances for want of any", () => {
      const energy = report.balanceSheets.filter(
        ({ property, unit, left }) => property === "M8" && unit === "Wh" && "meters" in left,
      );
      expect(energy).to.have.length(2);
      for (const { left } of energy) expect(left.meters).to.be.above(0);
    });

    it("prints what its schema says", async () => {
      const file = new URL("../../docs/schemas/demo.schema.json", import.meta.url);
      const schema = JSON.parse(await readFile(file, "utf8")) as object;
      const validate = new Ajv2020().compile(schema);
      validate(JSON.parse(JSON.stringify(report)));
      expect(validate.errors).to.equal(null);
    });

    it("adds up its totals", () => {
      const sum = (figure: "orders" | "trades" | "tradedWh" | "rewardsNano" | "penaltiesNano") =>
        report.periods.reduce((total, period) => total + period[figure], 0);
      for (const figure of [
        "orders",
        "trades",
        "tradedWh",
        "rewardsNano",
        "penaltiesNano",
      ] as const)
        expect(report.totals[figure], figure).to.equal(sum(figure));
    });
  });

  it("comes out the same from the same seed", async () => {
    const [a, b] = [await run({ participants: 4 }), await run({ participants: 4 })];
    const figures = ({ periods }: DemoReport) => periods.map(({ gas: _, ...rest }) => rest);
    expect(figures(a)).to.deep.equal(figures(b));
    expect(withoutDuration(a).residue).to.equal(0);
  });

  it("runs in real time with short periods @long", async () => {
    const report = await run({ participants: 5, periods: 2, periodSeconds: 30, fullSpeed: false });
    expect(report.residue).to.equal(0);
    expect(report.periods).to.have.length(2);
    expect(report.totals.trades).to.be.above(0);
    expect(report.totals.readingsMissed).to.equal(0);
  });

  describe("whose parts are killed", () => {
    it("goes on where operator, gateway and agents were (M11)", async () => {
      const report = await run({
        participants: 8,
        periods: 8,
        onStarted: ({ parts, time, reads, firstPeriod }) => {
          const clock = time.join();
          void (async () => {
            // In the middle of sealing, opening, clearing and metering, one after the other.
            for (let period = firstPeriod; period < firstPeriod + 6; ++period) {
              for (const part of [0.05, 0.25, 0.5, 0.9]) {
                await clock.until(reads.startOf(period) + 900 * part);
                for (const [name, supervised] of parts)
                  if (!name.startsWith("agent") || period % 2 === 0) supervised.kill(3);
              }
            }
            clock.leave();
          })();
        },
      });
      expect(report.residue).to.equal(0);
      expect(report.totals.restarts).to.be.above(40);
      expect(report.totals.readingsMissed).to.equal(0);
      expect(report.totals.ordersRefused).to.equal(0);
      expect(report.totals.chargesNano).to.equal(0);
      for (const period of report.periods) expect(period.orders).to.be.above(5);
    });

    it("settles without the reading of a meter that is away, and counts its energy later", async () => {
      const report = await run({
        participants: 6,
        periods: 12,
        onStarted: ({ residents, time, reads, firstPeriod }) => {
          const clock = time.join();
          void (async () => {
            await clock.until(reads.startOf(firstPeriod + 1) + 100);
            await residents[0]!.meter.stop();
            // Past the time for late readings of the period, so that it is really missed.
            await clock.until(reads.startOf(firstPeriod + 3) - 100);
            await residents[0]!.meter.start();
            clock.leave();
          })();
        },
      });
      expect(report.totals.readingsMissed).to.equal(1);
      expect(report.residue).to.equal(0);
    });
  });
});
