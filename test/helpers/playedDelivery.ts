// Plays gateway and matcher when what was delivered is judged.
import type { EddsaKeys } from "../../sdk/private/eddsa.ts";
import { signMessage } from "../../sdk/private/eddsa.ts";
import { envelopeKeyOf } from "../../sdk/private/epochs/epochManifest.ts";
import { fetchEpochKey } from "../../sdk/private/epochs/fetchEpoch.ts";
import { contentHash } from "../../sdk/private/matching/contentHash.ts";
import { DeviationMasker } from "../../sdk/private/matching/deviationMasker.ts";
import { EnergyCipher } from "../../sdk/private/matching/energyCipher.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { scopeOf } from "../../sdk/private/pool.ts";
import {
  encodeDeliveryEnvelope,
  meteredMessage,
} from "../../sdk/private/uploads/deliveryUpload.ts";
import { sealEnvelope } from "../../sdk/private/uploads/envelope.ts";
import { deliveryEnvelopePlace } from "../../sdk/private/uploads/envelopePlace.ts";
import { encodeFrame } from "../../sdk/private/wire/frame.ts";
import { POOL_TERMS } from "./privateMarket.ts";
import { GATEWAY_ACCOUNT } from "./privateTraders.ts";
import { PERIOD, type StagedKeyHolder } from "./stageKeyHolder.ts";

/** What a delivery is, and who says so. */
export interface PlayedDelivery {
  record: bigint;
  energyWh: bigint;
  gateway?: EddsaKeys;
  /** What the gateway has signed, if not this. */
  signed?: string;
}

/** As it is sent. */
export interface SentDelivery {
  record: bigint;
  contentHash: string;
  masked: Uint8Array;
  envelope: Uint8Array;
}

export async function makeDelivery(
  { client, epoch }: StagedKeyHolder,
  { record, energyWh, gateway = GATEWAY_ACCOUNT, signed }: PlayedDelivery,
): Promise<SentDelivery> {
  const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
  const publicKey = await fetchEpochKey(client, epoch.manifest, "delivery-key");
  const cipher = new EnergyCipher(scheme, publicKey);
  const seed = new Uint8Array(32).fill(4);
  const tolerance = BigInt(POOL_TERMS.toleranceBps);
  const masker = new DeviationMasker(scheme, { publicKey, seed }, tolerance);
  try {
    const actual = cipher.encrypt(energyWh);
    const matched = (await client.get(`/matches/${record}/energy`)).bytes;
    const content = contentHash(actual);
    const message = meteredMessage(scopeOf(epoch.pool), record, signed ?? content);
    const place = deliveryEnvelopePlace(epoch.pool, { record, contentHash: content });
    return {
      record,
      contentHash: content,
      masked: masker.mask([{ actual, matched }]),
      envelope: await sealEnvelope(
        envelopeKeyOf(epoch.manifest),
        encodeDeliveryEnvelope({
          gatewayKey: gateway.spendKey,
          signature: signMessage(gateway, message),
        }),
        place,
      ),
    };
  } finally {
    cipher.close();
    masker.close();
    scheme.close();
  }
}

/** What the key holder answers of each. */
export async function askVerdicts(
  { client, epoch }: StagedKeyHolder,
  deliveries: readonly SentDelivery[],
  period = PERIOD,
): Promise<{ record: string; verdict: string; reason?: string }[]> {
  const header = {
    period,
    epoch: epoch.manifest.epoch,
    deliveries: deliveries.map(({ record, contentHash: content }) => ({
      record,
      contentHash: content,
    })),
  };
  const parts = deliveries.flatMap(({ masked, envelope }) => [masked, envelope]);
  const answer = (await client.post("/verdicts", encodeFrame(header, parts))).json();
  return (answer as { verdicts: { record: string; verdict: string; reason?: string }[] }).verdicts;
}
