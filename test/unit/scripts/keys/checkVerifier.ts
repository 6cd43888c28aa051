import { readFile } from "node:fs/promises";
import { expect } from "chai";
import * as snarkjs from "snarkjs";
import { BASE_FIELD_ORDER } from "../../../../scripts/keys/bn254.ts";
import {
  checkVerifier,
  findWeaknesses,
  UnsafeVerifierError,
} from "../../../../scripts/keys/checkVerifier.ts";
import { endSnarkjsWorkers, loadSnarkjsCurve } from "../../../../scripts/keys/snarkjsCurve.ts";
import { solidityVerifier } from "../../../../scripts/keys/solidityVerifier.ts";
import {
  readVerificationKey,
  type VerificationKey,
} from "../../../../scripts/keys/verificationKey.ts";
import { UnknownVerifierError } from "../../../../scripts/keys/verifierPoints.ts";
import { fixtureKeys } from "../../../helpers/fixtureKeys.ts";
import { knownCeremony } from "../../../helpers/knownCeremony.ts";
import { bytecodeOf } from "../../../helpers/verifierBytecode.ts";

type G1 = VerificationKey["vk_alpha_1"];
type G2 = VerificationKey["vk_beta_2"];

const GROUP_2_POINTS = ["vk_beta_2", "vk_gamma_2", "vk_delta_2"] as const;

/** A point of the twisted curve whose order is not that of the group. */
const OUTSIDE_OF_GROUP: G2 = [
  ["1", "0"],
  [
    "18278151005453108793778860132295291098363647455926340152056652516292830556603",
    "5912654199736721486680175016176231956195085055698687135131307249486702594212",
  ],
  ["1", "0"],
];

function negateG1([x, y, z]: G1): G1 {
  return [x, String(BASE_FIELD_ORDER - BigInt(y)), z];
}

function negateG2([x, y, z]: G2): G2 {
  return [x, y.map((part) => String(BASE_FIELD_ORDER - BigInt(part))) as [string, string], z];
}

