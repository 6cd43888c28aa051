import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { Interface } from "ethers";
import { network } from "hardhat";
import * as snarkjs from "snarkjs";
import { BASE_FIELD_ORDER, inverse, SCALAR_FIELD_ORDER } from "../../../scripts/keys/bn254.ts";
import { readCircuitManifest } from "../../../scripts/keys/circuitManifest.ts";
import { DEVELOPMENT_SEED, secretsFromSeed } from "../../../scripts/keys/setupSecrets.ts";
import {
  endSnarkjsWorkers,
  loadSnarkjsCurve,
  type CurveGroup,
} from "../../../scripts/keys/snarkjsCurve.ts";
import { verifierName, VERIFIERS } from "../../../scripts/keys/solidityVerifier.ts";
import type { VerificationKey } from "../../../scripts/keys/verificationKey.ts";
import { readVerifierCode, verifierPoints } from "../../../scripts/keys/verifierPoints.ts";
import { fixtureKeys } from "../../helpers/fixtureKeys.ts";
import { expectGas } from "../../helpers/gasSnapshot.ts";
import { keyBytes } from "../../helpers/verifierBytecode.ts";

const Q = BASE_FIELD_ORDER;
const R = SCALAR_FIELD_ORDER;
const PLENTY = 2_000_000n;
const VERIFIER = new Interface([
  "function verify(uint256[8] points, uint256[] signals) view returns (bool)",
]);

/** On the twisted curve, and of another order than the group. Imaginary parts first. */
const OUTSIDE_OF_GROUP = [
  0n,
  1n,
  5912654199736721486680175016176231956195085055698687135131307249486702594212n,
  18278151005453108793778860132295291098363647455926340152056652516292830556603n,
];

type Pair = [bigint, bigint];

/** The point of the curve whose x is the largest. */
function largestPoint(): Pair {
  for (let x = Q - 1n; ; x--) {
    const square = (x ** 3n + 3n) % Q;
    let y = 1n;
    // Q is 3 modulo 4.
    for (let base = square, exponent = (Q + 1n) / 4n; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) y = (y * base) % Q;
      base = (base * base) % Q;
    }
    if ((y * y) % Q === square) return [x, y];
  }
}

interface Outcome {
  accepts: boolean;
  reverts: boolean;
  gasUsed: bigint;
}

type Ethers = Awaited<ReturnType<typeof network.create>>["ethers"];

/** What calls a verifier and tells what came of it. */
async function makeProbe(ethers: Ethers) {
  const contract = await ethers.deployContract("VerifierProbe");
  return async (target: string, data: string, gas: bigint): Promise<Outcome> => {
    const [success, answer, gasUsed] = (await contract
      .getFunction("probe")
      .staticCall(target, data, gas)) as [boolean, string, bigint];
    const accepts = success && VERIFIER.decodeFunctionResult("verify", answer)[0] === true;
    return { accepts, reverts: !success, gasUsed };
  };
}

