// Participants of a private market with their wallets, its gateway and its matcher.
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Provider } from "ethers";
import type { PrivateMarket } from "../../types/ethers-contracts/index.ts";
import { attestDelivery, type DeliveryAttestation } from "../../sdk/private/attestation.ts";
import type { Point } from "../../sdk/private/babyJubjub.ts";
import { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import { walletSender, type PoolSender } from "../../sdk/private/client/poolSender.ts";
import {
  PrivateParticipant,
  type PrivateParticipantOptions,
} from "../../sdk/private/client/privateParticipant.ts";
import { CIRCUIT_IDS } from "../../sdk/private/context.ts";
import { accountOfSeed } from "../../sdk/private/keys.ts";
import { sealMatchOpening } from "../../sdk/private/matches/sealMatchOpening.ts";
import { gatewayTag } from "../../sdk/private/owner.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { buildGenerationInputs } from "../../sdk/private/proofs/generation.ts";
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import type { ProofPoints, ProvedRequest, Prover } from "../../sdk/private/prover/prover.ts";
import { NoteStore } from "../../sdk/private/store/noteStore.ts";

type Signer = HardhatEthersSigner;

/** Where a private market is, and who runs it. */
export interface TradingPlace {
  provider: Provider;
  pool: PrivateMarket;
  poolId: PoolId;
  auditKey: Point;
  actors: { gateway: Signer; operator: Signer; matcher: Signer };
}

/** Makes proofs that a stand-in verifier takes, and nothing else. */
export class StandInProver implements Prover {
  readonly requests: ProofRequest[] = [];
  /** What happens while a proof is made. */
  meanwhile: (request: ProofRequest) => Promise<unknown> = () => Promise.resolve();

  async prove(request: ProofRequest): Promise<ProvedRequest> {
    this.requests.push(request);
    await this.meanwhile(request);
    const points: ProofPoints = [CIRCUIT_IDS[request.circuit], 0n, 0n, 0n, 0n, 0n, 0n, 0n];
    return { points, signals: request.publicSignals, request };
  }

  async close(): Promise<void> {}
}

export const GATEWAY_ACCOUNT = accountOfSeed(new Uint8Array(32).fill(99));

/** A participant whose keys a number determines, and whose wallet is a signer. */
export function trader(
  { provider, poolId }: Pick<TradingPlace, "provider" | "poolId">,
  person: Signer,
  seed: number,
  prover: Prover,
  sender: PoolSender | readonly PoolSender[],
  options: Partial<PrivateParticipantOptions> = {},
): PrivateParticipant {
  const account = accountOfSeed(new Uint8Array(32).fill(seed));
  return new PrivateParticipant({
    account,
    store: new NoteStore(poolId, account),
    follower: new PoolFollower(provider, poolId.pool),
    provider,
    prover,
    sender,
    wallet: Object.assign(walletSender(person), { address: person.address }),
    pollMs: 5,
    outcomeWaitMs: 500,
    ...options,
  });
}

/** The tag of the gateway by the key that it attests with. */
export function attestingTag(): bigint {
  return gatewayTag(GATEWAY_ACCOUNT.spendKey);
}

/** Registers the gateway by the key that it attests with. */
export async function registerGateway({ pool, actors }: TradingPlace): Promise<void> {
  const tag = gatewayTag(GATEWAY_ACCOUNT.spendKey);
  await pool.connect(actors.operator).setGateway(actors.gateway.address, tag);
}

/** The gateway issues a generation note. */
export async function issueGenerationTo(
  { pool, poolId, auditKey, actors }: TradingPlace,
  prover: Prover,
  to: PrivateParticipant,
  period: bigint,
  energyWh: bigint,
): Promise<void> {
  const deadlineS = 2n ** 40n;
  const request = buildGenerationInputs(
    { pool: poolId, auditKey, deadlineS },
    {
      to: to.account,
      period,
      energyWh,
      gateway: gatewayTag(GATEWAY_ACCOUNT.spendKey),
      gatewayAddress: actors.gateway.address,
    },
  );
  const { points, signals } = await prover.prove(request);
  const proof = { points: [...points] as never, signals: [...signals] };
  await pool.connect(actors.gateway).issueGeneration(proof, deadlineS);
}

/** The matcher proposes a match. @returns its record */
export async function propose(
  { pool, auditKey, actors }: TradingPlace,
  terms: { sellPlan: bigint; buyPlan: bigint; energyWh: bigint; priceMicroPerKwh: bigint },
  seller: PrivateParticipant,
  buyer: PrivateParticipant,
): Promise<bigint> {
  const { record, sellPlan, buyPlan, opening } = sealMatchOpening(terms, {
    sellerViewKey: seller.account.viewKey,
    buyerViewKey: buyer.account.viewKey,
    auditKey,
  });
  await pool
    .connect(actors.matcher)
    .proposeMatches([{ sellPlan, buyPlan, record, opening: [...opening] as never }]);
  return record;
}

/** What the gateway says was delivered. */
export function attest(
  { poolId }: TradingPlace,
  record: bigint,
  energyWh: bigint,
): DeliveryAttestation {
  return attestDelivery(GATEWAY_ACCOUNT, poolId, record, energyWh);
}
