import {
  isAlias,
  isScalar,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Document,
  type Node,
  type ParsedNode,
} from "yaml";
import type { ConfigProblem } from "./configError.ts";
import { describeSyntax } from "./syntaxProblems.ts";

/** What a value may depend on beside the file's text. */
export interface ReadContext {
  /** Where `${NAME}` is looked up. */
  env: Readonly<Record<string, string | undefined>>;
  /** Permission bits of the file. */
  mode: number;
  /** Secrets that are variables are not looked up, for those who need none of them. */
  leavesSecrets?: boolean;
}

/** A file that repeats itself more often than this makes work without end. */
const MAX_ALIASES = 10_000;

/** A YAML text with the positions of its values, and what was found wrong with it so far. */
export class ConfigDocument {
  readonly context: ReadContext;
  readonly #problems: ConfigProblem[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document.Parsed;
  readonly #targets = new Map<Node, Node>();
  #aliases = 0;

  constructor(text: string, context: ReadContext) {
    this.context = context;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      stringKeys: true,
      version: "1.2",
      // Found with the key's whole path by `ConfigNode`.
      uniqueKeys: false,
    });
    this.#reportSyntax(text);
    if (this.#problems.length === 0) this.#checkNodes(text);
  }

  /** The first problems first. */
  get problems(): ConfigProblem[] {
    return this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  get contents(): ParsedNode | null {
    return this.#document.contents;
  }

  lineOf(offset: number): number {
    return this.#lines.linePos(offset).line;
  }

  report(offset: number, path: string, message: string, fix: string): void {
    const { line, col: column } = this.#lines.linePos(offset);
    this.#problems.push({ line, column, path, message, fix });
  }

  /** What a node stands for: that of its anchor for an alias; undefined where there is none. */
  resolve(node: Node): Node | undefined {
    if (!isAlias(node)) return node;
    return ++this.#aliases > MAX_ALIASES ? undefined : this.#targets.get(node);
  }

  /** To be asked when all has been read. */
  reportRepetition(): void {
    if (this.#aliases <= MAX_ALIASES) return;
    this.report(0, "", `Aliases repeat more than ${MAX_ALIASES} values.`, "Write the values out.");
  }

  #reportSyntax(text: string): void {
    const { errors, warnings, directives } = this.#document;
    const textLines = text.split("\n");
    let lastLine = 0;
    for (const { code, pos } of [...errors, ...warnings]) {
      const line = this.lineOf(pos[0]);
      // What else is wrong on a line mostly follows from the first.
      if (line === lastLine) continue;
      lastLine = line;
      const { message, fix } = describeSyntax(code, textLines[line - 1] ?? "");
      this.report(pos[0], "", message, fix);
      // The parser has lost its way, and finds fault with all that follows.
      if (code === "UNEXPECTED_TOKEN") break;
    }
    const { explicit, version } = directives.yaml;
    if (explicit === true && version !== "1.2") {
      this.report(0, "", `The file says that it is YAML ${version}.`, "Remove the line %YAML.");
    }
  }

  #checkNodes(text: string): void {
    const anchors = new Map<string, Node>();
    visit(this.#document, {
      Node: (_key, node) => {
        if (!isAlias(node)) {
          if (node.anchor !== undefined) anchors.set(node.anchor, node);
          this.#checkLines(node, text);
          return;
        }
        const target = anchors.get(node.source);
        if (target !== undefined) this.#targets.set(node, target);
        else {
          this.report(
            node.range?.[0] ?? 0,
            "",
            "A value begins with *, which marks an alias, and nothing above has its anchor.",
            "Put the value in quotes, or define the anchor with & above.",
          );
        }
      },
    });
  }

  /** A key that is indented too far, or without a space behind its colon, belongs to the value above it. */
  #checkLines(node: Node, text: string): void {
    if (!isScalar(node) || node.type !== Scalar.PLAIN || !node.range) return;
    const [start, end] = node.range;
    if (!text.slice(start, end).includes("\n")) return;
    this.report(
      start,
      "",
      "A value goes on in the next line.",
      "Indent the next line like its neighbours and put a space behind its colon; or put the value in quotes.",
    );
  }
}
