import { expect } from "chai";
import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { undetermined } from "./determined.ts";
import { isRefused, TestCircuit, type Inputs, type Witness } from "./testCircuit.ts";

/** Compiling takes seconds on a busy machine. */
export const COMPILING_MS = 180_000;

/** A gadget as a circuit of its own. @param component with its parameters: `Range(4)` */
export function compileGadget(file: string, component: string): Promise<TestCircuit> {
  const lines = ["pragma circom 2.2.0;", `include "lib/${file}.circom";`];
  return TestCircuit.compile([...lines, `component main = ${component};`, ""].join("\n"));
}

/**
 * A valid witness to which the inputs leave no choice: none of its signals can be changed alone, nor several together.
 * (What IsZero inverts is free where it is 0, and nothing depends on it.)
 */
export async function expectSound(circuit: TestCircuit, inputs: Inputs): Promise<Witness> {
  const witness = await circuit.witness(inputs);
  expect(circuit.holds(witness), "holds").to.be.true;
  const loose = circuit.loose(witness).filter((name) => !name.endsWith(".inv"));
  expect(loose, "signals that may be forged alone").to.deep.equal([]);
  expect(undetermined(circuit, witness), "signals that inputs leave open").to.deep.equal([]);
  return witness;
}

export async function expectRefused(circuit: TestCircuit, inputs: Inputs): Promise<void> {
  expect(await isRefused(circuit, inputs), "refused").to.be.true;
}

/** Both sides of the bounds of a width, and what comes below 0. */
export function bounds(bits: bigint): { inside: bigint[]; outside: bigint[] } {
  const end = 2n ** bits;
  return {
    inside: [0n, 1n, end - 1n],
    outside: [end, end + 1n, FIELD_ORDER - 1n, FIELD_ORDER - end],
  };
}
