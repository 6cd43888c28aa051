import { Contract, type Provider } from "ethers";
import { PRIVATE_MARKET_ABI } from "../../sdk/abi/privateMarket.ts";
import { BaseError } from "../../sdk/errors.ts";
import { readCircuitManifest, type CircuitManifest } from "./circuitManifest.ts";
import type { VerifierBytecode } from "./guardVerifiers.ts";

/** An address does not show verifiers as a private market does. */
export class NoPoolError extends BaseError {
  override name = "NoPoolError";
}

/**
 * The verifiers that a private market relies on.
 * @throws NoPoolError
 */
export async function verifiersOfPool(
  provider: Provider,
  pool: string,
  manifest?: CircuitManifest,
): Promise<VerifierBytecode[]> {
  const verifierOf = new Contract(pool, PRIVATE_MARKET_ABI, provider).getFunction("verifierOf");
  const { circuits } = manifest ?? (await readCircuitManifest());
  return Promise.all(
    circuits.map(async ({ name: circuit, id }) => {
      const address = await (verifierOf.staticCall(id) as Promise<string>).catch(
        (error: unknown) => {
          const { code } = error as { code?: string };
          if (code !== "BAD_DATA" && code !== "CALL_EXCEPTION") throw error;
          throw new NoPoolError(`There is no private market at ${pool}.`, {
            metaMessages: ["Give the address of the pool, as the address book has it."],
            cause: error,
          });
        },
      );
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
