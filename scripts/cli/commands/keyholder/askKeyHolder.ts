import type { MessageSigner } from "../../../../sdk/private/wire/signedRequest.ts";
import {
  object,
  uint,
  bigint,
  address,
  type Reader,
} from "../../../../sdk/private/wire/readers.ts";
import { ServiceClient } from "../../../../sdk/private/wire/serviceClient.ts";

export const DEFAULT_URL = "http://127.0.0.1:8620";

/** What `/status` says of whom one asks; the rest is not looked at. */
const readPlace = object({ keyHolder: address, pool: address, chainId: bigint() });

/** A key holder's client, with the pool that it says itself. */
export async function keyHolderClient(url: string, signer?: MessageSigner) {
  const anybody = { chainId: 0n, pool: "0x0000000000000000000000000000000000000000" };
  const status = (await new ServiceClient({ url, pool: anybody }).get("/status")).json();
  const { keyHolder, pool: address, chainId } = status as Record<string, unknown>;
  const place = readPlace({ keyHolder, pool: address, chainId }, "status");
  const pool = { chainId: place.chainId, pool: place.pool };
  return new ServiceClient({
    url,
    pool,
    peer: place.keyHolder,
    ...(signer === undefined ? {} : { signer }),
  });
}

/** An epoch as the key holder names it. */
export const readEpoch: Reader<{ epoch: number; fromPeriod: bigint }> = object({
  epoch: uint(),
  fromPeriod: bigint(),
});
