import type { ErrorCode } from "yaml";

interface Wording {
  message: string;
  fix: string;
}

const QUOTE = "Put the value in quotes.";

/** The parser's own messages quote the text, which may be a secret. */
const WORDINGS: Partial<Record<ErrorCode, Wording>> = {
  TAB_AS_INDENT: { message: "A tab indents the line.", fix: "Indent with spaces." },
  BAD_INDENT: {
    message: "The line is indented otherwise than those it belongs to.",
    fix: "Begin the keys of a group, and the dashes of a list, in the same column.",
  },
  MULTIPLE_DOCS: {
    message: "A second document begins here.",
    fix: "Keep one document: remove the line with ---.",
  },
  MISSING_CHAR: {
    message: "A colon and a space, a closing quote or a closing bracket is missing.",
    fix: "Add it on this line or above.",
  },
  BLOCK_AS_IMPLICIT_KEY: { message: "A value holds a colon and a space.", fix: QUOTE },
  BAD_SCALAR_START: {
    message: "A value begins with a character that has another meaning in YAML.",
    fix: QUOTE,
  },
  BAD_DQ_ESCAPE: {
    message: "A backslash in double quotes begins no known escape.",
    fix: "Write two backslashes, or use single quotes.",
  },
  TAG_RESOLVE_FAILED: { message: "A value begins with !, which marks a tag.", fix: QUOTE },
  NON_STRING_KEY: { message: "A key is no text.", fix: "Give a key of letters." },
  RESOURCE_EXHAUSTION: {
    message: "Lists or groups are nested too deeply.",
    fix: "Compare with docs/operations/oracle.yaml.",
  },
};

const OTHER: Wording = {
  message: "The line is not YAML.",
  fix: "Check its indentation, colons, quotes and brackets.",
};

/**
 * A parser's error in words that quote nothing of the file.
 * @param line the text of the line where it is
 */
export function describeSyntax(code: ErrorCode, line: string): Wording {
  if (code === "UNEXPECTED_TOKEN" && /[{[].*\$\{/.test(line)) {
    return {
      message: "A brace of a variable inside { } or [ ] is taken for YAML's own.",
      fix: 'Put the value in quotes: "${NAME}".',
    };
  }
  return WORDINGS[code] ?? OTHER;
}
