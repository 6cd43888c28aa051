import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import hre from "hardhat";
import type { DemoReport } from "../../scripts/neighbourhood/demoReport.ts";
import type { Disturbance } from "../../scripts/neighbourhood/private/disturbance.ts";
import { generateProfiles } from "../../scripts/neighbourhood/profiles/generatedProfiles.ts";
import { runDemo, type RunDemoOptions } from "../../scripts/neighbourhood/runDemo.ts";

const SEED = 7;
const PARTICIPANTS = 12;

/** Runs four traders on simulated time. */
async function run(options: Partial<RunDemoOptions>): Promise<{
  report: DemoReport;
  lines: string[];
}> {
  const lines: string[] = [];
  const report = await runDemo({
    profiles: generateProfiles(PARTICIPANTS, SEED),
    profilesName: "generated",
    periods: 2,
    periodSeconds: 900,
    seed: SEED,
    fullSpeed: true,
    privateTraders: 4,
    progress: (line) => lines.push(line),
    hre,
    ...options,
  });
  return { report, lines };
}

async function expectSchema(report: DemoReport): Promise<void> {
  const file = new URL("../../docs/schemas/demo.schema.json", import.meta.url);
  const schema = JSON.parse(await readFile(file, "utf8")) as object;
  const validate = new Ajv2020().compile(schema);
  validate(JSON.parse(JSON.stringify(report)));
  expect(validate.errors, JSON.stringify(validate.errors)).to.equal(null);
}

function expectBalanced(report: DemoReport): void {
  for (const { title, residue } of report.balanceSheets) expect(residue, title).to.equal(0);
  expect(report.residue).to.equal(0);
  expect(report.private!.differences).to.deep.equal([]);
}

/** What the open market came to, which private trades must not change. */
function expectOpenMarketAsEver({ periods, totals }: DemoReport): void {
  expect(periods.map(({ period }) => period)).to.deep.equal([1, 2]);
  for (const period of periods) {
    expect(period.orders).to.be.above(9);
    expect(period.trades).to.be.above(0);
  }
  expect(totals).to.include({ readingsMissed: 0, ordersRefused: 0, restarts: 0 });
}

/** Two silent ones: the first round's two matches lapse, and who was not silent meets in the second. */
function expectAllSteps({ private: figures }: DemoReport): void {
  expect(figures).to.include({ traders: 4, period: 1, profileTime: "09:30", plans: 4 });
  expect(figures).to.include({ lapsed: 2, strikes: 2, lostBondsNano: 10_000_000 });
  expect(figures!.trades).to.be.at.least(1);
  expect(figures!.tradedWh).to.be.above(0);
  expect(figures!.deliveredWh).to.be.within(1, figures!.tradedWh);
  expect(figures!.averagePriceMicroPerKwh).to.be.within(90_000, 300_000);
  expect(figures!.paidNano).to.be.above(0);
  expect(figures!.refunds).to.be.above(2);
  expect(figures!.withdrawnNano).to.be.above(0);
  expect(figures!.notes).to.be.above(20);
}

