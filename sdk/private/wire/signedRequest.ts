import { bytesToHex } from "@noble/hashes/utils.js";
import { verifyMessage, type Signer } from "ethers";
import type { PoolId } from "../pool.ts";

/** Where a signature of a request or answer travels. */
export const SIGNATURE_HEADER = "x-sealwatt-signature";

export type HttpMethod = "GET" | "POST";

/** A call of a service, as far as it is signed. */
export interface SignedCall {
  pool: PoolId;
  method: HttpMethod;
  /** From the service's root on, beginning with a slash. */
  path: string;
  /** Empty for GET. */
  body: Uint8Array;
}

/** What was answered, as far as it is signed. */
export interface SignedAnswer {
  status: number;
  body: Uint8Array;
}

export type MessageSigner = Pick<Signer, "signMessage">;

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return bytesToHex(new Uint8Array(digest));
}

async function linesOf({ pool, method, path, body }: SignedCall): Promise<string[]> {
  return [`${pool.chainId} ${pool.pool.toLowerCase()}`, `${method} ${path}`, await sha256Hex(body)];
}

/** What the caller signs (EIP-191). */
export async function requestText(call: SignedCall): Promise<string> {
  return ["sealwatt request 1", ...(await linesOf(call))].join("\n");
}

/** What the service signs (EIP-191): the answer to this very request. */
export async function answerText(
  call: SignedCall,
  { status, body }: SignedAnswer,
): Promise<string> {
  const answer = [String(status), await sha256Hex(body)];
  return ["sealwatt answer 1", ...(await linesOf(call)), ...answer].join("\n");
}

export async function signRequest(signer: MessageSigner, call: SignedCall): Promise<string> {
  return signer.signMessage(await requestText(call));
}

export async function signAnswer(
  signer: MessageSigner,
  call: SignedCall,
  answer: SignedAnswer,
): Promise<string> {
  return signer.signMessage(await answerText(call, answer));
}

/** Whose signature of a request it is; undefined where it is none. @param signature as it came, or nothing */
export async function recoverRequestSigner(
  call: SignedCall,
  signature: string | null | undefined,
): Promise<string | undefined> {
  return recover(await requestText(call), signature);
}

/** Whose signature of an answer it is; undefined where it is none. */
export async function recoverAnswerSigner(
  call: SignedCall,
  answer: SignedAnswer,
  signature: string | null | undefined,
): Promise<string | undefined> {
  return recover(await answerText(call, answer), signature);
}

function recover(text: string, signature: string | null | undefined): string | undefined {
  // 65 bytes and nothing else: a library takes other forms too.
  if (!/^0x[0-9a-f]{130}$/.test(signature ?? "")) return undefined;
  try {
    return verifyMessage(text, signature!);
  } catch {
    return undefined;
  }
}
