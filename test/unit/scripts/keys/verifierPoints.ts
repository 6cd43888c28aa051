import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { keyWords, pointsOfWords, wordHex } from "../../../../scripts/keys/keyWords.ts";
import { solidityVerifier } from "../../../../scripts/keys/solidityVerifier.ts";
import type { VerificationKey } from "../../../../scripts/keys/verificationKey.ts";
import {
  readVerifierCode,
  UnknownVerifierError,
  verifierPoints,
} from "../../../../scripts/keys/verifierPoints.ts";
import { fixtureKeys } from "../../../helpers/fixtureKeys.ts";
import { bytecodeOf } from "../../../helpers/verifierBytecode.ts";

describe("verifierPoints", () => {
  let key: VerificationKey;

  before(async () => {
    const { highPower } = await fixtureKeys();
    key = JSON.parse(await readFile(highPower.verificationKey, "utf8")) as VerificationKey;
  });

  it("are the same in a key, its source, its bytecode and its words", () => {
    const points = verifierPoints(key);
    expect(points.ic).to.have.lengthOf(4);
    expect(points.alpha).to.deep.equal(key.vk_alpha_1.slice(0, 2).map(BigInt));
    for (const origin of ["development", "ceremony"] as const)
      expect(verifierPoints(solidityVerifier("A", key, origin))).to.deep.equal(points);
    expect(verifierPoints(bytecodeOf(key))).to.deep.equal(points);
    expect(pointsOfWords(keyWords(points))).to.deep.equal(points);
  });

  it("keep coordinates that begin with zeros", () => {
    const small: VerificationKey = { ...key, vk_alpha_1: ["1", "2", "1"] };
    expect(verifierPoints(solidityVerifier("A", small, "ceremony")).alpha).to.deep.equal([1n, 2n]);
    expect(verifierPoints(bytecodeOf(small)).alpha).to.deep.equal([1n, 2n]);
  });

  it("are told from the program before them", () => {
    expect(readVerifierCode(bytecodeOf(key, "0xfe01")).program).to.equal("fe01");
    expect(readVerifierCode(bytecodeOf(key, "0x")).program).to.equal("");
  });

  it("are not found in other bytes", () => {
    const code = bytecodeOf(key, "0x");
    const counted = (count: bigint) => code.slice(0, -64) + wordHex(count);
    for (const other of [
      "0x",
      "0x00",
      `0x${"00".repeat(32)}`,
      // Cut off in front, and counts that the bytes do not hold.
      `0x${code.slice(4)}`,
      counted(4n),
      counted(1000n),
      counted(2n ** 256n - 1n),
    ])
      expect(() => readVerifierCode(other), other).to.throw(UnknownVerifierError);
  });

  it("say in the source how little a development key is worth", () => {
    expect(solidityVerifier("A", key, "development")).to.match(
      /@dev Warning: DEVELOPMENT KEY\. .*anybody can prove to it what is false\./,
    );
    expect(solidityVerifier("A", key, "ceremony")).not.to.match(/development/i);
  });
});
