// What a gateway sends the matcher of a delivery.
import type { EddsaKeys } from "../../sdk/private/eddsa.ts";
import {
  fetchAnnounced,
  fetchEpochKey,
  requireAnnounced,
} from "../../sdk/private/epochs/fetchEpoch.ts";
import {
  encryptDelivery,
  type EncryptedDelivery,
} from "../../sdk/private/gateway/encryptedDelivery.ts";
import { EnergyCipher } from "../../sdk/private/matching/energyCipher.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import type { MatchingScene } from "./matchingScene.ts";
import { GATEWAY_ACCOUNT } from "./privateTraders.ts";

/** A delivery of a match, encrypted under its epoch's key. @param keys who signs it; the scene's gateway by default */
export async function deliveryOf(
  { matcher, pool, record: reads }: Pick<MatchingScene, "matcher" | "pool" | "record">,
  delivery: { record: bigint; period: bigint; energyWh: bigint },
  keys: EddsaKeys = GATEWAY_ACCOUNT,
): Promise<EncryptedDelivery> {
  const client = new ServiceClient({ url: matcher.url, pool });
  const { manifest } = await fetchAnnounced(client, await requireAnnounced(reads, delivery.period));
  const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
  const cipher = new EnergyCipher(scheme, await fetchEpochKey(client, manifest, "delivery-key"));
  try {
    return await encryptDelivery(delivery, { pool, keys, manifest, cipher });
  } finally {
    cipher.close();
    scheme.close();
  }
}
