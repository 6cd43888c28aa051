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

type Scene = Pick<MatchingScene, "matcher" | "pool" | "record">;

export interface SceneDelivery {
  record: bigint;
  energyWh: bigint;
}

/** Makes deliveries of one period, each another one, encrypted under its epoch's key. Whoever has it closes it. */
export async function deliveriesOf({ matcher, pool, record: reads }: Scene, period: bigint) {
  const client = new ServiceClient({ url: matcher.url, pool });
  const { manifest } = await fetchAnnounced(client, await requireAnnounced(reads, period));
  const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
  const cipher = new EnergyCipher(scheme, await fetchEpochKey(client, manifest, "delivery-key"));
  return {
    make: (delivery: SceneDelivery, keys: EddsaKeys): Promise<EncryptedDelivery> =>
      encryptDelivery({ ...delivery, period }, { pool, keys, manifest, cipher }),
    close: () => {
      cipher.close();
      scheme.close();
    },
  };
}

/** A delivery of a match, encrypted under its epoch's key. @param keys who signs it; the scene's gateway by default */
export async function deliveryOf(
  scene: Scene,
  { period, ...delivery }: SceneDelivery & { period: bigint },
  keys: EddsaKeys = GATEWAY_ACCOUNT,
): Promise<EncryptedDelivery> {
  const deliveries = await deliveriesOf(scene, period);
  try {
    return await deliveries.make(delivery, keys);
  } finally {
    deliveries.close();
  }
}
