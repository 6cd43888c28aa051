import { addPoint, Base8, mulPointEscalar, type Point } from "@zk-kit/baby-jubjub";
import { AbiCoder, keccak256 } from "ethers";
import { expect } from "chai";
import { hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { poseidon3 } from "poseidon-lite/poseidon3";
import { poseidon4 } from "poseidon-lite/poseidon4";
import { poseidon5 } from "poseidon-lite/poseidon5";
import { poseidon6 } from "poseidon-lite/poseidon6";
import { poseidon8 } from "poseidon-lite/poseidon8";

const FILE = path.join(import.meta.dirname, "../../../../docs/protocol-vectors.json");
const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const L = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

type Json = string | Json[] | { [name: string]: Json };

/** A vector's value: numbers as numbers, points as points, all else as it is. */
function at(...names: string[]): Json {
  const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Json;
  return names.reduce((value, name) => (value as Record<string, Json>)[name]!, vectors);
}
const number = (...names: string[]): bigint => BigInt(at(...names) as string);
const numbers = (...names: string[]): bigint[] => (at(...names) as string[]).map(BigInt);
const point = (...names: string[]) => numbers(...names) as unknown as Point<bigint>;

const tag = (name: string): bigint =>
  BigInt(`0x${Buffer.from(`sealwatt/${name}`).toString("hex")}`);
const modulo = (value: bigint): bigint => ((value % P) + P) % P;

/** `HS(…; 2)` of three inputs. */
function stream(key: bigint): [salt: bigint, pad: bigint] {
  const [, salt, pad] = poseidon3([tag("stream"), key, 0n], 3) as unknown as bigint[];
  return [salt!, pad!];
}

/** K of `K + H(D_WRAP, (x·R).y, R.y)`: R from e, since x·R = e·X. */
function unwrap(wrapped: bigint, ephemeral: bigint, reader: Point<bigint>): bigint {
  const y = mulPointEscalar(Base8, ephemeral)[1];
  return modulo(wrapped - poseidon3([tag("wrap"), mulPointEscalar(reader, ephemeral)[1], y]));
}

function isSigned(
  key: Point<bigint>,
  message: bigint,
  { r, s }: { r: Point<bigint>; s: bigint },
): boolean {
  const h = poseidon5([...r, ...key, message]);
  const right = addPoint(r, mulPointEscalar(key, (8n * h) % L));
  const left = mulPointEscalar(Base8, s);
  return left[0] === right[0] && left[1] === right[1];
}

function context(circuitId: bigint, ...bound: bigint[]): bigint {
  const deadlineS = number("delivery", "proof", "deadlineS");
  const words = [number("keys", "chainId"), number("keys", "pool"), circuitId, deadlineS, ...bound];
  const types = words.map(() => "uint256");
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, words))) >> 8n;
}

