import { createHash } from "node:crypto";
import { BinaryFileError, readSections } from "../binaryFile.ts";
import { loadSnarkjsCurve } from "../snarkjsCurve.ts";
import { FIELD_BYTES } from "../wasmCurve.ts";

/** What a proving key says of one contribution to it. */
export interface RecordedContribution {
  name: string;
  /** BLAKE2b-512 of what was published of it, as snarkjs shows it to the contributor. */
  hash: string;
  /** The public number that it was made from, where nobody chose it. */
  beacon: { hash: string; iterationsExponent: number } | undefined;
}

const CONTRIBUTIONS = 10;
const HASH_BYTES = 64;
const G1_BYTES = 2 * FIELD_BYTES;
const G2_BYTES = 4 * FIELD_BYTES;
const NAME = 1;
const ITERATIONS = 2;
const BEACON = 3;

/** The circuit's hash and the contributions inside a key in snarkjs's format. */
export async function readContributions(
  zkeyFile: Uint8Array,
): Promise<{ circuitHash: string; contributions: RecordedContribution[] }> {
  const { G1, G2 } = await loadSnarkjsCurve();
  const section = readSections(zkeyFile, "zkey").get(CONTRIBUTIONS);
  if (section === undefined)
    throw new BinaryFileError("The zkey file lacks its contributions.", {
      metaMessages: ["Make the key again."],
    });
  const bytes = Buffer.from(section);
  let at = 0;
  const next = (length: number) => bytes.subarray(at, (at += length));
  const nextNumber = () => next(4).readUInt32LE();
  const circuitHash = next(HASH_BYTES).toString("hex");
  const contributions = Array.from({ length: nextNumber() }, () => {
    const hash = createHash("blake2b512");
    for (let point = 0; point < 3; point++) hash.update(G1.toUncompressed(next(G1_BYTES)));
    hash.update(G2.toUncompressed(next(G2_BYTES))).update(next(HASH_BYTES));
    nextNumber();
    const parameters = readParameters(next(nextNumber()));
    const beacon = parameters.get(BEACON);
    return {
      name: parameters.get(NAME)?.toString("utf8") ?? "",
      hash: hash.digest("hex"),
      beacon: beacon && {
        hash: beacon.toString("hex"),
        iterationsExponent: parameters.get(ITERATIONS)![0]!,
      },
    };
  });
  return { circuitHash, contributions };
}

/** Each has a number; the iterations then one byte, the others a length and as many bytes. */
function readParameters(bytes: Buffer): Map<number, Buffer> {
  const parameters = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length;) {
    const type = bytes[at++]!;
    const length = type === ITERATIONS ? 1 : bytes[at++]!;
    parameters.set(type, bytes.subarray(at, (at += length)));
  }
  return parameters;
}
