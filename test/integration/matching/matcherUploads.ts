import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { expect } from "chai";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS } from "../../../sdk/private/matching/parameters.ts";
import { EnergyCipher } from "../../../sdk/private/matching/energyCipher.ts";
import { createHeKeys } from "../../../sdk/private/matching/heKeys.ts";
import { CIPHERTEXT_PREFIX_BYTES } from "../../../sdk/private/matching/ciphertextBytes.ts";
import { featuresHash } from "../../../sdk/private/uploads/featuresHash.ts";
import {
  signPlanUpload,
  type PlanUploadFields,
  type PlanUploadHeader,
} from "../../../sdk/private/uploads/planUpload.ts";
import { uploadKeyOf } from "../../../sdk/private/uploads/uploadKey.ts";
import { readReceipt, verifyReceipt } from "../../../sdk/private/uploads/receipt.ts";
import { encodeFrame, FRAME_CONTENT_TYPE } from "../../../sdk/private/wire/frame.ts";
import { eventually, MatchingScene, timesOf, type ScenePlan } from "../../helpers/matchingScene.ts";

/** An envelope that nobody opens in these tests. */
const ENVELOPE = new Uint8Array(randomBytes(2_096));
const OWN_ENVELOPE = new Uint8Array(randomBytes(2_096));

interface Answer {
  status: number;
  json: { error?: string; message?: string; remedy?: string[] } & Record<string, unknown>;
}

