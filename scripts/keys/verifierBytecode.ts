import { Contract, type Provider } from "ethers";
import { readCircuitManifest, type CircuitManifest } from "./circuitManifest.ts";
import type { VerifierBytecode } from "./guardVerifiers.ts";

const POOL = ["function verifierOf(uint256 circuit) view returns (address)"];

/** The verifiers that a private market relies on. */
export async function verifiersOfPool(
  provider: Provider,
  pool: string,
  manifest?: CircuitManifest,
): Promise<VerifierBytecode[]> {
  const verifierOf = new Contract(pool, POOL, provider).getFunction("verifierOf");
  const { circuits } = manifest ?? (await readCircuitManifest());
  return Promise.all(
    circuits.map(async ({ name: circuit, id }) => {
      const address = (await verifierOf.staticCall(id)) as string;
      return { circuit, code: await provider.getCode(address) };
    }),
  );
}

/**
 * The code that a deployment would put on the chain; nothing is sent.
 * @param creation the deployment's bytecode with its arguments, as hexadecimal digits after 0x
 */
export function codeOfDeployment(provider: Provider, creation: string): Promise<string> {
  return provider.call({ data: creation });
}
