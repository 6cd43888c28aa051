import { keccak256, Wallet } from "ethers";
import { BASE_POINT, multiplyPoint } from "../sdk/private/babyJubjub.ts";
import { signMessage } from "../sdk/private/eddsa.ts";
import {
  encodeManifest,
  MANIFEST_FORMAT,
  manifestHash,
  packEnvelopeKey,
  type EpochManifest,
} from "../sdk/private/epochs/epochManifest.ts";
import type { GatewayKeys } from "../sdk/private/gateway/gatewayKeys.ts";
import type { PrivateAccount } from "../sdk/private/keys.ts";
import { DEFAULT_FEATURES } from "../sdk/private/matching/defaultFeatures.ts";
import { encodeBid, encodeOffer } from "../sdk/private/matching/encodePlan.ts";
import { compileFeatures } from "../sdk/private/matching/featureSchema.ts";
import { attributesOf, commitmentOf, type PlanNote } from "../sdk/private/notes.ts";
import { scopeOf, type PoolId } from "../sdk/private/pool.ts";
import { pairsHash } from "../sdk/private/rounds/pairByRanks.ts";
import { periodSeed, seedCommitment } from "../sdk/private/rounds/periodSeed.ts";
import { positionLeaf } from "../sdk/private/rounds/positionLeaf.ts";
import { ROUND_FORMAT, roundId, type RoundOpening } from "../sdk/private/rounds/roundOpening.ts";
import { encodeDeliveryEnvelope, meteredMessage } from "../sdk/private/uploads/deliveryUpload.ts";
import { sealEnvelope } from "../sdk/private/uploads/envelope.ts";
import { deliveryEnvelopePlace, planEnvelopePlace } from "../sdk/private/uploads/envelopePlace.ts";
import { featuresHash } from "../sdk/private/uploads/featuresHash.ts";
import { encodePlanEnvelope } from "../sdk/private/uploads/planEnvelope.ts";
import { signPlanUpload } from "../sdk/private/uploads/planUpload.ts";
import { signReceipt } from "../sdk/private/uploads/receipt.ts";
import { uploadKeyOf } from "../sdk/private/uploads/uploadKey.ts";
import { encodeFrame } from "../sdk/private/wire/frame.ts";
import {
  answerText,
  requestText,
  signAnswer,
  signRequest,
  type SignedCall,
} from "../sdk/private/wire/signedRequest.ts";

const ENVELOPE_SCALAR = 515_151n;
const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;
const hashOf = (text: string) => keccak256(Buffer.from(text));

/** What the vectors are made for. */
export interface MatchingParties {
  pool: PoolId;
  account: PrivateAccount;
  gateway: GatewayKeys;
}

const MANIFEST: EpochManifest = {
  format: MANIFEST_FORMAT,
  epoch: 3,
  fromPeriod: 1_200n,
  schema: DEFAULT_FEATURES,
  publicKeyHash: hashOf("public key"),
  relinKeysHash: hashOf("relinearisation keys"),
  deliveryKeyHash: hashOf("delivery key"),
  envelopeKey: packEnvelopeKey(multiplyPoint(BASE_POINT, ENVELOPE_SCALAR)),
};

/** A price within a step, so that both sides round it otherwise. */
const FEATURES = {
  priceMicroPerKwh: 230_400,
  energyWh: 1_500,
  environmentalIndex: 80,
  reputation: 50,
  eastM: 1_234,
  northM: 9_876.5,
  energyType: "solar",
};

function featureVectors() {
  const code = compileFeatures(DEFAULT_FEATURES);
  return {
    values: FEATURES,
    bid: encodeBid(code, FEATURES),
    offer: encodeOffer(code, FEATURES),
  };
}

async function envelopeVector(plain: Uint8Array, place: Uint8Array, ephemeral: bigint) {
  const key = multiplyPoint(BASE_POINT, ENVELOPE_SCALAR);
  const sealed = await sealEnvelope(key, plain, place, ephemeral);
  return { plain: hex(plain), place: hex(place), ephemeral, sealed: hex(sealed) };
}

