import { MalformedJsonError, parseJson } from "../../parseJson.ts";
import { MalformedMessageError } from "./messageError.ts";

/** Deeper than any message of the protocol is. */
const MOST_DEPTH = 16;

/** A value as JSON for the wire: numbers beyond what JSON keeps exactly are texts of their digits. */
export function wireJson(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === "bigint" ? field.toString() : field,
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set(["[", "{"].map((bracket) => bracket.charCodeAt(0)));
const CLOSING = new Set(["]", "}"].map((bracket) => bracket.charCodeAt(0)));

/** How deep the brackets of a text nest, strings left out. In one pass: no text makes it slow. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) isString = !isString;
    else if (isString && code === BACKSLASH) i++;
    else if (!isString && OPENING.has(code)) most = Math.max(most, ++depth);
    else if (!isString && CLOSING.has(code)) depth--;
  }
  return most;
}

/**
 * JSON that somebody sent. Of no great depth, so that who walks through it needs no great stack.
 * @throws MalformedMessageError
 */
export function parseWireJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MalformedMessageError("The JSON is not in UTF-8.", {
      metaMessages: ["Encode it in UTF-8."],
    });
  }
  if (depthOf(text) > MOST_DEPTH) {
    throw new MalformedMessageError(`The JSON nests deeper than ${MOST_DEPTH}.`, {
      metaMessages: ["Send what docs/protocol.md describes: nothing in it is so deep."],
    });
  }
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof MalformedJsonError)) throw error;
    const { shortMessage, metaMessages } = error;
    throw new MalformedMessageError(shortMessage, { metaMessages, cause: error });
  }
}
