import { BaseError } from "./errors.ts";

/** A text is not JSON (RFC 8259). */
export class MalformedJsonError extends BaseError {
  override name = "MalformedJsonError";
  /** Both from 1; a column counts UTF-16 units. */
  readonly line: number;
  readonly column: number;

  constructor(text: string, { offset, expected }: SyntaxFault) {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    const column = offset - (before.lastIndexOf("\n") + 1) + 1;
    const found =
      offset < text.length
        ? JSON.stringify(String.fromCodePoint(text.codePointAt(offset)!))
        : "the end";
    super(
      `Malformed JSON at line ${line}, column ${column}: ${found} where ${expected} should be.`,
      {
        metaMessages: [
          offset < text.length ? "Correct it there." : "Check that the input is complete.",
        ],
      },
    );
    this.line = line;
    this.column = column;
  }
}

interface SyntaxFault {
  offset: number;
  /** What could have stood there. */
  expected: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const WHITESPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The offset behind a match of a sticky pattern, or -1. */
function skip(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The offset behind the string that starts at an offset, or its fault. */
function skipString(text: string, start: number): number | SyntaxFault {
  let offset = start + 1;
  while (offset < text.length) {
    const code = text.charCodeAt(offset);
    if (code === 0x22) return offset + 1;
    if (code < 0x20)
      return { offset, expected: "an escaped control character or the end of the string" };
    if (code === 0x5c) {
      const next = skip(ESCAPE, text, offset);
      if (next === -1) return { offset, expected: "a valid escape sequence" };
      offset = next;
    } else offset++;
  }
  return { offset, expected: "the end of the string" };
}

/**
 * The first syntax fault of a text, or undefined for valid JSON. Only for texts that JSON.parse
 * refused: its own messages name a position in some cases only, and differ between versions.
 * Without recursion, so that no depth of nesting is too deep.
 */
function findFault(text: string): SyntaxFault | undefined {
  const open: ("{" | "[")[] = [];
  let offset = 0;
  let state: "value" | "value or ]" | "key" | "key or }" | "colon" | "after value" = "value";
  for (;;) {
    offset = skip(WHITESPACE, text, offset);
    const char = text[offset];
    if (state === "after value") {
      const container = open.at(-1);
      if (container === undefined)
        return char === undefined ? undefined : { offset, expected: "the end of the input" };
      const close = container === "{" ? "}" : "]";
      if (char === close) open.pop();
      else if (char === ",") state = container === "{" ? "key" : "value";
      else return { offset, expected: `"," or "${close}"` };
      offset++;
    } else if (state === "colon") {
      if (char !== ":") return { offset, expected: '":"' };
      offset++;
      state = "value";
    } else if ((state === "value or ]" && char === "]") || (state === "key or }" && char === "}")) {
      open.pop();
      offset++;
      state = "after value";
    } else if (char === '"') {
      const next = skipString(text, offset);
      if (typeof next !== "number") return next;
      offset = next;
      state = state.startsWith("key") ? "colon" : "after value";
    } else if (state.startsWith("key")) {
      return {
        offset,
        expected: state === "key" ? "a key in double quotes" : 'a key in double quotes or "}"',
      };
    } else if (char === "{" || char === "[") {
      open.push(char);
      offset++;
      state = char === "{" ? "key or }" : "value or ]";
    } else {
      const literalEnd = skip(LITERAL, text, offset);
      const next = literalEnd === -1 ? skip(NUMBER, text, offset) : literalEnd;
      if (next === -1)
        return { offset, expected: state === "value" ? "a value" : 'a value or "]"' };
      offset = next;
      state = "after value";
    }
  }
}

/**
 * JSON.parse whose error says where: line, column, what is there and what should be.
 * @throws MalformedJsonError
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = findFault(text);
    if (fault === undefined) throw error;
    throw new MalformedJsonError(text, fault);
  }
}
