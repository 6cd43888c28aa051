import { createHmac } from "node:crypto";
import { expect } from "chai";
import {
  addPoints,
  BASE_POINT,
  IDENTITY,
  multiplyPoint,
  type Point,
} from "../../../../sdk/private/babyJubjub.ts";
import { signMessage, verifySignature } from "../../../../sdk/private/eddsa.ts";
import { FIELD_ORDER, OutOfRangeError, SUBGROUP_ORDER } from "../../../../sdk/private/field.ts";
import { ALICE, BOB, lowOrderPoints } from "./scene.ts";

describe("eddsa", () => {
  // circomlibjs, test/eddsa.js: "Sign (using Poseidon) a single 10 bytes from 0 to 9".
  const KEY: Point = [
    13277427435165878497778222415993513565335242147425444199013288855685581939618n,
    13622229784656158136036771217484571176836296686641868549125388198837476602820n,
  ];
  const MESSAGE = 0x09080706050403020100n;
  const SIGNATURE = {
    r: [
      11384336176656855268977457483345535180380036354188103142384839473266348197733n,
      15383486972088797283337779941324724402501462225528836549661220478783371668959n,
    ] as Point,
    s: 1672775540645840396591609181675628451599263765380031905495115170613215233181n,
  };

  it("takes circomlibjs's signature", () => {
    expect(verifySignature(KEY, MESSAGE, SIGNATURE)).to.be.true;
  });

  it("refuses it for another message, key, R or S", () => {
    const { r, s } = SIGNATURE;
    expect(verifySignature(KEY, MESSAGE + 1n, SIGNATURE)).to.be.false;
    expect(verifySignature(ALICE.spendKey, MESSAGE, SIGNATURE)).to.be.false;
    expect(verifySignature(KEY, MESSAGE, { r: addPoints(r, KEY), s })).to.be.false;
    expect(verifySignature(KEY, MESSAGE, { r, s: s + 1n })).to.be.false;
  });

  it("refuses S beyond l: every signature has one form", () => {
    const { r, s } = SIGNATURE;
    for (const other of [s + SUBGROUP_ORDER, s - SUBGROUP_ORDER, SUBGROUP_ORDER]) {
      expect(verifySignature(KEY, MESSAGE, { r, s: other })).to.be.false;
    }
  });

  it("refuses an R off the curve or not canonical", () => {
    const { r, s } = SIGNATURE;
    for (const other of [
      [1n, 0n],
      [r[0] + FIELD_ORDER, r[1]],
      [r[0], r[1] + FIELD_ORDER],
    ]) {
      expect(verifySignature(KEY, MESSAGE, { r: other as unknown as Point, s })).to.be.false;
    }
  });

  it("refuses keys of low order, for which S = 0 would sign everything", () => {
    for (const key of [...lowOrderPoints(), addPoints(KEY, lowOrderPoints()[0]!)]) {
      expect(verifySignature(key, MESSAGE, { r: IDENTITY, s: 0n })).to.be.false;
    }
  });

  it("verifies what it signs, at both ends of the field", () => {
    for (const message of [0n, 1n, MESSAGE, FIELD_ORDER - 1n]) {
      expect(verifySignature(ALICE.spendKey, message, signMessage(ALICE, message))).to.be.true;
      expect(verifySignature(BOB.spendKey, message, signMessage(ALICE, message))).to.be.false;
    }
  });

  it("signs a message in one way, and two messages with two nonces", () => {
    expect(signMessage(ALICE, 7n)).to.deep.equal(signMessage(ALICE, 7n));
    expect(signMessage(ALICE, 7n).r).to.not.deep.equal(signMessage(ALICE, 8n).r);
    const otherNonces = { ...ALICE, signKey: BOB.signKey };
    expect(signMessage(otherNonces, 7n).r).to.not.deep.equal(signMessage(ALICE, 7n).r);
  });

  it("takes its nonce from HMAC-SHA512 of the message, reduced from 64 bytes", () => {
    const bytes = Buffer.from(7n.toString(16).padStart(64, "0"), "hex");
    const digest = createHmac("sha512", ALICE.signKey).update(bytes).digest("hex");
    const nonce = BigInt(`0x${digest}`) % SUBGROUP_ORDER;
    expect(signMessage(ALICE, 7n).r).to.deep.equal(multiplyPoint(BASE_POINT, nonce));
  });

  it("signs no message beyond the field, which would be another's signature", () => {
    expect(() => signMessage(ALICE, FIELD_ORDER)).to.throw(OutOfRangeError);
    expect(() => verifySignature(KEY, MESSAGE + FIELD_ORDER, SIGNATURE)).to.throw(OutOfRangeError);
  });
});
