import { expect } from "chai";
import { MANDATE_TYPES, signMandate, type Mandate } from "../../../../sdk/mandates/mandate.ts";
import { hashOrder } from "../../../../sdk/orders/commitment.ts";
import { sealSchedule } from "../../../../sdk/orders/schedule.ts";
import { marketDomain } from "../../../../sdk/readings/reading.ts";
import { at, goTo, join } from "../../../helpers/market.ts";
import { stage } from "../../../helpers/stage.ts";
import {
  buy,
  openingOf,
  saltOf,
  scheduled,
  sell,
  single,
  type Quote,
  type Signer,
} from "../../../helpers/verbs.ts";

const PERIOD = 96;
const EXPIRY = 1_900_100_000;

describe("Mandates", () => {
  const scene = stage(async (fixture) => {
    const [a, b] = fixture.actors.people;
    const alice = await join(fixture, a!);
    const bob = await join(fixture, b!);
    await goTo(fixture, PERIOD - 1, 1);
    const byAgent = fixture.market.connect(fixture.actors.agent);
    return { alice, bob, byAgent };
  });

  const mandateOf = (change: Partial<Mandate> = {}): Mandate => ({
    participant: scene.alice.id,
    agent: scene.actors.agent.address,
    minPriceMicroPerKwh: 100_000,
    maxPriceMicroPerKwh: 300_000,
    spendingLimitNano: 200_000_000n,
    expiry: EXPIRY,
    ...change,
  });

  async function grant(change: Partial<Mandate> = {}, signer: Signer = scene.alice.owner) {
    const mandate = mandateOf(change);
    const nonce = await scene.core.nonces(scene.alice.owner.address);
    const signature = await signMandate(signer, scene.typedDomain, mandate, nonce);
    return scene.market.connect(scene.actors.stranger).grantMandate(mandate, signature);
  }

  async function sealByAgent(quote: Quote) {
    const opening = openingOf(scene.alice, PERIOD, quote);
    const commitment = hashOrder(scene.domain, opening.order, opening.salt);
    await scene.byAgent.submitOrderFor(scene.alice.id, PERIOD, commitment, "0x");
    await goTo(scene, PERIOD - 1, 180);
    return single(opening);
  }

  describe("grantMandate", () => {
    it("gives the agent its right, whoever brings the signature", async () => {
      const { market, alice, actors } = scene;
      const { agent, ...limits } = mandateOf();
      await expect(grant())
        .to.emit(market, "MandateGranted")
        .withArgs(alice.id, actors.agent.address, [
          limits.participant,
          agent,
          100_000,
          300_000,
          200_000_000n,
          EXPIRY,
        ]);
      const [mandate, spentNano] = await market.mandateOf(alice.id);
      expect(mandate.agent).to.equal(agent);
      expect(spentNano).to.equal(0n);
    });

    it("needs the owner's signature", async () => {
      const { market, alice, bob } = scene;
      await expect(grant({}, bob.owner))
        .to.be.revertedWithCustomError(market, "MandateInvalid")
        .withArgs(alice.id);
    });

    it("takes a signature once, and none for another market or chain", async () => {
      const { market, core, alice, marketAddress, actors } = scene;
      const mandate = mandateOf();
      const nonce = await core.nonces(alice.owner.address);
      for (const domain of [
        marketDomain(1, marketAddress),
        marketDomain(31337, actors.agent.address),
      ]) {
        const foreign = await signMandate(alice.owner, domain, mandate, nonce);
        await expect(market.grantMandate(mandate, foreign)).to.be.revertedWithCustomError(
          market,
          "MandateInvalid",
        );
      }
      const signature = await signMandate(alice.owner, scene.typedDomain, mandate, nonce);
      await market.grantMandate(mandate, signature);
      await expect(market.grantMandate(mandate, signature)).to.be.revertedWithCustomError(
        market,
        "MandateInvalid",
      );
    });

    it("names a participant and an agent", async () => {
      const { market } = scene;
      for (const participant of [0, 1, 99]) {
        await expect(grant({ participant }))
          .to.be.revertedWithCustomError(market, "UnknownParticipant")
          .withArgs(participant);
      }
      await expect(grant({ agent: "0x" + "00".repeat(20) })).to.be.revertedWithCustomError(
        market,
        "ZeroAddress",
      );
    });

    it("replaces the one before and starts its spending anew", async () => {
      const { market, alice, actors } = scene;
      await grant();
      await market.openOrder(PERIOD, await sealByAgent(buy(500, 200_000)));
      expect((await market.mandateOf(alice.id))[1]).to.equal(100_000_000n);
      await grant({ agent: actors.operator.address });
      expect((await market.mandateOf(alice.id))[1]).to.equal(0n);
      await goTo(scene, PERIOD, 1);
      await expect(scene.byAgent.submitOrderFor(alice.id, PERIOD + 1, saltOf(1, 1), "0x"))
        .to.be.revertedWithCustomError(market, "NoMandate")
        .withArgs(alice.id, actors.agent.address);
    });

    it("signs the type that the contract hashes", () => {
      expect(MANDATE_TYPES.Mandate.map(({ type, name }) => `${type} ${name}`).join(",")).to.equal(
        "uint24 participant,address agent,uint32 minPriceMicroPerKwh,uint32 maxPriceMicroPerKwh," +
          "uint88 spendingLimitNano,uint40 expiry,uint256 nonce",
      );
    });
  });

  describe("submitOrderFor", () => {
    it("marks the seal as the agent's", async () => {
      const { market, alice } = scene;
      await grant();
      await sealByAgent(buy(1, 200_000));
      expect((await market.sealOf(alice.id, PERIOD)) & 1n).to.equal(1n);
    });

    it("is for the agent alone", async () => {
      const { market, alice, bob, actors } = scene;
      const call = (signer: Signer, id: number) =>
        market.connect(signer).submitOrderFor(id, PERIOD, saltOf(1, 1), "0x");
      await expect(call(actors.agent, alice.id))
        .to.be.revertedWithCustomError(market, "NoMandate")
        .withArgs(alice.id, actors.agent.address);
      await grant();
      await expect(call(actors.agent, bob.id)).to.be.revertedWithCustomError(market, "NoMandate");
      await expect(call(alice.owner, alice.id)).to.be.revertedWithCustomError(market, "NoMandate");
      await expect(call(actors.agent, 0)).to.be.revertedWithCustomError(market, "NoMandate");
      await call(actors.agent, alice.id);
    });

    it("ends a second after the mandate's expiry", async () => {
      const { market, alice, genesis } = scene;
      const expiry = genesis + (PERIOD - 1) * 900 + 100;
      await grant({ expiry });
      await at(scene, PERIOD - 1, 100);
      await scene.byAgent.submitOrderFor(alice.id, PERIOD, saltOf(1, 1), "0x");
      await at(scene, PERIOD - 1, 101);
      await expect(scene.byAgent.submitOrderFor(alice.id, PERIOD, saltOf(1, 1), "0x"))
        .to.be.revertedWithCustomError(market, "MandateExpired")
        .withArgs(alice.id, expiry);
    });

    describe("has the limits hold at opening", () => {
      const cases: [string, Quote, boolean, bigint][] = [
        ["the lowest price", buy(1, 100_000), true, 100_000n],
        ["a micro below", buy(1, 99_999), false, 99_999n],
        ["the highest price", sell(1, 300_000), true, 0n],
        ["a micro above", sell(1, 300_001), false, 0n],
        ["the whole spending limit", buy(1_000, 200_000), true, 200_000_000n],
        ["beyond the spending limit", buy(1_000, 200_001), false, 200_001_000n],
        ["an offer costs nothing", sell(1_000_000, 300_000), true, 0n],
      ];
      for (const [name, quote, isWithin, costNano] of cases) {
        it(name, async () => {
          const { market, alice } = scene;
          await grant();
          const opening = await sealByAgent(quote);
          if (isWithin) {
            await market.openOrder(PERIOD, opening);
            expect((await market.mandateOf(alice.id))[1]).to.equal(costNano);
          } else {
            await expect(market.openOrder(PERIOD, opening))
              .to.be.revertedWithCustomError(market, "OutsideMandate")
              .withArgs(alice.id, quote.priceMicroPerKwh, costNano, 200_000_000n);
          }
        });
      }
    });

    it("counts what is spent over periods", async () => {
      const { market, alice, domain, byAgent } = scene;
      await grant();
      await market.openOrder(PERIOD, await sealByAgent(buy(600, 200_000)));
      await goTo(scene, PERIOD, 1);
      const opening = openingOf(alice, PERIOD + 1, buy(401, 200_000));
      const commitment = hashOrder(domain, opening.order, opening.salt);
      await byAgent.submitOrderFor(alice.id, PERIOD + 1, commitment, "0x");
      await goTo(scene, PERIOD, 180);
      await expect(market.openOrder(PERIOD + 1, single(opening)))
        .to.be.revertedWithCustomError(market, "OutsideMandate")
        .withArgs(alice.id, 200_000, 80_200_000n, 80_000_000n);
    });

    it("does not hold for what the owner seals", async () => {
      const { market, alice, domain } = scene;
      await grant();
      const opening = openingOf(alice, PERIOD, buy(2_000, 900_000));
      const commitment = hashOrder(domain, opening.order, opening.salt);
      await scene.byAgent.submitOrderFor(alice.id, PERIOD, saltOf(1, 1), "0x");
      await market.connect(alice.owner).submitOrder(PERIOD, commitment, "0x");
      await goTo(scene, PERIOD - 1, 180);
      await market.openOrder(PERIOD, single(opening));
    });
  });

  it("submitScheduleFor seals a day within the limits", async () => {
    const { market, alice, bob, domain, byAgent, actors } = scene;
    const order = (period: number, quote: Quote) => ({
      participant: alice.id,
      period,
      ...quote,
    });
    const { root, periods, openings } = sealSchedule(domain, 1, [
      order(PERIOD, buy(1, 200_000)),
      order(PERIOD + 1, buy(1, 300_001)),
    ]);
    await expect(byAgent.submitScheduleFor(alice.id, 1, root, periods, "0x"))
      .to.be.revertedWithCustomError(market, "NoMandate")
      .withArgs(alice.id, actors.agent.address);
    await grant();
    await expect(
      byAgent.submitScheduleFor(bob.id, 1, root, periods, "0x"),
    ).to.be.revertedWithCustomError(market, "NoMandate");
    await byAgent.submitScheduleFor(alice.id, 1, root, periods, "0x");
    await goTo(scene, PERIOD - 1, 180);
    await market.openScheduledOrder(PERIOD, scheduled(openings.get(PERIOD)!));
    await goTo(scene, PERIOD, 180);
    await expect(
      market.openScheduledOrder(PERIOD + 1, scheduled(openings.get(PERIOD + 1)!)),
    ).to.be.revertedWithCustomError(market, "OutsideMandate");
  });

  describe("revokeMandate", () => {
    it("ends the right at once; what is sealed still opens within the limits", async () => {
      const { market, alice, actors, byAgent } = scene;
      await grant();
      const opening = await sealByAgent(buy(1, 200_000));
      await expect(market.connect(alice.owner).revokeMandate())
        .to.emit(market, "MandateRevoked")
        .withArgs(alice.id, actors.agent.address);
      await market.openOrder(PERIOD, opening);
      await goTo(scene, PERIOD, 1);
      await expect(
        byAgent.submitOrderFor(alice.id, PERIOD + 1, saltOf(1, 1), "0x"),
      ).to.be.revertedWithCustomError(market, "NoMandate");
    });

    it("kills a mandate that was signed and not yet granted", async () => {
      const { market, core, alice, typedDomain } = scene;
      await grant();
      const mandate = mandateOf();
      const nonce = await core.nonces(alice.owner.address);
      const signature = await signMandate(alice.owner, typedDomain, mandate, nonce);
      await market.connect(alice.owner).revokeMandate();
      await expect(market.grantMandate(mandate, signature)).to.be.revertedWithCustomError(
        market,
        "MandateInvalid",
      );
    });

    it("needs one", async () => {
      const { market, alice, actors, ethers } = scene;
      await expect(market.connect(alice.owner).revokeMandate())
        .to.be.revertedWithCustomError(market, "NoMandate")
        .withArgs(alice.id, ethers.ZeroAddress);
      await expect(market.connect(actors.stranger).revokeMandate()).to.be.revertedWithCustomError(
        market,
        "UnknownAccount",
      );
    });
  });
});
