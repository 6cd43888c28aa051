import { expect } from "chai";
import { Wallet } from "ethers";
import { verifyAttestation } from "../../../../sdk/private/attestation.ts";
import { GatewayRefusedError } from "../../../../sdk/private/gateway/gatewayError.ts";
import { deliveryBody, generationBody } from "../../../../sdk/private/gateway/gatewayProtocol.ts";
import {
  freshNonce,
  signDeliveryRequest,
  signGenerationRequest,
  type GenerationRequest,
} from "../../../../sdk/private/gateway/gatewayRequests.ts";
import { commitmentOf } from "../../../../sdk/private/notes.ts";
import { ServiceUnreachableError } from "../../../../sdk/private/wire/serviceError.ts";
import { wireJson } from "../../../../sdk/private/wire/wireJson.ts";
import { rejection } from "../../../helpers/rejection.ts";
import { KEYS, PERIOD, PERIOD_END_S, sellPlan } from "../../sdk/private/gateway/gatewayScene.ts";
import { ALICE, BOB, POOL } from "../../sdk/private/scene.ts";
import { ALICE_WALLET, BOB_WALLET, LAST_PLAN_S, ServiceScene } from "./serviceScene.ts";

const STRANGER = new Wallet(`0x${"66".repeat(32)}`);
const WISH = { to: ALICE, period: PERIOD, energyWh: 400n };

