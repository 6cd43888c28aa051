import { deliveryMessage, attestDelivery } from "../sdk/private/attestation.ts";
import { BASE_POINT, multiplyPoint, type Point } from "../sdk/private/babyJubjub.ts";
import { sealDelivery } from "../sdk/private/deliverySecret.ts";
import type { GatewayKeys } from "../sdk/private/gateway/gatewayKeys.ts";
import { accountOfSeed, type PrivateAccount } from "../sdk/private/keys.ts";
import { sealMatchOpening } from "../sdk/private/matches/sealMatchOpening.ts";
import { attributesOf, commitmentOf, type PlanNote } from "../sdk/private/notes.ts";
import { scopeOf, type PoolId } from "../sdk/private/pool.ts";
import { buildActualInputs } from "../sdk/private/proofs/actual.ts";
import { buildParticipantInputs } from "../sdk/private/proofs/participant.ts";

const BUYER_SEED = new Uint8Array(32).fill(2);
const FEATURES = 6n;

export interface DeliveryScene {
  pool: PoolId;
  deadlineS: bigint;
  auditScalar: bigint;
  seller: PrivateAccount;
  /** Of the seller. */
  address: string;
  gateway: GatewayKeys;
}

/** One match from its opening to its actual note, and how its seller joined. */
export function deliveryVectors(scene: DeliveryScene): object {
  const { pool, deadlineS, auditScalar, seller, address, gateway } = scene;
  const auditKey: Point = multiplyPoint(BASE_POINT, auditScalar);
  const buyer = accountOfSeed(BUYER_SEED);
  const terms = { kind: "plan", period: 1_234n, energyWh: 1_500n } as const;
  const sellPlan: PlanNote = {
    ...terms,
    side: "sell",
    owner: seller.owner,
    priceMicroPerKwh: 230_000n,
    attributes: attributesOf(gateway.tag, FEATURES),
    salt: 61n,
  };
  const buyPlan: PlanNote = {
    ...terms,
    side: "buy",
    owner: buyer.owner,
    priceMicroPerKwh: 250_000n,
    attributes: attributesOf(0n, 0n),
    salt: 62n,
  };
  const made = sealMatchOpening(
    {
      sellPlan: commitmentOf(sellPlan),
      buyPlan: commitmentOf(buyPlan),
      energyWh: 1_400n,
      priceMicroPerKwh: 240_000n,
    },
    {
      sellerViewKey: seller.viewKey,
      buyerViewKey: buyer.viewKey,
      auditKey,
      ephemeral: 1_201n,
      key: 1_202n,
    },
  );
  const attestation = attestDelivery(gateway, pool, made.record, 1_380n);
  const ephemeral = 1_203n;
  const setting = { pool, deadlineS, auditKey, nextEphemeral: () => ephemeral };
  const actual = buildActualInputs(setting, {
    sellPlan,
    features: FEATURES,
    match: made.note,
    attestation,
  });
  return {
    buyer: { viewScalar: buyer.viewScalar, viewKey: buyer.viewKey },
    sellPlan,
    features: FEATURES,
    buyPlan,
    match: made.note,
    opening: { key: 1_202n, ephemeral: 1_201n, record: made.record, words: made.opening },
    attestation: {
      ...attestation,
      message: deliveryMessage(scopeOf(pool), made.record, attestation.energyWh),
    },
    secret: {
      ephemeral,
      ...sealDelivery(made.note, attestation.energyWh, { auditKey, ephemeral }),
    },
    proof: { circuit: "Actual", deadlineS, publicSignals: actual.publicSignals },
    participant: {
      circuit: "Participant",
      participant: address,
      deadlineS,
      ...participantOf(scene),
    },
  };
}

function participantOf({ pool, deadlineS, seller, address }: DeliveryScene): object {
  const setting = { pool, deadlineS };
  const request = buildParticipantInputs(seller, setting, { participant: address });
  const { signatureR, signatureS } = request.inputs;
  return { signature: { r: signatureR, s: signatureS }, publicSignals: request.publicSignals };
}
