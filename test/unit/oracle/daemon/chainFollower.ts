import { expect } from "chai";
import { ChainFollower, type Binding } from "../../../../oracle/daemon/chainFollower.ts";
import { defaultParameters } from "../../../../sdk/market/parameters.ts";
import { FakeMarket, GENESIS_S, PERIOD_S } from "../../../helpers/fakeMarket.ts";
import { rejection } from "../../../helpers/rejection.ts";

const [ANN, BOB] = [2, 3];

describe("ChainFollower", () => {
  let market: FakeMarket;
  let follower: ChainFollower;

  const meterIds = () => [ANN, BOB].map((participant) => follower.bindingOf(participant)?.meterId);

  beforeEach(() => {
    market = new FakeMarket();
    market.bind(ANN, { meterId: 1 });
    market.bind(BOB, { meterId: 2, serial: "B" });
    follower = new ChainFollower(market.reads, [ANN, BOB]);
  });

  it("reads every binding at the first look", async () => {
    const news = await follower.look();
    expect(news).to.deep.include({ rebound: [ANN, BOB], rulesChanged: true });
    expect(follower.bindingOf(BOB)).to.deep.include({
      participant: BOB,
      serial: "B",
      boundAtS: GENESIS_S,
      ratedPowerW: 4_000,
    });
    expect(follower.head).to.deep.equal({ number: 100, timestampS: GENESIS_S });
  });

  it("reads what was bound anew and nothing else", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    expect((await follower.look()).rebound).to.deep.equal([BOB]);
    expect(meterIds()).to.deep.equal([1, 7]);
    expect(market.asked.meterOf).to.equal(3);
    expect((await follower.look()).rebound).to.deep.equal([]);
    expect(market.asked.meterOf).to.equal(3);
  });

  it("leaves meters of other gateways' participants alone", async () => {
    await follower.look();
    market.bind(9, { meterId: 8 });
    market.rebind(9);
    expect((await follower.look()).rebound).to.deep.equal([]);
  });

  it("looks again for a change that it could not read when it saw it [M8]", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    market.failing.set("metersOf", 1);
    await rejection(follower.look());
    expect(meterIds()).to.deep.equal([1, 2]);
    expect((await follower.look()).rebound).to.deep.equal([BOB]);
    expect(meterIds()).to.deep.equal([1, 7]);
  });

  it("does not take an old binding from a node that lags behind the log [M8]", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    const state = market.meter(BOB).state;
    state.meterId = 2;
    await rejection(follower.look());
    state.meterId = 7;
    await follower.look();
    expect(meterIds()).to.deep.equal([1, 7]);
  });

  it("does not put together a binding of one block and a serial number of another", async () => {
    market.bind(BOB, { meterId: 7, serial: "C" });
    market.meter(BOB).state.meterId = 2;
    await rejection(follower.look());
    market.meter(BOB).state.meterId = 7;
    await follower.look();
    expect(follower.bindingOf(BOB)).to.include({ meterId: 7, serial: "C" });
  });

  it("takes a binding back when its block is reorganised away [M8]", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    await follower.look();
    market.unbind(BOB);
    market.logs = [];
    market.mine(3);
    expect((await follower.look()).rebound).to.deep.equal([BOB]);
    expect(meterIds()).to.deep.equal([1, 2]);
    expect((await follower.look()).rebound).to.deep.equal([]);
  });

  it("takes a binding back that was there at the first look already [M8]", async () => {
    market.rebind(BOB, { meterId: 7 });
    await follower.look();
    market.unbind(BOB);
    market.logs = [];
    market.mine();
    await follower.look();
    expect(meterIds()).to.deep.equal([1, 2]);
  });

  it("forgets a log that is older than what it looks through again", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    await follower.look();
    market.mine(100);
    await follower.look();
    expect((await follower.look()).rebound).to.deep.equal([]);
    expect(market.asked.meterOf).to.equal(3);
  });

  it("reads all bindings again after a long silence instead of all its logs", async () => {
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    market.mine(1_000_000);
    await follower.look();
    expect(meterIds()).to.deep.equal([1, 7]);
    expect(market.asked.getLogs).to.equal(2);
  });

  it("goes on with a chain that was set back", async () => {
    await follower.look();
    market.head = { number: 40, timestamp: GENESIS_S };
    await follower.look();
    market.rebind(BOB, { meterId: 7 });
    await follower.look();
    expect(meterIds()).to.deep.equal([1, 7]);
  });

  it("asks for a period's rules once, and again when they change", async () => {
    await follower.look();
    expect((await follower.parametersOf(5)).gracePeriods).to.equal(4);
    await follower.parametersOf(5);
    expect(market.asked.parametersOf).to.equal(1);
    market.scheduleParameters({ ...defaultParameters(PERIOD_S), gracePeriods: 2 });
    expect((await follower.look()).rulesChanged).to.equal(true);
    expect((await follower.parametersOf(5)).gracePeriods).to.equal(2);
  });

  it("follows the reading interval, also where asking for it failed first", async () => {
    await follower.look();
    expect(follower.readingIntervalS).to.equal(0);
    market.setInterval(60);
    market.failing.set("readingInterval", 1);
    await rejection(follower.look());
    expect((await follower.look()).intervalChanged).to.equal(true);
    expect(follower.readingIntervalS).to.equal(60);
  });

  it("remembers bindings for a start without a node, once they are all read", async () => {
    let remembered: readonly Binding[] = [];
    const memory = {
      recall: () => remembered,
      remember: (bindings: readonly Binding[]) => (remembered = bindings),
    };
    follower = new ChainFollower(market.reads, [ANN, BOB], memory);
    market.failing.set("meterOf", 1);
    await rejection(follower.look());
    expect(remembered).to.deep.equal([]);
    await follower.look();
    const later = new ChainFollower(market.reads, [ANN, BOB], memory);
    expect(later.bindingOf(BOB)?.meterId).to.equal(2);
  });

  it("tells of the chain's head before it has read a thousand bindings", async () => {
    const heads: number[] = [];
    market.delay = (question) => {
      if (question === "meterOf") expect(heads).to.deep.equal([100]);
      return undefined;
    };
    await follower.look({ onHead: ({ number }) => heads.push(number) });
    expect(heads).to.deep.equal([100]);
  });

  it("reads many bindings side by side", async () => {
    const many = Array.from({ length: 200 }, (_, index) => index + 2);
    for (const participant of many) market.bind(participant, { meterId: participant });
    let [asking, most] = [0, 0];
    market.delay = async (question) => {
      if (question !== "meterOf") return;
      most = Math.max(most, ++asking);
      await new Promise((resolve) => setImmediate(resolve));
      --asking;
    };
    await new ChainFollower(market.reads, many).look();
    expect(most).to.be.within(2, 32);
  });

  it("ends a look that is told to stop within one answer", async () => {
    const many = Array.from({ length: 200 }, (_, index) => index + 2);
    for (const participant of many) market.bind(participant);
    const stop = new AbortController();
    market.delay = (question) => {
      if (question === "meterOf") stop.abort(new Error("stop"));
      return undefined;
    };
    const { signal } = stop;
    await rejection(new ChainFollower(market.reads, many).look({ signal }));
    expect(market.asked.meterOf).to.be.below(33);
  });
});
