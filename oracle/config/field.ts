import { suggestNames } from "../../sdk/nearNames.ts";
import type { ConfigNode } from "./configNode.ts";
import type { Secret } from "./secret.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A value that was read although parts of it were wrong: those are undefined. */
export type Draft<T> = T extends string | number | bigint | boolean | undefined | Secret
  ? T
  : T extends readonly (infer Item)[]
    ? (Draft<Item> | undefined)[]
    : { [Name in keyof T]: Draft<T[Name]> | undefined };

/** What a key takes: how it is read and how an editor knows it. */
export interface Field<T> {
  /** Completes "Give …": `a whole number from 1 to 247`. */
  readonly expected: string;
  readonly schema: JsonSchema;
  /**
   * Reports what is wrong with the value.
   * @param node given, save for groups
   * @returns undefined where nothing of it could be read
   */
  read(node: ConfigNode): Draft<T> | undefined;
}

/** A key of a group: what it takes, what it is for, and what holds where it is missing. */
export interface Key<T> {
  readonly field: Field<T>;
  readonly about: string;
  readonly isRequired: boolean;
  /** As an editor shows it. */
  readonly schemaDefault?: unknown;
  readMissing(node: ConfigNode): Draft<T> | undefined;
}

type Keys = Readonly<Record<string, Key<unknown>>>;
type ValueOf<K> = K extends Key<infer T> ? T : never;
export type FieldValue<F> = F extends Field<infer T> ? T : never;

export function required<T>(field: Field<T>, about: string): Key<T> {
  return {
    field,
    about,
    isRequired: true,
    readMissing: (node) => node.report(`${node.path} is missing.`, `Give ${field.expected}.`),
  };
}

export function optional<T>(field: Field<T>, about: string): Key<T | undefined> {
  return {
    field,
    about,
    isRequired: false,
    readMissing: () => undefined,
  };
}

/** @param schemaDefault the value as the file has it, where that differs */
export function withDefault<T extends string | number | bigint | boolean>(
  field: Field<T>,
  value: T,
  about: string,
  schemaDefault: unknown = value,
): Key<T> {
  return {
    field,
    about,
    isRequired: false,
    schemaDefault,
    readMissing: () => value as Draft<T>,
  };
}

/** A group or list that may be left out because all of its keys have defaults. */
export function withDefaults<T>(field: Field<T>, about: string): Key<T> {
  return { field, about, isRequired: false, readMissing: (node) => field.read(node) };
}

interface GroupOptions {
  /** What the group must hold, where not just its required keys. */
  expected?: string;
  /** What an editor should know of how the keys depend on each other. */
  also?: JsonSchema;
}

/** A group of keys. */
export function group<const K extends Keys>(
  keys: K,
  { expected, also }: GroupOptions = {},
): Field<{ [Name in keyof K]: ValueOf<K[Name]> }> {
  const entries = Object.entries(keys);
  const names = Object.keys(keys);
  const requiredNames = names.filter((name) => keys[name]!.isRequired);
  return {
    expected:
      expected ?? `the keys ${(requiredNames.length === 0 ? names : requiredNames).join(", ")}`,
    schema: {
      type: "object",
      properties: Object.fromEntries(
        entries.map(([name, { field, about, schemaDefault }]) => [
          name,
          {
            description: about,
            ...field.schema,
            ...(schemaDefault === undefined ? {} : { default: schemaDefault }),
          },
        ]),
      ),
      ...(requiredNames.length === 0 ? {} : { required: requiredNames }),
      additionalProperties: false,
      ...also,
    },
    read(node) {
      if (node.isGiven && node.entries === undefined) {
        // The value is not shown: it may be a secret in the place of its group.
        node.report(`${node.path || "The file"} is ${node.kind}.`, `Give ${this.expected}.`);
        return;
      }
      for (const [name, child] of node.entries ?? []) {
        if (!Object.hasOwn(keys, name)) {
          child.report(`${child.path} is no known key.`, suggestNames(name, names, "keys"));
        }
      }
      const values = entries.map(([name, key]) => [name, readKey(node, name, key)]);
      return Object.fromEntries(values) as ReturnType<typeof this.read>;
    },
  };
}

/** A list with a least number of items. */
export function list<T>(item: Field<T>, what: string, minItems = 0): Field<T[]> {
  const expected = `a list of ${what}`;
  return {
    expected,
    schema: { type: "array", items: item.schema, ...(minItems === 0 ? {} : { minItems }) },
    read(node) {
      if (node.isGiven && node.items === undefined) {
        node.report(`${node.path} is ${node.kind}.`, `Give ${expected}, each behind a dash.`);
        return;
      }
      const items = node.items ?? [];
      if (items.length < minItems) node.report(`${node.path} is empty.`, `Give ${expected}.`);
      return items.map<Draft<T> | undefined>((child) =>
        child.isGiven ? item.read(child) : reportEmpty(child, { field: item, isRequired: false }),
      );
    },
  };
}

function readKey(node: ConfigNode, name: string, key: Key<unknown>) {
  const child = node.child(name);
  if (child.isGiven) return key.field.read(child);
  if (node.entries?.has(name) !== true) return key.readMissing(child);
  // Left out it has a meaning; with a colon and nothing behind it, it may be meant in two ways.
  reportEmpty(child, key);
  return undefined;
}

function reportEmpty(
  node: ConfigNode,
  { field: { expected }, isRequired }: Pick<Key<unknown>, "field" | "isRequired">,
): undefined {
  node.report(`${node.path} is empty.`, `Give ${expected}${isRequired ? "" : ", or remove it"}.`);
}
