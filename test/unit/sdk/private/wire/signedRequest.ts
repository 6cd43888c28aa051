import { utf8ToBytes } from "@noble/hashes/utils.js";
import { expect } from "chai";
import { Signature, toBeHex, Wallet } from "ethers";
import {
  answerText,
  recoverAnswerSigner,
  recoverRequestSigner,
  requestText,
  signAnswer,
  signRequest,
  type SignedCall,
} from "../../../../../sdk/private/wire/signedRequest.ts";
import { POOL } from "../scene.ts";

const CALL: SignedCall = {
  pool: POOL,
  method: "POST",
  path: "/rounds/0x12/bids/3",
  body: utf8ToBytes("body"),
};
const ANSWER = { status: 200, body: utf8ToBytes("answer") };
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

describe("signedRequest", () => {
  const matcher = new Wallet(`0x${"11".repeat(32)}`);
  const keyHolder = new Wallet(`0x${"22".repeat(32)}`);

  it("signs a text that other implementations make", async () => {
    expect(await requestText(CALL)).to.equal(
      [
        "sealwatt request 1",
        "31337 0x5fbdb2315678afecb367f032d93f642f64180aa3",
        "POST /rounds/0x12/bids/3",
        "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
      ].join("\n"),
    );
    expect(await answerText(CALL, ANSWER)).to.equal(
      [
        "sealwatt answer 1",
        "31337 0x5fbdb2315678afecb367f032d93f642f64180aa3",
        "POST /rounds/0x12/bids/3",
        "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
        "200",
        "0db52f4076c082518412afd3dd3576e2cb0c63703fd7fed5e23ade60efef31d9",
      ].join("\n"),
    );
  });

  it("tells who signed", async () => {
    const request = await signRequest(matcher, CALL);
    expect(await recoverRequestSigner(CALL, request)).to.equal(matcher.address);
    const answer = await signAnswer(keyHolder, CALL, ANSWER);
    expect(await recoverAnswerSigner(CALL, ANSWER, answer)).to.equal(keyHolder.address);
  });

  it("is of no other pool, method, path or body", async () => {
    const signature = await signRequest(matcher, CALL);
    const others: SignedCall[] = [
      { ...CALL, pool: { ...POOL, chainId: 1n } },
      { ...CALL, pool: { ...POOL, pool: `0x${"ab".repeat(20)}` } },
      { ...CALL, method: "GET" },
      { ...CALL, path: "/rounds/0x12/bids/33" },
      { ...CALL, path: "/rounds/0x12/bids/3\n" },
      { ...CALL, body: utf8ToBytes("body ") },
    ];
    for (const other of others) {
      expect(await recoverRequestSigner(other, signature)).to.not.equal(matcher.address);
    }
  });

  it("is of no other answer, and no answer to another request", async () => {
    const signature = await signAnswer(keyHolder, CALL, ANSWER);
    for (const [call, answer] of [
      [CALL, { ...ANSWER, status: 201 }],
      [CALL, { ...ANSWER, body: utf8ToBytes("Answer") }],
      [{ ...CALL, body: utf8ToBytes("other") }, ANSWER],
      [{ ...CALL, path: "/beacons" }, ANSWER],
    ] as const) {
      expect(await recoverAnswerSigner(call, answer, signature)).to.not.equal(keyHolder.address);
    }
    expect(await recoverRequestSigner(CALL, signature)).to.not.equal(keyHolder.address);
  });

  it("is nobody's where it is missing, malformed or in another form", async () => {
    const signature = await signRequest(matcher, CALL);
    const { r, s, v } = Signature.from(signature);
    const upper = `${r}${toBeHex(ORDER - BigInt(s), 32).slice(2)}${v === 27 ? "1c" : "1b"}`;
    for (const bad of [
      undefined,
      null,
      "",
      "0x",
      signature.slice(2),
      signature.slice(0, -2),
      `${signature}00`,
      signature.toUpperCase(),
      Signature.from(signature).compactSerialized,
      upper,
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(65)}`,
      `${signature.slice(0, -2)}1d`,
    ]) {
      expect(await recoverRequestSigner(CALL, bad), String(bad)).to.not.equal(matcher.address);
    }
  });
});
