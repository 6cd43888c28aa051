import { isMap, isScalar, isSeq, type Node } from "yaml";
import { showValue } from "../../sdk/errors.ts";
import { suggestNames } from "../../sdk/nearNames.ts";
import { YamlError } from "./yamlError.ts";

/** What all values of a document share. */
export interface YamlContext {
  file: string;
  lineOf(node: Node | null): number;
  /** What an alias stands for; other nodes as they are. */
  resolve(node: Node | null): Node | null;
}

/** A value at a place of a document, asked for what it should be. Every method throws a YamlError where it is not. */
export class YamlValue {
  /** `faults[0].delayMs`; empty for the document. */
  readonly path: string;
  /** From 1; that of the key where the value is missing. */
  readonly line: number;
  readonly #node: Node | null;
  readonly #context: YamlContext;

  constructor(node: Node | null, path: string, line: number, context: YamlContext) {
    this.path = path;
    this.line = line;
    this.#node = context.resolve(node);
    this.#context = context;
  }

  /** The error that says what is wrong with this value. */
  error(problem: string, remedy: string): YamlError {
    const subject = this.path === "" ? "the document" : this.path;
    return new YamlError(this.#context.file, this.line, `${subject} ${problem}`, remedy);
  }

  /** The values by key; a key that is not known is an error, and so is one that is missing. */
  map<Required extends string, Optional extends string = never>(
    required: readonly Required[],
    optional: readonly Optional[] = [],
  ): Record<Required, YamlValue> & Partial<Record<Optional, YamlValue>> {
    const known: readonly string[] = [...required, ...optional];
    if (!isMap(this.#node)) throw this.#mismatch(`a mapping with ${required.join(", ")}`);
    const values = new Map<string, YamlValue>();
    for (const { key, value } of this.#node.items) {
      const line = this.#context.lineOf(key as Node);
      const name = isScalar(key) ? String(key.value) : "?";
      const child = new YamlValue(value as Node | null, this.#at(name), line, this.#context);
      if (!known.includes(name))
        throw child.error("is an unknown key.", suggestNames(name, known, "keys"));
      values.set(name, child);
    }
    const missing = required.find((name) => !values.has(name));
    if (missing !== undefined) throw this.error(`has no ${missing}.`, `Add ${this.#at(missing)}.`);
    return Object.fromEntries(values) as Record<Required, YamlValue> &
      Partial<Record<Optional, YamlValue>>;
  }

  /** The keys of a mapping, whatever they are. */
  keys(): string[] {
    if (!isMap(this.#node)) throw this.#mismatch("a mapping");
    return this.#node.items.map(({ key }) => (isScalar(key) ? String(key.value) : "?"));
  }

  /** The value of one key of a mapping, where it has it. */
  get(name: string): YamlValue | undefined {
    if (!isMap(this.#node)) throw this.#mismatch("a mapping");
    const pair = this.#node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    if (pair === undefined) return undefined;
    const line = this.#context.lineOf(pair.key as Node);
    return new YamlValue(pair.value as Node | null, this.#at(name), line, this.#context);
  }

  list(): YamlValue[] {
    if (!isSeq(this.#node)) throw this.#mismatch("a list");
    return this.#node.items.map((item, index) => {
      const line = this.#context.lineOf(item as Node);
      return new YamlValue(item as Node, `${this.path}[${index}]`, line, this.#context);
    });
  }

  text(remedy = "a text"): string {
    const value = this.#scalar();
    if (typeof value !== "string" || value === "") throw this.#mismatch(remedy);
    return value;
  }

  boolean(): boolean {
    const value = this.#scalar();
    if (typeof value !== "boolean") throw this.#mismatch("true or false");
    return value;
  }

  /** @param unit what it counts, for the message: `ms` */
  wholeNumber(least: number, most: number, unit = ""): number {
    const value = this.#scalar();
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
      throw this.#mismatch(`a whole number${unit && ` of ${unit}`} from ${least} to ${most}`);
    return value as number;
  }

  number(least: number, most: number, unit = ""): number {
    const value = this.#scalar();
    if (typeof value !== "number" || !(value >= least && value <= most))
      throw this.#mismatch(`a number${unit && ` of ${unit}`} from ${least} to ${most}`);
    return value;
  }

  choice<Name extends string>(names: readonly Name[], kind: string): Name {
    const value = this.#scalar();
    if ((names as readonly unknown[]).includes(value)) return value as Name;
    if (typeof value === "string")
      throw this.error(`is ${showValue(value)}.`, suggestNames(value, names, kind));
    throw this.#mismatch(`one of ${names.join(", ")}`);
  }

  /** The digits as they are written, so that those of an unquoted number keep their leading zeros. */
  digits(pattern: RegExp, remedy: string): string {
    const value = this.#scalar();
    const source = isScalar(this.#node) ? this.#node.source : undefined;
    const digits = typeof value === "number" ? (source ?? String(value)) : value;
    if (typeof digits !== "string" || !pattern.test(digits)) throw this.#mismatch(remedy);
    return digits;
  }

  #scalar(): unknown {
    return isScalar(this.#node) ? this.#node.value : undefined;
  }

  #at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  #mismatch(right: string): YamlError {
    const found =
      this.#node === null || (isScalar(this.#node) && this.#node.value === null)
        ? "empty"
        : isScalar(this.#node)
          ? showValue(this.#node.value)
          : isSeq(this.#node)
            ? "a list"
            : "a mapping";
    return this.error(`is ${found}.`, `Give ${right}.`);
  }
}
