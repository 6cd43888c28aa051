// An order that its owner may drop for nothing, after having seen everybody else's, is an option that the others
// pay for. Every way to one must cost the non-opening charge.
import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import { signMandate } from "../../../sdk/mandates/mandate.ts";
import { hashOrder } from "../../../sdk/orders/commitment.ts";
import { sealSchedule } from "../../../sdk/orders/schedule.ts";
import { goTo, join, type Participant } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import {
  buy,
  openingOf,
  report,
  saltOf,
  sell,
  settle,
  single,
  submit,
  type Quote,
} from "../../helpers/verbs.ts";

const DAY = 1;
const PERIOD = 96;
const CHARGE = 100_000_000n;

describe("attack: free option", () => {
  const scene = stage(async (fixture) => {
    const [a, b, c] = fixture.actors.people;
    const attacker = await join(fixture, a!);
    const honest = await join(fixture, b!);
    const accomplice = c!;
    await goTo(fixture, PERIOD - 2, 1);
    return { attacker, honest, accomplice };
  });

  /** Settles a period in which everybody's meter stood still. */
  async function chargeOf({ id }: Participant): Promise<bigint> {
    const { attacker, honest } = scene;
    await goTo(scene, PERIOD + 1, 1);
    for (const participant of [attacker, honest]) await report(scene, participant, PERIOD, 0, 0);
    const settled = await settle(scene, PERIOD);
    return settled.find(({ participant }) => participant === id)!.chargeNano;
  }

  it("a sealed order that is not opened costs the charge", async () => {
    const { attacker } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("who seals nothing pays nothing", async () => {
    expect(await chargeOf(scene.attacker)).to.equal(0n);
  });

  it("a schedule beside a single order is refused, and the other way round", async () => {
    const { attacker, market, domain } = scene;
    const order = { participant: attacker.id, period: PERIOD, ...buy(1, 200_000) };
    const { root, periods } = sealSchedule(domain, DAY, [order]);
    const me = market.connect(attacker.owner);
    await goTo(scene, PERIOD - 1, 1);
    await submit(scene, attacker, PERIOD, sell(1, 200_000));
    await expect(me.submitSchedule(DAY, root, periods, "0x"))
      .to.be.revertedWithCustomError(market, "PeriodSealed")
      .withArgs(attacker.id, PERIOD);
    const later = sealSchedule(domain, DAY, [{ ...order, period: PERIOD + 1 }]);
    await me.submitSchedule(DAY, later.root, later.periods, "0x");
    await goTo(scene, PERIOD, 1);
    await expect(me.submitOrder(PERIOD + 1, saltOf(1, 1), "0x"))
      .to.be.revertedWithCustomError(market, "PeriodScheduled")
      .withArgs(attacker.id, PERIOD + 1);
  });

  describe("with a schedule of the attacker's own making", () => {
    // Its own tree, hashed in either way that the market may take: nodes in order and nodes sorted.
    type Hash = (left: string, right: string) => string;
    const inOrder: Hash = (left, right) => keccak256(concat([left, right]));
    const sorted: Hash = (a, b) => (a < b ? inOrder(a, b) : inOrder(b, a));

    function treeOf(leaves: readonly string[], hash: Hash) {
      const levels = [[...leaves]];
      while (levels.at(-1)!.length > 1) {
        const below = levels.at(-1)!;
        levels.push(
          Array.from({ length: below.length / 2 }, (_, i) =>
            hash(below[2 * i]!, below[2 * i + 1]!),
          ),
        );
      }
      const pathOf = (index: number) =>
        levels.slice(0, -1).map((level, depth) => level[(index >> depth) ^ 1]!);
      return { root: levels.at(-1)![0]!, pathOf };
    }

    async function opens(leaf: number, quote: Quote, index: number, periods: bigint, hash: Hash) {
      const { attacker, market, domain } = scene;
      const opening = openingOf(attacker, PERIOD, quote, saltOf(attacker.id, PERIOD, leaf));
      const leaves = Array.from({ length: 128 }, (_, i) => saltOf(0, i, 7));
      leaves[0] = hashOrder(
        domain,
        openingOf(attacker, PERIOD, sell(1_000, 900_000)).order,
        saltOf(attacker.id, PERIOD),
      );
      leaves[index] = hashOrder(domain, opening.order, opening.salt);
      const { root, pathOf } = treeOf(leaves, hash);
      await market.connect(attacker.owner).submitSchedule(DAY, root, periods, "0x");
      await goTo(scene, PERIOD - 1, 180);
      await market.openScheduledOrder(PERIOD, {
        ...single(opening),
        proof: pathOf(index) as [string, string, string, string, string, string, string],
      });
      return (await market.orderOf(PERIOD, attacker.id)).opened;
    }

    for (const [name, hash] of [
      ["in order", inOrder],
      ["sorted", sorted],
    ] as const) {
      it(`a second order for the same period, in another leaf, does not open (nodes ${name})`, async () => {
        const second = opens(1, sell(1_000, 100_000), 1, 1n, hash);
        await expect(second).to.be.revertedWithCustomError(scene.market, "UnknownCommitment");
      });

      it(`nor does one beyond the day's 96 leaves (nodes ${name})`, async () => {
        const second = opens(1, sell(1_000, 100_000), 96, 1n, hash);
        await expect(second).to.be.revertedWithCustomError(scene.market, "UnknownCommitment");
      });

      it(`nor an order of a period that the schedule does not announce (nodes ${name})`, async () => {
        const hidden = opens(1, sell(1_000, 100_000), 0, 1n << 95n, hash);
        await expect(hidden).to.be.revertedWithCustomError(scene.market, "UnknownCommitment");
      });
    }
  });

  it("a schedule is fixed once the gate of its first order has closed", async () => {
    const { attacker, market, domain } = scene;
    const order = (period: number) => ({ participant: attacker.id, period, ...buy(1, 200_000) });
    const me = market.connect(attacker.owner);
    const before = sealSchedule(domain, DAY, [order(PERIOD), order(PERIOD + 5)]);
    await me.submitSchedule(DAY, before.root, before.periods, "0x");
    await goTo(scene, PERIOD - 1, 180);
    const after = sealSchedule(domain, DAY, [order(PERIOD + 5)]);
    await expect(me.submitSchedule(DAY, after.root, after.periods, "0x"))
      .to.be.revertedWithCustomError(market, "ScheduleFixed")
      .withArgs(attacker.id, DAY);
  });

  it("a mandate to a second self, narrowed after the gate, costs the charge", async () => {
    const { attacker, accomplice, market, core, typedDomain, domain } = scene;
    const mandate = {
      participant: attacker.id,
      agent: accomplice.address,
      minPriceMicroPerKwh: 10_000,
      maxPriceMicroPerKwh: 1_000_000,
      spendingLimitNano: 10n ** 12n,
      expiry: 2_000_000_000,
    };
    const grant = async (change: Partial<typeof mandate>) => {
      const given = { ...mandate, ...change };
      const nonce = await core.nonces(attacker.owner.address);
      const signature = await signMandate(attacker.owner, typedDomain, given, nonce);
      await market.grantMandate(given, signature);
    };
    await grant({});
    await goTo(scene, PERIOD - 1, 1);
    const opening = openingOf(attacker, PERIOD, buy(1_000, 200_000));
    await market
      .connect(accomplice)
      .submitOrderFor(attacker.id, PERIOD, hashOrder(domain, opening.order, opening.salt), "0x");
    await goTo(scene, PERIOD - 1, 180);
    await grant({ spendingLimitNano: 0n });
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "OutsideMandate",
    );
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("means taken away before opening cost the charge, whether the bid opens or not", async () => {
    const { attacker, market } = scene;
    await goTo(scene, PERIOD - 1, 1);
    const opening = await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const { freeNano } = await market.accountOf(attacker.id);
    await market.connect(attacker.owner).withdraw(freeNano - 200_000n, attacker.owner.address);
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(opening));
    expect((await market.orderOf(PERIOD, attacker.id)).underfunded).to.be.true;
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("a bid that cannot open for want of a watt-hour's price costs the charge", async () => {
    const { attacker, market } = scene;
    await goTo(scene, PERIOD - 1, 1);
    const opening = await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const { freeNano } = await market.accountOf(attacker.id);
    await market.connect(attacker.owner).withdraw(freeNano, attacker.owner.address);
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "CollateralTooSmall",
    );
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("only the regulator can freeze, and what a freeze kept from opening is not charged", async () => {
    const { attacker, market, actors } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    await expect(
      market.connect(attacker.owner).setFrozen(attacker.id, true),
    ).to.be.revertedWithCustomError(scene.core, "AccessManagedUnauthorized");
    await market.connect(actors.regulator).setFrozen(attacker.id, true);
    expect(await chargeOf(attacker)).to.equal(0n);
  });

  it("leaving does not help: the charge comes off the margin", async () => {
    const { attacker, market } = scene;
    await goTo(scene, PERIOD - 1, 1);
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const me = market.connect(attacker.owner);
    await expect(me.leaveMarket())
      .to.be.revertedWithCustomError(market, "StillActive")
      .withArgs(attacker.id, PERIOD);
    await goTo(scene, PERIOD, 1);
    await me.leaveMarket();
    const { freeNano } = await market.accountOf(attacker.id);
    await me.withdraw(freeNano, attacker.owner.address);
    expect(await chargeOf(attacker)).to.equal(CHARGE);
    expect((await market.duesOf(attacker.id)).owesFundNano).to.equal(0n);
  });

  for (const gracePeriods of [4, 5]) {
    it(`a seal of eight periods later does not hide one that is not settled (grace ${gracePeriods})`, async () => {
      const { attacker, market, core, actors, accessManager, parameters } = scene;
      if (gracePeriods !== parameters.gracePeriods) {
        const changed = { ...parameters, gracePeriods };
        await accessManager.connect(actors.admin);
        await market.connect(actors.admin).scheduleParameters(changed, PERIOD);
      }
      await goTo(scene, PERIOD - 1, 1);
      await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
      await goTo(scene, PERIOD + 7, 0);
      // Nobody has settled yet; the attacker is first in the block in which the gate of PERIOD + 8 opens.
      const again = submit(scene, attacker, PERIOD + 8, buy(1_000, 200_000));
      await again.catch(() => undefined);
      const settled = await settle(scene, PERIOD);
      expect(settled.find(({ participant }) => participant === attacker.id)!.chargeNano).to.equal(
        CHARGE,
      );
      void core;
    });
  }
});
