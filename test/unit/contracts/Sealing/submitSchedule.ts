import { expect } from "chai";
import { concat, keccak256, toBeHex, ZeroHash } from "ethers";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import { buy, saltOf, submit } from "../../../helpers/verbs.ts";

const ROOT = saltOf(1, 1);
const ALL = (1n << 96n) - 1n;

describe("Sealing: submitSchedule", () => {
  const scene = stage(async (fixture) => {
    const alice = await join(fixture, fixture.actors.people[0]!);
    await goTo(fixture, 94, 1);
    return { alice, me: fixture.market.connect(alice.owner) };
  });

  it("stores the root with its day, and the periods", async () => {
    const { market, me, alice } = scene;
    const periods = (1n << 95n) | 5n;
    await expect(me.submitSchedule(1, ROOT, periods, "0x1234"))
      .to.emit(market, "ScheduleSealed")
      .withArgs(alice.id, 1, ROOT, periods, "0x1234");
    const [root, stored] = await market.scheduleOf(alice.id, 1);
    const bound = BigInt(keccak256(concat([ROOT, toBeHex(periods, 32)])));
    expect(root).to.equal((bound & ~0xffffffffn) | (1n << 1n));
    expect(stored).to.equal(periods);
    expect((await market.scheduleOf(alice.id, 5))[1]).to.equal(0n);
  });

  it("covers today, tomorrow and the day after, and no day beyond", async () => {
    const { market, me } = scene;
    await me.submitSchedule(0, ROOT, 1n << 95n, "0x");
    await me.submitSchedule(1, ROOT, ALL, "0x");
    await me.submitSchedule(2, ROOT, ALL, "0x");
    await expect(me.submitSchedule(3, ROOT, ALL, "0x"))
      .to.be.revertedWithCustomError(market, "ScheduleTooFar")
      .withArgs(3, 2);
    await goTo(scene, 96, 0);
    await me.submitSchedule(3, ROOT, ALL, "0x");
  });

  it("needs a root and at least one of 96 periods", async () => {
    const { market, me } = scene;
    await expect(me.submitSchedule(1, ZeroHash, 1, "0x")).to.be.revertedWithCustomError(
      market,
      "EmptyCommitment",
    );
    for (const periods of [0n, 1n << 96n]) {
      await expect(me.submitSchedule(1, ROOT, periods, "0x"))
        .to.be.revertedWithCustomError(market, "SchedulePeriodsInvalid")
        .withArgs(periods);
    }
  });

  it("has no period 0", async () => {
    const { market, me } = scene;
    await expect(me.submitSchedule(0, ROOT, 1, "0x"))
      .to.be.revertedWithCustomError(market, "PeriodOutOfRange")
      .withArgs(0);
  });

  it("is taken until the gate of its first order closes", async () => {
    const { market, me, genesis } = scene;
    await at(scene, 95, 179);
    await me.submitSchedule(1, ROOT, ALL, "0x");
    await at(scene, 95, 180);
    await expect(me.submitSchedule(1, ROOT, ALL, "0x"))
      .to.be.revertedWithCustomError(market, "GateClosed")
      .withArgs(96, genesis + 95 * 900 + 180);
    // From now on the schedule stands, also with a later first order.
    await expect(me.submitSchedule(1, ROOT, ALL - 1n, "0x"))
      .to.be.revertedWithCustomError(market, "ScheduleFixed")
      .withArgs(scene.alice.id, 1);
  });

  it("may be replaced until then, by fewer periods too", async () => {
    const { market, me, alice } = scene;
    await me.submitSchedule(1, ROOT, ALL, "0x");
    await me.submitSchedule(1, saltOf(2, 2), 8n, "0x");
    expect((await market.scheduleOf(alice.id, 1))[1]).to.equal(8n);
  });

  it("refuses a period of which a single order is sealed, and allows the others", async () => {
    const { market, me, alice } = scene;
    await goTo(scene, 95, 1);
    await submit(scene, alice, 96, buy(1, 200_000));
    await expect(me.submitSchedule(1, ROOT, 3n, "0x"))
      .to.be.revertedWithCustomError(market, "PeriodSealed")
      .withArgs(alice.id, 96);
    await me.submitSchedule(1, ROOT, 2n, "0x");
  });

  it("refuses it in the middle of a day too, by that period's bit alone", async () => {
    const { market, me, alice } = scene;
    await goTo(scene, 100, 1);
    await submit(scene, alice, 101, buy(1, 200_000));
    // Day 1 is periods 96 to 191.
    for (const periods of [1n << 5n, ALL - 0b11111n]) {
      await expect(me.submitSchedule(1, ROOT, periods, "0x"))
        .to.be.revertedWithCustomError(market, "PeriodSealed")
        .withArgs(alice.id, 101);
    }
    await me.submitSchedule(1, ROOT, ALL - 0b111111n, "0x");
  });

  it("keeps single orders out of its periods", async () => {
    const { market, me, alice } = scene;
    await me.submitSchedule(1, ROOT, 1n, "0x");
    await goTo(scene, 95, 1);
    await expect(me.submitOrder(96, ROOT, "0x"))
      .to.be.revertedWithCustomError(market, "PeriodScheduled")
      .withArgs(alice.id, 96);
    await goTo(scene, 96, 1);
    await me.submitOrder(97, ROOT, "0x");
  });

  it("is for traders alone", async () => {
    const { market, actors, registry, alice, me } = scene;
    await expect(market.connect(actors.stranger).submitSchedule(1, ROOT, 1, "0x"))
      .to.be.revertedWithCustomError(market, "UnknownAccount")
      .withArgs(actors.stranger.address);
    await registry.connect(actors.operator).revoke(alice.id);
    await expect(me.submitSchedule(1, ROOT, 1, "0x")).to.be.revertedWithCustomError(
      market,
      "NotAuthorised",
    );
  });

  it("ends with the last whole day that there is", async () => {
    const { market, me, networkHelpers, genesis } = scene;
    const days = Math.floor((2 ** 24 - 1) / 96);
    await networkHelpers.time.increaseTo(genesis + (days - 1) * 96 * 900);
    await expect(me.submitSchedule(days, ROOT, 1n, "0x"))
      .to.be.revertedWithCustomError(market, "PeriodOutOfRange")
      .withArgs(days * 96);
    await me.submitSchedule(days - 1, ROOT, 1n << 95n, "0x");
  });
});