describe("PrivateGatewayService", function () {
  // It signs on a curve, and syncs its disk.
  this.timeout(30_000);
  let scene: ServiceScene;
  beforeEach(() => {
    scene = new ServiceScene();
  });
  afterEach(() => scene.end());

  const request = (changes: Partial<GenerationRequest> = {}): GenerationRequest => ({
    ...WISH,
    gateway: KEYS.tag,
    nonce: freshNonce(),
    validUntilS: scene.chain.nowS + 60,
    ...changes,
  });
  async function post(path: string, body: unknown) {
    const response = await fetch(scene.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : wireJson(body),
    });
    const json = (await response.json()) as Record<string, unknown>;
    return { status: response.status, retryAfter: response.headers.get("retry-after"), ...json };
  }
  async function wish(signer: Wallet, asked = request()) {
    const signature = await signGenerationRequest(signer, POOL, asked);
    return post("/generation", generationBody(asked, signature));
  }

  describe("POST /generation", () => {
    it("gives the wallet that has joined its note", async () => {
      await scene.serve();
      const commitment = await scene.client(ALICE_WALLET).issueGeneration(WISH);
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
    });

    it("gives nobody else any of its capacity, and makes no proof for them", async () => {
      await scene.serve();
      for (const signer of [STRANGER, BOB_WALLET]) {
        const answer = await wish(signer);
        expect(answer).to.include({ status: 401, error: "HttpRequestError" });
      }
      expect(scene.prover.proofs).to.equal(0);
      expect(await wish(ALICE_WALLET, request({ energyWh: 1_000n }))).to.include({ status: 200 });
    });

    it("takes a signature for what was signed alone", async () => {
      await scene.serve();
      const asked = request();
      const signature = await signGenerationRequest(ALICE_WALLET, POOL, asked);
      const changes: Partial<GenerationRequest>[] = [
        { energyWh: 401n },
        { period: PERIOD + 1n },
        { nonce: freshNonce() },
        { validUntilS: asked.validUntilS + 1 },
        { to: BOB },
      ];
      for (const change of changes) {
        const body = generationBody({ ...asked, ...change }, signature);
        expect(await post("/generation", body)).to.include({ status: 401 });
      }
      const elsewhere = await signGenerationRequest(ALICE_WALLET, { ...POOL, chainId: 1n }, asked);
      expect(await post("/generation", generationBody(asked, elsewhere))).to.include({
        status: 401,
      });
      const other = await signGenerationRequest(ALICE_WALLET, POOL, { ...asked, gateway: 8n });
      expect(await post("/generation", generationBody(asked, other))).to.include({ status: 401 });
      expect(scene.prover.proofs).to.equal(0);
    });

    it("makes one note of a request that is replayed [P9]", async () => {
      await scene.serve();
      const asked = request();
      const answers = await Promise.all([1, 2, 3].map(() => wish(ALICE_WALLET, asked)));
      expect(new Set(answers.map((answer) => answer["commitment" as never])).size).to.equal(1);
      expect(answers[0]).to.include({ status: 200 });
      expect(scene.chain.notes.size).to.equal(1);
    });

    it("issues no more than the capacity to many who ask at once", async () => {
      await scene.serve();
      const asked = [1, 2, 3, 4].map(() => wish(ALICE_WALLET, request({ energyWh: 400n })));
      const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([200, 200, 409, 409]);
      expect(scene.chain.notes.size).to.equal(2);
    });

    it("refuses what is too late: a request, or a period that has no plans any more", async () => {
      await scene.serve();
      const late = request({ validUntilS: LAST_PLAN_S - 1 });
      expect(await wish(ALICE_WALLET, late)).to.include({ status: 410 });
      expect(await wish(ALICE_WALLET, request({ validUntilS: LAST_PLAN_S }))).to.include({
        status: 200,
      });
      scene.chain.nowS = LAST_PLAN_S + 1;
      const answer = await wish(ALICE_WALLET);
      expect(answer).to.include({ status: 410 });
      expect(answer["message" as never]).to.equal(
        "Plans of period 5 were taken before 4400, and it is 4400.",
      );
    });

    it("refuses a period in the far future", async () => {
      await scene.serve();
      const last = BigInt(Math.floor((LAST_PLAN_S + 7 * 24 * 3_600) / 1_000));
      expect(await wish(ALICE_WALLET, request({ period: last }))).to.include({ status: 200 });
      expect(await wish(ALICE_WALLET, request({ period: last + 1n }))).to.include({ status: 422 });
    });

    it("refuses who asks too often, and nobody else for it", async () => {
      scene.chain.participants.set(BOB.owner, 4);
      await scene.serve({ participantRate: { perMinute: 1, burst: 2 } });
      const small = () => request({ energyWh: 1n });
      expect(await wish(ALICE_WALLET, small())).to.include({ status: 200 });
      expect(await wish(ALICE_WALLET, small())).to.include({ status: 200 });
      const refused = await wish(ALICE_WALLET, small());
      expect(refused.status).to.equal(429);
      expect(refused.retryAfter).to.match(/^(60|5\d)$/);
      expect(await wish(BOB_WALLET, { ...small(), to: BOB })).to.include({ status: 200 });
    });

    it("looks at no signature of an address that asks too often", async () => {
      await scene.serve({ addressRate: { perMinute: 1, burst: 1 } });
      expect(await wish(STRANGER)).to.include({ status: 401 });
      expect(await wish(ALICE_WALLET)).to.include({ status: 429 });
    });

    it("has places for a few of one participant's requests alone", async () => {
      scene.chain.participants.set(BOB.owner, 4);
      let prove = () => {};
      const proved = new Promise<void>((resolve) => (prove = resolve));
      scene.prover.meanwhile = () => proved;
      await scene.serve();
      const waiting = [1, 2, 3, 4].map(() => wish(ALICE_WALLET, request({ energyWh: 1n })));
      while (scene.service!.status().waiting < 4) await new Promise((done) => setTimeout(done, 5));
      const fifth = await wish(ALICE_WALLET, request({ energyWh: 1n }));
      expect(fifth).to.include({ status: 503, retryAfter: "5" });
      const others = wish(BOB_WALLET, request({ to: BOB, energyWh: 1n }));
      prove();
      for (const answer of await Promise.all([...waiting, others])) {
        expect(answer).to.include({ status: 200 });
      }
      expect(scene.service!.status().waiting).to.equal(0);
    });

    it("says what is wrong with a body that is none", async () => {
      await scene.serve();
      const asked = request();
      const good = generationBody(asked, await signGenerationRequest(ALICE_WALLET, POOL, asked));
      const bodies: unknown[] = [
        "",
        "[]",
        "null",
        "{",
        { ...good, more: 1 },
        { ...good, to: "swp1" },
        { ...good, period: "-1" },
        { ...good, period: "16777216" },
        { ...good, energyWh: 400 },
        { ...good, energyWh: "268435456" },
        { ...good, nonce: "0x12" },
        { ...good, validUntilS: -1 },
        { ...good, signature: "0x" },
      ];
      for (const body of bodies) {
        const answer = await post("/generation", body);
        expect(answer, wireJson(body)).to.include({ status: 400, error: "MalformedMessageError" });
      }
      for (const signature of [`0x${"00".repeat(65)}`, `0x${"ff".repeat(65)}`]) {
        expect(await post("/generation", { ...good, signature })).to.include({ status: 401 });
      }
      expect(await post("/generation", " ".repeat(8_193))).to.include({ status: 413 });
      expect(scene.prover.proofs).to.equal(0);
    });

    it("is found again by who asks while it is away", async () => {
      const client = () => scene.client(ALICE_WALLET, { patienceMs: 10_000 });
      await scene.serve();
      const { port } = new URL(scene.url);
      await scene.service!.stop();
      const asked = client().issueGeneration(WISH);
      await new Promise((done) => setTimeout(done, 300));
      await scene.serve({ port: Number(port) });
      const commitment = await asked;
      expect([...scene.chain.notes]).to.deep.equal([commitment]);
    });

    it("is given up by who has no patience any more", async () => {
      await scene.serve();
      await scene.service!.stop();
      const client = scene.client(ALICE_WALLET, { patienceMs: 0 });
      expect(await rejection(client.issueGeneration(WISH))).to.be.instanceOf(
        ServiceUnreachableError,
      );
    });

    it("tells its client what it refuses as the gateway itself does", async () => {
      await scene.serve();
      const client = scene.client(ALICE_WALLET, { patienceMs: 0 });
      const error = await rejection(client.issueGeneration({ ...WISH, energyWh: 1_001n }));
      expect(error).to.be.instanceOf(GatewayRefusedError);
      expect(error.message).to.match(/wants 1001 Wh more of period 5/);
      expect(error.message).to.match(/Ask for no more in sum/);
    });
  });

  describe("POST /attestations", () => {
    async function delivered() {
      await scene.serve();
      await scene.client(ALICE_WALLET).issueGeneration({ ...WISH, energyWh: 1_000n });
      const plan = sellPlan();
      const match = scene.chain.agree(plan, 700n);
      scene.meter(600);
      return { plan, features: 0n, match };
    }

    it("tells the seller what was delivered, always the same", async () => {
      const question = await delivered();
      const first = await scene.client(ALICE_WALLET).attestDelivery(question);
      expect(first).to.include({ match: commitmentOf(question.match), energyWh: 600n });
      expect(verifyAttestation(POOL, first)).to.be.true;
      scene.meter(900);
      expect(await scene.client(ALICE_WALLET).attestDelivery(question)).to.deep.equal(first);
    });

    it("tells nobody else, also not who knows both openings", async () => {
      const question = await delivered();
      for (const signer of [STRANGER, BOB_WALLET]) {
        const error = await rejection(scene.client(signer).attestDelivery(question));
        expect(error).to.be.instanceOf(GatewayRefusedError);
        expect(error.message).to.match(/401: The request is not signed by the wallet/);
      }
      expect(scene.ledger.attestedDeliveries()).to.deep.equal([]);
    });

    it("answers who brings the seller's signed question in its place, as long as it is valid", async () => {
      const question = await delivered();
      const asked = { ...question, gateway: KEYS.tag, validUntilS: PERIOD_END_S + 500 };
      const signature = await signDeliveryRequest(ALICE_WALLET, POOL, asked);
      const body = deliveryBody(asked, signature);
      expect(await post("/attestations", body)).to.include({ status: 200, energyWh: "600" });
      const { match } = question;
      const other = deliveryBody({ ...asked, match: { ...match, energyWh: 701n } }, signature);
      expect(await post("/attestations", other)).to.include({ status: 401 });
      scene.chain.nowS = PERIOD_END_S + 501;
      expect(await post("/attestations", body)).to.include({ status: 410 });
    });

    it("refuses what the gateway refuses, with what to do", async () => {
      const question = await delivered();
      scene.chain.metered.clear();
      const error = await rejection(scene.client(ALICE_WALLET).attestDelivery(question));
      expect(error).to.be.instanceOf(GatewayRefusedError);
      expect(error.message).to.match(/no reading of participant 3/);
      expect(error.message).to.match(/Ask again when its meter was read/);
    });

    it("is not believed where it answers with another's signature", async () => {
      const question = await delivered();
      const client = scene.client(ALICE_WALLET, { tag: KEYS.tag + 1n });
      // The gateway takes no request for another one.
      expect(await rejection(client.attestDelivery(question))).to.match(/401/);
      const forger: typeof fetch = async (...args) => {
        const response = await fetch(...args);
        const text = await response.text();
        return new Response(text.replace('"energyWh":"600"', '"energyWh":"601"'), response);
      };
      const deceived = scene.client(ALICE_WALLET, { fetch: forger });
      expect(await rejection(deceived.attestDelivery(question))).to.match(
        /is not signed by gateway/,
      );
    });
  });

  it("answers pages of any origin, and tells how it is", async () => {
    await scene.serve();
    const preflight = await fetch(`${scene.url}/generation`, { method: "OPTIONS" });
    expect(preflight.headers.get("access-control-allow-origin")).to.equal("*");
    await scene.client(ALICE_WALLET).issueGeneration(WISH);
    const status = (await (await fetch(`${scene.url}/status`)).json()) as Record<string, unknown>;
    expect(status).to.include({ tag: KEYS.tag.toString(), issued: 1, failed: 0, readTo: 7 });
    const metrics = await (await fetch(`${scene.url}/metrics`)).text();
    expect(metrics).to.include('sealwatt_private_gateway_requests{outcome="issued"} 1');
    expect(metrics).not.to.include(ALICE_WALLET.address);
    expect((await fetch(`${scene.url}/readyz`)).status).to.equal(200);
    scene.state.gateways.clear();
    expect((await fetch(`${scene.url}/readyz`)).status).to.equal(503);
  });

  it("ends when its ledger takes no more writes", async () => {
    await scene.serve();
    scene.ledger.close();
    expect(await wish(ALICE_WALLET)).to.include({ status: 503 });
    expect((await scene.service!.fault).name).to.equal("LedgerError");
  });
});
