// An order that its owner may drop for nothing, after having seen everybody else's, is an option that the others
// pay for. Every way to one must cost the non-opening charge.
import { expect } from "chai";
import { concat, keccak256 } from "ethers";
import { signMandate } from "../../../sdk/mandates/mandate.ts";
import { hashOrder } from "../../../sdk/orders/commitment.ts";
import { packOpening, type OrderOpening } from "../../../sdk/orders/opening.ts";
import { sealSchedule } from "../../../sdk/orders/schedule.ts";
import { goTo, join, type Participant } from "../../helpers/market.ts";
import { stage } from "../../helpers/stage.ts";
import { setBalance } from "../../helpers/storage.ts";
import {
  buy,
  openingOf,
  report,
  saltOf,
  sell,
  settle,
  single,
  submit,
} from "../../helpers/verbs.ts";

const DAY = 1;
const PERIOD = 96;
const CHARGE = 100_000_000n;

describe("attack: free option", () => {
  const scene = stage(async (fixture) => {
    const [a, b, c] = fixture.actors.people;
    await goTo(fixture, PERIOD - 1, 0);
    const attacker = await join(fixture, a!);
    const honest = await join(fixture, b!);
    const accomplice = c!;
    return { attacker, honest, accomplice };
  });

  /** Opens an honest order, so that there is a book, and settles with meters that stood still. */
  async function chargeOf({ id }: Participant): Promise<bigint> {
    const { attacker, honest, market } = scene;
    await openHonest();
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    await goTo(scene, PERIOD + 1, 1);
    for (const participant of [attacker, honest]) await report(scene, participant, PERIOD, 0, 0);
    const settled = await settle(scene, PERIOD);
    return settled.find(({ participant }) => participant === id)!.chargeNano;
  }

  let honestOpening: OrderOpening | undefined;
  beforeEach(async () => {
    honestOpening = await submit(scene, scene.honest, PERIOD, sell(1_000, 900_000));
  });

  async function openHonest(): Promise<void> {
    if (honestOpening === undefined) return;
    await goTo(scene, PERIOD - 1, 185);
    await scene.market.openOrder(PERIOD, single(honestOpening));
    honestOpening = undefined;
  }

  it("a sealed order that is not opened costs the charge", async () => {
    const { attacker } = scene;
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
    const hashPair = (left: string, right: string) => keccak256(concat([left, right]));

    /** The 32 leaves' levels. */
    function treeOf(leaves: readonly string[]): string[][] {
      const levels = [[...leaves]];
      while (levels.at(-1)!.length > 1) {
        const below = levels.at(-1)!;
        levels.push(
          Array.from({ length: below.length / 2 }, (_, i) =>
            hashPair(below[2 * i]!, below[2 * i + 1]!),
          ),
        );
      }
      return levels;
    }

    /** Seals a second order for the period in some leaf, announces some periods, and tries to open it. */
    async function opensSecond(leaf: number, announced: bigint, claimed: bigint): Promise<void> {
      const { attacker, market, domain } = scene;
      const second = openingOf(attacker, PERIOD, sell(1_000, 100_000), saltOf(attacker.id, 1, 1));
      const leaves = Array.from({ length: 96 }, (_, i) => saltOf(0, i, 7));
      const first = openingOf(attacker, PERIOD, sell(1_000, 900_000));
      leaves[0] = hashOrder(domain, first.order, first.salt);
      leaves[leaf] = hashOrder(domain, second.order, second.salt);
      const trees = [0, 1, 2].map((third) => treeOf(leaves.slice(third * 32, third * 32 + 32)));
      const roots = trees.map((levels) => levels[5]![0]!);
      const third = Math.floor(leaf / 32);
      const path = trees[third]!.slice(0, 5).map(
        (level, depth) => level[((leaf % 32) >> depth) ^ 1]!,
      );
      await market
        .connect(attacker.owner)
        .submitSchedule(DAY, keccak256(concat(roots)), announced, "0x");
      await goTo(scene, PERIOD - 1, 180);
      await market.openScheduledOrder(PERIOD, {
        opening: packOpening(second.order, claimed),
        salt: second.salt,
        proof: [...path, ...roots.filter((_, index) => index !== third)] as Proof,
      });
    }
    type Proof = [string, string, string, string, string, string, string];

    for (const leaf of [1, 16, 31, 32, 64, 95]) {
      it(`a second order for the same period, in leaf ${leaf}, does not open`, async () => {
        await expect(opensSecond(leaf, 1n, 1n)).to.be.revertedWithCustomError(
          scene.market,
          "UnknownCommitment",
        );
      });
    }

    it("nor an order of a period that the schedule does not announce", async () => {
      const last = 1n << 95n;
      await expect(opensSecond(0, last, last)).to.be.revertedWithCustomError(
        scene.market,
        "UnknownCommitment",
      );
    });

    it("nor where the opening announces other periods than the schedule did", async () => {
      await expect(opensSecond(0, 1n << 95n, (1n << 95n) | 1n)).to.be.revertedWithCustomError(
        scene.market,
        "UnknownCommitment",
      );
    });

    it("the one order in its place opens", async () => {
      await opensSecond(0, 1n, 1n);
      expect((await scene.market.orderOf(PERIOD, scene.attacker.id)).opened).to.be.true;
    });
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

  it("means taken away before opening cost the charge, though the bid cannot open", async () => {
    const { attacker, market } = scene;
    const opening = await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const { freeNano } = await market.accountOf(attacker.id);
    await market.connect(attacker.owner).withdraw(freeNano - 199_999_999n, attacker.owner.address);
    await goTo(scene, PERIOD - 1, 180);
    await expect(market.openOrder(PERIOD, single(opening))).to.be.revertedWithCustomError(
      market,
      "CollateralTooSmall",
    );
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("means cannot be taken away after opening", async () => {
    const { attacker, market } = scene;
    const opening = await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const { freeNano } = await market.accountOf(attacker.id);
    const me = market.connect(attacker.owner);
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(opening));
    await expect(me.withdraw(freeNano - 199_999_999n, attacker.owner.address))
      .to.be.revertedWithCustomError(market, "InsufficientFree")
      .withArgs(attacker.id, freeNano - 199_999_999n, freeNano - 200_000_000n);
    await me.withdraw(freeNano - 200_000_000n, attacker.owner.address);
  });

  it("means that went into old debts before clearing cost the charge", async () => {
    const { attacker, honest, market } = scene;
    const cheap = await submit(scene, honest, PERIOD, sell(1_000, 100_000));
    const bid = await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrder(PERIOD, single(cheap));
    await market.openOrder(PERIOD, single(bid));
    honestOpening = undefined;
    // What a settlement of an earlier period, called just before clearing, would have taken.
    await setBalance(scene, attacker.id, 100_000n);
    expect(await chargeOf(attacker)).to.equal(CHARGE);
  });

  it("of two bids that the same money backs, the one that is cut costs the charge", async () => {
    const { attacker, honest, market } = scene;
    await setBalance(scene, attacker.id, 25_000_000_000n);
    const openings = [
      await submit(scene, attacker, PERIOD, buy(100_000, 200_000)),
      await submit(scene, honest, PERIOD, sell(100_000, 200_000)),
    ];
    await goTo(scene, PERIOD - 1, 180);
    await market.openOrders(
      PERIOD,
      openings.map((opening) => single(opening)),
    );
    // Nobody clears before the next period's orders are open.
    await goTo(scene, PERIOD, 1);
    const next = [
      await submit(scene, attacker, PERIOD + 1, buy(100_000, 200_000)),
      await submit(scene, honest, PERIOD + 1, sell(100_000, 200_000)),
    ];
    await goTo(scene, PERIOD, 180);
    await market.openOrders(
      PERIOD + 1,
      next.map((opening) => single(opening)),
    );
    await goTo(scene, PERIOD, 420);
    await market.clear(PERIOD, 10);
    await market.clear(PERIOD + 1, 10);
    await goTo(scene, PERIOD + 2, 1);
    for (const period of [PERIOD, PERIOD + 1]) await report(scene, attacker, period, 0, 0);
    const [first] = await settle(scene, PERIOD);
    const [second] = await settle(scene, PERIOD + 1);
    expect([first?.participant, first?.chargeNano]).to.deep.equal([attacker.id, 0n]);
    expect([second?.participant, second?.chargeNano]).to.deep.equal([attacker.id, CHARGE]);
  });

  it("only the regulator can freeze, and what a freeze kept from opening is not charged", async () => {
    const { attacker, market, actors } = scene;
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    await expect(
      market.connect(attacker.owner).setFrozen(attacker.id, true),
    ).to.be.revertedWithCustomError(scene.core, "AccessManagedUnauthorized");
    await market.connect(actors.regulator).setFrozen(attacker.id, true);
    expect(await chargeOf(attacker)).to.equal(0n);
  });

  it("leaving does not help: the charge comes off the margin", async () => {
    const { attacker, market } = scene;
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    const me = market.connect(attacker.owner);
    await expect(me.leaveMarket())
      .to.be.revertedWithCustomError(market, "StillActive")
      .withArgs(attacker.id, PERIOD);
    await openHonest();
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    await goTo(scene, PERIOD, 1);
    await me.leaveMarket();
    const { freeNano } = await market.accountOf(attacker.id);
    await me.withdraw(freeNano, attacker.owner.address);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, attacker, PERIOD, 0, 0);
    const settled = await settle(scene, PERIOD);
    const account = settled.find(({ participant }) => participant === attacker.id);
    expect(account?.chargeNano).to.equal(CHARGE);
    expect((await market.duesOf(attacker.id)).owesFundNano).to.equal(0n);
  });

  it("a seal of eight periods later does not hide one that is not settled", async () => {
    const { attacker, market } = scene;
    await submit(scene, attacker, PERIOD, buy(1_000, 200_000));
    await openHonest();
    await goTo(scene, PERIOD - 1, 420);
    await market.clear(PERIOD, 10);
    await goTo(scene, PERIOD + 7, 0);
    // Nobody has settled; the attacker is first in the block in which the gate of PERIOD + 8 opens.
    await submit(scene, attacker, PERIOD + 8, buy(1_000, 200_000));
    const settled = await settle(scene, PERIOD);
    const account = settled.find(({ participant }) => participant === attacker.id);
    expect(account?.chargeNano).to.equal(CHARGE);
  });
});
