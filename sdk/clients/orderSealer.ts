import { hexlify } from "ethers";
import { hashOrder, randomSalt } from "../orders/commitment.ts";
import { encryptOpening } from "../orders/openingCipher.ts";
import { encodeOrderOpening, encodeScheduleOpening } from "../orders/openingCode.ts";
import type { SealableOrder } from "../orders/packedOrder.ts";
import type { DaySchedule } from "../orders/schedule.ts";
import { inPeriodOrder, sealSeededSchedule } from "../orders/seededSchedule.ts";

/** A sealed order and what the operator needs to open it. */
export interface SealedOrder {
  commitment: string;
  salt: string;
  /** The opening, encrypted to the operator; `0x` where it published no key. */
  sealedOpening: string;
}

/** A sealed day schedule and what the operator needs to open its orders. */
export interface SealedSchedule {
  schedule: DaySchedule;
  seed: string;
  sealedOpening: string;
}

/** Seals an order with a fresh salt and encrypts its opening to the operator. */
export async function sealOrder(
  domain: string,
  order: SealableOrder,
  openingKey: string | undefined,
): Promise<SealedOrder> {
  const salt = randomSalt();
  const { participant, period } = order;
  const sealedOpening =
    openingKey === undefined
      ? "0x"
      : await encryptOpening(
          openingKey,
          { domain, participant, kind: "order", index: period },
          encodeOrderOpening({ order, salt }),
        );
  return { commitment: hashOrder(domain, order, salt), salt, sealedOpening };
}

/** Seals a day's orders with a fresh seed and encrypts seed and orders to the operator. */
export async function sealDay(
  domain: string,
  participant: number,
  day: number,
  orders: readonly SealableOrder[],
  openingKey: string | undefined,
): Promise<SealedSchedule> {
  const seed = randomSalt();
  const sorted = inPeriodOrder(orders);
  const schedule = sealSeededSchedule(domain, day, sorted, seed);
  const sealedOpening =
    openingKey === undefined
      ? "0x"
      : await encryptOpening(
          openingKey,
          { domain, participant, kind: "schedule", index: day },
          encodeScheduleOpening(day, { orders: sorted, seed }),
        );
  return { schedule, seed, sealedOpening: hexlify(sealedOpening) };
}
