import { expect } from "chai";
import fs from "node:fs";
import path from "node:path";
import { mainComponent, readCircuitManifest } from "../../../scripts/keys/circuitManifest.ts";
import type { CircuitName } from "../../../sdk/private/context.ts";
import type { ProofRequest } from "../../../sdk/private/proofs/proofRequest.ts";
import { CIRCUITS } from "./compileCircuit.ts";
import { expectSound } from "./gadget.ts";
import { isRefused, TestCircuit, type Input, type Inputs } from "./testCircuit.ts";

/** Levels of the trees in most tests: the gadget's own test shows that they differ in number only. */
export const NOTE_DEPTH = 4;
export const PARTICIPANTS_DEPTH = 3;

const MANIFEST = path.join(CIRCUITS, "circuits.json");
const SMALL: Record<number, number> = { 24: NOTE_DEPTH, 16: PARTICIPANTS_DEPTH };

/** What the manifest tells beside what the compiler needs. */
export interface ManifestEntry {
  id: number;
  signals: string[];
  maxConstraints: number;
}

export function manifestEntries(): Record<CircuitName, ManifestEntry> {
  return JSON.parse(fs.readFileSync(MANIFEST, "utf8")) as Record<CircuitName, ManifestEntry>;
}

const announced = new Map<CircuitName, () => Promise<TestCircuit>>();

/**
 * Announces that a test needs a circuit, before any test runs: as soon as the first is wanted all are compiled, as
 * many at a time as there are cores.
 */
export function willCompile(name: CircuitName): () => Promise<TestCircuit> {
  let compiled: Promise<TestCircuit> | undefined;
  const start = () => {
    compiled ??= compileSmall(name);
    // Told by who waits for it.
    compiled.catch(() => undefined);
    return compiled;
  };
  announced.set(name, start);
  return () => {
    const compiling = start();
    for (const other of announced.values()) void other();
    return compiling;
  };
}

/** A circuit of the manifest, with small trees. */
export async function compileSmall(name: CircuitName): Promise<TestCircuit> {
  const { circuits } = await readCircuitManifest(MANIFEST);
  const entry = circuits.find((circuit) => circuit.name === name)!;
  const params = entry.params.map((param) => SMALL[param] ?? param);
  return TestCircuit.compile(mainComponent({ ...entry, params }));
}

/** The circuit computes of the SDK's inputs the public signals that the SDK expects. */
export async function expectProves(circuit: TestCircuit, request: ProofRequest): Promise<void> {
  const witness = await circuit.witness(request.inputs);
  expect(circuit.holds(witness), "holds").to.be.true;
  const { signals } = manifestEntries()[request.circuit];
  expect(circuit.names.slice(1, 1 + signals.length)).to.deep.equal(signals);
  expect(witness.slice(1, 1 + signals.length)).to.deep.equal(request.publicSignals);
}

/** Every way to change one number of the inputs. */
function* changes(inputs: Inputs): Generator<[name: string, inputs: Inputs]> {
  const changed = function* (value: Input): Generator<Input> {
    if (typeof value === "bigint") {
      yield value + 1n;
      return;
    }
    for (const [i, item] of value.entries()) {
      for (const other of changed(item)) yield value.with(i, other);
    }
  };
  for (const [name, value] of Object.entries(inputs)) {
    for (const other of changed(value)) yield [name, { ...inputs, [name]: other }];
  }
}

/**
 * The inputs have one witness, none of whose signals can be forged, and none of them can be changed alone without
 * another public signal: there is no second proof of the same.
 */
export async function expectNoOther(circuit: TestCircuit, request: ProofRequest): Promise<void> {
  await expectSound(circuit, request.inputs);
  const count = request.publicSignals.length;
  for (const [name, inputs] of changes(request.inputs)) {
    if (await isRefused(circuit, inputs)) continue;
    const signals = (await circuit.witness(inputs)).slice(1, 1 + count);
    expect(signals, `public signals with another ${name}`).not.to.deep.equal(request.publicSignals);
  }
}
