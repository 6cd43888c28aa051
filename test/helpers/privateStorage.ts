// Where the private market's state lies.
import { keccak256, toBeHex } from "ethers";
import type { PoolFixture } from "./privateMarket.ts";
import { storageLayoutOf } from "./storage.ts";

async function slotOf(label: string): Promise<bigint> {
  const { storage } = await storageLayoutOf("private/PrivateMarket");
  const variable = storage.find((candidate) => candidate.label === label);
  if (variable === undefined) throw new Error(`${label} is not stored.`);
  return BigInt(variable.slot);
}

/** The slot of the counts of leaves: inserted, added and reserved, 32 bits each. */
export function leavesSlot(): Promise<bigint> {
  return slotOf("_leaves");
}

/** Gives every level of the tree a node that waits for its right neighbour, as a tree has that was filled leaf by leaf. */
export async function fillFrontier({ networkHelpers, poolAddress }: PoolFixture): Promise<void> {
  // Behind the root.
  const first = (await slotOf("_tree")) + 1n;
  for (let level = 0n; level <= 24n; level++) {
    const node = BigInt(keccak256(toBeHex(level, 32))) >> 8n;
    await networkHelpers.setStorageAt(poolAddress, first + level, node);
  }
}

/** Has the tree hold so many leaves, of which nobody knows anything; none waits. */
export async function fillTree(
  { ethers, networkHelpers, poolAddress }: PoolFixture,
  leaves: number,
): Promise<void> {
  const slot = await leavesSlot();
  const word = BigInt(await ethers.provider.getStorage(poolAddress, slot));
  const counts = BigInt(leaves) | (BigInt(leaves) << 32n);
  await networkHelpers.setStorageAt(poolAddress, slot, ((word >> 64n) << 64n) | counts);
}

/** Gives a plan so many strikes. */
export async function setStrikes(
  { ethers, networkHelpers, poolAddress }: PoolFixture,
  plan: bigint,
  strikes: number,
): Promise<void> {
  const slot = BigInt(keccak256(toBeHex(plan, 32) + toBeHex(await slotOf("_plans"), 32).slice(2)));
  const word = BigInt(await ethers.provider.getStorage(poolAddress, slot));
  // Behind state, side and period: 8, 8 and 24 bits.
  const others = word & ((1n << 40n) - 1n);
  await networkHelpers.setStorageAt(poolAddress, slot, others | (BigInt(strikes) << 40n));
}

/** Has the tree of participants hold so many of which nobody knows anything, all of its 16 levels in use. */
export async function fillParticipants(
  { networkHelpers, poolAddress }: PoolFixture,
  participants: number,
): Promise<void> {
  const slot = await slotOf("_participants");
  await networkHelpers.setStorageAt(poolAddress, slot, participants);
  await networkHelpers.setStorageAt(poolAddress, slot + 1n, 16);
}