describe("a matcher's uploads", function () {
  this.timeout(120_000);
  let scene: MatchingScene;
  let plan: ScenePlan;
  let other: ScenePlan;

  const start = async (options: Parameters<MatchingScene["startMatcher"]>[0] = {}) => {
    await scene.startMatcher(options);
    await scene.epochsMirrored();
  };

  let period = 6n;

  before(async () => {
    scene = await MatchingScene.start({ traders: 2 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    await start();
  });

  after(() => scene.stop());

  beforeEach(async () => {
    period += 3n;
    plan = await scene.submit(scene.traders[0]!, period, { side: "sell" });
    other = await scene.submit(scene.traders[1]!, period, { side: "buy" });
  });

  const keyOf = ({ trader, prepared }: ScenePlan) =>
    uploadKeyOf(trader.person.account, prepared.originContentHash);

  /** The header of a plan's upload, signed by its upload key unless another is given. */
  const headerOf = (
    of: ScenePlan,
    changes: Partial<PlanUploadFields> = {},
    signer = keyOf(of),
  ): Promise<PlanUploadHeader> => {
    const { side, period, epoch, contentHash: content, originContentHash } = of.prepared;
    return signPlanUpload(signer, scene.pool, {
      plan: of.commitment,
      side,
      period,
      epoch,
      contentHash: content,
      originContentHash,
      envelopeHash: contentHash(ENVELOPE),
      ...changes,
    });
  };

  const post = async (
    body: Uint8Array,
    headers: Record<string, string> = {},
    path = "/plans",
  ): Promise<Answer> => {
    const response = await fetch(scene.matcher.url + path, {
      method: "POST",
      headers: { "content-type": FRAME_CONTENT_TYPE, ...headers },
      body: body as Uint8Array<ArrayBuffer>,
    });
    return { status: response.status, json: (await response.json()) as Answer["json"] };
  };
  /** Sends the same again until it is judged, which a slow machine may not do at once. */
  const send = async (
    header: object,
    ciphertext: Uint8Array,
    envelope = ENVELOPE,
  ): Promise<Answer> => {
    const frame = encodeFrame(header, [envelope, ciphertext]);
    for (;;) {
      const answer = await post(frame);
      if (answer.status !== 202) return answer;
      await pause(100);
    }
  };
  const statusOf = () => scene.matcher.status.periods.find((one) => one.period === period);
  const uploads = () =>
    statusOf()?.uploads ?? { taken: 0, sound: 0, unsound: 0, lost: 0, bytes: 0 };

  it("are taken with a receipt, once, and again with the same", async () => {
    const header = await headerOf(plan);
    const first = await send(header, plan.prepared.ciphertext);
    expect(first.status).to.equal(200);
    const receipt = readReceipt(first.json, "receipt");
    expect(verifyReceipt(scene.pool, receipt, scene.matcherWallet.address)).to.equal(true);
    expect(receipt.plan).to.equal(plan.commitment);
    const again = await send(header, plan.prepared.ciphertext);
    expect(again.json).to.deep.equal(first.json);
    expect(uploads()).to.include({ sound: 1, taken: 0 });
    // Sealed anew, as a client does that lost the answer.
    expect(await scene.upload(plan)).to.deep.equal(receipt);
  });

  it("are whole again where the same comes after the disk has damaged them", async () => {
    const blobs = path.join(scene.folder, "matcher", "blobs");
    const files = () =>
      readdirSync(blobs, { recursive: true, encoding: "utf8" })
        .filter((name) => /[\da-f]{64}$/.test(name))
        .map((name) => path.join(blobs, name));
    const before = new Set(files());
    const header = await headerOf(plan, { envelopeHash: contentHash(OWN_ENVELOPE) });
    const take = () => send(header, plan.prepared.ciphertext, OWN_ENVELOPE);
    expect((await take()).status).to.equal(200);
    const own = files().filter((name) => !before.has(name));
    expect(own).to.have.length(2);
    const whole = own.map((name) => readFileSync(name));
    for (const name of own) writeFileSync(name, "damaged");
    expect((await take()).status).to.equal(200);
    expect(own.map((name) => readFileSync(name))).to.deep.equal(whole);
  });

  it("are refused where they are forged, replayed or for something else", async () => {
    const { ciphertext } = plan.prepared;
    const good = await headerOf(plan);
    const stranger = keyOf(other);
    for (const [what, header, status, message] of [
      [
        "another's signature",
        { ...good, signature: (await headerOf(plan, {}, stranger)).signature },
        401,
        /not signed by/,
      ],
      ["another's upload key", await headerOf(plan, {}, stranger), 409, /does not bind this/],
      [
        "a signature over another envelope",
        { ...good, envelopeHash: contentHash(ciphertext) },
        422,
        /envelope has the hash/,
      ],
      ["another plan's header", { ...good, plan: other.commitment }, 409, /plan .* as one to buy/],
      ["a plan that is not there", { ...good, plan: 12_345n }, 404, /no plan 12345/],
      ["the other side", { ...good, side: "buy" }, 409, /as one to sell/],
      ["another period", { ...good, period: period + 1n }, 409, /in period \d+/],
      ["an unknown epoch", { ...good, epoch: 77 }, 409, /for epoch 77/],
      [
        "another ciphertext's hash",
        { ...good, contentHash: other.prepared.contentHash },
        422,
        /ciphertext has the hash/,
      ],
      [
        "another origin",
        { ...good, originContentHash: other.prepared.contentHash },
        409,
        /submitted as it is/,
      ],
      ["no side", { ...good, side: "both" }, 400, /header.side/],
      ["more than it takes", { ...good, extra: 1 }, 400, /keys that it does not take/],
    ] as const) {
      const answer = await send(header, ciphertext);
      expect([answer.status, answer.json.message], what).to.satisfy(
        ([given, said]: [number, string]) => given === status && message.test(said),
        `${what}: ${answer.status} ${String(answer.json.message)}`,
      );
      expect(answer.json.remedy, what).to.have.length.greaterThan(0);
    }
    expect(uploads()).to.include({ taken: 0, sound: 0, unsound: 0, lost: 0 });
    // The right one is taken after all that.
    expect((await send(good, ciphertext)).status).to.equal(200);
  });

  it("of a plan that copied another's hash cannot be made by the copier", async () => {
    // The copier's plan has the seller's hash on chain, which is public, and the ciphertext, which is not secret either.
    const copied = await scene.submitWith(other.trader, period, plan.prepared);
    const { originContentHash } = plan.prepared;
    const own = uploadKeyOf(other.trader.person.account, originContentHash);
    expect(featuresHash(originContentHash, own.address)).not.to.equal(
      featuresHash(originContentHash, keyOf(plan).address),
    );
    const fields = { plan: copied, side: "buy" as const };
    const answer = await send(await headerOf(plan, fields, own), plan.prepared.ciphertext);
    expect(answer.status).to.equal(409);
    // Nor does the seller's signature for its own plan help.
    const header = { ...(await headerOf(plan)), ...fields };
    expect((await send(header, plan.prepared.ciphertext)).status).to.equal(401);
  });

  it("must be the ciphertext that the plan was submitted with, whole and as it is", async () => {
    const { ciphertext } = plan.prepared;
    const header = await headerOf(plan);
    for (const [what, bytes] of [
      ["cut", ciphertext.subarray(0, -1)],
      ["longer", new Uint8Array([...ciphertext, 0])],
      ["compressed", new Uint8Array(deflateSync(ciphertext))],
      ["empty", new Uint8Array()],
    ] as const) {
      const answer = await send(header, bytes);
      expect([what, answer.status]).to.deep.equal([what, 422]);
      expect(answer.json.message).to.match(/ciphertext has the hash/);
    }
    expect(uploads()).to.include({ taken: 0, sound: 0 });
  });

  it("are refused by form where the plan itself binds what is no ciphertext", async () => {
    const { ciphertext } = other.prepared;
    const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
    const cipher = new EnergyCipher(scheme, createHeKeys(scheme).publicKey);
    const ofOthers = cipher.encrypt(5n);
    cipher.close();
    scheme.close();
    const transparent = ciphertext.slice();
    transparent.fill(
      0,
      CIPHERTEXT_PREFIX_BYTES + (ciphertext.length - CIPHERTEXT_PREFIX_BYTES) / 2,
    );
    for (const [what, bytes, message] of [
      ["truncated", ciphertext.slice(0, 100_000), /100000/],
      ["oversized", new Uint8Array([...ciphertext, 1, 2, 3]), /393332/],
      ["compressed", new Uint8Array(deflateSync(ciphertext)), /does not begin as an uncompressed/],
      ["of other parameters", ofOthers, /parameters/],
      ["transparent", transparent, /anybody reads it/],
    ] as const) {
      const bound = await scene.submitBound(other.trader, period, other, bytes);
      const answer = await send(await headerOf(bound), bytes);
      expect([what, answer.status, String(answer.json.message)]).to.satisfy(
        ([, status, said]: [string, number, string]) => status === 422 && message.test(said),
        `${what}: ${answer.status} ${String(answer.json.message)}`,
      );
    }
    expect(uploads()).to.include({ taken: 0, sound: 0, unsound: 0 });
  });

  it("of a key that was refused three times are not looked at, and not asked for again", async () => {
    const bytes = other.prepared.ciphertext.slice(0, 1_000);
    const bound = await scene.submitBound(other.trader, period, other, bytes);
    const header = await headerOf(bound);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await send(header, bytes)).status);
    // A client tries again after 429: this is for good.
    expect(statuses).to.deep.equal([422, 422, 422, 409]);
  });

  it("that are noise are judged to be unsound, and spoil nobody's match", async () => {
    const noise = plan.prepared.ciphertext.slice();
    // Coefficients below every prime: the form is right.
    for (let at = CIPHERTEXT_PREFIX_BYTES; at + 8 <= noise.length; at += 8) {
      noise.set(randomBytes(7), at);
      noise[at + 7] = 0;
    }
    const bound = await scene.submitBound(other.trader, period, other, noise);
    const answer = await send(await headerOf(bound), noise);
    expect(answer.status).to.equal(422);
    expect(answer.json.message).to.match(/judged to be unsound/);
    expect((await send(await headerOf(bound), noise)).status).to.equal(422);
    const state = await fetch(`${scene.matcher.url}/plans/${bound.commitment}`);
    expect(await state.json()).to.include({ state: "unsound" });
    await scene.upload(plan);
    await scene.upload(other);
    await scene.chain.goTo(timesOf(period).plansCloseS);
    await eventually("a round is finished", () => {
      return statusOf()?.rounds[0]?.state === "finished";
    });
    const [round] = statusOf()!.rounds;
    expect(round).to.include({ bids: 1, offers: 1, proposed: 1 });
  });

  it("that come too late are told so", async () => {
    await scene.chain.goTo(timesOf(period).proposalsCloseS);
    await eventually("the matcher sees it", () => {
      return scene.matcher.status.nowS >= timesOf(period).proposalsCloseS;
    });
    const answer = await send(await headerOf(plan), plan.prepared.ciphertext);
    expect(answer.status).to.equal(410);
    expect(answer.json.remedy![0]).to.include("refunded");
  });

  it("that are no frame, of another type, or too large are refused before they cost anything", async () => {
    for (const body of [
      new Uint8Array(),
      new Uint8Array(100),
      encodeFrame(await headerOf(plan), []),
      encodeFrame(await headerOf(plan), [ENVELOPE, ENVELOPE, ENVELOPE]),
      encodeFrame(await headerOf(plan), [new Uint8Array(20_000), ENVELOPE]),
      encodeFrame(await headerOf(plan), [ENVELOPE, plan.prepared.ciphertext]).slice(0, -7),
      encodeFrame({}, [ENVELOPE, ENVELOPE]),
    ]) {
      expect((await post(body)).status).to.equal(400);
    }
    const good = encodeFrame(await headerOf(plan), [ENVELOPE, plan.prepared.ciphertext]);
    expect((await post(good, { "content-type": "application/json" })).status).to.equal(415);
    expect((await post(new Uint8Array(500_000))).status).to.equal(413);
    expect((await post(good, { "content-encoding": "gzip" })).status).to.equal(415);
  });

  it("that are sent drop by drop are cut off, and others are served meanwhile", async () => {
    await scene.stopMatcher();
    // A slow machine can send a whole upload in this time, but nobody one drop by drop.
    await start({ timeouts: { headersMs: 2_000, requestMs: 5_000 } });
    const { port } = new URL(scene.matcher.url);
    const sockets = Array.from({ length: 100 }, () =>
      connect(Number(port), "127.0.0.1")
        .on("error", () => {})
        .resume(),
    );
    // `once` of events would reject where a drop meets a connection that was cut off already.
    const closed = Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    for (const socket of sockets) {
      socket.write(
        `POST /plans HTTP/1.1\r\nHost: x\r\nContent-Type: ${FRAME_CONTENT_TYPE}\r\nContent-Length: 390000\r\n\r\n`,
      );
    }
    const drops = setInterval(() => sockets.forEach((socket) => socket.write("x")), 50);
    try {
      const answer = await send(await headerOf(plan), plan.prepared.ciphertext);
      expect(answer.status).to.equal(200);
      await closed;
    } finally {
      clearInterval(drops);
    }
  });

  it("of one network address are limited, and told when to come again", async () => {
    await scene.stopMatcher();
    await start({ rate: { perMinute: 1, burst: 3 } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await post(new Uint8Array(9))).status);
    expect(statuses).to.deep.equal([400, 400, 400, 429, 429]);
    const response = await fetch(`${scene.matcher.url}/plans`, { method: "POST" });
    expect(Number(response.headers.get("retry-after"))).to.be.within(1, 60);
    // Reading is not limited.
    expect((await fetch(`${scene.matcher.url}/epochs`)).status).to.equal(200);
  });

  it("and the epoch's keys can be had by pages of every origin", async () => {
    const response = await fetch(`${scene.matcher.url}/epochs`);
    expect(response.headers.get("access-control-allow-origin")).to.equal("*");
    const preflight = await fetch(`${scene.matcher.url}/plans`, { method: "OPTIONS" });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get("access-control-allow-headers")).to.include("content-type");
    const { epochs } = (await response.json()) as { epochs: { epoch: number }[] };
    const { epoch } = epochs.at(-1)!;
    for (const [path, status] of [
      [`/epochs/${epoch}`, 200],
      [`/epochs/${epoch}/public-key`, 200],
      [`/epochs/${epoch}/secret-key`, 404],
      ["/epochs/77", 404],
      ["/epochs/1e1", 404],
      ["/plans/1", 404],
      ["/plans/-1", 404],
    ] as const) {
      expect((await fetch(scene.matcher.url + path)).status, path).to.equal(status);
    }
  });
});
