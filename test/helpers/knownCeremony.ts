import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import * as snarkjs from "snarkjs";
import { endSnarkjsWorkers, loadSnarkjsCurve } from "../../scripts/keys/snarkjsCurve.ts";
import type { SetupSecrets } from "../../scripts/keys/setupSecrets.ts";
import { temporaryFolder } from "./fixtureKeys.ts";

/** What snarkjs draws secrets from. */
interface Generator {
  nextU64(): bigint;
}
interface Field {
  fromRng(generator: Generator): Uint8Array;
  toObject(element: Uint8Array): bigint;
}

const POWER = 8;
const PHASE_1_BEACON = "11".repeat(32);
const PHASE_2_BEACON = "22".repeat(32);
const ITERATIONS_EXPONENT = 10;

/** The numbers that snarkjs takes from a beacon. */
async function secretsOfBeacon(beacon: string, count: number): Promise<bigint[]> {
  let hash = Buffer.from(beacon, "hex");
  for (let i = 0; i < 2 ** ITERATIONS_EXPONENT; i++)
    hash = createHash("sha256").update(hash).digest();
  const seed = Array.from({ length: 8 }, (_, i) => hash.readUInt32BE(4 * i));
  const requireOfSnarkjs = createRequire(createRequire(import.meta.url).resolve("snarkjs"));
  const { ChaCha } = requireOfSnarkjs("ffjavascript") as {
    ChaCha: new (seed: number[]) => Generator;
  };
  const generator = new ChaCha(seed);
  const { Fr } = (await loadSnarkjsCurve()) as unknown as { Fr: Field };
  return Array.from({ length: count }, () => Fr.toObject(Fr.fromRng(generator)));
}

let powersOfTau: Promise<string> | undefined;

/**
 * Powers of tau whose only contribution is a beacon, so that its secrets are known; made once.
 * @returns the file, prepared for phase 2
 */
export function knownPowersOfTau(): Promise<string> {
  return (powersOfTau ??= makePowersOfTau());
}

async function makePowersOfTau(): Promise<string> {
  const folder = await temporaryFolder();
  const file = (name: string) => path.join(folder, `${name}.ptau`);
  const { curves } = snarkjs as unknown as {
    curves: { getCurveFromName(name: string): Promise<unknown> };
  };
  const curve = await curves.getCurveFromName("bn128");
  await snarkjs.powersOfTau.newAccumulator(curve, POWER, file("new"));
  await snarkjs.powersOfTau.beacon(
    file("new"),
    file("beacon"),
    "beacon",
    PHASE_1_BEACON,
    ITERATIONS_EXPONENT,
  );
  await snarkjs.powersOfTau.preparePhase2(file("beacon"), file("final"));
  await endSnarkjsWorkers();
  return file("final");
}

/** A key of snarkjs from phase 1 and 2, with what it was made from, and the same without phase 2. */
export async function knownCeremony(r1cs: string) {
  const folder = await temporaryFolder();
  const initial = path.join(folder, "initial.zkey");
  const final = path.join(folder, "final.zkey");
  await snarkjs.zKey.newZKey(r1cs, await knownPowersOfTau(), initial);
  await snarkjs.zKey.beacon(initial, final, "beacon", PHASE_2_BEACON, ITERATIONS_EXPONENT);
  await endSnarkjsWorkers();
  const [tau, alpha, beta] = (await secretsOfBeacon(PHASE_1_BEACON, 3)) as [bigint, bigint, bigint];
  const [delta] = (await secretsOfBeacon(PHASE_2_BEACON, 1)) as [bigint];
  const secrets: SetupSecrets = { tau, alpha, beta, gamma: 1n, delta };
  return { initial, final, secrets };
}