describe("a verifier contract", () => {
  let points: bigint[];
  let signals: bigint[];
  let key: VerificationKey;
  let call: (data: string, gas?: bigint, target?: string) => Promise<Outcome>;
  let deploy: (name: string, ...parameters: string[]) => Promise<string>;
  let codeOf: (address: string) => Promise<string>;
  let verifier: string;

  const encode = (a: readonly bigint[], b: readonly bigint[]) =>
    VERIFIER.encodeFunctionData("verify", [a, b]);
  const verify = async (a: readonly bigint[], b: readonly bigint[]) => call(encode(a, b));
  const expectRefusal = async (a: readonly bigint[], b: readonly bigint[], what: string) => {
    const { accepts, reverts } = await verify(a, b);
    expect({ accepts, reverts }, what).to.deep.equal({ accepts: false, reverts: false });
  };
  const negated = (y: bigint) => (Q - y) % Q;
  const negatedA = () => points.with(1, negated(points[1]!));
  const negatedB = (of: bigint[]) => of.with(4, negated(of[4]!)).with(5, negated(of[5]!));
  const negatedC = () => points.with(7, negated(points[7]!));

  before(async () => {
    const { highPower } = await fixtureKeys();
    key = JSON.parse(await readFile(highPower.verificationKey, "utf8")) as VerificationKey;
    const { ethers } = await network.create();
    const probe = await makeProbe(ethers);
    call = (data, gas = PLENTY, target = verifier) => probe(target, data, gas);
    deploy = async (name, ...parameters) => {
      const contract = await ethers.deployContract(name, parameters);
      return contract.getAddress();
    };
    codeOf = (address) => ethers.provider.getCode(address);
    verifier = await deploy("Groth16Verifier", keyBytes(key));
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(
      { base: 3, unused: 7 },
      highPower.wasm,
      highPower.zkey,
      undefined,
      undefined,
      { singleThread: true },
    );
    const text = await snarkjs.groth16.exportSolidityCallData(proof, publicSignals);
    const [a, b, c, s] = JSON.parse(`[${text}]`) as [string[], string[][], string[], string[]];
    points = [a, b, c].flat(2).map(BigInt);
    signals = s.map(BigInt);
  });
  after(endSnarkjsWorkers);

  it("takes a proof", async () => {
    expect((await verify(points, signals)).accepts).to.equal(true);
  });

  it("refuses each signal when it is another one", async () => {
    for (const [i, signal] of signals.entries())
      for (const other of [(signal + 1n) % R, (signal + R - 1n) % R, negated(signal), 0n, R - 1n])
        if (other !== signal) await expectRefusal(points, signals.with(i, other), `signal ${i}`);
    await expectRefusal(points, signals.toReversed(), "other order");
  });

  it("refuses signals at or above the field's order, which stand for smaller ones", async () => {
    for (const [i, signal] of signals.entries())
      for (const alias of [signal + R, signal + 2n * R, signal + 5n * R])
        if (alias < 1n << 256n) await expectRefusal(points, signals.with(i, alias), `signal ${i}`);
    // 0 as R and as 2^256 - 1 mod R.
    for (const alias of [R, (1n << 256n) - 1n])
      await expectRefusal(points, signals.with(2, alias), `${alias}`);
  });

  it("refuses another number of signals, none, and very many", async () => {
    const many = Array.from({ length: 1000 }, () => 0n);
    for (const count of [0, 1, 2])
      await expectRefusal(points, signals.slice(0, count), `${count} signals`);
    await expectRefusal(points, [...signals, 0n], "one more");
    await expectRefusal(points, many, "a thousand");
  });

  it("refuses each coordinate when it is another, 0, or beyond the field", async () => {
    for (const [i, value] of points.entries())
      for (const other of [value ^ 1n, 0n, negated(value), value + Q, value + 2n * Q, Q])
        await expectRefusal(points.with(i, other), signals, `point ${i} as ${other}`);
  });

  it("refuses a y of A beyond the field, whose opposite the pairing would take", async () => {
    // Q - alias, modulo 2^256 and then modulo Q, is the opposite of y.
    const word = 1n << 256n;
    const first = Q + ((points[1]! + word) % Q);
    expect(((word + Q - first) % word) % Q).to.equal(negated(points[1]!));
    for (let alias = first; alias < word; alias += Q)
      await expectRefusal(points.with(1, alias), signals, `${alias}`);
  });

  // Why deployments refuse development keys; and that no coordinate below the order is refused.
  it("takes what anybody forges for any signals with the secrets of a development key", async () => {
    const { alpha, beta, gamma, delta } = secretsFromSeed(DEVELOPMENT_SEED);
    const { G1, G2 } = await loadSnarkjsCurve();
    const coordinates = (point: Uint8Array) =>
      (G1.toObject(G1.toAffine(point)) as bigint[]).slice(0, 2);
    const [[x, xImaginary], [y, yImaginary]] = G2.toObject(G2.g) as [Pair, Pair];
    for (const forged of [[0n, 0n, 0n], [1n, 2n, 3n], signals.map(() => R - 1n)]) {
      // C with the largest x there is, and A = (alpha beta + gamma Σ signal IC + delta C) against a generator.
      const c = largestPoint();
      const terms = key.IC.map((point, i) =>
        G1.timesScalar(G1.fromObject(point.map(BigInt)), i === 0 ? 1n : forged[i - 1]!),
      );
      const sum = terms.reduce((total, term) => G1.add(total, term));
      const a = [
        G1.timesScalar(G1.g, (alpha * beta) % R),
        G1.timesScalar(sum, gamma),
        G1.timesScalar(G1.fromObject([...c, 1n]), delta),
      ].reduce((total, term) => G1.add(total, term));
      const proof = [...coordinates(a), xImaginary, x, yImaginary, y, ...c];
      expect((await verify(proof, forged)).accepts).to.equal(true);
      await expectRefusal(proof.with(6, c[0] + Q), forged, "C.x beyond the field");

      // A at infinity, and C = -(alpha beta + gamma Σ signal IC) / delta.
      const rest = G1.add(G1.timesScalar(G1.g, (alpha * beta) % R), G1.timesScalar(sum, gamma));
      const made = coordinates(G1.timesScalar(rest, R - inverse(delta)));
      const infinite = [0n, 0n, ...points.slice(2, 6), ...made];
      expect((await verify(infinite, forged)).accepts).to.equal(true);
      await expectRefusal(infinite.with(1, Q), forged, "infinity written otherwise");
    }
  });

  it("refuses points swapped, opposite, identical or at infinity", async () => {
    const [a, b, c] = [points.slice(0, 2), points.slice(2, 6), points.slice(6)];
    for (const [what, forged] of Object.entries({
      "C for A": [...c, ...b, ...c],
      "A for C": [...a, ...b, ...a],
      "A and C swapped": [...c, ...b, ...a],
      "real and imaginary parts of B swapped": [...a, b[1]!, b[0]!, b[3]!, b[2]!, ...c],
      "opposite A": negatedA(),
      "opposite B": negatedB(points),
      "opposite C": negatedC(),
      "A at infinity": [0n, 0n, ...b, ...c],
      "B at infinity": [...a, 0n, 0n, 0n, 0n, ...c],
      "C at infinity": [...a, ...b, 0n, 0n],
      "all at infinity": points.map(() => 0n),
      "B of another order": [...a, ...OUTSIDE_OF_GROUP, ...c],
      "A off the curve": [1n, 3n, ...b, ...c],
      "C off the curve": [...a, ...b, 1n, 3n],
    }))
      await expectRefusal(forged, signals, what);
  });

  // What no verifier of Groth16 can prevent, and why no contract may know a proof by its points.
  it("takes other proofs that anybody can make of one, for the same signals alone", async () => {
    const { G1, G2 } = await loadSnarkjsCurve();
    const [ax, ay, bxImaginary, bxReal, byImaginary, byReal] = points as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const a = G1.fromObject([ax, ay, 1n]);
    const b = G2.fromObject([
      [bxReal, bxImaginary],
      [byReal, byImaginary],
      [1n, 0n],
    ]);
    const factor = 1234567n;
    const times = (group: CurveGroup, point: Uint8Array, scalar: bigint) =>
      group.toObject(group.toAffine(group.timesScalar(point, scalar)));
    const [x, y] = times(G1, a, factor) as Pair;
    const [bx, by] = times(G2, b, inverse(factor)) as [Pair, Pair];
    const scaled = [x, y, bx[1], bx[0], by[1], by[0], ...points.slice(6)];
    for (const other of [negatedB(negatedA()), scaled]) {
      expect(other.slice(0, 6)).not.to.deep.equal(points.slice(0, 6));
      expect((await verify(other, signals)).accepts).to.equal(true);
      await expectRefusal(other, signals.with(0, 1n), "other signals");
    }
    // A alone cannot be made up for by C.
    for (const c of [points.slice(6), negatedC().slice(6), [ax, ay], [ax, negated(ay)]])
      await expectRefusal([...negatedA().slice(0, 6), ...c], signals, "opposite A");
  });

  it("reverts for calldata that ends too early or leads nowhere", async () => {
    const data = encode(points, signals);
    const word = (index: number) => 2 + 8 + 64 * index;
    const withWord = (index: number, value: string) =>
      data.slice(0, word(index)) + value.padStart(64, "0") + data.slice(word(index + 1));
    for (const [what, forged] of Object.entries({
      "no arguments": data.slice(0, word(0)),
      "seven points": data.slice(0, word(7)),
      "a signal cut off": data.slice(0, -64),
      "signals beyond the end": withWord(8, "ffff"),
      "signals at 2^256 - 32": withWord(8, "f".repeat(62) + "e0"),
      "2^255 signals": withWord(9, `8${"0".repeat(63)}`),
    })) {
      const { accepts, reverts } = await call(forged);
      expect({ accepts, reverts }, what).to.deep.equal({ accepts: false, reverts: true });
    }
  });

  it("accepts with no less gas than it takes, whichever step runs out of it", async () => {
    const data = encode(points, signals);
    const { gasUsed } = await call(data);
    const outcomes = new Set<string>();
    for (let gas = 0n; gas < gasUsed; gas += 613n) {
      const { accepts, reverts } = await call(data, gas);
      // What the caller itself spends beside is no more than this.
      expect(accepts && gas < gasUsed - 1_000n, `with ${gas} gas`).to.equal(false);
      outcomes.add(reverts ? "reverts" : accepts ? "accepts" : "refuses");
    }
    expect([...outcomes]).to.include.members(["reverts", "refuses"]);
  });

  it("accepts nothing without a key behind its program", async () => {
    const program = await deploy("Groth16Code");
    for (const count of [0, 1, 3])
      expect(
        (await call(encode(points, signals.slice(0, count)), PLENTY, program)).accepts,
      ).to.equal(false);
  });

  it("is not made of a key that has a wrong length", async () => {
    const bytes = keyBytes(key);
    const { ethers } = await network.create();
    const factory = await ethers.getContractFactory("Groth16Verifier");
    for (const wrong of [
      "0x",
      bytes.slice(0, -2),
      bytes.slice(0, -64),
      bytes.slice(0, 2 + 14 * 64),
    ])
      await expect(factory.deploy(wrong))
        .to.be.revertedWithCustomError(factory, "KeyLength")
        .withArgs((wrong.length - 2) / 2);
  });

  it("shows its key and its program to everybody", async () => {
    const code = readVerifierCode(await codeOf(verifier));
    expect(code.points).to.deep.equal(verifierPoints(key));
    const program = await codeOf(await deploy("Groth16Code"));
    expect(`0x${code.program}`).to.equal(program);
  });
});

