import { createHash, timingSafeEqual } from "node:crypto";
import { HttpRequestError } from "../../../http/httpRequestError.ts";
import { readPrivateFile } from "../../../keys/privateFile.ts";
import { WorkerTokenError } from "./spreadErrors.ts";

const LEAST_CHARACTERS = 32;

const sha256 = (text: string) => createHash("sha256").update(text).digest();

/**
 * The secret that a matcher and its workers share: who has it gets every ciphertext and the round's seed.
 * @throws KeyError where others may read the file; WorkerTokenError
 */
export async function readWorkerToken(path: string): Promise<string> {
  const token = (await readPrivateFile(path, "worker token", { mustBePrivate: true })).trim();
  if (token.length < LEAST_CHARACTERS || !/^[\x21-\x7e]+$/.test(token)) {
    throw new WorkerTokenError(`The worker token in ${path} is no word of 32 characters or more.`, {
      metaMessages: [`Make one: (umask 077 && openssl rand -hex 32 > ${path})`],
    });
  }
  return token;
}

/** The queue of a matcher and its workers, which says nothing of the token. */
export function queueNameOf(token: string): string {
  return `sealwatt-${sha256(`sealwatt queue ${token}`).toString("hex").slice(0, 32)}`;
}

/** @throws HttpRequestError unless the request shows the token */
export function requireToken(token: string, authorization: string | undefined): void {
  // Digests: what is compared has one length, whatever was sent.
  if (timingSafeEqual(sha256(authorization ?? ""), sha256(`Bearer ${token}`))) return;
  throw new HttpRequestError(
    401,
    "The request does not show the matcher's worker token.",
    "Give the worker the matcher's --worker-token-file.",
    { "www-authenticate": "Bearer" },
  );
}
