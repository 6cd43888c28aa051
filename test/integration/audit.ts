import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import auditSchema from "../../docs/schemas/audit.schema.json" with { type: "json" };
import { audit } from "../../sdk/audit/audit.ts";
import { compareState, type ChainState } from "../../sdk/audit/compareState.ts";
import { formatReport } from "../../sdk/audit/formatReport.ts";
import { NoMarketEventsError, OriginUnknownError, readChain } from "../../sdk/audit/readChain.ts";
import { readState } from "../../sdk/audit/readState.ts";
import { replay, type ChainRecord } from "../../sdk/audit/replay.ts";
import {
  decodeAccountsSettled,
  packSettlement,
  type SettledAccount,
} from "../../sdk/events/accountsSettled.ts";
import type { MarketEvent } from "../../sdk/events/marketEvent.ts";
import { makeBusy, BUSY_RULES } from "../helpers/busyMarket.ts";
import { deployMarket, type MarketFixture } from "../helpers/market.ts";

type EventName = MarketEvent["name"];
type EventOf<N extends EventName> = Extract<MarketEvent, { name: N }>;

/** A record with the first event of one name replaced by others. */
function replaceFirst<N extends EventName>(
  record: ChainRecord,
  name: N,
  replacement: (event: EventOf<N>) => MarketEvent[],
): ChainRecord {
  const index = record.events.findIndex((event) => event.name === name);
  if (index === -1) throw new Error(`The market's past has no ${name}.`);
  const events = record.events.toSpliced(
    index,
    1,
    ...replacement(record.events[index] as EventOf<N>),
  );
  return { ...record, events };
}

/** A record in which the first event of one name says something else. */
const falsify =
  <N extends EventName>(name: N, change: (event: EventOf<N>) => Partial<EventOf<N>>) =>
  (record: ChainRecord): ChainRecord =>
    replaceFirst(record, name, (event) => [{ ...event, ...change(event) }]);

/** A record in which the first settlement says something else. */
const falsifySettlement = (change: (account: SettledAccount) => Partial<SettledAccount>) =>
  falsify("AccountsSettled", ({ settlements }) => {
    const [first, ...others] = decodeAccountsSettled(settlements);
    return {
      settlements: [{ ...first!, ...change(first!) }, ...others].flatMap(packSettlement),
    };
  });

const remove =
  (name: EventName) =>
  (record: ChainRecord): ChainRecord =>
    replaceFirst(record, name, () => []);

const repeat =
  (name: EventName) =>
  (record: ChainRecord): ChainRecord =>
    replaceFirst(record, name, (event) => [event, event]);

