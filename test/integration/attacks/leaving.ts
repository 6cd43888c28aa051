// Energy is paid for once it is metered: who leaves, is revoked or gets another meter before the reading comes is
// not settled with nothing.
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { goTo, join } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import { report, settle } from "../../helpers/verbs.ts";

const PERIOD = 5;

describe("attack: leaving before the reading", () => {
  const scene = stage(async (fixture) => {
    await goTo(fixture, PERIOD - 1, 1);
    const [a, b] = fixture.actors.people;
    const attacker = await join(fixture, a!);
    const honest = await join(fixture, b!);
    await goTo(fixture, PERIOD + 1, 0);
    return { attacker, honest };
  });

  /** What the attacker has to pay for 1 kWh that it took in the period. */
  async function paysFor1kWh(meterId?: number): Promise<bigint> {
    const { market, attacker } = scene;
    await market.settle(PERIOD, attacker.id, 1);
    const reader = meterId === undefined ? attacker : { ...attacker, meterId };
    await report(scene, reader, PERIOD, 1_000, 0);
    const settled = await settle(scene, PERIOD);
    return settled.find(({ participant }) => participant === attacker.id)?.imbalanceNano ?? 0n;
  }

  it("who stays pays", async () => {
    expect(await paysFor1kWh()).to.equal(220_000_000n);
  });

  it("who leaves pays", async () => {
    const { market, attacker } = scene;
    await market.connect(attacker.owner).leaveMarket();
    expect(await paysFor1kWh()).to.equal(220_000_000n);
  });

  it("who changes its energy type, and so must be authorised again, pays", async () => {
    const { registry, attacker } = scene;
    await registry.connect(attacker.owner).changeProfile({
      displayName: "gone",
      energyType: 2,
      greenPreference: false,
      microgrid: ZeroHash,
      location: ZeroHash,
    });
    expect(await paysFor1kWh()).to.equal(220_000_000n);
  });

  it("who is revoked pays", async () => {
    const { registry, attacker, actors } = scene;
    await registry.connect(actors.operator).revoke(attacker.id);
    expect(await paysFor1kWh()).to.equal(220_000_000n);
  });

  it("whose meter is replaced pays", async () => {
    const { registry, attacker, actors, market } = scene;
    await registry
      .connect(actors.operator)
      .rebindMeter(attacker.id, "new", actors.gateway.address, 100_000, 400, 0, 0, 0);
    const { meterId } = await market.meterOf(attacker.id);
    await market.settle(PERIOD, attacker.id, 1);
    await report(scene, { ...attacker, meterId: Number(meterId) }, PERIOD, 600, 0);
    const settled = await settle(scene, PERIOD);
    const account = settled.find(({ participant }) => participant === attacker.id);
    expect(account?.importWh).to.equal(1_000);
    expect(account?.imbalanceNano).to.equal(220_000_000n);
  });

  it("who has left is not waited for in later periods", async () => {
    const { market, attacker, honest } = scene;
    await market.connect(attacker.owner).leaveMarket();
    await goTo(scene, PERIOD + 3, 1);
    for (const period of [PERIOD, PERIOD + 1, PERIOD + 2]) {
      await report(scene, honest, period, 0, 0);
    }
    expect((await settle(scene, PERIOD + 2)).map(({ participant }) => participant)).to.deep.equal([
      attacker.id,
      honest.id,
    ]);
  });
});
