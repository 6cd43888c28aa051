import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import hre from "hardhat";
import type { DemoReport } from "../../scripts/neighbourhood/demoReport.ts";
import { generateProfiles } from "../../scripts/neighbourhood/profiles/generatedProfiles.ts";
import { runDemo } from "../../scripts/neighbourhood/runDemo.ts";

const SEED = 7;
const PARTICIPANTS = 12;

describe("a demo with private trades whose matcher sees the plans @long", function () {
  // Forty proofs or so, on a machine that does other things as well.
  this.timeout(600_000);
  let report: DemoReport;

  before(async () => {
    report = await runDemo({
      profiles: generateProfiles(PARTICIPANTS, SEED),
      profilesName: "generated",
      periods: 2,
      periodSeconds: 900,
      seed: SEED,
      fullSpeed: true,
      privateTraders: 4,
      privateMatching: "plain",
      progress: () => undefined,
      hre,
    });
  });

  it("trades privately through all steps, and strikes who keeps silent", () => {
    const figures = report.private!;
    expect(figures).to.include({ traders: 4, period: 1, profileTime: "09:30", plans: 4 });
    // The first round's two matches lapse for a silent side each; who was not silent meets in the second.
    expect(figures.lapsed).to.equal(2);
    expect(figures.strikes).to.equal(2);
    expect(figures.trades).to.be.at.least(1);
    expect(figures.tradedWh).to.be.above(0);
    expect(figures.deliveredWh).to.be.within(1, figures.tradedWh);
    expect(figures.averagePriceMicroPerKwh).to.be.within(90_000, 300_000);
    expect(figures.paidNano).to.be.above(0);
    expect(figures.lostBondsNano).to.equal(10_000_000);
    expect(figures.refunds).to.be.above(2);
    expect(figures.withdrawnNano).to.be.above(0);
    expect(figures.proofs).to.be.above(20);
  });

  it("is audited with the regulator's key, which reads every note", () => {
    expect(report.private!.notes).to.be.above(20);
    expect(report.private!.differences).to.deep.equal([]);
  });

  it("balances to the last nano and watt-hour", () => {
    const titles = report.balanceSheets.map(({ title }) => title);
    expect(titles.filter((title) => /private/i.test(title))).to.have.length(4);
    expect(report.private!.matching).to.deep.include({ path: "plain", rounds: 2, ranksTold: 0 });
    for (const { title, residue } of report.balanceSheets) expect(residue, title).to.equal(0);
    expect(report.residue).to.equal(0);
  });

  it("leaves the open market as it is", () => {
    expect(report.periods.map(({ period }) => period)).to.deep.equal([1, 2]);
    for (const period of report.periods) {
      expect(period.orders).to.be.above(9);
      expect(period.trades).to.be.above(0);
    }
    expect(report.totals).to.include({ readingsMissed: 0, ordersRefused: 0, restarts: 0 });
  });

  it("prints what its schema says", async () => {
    const file = new URL("../../docs/schemas/demo.schema.json", import.meta.url);
    const schema = JSON.parse(await readFile(file, "utf8")) as object;
    const validate = new Ajv2020().compile(schema);
    validate(JSON.parse(JSON.stringify(report)));
    expect(validate.errors).to.equal(null);
  });
});