describe("audit", function () {
  this.timeout(60_000);
  let fixture: MarketFixture;
  let record: ChainRecord;
  let state: ChainState;
  before(async () => {
    fixture = await deployMarket({ parameters: BUSY_RULES });
    await makeBusy(fixture);
    const { provider } = fixture.ethers;
    const toBlock = await provider.getBlockNumber();
    record = await readChain(provider, fixture.marketAddress, { fromBlock: 0, toBlock });
    state = await readState(provider, fixture.marketAddress, toBlock);
  });

  /** The figures that differ in a falsified past or state. */
  function figuresOf(falsified: ChainRecord, found: ChainState = state): string[] {
    const { model } = replay(falsified);
    const differences = [...model.differences.list, ...compareState(model, found)];
    return [...new Set(differences.map(({ figure }) => figure))];
  }

  it("finds nothing in an honest market, with every kind of event in its past", async () => {
    const report = await audit({
      provider: fixture.ethers.provider,
      market: fixture.marketAddress,
    });
    expect(report.differences).to.deep.equal([]);
    expect(report.clean).to.equal(true);
    expect(report.unchecked).to.deep.equal({ openings: 0, readings: 0 });
    const names = new Set(record.events.map(({ name }) => name));
    expect([...names].sort()).to.deep.equal(
      [
        "AccountAuthorised",
        "AccountFrozen",
        "AccountOpened",
        "AccountSuspended",
        "AccountsSettled",
        "Cleared",
        "Deposited",
        "DuesChanged",
        "EnergyTypeSet",
        "IncentivesFunded",
        "MandateGranted",
        "MandateRevoked",
        "MeterBound",
        "OpeningRefused",
        "OrderSealed",
        "OrdersOpened",
        "ParametersScheduled",
        "PeriodSettled",
        "ReadingRefused",
        "ReadingsReported",
        "ScheduleSealed",
        "TradesFormed",
        "Withdrawn",
      ].sort(),
    );
  });

  it("reports as its schema says, honest or not", async () => {
    const validate = new Ajv2020({ allErrors: true }).compile(auditSchema);
    const { provider } = fixture.ethers;
    const report = await audit({ provider, market: fixture.marketAddress });
    const { model } = replay(remove("AccountsSettled")(record));
    const differences = model.differences.list;
    expect(differences).not.to.be.empty;
    for (const document of [report, { ...report, clean: false, differences }]) {
      validate(document);
      expect(validate.errors).to.equal(null);
    }
  });

  it("says for people what it found", async () => {
    const { provider } = fixture.ethers;
    const report = await audit({ provider, market: fixture.marketAddress, period: 1 });
    const lines = formatReport(report).split("\n");
    expect(lines[0]).to.match(
      /^Market 0x[0-9a-fA-F]{40} on chain 31337, blocks 0 to \d+, \d+ events\.$/,
    );
    expect(lines[1]).to.match(/^period +sealed +opened +trades/);
    expect(lines[2]).to.match(/^1 +5 +4 +3 +4000 +153750 .* settled$/);
    expect(lines[3]).to.equal("period 1: sealed and not opened: 6");
    expect(lines.at(-1)).to.equal("Clean: every figure agrees.");
    const lied = formatReport({
      ...report,
      differences: [
        {
          figure: "dues",
          expected: "1",
          found: "2",
          period: 1,
          participant: 3,
          transactionHash: "0x12",
        },
        { figure: "vaultNano", expected: "1", found: "2" },
      ],
    }).split("\n");
    expect(lied.slice(-3)).to.deep.equal([
      "period 1, participant 3: dues is 2 in 0x12, computed 1",
      "market: vaultNano is 2 in the state, computed 1",
      "2 differences found.",
    ]);
  });

  it("charges a bid that its buyer could not pay, and none that a frozen owner could not open", () => {
    const { settled, orders } = replay(record).model.periods.get(2)!;
    const charged = [...settled.values()].filter(({ chargeNano }) => chargeNano !== 0n);
    expect(charged.map(({ participant }) => participant)).to.deep.equal([6]);
    expect(orders.get(6)).to.include({ isExhausted: true, filledWh: 0n });
  });

  it("says where the address has no market", async () => {
    const { provider } = fixture.ethers;
    await expectRejection(
      audit({ provider, market: ZeroAddress, toBlock: 3 }),
      NoMarketEventsError,
      `The market ${ZeroAddress} has no event from block 0 to 3.`,
    );
  });

  it("says where the deployment's block is given too late", async () => {
    const { provider } = fixture.ethers;
    const fromBlock = record.events.find(({ name }) => name === "Deposited")!.blockNumber;
    await expectRejection(
      audit({ provider, market: fixture.marketAddress, fromBlock }),
      OriginUnknownError,
      "The node does not tell with which rules the market was made.",
    );
  });

  it("reports who sealed and did not open, and one period alone where asked", async () => {
    const report = await audit({
      provider: fixture.ethers.provider,
      market: fixture.marketAddress,
      period: 1,
    });
    expect(report.periods.map(({ period }) => period)).to.deep.equal([1]);
    expect(report.periods[0]).to.include({ sealed: 5, opened: 4, trades: 3, refusedOpenings: 3 });
    expect(report.periods[0]!.unopened).to.deep.equal([6]);
  });

  const differentWord = (words: bigint[], change: (word: bigint) => bigint) => [
    change(words[0]!),
    ...words.slice(1),
  ];

  const lies: [string, (record: ChainRecord) => ChainRecord, string][] = [
    ["an account's number", falsify("AccountOpened", () => ({ participant: 9 })), "account.number"],
    ["an account's owner", falsify("AccountOpened", () => ({ owner: "0x00" })), "account.owner"],
    ["an authorisation", remove("AccountAuthorised"), "account.authorised"],
    [
      "an energy type",
      falsify("EnergyTypeSet", (event) => ({ greenSupply: !event.greenSupply })),
      "opening.green",
    ],
    ["a meter's number", falsify("MeterBound", () => ({ meterId: 7 })), "meter.meterId"],
    [
      "a meter's gateway",
      falsify("MeterBound", () => ({ gateway: ZeroAddress })),
      "reading.refusal",
    ],
    ["a meter's rated power", falsify("MeterBound", () => ({ ratedPowerW: 1 })), "reading.refusal"],
    [
      "a deposit",
      falsify("Deposited", ({ amountNano }) => ({ amountNano: amountNano + 1n })),
      "account.balanceNano",
    ],
    ["a deposit left out", remove("Deposited"), "vaultNano"],
    [
      "a withdrawal",
      falsify("Withdrawn", ({ amountNano }) => ({ amountNano: amountNano - 1n })),
      "account.balanceNano",
    ],
    [
      "a withdrawal beyond the free part",
      falsify("Withdrawn", () => ({ amountNano: 5_000_000_000n })),
      "withdrawal.amountNano",
    ],
    [
      "a grant to the incentive fund",
      falsify("IncentivesFunded", ({ amountNano }) => ({ amountNano: amountNano + 1n })),
      "incentiveFundNano",
    ],
    [
      "dues",
      falsify("DuesChanged", ({ dues }) => ({
        dues: { ...dues, gridOwesNano: dues.gridOwesNano + 1n },
      })),
      "dues.gridOwesNano",
    ],
    ["dues left out", remove("DuesChanged"), "dues"],
    [
      "a sealed commitment",
      falsify("OrderSealed", () => ({ commitment: `0x${"ab".repeat(32)}` })),
      "opening.order",
    ],
    ["a seal left out", remove("OrderSealed"), "opening.order"],
    [
      "a schedule's root",
      falsify("ScheduleSealed", () => ({ root: `0x${"ab".repeat(32)}` })),
      "opening.order",
    ],
    [
      "a schedule's periods",
      falsify("ScheduleSealed", ({ periods }) => ({ periods: periods & ~8n })),
      "settlement.chargeNano",
    ],
    [
      "an opened order's energy",
      falsify("OrdersOpened", ({ orders }) => ({
        orders: differentWord(orders, (word) => word + (1n << 48n)),
      })),
      "opening.energyWh",
    ],
    [
      "an opened order's price",
      falsify("OrdersOpened", ({ orders }) => ({
        orders: differentWord(orders, (word) => word + (1n << 80n)),
      })),
      "opening.priceMicroPerKwh",
    ],
    [
      "an opened order's side",
      falsify("OrdersOpened", ({ orders }) => ({
        orders: differentWord(orders, (word) => word ^ (1n << 112n)),
      })),
      "opening.side",
    ],
    [
      "an opened order's colour",
      falsify("OrdersOpened", ({ orders }) => ({
        orders: differentWord(orders, (word) => word ^ (1n << 113n)),
      })),
      "opening.green",
    ],
    [
      "a meaningless bit of an opened order",
      falsify("OrdersOpened", ({ orders }) => ({
        orders: differentWord(orders, (word) => word | (1n << 200n)),
      })),
      "opening.freeBits",
    ],
    [
      "an opened order that is left out",
      falsify("OrdersOpened", ({ orders }) => ({ orders: orders.slice(0, -1) })),
      "opening.order",
    ],
    [
      "an opened order that nobody brought",
      falsify("OrdersOpened", ({ orders }) => ({ orders: [...orders, orders[0]! + 4n] })),
      "opening.order",
    ],
    [
      "a refused opening's reason",
      falsify("OpeningRefused", () => ({ reason: "0x" })),
      "opening.refusal",
    ],
    ["a refused opening that is left out", remove("OpeningRefused"), "opening.refusal"],
    [
      "a trade's seller",
      falsify("TradesFormed", ({ trades }) => ({
        trades: differentWord(trades, (word) => word + 1n),
      })),
      "trade[0].seller",
    ],
    [
      "a trade's buyer",
      falsify("TradesFormed", ({ trades }) => ({
        trades: differentWord(trades, (word) => word + (1n << 24n)),
      })),
      "trade[0].buyer",
    ],
    [
      "a trade's energy",
      falsify("TradesFormed", ({ trades }) => ({
        trades: differentWord(trades, (word) => word + (1n << 48n)),
      })),
      "trade[0].energyWh",
    ],
    [
      "a trade's price",
      falsify("TradesFormed", ({ trades }) => ({
        trades: differentWord(trades, (word) => word + (1n << 80n)),
      })),
      "trade[0].priceMicroPerKwh",
    ],
    [
      "a meaningless bit of a trade",
      falsify("TradesFormed", ({ trades }) => ({
        trades: differentWord(trades, (word) => word | (1n << 200n)),
      })),
      "trade.freeBits",
    ],
    ["trades left out", remove("TradesFormed"), "trade[0].buyer"],
    [
      "the traded energy",
      falsify("Cleared", ({ totals }) => ({ totals: { ...totals, tradedWh: 1n } })),
      "totals.tradedWh",
    ],
    [
      "the traded value",
      falsify("Cleared", ({ totals }) => ({ totals: { ...totals, tradedNano: 1n } })),
      "totals.tradedNano",
    ],
    [
      "the number of trades",
      falsify("Cleared", ({ totals }) => ({ totals: { ...totals, trades: 1 } })),
      "totals.trades",
    ],
    ["a second clearing", repeat("Cleared"), "clearing"],
    ["a settlement before the clearing", remove("Cleared"), "settlement"],
    [
      "a reading's import",
      falsify("ReadingsReported", ({ readings }) => ({
        readings: differentWord(readings, (word) => word + (1n << 48n)),
      })),
      "reading.importWh",
    ],
    [
      "a reading's export",
      falsify("ReadingsReported", ({ readings }) => ({
        readings: differentWord(readings, (word) => word + (1n << 96n)),
      })),
      "reading.exportWh",
    ],
    [
      "a reading's participant",
      falsify("ReadingsReported", ({ readings }) => ({
        readings: differentWord(readings, (word) => word + 1n),
      })),
      "reading.participant",
    ],
    [
      "a meaningless bit of a reading",
      falsify("ReadingsReported", ({ readings }) => ({
        readings: differentWord(readings, (word) => word | (1n << 200n)),
      })),
      "reading.freeBits",
    ],
    [
      "a reading that nobody signed",
      falsify("ReadingsReported", ({ readings }) => ({ readings: [...readings, 6n] })),
      "reading",
    ],
    [
      "a reading that is left out",
      falsify("ReadingsReported", () => ({ readings: [] })),
      "reading",
    ],
    [
      "a refused reading's reason",
      falsify("ReadingRefused", () => ({ reason: "0x" })),
      "reading.refusal",
    ],
    ["a refused reading that is left out", remove("ReadingRefused"), "reading.refusal"],
    [
      "a settlement's participant",
      falsifySettlement(({ participant }) => ({ participant: participant + 3 })),
      "settlement.sell",
    ],
    ["a settlement's side", falsifySettlement(({ sell }) => ({ sell: !sell })), "settlement.sell"],
    [
      "a settlement's direction",
      falsifySettlement(({ short }) => ({ short: !short })),
      "settlement.short",
    ],
    [
      "a missing reading",
      falsifySettlement(({ unread }) => ({ unread: !unread })),
      "settlement.unread",
    ],
    ["a kept order", falsifySettlement(({ kept }) => ({ kept: !kept })), "settlement.kept"],
    [
      "a broken order",
      falsifySettlement(({ broken }) => ({ broken: !broken })),
      "settlement.broken",
    ],
    [
      "a charged order",
      falsifySettlement(({ charged }) => ({ charged: !charged })),
      "settlement.charged",
    ],
    ["a reputation", falsifySettlement(() => ({ reputation: 1 })), "settlement.reputation"],
    ...(["imbalanceWh", "importWh", "exportWh"] as const).map((key): (typeof lies)[number] => [
      `a settlement's ${key}`,
      falsifySettlement((account) => ({ [key]: account[key] + 1 })),
      `settlement.${key}`,
    ]),
    ...(["chargeNano", "tradeNano", "imbalanceNano", "rewardNano", "penaltyNano"] as const).map(
      (key): (typeof lies)[number] => [
        `a settlement's ${key}`,
        falsifySettlement((account) => ({ [key]: account[key] + 1n })),
        `settlement.${key}`,
      ],
    ),
    [
      "a meaningless bit of a settlement",
      falsify("AccountsSettled", ({ settlements }) => ({
        settlements: differentWord(settlements, (word) => word | (1n << 30n)),
      })),
      "settlement.freeBits",
    ],
    ["an account settled twice", repeat("AccountsSettled"), "settlement"],
    ["an account that is not settled", remove("AccountsSettled"), "settlement"],
    ["a suspension left out", remove("AccountSuspended"), "account.suspended"],
    [
      "a suspension without a reason",
      (given) =>
        replaceFirst(given, "AccountSuspended", (event) => [event, { ...event, participant: 2 }]),
      "account.suspended",
    ],
    ["a freeze left out", remove("AccountFrozen"), "settlement.chargeNano"],
    [
      "rules of another time",
      (given) => ({
        ...given,
        origin: {
          ...given.origin,
          parameters: { ...given.origin.parameters, rewardBps: 101 },
        },
      }),
      "settlement.rewardNano",
    ],
    [
      "rules to come",
      falsify("ParametersScheduled", ({ parameters }) => ({
        parameters: { ...parameters, penaltyBps: 1 },
      })),
      "rules.penaltyBps",
    ],
    ["a revoked agent", falsify("MandateRevoked", () => ({ agent: ZeroAddress })), "mandate.agent"],
    ["a revocation left out", remove("MandateRevoked"), "account.agent"],
    [
      "a mandate's limits",
      falsify("MandateGranted", ({ mandate }) => ({
        mandate: { ...mandate, maxPriceMicroPerKwh: 100_000 },
      })),
      "opening.refusal",
    ],
    ["the time of a seal", falsifyTime("OrderSealed", 400), "seal.time"],
    ["the time of an opening", falsifyTime("OrdersOpened", 400), "opening.time"],
    ["the time of a clearing", falsifyTime("Cleared", -400), "clearing.time"],
    ["the time of a reading", falsifyTime("ReadingsReported", -400), "reading.refusal"],
    ["the time of a settlement", falsifyTime("AccountsSettled", -400), "settlement.time"],
  ];
  for (const [condition, falsified, figure] of lies) {
    it(`detects ${condition} that is falsified`, () => {
      expect(figuresOf(falsified(record))).to.include(figure);
    });
  }

  const statesOf: [string, (state: ChainState) => ChainState, string][] = [
    ...(
      [
        ["owner", "0x00"],
        ["balanceNano", 1n],
        ["lockedNano", 1n],
        ["reputation", 3],
        ["missedReadings", 7],
        ["activeUntil", 99],
        ["authorised", false],
        ["metered", false],
        ["frozen", true],
        ["suspended", true],
        ["greenSupply", false],
        ["greenPreference", true],
        ["importWh", 9n],
        ["exportWh", 9n],
        ["meterPeriod", 9],
        ["gateway", "0x00"],
        ["agent", "0x00"],
        ["mandateSpentNano", 9n],
      ] as const
    ).map(([key, value]): (typeof statesOf)[number] => [
      `an account's ${key}`,
      (given) => withAccount(given, { [key]: value }),
      `account.${key}`,
    ]),
    [
      "an account's dues",
      (given) =>
        withAccount(given, {
          dues: { owesGridNano: 1n, owesFundNano: 0n, gridOwesNano: 0n, fundOwesNano: 0n },
        }),
      "account.dues",
    ],
    [
      "an account that no event opened",
      (given) => ({
        ...given,
        accounts: new Map([...given.accounts, [99, given.accounts.get(2)!]]),
      }),
      "accountCount",
    ],
    [
      "the latest rules",
      ({ rules, ...given }) => ({
        ...given,
        rules: { ...rules, parameters: { ...rules.parameters, shortBps: 12_000 } },
      }),
      "rules.shortBps",
    ],
    [
      "the period of the latest rules",
      ({ rules, ...given }) => ({ ...given, rules: { ...rules, fromPeriod: 9 } }),
      "rules.fromPeriod",
    ],
    [
      "all dues",
      (given) => ({ ...given, totalDues: { ...given.totalDues, owesFundNano: 1n } }),
      "totalDues.owesFundNano",
    ],
    [
      "the incentive fund",
      (given) => ({ ...given, fundNano: given.fundNano - 1n }),
      "incentiveFundNano",
    ],
    ["the vault", (given) => ({ ...given, vaultNano: given.vaultNano - 1n }), "vaultNano"],
    [
      "the vault's tokens",
      (given) => ({ ...given, tokenNano: given.tokenNano - 1n }),
      "vault.tokenNano",
    ],
    ...(["openedCount", "settledCount", "trades"] as const).map(
      (key): (typeof statesOf)[number] => [
        `a period's ${key}`,
        (given) => withPeriod(given, { [key]: 77 }),
        `period.${key}`,
      ],
    ),
    ...(["tradedWh", "tradedNano", "averagePriceMicroPerKwhDown"] as const).map(
      (key): (typeof statesOf)[number] => [
        `a period's ${key}`,
        (given) => withPeriod(given, { [key]: 77n }),
        `period.${key}`,
      ],
    ),
  ];
  for (const [condition, falsified, figure] of statesOf) {
    it(`detects ${condition} that the chain holds otherwise`, () => {
      expect(figuresOf(record, falsified(state))).to.deep.equal([figure]);
    });
  }

  it("takes more tokens than the vault has counted for a gift", () => {
    expect(figuresOf(record, { ...state, tokenNano: state.tokenNano + 1n })).to.deep.equal([]);
  });

  it("says both values, whose they are and where they stand", () => {
    const falsified = falsifySettlement(({ rewardNano }) => ({ rewardNano: rewardNano + 1n }))(
      record,
    );
    const { list } = replay(falsified).model.differences;
    const event = falsified.events.find(({ name }) => name === "AccountsSettled")!;
    const { rewardNano } = decodeAccountsSettled(
      (event as EventOf<"AccountsSettled">).settlements,
    )[0]!;
    expect(list).to.deep.equal([
      {
        figure: "settlement.rewardNano",
        expected: `${rewardNano - 1n}`,
        found: `${rewardNano}`,
        period: 1,
        participant: 2,
        transactionHash: event.transactionHash,
      },
    ]);
  });

  it("counts what no calldata proves instead of trusting it in silence", () => {
    const { model, uncheckedOpenings, uncheckedReadings } = replay({
      ...record,
      calls: new Map(),
    });
    expect(model.differences.list).to.deep.equal([]);
    expect({ uncheckedOpenings, uncheckedReadings }).to.deep.equal({
      uncheckedOpenings: 8,
      uncheckedReadings: 7,
    });
  });
});

async function expectRejection(
  promise: Promise<unknown>,
  kind: new (...args: never[]) => Error,
  message: string,
): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(kind);
  expect((error as Error).message).to.include(message);
}

/** Moves the block of the first event of a name in time. */
function falsifyTime(name: EventName, seconds: number) {
  return (record: ChainRecord): ChainRecord => {
    const { blockNumber } = record.events.find((event) => event.name === name)!;
    const timestamps = new Map(record.timestamps);
    timestamps.set(blockNumber, timestamps.get(blockNumber)! + seconds);
    return { ...record, timestamps };
  };
}

/** A state in which the first participant's account differs. */
function withAccount(
  state: ChainState,
  change: Partial<ReturnType<ChainState["accounts"]["get"]> & object>,
): ChainState {
  const accounts = new Map(state.accounts);
  accounts.set(2, { ...accounts.get(2)!, ...change });
  return { ...state, accounts };
}

/** A state in which the first cleared period differs. */
function withPeriod(state: ChainState, change: Partial<ChainState["periods"][number]>): ChainState {
  const index = state.periods.findIndex(({ trades }) => trades !== 0);
  return { ...state, periods: state.periods.with(index, { ...state.periods[index]!, ...change }) };
}
