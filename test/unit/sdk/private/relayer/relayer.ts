import { request as httpRequest } from "node:http";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { TransactionSender } from "../../../../../sdk/clients/transactionSender.ts";
import { poolInterface } from "../../../../../sdk/private/chain/poolInterface.ts";
import { SenderLiedError } from "../../../../../sdk/private/client/clientErrors.ts";
import { OutcomeUnknownError } from "../../../../../sdk/private/client/poolSender.ts";
import { Relayer, type RelayReport } from "../../../../../sdk/private/relayer/relayer.ts";
import {
  askRelayer,
  RelayerError,
  relayerSender,
} from "../../../../../sdk/private/relayer/relayerSender.ts";
import { GENESIS } from "../../../../helpers/market.ts";
import { stagePool } from "../../../../helpers/privateMarket.ts";
import {
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../../../helpers/privateTraders.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const FEE_NANO = 1_000n;
const ORIGIN = { "content-type": "application/json" };

const endless = () =>
  new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4_096).fill(0x20)),
  });

describe("a relayer of a private market", () => {
  const scene = stagePool(async (fixture) => {
    const place: TradingPlace = { provider: fixture.ethers.provider, ...fixture };
    await registerGateway(place);
    await fixture.token
      .connect(fixture.actors.treasurer)
      .mint(fixture.actors.buyer.address, 10n ** 12n);
    const [funded] = fixture.actors.people;
    const key = fixture.ethers.Wallet.createRandom(fixture.ethers.provider);
    await funded!.sendTransaction({ to: key.address, value: 10n ** 18n });
    return { place, key };
  });
  let relayer: Relayer;
  let url: string;
  let reports: RelayReport[];
  let prover: StandInProver;
  let buyer: ReturnType<typeof trader>;

  beforeEach(async () => {
    reports = [];
    relayer = new Relayer({
      pool: scene.poolAddress,
      sender: await TransactionSender.of(scene.key),
      feeNano: FEE_NANO,
      rate: { perMinute: 60, burst: 8 },
      onRelayed: (report) => reports.push(report),
    });
    url = await relayer.start();
    prover = new StandInProver();
    const { provider } = scene.place;
    buyer = trader(scene.place, scene.actors.buyer, 2, prover, relayerSender(provider, url));
    await buyer.join();
    await buyer.deposit(1_000_000_000n);
  });
  afterEach(() => relayer.stop());

  async function post(body: string, path = "relay"): Promise<{ status: number; text: string }> {
    const response = await fetch(new URL(path, url), { method: "POST", headers: ORIGIN, body });
    return { status: response.status, text: await response.text() };
  }

  const relay = (data: string, pool = scene.poolAddress) => post(JSON.stringify({ pool, data }));

  it("says what it is", async () => {
    expect(await askRelayer(url)).to.deep.equal({
      chainId: scene.poolId.chainId,
      pool: scene.poolAddress,
      relayer: scene.key.address,
      feeNano: FEE_NANO,
    });
  });

  it("sends what anybody may, and gets its fee of a withdrawal", async () => {
    const { token, actors } = scene;
    const { sent } = await buyer.withdraw(50_000n, actors.stranger.address, {
      relayer: scene.key.address,
      feeNano: FEE_NANO,
    });
    const transaction = await scene.ethers.provider.getTransaction(sent!.hash);
    expect(transaction!.from).to.equal(scene.key.address);
    expect(await token.balanceOf(scene.key.address)).to.equal(FEE_NANO);
    expect(await token.balanceOf(actors.stranger.address)).to.equal(50_000n - FEE_NANO);
    expect(reports).to.deep.equal([
      { verb: "insertLeaves", outcome: "mined" },
      { verb: "withdraw", outcome: "mined" },
    ]);
  });

  it("sends no withdrawal that does not pay it", async () => {
    const data = (payee: string, feeNano: bigint) =>
      poolInterface.encodeFunctionData("withdraw", [
        { points: Array(8).fill(0), signals: [] },
        0,
        ZeroAddress,
        payee,
        feeNano,
      ]);
    for (const [payee, feeNano] of [
      [scene.key.address, FEE_NANO - 1n],
      [scene.actors.stranger.address, FEE_NANO],
      [ZeroAddress, 0n],
    ] as const) {
      const { status, text } = await relay(data(payee, feeNano));
      expect(status).to.equal(400);
      expect(text).to.include(`this relayer takes ${FEE_NANO}`);
    }
    expect(reports).to.be.empty;
  });

  it("sends nothing that is bound to its sender or is not the pool's", async () => {
    const proof = { points: Array(8).fill(0), signals: [] };
    const refused = [
      poolInterface.encodeFunctionData("deposit", [proof, 0]),
      poolInterface.encodeFunctionData("join", [proof, 0]),
      poolInterface.encodeFunctionData("setGateway", [ZeroAddress, 0]),
      scene.token.interface.encodeFunctionData("transfer", [scene.actors.stranger.address, 1]),
      "0x",
      "0x12345678",
      `${poolInterface.encodeFunctionData("insertLeaves", [64])}00`,
      poolInterface.encodeFunctionData("insertLeaves", [64]).slice(0, -2),
    ];
    for (const data of refused.slice(0, 7)) expect((await relay(data)).status, data).to.equal(400);
    await relayer.stop();
    relayer = new Relayer({
      pool: scene.poolAddress,
      sender: await TransactionSender.of(scene.key),
    });
    url = await relayer.start();
    for (const data of refused.slice(7)) expect((await relay(data)).status, data).to.equal(400);
    const insert = poolInterface.encodeFunctionData("insertLeaves", [64]);
    expect((await relay(insert, scene.token.target as string)).status).to.equal(400);
    expect((await relay(insert)).status).to.equal(200);
    expect(reports).to.be.empty;
  });

  it("is not drained by leaves that are inserted one by one", async () => {
    const before = await scene.ethers.provider.getTransactionCount(scene.key.address);
    for (const count of [0, 1, 63, 65]) {
      const { status, text } = await relay(
        poolInterface.encodeFunctionData("insertLeaves", [count]),
      );
      expect(status, String(count)).to.equal(400);
      expect(text).to.include("Insert 64");
    }
    expect(await scene.ethers.provider.getTransactionCount(scene.key.address)).to.equal(before);
    expect((await relay(poolInterface.encodeFunctionData("insertLeaves", [64]))).status).to.equal(
      200,
    );
  });

  it("spends no gas on what reverts", async () => {
    const before = await scene.ethers.provider.getTransactionCount(scene.key.address);
    const data = poolInterface.encodeFunctionData("lapse", [77]);
    const { status, text } = await relay(data);
    expect(status).to.equal(422);
    expect(text).to.include("MatchNot");
    expect(await scene.ethers.provider.getTransactionCount(scene.key.address)).to.equal(before);
    expect(reports).to.deep.equal([{ verb: "lapse", outcome: "MatchNot" }]);
  });

  it("refuses what is no request", async () => {
    expect((await post("{")).status).to.equal(400);
    expect((await post("null")).status).to.equal(400);
    expect((await post("[]")).status).to.equal(400);
    expect((await post(JSON.stringify({ pool: scene.poolAddress, data: 5 }))).status).to.equal(400);
    expect((await post("x".repeat(40_000))).status).to.equal(413);
    expect((await post("{}", "elsewhere")).status).to.equal(404);
    expect((await fetch(new URL("relay", url))).status).to.equal(405);
  });

  it("lets nobody ask too often, and tells when again", async () => {
    await relayer.stop();
    relayer = new Relayer({
      pool: scene.poolAddress,
      sender: await TransactionSender.of(scene.key),
      // The next is free again after a minute, which eight requests do not take.
      rate: { perMinute: 1, burst: 8 },
    });
    url = await relayer.start();
    const statuses: number[] = [];
    for (let i = 0; i < 9; i++) statuses.push((await post("{")).status);
    expect(statuses).to.deep.equal([...Array<number>(8).fill(400), 429]);
    const again = await fetch(new URL("relay", url), { method: "POST", body: "{" });
    expect(again.headers.get("retry-after")).to.match(/^\d+$/);
  });

  it("lets a page of any origin ask", async () => {
    const preflight = await fetch(new URL("relay", url), { method: "OPTIONS" });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get("access-control-allow-origin")).to.equal("*");
    expect(preflight.headers.get("access-control-allow-headers")).to.equal("content-type");
  });

  it("survives who sends slowly or goes away", async () => {
    const { hostname, port } = new URL(url);
    const half = httpRequest({ hostname, port, path: "/relay", method: "POST" });
    half.on("error", () => {});
    half.setHeader("content-length", 500);
    half.write("{");
    await new Promise((resolve) => setTimeout(resolve, 20));
    half.destroy();
    expect((await relay(poolInterface.encodeFunctionData("insertLeaves", [64]))).status).to.equal(
      200,
    );
  });

  it("tells its operator nothing of whose a call was", async () => {
    await buyer.withdraw(50_000n, scene.actors.stranger.address, {
      relayer: scene.key.address,
      feeNano: FEE_NANO,
    });
    for (const report of reports) expect(Object.keys(report)).to.deep.equal(["verb", "outcome"]);
  });

  describe("asked by a participant who does not believe it", () => {
    const bid = { period: 2n, energyWh: 100n, priceMicroPerKwh: 300_000n };
    const withFetch = (change: typeof fetch) =>
      trader(
        scene.place,
        scene.actors.buyer,
        2,
        prover,
        relayerSender(scene.place.provider, url, { fetch: change }),
      );
    /** Until what was given away can be mined no more. */
    const expire = () => scene.networkHelpers.time.increase(242);
    /** Answers `POST /relay` otherwise than the relayer. */
    const answering = (answer: (send: () => Promise<Response>) => Promise<Response>) =>
      withFetch((input, init) =>
        init?.method === "POST" ? answer(() => fetch(input, init)) : fetch(input, init),
      );

    beforeEach(async () => {
      await scene.pool.insertLeaves(5);
    });

    it("reads no terms without an end", async () => {
      const sly = withFetch(() => Promise.resolve(new Response(endless())));
      const error = await rejection(sly.submitBuyPlan(bid));
      expect(error).to.be.instanceOf(RelayerError);
      expect(error.message).to.include("more than 65536 bytes came");
    });

    it("says at once that it is down, and that nothing was sent", async () => {
      await relayer.stop();
      const error = await rejection(buyer.submitBuyPlan(bid));
      expect(error).to.be.instanceOf(RelayerError);
      expect(error.message).to.include("Nothing was sent");
    });

    it("gives no proof to a relayer of another pool or to something else", async () => {
      for (const terms of [
        { pool: scene.token.target, format: "sealwatt relayer 1", chainId: "1", feeNano: "0" },
        { format: "sealwatt relayer 1" },
        { format: "another" },
        null,
      ]) {
        const full = terms && { relayer: scene.key.address, ...terms };
        const posted: unknown[] = [];
        const sly = withFetch(async (_, init) => {
          if (init?.method === "POST") posted.push(init.body);
          return Response.json(full);
        });
        expect(await rejection(sly.submitBuyPlan(bid))).to.be.instanceOf(RelayerError);
        expect(posted).to.be.empty;
      }
    });

    it("asks its own node before the relayer gets the proof", async () => {
      const posted: unknown[] = [];
      const sly = answering(async () => {
        posted.push(1);
        return Response.json({});
      });
      await scene.networkHelpers.time.increaseTo(GENESIS);
      const error = await rejection(sly.submitBuyPlan({ ...bid, period: 0n }));
      expect(error.message).to.include("PlansClosed");
      expect(posted).to.be.empty;
    });

    it("takes what was mined though the relayer says no", async () => {
      const sly = answering(async (send) => {
        await send();
        return Response.json({ error: { message: "No.", remedies: [] } }, { status: 400 });
      });
      await sly.submitBuyPlan(bid);
      expect(sly.store.openPlans()).to.have.length(1);
      expect(prover.requests.filter(({ circuit }) => circuit === "BuyPlan")).to.have.length(1);
    });

    it("finds out what was not mined though the relayer says yes", async () => {
      const sly = answering(async () => {
        await expire();
        return Response.json({ hash: `0x${"ab".repeat(32)}`, blockNumber: 1 });
      });
      expect(await rejection(sly.submitBuyPlan(bid))).to.be.instanceOf(SenderLiedError);
      await buyer.submitBuyPlan(bid);
      expect(buyer.store.openPlans()).to.have.length(1);
    });

    it("does not take nonsense for an answer", async () => {
      for (const nonsense of [
        Response.json({ hash: 5, blockNumber: "x" }),
        Response.json({ hash: "0x", blockNumber: -1.5 }),
        Response.json(null),
        new Response("<html>"),
        new Response(null, { status: 500 }),
        new Response(endless()),
      ]) {
        const sly = answering(async () => {
          await expire();
          return nonsense;
        });
        expect(await rejection(sly.submitBuyPlan(bid))).to.be.instanceOf(OutcomeUnknownError);
      }
    });

    it("loses nothing to a relayer that redirects a withdrawal to itself", async () => {
      const sly = withFetch(async (input, init) => {
        if (init?.method !== "POST") return fetch(input, init);
        const { pool, data } = JSON.parse(init.body as string) as { pool: string; data: string };
        const [proof, deadline, , payee, fee] = poolInterface.decodeFunctionData("withdraw", data);
        const own = poolInterface.encodeFunctionData("withdraw", [
          (proof as { toObject(deep: boolean): unknown }).toObject(true),
          deadline,
          scene.key.address,
          payee,
          fee,
        ]);
        const answer = await fetch(input, { ...init, body: JSON.stringify({ pool, data: own }) });
        await expire();
        return answer;
      });
      const failure = await rejection(
        sly.withdraw(50_000n, scene.actors.stranger.address, {
          relayer: scene.key.address,
          feeNano: FEE_NANO,
        }),
      );
      expect(failure.message).to.include("ForeignContext");
      expect(await scene.token.balanceOf(scene.key.address)).to.equal(0n);
    });
  });
});
