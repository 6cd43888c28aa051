import { expect } from "chai";
import { Wallet } from "ethers";
import { jsonReply } from "../../../../oracle/http/httpReply.ts";
import { DeliveryStore } from "../../../../oracle/privateGateway/deliveryStore.ts";
import { ForeignStoreError } from "../../../../oracle/store/errors.ts";
import { verifySignature } from "../../../../sdk/private/eddsa.ts";
import { contentHash } from "../../../../sdk/private/matching/contentHash.ts";
import { loadCiphertext } from "../../../../sdk/private/matching/ciphertextBytes.ts";
import { openDecryptor } from "../../../../sdk/private/matching/heKeys.ts";
import { scopeOf } from "../../../../sdk/private/pool.ts";
import {
  decodeDeliveryEnvelope,
  meteredMessage,
  readDeliveryUpload,
} from "../../../../sdk/private/uploads/deliveryUpload.ts";
import { openEnvelope } from "../../../../sdk/private/uploads/envelope.ts";
import { deliveryEnvelopePlace } from "../../../../sdk/private/uploads/envelopePlace.ts";
import { decodeFrame } from "../../../../sdk/private/wire/frame.ts";
import { KEYS } from "../../sdk/private/gateway/gatewayScene.ts";
import { POOL } from "../../sdk/private/scene.ts";
import { DeliveryScene, ENVELOPE_SCALAR, FIRST_PERIOD, KEY_HOLDER } from "./deliveryScene.ts";

const LIMITS = { mostParts: 2, mostPartBytes: 400_000 };
const delivery = (record: bigint, energyWh = 600n, period = FIRST_PERIOD) => ({
  record,
  period,
  energyWh,
});

