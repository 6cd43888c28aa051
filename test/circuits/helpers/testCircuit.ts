import fs from "node:fs";
import { createRequire } from "node:module";
import { compileCircuit } from "./compileCircuit.ts";
import { countSignals, modulo, readConstraints, valueOf, type Constraint } from "./constraints.ts";

export type Input = bigint | readonly Input[];
export type Inputs = Record<string, Input>;
export type Witness = bigint[];

interface Calculator {
  calculateWitness: (inputs: Inputs, check: boolean) => Promise<Witness>;
}
type BuildCalculator = (wasm: Uint8Array) => Promise<Calculator>;

/** A compiled circuit, its witnesses, and whether they hold. */
export class TestCircuit {
  readonly constraints: readonly Constraint[];
  /** Number of signals, the constant 1 included. */
  readonly signalCount: number;
  /** The first name of each signal in a witness. */
  readonly names: readonly string[];
  /** The names of all inputs, an array's one by one. */
  readonly inputs: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #calculate: (inputs: Inputs) => Promise<Witness>;

  private constructor(
    constraints: readonly Constraint[],
    inputCount: { outputs: number; inputs: number },
    symbols: string,
    calculate: (inputs: Inputs) => Promise<Witness>,
  ) {
    this.constraints = constraints;
    this.#calculate = calculate;
    const names: string[] = ["1"];
    const places = new Map<string, number>();
    for (const line of symbols.trim().split("\n")) {
      const [, place, , name] = line.split(",");
      // What linear constraints have replaced is nowhere in a witness.
      if (place === "-1") continue;
      places.set(name!.replace(/^main\./, ""), Number(place));
      names[Number(place)] ??= name!.replace(/^main\./, "");
    }
    this.names = names;
    this.signalCount = names.length;
    this.#places = places;
    // The constant, outputs, public inputs, private inputs, all else.
    this.inputs = names.slice(1 + inputCount.outputs, 1 + inputCount.outputs + inputCount.inputs);
  }

  static async compile(source: string): Promise<TestCircuit> {
    const compiled = await compileCircuit(source);
    const build = createRequire(import.meta.url)(compiled.calculatorPath) as BuildCalculator;
    const calculator = await build(fs.readFileSync(compiled.wasmPath));
    const r1cs = fs.readFileSync(compiled.r1csPath);
    return new TestCircuit(
      readConstraints(r1cs),
      countSignals(r1cs),
      fs.readFileSync(compiled.symbolsPath, "utf8"),
      (inputs) => calculator.calculateWitness(inputs, true),
    );
  }

  /** @throws where a constraint that the circuit asserts does not hold */
  witness(inputs: Inputs): Promise<Witness> {
    return this.#calculate(inputs);
  }

  /** The value of a signal, an array's one by one: `memo[0]`. */
  value(witness: Witness, name: string): bigint {
    return witness[this.place(name)]!;
  }

  /** All values of an array of signals, or of one. */
  values(witness: Witness, name: string): bigint[] {
    if (this.#places.has(name)) return [this.value(witness, name)];
    const values: bigint[] = [];
    while (this.#places.has(`${name}[${values.length}]`)) {
      values.push(this.value(witness, `${name}[${values.length}]`));
    }
    return values;
  }

  place(name: string): number {
    const place = this.#places.get(name);
    if (place === undefined) throw new RangeError(`The circuit has no signal ${name}.`);
    return place;
  }

  /** Whether all constraints hold. */
  holds(witness: Witness): boolean {
    return this.constraints.every(
      ([a, b, c]) => modulo(valueOf(a, witness) * valueOf(b, witness)) === valueOf(c, witness),
    );
  }

  /**
   * Forges a valid witness one signal at a time, and gives the names of those signals that no constraint holds to
   * their values.
   */
  loose(witness: Witness, change = 1n): string[] {
    const isHeld = new Uint8Array(this.signalCount);
    isHeld[0] = 1;
    for (const [a, b, c] of this.constraints) {
      const [valueA, valueB, valueC] = [a, b, c].map((sum) => valueOf(sum, witness));
      const changes = new Map<number, [bigint, bigint, bigint]>();
      [a, b, c].forEach(({ signals, factors }, side) =>
        signals.forEach((signal, term) => {
          if (isHeld[signal] === 1) return;
          const of = changes.get(signal) ?? [0n, 0n, 0n];
          of[side] = factors[term]! * change;
          changes.set(signal, of);
        }),
      );
      for (const [signal, [changeA, changeB, changeC]] of changes) {
        const product = (valueA! + changeA) * (valueB! + changeB);
        if (modulo(product - valueC! - changeC) !== 0n) isHeld[signal] = 1;
      }
    }
    return this.names.filter((_, signal) => isHeld[signal] === 0);
  }
}

/** Whether no witness can be computed from the inputs. */
export async function isRefused(circuit: TestCircuit, inputs: Inputs): Promise<boolean> {
  try {
    await circuit.witness(inputs);
    return false;
  } catch (error) {
    // Any other error is the test's fault: a signal that is missing or misnamed.
    if (error instanceof Error && error.message.includes("Assert Failed")) return true;
    throw error;
  }
}
