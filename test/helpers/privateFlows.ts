// Many participants of a private market on a node of its own, and what each of them may leave undone.
import { Contract } from "ethers";
import { PRIVATE_MARKET_ABI } from "../../sdk/abi/privateMarket.ts";
import { attestDelivery } from "../../sdk/private/attestation.ts";
import { auditKeyOf } from "../../sdk/private/auditKey.ts";
import { PoolFollower } from "../../sdk/private/chain/poolFollower.ts";
import { burnerSender } from "../../sdk/private/client/burnerSender.ts";
import { walletSender } from "../../sdk/private/client/poolSender.ts";
import { PrivateParticipant } from "../../sdk/private/client/privateParticipant.ts";
import { accountOfSeed } from "../../sdk/private/keys.ts";
import { sealMatchOpening } from "../../sdk/private/matches/sealMatchOpening.ts";
import { buildGenerationInputs } from "../../sdk/private/proofs/generation.ts";
import type { Prover } from "../../sdk/private/prover/prover.ts";
import { NoteStore } from "../../sdk/private/store/noteStore.ts";
import type { PrivateChain } from "./privateChainClient.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "./privateMarket.ts";
import { attestingTag, GATEWAY_ACCOUNT } from "./privateTraders.ts";
import type { RandomSource } from "./randomSource.ts";

/** What becomes of a match. */
export const FATES = [
  "kept",
  "seller does not confirm",
  "buyer does not confirm",
  "nobody confirms",
  "nothing is reported",
  "seller does not settle",
  "buyer does not settle",
  "nobody says that it lapsed",
] as const;
export type Fate = (typeof FATES)[number];

const DEADLINE_S = 2n ** 40n;
const { genesis, periodLength, proposalsLead, confirmationTime, reportingTime, bondWh } =
  POOL_TERMS;
const MOST_PRICE = 300_000;

const startOf = (period: bigint) => genesis + Number(period) * periodLength;

interface Deal {
  fate: Fate;
  record: bigint;
  energyWh: bigint;
  seller: PrivateParticipant;
  buyer: PrivateParticipant;
}

/** A private market's participants, its gateway and its matcher, over JSON-RPC alone. */
export class PrivateFlows {
  readonly #chain: PrivateChain;
  readonly #prover: Prover;
  readonly #random: RandomSource;
  #people: readonly PrivateParticipant[] = [];

  constructor(chain: PrivateChain, prover: Prover, random: RandomSource) {
    this.#chain = chain;
    this.#prover = prover;
    this.#random = random;
    this.forget();
  }

  get people(): readonly PrivateParticipant[] {
    return this.#people;
  }

