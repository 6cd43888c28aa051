import { keysOf } from "../../scripts/keys/circuitKeys.ts";
import { walletSender } from "../../sdk/private/client/poolSender.ts";
import type { CircuitName } from "../../sdk/private/context.ts";
import type { ProofRequest } from "../../sdk/private/proofs/proofRequest.ts";
import { nodeProver } from "../../sdk/private/prover/nodeProver.ts";
import type { ProvedRequest, Prover } from "../../sdk/private/prover/prover.ts";
import { deployMarket, join as authorise } from "../../test/helpers/market.ts";
import { deployPool, POOL_TERMS } from "../../test/helpers/privateMarket.ts";
import {
  attest,
  issueGenerationTo,
  propose,
  registerGateway,
  trader,
  type TradingPlace,
} from "../../test/helpers/privateTraders.ts";
import { deposit as depositStandIn, joinPool } from "../../test/helpers/privateVerbs.ts";
import { useRealVerifiers } from "../../test/helpers/realVerifiers.ts";
import { gasPartsOf, type GasParts } from "./gasParts.ts";
import { measureInsertion, type InsertionGas } from "./insertion.ts";

/** All slots of the ring and the tree's lower levels are in use, as after a market's first hours. */
const EARLIER_LEAVES = 96;
const PERIOD = 2n;
const DEPOSIT_NANO = 1_000_000_000n;

/** A whole trade with real proofs, as it was. */
export interface BenchTrade {
  /** What was proven, by circuit. */
  requests: Map<CircuitName, ProofRequest>;
  /** By verb. */
  gas: Map<string, GasParts>;
  insertion: InsertionGas;
}

class RecordingProver implements Prover {
  readonly requests = new Map<CircuitName, ProofRequest>();
  readonly #prover = nodeProver(keysOf);

  prove(request: ProofRequest): Promise<ProvedRequest> {
    this.requests.set(request.circuit, request);
    return this.#prover.prove(request);
  }

  close(): Promise<void> {
    return this.#prover.close();
  }
}

/** Trades once through all verbs, with real proofs on a chain that has been in use. */
export async function tradeOnce(progress: (line: string) => void): Promise<BenchTrade> {
  progress("setting up a private market");
  const fixture = await deployPool(await deployMarket());
  const { ethers, actors, pool, token, networkHelpers } = fixture;
  const place: TradingPlace = { provider: ethers.provider, ...fixture };
  await registerGateway(place);
  await joinPool(fixture, actors.seller);
  for (let leaf = 1; leaf <= EARLIER_LEAVES; leaf++) {
    await depositStandIn(fixture);
    if (leaf % 32 === 0) await pool.insertLeaves(32);
  }
  const insertion = await measureInsertion(fixture, progress);
  await useRealVerifiers(fixture);

  const prover = new RecordingProver();
  const gas = new Map<string, GasParts>();
  const measure = async <T>(verb: string, work: Promise<T>): Promise<T> => {
    progress(verb);
    const result = await work;
    const block = await ethers.provider.getBlock("latest");
    gas.set(verb, await gasPartsOf(fixture, block!.transactions[0]!));
    return result;
  };
  try {
    const sender = walletSender(actors.relayer);
    // The seller's wallet has joined with another account: the tree is not empty.
    const [a, b] = [actors.people[5]!, actors.buyer];
    await authorise(fixture, a, { depositNano: 0n });
    const seller = trader(place, a, 1, prover, sender);
    const buyer = trader(place, b, 2, prover, sender);
    await token.connect(actors.treasurer).mint(b.address, 2n * DEPOSIT_NANO);
    await seller.join();
    await measure("join", buyer.join());
    await buyer.deposit(DEPOSIT_NANO);
    await measure("deposit", buyer.deposit(DEPOSIT_NANO));
    await measure("issueGeneration", issueGenerationTo(place, prover, seller, PERIOD, 1_000n));
    const offer = { period: PERIOD, energyWh: 800n, priceMicroPerKwh: 200_000n };
    const bid = { period: PERIOD, energyWh: 900n, priceMicroPerKwh: 300_000n };
    const { plan: sellPlan } = await measure("submitSellPlan", seller.submitSellPlan(offer));
    const { plan: buyPlan } = await measure("submitBuyPlan", buyer.submitBuyPlan(bid));
    const terms = { sellPlan, buyPlan, energyWh: 500n, priceMicroPerKwh: 250_000n };
    const record = await propose(place, terms, seller, buyer);
    await measure("confirmSell, the first", seller.confirm(record));
    await measure("confirmBuy, the second", buyer.confirm(record));
    const { genesis, periodLength } = POOL_TERMS;
    await networkHelpers.time.increaseTo(genesis + Number(PERIOD + 1n) * periodLength);
    await measure("reportActual", seller.reportActual(attest(place, record, 490n)));
    await measure("settleSell", seller.settle(record));
    await measure("settleBuy", buyer.settle(record));
    const [rest] = buyer.store.openPlans();
    await measure("refund", buyer.refund(rest!.commitment));
    await measure("merge", buyer.merge());
    const fee = { relayer: actors.relayer.address, feeNano: 1_000n };
    await measure("withdraw", buyer.withdraw(100_000_000n, actors.stranger.address, fee));
    return { requests: prover.requests, gas, insertion };
  } finally {
    await prover.close();
  }
}
