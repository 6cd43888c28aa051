/** A source of numbers that one seed determines. */
export interface RandomSource {
  /** At least 0, less than 1. */
  uniform(): number;
  /** Of the standard normal distribution. */
  normal(): number;
}

/** 32 bits of FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) {
    value ^= text.charCodeAt(i);
    value = Math.imul(value, 0x01000193);
  }
  return value >>> 0;
}

/**
 * A random source for one purpose of a run (mulberry32). Sources of other purposes do not depend on how much this one
 * is used.
 * @param purpose what the numbers are for, unique in the run
 */
export function seededRandom(seed: number, purpose: string): RandomSource {
  let state = hash(`${seed}/${purpose}`);
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