  /** Everybody loses all but its keys. */
  forget(): void {
    const { provider, pool, people } = this.#chain;
    this.#people = people.map((address, i) => {
      const account = accountOfSeed(new Uint8Array(32).fill(i + 1));
      return new PrivateParticipant({
        account,
        store: new NoteStore(this.#id, account),
        follower: new PoolFollower(provider, pool),
        provider,
        prover: this.#prover,
        // Nobody's services: a key that is used once, and the node.
        sender: burnerSender(provider),
        wallet: {
          address,
          send: async (call) => walletSender(await provider.getSigner(address)).send(call),
        },
        pollMs: 20,
      });
    });
  }

  get #id() {
    return { chainId: BigInt(this.#chain.chainId), pool: this.#chain.pool };
  }

  async #send(address: string, verb: string, ...args: unknown[]): Promise<void> {
    const { provider, pool } = this.#chain;
    const contract = new Contract(pool, PRIVATE_MARKET_ABI, await provider.getSigner(address));
    const response = (await contract.getFunction(verb).send(...args)) as {
      wait(): Promise<unknown>;
    };
    await response.wait();
  }

  #energy(least: number, most: number): bigint {
    return BigInt(this.#random.integer(least, most));
  }

  async joinAll(): Promise<void> {
    for (const person of this.people) await person.join();
  }

  /**
   * A period from its plans to its settlement.
   * @param fates of a match each, between two others each; who is left plans in vain, or does nothing
   */
  async trade(period: bigint, fates: readonly Fate[]): Promise<void> {
    const random = this.#random;
    const chain = this.#chain;
    await chain.goTo(startOf(period) - 4 * periodLength);
    const crowd = shuffled(this.#people, random);
    const deals: Deal[] = [];
    for (const fate of fates) {
      const [seller, buyer] = [crowd.pop()!, crowd.pop()!];
      const deal = await this.#match(period, fate, seller, buyer);
      // At once: where proofs are real, the chain's clock runs on with the machine's.
      await this.#confirm(deal);
      deals.push(deal);
    }
    for (const person of crowd) if (random.chance(50)) await this.#bid(period, person);

    await chain.goTo(startOf(period) - proposalsLead + confirmationTime + 1);
    const agreed: Deal[] = [];
    for (const deal of deals) {
      await deal.seller.sync();
      const { state } = deal.seller.follower.state.matches.get(deal.record)!;
      if (state === "agreed") agreed.push(deal);
      else if (deal.fate !== "nobody says that it lapsed") await this.#lapse(deal.record);
    }
    await chain.goTo(startOf(period + 1n));
    for (const { seller, record, energyWh, fate } of agreed) {
      if (fate === "nothing is reported") continue;
      // From nothing over a little more or less to a third too much.
      const delivered = (energyWh * this.#energy(0, 133)) / 100n;
      await seller.reportActual(attestDelivery(GATEWAY_ACCOUNT, this.#id, record, delivered));
    }
    await chain.goTo(startOf(period + 1n) + reportingTime);
    for (const { seller, buyer, record, fate } of agreed) {
      const sides = shuffled([seller, buyer], random);
      for (const side of sides) {
        if (side === seller && fate === "seller does not settle") continue;
        if (side === buyer && fate === "buyer does not settle") continue;
        await side.settle(record);
      }
    }
    for (const person of this.people) await this.#whim(person);
  }

  /** Everybody takes out all that it has. No gateway, matcher, operator or relayer does anything any more. */
  async leave(recipientOf: (place: number) => string): Promise<void> {
    const lapsed = new Set<bigint>();
    for (const [place, person] of this.people.entries()) {
      await person.sync();
      for (const { record, agreedAtBlock } of person.store.openMatches()) {
        if (agreedAtBlock === undefined) {
          if (!lapsed.has(record)) await this.#lapse(record);
          lapsed.add(record);
        } else await person.settle(record);
      }
      await person.sync();
      const { plans } = person.follower.state;
      for (const { commitment } of person.store.openPlans()) {
        if (plans.get(commitment)?.state === "open") await person.refund(commitment);
      }
      const { balanceNano } = person.store;
      if (balanceNano === 0n) continue;
      await person.withdraw(balanceNano, recipientOf(place), { merge: true });
    }
  }

  async #match(
    period: bigint,
    fate: Fate,
    seller: PrivateParticipant,
    buyer: PrivateParticipant,
  ): Promise<Deal> {
    const random = this.#random;
    const offered = this.#energy(bondWh, 1_000);
    const floor = BigInt(random.integer(1_000, MOST_PRICE / 2));
    await this.#issue(seller, period, offered + this.#energy(0, 500));
    const { plan: sellPlan } = await seller.submitSellPlan({
      period,
      energyWh: offered,
      priceMicroPerKwh: floor,
    });
    const bid = await this.#bid(period, buyer);
    const most = offered < bid.energyWh ? offered : bid.energyWh;
    const terms = {
      sellPlan,
      buyPlan: bid.plan,
      energyWh: random.chance(30) ? most : this.#energy(1, Number(most)),
      priceMicroPerKwh: this.#energy(Number(floor), Number(bid.priceMicroPerKwh)),
    };
    const sealed = sealMatchOpening(terms, {
      sellerViewKey: seller.account.viewKey,
      buyerViewKey: buyer.account.viewKey,
      auditKey: auditKeyOf(AUDIT_SCALAR).key,
    });
    const { record, opening } = sealed;
    await this.#send(this.#chain.matcher, "proposeMatches", [
      { sellPlan, buyPlan: bid.plan, record, opening: [...opening] },
    ]);
    return { fate, record, energyWh: terms.energyWh, seller, buyer };
  }

  async #bid(period: bigint, buyer: PrivateParticipant) {
    const bid = {
      period,
      energyWh: this.#energy(1, 1_000),
      priceMicroPerKwh: this.#energy(MOST_PRICE / 2, MOST_PRICE),
    };
    // A note for each bid and some more, so that there is always something to merge.
    const lock = bid.energyWh * bid.priceMicroPerKwh + POOL_TERMS.bondNano;
    await buyer.deposit(lock + this.#energy(0, 1_000_000));
    const { plan } = await buyer.submitBuyPlan(bid, { merge: true });
    return { ...bid, plan };
  }

  async #issue(to: PrivateParticipant, period: bigint, energyWh: bigint): Promise<void> {
    const { gateway } = this.#chain;
    const request = buildGenerationInputs(
      { pool: this.#id, auditKey: auditKeyOf(AUDIT_SCALAR).key, deadlineS: DEADLINE_S },
      { to: to.account, period, energyWh, gateway: attestingTag(), gatewayAddress: gateway },
    );
    const { points, signals } = await this.#prover.prove(request);
    const proof = { points: [...points], signals: [...signals] };
    await this.#send(gateway, "issueGeneration", proof, DEADLINE_S);
  }

  async #confirm({ fate, record, seller, buyer }: Deal): Promise<void> {
    const sides = shuffled(["sell", "buy"] as const, this.#random);
    for (const side of sides) {
      if (fate === "nobody confirms" || fate === "nobody says that it lapsed") continue;
      if (side === "sell" && fate !== "seller does not confirm") await seller.confirm(record);
      if (side === "buy" && fate !== "buyer does not confirm") await buyer.confirm(record);
    }
  }

  async #lapse(record: bigint): Promise<void> {
    const anybody = this.#random.pick(this.#chain.people);
    await this.#send(anybody, "lapse", record);
  }

  /** What somebody does of its own accord. */
  async #whim(person: PrivateParticipant): Promise<void> {
    const random = this.#random;
    await person.sync();
    if (random.chance(25)) {
      const { plans } = person.follower.state;
      const open = person.store.openPlans().find(({ commitment }) => {
        return plans.get(commitment)?.state === "open";
      });
      if (open !== undefined) await person.refund(open.commitment);
    }
    const { balanceNano } = person.store;
    if (balanceNano > 0n && random.chance(25)) {
      const amountNano = balanceNano / BigInt(random.integer(2, 9)) + 1n;
      await person.withdraw(amountNano, random.pick(this.#chain.people), { merge: true });
    }
  }
}

function shuffled<T>(items: readonly T[], random: RandomSource): T[] {
  const rest = [...items];
  const drawn: T[] = [];
  while (rest.length > 0) drawn.push(...rest.splice(random.integer(0, rest.length - 1), 1));
  return drawn;
}
