/** One change of one line of a source file. */
export interface Mutant {
  /** Counted from 1. */
  line: number;
  operator: string;
  before: string;
  after: string;
}

interface Rule {
  operator: string;
  pattern: RegExp;
  replace: string | ((match: string) => string);
}

const swap = (operator: string, a: string, b: string): Rule[] => [
  { operator, pattern: new RegExp(`(?<= )${escape(a)}(?= )`, "g"), replace: b },
  { operator, pattern: new RegExp(`(?<= )${escape(b)}(?= )`, "g"), replace: a },
];

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const RULES: Rule[] = [
  ...swap("boundary", "<", "<="),
  ...swap("boundary", ">", ">="),
  ...swap("equality", "==", "!="),
  ...swap("logic", "&&", "||"),
  ...swap("arithmetic", "+", "-"),
  ...swap("arithmetic", "*", "/"),
  ...swap("bits", "&", "|"),
  ...swap("bits", "<<", ">>"),
  ...swap("assignment", "+=", "-="),
  { operator: "negation", pattern: /!(?=[a-z_(])/g, replace: "" },
  { operator: "boolean", pattern: /\btrue\b/g, replace: "false" },
  { operator: "boolean", pattern: /\bfalse\b/g, replace: "true" },
  {
    operator: "constant",
    pattern: /(?<![\w.])\d+(?![\w.])/g,
    replace: (digits) => String(Number(digits) + 1),
  },
];

/** Lines that say nothing that runs. */
const IS_SILENT = /^\s*(\/\/|\/?\*|import |pragma |using |type |error |event |[{}]|\)|$)/;
const IS_DECLARATION = /^\s*(function|struct|contract|library|abstract|constructor|modifier)\b/;
/** A call or an assignment that stands alone in its line. */
const IS_STATEMENT = /^\s*(\+\+|--)?[\w.[\]()]+( [-+|&]?= .*|\(.*\))?;\s*$/;
const IS_NO_STATEMENT =
  /^\s*(return|uint\d*|bool|bytes\d*|address|Order|Account|PeriodBook|break|continue)\b/;

/** Every mutant of a Solidity source: one operator, constant or statement each. */
export function mutantsOf(source: string): Mutant[] {
  const mutants: Mutant[] = [];
  let isComment = false;
  source.split("\n").forEach((text, index) => {
    if (text.includes("/*")) isComment = true;
    const isCode = !isComment && !IS_SILENT.test(text) && !IS_DECLARATION.test(text);
    if (text.includes("*/")) isComment = false;
    if (!isCode) return;
    const add = (operator: string, after: string) =>
      mutants.push({ line: index + 1, operator, before: text, after });
    const end = text.indexOf("//");
    const code = end === -1 ? text : text.slice(0, end);
    for (const { operator, pattern, replace } of RULES) {
      for (const match of code.matchAll(pattern)) {
        const by = typeof replace === "string" ? replace : replace(match[0]);
        add(operator, text.slice(0, match.index) + by + text.slice(match.index + match[0].length));
      }
    }
    if (IS_STATEMENT.test(text) && !IS_NO_STATEMENT.test(text)) add("removal", "");
  });
  return mutants;
}
