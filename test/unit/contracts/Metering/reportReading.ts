import { expect } from "chai";
import { decodeReadingsReported } from "../../../../sdk/events/readingsReported.ts";
import { packReading, READING_TYPES } from "../../../../sdk/readings/reading.ts";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { eventsOf, refusalsOf, report, sent, sign } from "../../../helpers/verbs.ts";

const PERIOD = 5;
const MAX_COUNTER = (1n << 48n) - 1n;

describe("Metering: reportReading", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 0);
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!, { ratedPowerW: 7 });
    return { alice, bob };
  });

  it("keeps the registers and the energy since the reading before", async () => {
    const { market, alice, actors } = scene;
    await goTo(scene, PERIOD + 1, 1);
    const reading = await sign(scene, alice, PERIOD, 1_000, 200);
    const receipt = await sent(market.connect(actors.stranger).reportReading(reading));
    const [event] = eventsOf(scene, receipt, "ReadingsReported");
    expect(decodeReadingsReported([...(event!.readings as bigint[])])).to.deep.equal([
      { participant: alice.id, period: PERIOD, importWh: 1_000n, exportWh: 200n },
    ]);
    await goTo(scene, PERIOD + 2, 1);
    await report(scene, alice, PERIOD + 1, 1_500, 200);
    const meter = await market.meterOf(alice.id);
    expect([meter.importWh, meter.exportWh]).to.deep.equal([1_500n, 200n]);
    expect([meter.importDeltaWh, meter.exportDeltaWh]).to.deep.equal([500n, 0n]);
    expect(meter.period).to.equal(PERIOD + 1);
    expect(meter.hasReading).to.be.true;
  });

  it("is taken from the end of its period on, not a second before", async () => {
    const { market, alice, genesis } = scene;
    const reading = await sign(scene, alice, PERIOD, 1, 0);
    await at(scene, PERIOD, 899);
    await expect(market.reportReading(reading))
      .to.be.revertedWithCustomError(market, "ReadingTooEarly")
      .withArgs(PERIOD, genesis + 900 * (PERIOD + 1));
    await at(scene, PERIOD + 1, 0);
    await expect(market.reportReading(reading)).to.emit(market, "ReadingsReported");
  });

  it("is taken until grace is over, not a second longer", async () => {
    const { market, alice, bob, genesis } = scene;
    const closedAt = genesis + 900 * (PERIOD + 1) + 900 + 4 * 900;
    const first = await sign(scene, alice, PERIOD, 1, 0);
    const second = await sign(scene, bob, PERIOD, 1, 0);
    await at(scene, PERIOD + 5, 899);
    await expect(market.reportReading(first)).to.emit(market, "ReadingsReported");
    await at(scene, PERIOD + 6, 0);
    await expect(market.reportReading(second))
      .to.be.revertedWithCustomError(market, "ReadingTooLate")
      .withArgs(PERIOD, closedAt);
  });

  it("refuses bits that mean nothing", async () => {
    const { market, alice } = scene;
    await goTo(scene, PERIOD + 1, 1);
    const signed = await sign(scene, alice, PERIOD, 1, 0);
    for (const bit of [144n, 255n]) {
      const reading = signed.reading | (1n << bit);
      await expect(market.reportReading({ ...signed, reading }))
        .to.be.revertedWithCustomError(market, "MalformedReading")
        .withArgs(reading);
    }
  });

  it("counts nothing of the period in which the meter was bound", async () => {
    const { market, registry, actors } = scene;
    await goTo(scene, 8, 100);
    const carol = await join(scene, actors.people[2]!);
    await goTo(scene, 9, 0);
    await expect(market.reportReading(await sign(scene, carol, 8, 10, 0)))
      .to.be.revertedWithCustomError(market, "ReadingNotNew")
      .withArgs(carol.id, 8, 8);
    await goTo(scene, 10, 0);
    await report(scene, carol, 9, 30, 0);
    expect((await market.meterOf(carol.id)).importDeltaWh).to.equal(30n);
    expect(await registry.participantOfSerial(`meter-${carol.id}`)).to.equal(carol.id);
  });

  it("rounds the rated power's energy up by one for the registers' rounding", async () => {
    const { market, bob } = scene;
    await goTo(scene, PERIOD + 1, 0);
    await report(scene, bob, PERIOD, 0, 0);
    await goTo(scene, PERIOD + 2, 0);
    // 7 W for 900 s are 1.75 Wh.
    await expect(market.reportReading(await sign(scene, bob, PERIOD + 1, 3, 0)))
      .to.be.revertedWithCustomError(market, "BeyondRatedPower")
      .withArgs(bob.id, 3, 2);
    await report(scene, bob, PERIOD + 1, 2, 2);
  });

  it("bounds a reading over several periods by all of them", async () => {
    const { market, bob } = scene;
    await goTo(scene, PERIOD + 1, 0);
    await report(scene, bob, PERIOD, 0, 0);
    // The two periods between take no reading any more.
    await goTo(scene, PERIOD + 8, 0);
    // 3 * 1.75 Wh and one.
    await expect(market.reportReading(await sign(scene, bob, PERIOD + 3, 0, 7)))
      .to.be.revertedWithCustomError(market, "BeyondRatedPower")
      .withArgs(bob.id, 7, 6);
    await report(scene, bob, PERIOD + 3, 0, 6);
  });

  it("takes no energy that a period's slot cannot hold", async () => {
    const { market, actors } = scene;
    const carol = await join(scene, actors.people[2]!, { ratedPowerW: 2 ** 32 - 1 });
    const most = (1n << 28n) - 1n;
    await goTo(scene, PERIOD + 1, 0);
    for (const [importWh, exportWh] of [
      [most + 1n, 0n],
      [0n, most + 1n],
      [MAX_COUNTER, 0n],
    ] as const) {
      await expect(market.reportReading(await sign(scene, carol, PERIOD, importWh, exportWh)))
        .to.be.revertedWithCustomError(market, "BeyondRatedPower")
        .withArgs(carol.id, importWh > exportWh ? importWh : exportWh, most);
    }
    await report(scene, carol, PERIOD, most, most);
    const meter = await market.meterOf(carol.id);
    expect([meter.importDeltaWh, meter.exportDeltaWh]).to.deep.equal([most, most]);
  });

  it("counts up to the end of the register", async () => {
    const { market, registry, actors } = scene;
    const { operator, gateway, people } = actors;
    const carol = await join(scene, people[2]!);
    await registry
      .connect(operator)
      .rebindMeter(carol.id, "old", gateway.address, 1_000, 0, 0, MAX_COUNTER - 5n, MAX_COUNTER);
    const { meterId } = await market.meterOf(carol.id);
    const reader = { ...carol, meterId: Number(meterId) };
    await goTo(scene, PERIOD + 1, 0);
    await report(scene, reader, PERIOD, MAX_COUNTER, MAX_COUNTER);
    const meter = await market.meterOf(carol.id);
    expect([meter.importDeltaWh, meter.exportDeltaWh]).to.deep.equal([5n, 0n]);
  });

  it("waits with a reading that leaves a period out until that one takes none", async () => {
    const { market, alice, genesis } = scene;
    const skipping = await sign(scene, alice, PERIOD + 1, 10, 0);
    const closedAt = genesis + 900 * (PERIOD + 6);
    await at(scene, PERIOD + 5, 899);
    await expect(market.reportReading(skipping))
      .to.be.revertedWithCustomError(market, "ReadingOutOfOrder")
      .withArgs(alice.id, PERIOD + 1, PERIOD, closedAt);
    await at(scene, PERIOD + 6, 0);
    await expect(market.reportReading(skipping)).to.emit(market, "ReadingsReported");
  });

  it("waits by the rules of the period that is left out", async () => {
    const { market, alice, actors, parameters } = scene;
    // From the later period on there is no grace.
    await market
      .connect(actors.admin)
      .scheduleParameters({ ...parameters, gracePeriods: 0 }, PERIOD + 2);
    const skipping = await sign(scene, alice, PERIOD + 2, 10, 0);
    await goTo(scene, PERIOD + 3, 10);
    await expect(market.reportReading(skipping)).to.be.revertedWithCustomError(
      market,
      "ReadingOutOfOrder",
    );
  });

  it("keeps the energy of a period that is not settled when the next reading comes", async () => {
    const { market, alice, bob } = scene;
    await goTo(scene, PERIOD + 2, 1);
    await report(scene, alice, PERIOD, 100, 0);
    await report(scene, alice, PERIOD + 1, 300, 0);
    await report(scene, bob, PERIOD, 0, 0);
    await market.settle(PERIOD, 2, 10);
    await report(scene, bob, PERIOD + 1, 0, 0);
    await market.settle(PERIOD + 1, 2, 10);
    const { balanceNano } = await market.accountOf(alice.id);
    // 100 and 200 Wh at 0.2 times 1.1.
    expect(1_000_000_000_000n - balanceNano).to.equal(22_000_000n + 44_000_000n);
  });

  it("has the digest that wallets sign", async () => {
    const { market, alice, typedDomain, ethers } = scene;
    const reading = { participant: alice.id, period: PERIOD, importWh: 7n, exportWh: 9n };
    expect(await market.readingDigest(packReading(reading), alice.meterId)).to.equal(
      ethers.TypedDataEncoder.hash(typedDomain, READING_TYPES, {
        ...reading,
        meterId: alice.meterId,
      }),
    );
  });
});

