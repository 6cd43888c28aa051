import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import {
  addPoints,
  BASE_POINT,
  InvalidPointError,
  multiplyPoint,
} from "../../../../../sdk/private/babyJubjub.ts";
import { packPoint } from "../../../../../sdk/private/packedPoint.ts";
import {
  ENVELOPE_OVERHEAD_BYTES,
  openEnvelope,
  sealEnvelope,
} from "../../../../../sdk/private/uploads/envelope.ts";
import {
  deliveryEnvelopePlace,
  planEnvelopePlace,
} from "../../../../../sdk/private/uploads/envelopePlace.ts";
import { EnvelopeError } from "../../../../../sdk/private/uploads/uploadError.ts";
import { rejection } from "../../../../helpers/rejection.ts";
import { lowOrderPoints, POOL } from "../scene.ts";

const SCALAR = 987_654_321n;
const KEY = multiplyPoint(BASE_POINT, SCALAR);
const PLAIN = utf8ToBytes("what the plan says");
const CONTENT_HASH = `0x${"ab".repeat(32)}`;
const PLACE = planEnvelopePlace(POOL, { plan: 5n, contentHash: CONTENT_HASH });

async function expectClosed(bytes: Uint8Array, scalar = SCALAR, place = PLACE): Promise<void> {
  expect(await rejection(openEnvelope(scalar, bytes, place))).to.be.instanceOf(EnvelopeError);
}

describe("envelope", () => {
  it("opens for its key, and is a fixed length longer", async () => {
    for (const plain of [PLAIN, new Uint8Array(), new Uint8Array(5_000)]) {
      const sealed = await sealEnvelope(KEY, plain, PLACE);
      expect(sealed.length).to.equal(plain.length + ENVELOPE_OVERHEAD_BYTES);
      expect(await openEnvelope(SCALAR, sealed, PLACE)).to.deep.equal(plain);
    }
  });

  it("is another one each time", async () => {
    const [left, right] = [
      await sealEnvelope(KEY, PLAIN, PLACE),
      await sealEnvelope(KEY, PLAIN, PLACE),
    ];
    expect(left.slice(0, 32)).to.not.deep.equal(right.slice(0, 32));
    expect(left.slice(32)).to.not.deep.equal(right.slice(32));
  });

  it("opens for no other key", async () => {
    const sealed = await sealEnvelope(KEY, PLAIN, PLACE);
    for (const scalar of [1n, SCALAR + 1n]) await expectClosed(sealed, scalar);
  });

  it("opens at no other place", async () => {
    const sealed = await sealEnvelope(KEY, PLAIN, PLACE);
    const plan = { plan: 5n, contentHash: CONTENT_HASH };
    for (const place of [
      new Uint8Array(),
      planEnvelopePlace(POOL, { ...plan, plan: 6n }),
      planEnvelopePlace(POOL, { ...plan, contentHash: `0x${"ac".repeat(32)}` }),
      planEnvelopePlace({ ...POOL, chainId: 1n }, plan),
      planEnvelopePlace({ ...POOL, pool: `0x${"ab".repeat(20)}` }, plan),
      deliveryEnvelopePlace(POOL, { record: 5n, contentHash: CONTENT_HASH }),
    ]) {
      await expectClosed(sealed, SCALAR, place);
    }
  });

  it("does not open where a byte was changed, or it was cut or made longer", async () => {
    const sealed = await sealEnvelope(KEY, PLAIN, PLACE);
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i]! ^= 1;
      await expectClosed(changed);
      await expectClosed(sealed.slice(0, i));
    }
    await expectClosed(concatBytes(sealed, Uint8Array.of(0)));
  });

  it("does not open with a point of low order, or one that is not of the subgroup", async () => {
    const sealed = await sealEnvelope(KEY, PLAIN, PLACE);
    const own = multiplyPoint(BASE_POINT, 77n);
    for (const low of lowOrderPoints()) {
      for (const point of [low, addPoints(own, low)]) {
        // The sum with the identity is the point itself, which is good: but of another key.
        await expectClosed(concatBytes(packPoint(point), sealed.slice(32)));
      }
    }
    await expectClosed(concatBytes(new Uint8Array(32).fill(0xff), sealed.slice(32)));
  });

  it("opens for nobody who sends the other root of its point", async () => {
    const sealed = await sealEnvelope(KEY, PLAIN, PLACE);
    sealed[0]! ^= 0x80;
    await expectClosed(sealed);
  });

  it("is sealed to no key of low order", async () => {
    for (const key of [...lowOrderPoints(), [1n, 1n] as const]) {
      expect(await rejection(sealEnvelope(key, PLAIN, PLACE))).to.be.instanceOf(InvalidPointError);
    }
  });
});