// From docs/protocol.md alone, with other libraries: nothing of sdk/private is imported here.
describe("the vectors of a delivery, by the page's formulas", () => {
  const record = number("delivery", "opening", "record");
  const auditKey = mulPointEscalar(Base8, number("memos", "auditScalar"));

  it("have the gateway's key and tag", () => {
    const secret = Buffer.from((at("gateway", "privateKey") as string).slice(2), "hex");
    const derive = (info: string) =>
      Buffer.from(hkdfSync("sha256", secret, "sealwatt/gateway/1", info, 64)).toString("hex");
    expect(BigInt(`0x${derive("vouch")}`) % L).to.equal(number("gateway", "scalar"));
    expect(`0x${derive("sign").slice(0, 64)}`).to.equal(at("gateway", "signKey"));
    const key = mulPointEscalar(Base8, number("gateway", "scalar"));
    expect(key).to.deep.equal(point("gateway", "key"));
    expect(poseidon3([tag("gateway"), ...key])).to.equal(number("gateway", "tag"));
  });

  it("have a match of both plans", () => {
    const planOf = (name: string, side: bigint, attributes: bigint) => {
      const of = (term: string) => number("delivery", name, term);
      const terms = [of("period"), of("energyWh"), of("priceMicroPerKwh")];
      expect(attributes).to.equal(of("attributes"));
      return poseidon8([tag("plan"), of("owner"), side, ...terms, attributes, of("salt")]);
    };
    const features = number("delivery", "features");
    const sold = poseidon3([tag("attributes"), number("gateway", "tag"), features]);
    const bought = poseidon3([tag("attributes"), 0n, 0n]);
    const plans = [planOf("sellPlan", 1n, sold), planOf("buyPlan", 0n, bought)];
    const of = (term: string) => number("delivery", "match", term);
    const terms = [of("energyWh"), of("priceMicroPerKwh"), of("salt")];
    expect(poseidon6([tag("match"), ...plans, ...terms])).to.equal(record);
  });

  it("have an opening that seller, buyer and regulator read", () => {
    const words = numbers("delivery", "opening", "words");
    const ephemeral = number("delivery", "opening", "ephemeral");
    expect(mulPointEscalar(Base8, ephemeral)[1]).to.equal(words[0]);
    const readers = [point("keys", "viewKey"), point("delivery", "buyer", "viewKey"), auditKey];
    for (const [i, reader] of readers.entries()) {
      const [salt, pad] = stream(unwrap(words[2 + i]!, ephemeral, reader));
      const packed = modulo(words[1]! - pad);
      expect(salt).to.equal(number("delivery", "match", "salt"));
      expect(packed & (2n ** 28n - 1n)).to.equal(number("delivery", "match", "energyWh"));
      expect(packed >> 28n).to.equal(number("delivery", "match", "priceMicroPerKwh"));
    }
  });

  it("have an attestation of the gateway", () => {
    const energyWh = number("delivery", "attestation", "energyWh");
    const message = poseidon4([tag("delivery"), number("scope"), record, energyWh]);
    expect(message).to.equal(number("delivery", "attestation", "message"));
    const r = point("delivery", "attestation", "signature", "r");
    const s = number("delivery", "attestation", "signature", "s");
    expect(s < L).to.be.true;
    expect(isSigned(point("gateway", "key"), message, { r, s })).to.be.true;
  });

  it("have a secret that both sides and the regulator read", () => {
    const [y, encrypted, wrapped] = numbers("delivery", "secret", "secret") as [
      bigint,
      bigint,
      bigint,
    ];
    const ephemeral = number("delivery", "secret", "ephemeral");
    expect(mulPointEscalar(Base8, ephemeral)[1]).to.equal(y);
    const key = poseidon3([tag("secret"), record, number("delivery", "match", "salt")]);
    expect(unwrap(wrapped, ephemeral, auditKey)).to.equal(key);
    const [salt, pad] = stream(key);
    const energyWh = modulo(encrypted - pad);
    expect(energyWh).to.equal(number("delivery", "attestation", "energyWh"));
    const actual = poseidon4([tag("actual"), record, energyWh, salt]);
    expect(actual).to.equal(number("delivery", "secret", "actual"));
  });

  it("have the public signals of both proofs", () => {
    const of = (name: string) => number("delivery", "match", name);
    expect(numbers("delivery", "proof", "publicSignals")).to.deep.equal([
      number("delivery", "secret", "actual"),
      ...numbers("delivery", "secret", "secret"),
      of("sellPlan"),
      of("buyPlan"),
      record,
      number("scope"),
      ...auditKey,
      context(9n),
    ]);
    const owner = number("keys", "owner");
    const joining = context(13n, number("delivery", "participant", "participant"));
    expect(numbers("delivery", "participant", "publicSignals")).to.deep.equal([owner, joining]);
    const message = poseidon5([tag("authorise"), 13n, owner, 0n, joining]);
    const r = point("delivery", "participant", "signature", "r");
    const s = number("delivery", "participant", "signature", "s");
    expect(isSigned(point("keys", "spendKey"), message, { r, s })).to.be.true;
  });
});
