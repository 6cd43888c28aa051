import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { id as hashOf } from "ethers";
import { ChainFollower } from "../../../../oracle/daemon/chainFollower.ts";
import { Delivery } from "../../../../oracle/daemon/delivery.ts";
import { Log } from "../../../../oracle/operations/log.ts";
import { textLine } from "../../../../oracle/operations/logLine.ts";
import type {
  Submission,
  TransactionManager,
} from "../../../../oracle/sending/transactionManager.ts";
import { StoreWriteError } from "../../../../oracle/store/errors.ts";
import { GatewayStore } from "../../../../oracle/store/gatewayStore.ts";
import { marketInterface } from "../../../../sdk/clients/contractHandle.ts";
import { ChainUnreachableError } from "../../../../sdk/clients/revertError.ts";
import { packReading } from "../../../../sdk/readings/reading.ts";
import { READINGS_PER_BATCH } from "../../../../sdk/readings/report.ts";
import { FakeMarket, GENESIS_S, PERIOD_S, SIGNER } from "../../../helpers/fakeMarket.ts";
import { ManualTime } from "../../../helpers/manualTime.ts";
import { rejection } from "../../../helpers/rejection.ts";

const ANN = 2;
const BLOCK = hashOf("a block");
/** A second after the end of period 9. */
const START_S = GENESIS_S + 10 * PERIOD_S + 1;
/** From the end of a period on, by the market's default rules. */
const TAKEN_FOR_S = PERIOD_S + 4 * PERIOD_S;

