import { crc32 } from "node:zlib";

export type Value = number | string | Uint8Array | null;
export type Row = Record<string, Value>;

/** What a table keeps. Every table also has an id, `live`, `change` and `crc`. */
export interface TableSpec {
  name: string;
  /** Column definitions in order, the name first. */
  columns: readonly string[];
  /** Further indexes: their columns and, before these, `UNIQUE` where they are. */
  indexes: readonly { unique?: true; columns: string }[];
  /** Whether something is still to be done with a row. These rows are all verified when a store is opened. */
  isLive: (row: Row) => boolean;
}

/** Makes one table known to the store, with the SQL that it needs. */
export class Table {
  readonly name: string;
  readonly isLive: (row: Row) => boolean;
  /** All columns in the order of the file's records, the id first and the checksum last. */
  readonly columns: readonly string[];
  /** What creates the table and its indexes, by the name of each. */
  readonly definitions: ReadonlyMap<string, string>;
  /** By index, the columns that it is over. */
  readonly indexes: ReadonlyMap<string, readonly string[]>;
  readonly insertSql: string;
  readonly updateSql: string;

  readonly #kinds: readonly ("number" | "string" | undefined)[];

  constructor({ name, columns, indexes, isLive }: TableSpec) {
    this.name = name;
    this.isLive = isLive;
    const own = columns.map((column) => column.split(" ", 1)[0]!);
    this.columns = ["id", ...own, "live", "change", "crc"];
    const definitions = [
      "id INTEGER PRIMARY KEY",
      ...columns,
      "live INTEGER NOT NULL",
      "change INTEGER NOT NULL",
      "crc INTEGER NOT NULL",
    ];
    this.definitions = new Map([
      [name, `CREATE TABLE ${name} (${definitions.join(", ")})`],
      [`${name}_live`, `CREATE INDEX ${name}_live ON ${name} (id) WHERE live = 1`],
      ...indexes.map(({ unique, columns: indexed }, index): [string, string] => [
        `${name}_${index}`,
        `CREATE ${unique === true ? "UNIQUE " : ""}INDEX ${name}_${index} ON ${name} (${indexed})`,
      ]),
    ]);
    this.indexes = new Map(
      indexes.map(({ columns: indexed }, index) => [`${name}_${index}`, indexed.split(", ")]),
    );
    this.#kinds = definitions.map(kindOf);
    const marks = this.columns.map(() => "?").join(", ");
    this.insertSql = `INSERT INTO ${name} (${this.columns.join(", ")}) VALUES (${marks})`;
    const changes = this.columns.slice(1).map((column) => `${column} = ?`);
    this.updateSql = `UPDATE ${name} SET ${changes.join(", ")} WHERE id = ?`;
  }

  /** A row of {@link columns}' values. */
  rowOf(values: readonly Value[]): Row {
    return Object.fromEntries(this.columns.map((column, index) => [column, values[index]!]));
  }

  /** Whether values could be a row of this table, by their number and kinds. */
  fits(values: readonly Value[]): boolean {
    return (
      values.length === this.columns.length &&
      this.#kinds.every((kind, index) => kind === undefined || typeof values[index] === kind)
    );
  }

  /** The row's values in the order of {@link columns}. */
  valuesOf(row: Row): Value[] {
    return this.columns.map((column) => row[column] ?? null);
  }

  /** The CRC-32 of a row's content, which names the table too: a row cannot be taken for one of another table. */
  checksumOf(row: Row): number {
    const content = this.columns.slice(0, -1).map((column) => {
      const value = row[column] ?? null;
      return value instanceof Uint8Array ? [value.length, crc32(value)] : value;
    });
    return crc32(`${this.name}${JSON.stringify(content)}`);
  }

  isIntact(row: Row): boolean {
    return row.crc === this.checksumOf(row);
  }
}

/** What values of a column always are; undefined where it may be empty or hold bytes. */
function kindOf(definition: string): "number" | "string" | undefined {
  if (/ INTEGER (NOT NULL|PRIMARY KEY)/.test(definition)) return "number";
  return definition.includes(" TEXT NOT NULL") ? "string" : undefined;
}