describe("a demo with private trades that are matched under encryption @long", function () {
  // Forty proofs or so in three processes, and SEAL in two more.
  this.timeout(900_000);

  describe("of traders of whom two keep silent", () => {
    let report: DemoReport;

    before(async () => {
      ({ report } = await run({}));
    });

    it("trades privately through all steps, and strikes who keeps silent", () => {
      expectAllSteps(report);
    });

    it("ranks under encryption, round by round, and logs whatever is opened", () => {
      const { matching } = report.private!;
      expect(matching.path).to.equal("encrypted");
      expect(matching.rounds).to.be.within(2, 8);
      expect(matching.roundSeconds).to.be.above(0);
      // Both bids of the first round, and the one that is left in the second.
      expect(matching.ranksTold).to.be.at.least(3);
      expect(matching.openings.ranks).to.equal(matching.rounds);
      expect(matching.openings.pairs).to.equal(matching.rounds);
      expect(matching.openings.verdicts).to.be.above(0);
      expect(matching.uploads).to.be.at.least(4);
      // A ciphertext of 393,329 bytes, its envelope and a header.
      expect(matching.uploadBytes / matching.uploads).to.be.within(395_000, 400_000);
      expect(matching).to.deep.include({ evidence: [], restarts: 0 });
    });

    it("judges every delivery as the regulator computes it", () => {
      const { verdicts } = report.private!.matching;
      expect(verdicts.within + verdicts.beyond).to.equal(report.private!.trades);
      expect(verdicts.missing).to.equal(0);
      const sheet = report.balanceSheets.find(({ unit }) => unit === "verdicts");
      expect(sheet?.left).to.deep.equal({ asComputed: report.private!.trades });
    });

    it("balances to the last nano and watt-hour", () => expectBalanced(report));
    it("leaves the open market as it is", () => expectOpenMarketAsEver(report));
    it("prints what its schema says", () => expectSchema(report));
  });

  /** All that was not traded came back: no plan is open, and nothing but bonds is lost. */
  function expectReturned({ private: figures, ...report }: DemoReport): void {
    expect(figures).to.include({ trades: 0, tradedWh: 0, strikes: 0, lostBondsNano: 0 });
    expect(figures!.refunds).to.equal(figures!.plans);
    expect(figures!.withdrawnNano).to.be.above(0);
    expectBalanced({ private: figures!, ...report });
  }

  const losses: {
    what: string;
    lost: NonNullable<Disturbance["lost"]>;
    keptBy: string;
    culprit: string;
    kind: string;
  }[] = [
    {
      what: "whose matcher dies in mid-round and never returns",
      lost: { who: "matcher", how: "dies", when: "inRound" },
      keptBy: "key holder",
      culprit: "matcher",
      kind: "round left",
    },
    {
      what: "whose matcher is away before plans close",
      lost: { who: "matcher", how: "dies", when: "beforeMatching" },
      keptBy: "key holder",
      culprit: "matcher",
      kind: "no round",
    },
    {
      what: "whose key holder keeps silent",
      lost: { who: "keyHolder", how: "standsStill", when: "beforeMatching" },
      keptBy: "matcher",
      culprit: "key holder",
      kind: "no answer",
    },
  ];
  for (const { what, lost, ...found } of losses) {
    it(`${what}, returns all plans and names who is at fault`, async () => {
      const { report } = await run({ disturbance: { lost } });
      expectReturned(report);
      const { evidence } = report.private!.matching;
      const told = evidence.map(({ keptBy, culprit, kind }) => ({ keptBy, culprit, kind }));
      expect(told).to.deep.include(found);
      expectOpenMarketAsEver(report);
      await expectSchema(report);
    });
  }

  it("of which a seller lies, names it, and matches the others", async () => {
    const { report } = await run({ disturbance: { sellerLies: true, allConfirm: true } });
    const { evidence } = report.private!.matching;
    expect(evidence).to.have.length(1);
    expect(evidence[0]).to.include({ keptBy: "key holder", culprit: "participant", kind: "plan" });
    expect(evidence[0]!.fact).to.match(/reputation/);
    // The liar's plan comes back, and what the honest have left.
    expect(report.private!.trades).to.be.at.least(1);
    expect(report.private!.strikes).to.equal(0);
    expectBalanced(report);
  });

  it("goes on where each of its services is killed once", async () => {
    const { report, lines } = await run({
      disturbance: { killsServicesOnce: true, allConfirm: true },
    });
    expect(report.private!.trades).to.be.at.least(2);
    expect(report.private!.matching.restarts).to.equal(4);
    expect(lines.filter((line) => line.endsWith("was started again."))).to.have.length(4);
    expectBalanced(report);
  });
});

describe("a demo with private trades whose matcher sees the plans @long", function () {
  this.timeout(600_000);
  let report: DemoReport;

  before(async () => {
    ({ report } = await run({ privateMatching: "plain" }));
  });

  it("trades privately through all steps, and strikes who keeps silent", () => {
    expectAllSteps(report);
    expect(report.private!.proofs).to.be.above(20);
    expect(report.private!.matching).to.deep.include({ path: "plain", rounds: 2, ranksTold: 0 });
  });

  it("balances to the last nano and watt-hour", () => {
    const titles = report.balanceSheets.map(({ title }) => title);
    expect(titles.filter((title) => /private/i.test(title))).to.have.length(4);
    expectBalanced(report);
  });

  it("leaves the open market as it is", () => expectOpenMarketAsEver(report));
  it("prints what its schema says", () => expectSchema(report));
});
