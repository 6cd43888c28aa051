import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { modulo, type Constraint, type Sum } from "./constraints.ts";
import type { TestCircuit, Witness } from "./testCircuit.ts";

/** What a sum is with all that is known put in: a constant, and the terms left. */
interface Rest {
  constant: bigint;
  terms: [signal: number, factor: bigint][];
}

function invert(value: bigint): bigint {
  let [rest, next, factor, nextFactor] = [FIELD_ORDER, modulo(value), 0n, 1n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return modulo(factor);
}

const isPowerOfTwo = (value: bigint): boolean => (value & (value - 1n)) === 0n;

/** The signal that a constraint `x · (x − 1) = 0` makes a bit. */
function bitOf([a, b, c]: Constraint): number | undefined {
  const signals = new Set([...a.signals, ...b.signals, ...c.signals].filter((at) => at !== 0));
  if (signals.size !== 1) return undefined;
  const at = (x: bigint): bigint => {
    const of = (sum: Sum) =>
      sum.signals.reduce((total, s, i) => total + sum.factors[i]! * (s === 0 ? 1n : x), 0n);
    return modulo(of(a) * of(b) - of(c));
  };
  return at(0n) === 0n && at(1n) === 0n && at(2n) !== 0n ? [...signals][0] : undefined;
}

/** Follows from some signals of a circuit, by its constraints, what the others must be. */
class Deduction {
  readonly #constraints: readonly Constraint[];
  readonly #constraintsOf: readonly number[][];
  readonly #bits: ReadonlySet<number>;
  readonly #known: (bigint | undefined)[];
  readonly #queue = new Set<number>();

  constructor(circuit: TestCircuit) {
    this.#constraints = circuit.constraints;
    const constraintsOf: number[][] = Array.from({ length: circuit.signalCount }, () => []);
    circuit.constraints.forEach((constraint, i) => {
      this.#queue.add(i);
      for (const signal of new Set(constraint.flatMap(({ signals }) => signals))) {
        constraintsOf[signal]!.push(i);
      }
    });
    this.#constraintsOf = constraintsOf;
    this.#bits = new Set(circuit.constraints.flatMap((constraint) => bitOf(constraint) ?? []));
    this.#known = Array.from({ length: circuit.signalCount }, () => undefined);
    this.set(0, 1n);
  }

  isKnown(signal: number): boolean {
    return this.#known[signal] !== undefined;
  }

  set(signal: number, value: bigint): void {
    this.#known[signal] = value;
    for (const constraint of this.#constraintsOf[signal]!) this.#queue.add(constraint);
  }

  /** @returns whether no constraint is broken */
  run(): boolean {
    for (const next of this.#queue) {
      this.#queue.delete(next);
      const linear = this.#linear(this.#constraints[next]!);
      if (linear !== undefined && !this.#solve(linear)) return false;
    }
    return true;
  }

  /** Whether any constraint depends on a signal, with what is known put in. */
  matters(signal: number): boolean {
    return this.#constraintsOf[signal]!.some((i) => {
      const linear = this.#linear(this.#constraints[i]!);
      return linear === undefined || linear.terms.some(([other]) => other === signal);
    });
  }

  #rest({ signals, factors }: Sum): Rest {
    const rest: Rest = { constant: 0n, terms: [] };
    signals.forEach((signal, i) => {
      const value = this.#known[signal];
      if (value === undefined) rest.terms.push([signal, factors[i]!]);
      else rest.constant += value * factors[i]!;
    });
    rest.constant = modulo(rest.constant);
    return rest;
  }

  /** A constraint as `constant + Σ terms = 0`, or nothing where it is not linear in what is left. */
  #linear([a, b, c]: Constraint): Rest | undefined {
    const [left, right, product] = [this.#rest(a), this.#rest(b), this.#rest(c)];
    if (left.terms.length > 0 && right.terms.length > 0) return undefined;
    const [open, fixed] = left.terms.length > 0 ? [left, right] : [right, left];
    const terms = new Map<number, bigint>();
    for (const [signal, factor] of open.terms) terms.set(signal, factor * fixed.constant);
    for (const [signal, factor] of product.terms) {
      terms.set(signal, (terms.get(signal) ?? 0n) - factor);
    }
    return {
      constant: modulo(open.constant * fixed.constant - product.constant),
      terms: [...terms]
        .map(([signal, factor]): [number, bigint] => [signal, modulo(factor)])
        .filter(([, factor]) => factor !== 0n),
    };
  }

  #solve({ constant, terms }: Rest): boolean {
    if (terms.length === 0) return constant === 0n;
    if (terms.length === 1) {
      const [signal, factor] = terms[0]!;
      this.set(signal, modulo(-constant * invert(factor)));
    } else if (terms.every(([signal]) => this.#bits.has(signal))) {
      return this.#solveBits({ constant, terms });
    }
    return true;
  }

  /** Bits of which a sum, weighted by different powers of two, is known. */
  #solveBits({ constant, terms }: Rest): boolean {
    const sign = terms.some(([, factor]) => factor === 1n) ? 1n : -1n;
    const weights = terms.map(([, factor]) => modulo(sign * factor));
    if (!weights.every(isPowerOfTwo) || new Set(weights).size !== weights.length) return true;
    const total = weights.reduce((sum, weight) => sum + weight, 0n);
    // Where there are enough bits for a number and for it plus p, both are possible.
    const numbers = [0n, 1n, 2n]
      .map((times) => modulo(-sign * constant) + times * FIELD_ORDER)
      .filter((number) => (total | number) === total)
      .map((number) => weights.map((weight) => ((number & weight) === 0n ? 0n : 1n)));
    const possible =
      numbers.length === 1 ? numbers : numbers.filter((bits) => this.#isPossible(terms, bits));
    if (possible.length === 1) {
      terms.forEach(([signal], i) => this.set(signal, possible[0]![i]!));
    }
    return possible.length > 0;
  }

  /** Whether these bits break no constraint, as far as that follows. */
  #isPossible(terms: Rest["terms"], bits: readonly bigint[]): boolean {
    const [known, queue] = [[...this.#known], [...this.#queue]];
    terms.forEach(([signal], i) => this.set(signal, bits[i]!));
    const isPossible = this.run();
    known.forEach((value, signal) => (this.#known[signal] = value));
    this.#queue.clear();
    for (const constraint of queue) this.#queue.add(constraint);
    return isPossible;
  }
}

/**
 * The signals of a valid witness that its inputs do not determine: the circuit leaves their values to whoever makes
 * the proof. (What IsZero inverts is free where it is 0; nothing depends on it, and it does not count.)
 * @returns their names; with none, the inputs have one witness only
 */
export function undetermined(circuit: TestCircuit, witness: Witness): string[] {
  const deduction = new Deduction(circuit);
  for (const name of circuit.inputs)
    deduction.set(circuit.place(name), circuit.value(witness, name));
  if (!deduction.run()) throw new Error("The witness's inputs admit none.");
  return circuit.names.filter(
    (_, signal) => !deduction.isKnown(signal) && deduction.matters(signal),
  );
}