describe("Metering: reportReadings", () => {
  const scene = stage(async (fixture) => {
    const members = [];
    await goTo(fixture, PERIOD - 1, 1);
    for (const owner of fixture.actors.people.slice(0, 3)) members.push(await join(fixture, owner));
    await goTo(fixture, PERIOD + 1, 1);
    return { members };
  });

  it("reports all in one event", async () => {
    const { market, members } = scene;
    const batch = await Promise.all(members.map((m) => sign(scene, m, PERIOD, m.id, 0)));
    const receipt = await sent(market.reportReadings(batch));
    const events = eventsOf(scene, receipt, "ReadingsReported");
    expect(events).to.have.length(1);
    expect(
      decodeReadingsReported([...(events[0]!.readings as bigint[])]).map((r) => r.participant),
    ).to.deep.equal(members.map(({ id }) => id));
  });

  it("passes over every kind of reading that does not count", async () => {
    const { market, members, actors } = scene;
    const [a, b, c] = members;
    await report(scene, a!, PERIOD, 100, 100);
    await goTo(scene, PERIOD + 2, 1);
    const malformed = await sign(scene, a!, PERIOD + 1, 1, 1);
    malformed.reading |= 1n << 200n;
    const batch = [
      malformed,
      await sign(scene, { ...a!, id: 99 }, PERIOD + 1, 1, 1),
      await sign(scene, a!, PERIOD, 200, 200),
      await sign(scene, a!, PERIOD + 2, 200, 200),
      await sign(scene, a!, PERIOD + 1, 200, 200, { gateway: actors.stranger }),
      await sign(scene, a!, PERIOD + 1, 99, 200),
      await sign(scene, a!, PERIOD + 1, 200, 99),
      await sign(scene, a!, PERIOD + 1, 1_000_000, 200),
      await sign(scene, b!, PERIOD + 1, 5, 5),
      await sign(scene, b!, PERIOD, 5, 5),
      await sign(scene, c!, PERIOD, 5, 5),
    ];
    const receipt = await sent(market.reportReadings(batch));
    const refused = eventsOf(scene, receipt, "ReadingRefused");
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal([
      "MalformedReading",
      "NotMetered",
      "ReadingNotNew",
      "ReadingTooEarly",
      "ForeignSignature",
      "CounterBackwards",
      "CounterBackwards",
      "BeyondRatedPower",
      "ReadingOutOfOrder",
    ]);
    expect(refused.map(({ participant }) => participant)).to.deep.equal(
      [a!.id, 99, a!.id, a!.id, a!.id, a!.id, a!.id, a!.id, b!.id].map(BigInt),
    );
    const [event] = eventsOf(scene, receipt, "ReadingsReported");
    expect(event!.readings).to.have.length(2);
  });

  it("passes over a reading that comes too late", async () => {
    const { market, members } = scene;
    const late = await sign(scene, members[0]!, PERIOD, 5, 5);
    await goTo(scene, PERIOD + 6, 0);
    const receipt = await sent(market.reportReadings([late]));
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal(["ReadingTooLate"]);
  });

  it("takes an empty batch", async () => {
    await expect(scene.market.reportReadings([])).not.to.be.revert(scene.ethers);
  });
});
