import { BinaryFileError, fromLittleEndian, readSections } from "./binaryFile.ts";
import { SCALAR_FIELD_ORDER } from "./bn254.ts";
import { FIELD_BYTES } from "./wasmCurve.ts";

const HEADER = 1;
const CONSTRAINTS = 2;
const CUSTOM_GATES = 4;

/** A circuit as circom writes it: constraints `⟨a, w⟩ · ⟨b, w⟩ = ⟨c, w⟩` on its signals `w`. */
export interface R1cs {
  /** Signals, the constant 1 included; the public ones follow it. */
  signals: number;
  /** Public signals without the constant: outputs, then public inputs. */
  publicSignals: number;
  constraintCount: number;
  /** For each constraint and each of a, b, c: the number of terms, then signal and coefficient. */
  constraints: Uint8Array;
}

/** Bytes of a signal's number before its coefficient. */
export const TERM_BYTES = 4 + FIELD_BYTES;

export function readR1cs(file: Uint8Array): R1cs {
  const sections = readSections(file, "r1cs");
  const header = sections.get(HEADER);
  const constraints = sections.get(CONSTRAINTS);
  if (header === undefined || constraints === undefined)
    throw new BinaryFileError("The r1cs file lacks its header or its constraints.", {
      metaMessages: ["Compile the circuit again."],
    });
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const fieldBytes = view.getUint32(0, true);
  if (
    fieldBytes !== FIELD_BYTES ||
    fromLittleEndian(header.subarray(4, 4 + fieldBytes)) !== SCALAR_FIELD_ORDER
  )
    throw new BinaryFileError("The circuit is not compiled for BN254's scalar field.", {
      metaMessages: ["Compile it with `--prime bn128`, circom's default."],
    });
  if ((sections.get(CUSTOM_GATES)?.length ?? 0) > 4)
    throw new BinaryFileError("The circuit has custom gates, which Groth16 has not.");
  const number = (index: number) => view.getUint32(4 + fieldBytes + 4 * index, true);
  return {
    signals: number(0),
    publicSignals: number(1) + number(2),
    // Behind the private inputs and the labels, whose number takes eight bytes.
    constraintCount: number(6),
    constraints,
  };
}

/** log2 of the least power of two that is above the number of constraints and public signals. */
export function domainPower({ constraintCount, publicSignals }: R1cs): number {
  return Math.max(Math.floor(Math.log2(constraintCount + publicSignals)) + 1, 1);
}
