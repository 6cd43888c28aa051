import { hexlify } from "ethers";
import type { PrivateAccount } from "../keys.ts";
import type { PoolId } from "../pool.ts";
import { openEnvelope } from "../uploads/envelope.ts";
import type { ServiceClient } from "../wire/serviceClient.ts";
import {
  decodeReputation,
  encodeQuestion,
  reputationPlace,
  type Reputation,
} from "./reputationCode.ts";

const NONCE_BYTES = 32;

/**
 * Asks the key holder for an account's reputation, which its plans must name. The answer is encrypted to the account's
 * viewing key, and so tells nobody else.
 * @param client of the key holder, with its address as `peer`: else anybody could answer
 * @throws ServiceError, EnvelopeError where the answer is none to this question
 */
export async function askReputation(
  client: Pick<ServiceClient, "post">,
  pool: PoolId,
  { account, viewKey, viewScalar }: Pick<PrivateAccount, "account" | "viewKey" | "viewScalar">,
): Promise<Reputation> {
  const nonce = hexlify(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
  const question = { address: { account, viewKey }, nonce };
  const { bytes } = await client.post("/reputation", encodeQuestion(question));
  return decodeReputation(await openEnvelope(viewScalar, bytes, reputationPlace(pool, question)));
}
