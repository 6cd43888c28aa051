import { expect } from "chai";
import { Signature, toBeHex } from "ethers";
import { FIELD_ORDER } from "../../../../../sdk/private/field.ts";
import type { PoolId } from "../../../../../sdk/private/pool.ts";
import { featuresHash } from "../../../../../sdk/private/uploads/featuresHash.ts";
import {
  checkPlanUpload,
  readPlanUpload,
  signPlanUpload,
  type PlanUploadHeader,
  type UploadablePlan,
} from "../../../../../sdk/private/uploads/planUpload.ts";
import { UploadRefusedError } from "../../../../../sdk/private/uploads/uploadError.ts";
import { uploadKeyOf } from "../../../../../sdk/private/uploads/uploadKey.ts";
import { MalformedMessageError } from "../../../../../sdk/private/wire/messageError.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { ALICE, BOB, POOL } from "../scene.ts";
import { BOOKED, FIELDS, hashOf, OTHER_UPLOADER, upload, UPLOADER } from "./uploadScene.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function check(
  header: PlanUploadHeader,
  {
    pool = POOL,
    booked = BOOKED,
    isRest = false,
  }: { pool?: PoolId; booked?: UploadablePlan; isRest?: boolean } = {},
): void {
  checkPlanUpload(pool, header, { booked, isRest });
}

function expectRefused(status: number, work: () => void): void {
  expect(work).to.throw(UploadRefusedError).with.property("status", status);
}

describe("checkPlanUpload", () => {
  it("takes what the plan's upload key signed for it", async () => {
    check(await upload());
  });

  it("takes no signature for another pool, plan, epoch, ciphertext or envelope", async () => {
    const header = await upload();
    const other = hashOf("other");
    for (const pool of [
      { ...POOL, chainId: 1n },
      { ...POOL, pool: `0x${"ab".repeat(20)}` },
    ]) {
      expectRefused(401, () => check(header, { pool }));
    }
    for (const change of [{ plan: 12346n }, { epoch: 4 }, { envelopeHash: other }]) {
      expectRefused(401, () => check({ ...header, ...change }));
    }
    const swapped = { ...header, contentHash: other };
    expectRefused(409, () => check(swapped));
    expectRefused(401, () => check(swapped, { isRest: true }));
  });

  it("takes no other form of a signature", async () => {
    const header = await upload();
    const { r, s, v } = Signature.from(header.signature);
    const twin = `${r}${toBeHex(ORDER - BigInt(s), 32).slice(2)}${v === 27 ? "1c" : "1b"}`;
    const zeroV = `${header.signature.slice(0, -2)}${v === 27 ? "00" : "01"}`;
    for (const signature of [
      twin,
      zeroV,
      `${header.signature.slice(0, -2)}${v === 27 ? "1c" : "1b"}`,
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(65)}`,
    ]) {
      expectRefused(401, () => check({ ...header, signature }));
    }
  });

  it("takes nobody else's ciphertext: the chain's hash names who may upload it", async () => {
    const theirs = await signPlanUpload(OTHER_UPLOADER, POOL, FIELDS);
    expectRefused(409, () => check(theirs));
    // Who copied the hash on chain as well cannot sign as the key that is in it.
    expectRefused(401, () => check({ ...theirs, uploadAddress: UPLOADER.address }));
    // And with a key of its own the copied ciphertext gives another hash, of its own plan.
    const own = { ...BOOKED, features: featuresHash(FIELDS.contentHash, OTHER_UPLOADER.address) };
    check(theirs, { booked: own });
  });

  it("takes another ciphertext for a rest only, signed by the first one's key", async () => {
    const rest = await upload({ plan: 777n, contentHash: hashOf("rest") });
    check(rest, { isRest: true });
    expectRefused(409, () => check(rest));
    const wrongOrigin = await upload({
      contentHash: hashOf("rest"),
      originContentHash: hashOf("x"),
    });
    expectRefused(409, () => check(wrongOrigin, { isRest: true }));
    const byOther = await signPlanUpload(OTHER_UPLOADER, POOL, { ...FIELDS, plan: 777n });
    expectRefused(409, () => check(byOther, { isRest: true }));
  });

  it("does not take a plan's upload again for its rest", async () => {
    const header = await upload();
    expectRefused(401, () => check({ ...header, plan: 777n }, { isRest: true }));
  });

  it("takes open plans of the chain alone, as the chain has them", async () => {
    const header = await upload();
    expectRefused(404, () => checkPlanUpload(POOL, header, { booked: undefined, isRest: false }));
    for (const state of ["proven", "matched", "ended"] as const) {
      expectRefused(409, () => check(header, { booked: { ...BOOKED, state } }));
    }
    for (const change of [
      { side: "buy" as const },
      { period: 6n },
      { features: `0x${"00".repeat(32)}` },
    ]) {
      expectRefused(409, () => check(header, { booked: { ...BOOKED, ...change } }));
    }
  });

  it("takes no buy plan whose bond is spent, but a struck sell plan", async () => {
    const header = await upload();
    check(header, { booked: { ...BOOKED, strikes: 2 } });
    const buying = await upload({ side: "buy" });
    const booked = { ...BOOKED, side: "buy" as const };
    check(buying, { booked });
    expectRefused(409, () => check(buying, { booked: { ...booked, strikes: 1 } }));
  });
});

describe("readPlanUpload", () => {
  const read = (value: unknown) => readPlanUpload(value, "upload");

  it("takes what was sent", async () => {
    const header = await upload();
    expect(read(JSON.parse(wireJson(header)))).to.deep.equal(header);
  });

  it("refuses every field that is missing, of another kind or not canonical", async () => {
    const sent = JSON.parse(wireJson(await upload())) as Record<string, unknown>;
    for (const key of Object.keys(sent)) {
      const { [key]: _, ...without } = sent;
      expect(() => read(without), key).to.throw(MalformedMessageError, key);
      for (const bad of [null, {}, [], true, "", "0x", "-1", -1, 1.5, `${sent[key] as string} `]) {
        expect(() => read({ ...sent, [key]: bad }), key).to.throw(MalformedMessageError, key);
      }
    }
    for (const change of [
      { plan: FIELD_ORDER.toString() },
      { plan: `0${sent.plan as string}` },
      { plan: 12345 },
      { period: (2n ** 24n).toString() },
      { side: "Sell" },
      { epoch: 2 ** 32 },
      { contentHash: FIELDS.contentHash.toUpperCase().replace("0X", "0x") },
      { signature: `${sent.signature as string}00` },
      { uploadAddress: UPLOADER.address.toLowerCase().replace("0x", "0X") },
      { extra: 1 },
    ]) {
      expect(() => read({ ...sent, ...change })).to.throw(MalformedMessageError);
    }
  });
});

describe("uploadKeyOf", () => {
  it("follows from account and first ciphertext alone", () => {
    const key = uploadKeyOf(ALICE, FIELDS.originContentHash);
    expect(uploadKeyOf(ALICE, FIELDS.originContentHash).privateKey).to.equal(key.privateKey);
    expect(uploadKeyOf(ALICE, hashOf("other")).address).to.not.equal(key.address);
    expect(uploadKeyOf(BOB, FIELDS.originContentHash).address).to.not.equal(key.address);
  });
});