describe("DeliveryCourier", function () {
  // It makes keys, and syncs its disk.
  this.timeout(60_000);
  let scene: DeliveryScene;
  beforeEach(async () => {
    scene = await DeliveryScene.make();
  });
  afterEach(() => scene.end());

  const recordsOf = (bodies: readonly Uint8Array[]) =>
    bodies.map((body) => readDeliveryUpload(decodeFrame(body, LIMITS).header, "it").record);

  it("brings the matcher what only the key holder opens, signed for this record and these bytes", async () => {
    await scene.serve();
    scene.startCourier();
    scene.store.want(delivery(77n, 654n));
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 1);
    const { header, parts } = decodeFrame(scene.posted[0]!, LIMITS);
    const [envelope, ciphertext] = parts as [Uint8Array, Uint8Array];
    const upload = readDeliveryUpload(header, "it");
    const hash = contentHash(ciphertext);
    expect(upload).to.deep.equal({
      record: 77n,
      period: FIRST_PERIOD,
      epoch: 1,
      contentHash: hash,
      envelopeHash: contentHash(envelope),
    });
    const place = deliveryEnvelopePlace(POOL, upload);
    const opened = decodeDeliveryEnvelope(await openEnvelope(ENVELOPE_SCALAR, envelope, place));
    expect(opened.gatewayKey).to.deep.equal(KEYS.spendKey);
    const message = meteredMessage(scopeOf(POOL), 77n, hash);
    expect(verifySignature(KEYS.spendKey, message, opened.signature)).to.be.true;
    expect(energyOf(ciphertext)).to.equal(654n);
    expect(scene.store.waiting()).to.deep.equal([]);
  });

  function energyOf(bytes: Uint8Array): bigint {
    const { scheme, keys } = scene.keyed;
    const scope = scheme.newScope();
    const [cipher, plain] = [scope.newCiphertext(), scope.newPlaintext()];
    loadCiphertext(scheme, scheme.freshLevel, "delivery", bytes, cipher);
    openDecryptor(scheme, keys.secretKey, scope).decrypt(cipher, plain);
    const slots = new Set(scheme.encoder.decodeBigInt64(plain) as BigInt64Array);
    scope.close();
    expect(slots.size).to.equal(1);
    return [...slots][0]!;
  }

  it("sends each record once, and none twice after a restart", async () => {
    await scene.serve();
    scene.startCourier();
    for (const record of [1n, 2n, 1n, 3n]) scene.store.want(delivery(record));
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 3);
    await scene.restart();
    scene.store.wantAll([delivery(1n), delivery(2n), delivery(3n)]);
    scene.courier.hurry();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(recordsOf(scene.posted)).to.deep.equal([1n, 2n, 3n]);
  });

  it("waits while the matcher is away, also over a restart", async () => {
    await scene.serve();
    await scene.goAway();
    scene.startCourier();
    scene.store.want(delivery(1n));
    scene.store.want(delivery(2n));
    scene.courier.hurry();
    await scene.until(() => scene.courier.failure !== undefined);
    await scene.restart();
    await scene.until(() => scene.courier.failure !== undefined);
    expect(scene.store.counts()).to.include({ waiting: 2, taken: 0 });
    await scene.serve();
    await scene.until(() => scene.store.counts().taken === 2);
    expect(recordsOf(scene.posted)).to.deep.equal([1n, 2n]);
    expect(scene.courier.failure).to.be.undefined;
  });

  it("sends the same bytes again where it does not know what became of them", async () => {
    await scene.serve();
    scene.answer = () => jsonReply(503, { error: "Away", message: "not now", remedy: [] });
    scene.startCourier();
    scene.store.want(delivery(1n));
    scene.courier.hurry();
    await scene.until(() => scene.posted.length >= 2);
    await scene.restart();
    scene.answer = () => jsonReply(200, { taken: true });
    await scene.until(() => scene.store.counts().taken === 1);
    expect(scene.posted.length).to.be.at.least(3);
    expect(new Set(scene.posted.map(contentHash)).size).to.equal(1);
  });

  it("goes on with the others where one is refused for good, and tries that one after a restart", async () => {
    await scene.serve();
    scene.answer = (body) =>
      recordsOf([body])[0] === 1n
        ? jsonReply(422, { error: "Unsound", message: "no ciphertext", remedy: [] })
        : jsonReply(200, { taken: true });
    scene.startCourier();
    scene.store.wantAll([delivery(1n), delivery(2n)]);
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 1);
    expect(scene.store.counts()).to.include({ waiting: 0, refused: 1 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(recordsOf(scene.posted)).to.deep.equal([1n, 2n]);
    scene.answer = () => jsonReply(200, { taken: true });
    await scene.restart();
    scene.store.retryRefused();
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 2);
    expect(contentHash(scene.posted[2]!)).to.equal(contentHash(scene.posted[0]!));
  });

  it("goes on with the others where the matcher has no room for one, and sends that one again", async () => {
    await scene.serve();
    const busy = { error: "NotTakenError", message: "four of match 1 wait", remedy: [] };
    let isFull = true;
    scene.answer = (body) =>
      isFull && recordsOf([body])[0] === 1n
        ? jsonReply(429, busy, { "retry-after": "1" })
        : jsonReply(200, { taken: true });
    scene.startCourier();
    scene.store.wantAll([delivery(1n), delivery(2n), delivery(3n)]);
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 2);
    // Something new has it look through all of them again, and not send this one before its time.
    scene.store.want(delivery(4n));
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().taken === 3);
    expect(recordsOf(scene.posted)).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(scene.lines.join()).to.include("four of match 1 wait");
    isFull = false;
    await scene.until(() => scene.store.counts().taken === 4);
    expect(recordsOf(scene.posted).slice(4)).to.deep.equal([1n]);
  });

  it("sends one that finds no room as often as the matcher says, and one without a word ever less often", async () => {
    await scene.serve();
    const atMs: Record<string, number[]> = { 1: [], 2: [] };
    scene.answer = (body) => {
      const [record] = recordsOf([body]);
      atMs[`${record}`]!.push(performance.now());
      const full = { error: "StoreFullError", message: "no room", remedy: [] };
      return record === 1n ? jsonReply(503, full, { "retry-after": "0" }) : jsonReply(507, full);
    };
    scene.startCourier();
    scene.store.wantAll([delivery(1n), delivery(2n)]);
    scene.courier.hurry();
    await scene.until(() => atMs[2]!.length === 5);
    const gaps = atMs[2]!.slice(1).map((ms, i) => ms - atMs[2]![i]!);
    for (const [i, gap] of gaps.entries()) expect(gap).to.be.at.least(40 * 2 ** i - 1);
    const late = atMs[1]!.filter((ms) => ms > atMs[2]![2]!);
    const lateGaps = late.slice(1).map((ms, i) => ms - late[i]!);
    expect(Math.min(...lateGaps)).to.be.below(gaps.at(-1)! / 2);
  });

  it("does not believe that a record is done because another's delivery came first", async () => {
    await scene.serve();
    scene.answer = () => jsonReply(409, { error: "Known", message: "another came", remedy: [] });
    scene.startCourier();
    scene.store.want(delivery(1n));
    scene.courier.hurry();
    await scene.until(() => scene.posted.length >= 3);
    expect(scene.store.counts()).to.include({ waiting: 1 });
    scene.verdicts.set(1n, "within");
    await scene.until(() => scene.store.counts().taken === 1);
  });

  it("is asked for nothing where no epoch was announced for the period", async () => {
    await scene.serve();
    scene.startCourier();
    scene.store.want(delivery(1n, 600n, FIRST_PERIOD - 1n));
    scene.courier.hurry();
    await scene.until(() => scene.store.counts().unneeded === 1);
    expect(scene.posted).to.deep.equal([]);
  });

  it("encrypts nothing under a key that was not announced", async () => {
    const { publicKey } = scene.keyed.keys;
    await scene.serve(publicKey.slice(0, -1));
    scene.startCourier();
    scene.store.want(delivery(1n));
    scene.courier.hurry();
    await scene.until(() => scene.courier.failure !== undefined);
    expect(scene.courier.failure).to.equal("ForeignEpochError");
    expect(scene.lines.join()).to.include("delivery-key of epoch 1 is not it");
    expect(scene.posted).to.deep.equal([]);
    expect(scene.store.counts()).to.include({ waiting: 1 });
  });

  it("encrypts nothing for an epoch that the key holder has not signed, whatever the node says", async () => {
    await scene.serve();
    scene.startCourier({ keyHolder: Wallet.createRandom().address });
    scene.store.want(delivery(1n));
    scene.courier.hurry();
    await scene.until(() => scene.courier.failure !== undefined);
    expect(scene.courier.failure).to.equal("ForeignEpochError");
    expect(scene.lines.join()).to.include("is not signed by the key holder");
    expect(scene.posted).to.deep.equal([]);
    await scene.courier.stop();
    scene.startCourier({ keyHolder: KEY_HOLDER.address });
    await scene.until(() => scene.store.counts().taken === 1);
  });

  it("keeps records of every size, for one pool alone", () => {
    scene.store.want(delivery(2n ** 250n, 0n));
    expect(scene.store.waiting()).to.deep.equal([delivery(2n ** 250n, 0n)]);
    expect(scene.store.encrypted(2n ** 250n)).to.be.undefined;
    expect(scene.store.encrypted(5n)).to.be.undefined;
    scene.store.close();
    const path = `${scene.directory}/deliveries.db`;
    expect(() => DeliveryStore.open(path, { ...POOL, chainId: 1n })).to.throw(
      ForeignStoreError,
      /belongs to a private gateway of pool/,
    );
  });
});
