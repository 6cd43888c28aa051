import { BinaryFileError, readSections } from "./binaryFile.ts";
import { loadSnarkjsCurve } from "./snarkjsCurve.ts";
import { FIELD_BYTES } from "./wasmCurve.ts";

type G1Json = [x: string, y: string, z: string];
type G2Json = [x: [string, string], y: [string, string], z: [string, string]];

/** A verification key as snarkjs writes and reads it. */
export interface VerificationKey {
  protocol: "groth16";
  curve: "bn128";
  nPublic: number;
  vk_alpha_1: G1Json;
  vk_beta_2: G2Json;
  vk_gamma_2: G2Json;
  vk_delta_2: G2Json;
  vk_alphabeta_12: string[][][];
  IC: G1Json[];
}

const G1_BYTES = 2 * FIELD_BYTES;
const G2_BYTES = 4 * FIELD_BYTES;
const HEADER = 2;
const PUBLIC_POINTS = 3;
/** Behind the two fields' orders with their lengths and the number of signals. */
const PUBLIC_COUNT_AT = 2 * (4 + FIELD_BYTES) + 4;
const POINTS_AT = PUBLIC_COUNT_AT + 8;

/** The verification key inside a proving key; the same as `snarkjs zkey export verificationkey`. */
export async function readVerificationKey(zkeyFile: Uint8Array): Promise<VerificationKey> {
  const curve = await loadSnarkjsCurve();
  const { G1, G2, Gt } = curve;
  const sections = readSections(zkeyFile, "zkey");
  const header = sections.get(HEADER);
  const publicPoints = sections.get(PUBLIC_POINTS);
  if (header === undefined || publicPoints === undefined)
    throw new BinaryFileError("The zkey file lacks its header or its public points.", {
      metaMessages: ["Make the key again."],
    });
  let at = POINTS_AT;
  const next = (bytes: number) => header.slice(at, (at += bytes));
  const alpha = next(G1_BYTES);
  next(G1_BYTES);
  const beta = next(G2_BYTES);
  const gamma = next(G2_BYTES);
  next(G1_BYTES);
  const delta = next(G2_BYTES);
  const nPublic = new DataView(header.buffer, header.byteOffset).getUint32(PUBLIC_COUNT_AT, true);
  const key = {
    protocol: "groth16",
    curve: "bn128",
    nPublic,
    vk_alpha_1: G1.toObject(alpha),
    vk_beta_2: G2.toObject(beta),
    vk_gamma_2: G2.toObject(gamma),
    vk_delta_2: G2.toObject(delta),
    vk_alphabeta_12: Gt.toObject(curve.pairing(alpha, beta)),
    IC: Array.from({ length: nPublic + 1 }, (_, index) =>
      G1.toObject(publicPoints.slice(index * G1_BYTES, (index + 1) * G1_BYTES)),
    ),
  };
  const json = JSON.stringify(key, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return JSON.parse(json) as VerificationKey;
}