describe("Delivery", () => {
  let folder: string;
  let market: FakeMarket;
  let follower: ChainFollower;
  let store: GatewayStore;
  let time: ManualTime;
  let log: string[];
  let delivery: Delivery;
  let stop: AbortController;
  let running: Promise<void>;
  let manager: {
    batches: number[][];
    room: number;
    failure: Error | undefined;
    advanced: number;
    onAdvance: () => void;
  };

  /** A manager that stores what is submitted, as the real one does, and leaves the rest to the test. */
  const managerOf = () => ({
    advance: async () => {
      ++manager.advanced;
      manager.onAdvance();
      if (manager.failure !== undefined) throw manager.failure;
    },
    hasRoom: () => manager.batches.length < manager.room,
    isIdle: () => store.transactions.openTransactions(SIGNER.address).length === 0,
    submit: async ({ to, data, gasLimit, readingIds }: Submission) => {
      if (manager.failure !== undefined) throw manager.failure;
      const { address: from } = SIGNER;
      const nonce = manager.batches.length;
      const fees = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, sentAtMs: undefined };
      const transaction = store.transactions.addTransaction(
        { from, nonce, to, data, gasLimit, readingIds },
        { hash: hashOf(`transaction ${nonce}`), raw: "0x", ...fees },
      );
      manager.batches.push([...readingIds]);
      return transaction;
    },
  });

  const read = (
    period: number,
    participant = ANN,
    over: { importWh?: bigint; meterId?: number } = {},
  ) =>
    store.readings.storeRead([
      {
        ...{ participant, meterId: 1, period, importWh: 5_000n, exportWh: 0n, ...over },
        ...{ raw: [], readAtMs: time.nowS() * 1000 },
      },
    ])[0]!;

  const counted = (period: number, participant = ANN, importWh = 5_000n) =>
    packReading({ participant, period, importWh, exportWh: 0n });
  const refused = (period: number, name: string, values: unknown[], participant = ANN) =>
    market.marketLog("ReadingRefused", [
      participant,
      period,
      marketInterface.encodeErrorResult(name, values),
    ]);
  const outOfOrder = (period: number, untilS: number) =>
    refused(period, "ReadingOutOfOrder", [ANN, period, period - 1, untilS]);

  /** A transaction is in a block, with these logs in its receipt. */
  const include = (
    nonce: number,
    countedReadings: bigint[],
    refusals: ReturnType<typeof refused>[] = [],
    receiptBlock = BLOCK,
  ) => {
    const hash = hashOf(`transaction ${nonce}`);
    const logs = [
      ...refusals,
      ...(countedReadings.length === 0
        ? []
        : [market.marketLog("ReadingsReported", [countedReadings])]),
    ];
    market.receipts.set(hash, { blockHash: receiptBlock, logs });
    const [transaction] = store.transactions
      .openTransactions(SIGNER.address)
      .filter((open) => open.nonce === nonce);
    store.transactions.markIncluded(transaction!.id, hash, { number: 101, hash: BLOCK });
    store.transactions.markFinal(transaction!.id);
  };

  const stateOf = ({ id }: { id: number }) => store.readings.readingsIn([id])[0]!.state;
  const run = () => (running = delivery.run(stop.signal));
  const pass = async (seconds: number) => {
    await time.passTo(time.nowS() + seconds);
    await time.settle();
  };
  const wake = async () => {
    delivery.wake();
    await time.settle();
    await time.settle();
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sealwatt-delivery-"));
    market = new FakeMarket();
    market.head.timestamp = START_S;
    market.bind(ANN, { period: 8, hasReading: true });
    follower = new ChainFollower(market.reads, [ANN]);
    await follower.look();
    time = new ManualTime(START_S);
    const { addresses, constants } = market.reads;
    store = GatewayStore.open(join(folder, "oracle.db"), {
      chainId: constants.chainId,
      market: addresses.market,
      nowMs: () => time.nowS() * 1000,
    });
    log = [];
    stop = new AbortController();
    manager = { batches: [], room: 8, failure: undefined, advanced: 0, onAdvance: () => {} };
    running = Promise.resolve();
    delivery = new Delivery({
      store,
      signer: SIGNER,
      manager: managerOf() as unknown as TransactionManager,
      follower,
      time,
      pollS: 5,
      log: new Log({ write: (line) => log.push(line), format: textLine }),
    });
  });

  afterEach(async () => {
    stop.abort(new Error("stop"));
    await running.catch(() => undefined);
    store.close();
    rmSync(folder, { recursive: true });
  });

  it("signs and sends what is stored, and what comes when it is woken, once [M8]", async () => {
    const first = read(9);
    void run();
    await time.settle();
    const second = read(9, 3);
    await wake();
    await pass(20);
    expect(manager.batches).to.deep.equal([[first.id], [second.id]]);
    include(0, [counted(9)]);
    include(1, [counted(9, 3)]);
    await pass(5);
    expect([stateOf(first), stateOf(second)]).to.deep.equal(["final", "final"]);
    expect(manager.batches).to.have.lengthOf(2);
  });

  it("waits without asking anybody where nothing is under way", async () => {
    void run();
    await time.settle();
    expect(manager.advanced).to.equal(1);
    await pass(100_000);
    expect(manager.advanced).to.equal(1);
  });

  it("sends all that is due in batches, each meter's in the order of its periods", async () => {
    const later = read(10);
    const early = Array.from({ length: READINGS_PER_BATCH + 1 }, (_, index) => read(9, index + 2));
    void run();
    await pass(5);
    expect(manager.batches.map(({ length }) => length)).to.deep.equal([READINGS_PER_BATCH, 2]);
    expect(manager.batches.flat()).to.deep.equal([...early.map(({ id }) => id), later.id]);
  });

  it("sends no more than there is room for, and the rest later", async () => {
    manager.room = 1;
    Array.from({ length: READINGS_PER_BATCH + 1 }, (_, index) => read(9, index + 2));
    void run();
    await pass(6);
    expect(manager.batches).to.have.lengthOf(1);
    manager.room = 2;
    await pass(5);
    expect(manager.batches).to.have.lengthOf(2);
  });

  it("signs also while no node answers, and sends when one does [M11]", async () => {
    manager.failure = new ChainUnreachableError("None answers.");
    const reading = read(9);
    void run();
    await pass(10);
    expect(stateOf(reading)).to.equal("signed");
    expect(delivery.failure).to.equal("None answers.");
    manager.failure = undefined;
    await pass(31);
    expect(stateOf(reading)).to.equal("sent");
    expect(delivery.failure).to.equal(undefined);
  });

  it("waits longer and longer where no node answers, also when it is woken [M11]", async () => {
    manager.failure = new ChainUnreachableError("None answers.");
    void run();
    await pass(600);
    expect(manager.advanced).to.be.within(15, 30);
    const before = manager.advanced;
    const readings = Array.from({ length: 20 }, (_, index) => index + 2);
    for (const participant of readings) {
      read(9, participant);
      await wake();
    }
    expect(store.readings.counts().signed, "signed at once").to.equal(20);
    expect(manager.advanced - before).to.equal(0);
  });

  it("ends where the store takes no more writes", async () => {
    manager.failure = new StoreWriteError("the disk is full");
    expect(await rejection(run())).to.equal(manager.failure);
  });

  it("does not believe a receipt of another block than the transaction's [M8]", async () => {
    const reading = read(9);
    void run();
    await time.settle();
    const [notFinal] = store.transactions.openTransactions(SIGNER.address);
    include(0, [counted(9)], [], hashOf("another block"));
    await pass(5);
    expect(stateOf(reading)).to.equal("sent");
    market.receipts.get(notFinal!.attempts[0]!.hash)!.blockHash = BLOCK;
    await wake();
    expect(stateOf(reading)).to.equal("final");
  });

  it("sends again what a receipt does not mention, but rests before", async () => {
    const reading = read(9);
    void run();
    await time.settle();
    include(0, []);
    await pass(6);
    expect(stateOf(reading)).to.equal("signed");
    await pass(12);
    expect(manager.batches).to.deep.equal([[reading.id], [reading.id]]);
    include(1, []);
    await pass(19);
    expect(manager.batches).to.have.lengthOf(2);
    await pass(12);
    expect(manager.batches).to.have.lengthOf(3);
  });

  it("catches up at once when the reading that others waited for is in [M8]", async () => {
    // Period 9 has no reading: what follows waits until it takes none any more.
    time.set(START_S + PERIOD_S);
    const [tenth, eleventh] = [read(10), read(11)];
    const untilS = GENESIS_S + 10 * PERIOD_S + TAKEN_FOR_S;
    void run();
    await time.settle();
    include(0, [], [outOfOrder(10, untilS), outOfOrder(11, untilS + PERIOD_S)]);
    await pass(6);
    expect([stateOf(tenth), stateOf(eleventh)]).to.deep.equal(["signed", "signed"]);
    await time.passTo(untilS - 1);
    expect(manager.batches).to.have.lengthOf(1);
    await time.passTo(untilS + 1);
    await time.settle();
    expect(manager.batches[1]).to.deep.equal([tenth.id]);
    include(1, [counted(10)]);
    await pass(11);
    expect(manager.batches[2]).to.deep.equal([eleventh.id]);
  });

  it("does not try what waits for a settlement with every block", async () => {
    read(9);
    void run();
    await time.settle();
    for (let passedS = 0, tried = 0; passedS < 4 * PERIOD_S; passedS += 5) {
      if (manager.batches.length > tried) {
        manager.room = manager.batches.length + 8;
        include(tried++, [], [refused(9, "PeriodUnsettled", [3])]);
      }
      await pass(5);
    }
    expect(manager.batches).to.have.lengthOf.within(8, 40);
  });

  it("gives up a reading when the chain's time has passed its end, not the machine's [M8]", async () => {
    const reading = read(9);
    manager.room = 0;
    time.set(START_S + 2 * TAKEN_FOR_S);
    void run();
    await time.settle();
    expect(stateOf(reading), "the machine's clock is ahead").to.equal("signed");
    const closedAtS = GENESIS_S + 10 * PERIOD_S + TAKEN_FOR_S;
    market.mine(1, closedAtS - 1 - market.head.timestamp);
    await follower.look();
    await wake();
    expect(stateOf(reading)).to.equal("signed");
    market.mine(1, 1);
    await follower.look();
    await wake();
    expect(stateOf(reading)).to.equal("refused");
    expect(log.join("\n")).to.contain("too late");
    expect(delivery.refusals).to.equal(1);
  });

  it("counts what the market refuses for good", async () => {
    const reading = read(9);
    void run();
    await time.settle();
    include(0, [], [refused(9, "ForeignSignature", [ANN, SIGNER.address, SIGNER.address])]);
    await pass(11);
    expect(stateOf(reading)).to.equal("refused");
    expect(delivery.refusals).to.equal(1);
  });

  it("keeps to the end that a change of rules gives", async () => {
    const reading = read(9);
    manager.room = 0;
    market.scheduleParameters({ ...market.parameters, gracePeriods: 1 });
    market.mine(1, 2 * PERIOD_S);
    await follower.look();
    void run();
    await time.settle();
    expect(stateOf(reading)).to.equal("refused");
  });

  it("works off an outage of weeks in parts, the late first", async () => {
    for (let period = 9; period < 9 + 60; ++period) {
      const readings = Array.from({ length: 20 }, (_, index) => ({
        ...{ participant: index + 2, meterId: 1, period, importWh: 1n, exportWh: 0n },
        ...{ raw: [], readAtMs: 0 },
      }));
      store.readings.storeRead(readings);
    }
    market.mine(1, 60 * PERIOD_S);
    await follower.look();
    time.set(START_S + 60 * PERIOD_S);
    let most = 0;
    manager.onAdvance = () => {
      most = Math.max(most, store.readings.counts().signed);
    };
    void run();
    while (manager.batches.length === 0) await time.settle();
    expect(delivery.refusals).to.equal(1_120);
    expect(most, "signed before anything is asked").to.equal(1_200);
    expect(store.readings.counts()).to.include({ refused: 1_120, sent: 80 });
  });
});
