import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { wordHex } from "../../scripts/keys/keyWords.ts";
import { developmentVerifierKeys } from "../../scripts/keys/verifierKeys.ts";
import type { PoolFixture } from "./privateMarket.ts";

/** What a pool's verifiers are exchanged on. */
export type VerifiedPool = Pick<
  PoolFixture,
  "ethers" | "networkHelpers" | "configuration" | "poolId"
> & { actors: { stranger: HardhatEthersSigner } };

/**
 * Puts the circuits' verifiers, with development keys, where a fixture's pool has stand-ins: what came before was
 * quick to set up, and from here on nothing passes but real proofs. It is the code that a deployment has.
 * @param circuits only these; all unless given
 */
export async function useRealVerifiers(
  { ethers, networkHelpers, configuration }: VerifiedPool,
  circuits?: readonly string[],
): Promise<void> {
  const program = await ethers.provider.getCode(await ethers.deployContract("Groth16Code"));
  for (const { circuit, id, points, key } of await developmentVerifierKeys()) {
    if (circuits?.includes(circuit) === false) continue;
    const signals = BigInt(points.ic.length - 1);
    const code = program + key.slice(2) + wordHex(signals);
    await networkHelpers.setCode(configuration.verifiers[id]!, code);
  }
}