async function uploadVectors({ pool, account, gateway }: MatchingParties) {
  const plan: PlanNote = {
    kind: "plan",
    owner: account.owner,
    side: "sell",
    period: 1_234n,
    energyWh: 1_500n,
    priceMicroPerKwh: 230_000n,
    attributes: attributesOf(gateway.tag, 0n),
    salt: 33n,
  };
  const commitment = commitmentOf(plan);
  const contentHash = hashOf("ciphertext");
  const key = uploadKeyOf(account, contentHash);
  const content = encodePlanEnvelope({
    opening: { plan, to: account },
    features: { ...FEATURES, priceMicroPerKwh: 230_000 },
    gateway: gateway.tag,
    featuresOpening: 0n,
  });
  const place = planEnvelopePlace(pool, { plan: commitment, contentHash });
  const envelope = await envelopeVector(content, place, 61n);
  const header = await signPlanUpload(key, pool, {
    plan: commitment,
    period: plan.period,
    side: plan.side,
    epoch: MANIFEST.epoch,
    contentHash,
    originContentHash: contentHash,
    envelopeHash: keccak256(envelope.sealed),
  });
  const matcher = new Wallet(`0x${"33".repeat(32)}`);
  return {
    uploadKey: key.privateKey,
    featuresHash: featuresHash(contentHash, key.address),
    envelope,
    header,
    receipt: {
      matcherKey: matcher.privateKey,
      ...(await signReceipt(matcher, pool, {
        plan: commitment,
        contentHash,
        takenAtS: 1_999_999_999,
      })),
    },
  };
}

function roundVectors(pool: PoolId) {
  const epochSeed = Buffer.alloc(32, 0x44);
  const beacon = hashOf("beacon");
  const position = {
    salt: hashOf("salt"),
    side: "buy",
    position: 0,
    plan: 71n,
    contentHash: hashOf("a"),
  } as const;
  const opening: RoundOpening = {
    format: ROUND_FORMAT,
    period: 1_234n,
    round: 0,
    epoch: MANIFEST.epoch,
    plans: [
      { plan: 71n, contentHash: hashOf("a"), side: "buy" },
      { plan: 72n, contentHash: hashOf("b"), side: "sell" },
    ],
    bidLeaves: [positionLeaf(position)],
    offerLeaves: [positionLeaf({ ...position, side: "sell", plan: 72n, contentHash: hashOf("b") })],
  };
  const id = roundId(pool, manifestHash(MANIFEST), beacon, opening);
  const lost = [{ plan: 73n, contentHash: hashOf("c"), side: "sell" }] as const;
  const idWithLost = roundId(pool, manifestHash(MANIFEST), beacon, { ...opening, lost });
  const pairs = [{ bid: 0, offer: 0 }];
  return {
    epochSeed: hex(epochSeed),
    seedCommitment: seedCommitment(epochSeed),
    beacon,
    periodSeed: hex(periodSeed(epochSeed, beacon)),
    position: { ...position, leaf: positionLeaf(position) },
    opening,
    id,
    withLost: { lost, id: idWithLost },
    pairs: { pairs, hash: pairsHash(id, pairs) },
  };
}

async function deliveryUploadVectors({ pool, gateway }: MatchingParties) {
  const record = 81n;
  const contentHash = hashOf("energy");
  const message = meteredMessage(scopeOf(pool), record, contentHash);
  const signature = signMessage(gateway, message);
  const content = encodeDeliveryEnvelope({ gatewayKey: gateway.spendKey, signature });
  const place = deliveryEnvelopePlace(pool, { record, contentHash });
  const envelope = await envelopeVector(content, place, 62n);
  return { record, contentHash, message, signature, envelope };
}

async function signedCallVectors(pool: PoolId) {
  const matcher = new Wallet(`0x${"33".repeat(32)}`);
  const keyHolder = new Wallet(`0x${"55".repeat(32)}`);
  const call: SignedCall = {
    pool,
    method: "POST",
    path: "/beacons",
    body: Buffer.from('{"period":"1234"}'),
  };
  const answer = { status: 200, body: Buffer.from('{"period":"1234","beacon":"0x00"}') };
  return {
    method: call.method,
    path: call.path,
    body: hex(call.body),
    request: {
      key: matcher.privateKey,
      text: await requestText(call),
      signature: await signRequest(matcher, call),
    },
    answer: {
      key: keyHolder.privateKey,
      status: answer.status,
      body: hex(answer.body),
      text: await answerText(call, answer),
      signature: await signAnswer(keyHolder, call, answer),
    },
  };
}

/** One value for each thing that docs/protocol.md defines of matching under encryption. */
export async function matchingVectors(parties: MatchingParties): Promise<object> {
  return {
    frame: hex(encodeFrame({ plan: 71n }, [Buffer.from("first"), Buffer.from("second")])),
    manifest: {
      json: Buffer.from(encodeManifest(MANIFEST)).toString(),
      hash: manifestHash(MANIFEST),
    },
    features: featureVectors(),
    envelopeScalar: ENVELOPE_SCALAR,
    upload: await uploadVectors(parties),
    round: roundVectors(parties.pool),
    delivery: await deliveryUploadVectors(parties),
    signedCall: await signedCallVectors(parties.pool),
  };
}
