import { ZeroAddress } from "ethers";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { buildParticipantInputs } from "../../../sdk/private/proofs/participant.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import { keysOf } from "../../keys/circuitKeys.ts";

/** The measured circuit has 5,000 constraints; those of a trade have 13,000 on average. */
const LARGER = 2.7;
/** Room for transactions, and for a machine that is busier later. */
const SPARE = 1.6;

/** How many seconds to plan for a proof of a private trade and its transaction, on this machine as busy as it is. */
export async function measureProof(): Promise<number> {
  const prover = nodeProver((circuit) => keysOf(circuit));
  const request = buildParticipantInputs(
    accountOfSeed(new Uint8Array(32).fill(1)),
    { pool: { chainId: 1n, pool: ZeroAddress }, deadlineS: 0n },
    { participant: ZeroAddress },
  );
  try {
    // The first one also starts the prover.
    await prover.prove(request);
    const startedMs = performance.now();
    await prover.prove(request);
    return ((performance.now() - startedMs) / 1000) * LARGER * SPARE;
  } finally {
    await prover.close();
  }
}