describe("the verifiers of the circuits", () => {
  it("are deployed with the keys of their sources, and cost what is known", async () => {
    const { ethers } = await network.create();
    const probe = await makeProbe(ethers);
    const { circuits } = await readCircuitManifest();
    expect(circuits).not.to.have.lengthOf(0);
    for (const { name, signals } of circuits) {
      const address = await (await ethers.deployContract(verifierName(name))).getAddress();
      const source = await readFile(`${VERIFIERS}/${verifierName(name)}.sol`, "utf8");
      const { points } = readVerifierCode(await ethers.provider.getCode(address));
      expect(points, name).to.deep.equal(verifierPoints(source));
      expect(points.ic, name).to.have.lengthOf(signals.length + 1);
      // No proof, but points of the curve: all steps are taken before it is refused.
      const [g1, g2] = [points.alpha, points.beta];
      const proof = [...g1, g2[0][1], g2[0][0], g2[1][1], g2[1][0], ...g1];
      const data = VERIFIER.encodeFunctionData("verify", [
        proof,
        signals.map((_, i) => R - 1n - BigInt(i)),
      ]);
      const { accepts, reverts, gasUsed } = await probe(address, data, PLENTY);
      expect({ accepts, reverts }, name).to.deep.equal({ accepts: false, reverts: false });
      expectGas(`verify, ${name}, ${signals.length} signals`, gasUsed);
    }
  });
});
