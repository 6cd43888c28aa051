// What docs/protocol.md says of matching under encryption, written anew from its text with other libraries.
import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Base8, mulPointEscalar, packPoint, unpackPoint, type Point } from "@zk-kit/baby-jubjub";
import {
  AbiCoder,
  concat,
  getBytes,
  keccak256,
  verifyMessage,
  verifyTypedData,
  Wallet,
} from "ethers";
import { expect } from "chai";
import { poseidon4 } from "poseidon-lite/poseidon4";

const FILE = path.join(import.meta.dirname, "../../../../docs/protocol-vectors.json");
const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const SECP256K1 = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

interface RoundPlanVector {
  plan: string;
  contentHash: string;
  side: string;
}

interface EnvelopeVector {
  plain: string;
  place: string;
  ephemeral: string;
  sealed: string;
}
interface Signed {
  key: string;
  text: string;
  signature: string;
}
interface Vectors {
  keys: { chainId: string; pool: string; signKey: string };
  scope: string;
  matching: {
    frame: string;
    manifest: { json: string; hash: string };
    features: {
      values: Record<string, number | string>;
      bid: number[];
      offer: number[];
    };
    envelopeScalar: string;
    upload: {
      uploadKey: string;
      featuresHash: string;
      envelope: EnvelopeVector;
      header: Record<string, string> & { epoch: number };
      receipt: Record<string, string> & { takenAtS: number };
    };
    round: {
      epochSeed: string;
      seedCommitment: string;
      beacon: string;
      periodSeed: string;
      position: { salt: string; position: number; plan: string; contentHash: string; leaf: string };
      opening: {
        period: string;
        round: number;
        epoch: number;
        plans: RoundPlanVector[];
        bidLeaves: string[];
        offerLeaves: string[];
      };
      id: string;
      withLost: { lost: RoundPlanVector[]; id: string };
      pairs: { pairs: { bid: number; offer: number }[]; hash: string };
    };
    delivery: { record: string; contentHash: string; message: string; envelope: EnvelopeVector };
    signedCall: {
      method: string;
      path: string;
      body: string;
      request: Signed;
      answer: Signed & { status: number; body: string };
    };
  };
}

/** A feature of the manifest's schema. */
interface Feature {
  kind: string;
  name: string;
  least: number;
  most: number;
  weight: number;
  limit?: boolean;
  categories: string[];
}

const { keys, scope, matching } = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
const { chainId, pool } = keys;
const encode = (types: string[], values: unknown[]) =>
  AbiCoder.defaultAbiCoder().encode(types, values);
const domain = {
  name: "Sealwatt",
  version: "1",
  chainId: BigInt(chainId),
  verifyingContract: pool,
};
const sha256 = (bytes: string) => createHash("sha256").update(getBytes(bytes)).digest("hex");
const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");

/** The sign is that of x above half of p; the library packs little-endian. */
function packed(point: Point<bigint>): Buffer {
  return word(packPoint(point));
}

/** Opens an envelope with the epoch's scalar. */
function open({ place, sealed }: EnvelopeVector): Buffer {
  const scalar = BigInt(matching.envelopeScalar);
  const bytes = Buffer.from(getBytes(sealed));
  const ephemeral = unpackPoint(BigInt(`0x${bytes.subarray(0, 32).toString("hex")}`))!;
  const shared = packed(mulPointEscalar(ephemeral, scalar));
  const info = Buffer.concat([bytes.subarray(0, 32), packed(mulPointEscalar(Base8, scalar))]);
  const okm = Buffer.from(hkdfSync("sha256", shared, "sealwatt/envelope/1", info, 44));
  const decipher = createDecipheriv("aes-256-gcm", okm.subarray(0, 32), okm.subarray(32));
  decipher.setAAD(getBytes(place));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(32, -16)), decipher.final()]);
}

