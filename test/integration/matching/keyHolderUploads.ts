import { expect } from "chai";
import { Wallet } from "ethers";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { floodNoise } from "../../../sdk/private/matching/floodNoise.ts";
import { signPlanUpload } from "../../../sdk/private/uploads/planUpload.ts";
import { encodeFrame } from "../../../sdk/private/wire/frame.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { signRequest, SIGNATURE_HEADER } from "../../../sdk/private/wire/signedRequest.ts";
import { POOL_TERMS } from "../../helpers/privateMarket.ts";
import { expectRefused, PERIOD, stageKeyHolder, startOf } from "../../helpers/stageKeyHolder.ts";

const { proposalsLead } = POOL_TERMS;
const HASH = contentHash(new Uint8Array());

describe("The key holder's uploads and bad input", function () {
  this.timeout(120_000);
  const staged = stageKeyHolder();

  it("are judged once: the same answer again, over a restart, whatever is sent @long", async () => {
    const upload = await staged.plan({ side: "buy" });
    const answer = await staged.matcher.judge(upload);
    expect(answer).to.deep.equal({
      plan: String(upload.header.plan),
      contentHash: upload.header.contentHash,
      sound: true,
    });
    await staged.restart();
    expect(await staged.matcher.judge(upload, new Uint8Array(5))).to.deep.equal(answer);
    expect(await staged.blamed()).to.deep.equal([]);
  });

  it("are unsound where they hold so much noise that a pack would be lost, and are counted", async () => {
    const upload = await staged.plan({ side: "buy" });
    const spoiled = new Uint8Array(upload.ciphertext);
    floodNoise(staged.epoch.scheme, spoiled, { primes: 3, bits: 50 });
    expect((await staged.matcher.judge(upload, staged.matcher.blind(spoiled))).sound).to.equal(
      false,
    );
    const status = (await staged.client.get("/status")).json() as {
      epochs: { refusals: number }[];
      uploads: object;
    };
    expect(status.epochs[0]!.refusals).to.equal(1);
    expect(status.uploads).to.deep.equal({ sound: 0, unsound: 1 });
    await staged.closePlans();
    const body = await expectRefused(
      staged.matcher.open(await staged.matcher.draw(PERIOD, 0, [upload])),
      409,
      "RoundListError",
    );
    expect(body.foreign).to.have.length(1);
  });

  it("are refused where the plan, its hash, its upload key or its signature is another's", async () => {
    const [upload, other] = [
      await staged.plan({ side: "buy" }),
      await staged.plan({ side: "buy", owner: 2 }),
    ];
    const { header } = upload;
    const judge = (changes: object) =>
      staged.matcher.judge({ ...upload, header: { ...header, ...changes } });
    await expectRefused(judge({ plan: 77n }), 404, "UploadRefusedError");
    await expectRefused(judge({ period: PERIOD + 1n }), 409, "UploadRefusedError");
    await expectRefused(judge({ side: "sell" }), 409, "UploadRefusedError");
    await expectRefused(
      judge({ contentHash: other.header.contentHash }),
      409,
      "UploadRefusedError",
    );
    await expectRefused(
      judge({ uploadAddress: Wallet.createRandom().address }),
      409,
      "UploadRefusedError",
    );
    await expectRefused(judge({ signature: other.header.signature }), 401, "UploadRefusedError");
    // The epoch is signed as well.
    await expectRefused(judge({ epoch: 2 }), 401, "UploadRefusedError");
    // Who copies another's ciphertext cannot upload it for a plan of its own.
    const { contentHash: content, originContentHash } = header;
    const copied = { ...other.header, contentHash: content, originContentHash };
    await expectRefused(
      staged.matcher.judge({ ...upload, header: copied }),
      409,
      "UploadRefusedError",
    );
  });

  it("have no envelope taken after they were judged that the upload key has not signed", async () => {
    const upload = await staged.plan({ side: "buy" });
    const answer = await staged.matcher.judge(upload);
    const { header } = upload;
    const envelopeHash = contentHash(new Uint8Array(9));
    const judge = (changes: object) =>
      staged.matcher.judge({ ...upload, header: { ...header, ...changes } });
    await expectRefused(judge({ envelopeHash }), 401, "UploadRefusedError");
    const stranger = Wallet.createRandom();
    const forged = await signPlanUpload(stranger, staged.epoch.pool, { ...header, envelopeHash });
    await expectRefused(judge(forged), 409, "UploadRefusedError");
    const { signature } = forged;
    await expectRefused(judge({ envelopeHash, signature }), 401, "UploadRefusedError");
    expect(await judge({})).to.deep.equal(answer);
  });

  it("are late when no match of their period is taken any more @long", async () => {
    const upload = await staged.plan({ side: "buy" });
    await staged.goTo(startOf(PERIOD) - proposalsLead);
    await expectRefused(staged.matcher.judge(upload), 410, "PeriodOverError");
  });

  it("are refused to everybody but the matcher, and when changed on their way", async () => {
    const upload = await staged.plan({ side: "buy" });
    const body = encodeFrame({ header: upload.header }, [staged.matcher.blind(upload.ciphertext)]);
    const stranger = staged.keyHolders.client(staged.running, staged.fixture.actors.stranger);
    await expectRefused(stranger.post("/uploads", body), 401, "ForeignRequestError");
    const { url } = staged.running;
    const pool = staged.epoch.pool;
    const unsigned = new ServiceClient({ url, pool });
    await expectRefused(unsigned.post("/uploads", body), 401, "ForeignRequestError");
    const elsewhere = new ServiceClient({
      url,
      pool: { ...pool, chainId: 1n },
      signer: staged.fixture.actors.matcher,
    });
    await expectRefused(elsewhere.post("/uploads", body), 401, "ForeignRequestError");
    // A signature of one request is none of another path or body.
    const call = { pool, method: "POST" as const, path: "/beacons", body };
    const signature = await signRequest(staged.fixture.actors.matcher, call);
    const moved = await fetch(`${url}/uploads`, {
      method: "POST",
      headers: { "content-type": "application/vnd.sealwatt.frame", [SIGNATURE_HEADER]: signature },
      body,
    });
    expect(moved.status).to.equal(401);
  });

  it("tell what is wrong with each request, and what to do", async () => {
    const { client } = staged;
    const round = `/rounds/${HASH}`;
    const frame = encodeFrame({});
    for (const [path, body] of [
      ["/uploads", new Uint8Array([1, 2, 3])],
      ["/uploads", frame],
      ["/uploads", encodeFrame({ header: {} }, [new Uint8Array(3)])],
      ["/beacons", {}],
      ["/beacons", { period: 3 }],
      ["/beacons", { period: "-1" }],
      ["/beacons", { period: String(2n ** 24n) }],
      ["/rounds", { format: "sealwatt round 2" }],
      ["/rounds", []],
      [`${round}/bids/-1`, encodeFrame({ distances: 0, limits: 0 })],
      [`${round}/bids/0`, encodeFrame({ distances: 1, limits: 0 })],
      [`${round}/bids/0`, frame],
      [`${round}/squares`, encodeFrame({ more: 1 })],
      [`${round}/pairs`, { pairs: [[1]] }],
      [`${round}/pairs`, { pairs: [[1, 2, 3]] }],
      [`${round}/pairs`, { pairs: [[0, -1]] }],
      [`${round}/pairs/0`, frame],
      [
        "/verdicts",
        encodeFrame({ period: "1", epoch: 1, deliveries: [{ record: "1", contentHash: HASH }] }),
      ],
      ["/reputation", { address: "swp1" }],
    ] as [string, Uint8Array | object][]) {
      const isFrame = !(body instanceof Uint8Array && body.length === 3);
      await expectRefused(
        client.post(path, body),
        400,
        isFrame ? "MalformedMessageError" : "FrameError",
      );
    }
    for (const [path, body] of [
      [`${round}/bids/0`, encodeFrame({ distances: 0, limits: 0 })],
      [`${round}/squares`, frame],
      [`${round}/pairs`, { pairs: [] }],
      [`${round}/finish`, {}],
    ] as [string, Uint8Array | object][]) {
      await expectRefused(client.post(path, body), 404, "UnknownRoundError");
    }
    await expectRefused(client.get("/epochs/0"), 404, "UnknownEpochError");
    await expectRefused(client.get("/epochs/2"), 404, "UnknownEpochError");
    await expectRefused(client.get("/epochs/one/public-key"), 404, "UnknownEpochError");
    await expectRefused(client.get("/matches/x/energy"), 400, "MalformedMessageError");
    const far = client.post("/beacons", { period: String(PERIOD) });
    await expectRefused(far, 503, "NotYetError");
    expect((await fetch(`${staged.running.url}/uploads`)).status).to.equal(405);
    expect((await fetch(`${staged.running.url}/nothing`)).status).to.equal(404);
    const text = await fetch(`${staged.running.url}/beacons`, { method: "POST", body: "{}" });
    expect(text.status).to.equal(415);
    const large = await fetch(`${staged.running.url}/beacons`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "x".repeat(100_000),
    });
    expect(large.status).to.equal(413);
  });

  it("show evidence on this machine only, to no page of a browser and through no proxy", async () => {
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${staged.running.url}/evidence`, { headers })).status;
    expect(await ask({})).to.equal(200);
    expect(await ask({ origin: "https://example.org" })).to.equal(403);
    expect(await ask({ "x-forwarded-for": "203.0.113.9" })).to.equal(403);
  });

  it("tell health, readiness, status and metrics, and log no secret", async () => {
    const { url, lines } = staged.running;
    for (const path of ["/healthz", "/readyz", "/status", "/metrics"]) {
      expect((await fetch(url + path)).status).to.equal(200);
    }
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).to.match(/sealwatt_keyholder_ready 1\n/);
    expect(metrics).to.match(/sealwatt_keyholder_epoch 1\n/);
    // By the number that the chain and every route has for it.
    expect(lines.join("\n")).to.match(/An epoch was announced\.[^\n]*"epoch":1\b/);
    expect(lines.join("\n")).to.not.contain("password");
  });
});
