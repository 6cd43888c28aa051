import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { SigningKey } from "ethers";
import { defaultParameters } from "../../../sdk/market/parameters.ts";
import {
  ADMIN,
  BUYER,
  GATEWAY,
  OPERATOR,
  PERIOD_LENGTH,
  SELLER,
  TaskMarket,
} from "../../helpers/taskMarket.ts";

const UNAUTHORISED = /AccessManagedUnauthorized\(.*Use the key that holds the role/;

describe("tasks of the operator", function () {
  this.timeout(60_000);
  let stage: TaskMarket;
  let seller: string;
  let buyer: string;
  let keyFile: string;
  const done: TaskMarket["done"] = (...given) => stage.done(...given);
  const refused: TaskMarket["refused"] = (...given) => stage.refused(...given);

  const stateOf = async (participant: string) => {
    const { accounts } = (await done("market:status")) as {
      accounts: { participant: number; state: string[] }[];
    };
    return accounts.find((one) => one.participant === Number(participant))!.state;
  };

  before(async () => {
    stage = await TaskMarket.prepare();
    keyFile = stage.file("keys/opening.key");
    const parameters = stage.file("parameters.json");
    writeFileSync(
      parameters,
      JSON.stringify({ rules: { missedReadingsLimit: 1, gracePeriods: 0 } }),
    );
    await stage.deploy({ parameters });
    seller = await stage.admit(SELLER, "solar", "60");
    buyer = await stage.admit(BUYER, "none", "60");
  });
  after(() => stage.remove());

  describe("market:set-reading-interval", () => {
    it("tells all gateways an interval", async () => {
      const options = { from: OPERATOR, intervalSeconds: "60" };
      expect(await done("market:set-reading-interval", options)).to.deep.equal({
        intervalSeconds: 60,
      });
    });

    it("is refused to others, and beyond a day", async () => {
      await refused(
        "market:set-reading-interval",
        { from: ADMIN, intervalSeconds: "60" },
        UNAUTHORISED,
      );
      await refused(
        "market:set-reading-interval",
        { from: OPERATOR, intervalSeconds: "86401" },
        /ReadingIntervalInvalid\(.*Give at most a day/,
      );
    });
  });

  describe("market:rebind-meter", () => {
    const meter = () => ({
      participant: buyer,
      serial: "meter-new",
      gateway: stage.account(GATEWAY),
      ratedPowerW: "20000",
      finalImportWh: "300",
      finalExportWh: "0",
      importWh: "10",
      exportWh: "0",
    });

    it("is refused to others, without registers, and for a serial number in use", async () => {
      await refused("market:rebind-meter", { from: BUYER, ...meter() }, UNAUTHORISED);
      const { finalImportWh: _, ...without } = meter();
      await refused(
        "market:rebind-meter",
        { from: OPERATOR, ...without },
        "--final-import-wh is missing. Add --final-import-wh VALUE; see --help.",
      );
      await refused(
        "market:rebind-meter",
        { from: OPERATOR, ...meter(), serial: `meter-${SELLER}` },
        /SerialBound\(.*Check the serial number/,
      );
    });

    it("adds what the old meter counted to the new one's first reading", async () => {
      const { meterId } = await done("market:rebind-meter", { from: OPERATOR, ...meter() });
      expect(meterId).to.equal(3);
      await stage.goTo(2, 1);
      const report = { from: GATEWAY, participant: buyer, period: "1" };
      expect(await done("market:report", { ...report, importWh: "60", exportWh: "0" })).to.include({
        importDeltaWh: "350",
      });
    });
  });

  describe("market:lift-suspension", () => {
    it("lets a participant trade whose readings were missing", async () => {
      await stage.goTo(3, 1);
      await done("market:settle", { period: "1" });
      expect(await stateOf(seller)).to.include("suspended");
      await refused("market:lift-suspension", { from: SELLER, participant: seller }, UNAUTHORISED);
      await done("market:lift-suspension", { from: OPERATOR, participant: seller });
      expect(await stateOf(seller)).not.to.include("suspended");
    });

    it("knows no participant 99", async () => {
      await refused(
        "market:lift-suspension",
        { from: OPERATOR, participant: "99" },
        /UnknownParticipant\(participant 99\)\. Use the number/,
      );
    });
  });

  describe("market:set-opening-key", () => {
    it("makes a key that only its owner may read, and publishes its public half", async () => {
      const published = await done("market:set-opening-key", { from: OPERATOR, keyFile });
      expect(statSync(keyFile).mode & 0o777).to.equal(0o600);
      const key = new SigningKey(readFileSync(keyFile, "utf8").trim());
      // All that is printed.
      expect(published).to.deep.equal({ publicKey: key.compressedPublicKey, keyFile, made: true });
    });

    it("keeps a key that is there", async () => {
      const before = readFileSync(keyFile, "utf8");
      const { made } = await done("market:set-opening-key", { from: OPERATOR, keyFile });
      expect(made).to.equal(false);
      expect(readFileSync(keyFile, "utf8")).to.equal(before);
    });

    it("is refused to others, and with files that hold no key of their owner's", async () => {
      await refused("market:set-opening-key", { from: SELLER, keyFile }, UNAUTHORISED);
      const other = stage.file("other.key");
      for (const [text, mode, line] of [
        ["0x12", 0o600, /holds no private key\. Name a file of 64 hexadecimal digits/],
        [`0x${"0".repeat(64)}`, 0o600, /holds no private key\./],
        [readFileSync(keyFile, "utf8"), 0o644, /is open to others than its owner\. Run chmod 600/],
      ] as const) {
        writeFileSync(other, text);
        chmodSync(other, mode);
        await refused("market:set-opening-key", { from: OPERATOR, keyFile: other }, line);
      }
    });
  });

  describe("market:open --opening-key-file", () => {
    const PERIOD = "5";
    const { gateClosure } = defaultParameters(PERIOD_LENGTH);
    /** As the owner's machine keeps them; the operator has none of it. */
    let openings: string;

    const submit = (from: string, side: string, more = {}) =>
      done("market:submit", {
        from,
        period: PERIOD,
        side,
        energyWh: "2000",
        priceMicroPerKwh: "150000",
        openings,
        ...more,
      });

    before(async () => {
      openings = stage.file("members.jsonl");
      await stage.goTo(4, 1);
      // The seller was read no more: its suspension would come back.
      await done("market:lift-suspension", { from: OPERATOR, participant: seller });
      await submit(SELLER, "sell");
      const schedule = stage.file("day.csv");
      writeFileSync(
        schedule,
        "period,side,energyWh,priceMicroPerKwh\n5,buy,2000,170000\n6,buy,1,170000\n",
      );
      await done("market:submit", { from: BUYER, schedule, openings });
    });

    it("opens single orders and those of days, from the chain alone", async () => {
      await refused(
        "market:open",
        { period: PERIOD, openingKeyFile: keyFile },
        /OpeningNotBegun.*Wait for gate closure/,
      );
      await stage.goTo(4, gateClosure);
      await refused(
        "market:open",
        { period: "7", openingKeyFile: keyFile },
        /^Nothing is sealed to the operator for period 7, and nothing is kept\. Correct --period/,
      );
      // Nobody needs a role to open.
      const options = { from: BUYER, period: PERIOD, openingKeyFile: keyFile };
      expect(await done("market:open", options)).to.deep.equal({
        period: 5,
        opened: 2,
        refused: [],
      });
      await refused("market:open", options, /AlreadyOpened/);
    });

    it("opens what is kept beside what the key opens", async () => {
      const otherKey = stage.file("another.key");
      await stage.goTo(5, 1);
      await submit(SELLER, "sell", { period: "6" });
      // The buyer's day is sealed to the key before.
      await done("market:set-opening-key", { from: OPERATOR, keyFile: otherKey });
      await stage.goTo(5, gateClosure);
      await refused(
        "market:open",
        { period: "6", openingKeyFile: otherKey },
        /^The (order 6|schedule 0) of participant \d does not open with this key\. Name the key file/,
      );
      const kept = stage.file("seller.jsonl");
      const lines = readFileSync(openings, "utf8").split("\n");
      writeFileSync(
        kept,
        lines.filter((line) => line.includes(`"participant":${seller}`)).join("\n"),
      );
      const { opened, refused: left } = await done("market:open", {
        period: "6",
        openings: kept,
        openingKeyFile: otherKey,
      });
      expect(opened).to.equal(1);
      expect(left).to.have.nested.property("[0].participant", Number(buyer));
      const rest = await done("market:open", { period: "6", openingKeyFile: keyFile });
      expect(rest.opened).to.equal(1);
    });

    it("says that a key file is missing, and makes none", async () => {
      await refused(
        "market:open",
        { period: PERIOD, openingKeyFile: stage.file("none.key") },
        /^Cannot read the key file .* Correct --opening-key-file, or make the key with market:set-opening-key/,
      );
    });
  });

  describe("market:revoke", () => {
    it("lets a participant seal no more, until it is authorised again", async () => {
      await refused("market:revoke", { from: SELLER, participant: buyer }, UNAUTHORISED);
      await done("market:revoke", { from: OPERATOR, participant: buyer });
      expect(await stateOf(buyer)).not.to.include("authorised");
      await done("market:authorise", { from: OPERATOR, owner: stage.account(BUYER) });
      expect(await stateOf(buyer)).to.include("authorised");
    });
  });
});