describe("checkVerifier", () => {
  let good: VerificationKey;
  let ceremony: { initial: string; final: string };

  before(async () => {
    const { power } = await fixtureKeys();
    good = JSON.parse(await readFile(power.verificationKey, "utf8")) as VerificationKey;
    ceremony = await knownCeremony(power.r1cs);
  });
  after(endSnarkjsWorkers);

  const weaknessesWith = (change: Partial<VerificationKey>) =>
    findWeaknesses({ ...good, ...change });

  it("takes a development key, a ceremony's key, and their contracts", async () => {
    await checkVerifier(good);
    const final = await readVerificationKey(await readFile(ceremony.final));
    await checkVerifier(solidityVerifier("Power", good, "development"));
    await checkVerifier(final);
    await checkVerifier(solidityVerifier("Power", final, "ceremony"));
  });

  it("refuses a key whose phase 2 was skipped, for which anybody proves anything", async () => {
    const key = await readVerificationKey(await readFile(ceremony.initial));
    expect(await findWeaknesses(key)).to.deep.equal([
      "gamma equals delta up to its sign, so that any proof can be forged",
      "delta is the generator, so that nobody has contributed to the key",
    ]);
    const source = solidityVerifier("Power", key, "ceremony");
    expect(await findWeaknesses(source)).to.deep.equal(await findWeaknesses(key));
    expect(await findWeaknesses(bytecodeOf(key))).to.deep.equal(await findWeaknesses(key));

    // The attack: the pairings of the public part and of C = -(IC0 + 5 IC1 + 6 IC2) cancel out.
    const { G1: group } = (await loadSnarkjsCurve()) as unknown as {
      G1: {
        fromObject(point: unknown): Uint8Array;
        add(a: Uint8Array, b: Uint8Array): Uint8Array;
        timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
        neg(point: Uint8Array): Uint8Array;
        toAffine(point: Uint8Array): Uint8Array;
        toObject(point: Uint8Array): bigint[];
      };
    };
    const signals = [1n, 5n, 6n];
    const terms = key.IC.map((point, i) =>
      group.timesScalar(group.fromObject(point.map(BigInt)), signals[i]!),
    );
    const sum = terms.reduce((total, term) => group.add(total, term));
    const forged = {
      pi_a: key.vk_alpha_1,
      pi_b: key.vk_beta_2,
      pi_c: group.toObject(group.toAffine(group.neg(sum))).map(String),
      protocol: "groth16",
      curve: "bn128",
    };
    expect(await snarkjs.groth16.verify(key, ["5", "6"], forged)).to.equal(true);
  });

  for (const [i, a] of GROUP_2_POINTS.entries())
    for (const b of GROUP_2_POINTS.slice(i + 1)) {
      const names = [a, b].map((name) => name.slice(3, -2)).join(" equals ");
      it(`refuses a key where ${names}, or its opposite`, async () => {
        const finding = `${names} up to its sign, so that any proof can be forged`;
        expect(await weaknessesWith({ [b]: good[a] })).to.deep.equal([finding]);
        expect(await weaknessesWith({ [b]: negateG2(good[a]) })).to.deep.equal([finding]);
      });
    }

  it("refuses a key where two signals have one point, or opposite ones", async () => {
    const finding = "IC1 equals IC2 up to its sign, so that their signals can be swapped";
    const [ic0, ic1] = good.IC as [G1, G1];
    expect(await weaknessesWith({ IC: [ic0, ic1, ic1] })).to.deep.equal([finding]);
    expect(await weaknessesWith({ IC: [ic0, ic1, negateG1(ic1)] })).to.deep.equal([finding]);
  });

  it("refuses identity points, in snarkjs's form and in Ethereum's", async () => {
    const [ic0] = good.IC as [G1];
    for (const z of ["0", "1"]) {
      const g1: G1 = ["0", z === "0" ? "1" : "0", z];
      const g2: G2 = [
        ["0", "0"],
        [z === "0" ? "1" : "0", "0"],
        [z, "0"],
      ];
      expect(await weaknessesWith({ vk_alpha_1: g1 })).to.deep.equal(["alpha is the identity"]);
      expect(await weaknessesWith({ IC: [ic0, g1] })).to.deep.equal(["IC1 is the identity"]);
      expect(await weaknessesWith({ vk_delta_2: g2 })).to.deep.equal(["delta is the identity"]);
    }
  });

  it("refuses points off the curve, outside of the group, and coordinates beyond the field", async () => {
    expect(await weaknessesWith({ vk_alpha_1: ["1", "3", "1"] })).to.deep.equal([
      "alpha is not on the curve",
    ]);
    const [x, y, z] = good.vk_alpha_1;
    const beyond: G1 = [String(BigInt(x) + BASE_FIELD_ORDER), y, z];
    expect(await weaknessesWith({ vk_alpha_1: beyond })).to.deep.equal([
      "alpha has a coordinate that is not below the field's order",
    ]);
    expect(await weaknessesWith({ vk_delta_2: OUTSIDE_OF_GROUP })).to.deep.equal([
      "delta is not in the group of the right order",
    ]);
  });

  it("throws one error with all that is wrong and what to do", async () => {
    const error = await checkVerifier(
      { ...good, vk_gamma_2: good.vk_delta_2, vk_alpha_1: ["1", "3", "1"] },
      "PowerVerifier.sol",
    ).catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(UnsafeVerifierError);
    expect((error as UnsafeVerifierError).shortMessage).to.equal(
      "PowerVerifier.sol must not be used: alpha is not on the curve; " +
        "gamma equals delta up to its sign, so that any proof can be forged.",
    );
  });

  it("says of other sources that they are no verifier", async () => {
    const source = solidityVerifier("Power", good, "development");
    const word = /^ *hex"\w{64}" .*\n/m;
    for (const other of [
      "contract Empty {}",
      // A word too few, one too many, and none.
      source.replace(word, ""),
      source.replace(word, (line) => line + line),
      source.replace(new RegExp(word, "gm"), ""),
      // The points of a comment are not those of the contract.
      source.replaceAll('hex"', '// hex"'),
      // Behind the constructor somebody might return another key's code.
      source.replace("{}\n}", "{}\n    uint256 private more;\n}"),
    ]) {
      const error = await checkVerifier(other).catch((caught: unknown) => caught);
      expect(error, other).to.be.instanceOf(UnknownVerifierError);
    }
  });
});
