import { getBytes, hexlify } from "ethers";
import { BaseError } from "../errors.ts";
import type { OrderOpening } from "./opening.ts";
import type { OrderSide, SealableOrder } from "./packedOrder.ts";
import { SCHEDULE_PERIODS } from "./schedule.ts";

/** Bytes do not hold an opening. */
export class MalformedOpeningError extends BaseError {
  override name = "MalformedOpeningError";
}

const ORDER = 1;
const SCHEDULE = 2;
const SALT_BYTES = 32;
const BITMAP_BYTES = SCHEDULE_PERIODS / 8;
/** More than any quantity or price has bits. */
const MAX_VARINT_BYTES = 7;

/** Seven bits a byte, the least first; the top bit says that more follow. */
function pushVarint(bytes: number[], value: number): void {
  while (value >= 0x80) {
    bytes.push((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  bytes.push(value);
}

class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    if (this.#offset + count > this.#bytes.length) throw malformed("it ends too early");
    this.#offset += count;
    return this.#bytes.slice(this.#offset - count, this.#offset);
  }

  varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; ++i) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * 0x80 ** i;
      if (byte < 0x80) return value;
    }
    throw malformed("a number is too long");
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw malformed("something follows its end");
  }
}

function malformed(what: string): MalformedOpeningError {
  return new MalformedOpeningError(`A sealed opening has the wrong form: ${what}.`, {
    metaMessages: ["Encode it with the SDK of this version."],
  });
}

function expectVersion(reader: Reader, version: number): void {
  const given = reader.take(1)[0]!;
  if (given !== version) throw malformed(`its kind is ${given}, not ${version}`);
}

const sideOf = (bit: number): OrderSide => (bit === 1 ? "sell" : "buy");
const bitOf = (side: OrderSide): number => (side === "sell" ? 1 : 0);
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
/** Signed numbers as unsigned ones, small where they were near zero. */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

/** The opening of a single order: about 38 bytes. */
export function encodeOrderOpening({ order, salt }: OrderOpening): Uint8Array {
  const bytes = [ORDER, ...getBytes(salt)];
  pushVarint(bytes, 2 * order.energyWh + bitOf(order.side));
  pushVarint(bytes, order.priceMicroPerKwh);
  return Uint8Array.from(bytes);
}

/**
 * @param place whose order it is and for which period, which the ciphertext is bound to
 * @throws MalformedOpeningError
 */
export function decodeOrderOpening(
  bytes: Uint8Array,
  place: Pick<SealableOrder, "participant" | "period">,
): OrderOpening {
  const reader = new Reader(bytes);
  expectVersion(reader, ORDER);
  const salt = hexlify(reader.take(SALT_BYTES));
  const quantity = reader.varint();
  const priceMicroPerKwh = reader.varint();
  reader.end();
  return {
    order: {
      ...place,
      side: sideOf(quantity % 2),
      energyWh: Math.floor(quantity / 2),
      priceMicroPerKwh,
    },
    salt,
  };
}

/** A day's orders with the seed of their salts. */
export interface SeededSchedule {
  orders: readonly SealableOrder[];
  /** 32 bytes; see `saltsFrom`. */
  seed: string;
}

/**
 * A day schedule in few bytes: the seed of its salts, a bitmap of its periods, then energy and price of each order.
 * Prices are kept as differences in units of their greatest common divisor, so that round prices take one byte.
 * @param orders by period, each of `day`
 */
export function encodeScheduleOpening(day: number, { orders, seed }: SeededSchedule): Uint8Array {
  const bitmap = new Uint8Array(BITMAP_BYTES);
  for (const { period } of orders) {
    const index = period - day * SCHEDULE_PERIODS;
    bitmap[index >> 3]! |= 1 << (index & 7);
  }
  const bytes = [SCHEDULE, ...getBytes(seed), ...bitmap];
  const unit = orders.reduce((divisor, order) => gcd(divisor, order.priceMicroPerKwh), 0) || 1;
  pushVarint(bytes, unit);
  let before = 0;
  for (const order of orders) {
    const price = order.priceMicroPerKwh / unit;
    pushVarint(bytes, 2 * order.energyWh + bitOf(order.side));
    pushVarint(bytes, zigzag(price - before));
    before = price;
  }
  return Uint8Array.from(bytes);
}

/** @throws MalformedOpeningError */
export function decodeScheduleOpening(
  bytes: Uint8Array,
  { participant, day }: { participant: number; day: number },
): SeededSchedule {
  const reader = new Reader(bytes);
  expectVersion(reader, SCHEDULE);
  const seed = hexlify(reader.take(SALT_BYTES));
  const bitmap = reader.take(BITMAP_BYTES);
  const unit = reader.varint();
  const orders: SealableOrder[] = [];
  let price = 0;
  for (let index = 0; index < SCHEDULE_PERIODS; ++index) {
    if (((bitmap[index >> 3]! >> (index & 7)) & 1) === 0) continue;
    const quantity = reader.varint();
    price += unzigzag(reader.varint());
    orders.push({
      participant,
      period: day * SCHEDULE_PERIODS + index,
      side: sideOf(quantity % 2),
      energyWh: Math.floor(quantity / 2),
      priceMicroPerKwh: price * unit,
    });
  }
  reader.end();
  return { orders, seed };
}