describe("a second implementation of matching's messages", () => {
  it("makes the frame", () => {
    const json = '{"plan":"71","parts":[5,6]}';
    const length = Buffer.alloc(4);
    length.writeUInt32BE(json.length);
    const frame = Buffer.concat([Buffer.from("SWF1"), length, Buffer.from(`${json}firstsecond`)]);
    expect(`0x${frame.toString("hex")}`).to.equal(matching.frame);
  });

  it("hashes the manifest, whose JSON is canonical", () => {
    const { json, hash } = matching.manifest;
    expect(keccak256(Buffer.from(json))).to.equal(hash);
    expect(Object.keys(JSON.parse(json) as object)).to.deep.equal(
      Object.keys(JSON.parse(json) as object).sort(),
    );
  });

  it("encodes features under market-wide weights, the limit rounded for each side", () => {
    const { schema } = JSON.parse(matching.manifest.json) as {
      schema: { features: Feature[]; resolution: number };
    };
    const { values, bid, offer } = matching.features;
    const encodeWith = (round: (value: number) => number) =>
      schema.features.flatMap(({ kind, name, least, most, weight, limit, categories }) => {
        if (kind === "categorical") {
          const reach = Math.round(schema.resolution * Math.sqrt(weight / 2));
          return categories.map((category) => (category === values[name] ? reach : 0));
        }
        const reach = Math.round(schema.resolution * Math.sqrt(weight));
        const steps = (reach * ((values[name] as number) - least)) / (most - least);
        return [limit === true ? round(steps) : Math.round(steps)];
      });
    expect(encodeWith(Math.floor)).to.deep.equal(bid);
    expect(encodeWith(Math.ceil)).to.deep.equal(offer);
    expect(bid[0]).to.equal(offer[0]! - 1);
  });

  it("derives the upload key, and binds it with the ciphertext", () => {
    const { uploadKey, featuresHash, header } = matching.upload;
    const info = Buffer.concat([Buffer.from("plan"), getBytes(header.originContentHash!)]);
    const okm = hkdfSync("sha256", getBytes(keys.signKey), "sealwatt/upload/1", info, 64);
    const wide = BigInt(`0x${Buffer.from(okm).toString("hex")}`);
    expect(BigInt(uploadKey)).to.equal(1n + (wide % (SECP256K1 - 1n)));
    expect(new Wallet(uploadKey).address).to.equal(header.uploadAddress);
    const encoded = encode(
      ["bytes32", "address"],
      [header.originContentHash, header.uploadAddress],
    );
    expect(keccak256(encoded)).to.equal(featuresHash);
  });

  it("finds the upload and the receipt signed", () => {
    const { header, receipt } = matching.upload;
    const types = {
      PlanUpload: [
        { name: "plan", type: "uint256" },
        { name: "epoch", type: "uint256" },
        { name: "contentHash", type: "bytes32" },
        { name: "envelopeHash", type: "bytes32" },
        { name: "originContentHash", type: "bytes32" },
      ],
    };
    const signer = verifyTypedData(domain, types, header, header.signature!);
    expect(signer).to.equal(header.uploadAddress);
    const receiptTypes = {
      UploadReceipt: [
        { name: "plan", type: "uint256" },
        { name: "contentHash", type: "bytes32" },
        { name: "takenAtS", type: "uint256" },
      ],
    };
    const matcher = verifyTypedData(domain, receiptTypes, receipt, receipt.signature!);
    expect(matcher).to.equal(new Wallet(receipt.matcherKey!).address);
  });

  it("opens both envelopes at their places", () => {
    const { upload, delivery } = matching;
    const placeOf = (kind: string, subject: string, contentHash: string) =>
      keccak256(
        encode(
          ["string", "uint256", "address", "uint256", "bytes32"],
          [kind, chainId, pool, subject, contentHash],
        ),
      );
    const { plan, contentHash, envelopeHash } = upload.header;
    expect(placeOf("sealwatt plan envelope 1", plan!, contentHash!)).to.equal(
      upload.envelope.place,
    );
    expect(placeOf("sealwatt delivery envelope 1", delivery.record, delivery.contentHash)).to.equal(
      delivery.envelope.place,
    );
    expect(keccak256(upload.envelope.sealed)).to.equal(envelopeHash);
    for (const vector of [upload.envelope, delivery.envelope]) {
      expect(`0x${open(vector).toString("hex")}`).to.equal(vector.plain);
      expect(open(vector).length % 2_048).to.equal(0);
    }
  });

  it("reads what a plan's envelope says", () => {
    const content = JSON.parse(open(matching.upload.envelope).toString()) as {
      format: string;
      plan: Record<string, string>;
      features: object;
    };
    expect(content.format).to.equal("sealwatt plan envelope 1");
    expect(content.plan).to.include({ side: "sell", energyWh: "1500", priceMicroPerKwh: "230000" });
    expect(content.features).to.include({ energyType: "solar", energyWh: 1_500 });
  });

  it("makes the message of a metered energy", () => {
    const { record, contentHash, message } = matching.delivery;
    const tag = BigInt(`0x${Buffer.from("sealwatt/metered").toString("hex")}`);
    const hash = poseidon4([tag, BigInt(scope), BigInt(record), BigInt(contentHash) % P]);
    expect(hash).to.equal(BigInt(message));
  });

  it("makes seed, leaf, round and pairs", () => {
    const { epochSeed, seedCommitment, beacon, periodSeed, position, opening } = matching.round;
    const { id, withLost, pairs } = matching.round;
    expect(keccak256(epochSeed)).to.equal(seedCommitment);
    expect(keccak256(concat([epochSeed, beacon]))).to.equal(periodSeed);
    const leaf = encode(
      ["string", "bytes32", "uint8", "uint256", "uint256", "bytes32"],
      ["sealwatt position 1", position.salt, 0, 0, position.plan, position.contentHash],
    );
    expect(keccak256(leaf)).to.equal(position.leaf);
    const hashOfPlans = (plans: RoundPlanVector[]) =>
      keccak256(
        concat(
          plans.map(({ plan, contentHash, side }) =>
            concat([word(BigInt(plan)), contentHash, side === "sell" ? "0x01" : "0x00"]),
          ),
        ),
      );
    const { epoch, period, round } = opening;
    const numbers = ["string", "uint256", "address", "uint256", "bytes32", "uint256", "uint256"];
    const place = ["sealwatt round 1", chainId, pool, epoch, matching.manifest.hash, period, round];
    const hashes = [
      beacon,
      hashOfPlans(opening.plans),
      keccak256(concat(opening.bidLeaves)),
      keccak256(concat(opening.offerLeaves)),
    ];
    const idOf = (some: string[]) =>
      keccak256(encode([...numbers, ...some.map(() => "bytes32")], [...place, ...some]));
    expect(idOf(hashes)).to.equal(id);
    expect(idOf([...hashes, hashOfPlans(withLost.lost)])).to.equal(withLost.id);
    const [bids, offers] = [
      pairs.pairs.map(({ bid }) => bid),
      pairs.pairs.map(({ offer }) => offer),
    ];
    const types = ["string", "bytes32", "uint256[]", "uint256[]"];
    const hashed = keccak256(encode(types, ["sealwatt pairs 1", id, bids, offers]));
    expect(hashed).to.equal(pairs.hash);
  });

  it("makes the texts that are signed, and finds them signed", () => {
    const { method, path: asked, body, request, answer } = matching.signedCall;
    const lines = [`${chainId} ${pool.toLowerCase()}`, `${method} ${asked}`, sha256(body)];
    expect(["sealwatt request 1", ...lines].join("\n")).to.equal(request.text);
    const of = [...lines, String(answer.status), sha256(answer.body)];
    expect(["sealwatt answer 1", ...of].join("\n")).to.equal(answer.text);
    for (const { key, text, signature } of [request, answer]) {
      expect(verifyMessage(text, signature)).to.equal(new Wallet(key).address);
    }
  });
});
