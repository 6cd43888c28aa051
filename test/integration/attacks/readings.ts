// A reading counts once, for the meter whose gateway signed it; nobody gains by relaying one.
import { expect } from "chai";
import { marketDomain, signReading } from "../../../sdk/readings/reading.ts";
import { goTo, join } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import { refusalsOf, report, sent, settle, sign } from "../../helpers/verbs.ts";

const PERIOD = 5;

describe("attack: readings", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const [a, b, c] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!);
    const carol = await join(fixture, c!, { gateway: fixture.actors.agent });
    await goTo(fixture, PERIOD + 1, 1);
    return { alice, bob, carol };
  });

  it("signed by the gateway of somebody else's meter", async () => {
    const { market, alice, carol, actors } = scene;
    const reading = await sign(scene, alice, PERIOD, 100, 0, { gateway: carol.gateway });
    await expect(market.reportReading(reading))
      .to.be.revertedWithCustomError(market, "ForeignSignature")
      .withArgs(alice.id, actors.gateway.address, actors.agent.address);
  });

  it("signed by the right gateway for another of its meters", async () => {
    const { market, alice, bob } = scene;
    const reading = await sign(scene, alice, PERIOD, 100, 0, { meterId: bob.meterId });
    await expect(market.reportReading(reading)).to.be.revertedWithCustomError(
      market,
      "ForeignSignature",
    );
  });

  it("with other registers than were signed", async () => {
    const { market, alice } = scene;
    const signed = await sign(scene, alice, PERIOD, 100, 0);
    for (const bit of [48n, 96n]) {
      await expect(
        market.reportReading({ ...signed, reading: signed.reading ^ (1n << bit) }),
      ).to.be.revertedWithCustomError(market, "ForeignSignature");
    }
  });

  it("from another market or another chain", async () => {
    const { market, alice, marketAddress, registry } = scene;
    const reading = {
      participant: alice.id,
      meterId: alice.meterId,
      period: PERIOD,
      importWh: 1n,
      exportWh: 0n,
    };
    for (const domain of [
      marketDomain(31337, await registry.getAddress()),
      marketDomain(1, marketAddress),
    ]) {
      await expect(
        market.reportReading(await signReading(alice.gateway, domain, reading)),
      ).to.be.revertedWithCustomError(market, "ForeignSignature");
    }
  });

  it("replayed, in its period and in a later one", async () => {
    const { market, alice } = scene;
    const reading = await sign(scene, alice, PERIOD, 100, 0);
    await market.reportReading(reading);
    await expect(market.reportReading(reading))
      .to.be.revertedWithCustomError(market, "ReadingNotNew")
      .withArgs(alice.id, PERIOD, PERIOD);
    await goTo(scene, PERIOD + 2, 1);
    await report(scene, alice, PERIOD + 1, 150, 0);
    await expect(market.reportReading(reading))
      .to.be.revertedWithCustomError(market, "ReadingNotNew")
      .withArgs(alice.id, PERIOD, PERIOD + 1);
    expect((await market.meterOf(alice.id)).importDeltaWh).to.equal(50n);
  });

  it("with a mirrored signature", async () => {
    const { market, alice } = scene;
    const { reading, r, vs } = await sign(scene, alice, PERIOD, 100, 0);
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = BigInt(vs) & ((1n << 255n) - 1n);
    const parity = BigInt(vs) >> 255n;
    const high = ((1n - parity) << 255n) | ((order - s) & ((1n << 255n) - 1n));
    await expect(
      market.reportReading({ reading, r, vs: "0x" + high.toString(16).padStart(64, "0") }),
    ).to.be.revertedWithCustomError(market, "ForeignSignature");
  });

  it("with no signature, for a participant without a meter", async () => {
    const { market } = scene;
    const zero = "0x" + "00".repeat(32);
    for (const participant of [0n, 1n, 99n]) {
      await expect(
        market.reportReading({
          reading: participant | (BigInt(PERIOD) << 24n),
          r: zero,
          vs: zero,
        }),
      )
        .to.be.revertedWithCustomError(market, "NotMetered")
        .withArgs(participant);
    }
  });

  it("with counters that run backwards", async () => {
    const { market, alice } = scene;
    await report(scene, alice, PERIOD, 100, 50);
    await goTo(scene, PERIOD + 2, 1);
    await expect(market.reportReading(await sign(scene, alice, PERIOD + 1, 99, 50)))
      .to.be.revertedWithCustomError(market, "CounterBackwards")
      .withArgs(alice.id, 100, 99);
    await expect(market.reportReading(await sign(scene, alice, PERIOD + 1, 100, 49)))
      .to.be.revertedWithCustomError(market, "CounterBackwards")
      .withArgs(alice.id, 50, 49);
    await report(scene, alice, PERIOD + 1, 100, 50);
  });

  it("beyond the rated power", async () => {
    const { market, alice } = scene;
    // 100 kW over the period and the rest of that of the binding, and one Wh for rounding.
    const most = 25_000 * 2 + 1;
    await expect(market.reportReading(await sign(scene, alice, PERIOD, most + 1, 0)))
      .to.be.revertedWithCustomError(market, "BeyondRatedPower")
      .withArgs(alice.id, most + 1, most);
    await expect(market.reportReading(await sign(scene, alice, PERIOD, 0, most + 1)))
      .to.be.revertedWithCustomError(market, "BeyondRatedPower")
      .withArgs(alice.id, most + 1, most);
    await report(scene, alice, PERIOD, most, most);
  });

  it("sent ahead of its batch: the others of the batch count all the same", async () => {
    const { market, alice, bob, carol, actors } = scene;
    const batch = await Promise.all(
      [alice, bob, carol].map((participant) => sign(scene, participant, PERIOD, 100, 0)),
    );
    await market.connect(actors.stranger).reportReading(batch[1]!);
    const receipt = await sent(market.reportReadings(batch));
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal(["ReadingNotNew"]);
    for (const { id } of [alice, bob, carol]) {
      expect((await market.meterOf(id)).importDeltaWh).to.equal(100n);
    }
  });

  it("a batch with one reading whose period cannot begin: the others count all the same", async () => {
    const { market, alice, bob } = scene;
    // A period is left half settled, so that its slot of the ring is taken.
    await report(scene, alice, PERIOD, 0, 0);
    await goTo(scene, PERIOD + 13, 1);
    const stuck = await sign(scene, alice, PERIOD + 8, 100, 0);
    const fine = await sign(scene, bob, PERIOD + 9, 100, 0);
    await expect(market.reportReading(stuck))
      .to.be.revertedWithCustomError(market, "PeriodUnsettled")
      .withArgs(PERIOD);
    await goTo(scene, PERIOD + 14, 1);
    const later = await sign(scene, alice, PERIOD + 9, 100, 0);
    const receipt = await sent(market.reportReadings([stuck, later, fine]));
    expect(refusalsOf(scene, receipt).map(({ name }) => name)).to.deep.equal(["ReadingTooLate"]);
    expect((await market.meterOf(bob.id)).period).to.equal(PERIOD + 9);
  });

  it("of a replaced meter, by the same gateway", async () => {
    const { market, registry, alice, actors } = scene;
    const old = await sign(scene, alice, PERIOD, 900, 0);
    await registry
      .connect(actors.operator)
      .rebindMeter(alice.id, "new", actors.gateway.address, 100_000, 800, 0, 0, 0);
    await expect(market.reportReading(old)).to.be.revertedWithCustomError(
      market,
      "ForeignSignature",
    );
    const { meterId } = await market.meterOf(alice.id);
    await report(scene, { ...alice, meterId: Number(meterId) }, PERIOD, 100, 0);
    expect((await market.meterOf(alice.id)).importDeltaWh).to.equal(900n);
  });

  it("a meter that goes to another participant counts for nobody but its owner", async () => {
    const { market, registry, alice, bob, actors } = scene;
    const old = await sign(scene, alice, PERIOD, 900, 0);
    const foreign = (old.reading & ~0xffffffn) | BigInt(bob.id);
    await expect(market.reportReading({ ...old, reading: foreign })).to.be.revertedWithCustomError(
      market,
      "ForeignSignature",
    );
    await expect(
      registry
        .connect(actors.operator)
        .rebindMeter(bob.id, `meter-${alice.id}`, actors.gateway.address, 100_000, 0, 0, 0, 0),
    )
      .to.be.revertedWithCustomError(registry, "SerialBound")
      .withArgs(`meter-${alice.id}`, alice.id);
  });

  it("a later reading, relayed first, cannot make the earlier one worthless", async () => {
    const { market, alice, bob, carol, actors } = scene;
    await goTo(scene, PERIOD + 2, 1);
    const first = await sign(scene, alice, PERIOD, 100, 0);
    const second = await sign(scene, alice, PERIOD + 1, 250, 0);
    await market
      .connect(actors.stranger)
      .reportReading(second)
      .catch(() => undefined);
    await market.reportReadings([first, second]);
    for (const other of [bob, carol]) await report(scene, other, PERIOD, 0, 0);
    const settled = await settle(scene, PERIOD);
    expect(settled.find(({ participant }) => participant === alice.id)?.importWh).to.equal(100);
  });
});
