import { NoAnswerError, RpcError, type RpcRequest } from "./rpc.ts";
import { BaseError } from "../../sdk/errors.ts";
import { readAtMost } from "../../sdk/readAtMost.ts";

/** Ten times a receipt of all that a thousand meters report. An endless answer must not take the daemon's memory. */
const MOST_ANSWER_BYTES = 4 * 2 ** 20;

/** A node as messages and logs may name it, and the request function that knows its secrets. */
export interface HttpNode {
  /** Without user, password, path and query: each of them may hold a key. */
  name: string;
  request: RpcRequest;
}

const CHECK_URL = "Check that the URL is that of an Ethereum node's JSON-RPC interface.";

/** A URL of the configuration is none that a node can have. */
export class InvalidUrlError extends BaseError {
  override name = "InvalidUrlError";
}

/** A piece of a URL as it is and decoded. */
function bothForms(piece: string): string[] {
  try {
    return [piece, decodeURIComponent(piece)];
  } catch {
    return [piece];
  }
}

/** The parts of a URL that may be secret, longest first. */
function secretsOf(url: URL): string[] {
  const { href, username, password, pathname, search, hash, searchParams } = url;
  const pieces = [href, username, pathname.slice(1), search.slice(1), hash.slice(1)];
  const words = [...pieces, ...pathname.split("/"), ...searchParams.values()];
  // A short word like `v3` is no secret, and would blacken half of every message; a password is one however short.
  const secrets = [
    ...words.flatMap(bothForms).filter(({ length }) => length >= 4),
    ...bothForms(password).filter((word) => word !== ""),
  ];
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

/**
 * A node behind http:// or https://. User and password of the URL go into the Authorization header, as fetch takes
 * no URL that has them; what the node says is freed of them before anybody sees it.
 * @throws InvalidUrlError
 */
export function httpNode(address: string): HttpNode {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new InvalidUrlError("An RPC URL is none of http:// or https://.", {
      metaMessages: ["Write it like http://127.0.0.1:8545. It is not shown, as it may hold a key."],
    });
  }
  const secrets = secretsOf(url);
  const redact = (text: string) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text).slice(0, 500);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (url.username !== "" || url.password !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    const credentials = Buffer.from(pair).toString("base64");
    secrets.unshift(credentials, pair);
    headers.authorization = `Basic ${credentials}`;
    url.username = url.password = "";
  }
  let lastId = 0;
  const request: RpcRequest = async (method, params, signal) => {
    const id = ++lastId;
    let status: number;
    let bytes: Uint8Array;
    try {
      const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
      const init: RequestInit = { method: "POST", headers, body, redirect: "error" };
      const response = await fetch(url, signal === undefined ? init : { ...init, signal });
      status = response.status;
      bytes = await readAtMost(response, MOST_ANSWER_BYTES);
    } catch (error) {
      if (error instanceof RangeError) {
        throw new NoAnswerError(`The answer of ${url.origin} is no JSON-RPC.`, {
          details: error.message,
          metaMessages: [CHECK_URL],
        });
      }
      const { message, cause } = error as Error;
      const reason = cause instanceof Error && cause.message !== "" ? cause.message : message;
      // Without the cause: its own fields may hold the URL.
      throw new NoAnswerError(`No Ethereum node answers at ${url.origin}.`, {
        details: redact(reason),
        metaMessages: ["Start it, or correct the URL."],
      });
    }
    return readAnswer(new TextDecoder().decode(bytes), { id, status, origin: url.origin, redact });
  };
  return { name: url.origin, request };
}

function readAnswer(
  text: string,
  from: { id: number; status: number; origin: string; redact: (text: string) => string },
): unknown {
  const { id, status, origin, redact } = from;
  let answer: Record<string, unknown> | undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) answer = value as Record<string, unknown>;
  } catch {
    // Said below, with the status.
  }
  const { error } = answer ?? {};
  if (typeof error === "object" && error !== null) {
    const { code, message, data } = error as Record<string, unknown>;
    throw new RpcError(
      typeof code === "number" ? code : -32_603,
      redact(typeof message === "string" ? message : "error without a message"),
      data,
    );
  }
  if (answer?.id !== id || !("result" in answer)) {
    throw new NoAnswerError(`The answer of ${origin} is no JSON-RPC.`, {
      details: `HTTP ${status}: ${redact(text.slice(0, 200))}`,
      metaMessages:
        status === 401 || status === 403
          ? ["Check the user and password, or the token, in its URL."]
          : [CHECK_URL],
    });
  }
  return answer.result;
}
