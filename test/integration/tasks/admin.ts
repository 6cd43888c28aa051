import { writeFileSync } from "node:fs";
import { expect } from "chai";
import hre from "hardhat";
import { ADMIN, OPERATOR, PERIOD_LENGTH, TaskMarket } from "../../helpers/taskMarket.ts";

describe("tasks of the admin", function () {
  this.timeout(60_000);
  const DELAY = 3_600;
  let stage: TaskMarket;
  let rules: string;
  const done: TaskMarket["done"] = (...given) => stage.done(...given);
  const refused: TaskMarket["refused"] = (...given) => stage.refused(...given);

  beforeEach(async () => {
    stage = await TaskMarket.prepare();
    rules = stage.file("rules.json");
    writeFileSync(rules, '{"referencePriceMicroPerKwh": 240000}');
  });
  afterEach(() => stage.remove());

  describe("market:schedule-parameters", () => {
    it("announces, and executes after the delay", async () => {
      await stage.deploy({ adminDelay: String(DELAY) });
      const change = { from: ADMIN, rules, fromPeriod: "8" };
      await refused(
        "market:schedule-parameters",
        { ...change, execute: true },
        /AccessManagerNotScheduled\(.*Announce exactly this first/,
      );
      const { executableFrom, executableUntil, parameters } = await done(
        "market:schedule-parameters",
        change,
      );
      const { networkHelpers } = await hre.network.getOrCreate();
      const { time } = networkHelpers;
      expect(executableFrom).to.equal((await time.latest()) + DELAY);
      expect(executableUntil).to.equal(stage.genesis + 7 * PERIOD_LENGTH);
      expect(parameters).to.include({ referencePriceMicroPerKwh: 240_000, gracePeriods: 4 });
      await refused("market:schedule-parameters", change, /AccessManagerAlreadyScheduled/);
      await refused(
        "market:schedule-parameters",
        { ...change, execute: true },
        /AccessManagerNotReady\(.*Wait until the delay/,
      );
      await time.increaseTo(executableFrom as number);
      expect(await done("market:schedule-parameters", { ...change, execute: true })).to.include({
        executed: true,
        fromPeriod: 8,
      });
    });

    it("is refused to others", async () => {
      await stage.deploy({ adminDelay: String(DELAY) });
      const change = { from: OPERATOR, rules, fromPeriod: "20" };
      await refused(
        "market:schedule-parameters",
        change,
        /AccessManagerUnauthorizedCall\(.*Use the key that holds the role/,
      );
      await refused(
        "market:schedule-parameters",
        { ...change, execute: true },
        /AccessManagedUnauthorized\(.*Use the key that holds the role/,
      );
    });

    it("does not announce what could not be executed", async () => {
      await stage.deploy({ adminDelay: String(DELAY) });
      const change = { from: ADMIN, rules, fromPeriod: "8" };
      await refused(
        "market:schedule-parameters",
        { ...change, fromPeriod: "4" },
        /^Rules for period 4 come too late: .* in period \d at the earliest\. Give --from-period \d or/,
      );
      for (const [text, line] of [
        [
          '{"referencePriceMicroPerKwh": 1}',
          /ParametersInvalid\(name referencePriceMicroPerKwh, value 1\)\. Correct that rule/,
        ],
        ['{"gracePeriods": 256}', "rules.gracePeriods is 256. Give at most 255."],
        [
          '{"gracePeriod": 1}',
          /^The rules have the unknown key "gracePeriod"\. Did you mean grace/,
        ],
        ["[]", /^The rules are not an object\./],
      ] as const) {
        writeFileSync(rules, text);
        await refused("market:schedule-parameters", change, line);
      }
      await refused(
        "market:schedule-parameters",
        { ...change, rules: stage.file("none.json") },
        /^Cannot read .* Correct --rules/,
      );
    });

    it("changes the rules at once where the admin has no delay", async () => {
      await stage.deploy();
      const change = { from: ADMIN, rules, fromPeriod: "2" };
      expect(await done("market:schedule-parameters", change)).to.include({ executed: true });
      await refused(
        "market:schedule-parameters",
        { ...change, fromPeriod: "20" },
        /ParametersPending\(fromPeriod 2, until 10\)\. Wait until that period/,
      );
    });
  });
});
