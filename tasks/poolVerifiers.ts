import { AbiCoder, concat, type Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { guardVerifiers } from "../scripts/keys/guardVerifiers.ts";
import { codeOfDeployment } from "../scripts/keys/verifierBytecode.ts";
import {
  ceremonyVerifierKeys,
  developmentVerifierKeys,
  type VerifierKey,
} from "../scripts/keys/verifierKeys.ts";
import type { Given } from "./values.ts";

/**
 * The keys that a private market's verifiers are to be deployed with, after a look at what they would be on the chain.
 * @param options a finished ceremony's folder; whether development keys are taken where there is none
 * @throws VerifiersRefusedError, CeremonyError
 */
export async function guardedVerifierKeys(
  hre: HardhatRuntimeEnvironment,
  provider: Provider,
  { ceremony, isDevelopment }: { ceremony: Given; isDevelopment: boolean },
): Promise<VerifierKey[]> {
  const keys =
    ceremony === undefined ? await developmentVerifierKeys() : await ceremonyVerifierKeys(ceremony);
  const { bytecode } = await hre.artifacts.readArtifact("Groth16Verifier");
  const verifiers = await Promise.all(
    keys.map(async ({ circuit, key }) => {
      const argument = AbiCoder.defaultAbiCoder().encode(["bytes"], [key]);
      return { circuit, code: await codeOfDeployment(provider, concat([bytecode, argument])) };
    }),
  );
  await guardVerifiers(verifiers, { isDevelopment, keys });
  return keys;
}
