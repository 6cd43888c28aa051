/** A fraction without rounding; the denominator is positive. */
export interface Exact {
  numerator: bigint;
  denominator: bigint;
}

/** An integer, a finite float with its exact binary value, or a decimal such as `-0.01`. */
export function exact(value: bigint | number | string): Exact {
  if (typeof value === "bigint") return { numerator: value, denominator: 1n };
  if (typeof value === "number") return exactFloat(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);
  if (match === null) throw new RangeError(`${JSON.stringify(value)} is not a decimal.`);
  const [, sign, whole, fraction = ""] = match;
  const digits = BigInt(`${whole!}${fraction}`);
  return {
    numerator: sign === "-" ? -digits : digits,
    denominator: 10n ** BigInt(fraction.length),
  };
}

function exactFloat(value: number): Exact {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no exact value.`);
  // Doubling is exact, and ends at the latest with 2^1074 for the smallest number.
  let [scaled, denominator] = [value, 1n];
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(scaled), denominator };
}

export function multiply(a: Exact, b: Exact): Exact {
  return {
    numerator: a.numerator * b.numerator,
    denominator: a.denominator * b.denominator,
  };
}

export function divide(a: Exact, b: Exact): Exact {
  const sign = b.numerator < 0n ? -1n : 1n;
  return {
    numerator: sign * a.numerator * b.denominator,
    denominator: sign * a.denominator * b.numerator,
  };
}

/** The largest integer not above the value, also for negative ones. */
export function floorOf({ numerator, denominator }: Exact): bigint {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}

/** The nearest number, for what need not be exact. */
export function numberOf({ numerator, denominator }: Exact): number {
  return Number(numerator) / Number(denominator);
}

/** All digits of a value whose denominator has the factors 2 and 5 alone, as every register's has. */
export function decimalOf({ numerator, denominator }: Exact): string {
  const magnitude = numerator < 0n ? -numerator : numerator;
  let rest = magnitude % denominator;
  let digits = "";
  while (rest !== 0n) {
    rest *= 10n;
    digits += String(rest / denominator);
    rest %= denominator;
  }
  return `${numerator < 0n ? "-" : ""}${magnitude / denominator}${digits && `.${digits}`}`;
}
