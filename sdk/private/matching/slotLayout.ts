import type { FeatureCode } from "./featureSchema.ts";

/**
 * Where numbers lie in a ciphertext: each number of a plan has a block of slots, each offer of a pack a position in
 * every block. A participant fills each block with its number, so that the matcher can give it any position.
 */
export class SlotLayout {
  readonly blocks: number;
  /** Blocks that a distance is the sum of, the first ones. */
  readonly summedBlocks: number;
  /** Positions of a pack. */
  readonly packSize: number;
  readonly slots: number;

  constructor({ blocks, summedBlocks }: FeatureCode, slots: number) {
    this.blocks = blocks;
    this.summedBlocks = summedBlocks;
    this.packSize = Math.floor(slots / blocks);
    this.slots = slots;
  }

  slotOf(block: number, position: number): number {
    return block * this.packSize + position;
  }

  /** A plan's numbers, each in all slots of its block; negative ones as the modulus has them. */
  spread(numbers: readonly number[], plainModulus: bigint): BigUint64Array {
    const slots = new BigUint64Array(this.slots);
    numbers.forEach((number, block) => {
      const start = this.slotOf(block, 0);
      const value = BigInt(number);
      slots.fill(value < 0n ? value + plainModulus : value, start, start + this.packSize);
    });
    return slots;
  }

  /** How many packs so many offers fill. */
  packsFor(offers: number): number {
    return Math.ceil(offers / this.packSize);
  }

  /** How many positions of a pack are taken. */
  takenIn(pack: number, offers: number): number {
    return Math.max(0, Math.min(this.packSize, offers - pack * this.packSize));
  }
}
