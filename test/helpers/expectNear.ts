import { expect } from "chai";

/** Chai's own `closeTo` takes whole numbers alone where Hardhat's matchers are loaded. */
export function expectNear(actual: number | undefined, expected: number, tolerance: number): void {
  const isNear = actual !== undefined && Math.abs(actual - expected) <= tolerance;
  expect(isNear, `${actual} is not within ${tolerance} of ${expected}`).to.equal(true);
}
