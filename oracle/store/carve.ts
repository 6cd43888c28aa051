import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TABLES } from "./schema.ts";
import { PAGE_BYTES } from "./storeDatabase.ts";
import { decodeRecord, readVarint } from "./sqliteRecord.ts";
import type { Row, Table, Value } from "./table.ts";

/** What was found in a damaged file. */
export type Found =
  | { type: "row"; table: Table; row: Row }
  /** A row whose checksum is wrong; what it says may be wrong too. */
  | { type: "damaged"; table: Table; row: Row }
  /** An entry of the readings' index: there was such a reading. */
  | {
      type: "indexed";
      key: { id: number; period: number; participant: number; meterId: number };
    };

/** Kinds of b-tree pages, with where their cell pointers begin. https://sqlite.org/fileformat2.html#b_tree_pages */
const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;
const INDEX_INTERIOR = 0x02;
const FILE_HEADER_BYTES = 100;
/** More than any row has. */
const MAX_PAYLOAD_BYTES = 1 << 26;
const BUFFERED_PAGES = 256;

/**
 * Finds rows in the pages of a store's file without its header, schema and tree, any of which may be damaged: the
 * checksum tells which pieces are rows, and of which table. A row may be found in more than one version.
 */
export function* carve(path: string): Generator<Found> {
  const file = openSync(path, "r");
  try {
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(BUFFERED_PAGES * PAGE_BYTES);
    for (let position = 0; position < size; position += buffer.length) {
      const bytes = readSync(file, buffer, 0, buffer.length, position);
      // What a torn page had behind its end is not there.
      buffer.fill(0, bytes);
      for (let start = 0; start < bytes; start += PAGE_BYTES) {
        const isFirst = position + start === 0;
        yield* carvePage(file, buffer.subarray(start, start + PAGE_BYTES), isFirst);
      }
    }
  } finally {
    closeSync(file);
  }
}

function* carvePage(file: number, page: Buffer, isFirst: boolean): Generator<Found> {
  const header = isFirst ? FILE_HEADER_BYTES : 0;
  const kind = page[header];
  if (kind !== TABLE_LEAF && kind !== INDEX_LEAF && kind !== INDEX_INTERIOR) return;
  const pointers = header + (kind === INDEX_INTERIOR ? 12 : 8);
  const cells = Math.min(page.readUInt16BE(header + 3), (PAGE_BYTES - pointers) >> 1);
  for (let cell = 0; cell < cells; ++cell) {
    const start = page.readUInt16BE(pointers + 2 * cell);
    if (start >= PAGE_BYTES) continue;
    try {
      const found =
        kind === TABLE_LEAF
          ? rowAt(file, page, start)
          : entryAt(page, kind === INDEX_INTERIOR ? start + 4 : start);
      if (found !== undefined) yield found;
    } catch (error) {
      // What points out of its page or record is no row any more.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function rowAt(file: number, page: Buffer, start: number): Found | undefined {
  const length = readVarint(page, start);
  const id = readVarint(page, length.end);
  if (length.value > MAX_PAYLOAD_BYTES) return undefined;
  const values = decodeRecord(payloadAt(file, page, id.end, length.value));
  if (values === undefined) return undefined;
  values[0] = id.value;
  const candidates = TABLES.filter((table) => table.fits(values)).map((table) => ({
    table,
    row: table.rowOf(values),
  }));
  const intact = candidates.find(({ table, row }) => table.isIntact(row));
  if (intact !== undefined) return { type: "row", ...intact };
  return candidates[0] === undefined ? undefined : { type: "damaged", ...candidates[0] };
}

/** Entries of the readings' index are the only ones with four numbers: period, participant, meter and id. */
function entryAt(page: Buffer, start: number): Found | undefined {
  const length = readVarint(page, start);
  const values: Value[] = decodeRecord(page.subarray(length.end, length.end + length.value)) ?? [];
  const [period, participant, meterId, id] = values;
  if (values.length !== 4 || values.some((value) => typeof value !== "number")) return undefined;
  return {
    type: "indexed",
    key: {
      id: Number(id),
      period: Number(period),
      participant: Number(participant),
      meterId: Number(meterId),
    },
  };
}

/** A row's content, of which only a part is in its page where it is long. https://sqlite.org/fileformat2.html#cellformat */
function payloadAt(file: number, page: Buffer, start: number, length: number): Buffer {
  const mostLocal = PAGE_BYTES - 35;
  if (length <= mostLocal) return page.subarray(start, start + length);
  const leastLocal = (((PAGE_BYTES - 12) * 32) / 255 - 23) | 0;
  const rest = leastLocal + ((length - leastLocal) % (PAGE_BYTES - 4));
  const local = rest <= mostLocal ? rest : leastLocal;
  const parts = [page.subarray(start, start + local)];
  let next = page.readUInt32BE(start + local);
  for (let missing = length - local; missing > 0; missing -= PAGE_BYTES - 4) {
    const overflow = Buffer.alloc(PAGE_BYTES);
    if (next === 0) throw new RangeError("A row's content ends early.");
    readSync(file, overflow, 0, PAGE_BYTES, (next - 1) * PAGE_BYTES);
    parts.push(overflow.subarray(4, 4 + Math.min(missing, PAGE_BYTES - 4)));
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}
