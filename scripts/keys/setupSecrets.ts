import { createHash } from "node:crypto";
import { SCALAR_FIELD_ORDER } from "./bn254.ts";

/**
 * What a Groth16 key is made from. Whoever knows these numbers proves what is false; of a key from a
 * ceremony nobody knows them all.
 */
export interface SetupSecrets {
  tau: bigint;
  alpha: bigint;
  beta: bigint;
  gamma: bigint;
  delta: bigint;
}

/** The seed of our development keys. That it is published is the point: nobody may rely on them. */
export const DEVELOPMENT_SEED = "sealwatt development key 1, worthless because published";

/** The secrets that follow from a seed: SHA-512 of a label and the seed, modulo the group's order. */
export function secretsFromSeed(seed: string): SetupSecrets {
  const secret = (name: string) => {
    const hash = createHash("sha512").update(`sealwatt/development-key/${name}\n${seed}`);
    return (BigInt(`0x${hash.digest("hex")}`) % (SCALAR_FIELD_ORDER - 1n)) + 1n;
  };
  return {
    tau: secret("tau"),
    alpha: secret("alpha"),
    beta: secret("beta"),
    gamma: secret("gamma"),
    delta: secret("delta"),
  };
}
