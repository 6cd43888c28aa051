import { concat, keccak256 } from "ethers";
import { hashOrder, randomSalt } from "./commitment.ts";
import type { ScheduledOrderOpening } from "./opening.ts";
import type { SealableOrder } from "./packedOrder.ts";

/** Periods of a day schedule. */
export const SCHEDULE_PERIODS = 96;
/** Periods of each of the three trees below the root. */
const TREE_PERIODS = 32;
const TREE_DEPTH = 5;

/** A sealed day: what goes on chain, and what opens each of its orders. */
export interface DaySchedule {
  /** Periods `day * 96` to `day * 96 + 95`. */
  day: number;
  root: string;
  /** Bit i is set where the schedule holds an order for period `day * 96 + i`. */
  periods: bigint;
  /** By period. */
  openings: Map<number, ScheduledOrderOpening>;
}

/**
 * Seals a day's orders of one participant under one root; mirrors `Commitment.rootOf`. Leaves without an order
 * are random, so that nobody can tell them from orders by guessing.
 * @param orders at most one for each period of the day
 * @param salt makes the salts; random by default
 */
export function sealSchedule(
  domain: string,
  day: number,
  orders: readonly SealableOrder[],
  salt: () => string = randomSalt,
): DaySchedule {
  const leaves = Array.from({ length: SCHEDULE_PERIODS }, () => salt());
  let periods = 0n;
  const salts = new Map<number, string>();
  for (const order of orders) {
    const index = order.period - day * SCHEDULE_PERIODS;
    if (index < 0 || index >= SCHEDULE_PERIODS)
      throw new RangeError(`Period ${order.period} is not of day ${day}.`);
    if (salts.has(order.period))
      throw new RangeError(`Period ${order.period} has two orders in one schedule.`);
    const orderSalt = salt();
    salts.set(order.period, orderSalt);
    leaves[index] = hashOrder(domain, order, orderSalt);
    periods |= 1n << BigInt(index);
  }
  const trees = [0, 1, 2].map((third) =>
    buildTree(leaves.slice(third * TREE_PERIODS, (third + 1) * TREE_PERIODS)),
  );
  const roots = trees.map((levels) => levels[TREE_DEPTH]![0]!);
  const root = keccak256(concat(roots));
  const openings = new Map<number, ScheduledOrderOpening>();
  for (const order of orders) {
    const index = order.period - day * SCHEDULE_PERIODS;
    const third = Math.floor(index / TREE_PERIODS);
    const path = trees[third]!.slice(0, TREE_DEPTH).map(
      (level, depth) => level[((index % TREE_PERIODS) >> depth) ^ 1]!,
    );
    const proof = [...path, ...roots.filter((_, i) => i !== third)];
    openings.set(order.period, { order, salt: salts.get(order.period)!, proof, periods });
  }
  return { day, root, periods, openings };
}

/** The levels of a tree, from its leaves to its root. */
function buildTree(leaves: readonly string[]): string[][] {
  const levels = [[...leaves]];
  for (let depth = 0; depth < TREE_DEPTH; ++depth) {
    const below = levels[depth]!;
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        hashPair(below[2 * i]!, below[2 * i + 1]!),
      ),
    );
  }
  return levels;
}

/**
 * The root of the schedule that holds a commitment, by its path; mirrors `Commitment.rootOf`.
 * @param index the order's place in its day, 0 to 95
 */
export function rootOf(commitment: string, index: number, proof: readonly string[]): string {
  const top = proof
    .slice(0, TREE_DEPTH)
    .reduce(
      (node, sibling, depth) =>
        ((index >> depth) & 1) === 0 ? hashPair(node, sibling) : hashPair(sibling, node),
      commitment,
    );
  const roots = proof.slice(TREE_DEPTH);
  roots.splice(Math.floor(index / TREE_PERIODS), 0, top);
  return keccak256(concat(roots));
}

function hashPair(left: string, right: string): string {
  return keccak256(concat([left, right]));
}
