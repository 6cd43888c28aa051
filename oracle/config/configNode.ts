import { isMap, isScalar, isSeq, Scalar, type Node } from "yaml";
import { showValue } from "../../sdk/errors.ts";
import type { ConfigDocument } from "./configDocument.ts";

/** A value of the file, or the place where one is missing. */
export class ConfigNode {
  readonly document: ConfigDocument;
  /** As a message names it: `lines[0].meters[2].unit`. */
  readonly path: string;
  readonly #node: Node | undefined;
  readonly #offset: number;
  #entries: Map<string, ConfigNode> | undefined;
  #items: ConfigNode[] | undefined;

  private constructor(document: ConfigDocument, path: string, node: Node | null, offset: number) {
    this.document = document;
    this.path = path;
    this.#node = node === null ? undefined : document.resolve(node);
    this.#offset = offset;
  }

  static root(document: ConfigDocument): ConfigNode {
    return new ConfigNode(document, "", document.contents, 0);
  }

  /** False for a key that is missing or has nothing behind its colon. */
  get isGiven(): boolean {
    return !(
      this.#node === undefined ||
      (isScalar(this.#node) && this.#node.value === null && !this.#node.tag)
    );
  }

  /** Line in the file, from 1. */
  get line(): number {
    return this.document.lineOf(this.#offset);
  }

  /** The keys and their values; undefined where it is no group. */
  get entries(): ReadonlyMap<string, ConfigNode> | undefined {
    if (this.#entries === undefined && isMap(this.#node)) {
      this.#entries = new Map();
      for (const { key, value } of this.#node.items) {
        const name = isScalar(key) ? String(key.value) : "";
        const path = this.#pathOf(name);
        const keyOffset = offsetOf(key) ?? this.#offset;
        const offset = isScalar(value) ? (offsetOf(value) ?? keyOffset) : keyOffset;
        if (this.#entries.has(name)) {
          this.document.report(keyOffset, path, `${path} is given twice.`, "Keep one of the two.");
        } else {
          const node = new ConfigNode(this.document, path, value as Node | null, offset);
          this.#entries.set(name, node);
        }
      }
    }
    return this.#entries;
  }

  /** The items; undefined where it is no list. */
  get items(): readonly ConfigNode[] | undefined {
    if (this.#items === undefined && isSeq(this.#node)) {
      this.#items = this.#node.items.map(
        (item, index) =>
          new ConfigNode(
            this.document,
            `${this.path}[${index}]`,
            item as Node | null,
            offsetOf(item) ?? this.#offset,
          ),
      );
    }
    return this.#items;
  }

  /** The text as it was written, also where YAML takes it for a number, and whether it has no quotes. */
  get scalar(): { text: string; isPlain: boolean } | undefined {
    const node = this.#node;
    if (!isScalar(node)) return undefined;
    const text = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    return { text, isPlain: node.type === Scalar.PLAIN };
  }

  /** What it is, for the message that it should be something else. */
  get shown(): string {
    const { scalar } = this;
    if (scalar === undefined) return this.kind;
    const { text, isPlain } = scalar;
    return isPlain && /^[\w.+-]+$/.test(text) ? text : showValue(text);
  }

  /** What it is where the value must not be shown. */
  get kind(): string {
    return isMap(this.#node) ? "a group of keys" : isSeq(this.#node) ? "a list" : "one value";
  }

  /** The value of a key, or the place where it is missing. */
  child(name: string): ConfigNode {
    return (
      this.entries?.get(name) ??
      new ConfigNode(this.document, this.#pathOf(name), null, this.#offset)
    );
  }

  /** The node below at the end of a way of keys and indices. */
  at(...way: readonly (string | number)[]): ConfigNode {
    return way.reduce<ConfigNode>(
      (node, step) => (typeof step === "string" ? node.child(step) : node.items![step]!),
      this,
    );
  }

  #pathOf(name: string): string {
    // What does not look like a key may be a secret in its place.
    const shown = /^(<<|[A-Za-z][\w-]{0,40})$/.test(name) ? name : "(key)";
    return this.path === "" ? shown : `${this.path}.${shown}`;
  }

  /** @param message a sentence that begins with the path */
  report(message: string, fix: string): undefined {
    this.document.report(this.#offset, this.path, message, fix);
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
