import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { toBeHex } from "ethers";
import { signMessage, verifySignature } from "../../../../../sdk/private/eddsa.ts";
import { FIELD_ORDER, OutOfRangeError, SUBGROUP_ORDER } from "../../../../../sdk/private/field.ts";
import { packPoint } from "../../../../../sdk/private/packedPoint.ts";
import { scopeOf } from "../../../../../sdk/private/pool.ts";
import { hash } from "../../../../../sdk/private/poseidon.ts";
import { MESSAGE_TAGS, TAGS } from "../../../../../sdk/private/tags.ts";
import {
  decodeDeliveryEnvelope,
  encodeDeliveryEnvelope,
  meteredMessage,
  readDeliveryUpload,
} from "../../../../../sdk/private/uploads/deliveryUpload.ts";
import { EnvelopeError } from "../../../../../sdk/private/uploads/uploadError.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { account, lowOrderPoints, POOL } from "../scene.ts";
import { hashOf } from "./uploadScene.ts";

const GATEWAY = account(7);
const SCOPE = scopeOf(POOL);
const HEADER = {
  record: 9n,
  period: 5n,
  epoch: 3,
  contentHash: hashOf("energy"),
  envelopeHash: hashOf("envelope"),
};

describe("meteredMessage", () => {
  it("binds pool, match and ciphertext, under a tag that no circuit has", () => {
    const message = meteredMessage(SCOPE, 9n, HEADER.contentHash);
    const reduced = BigInt(HEADER.contentHash) % FIELD_ORDER;
    expect(message).to.equal(hash(MESSAGE_TAGS.metered, SCOPE, 9n, reduced));
    expect(meteredMessage(SCOPE + 1n, 9n, HEADER.contentHash)).to.not.equal(message);
    expect(meteredMessage(SCOPE, 10n, HEADER.contentHash)).to.not.equal(message);
    expect(meteredMessage(SCOPE, 9n, hashOf("other"))).to.not.equal(message);
    const tags: readonly bigint[] = Object.values(TAGS);
    expect(tags).to.not.include(MESSAGE_TAGS.metered);
  });

  it("takes every hash, those beyond the field too, and no match beyond it", () => {
    expect(meteredMessage(SCOPE, 9n, toBeHex(2n ** 256n - 1n, 32))).to.be.below(FIELD_ORDER);
    expect(() => meteredMessage(SCOPE, FIELD_ORDER, HEADER.contentHash)).to.throw(OutOfRangeError);
  });
});

describe("deliveryUpload", () => {
  const message = meteredMessage(SCOPE, 9n, HEADER.contentHash);
  const envelope = { gatewayKey: GATEWAY.spendKey, signature: signMessage(GATEWAY, message) };
  const sent = () =>
    JSON.parse(Buffer.from(encodeDeliveryEnvelope(envelope)).toString()) as Record<string, unknown>;
  const decode = (value: unknown) => decodeDeliveryEnvelope(utf8ToBytes(JSON.stringify(value)));

  it("comes back as it was, with a signature that holds", () => {
    const back = decodeDeliveryEnvelope(encodeDeliveryEnvelope(envelope));
    expect(back).to.deep.equal(envelope);
    expect(verifySignature(back.gatewayKey, message, back.signature)).to.be.true;
  });

  it("is refused with points of low order, or a number in another form", () => {
    const good = sent();
    for (const point of lowOrderPoints()) {
      const packed = `0x${bytesToHex(packPoint(point))}`;
      expect(() => decode({ ...good, gatewayKey: packed })).to.throw(EnvelopeError);
      expect(() => decode({ ...good, r: packed })).to.throw(EnvelopeError);
    }
    const { s } = envelope.signature;
    for (const bad of [(s + SUBGROUP_ORDER).toString(), `0${s}`, Number(s), "-1"]) {
      expect(() => decode({ ...good, s: bad })).to.throw(EnvelopeError);
    }
    expect(() => decode({ ...good, extra: 1 })).to.throw(EnvelopeError);
    expect(() => decode({ ...good, format: "sealwatt plan envelope 1" })).to.throw(EnvelopeError);
  });

  it("has a header that is read as it was sent, and in no other form", () => {
    const header = JSON.parse(wireJson(HEADER)) as Record<string, unknown>;
    expect(readDeliveryUpload(header, "delivery")).to.deep.equal(HEADER);
    for (const change of [
      { record: FIELD_ORDER.toString() },
      { record: 9 },
      { period: "16777216" },
      { epoch: "3" },
      { contentHash: "0x" },
      { extra: 1 },
    ]) {
      expect(() => readDeliveryUpload({ ...header, ...change }, "delivery")).to.throw(
        MalformedMessageError,
      );
    }
  });
});
