import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { Wallet } from "ethers";
import { defaultParameters } from "../../../sdk/market/parameters.ts";
import {
  ADMIN,
  AGENT,
  BUYER,
  GATEWAY,
  GRID,
  OPERATOR,
  PERIOD_LENGTH,
  REGULATOR,
  runTask,
  SELLER,
  TaskMarket,
  TREASURER,
} from "../../helpers/taskMarket.ts";

describe("tasks of a period", function () {
  this.timeout(60_000);
  let stage: TaskMarket;
  let openings: string;

  const done: TaskMarket["done"] = (...given) => stage.done(...given);
  const refused: TaskMarket["refused"] = (...given) => stage.refused(...given);

  before(async () => {
    stage = await TaskMarket.prepare();
    openings = stage.file("openings.jsonl");
  });
  after(() => stage.remove());

  it("say where there is no market yet", async () => {
    await refused("market:status", {}, /^There is no address book .* Deploy a market first/);
  });

  it("refuse roles that are half set, and unknown parameters", async () => {
    await refused(
      "market:deploy",
      { operator: stage.account(OPERATOR), grid: stage.account(GRID) },
      "Nobody is named as admin, regulator, treasurer. " +
        "Name all of the roles, or none to give them to accounts 1 to 5 of the network.",
    );
    const roles = { operator: 2, regulator: 3, treasurer: 4, grid: 5 };
    const others = Object.fromEntries(
      Object.entries(roles).map(([name, index]) => [name, stage.account(String(index))]),
    );
    await refused(
      "market:deploy",
      { ...others, admin: stage.account("0") },
      "The admin is the deployer, which gives up its own rights at the end. " +
        "Deploy with another account, or name another admin.",
    );
    const parameters = stage.file("parameters.json");
    writeFileSync(parameters, '{"rules":{"shortbps":1}}');
    await refused(
      "market:deploy",
      { parameters },
      /^The rules have the unknown key "shortbps"\. Did you mean shortBps\?/,
    );
    writeFileSync(parameters, '{\n"genesis": 1,\n}');
    await refused("market:deploy", { parameters }, /^Malformed JSON at line 3, column 1/);
  });

  it("deploy a market with an address book, which is not overwritten", async () => {
    const parameters = stage.file("parameters.json");
    writeFileSync(
      parameters,
      JSON.stringify({ rules: { missedReadingsLimit: 3, minAverageWh: 1 } }),
    );
    const book = await stage.deploy({ parameters });
    expect(book).to.include({ version: 1, chainId: 31_337, periodLength: PERIOD_LENGTH });
    expect(JSON.parse(readFileSync(stage.deployment, "utf8"))).to.deep.include({ chainId: 31_337 });
    expect(stage.genesis % PERIOD_LENGTH).to.equal(0);
    await refused("market:deploy", {}, /holds the live market 0x.* add --replace to forget it\.$/m);
  });

  it("refuse an address book of another chain", async () => {
    const file = stage.file("other.json");
    const book = JSON.parse(readFileSync(stage.deployment, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...book, chainId: 5 }));
    await refused(
      "market:status",
      { deployment: file },
      "The market is on chain 5 and the connected chain is 31337. " +
        "Connect to the other chain, or name its own address book.",
    );
  });

  it("admit participants", async () => {
    expect(await stage.admit(SELLER, "solar", "60.5")).to.equal("2");
    expect(await stage.admit(BUYER, "none", "60.5")).to.equal("3");
    const { accounts } = await done("market:status");
    expect(accounts).to.have.nested.property("[1].balanceNano", "60500000000");
    await done("market:mint", { from: TREASURER, to: stage.account(GRID), amount: "100" });
    await done("market:deposit", { from: GRID, amount: "50" });
    await done("market:fund", { from: GRID, amount: "50" });
  });

  it("say who may not, and what is missing or malformed", async () => {
    await refused(
      "market:authorise",
      { from: ADMIN, owner: stage.account(SELLER) },
      /^The contract refused: AccessManagedUnauthorized\(.*Use the key that holds the role/,
    );
    await refused(
      "market:authorise",
      { from: OPERATOR },
      "--owner is missing. Add --owner VALUE; see --help.",
    );
    await refused(
      "market:deposit",
      { from: SELLER, amount: "1,5" },
      /^--amount is "1,5"\. Give a positive amount/,
    );
    await refused(
      "market:deposit",
      { from: "99", amount: "1" },
      /^The network has no account "99"\./,
    );
    await refused(
      "market:withdraw",
      { from: OPERATOR, amount: "1" },
      /has no account in the market/,
    );
  });

  it("seal orders, and keep what opens them before they are sent", async () => {
    const order = { period: "1", energyWh: "2000", priceMicroPerKwh: "150000", openings };
    await refused("market:submit", { ...order, from: SELLER, side: "sell" }, /GateNotOpen/);
    expect(readFileSync(openings, "utf8").split("\n")).to.have.length(2);
    await stage.goTo(0, 1);
    await done("market:submit", { ...order, from: SELLER, side: "sell" });
    // Replaced before gate closure: the later one opens.
    await done("market:submit", { ...order, from: SELLER, side: "sell", energyWh: "2500" });
    await refused(
      "market:submit",
      { ...order, from: SELLER, side: "give" },
      '--side is "give". Give one of sell, buy.',
    );
    await refused(
      "market:submit",
      { ...order, from: SELLER, side: "sell", schedule: "day.csv" },
      /^An order and a schedule are given\./,
    );
  });

  it("seal a day from a file, and name the line that is wrong", async () => {
    const schedule = stage.file("day.csv");
    const header = "period,side,energyWh,priceMicroPerKwh";
    for (const [rows, line] of [
      ["1,buy,x,170000", 'Line 2: energyWh is "x". Give a whole number from 1 to 4294967295.'],
      ["1,buy,5", "Line 2 has 3 fields. Give 4: period,side,energyWh,priceMicroPerKwh."],
      ["1,buy,5,6\n\n2,give,5,6", 'Line 4: side is "give". Give sell or buy.'],
      ["1,buy,5,6\n1,buy,5,6", "Period 1 has two orders. Keep one of them."],
      ["1,buy,5,6\n96,buy,5,6", /^Period 96 is not of day 0/],
    ] as const) {
      writeFileSync(schedule, `${header}\n${rows}\n`);
      await refused("market:submit", { from: BUYER, schedule }, line);
    }
    writeFileSync(schedule, `${header}\n1,buy,2000,170000\n2,buy,1000,170000\n`);
    const { orders } = await done("market:submit", { from: BUYER, schedule, openings });
    expect(orders).to.have.length(2);
  });

  it("seal a day from JSON too", async () => {
    const schedule = stage.file("day.json");
    for (const [text, line] of [
      ['[{"period":1,\n"side":"buy",}]', /^Malformed JSON at line 2, column 14/],
      ["{}", /^The schedule is not a list\./],
      ["[]", /has no order\. Add at least one\.$/m],
      ['[{"period":1,"side":"buy","energyWh":0}]', /^orders\[0\]: energyWh is 0\./],
      [
        '[{"period":1,"side":"buy","energyWh":1,"priceMicroPerKwh":1,"green":true}]',
        'orders[0]: "green" is unknown. Remove it.',
      ],
    ] as const) {
      writeFileSync(schedule, text);
      await refused("market:submit", { from: BUYER, schedule }, line);
    }
    const orders = [1, 3].map((period) => ({
      period,
      side: "buy",
      energyWh: 2000,
      priceMicroPerKwh: 170_000,
    }));
    writeFileSync(schedule, JSON.stringify(orders));
    expect((await done("market:submit", { from: BUYER, schedule, openings })).orders).to.deep.equal(
      orders,
    );
  });

  it("name the line of kept openings that cannot be read", async () => {
    const file = stage.file("torn.jsonl");
    writeFileSync(file, `${readFileSync(openings, "utf8")}{"order":`);
    const line = readFileSync(file, "utf8").split("\n").length;
    await refused(
      "market:open",
      { period: "1", openings: file },
      new RegExp(`^Line ${line} of the openings cannot be read\\.`),
    );
    await refused(
      "market:open",
      { period: "1", openings: stage.file("none.jsonl") },
      /^Cannot read the openings .* Submit an order first/,
    );
  });

  it("let an agent submit under a mandate, until it is revoked", async () => {
    const mandate = {
      agent: stage.account(AGENT),
      minPriceMicroPerKwh: "100000",
      maxPriceMicroPerKwh: "200000",
      spendingLimit: "10",
      expiry: String(stage.genesis + 1_000_000),
    };
    await done("market:grant-mandate", { from: SELLER, ...mandate });
    const order = { period: "1", side: "sell", energyWh: "2400", priceMicroPerKwh: "150000" };
    await done("market:submit", { from: AGENT, participant: "2", ...order, openings });
    await done("market:revoke-mandate", { from: SELLER });
    await refused(
      "market:submit",
      { from: AGENT, participant: "2", ...order, openings },
      /NoMandate/,
    );
  });

  it("open, clear, report and settle a period", async () => {
    const { gateClosure, openingEnd } = defaultParameters(PERIOD_LENGTH);
    await refused("market:open", { period: "1", openings }, /OpeningNotBegun/);
    await stage.goTo(0, gateClosure);
    await refused("market:open", { period: "4", openings }, /has nothing for period 4/);
    expect(await done("market:open", { period: "1", openings })).to.deep.equal({
      period: 1,
      opened: 2,
      refused: [],
    });
    await refused("market:clear", { period: "1" }, /ClearingNotBegun/);
    await stage.goTo(0, openingEnd);
    expect(await done("market:clear", { period: "1" })).to.deep.equal({
      period: 1,
      trades: [{ seller: 2, buyer: 3, energyWh: 2000, priceMicroPerKwh: 160_000 }],
    });
    await stage.goTo(2, 1);
    const report = { period: "1", from: GATEWAY };
    expect(
      await done("market:report", { ...report, participant: "2", importWh: "0", exportWh: "2300" }),
    ).to.include({ exportDeltaWh: "2300" });
    await refused(
      "market:report",
      { ...report, from: SELLER, participant: "3", importWh: "1", exportWh: "0" },
      /ForeignSignature/,
    );
    await done("market:report", { ...report, participant: "3", importWh: "2000", exportWh: "0" });
    expect(await done("market:settle", { period: "1" })).to.deep.equal({
      period: 1,
      settled: 2,
      accounts: 2,
    });
  });

  it("freeze and unfreeze, and pay out", async () => {
    await done("market:freeze", { from: REGULATOR, participant: "2" });
    await refused("market:withdraw", { from: SELLER, amount: "1" }, /AccountIsFrozen/);
    await done("market:unfreeze", { from: REGULATOR, participant: "2" });
    const { freeNano } = await done("market:withdraw", { from: SELLER, amount: "10" });
    await refused("market:withdraw", { from: SELLER, amount: "1000" }, /InsufficientFree/);
    expect(BigInt(freeNano as string) > 0n).to.equal(true);
  });

  it("show the market, for people too", async () => {
    const status = await done("market:status");
    expect(status).to.include({ currentPeriod: 2 });
    const { stdout } = await runTask("market:status", { deployment: stage.deployment });
    expect(stdout).to.match(/^Market 0x.* Period 2, second \d+ of 900\.$/m);
    expect(stdout).to.match(/^1 +cleared +2 +1 +2000 +160000 +2\/2$/m);
  });

  it("audit the market", async () => {
    const report = await done("market:audit");
    expect(report).to.deep.include({ clean: true, differences: [] });
    const { stdout, exitCode } = await runTask("market:audit", {
      deployment: stage.deployment,
      period: "1",
    });
    expect(exitCode).to.equal(0);
    expect(stdout.trimEnd().split("\n").at(-1)).to.equal("Clean: every figure agrees.");
  });

  it("refuse a key file that does not open", async () => {
    const keystore = stage.file("key.json");
    const key = Wallet.createRandom();
    writeFileSync(keystore, key.encryptSync("right"));
    const before = process.env.SEALWATT_KEYSTORE_PASSWORD;
    process.env.SEALWATT_KEYSTORE_PASSWORD = "wrong";
    try {
      await refused("market:status", { keystore }, /does not open\. Check the password/);
    } finally {
      if (before === undefined) delete process.env.SEALWATT_KEYSTORE_PASSWORD;
      else process.env.SEALWATT_KEYSTORE_PASSWORD = before;
    }
    await refused(
      "market:status",
      { keystore: stage.file("none.json") },
      /^Cannot read the keystore/,
    );
  });
});
