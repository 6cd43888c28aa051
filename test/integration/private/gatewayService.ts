import { expect } from "chai";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { MarketReads } from "../../../sdk/clients/marketReads.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { GatewayRefusedError } from "../../../sdk/private/gateway/gatewayError.ts";
import { ChainMeters } from "../../../oracle/privateGateway/chainMeters.ts";
import { goTo } from "../../helpers/market.ts";
import { stagePool } from "../../helpers/privateMarket.ts";
import { rejection } from "../../helpers/rejection.ts";
import { report, settle } from "../../helpers/verbs.ts";
import {
  GATEWAY_WALLET,
  PERIOD,
  PrivateGatewayScene,
  registerPrivateGateway,
} from "./gatewayScene.ts";

/** 100 kW for a quarter of an hour. */
const CAPACITY_WH = 25_000;

describe("a private gateway's service", function () {
  this.timeout(120_000);
  const scene = stagePool(async (fixture) => {
    await registerPrivateGateway(fixture);
    const { market, registry, actors } = fixture;
    const participantOf = async (person: "seller" | "buyer") => {
      const owner = actors[person];
      const id = Number(await market.participantOf(owner.address));
      const { meterId } = await market.meterOf(id);
      return { id, owner, gateway: actors.gateway, meterId: Number(meterId) };
    };
    const [seller, buyer] = [await participantOf("seller"), await participantOf("buyer")];
    return { seller, buyer, registry };
  });
  let gateway: PrivateGatewayScene;
  beforeEach(() => {
    gateway = new PrivateGatewayScene(scene);
  });
  afterEach(() => gateway.end());

  const wish = (to: { account: bigint; viewKey: readonly [bigint, bigint] }, energyWh: bigint) => ({
    to,
    period: BigInt(PERIOD),
    energyWh,
  });

  it("vouches for a trade from before it flows until it is paid", async () => {
    const { url } = await gateway.start();
    const [seller, buyer] = [gateway.trader("seller", 1), gateway.trader("buyer", 2)];
    await seller.join();
    await buyer.join();
    const client = gateway.client(url);
    await client.issueGeneration(wish(seller.account, 800n));
    const question = await gateway.agree(seller, buyer, 800n);
    const early = await rejection(client.attestDelivery(question));
    expect(early).to.be.instanceOf(GatewayRefusedError);
    expect(early.message).to.match(/Period 1 ends at/);

    await goTo(scene, PERIOD + 1, 1);
    expect((await rejection(client.attestDelivery(question))).message).to.match(/no reading of/);
    await report(scene, scene.seller, PERIOD, 0, 790);
    await report(scene, scene.buyer, PERIOD, 900, 0);
    // A reading that is not settled is none yet.
    expect((await rejection(client.attestDelivery(question))).message).to.match(/no reading of/);
    await settle(scene, PERIOD);
    const attestation = await client.attestDelivery(question);
    expect(attestation.energyWh).to.equal(790n);
    await seller.reportActual(attestation);
    await seller.settle(attestation.match);
    // Within the tolerance, and so paid as agreed.
    expect(seller.store.balanceNano).to.equal(800n * 200_000n);
  });

  it("gives what a participant has been vouched for to its own wallet's requests alone", async () => {
    const { url } = await gateway.start();
    const [seller, buyer] = [gateway.trader("seller", 1), gateway.trader("buyer", 2)];
    await seller.join();
    await buyer.join();
    for (const other of ["buyer", "stranger"] as const) {
      const error = await rejection(
        gateway.client(url, other).issueGeneration(wish(seller.account, 1n)),
      );
      expect(error.message).to.match(/401: The request is not signed by the wallet/);
    }
    const stolen = gateway.client(url, "stranger");
    const alien = gateway.trader("seller", 3).account;
    expect((await rejection(stolen.issueGeneration(wish(alien, 1n)))).message).to.match(
      /401: Nobody has joined as owner/,
    );
    expect(gateway.prover.requests).to.be.empty;
    await gateway.client(url).issueGeneration(wish(seller.account, BigInt(CAPACITY_WH)));
  });

  it("issues a household's capacity once, to requests at once and over its own restarts", async () => {
    const first = await gateway.start();
    let { url } = first;
    const seller = gateway.trader("seller", 1);
    await seller.join();
    const third = BigInt(Math.floor(CAPACITY_WH / 3) + 1);
    const asked = [1, 2, 3].map(() =>
      gateway.client(url).issueGeneration(wish(seller.account, third)),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).to.have.lengthOf(2);
    await first.stop();
    ({ url } = await gateway.start());
    const again = gateway.client(url).issueGeneration(wish(seller.account, third));
    expect((await rejection(again)).message).to.match(/more of period 1 than its 25000 Wh allow/);
    await gateway
      .client(url)
      .issueGeneration(wish(seller.account, BigInt(CAPACITY_WH) - 2n * third));
    await seller.sync();
    const notes = seller.store.generation(BigInt(PERIOD)).map(({ note }) => note.energyWh);
    expect(notes.reduce((sum, energyWh) => sum + energyWh, 0n)).to.equal(BigInt(CAPACITY_WH));
  });

  it("vouches for nobody whose meter is another gateway's, or left out", async () => {
    const seller = gateway.trader("seller", 1);
    await seller.join();
    const own = await gateway.start({ meteredBy: [scene.actors.stranger.address] });
    const refused = gateway.client(own.url).issueGeneration(wish(seller.account, 1n));
    expect((await rejection(refused)).message).to.match(/No participant behind this gateway/);
    await own.stop();
    const few = await gateway.start({ participants: [scene.buyer.id] });
    const left = gateway.client(few.url).issueGeneration(wish(seller.account, 1n));
    expect((await rejection(left)).message).to.match(/No participant behind this gateway/);
  });

  it("is of one process at a time", async () => {
    await gateway.start();
    const second = await rejection(gateway.start());
    expect(second.message).to.match(/vouch\.db.* cannot be opened/);
  });

  it("tells who asks that the pool does not know it", async () => {
    const { pool, actors } = scene;
    const { url } = await gateway.start();
    const seller = gateway.trader("seller", 1);
    await seller.join();
    await pool.connect(actors.operator).setGateway(GATEWAY_WALLET.address, 0n);
    const error = await rejection(gateway.client(url).issueGeneration(wish(seller.account, 1n)));
    expect(error).not.to.be.instanceOf(ContractRevertedError);
    expect(error.message).to.match(/503: The contract refused: .*Gateway/);
    expect((await fetch(`${url}/readyz`)).status).to.equal(503);
  });

  describe("its meters", () => {
    async function meters(options: { confirmations?: number; participants?: number[] } = {}) {
      const { ethers, poolAddress, marketAddress, registry, actors } = scene;
      const { provider } = ethers;
      const reads = await MarketReads.connect(provider, {
        market: marketAddress,
        registry: await registry.getAddress(),
      });
      const follower = new PoolFollower(provider, poolAddress);
      const meteredBy = [actors.gateway.address];
      return new ChainMeters({ reads, follower, meteredBy, confirmations: 0, ...options });
    }

    it("are of who has joined and is metered by the gateway, at this moment", async () => {
      const book = await meters();
      const seller = gateway.trader("seller", 1);
      const { owner } = seller.account;
      expect(await book.participantOf(owner)).to.be.undefined;
      await seller.join();
      expect(await book.participantOf(owner)).to.equal(scene.seller.id);
      expect(await (await meters({ participants: [1] })).participantOf(owner)).to.be.undefined;
      const { registry, actors } = scene;
      await registry
        .connect(actors.operator)
        .rebindMeter(scene.seller.id, "another", actors.stranger.address, 4_000, 0, 0, 0, 0);
      expect(await book.participantOf(owner)).to.be.undefined;
      expect(await book.capacityWh(scene.seller.id)).to.equal(1_000);
    });

    it("are not of who was expelled, and again of who joins anew", async () => {
      const book = await meters();
      const seller = gateway.trader("seller", 1);
      const { owner } = seller.account;
      await seller.join();
      await book.participantOf(owner);
      const { pool, actors } = scene;
      const neighbours = seller.follower.state.participants.neighboursOfOwner(owner);
      await pool.connect(actors.operator).expel(actors.seller.address, [...neighbours]);
      expect(await book.participantOf(owner)).to.be.undefined;
      await seller.join();
      expect(await book.participantOf(owner)).to.equal(scene.seller.id);
    });

    it("show what was settled, as deep as is asked for", async () => {
      const book = await meters();
      const deep = await meters({ confirmations: 2 });
      const { id } = scene.seller;
      expect(await book.meteredWh(id, PERIOD)).to.be.undefined;
      await goTo(scene, PERIOD + 1, 1);
      await report(scene, scene.seller, PERIOD, 5, 640);
      expect(await book.meteredWh(id, PERIOD)).to.be.undefined;
      await settle(scene, PERIOD);
      expect(await book.meteredWh(id, PERIOD)).to.equal(640);
      expect(await book.meteredWh(id, PERIOD - 1)).to.be.undefined;
      expect(await book.meteredWh(id, PERIOD + 1)).to.be.undefined;
      expect(await deep.meteredWh(id, PERIOD)).to.be.undefined;
      await scene.networkHelpers.mine(1);
      expect(await deep.meteredWh(id, PERIOD)).to.be.undefined;
      await scene.networkHelpers.mine(1);
      expect(await deep.meteredWh(id, PERIOD)).to.equal(640);
    });

    it("show nothing of who was settled without a reading", async () => {
      const book = await meters();
      await goTo(scene, PERIOD + 6, 1);
      const settled = await settle(scene, PERIOD);
      expect(settled.find(({ participant }) => participant === scene.seller.id)!.unread).to.be.true;
      expect(await book.meteredWh(scene.seller.id, PERIOD)).to.be.undefined;
    });

    it("show what the chain has after a reorganisation, not what it had", async () => {
      const book = await meters();
      const { networkHelpers } = scene;
      const { id } = scene.seller;
      await goTo(scene, PERIOD + 1, 1);
      const before = await networkHelpers.takeSnapshot();
      await report(scene, scene.seller, PERIOD, 0, 640);
      await settle(scene, PERIOD);
      expect(await book.meteredWh(id, PERIOD)).to.equal(640);
      await before.restore();
      expect(await book.meteredWh(id, PERIOD)).to.be.undefined;
      await report(scene, scene.seller, PERIOD, 0, 333);
      await settle(scene, PERIOD);
      expect(await book.meteredWh(id, PERIOD)).to.equal(333);
    });
  });
});
