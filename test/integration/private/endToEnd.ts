import { expect } from "chai";
import { Contract, Wallet } from "ethers";
import { circuitKeys, keysOf } from "../../../scripts/keys/circuitKeys.ts";
import { COMMUNITY_CURRENCY_ABI } from "../../../sdk/abi/communityCurrency.ts";
import { auditPool } from "../../../sdk/private/audit/auditPool.ts";
import { PoolFollower } from "../../../sdk/private/chain/poolFollower.ts";
import { nodeProver } from "../../../sdk/private/prover/nodeProver.ts";
import type { Prover } from "../../../sdk/private/prover/prover.ts";
import { startPrivateChain, type PrivateChain } from "../../helpers/privateChainClient.ts";
import { FATES, PrivateFlows, type Fate } from "../../helpers/privateFlows.ts";
import { addUp } from "../../helpers/privateLedger.ts";
import { AUDIT_SCALAR, POOL_TERMS } from "../../helpers/privateMarket.ts";
import { StandInProver } from "../../helpers/privateTraders.ts";
import { RandomSource } from "../../helpers/randomSource.ts";

const WEALTH_NANO = 10n ** 12n;
const FIRST_PERIOD = 5n;
/** From one trade to the next: the one before is over. */
const STEP = 10n;

interface Run {
  participants: number;
  seed: number;
  /** Whether proofs are real; else verifiers take a circuit's number. */
  isProven: boolean;
  /** The fates of each period's matches. */
  periods: readonly (readonly Fate[])[];
}

/** Token balances of the pool after each block. */
async function balancesOf(
  { provider, token, pool }: PrivateChain,
  from: number,
  to: number,
): Promise<Map<number, bigint>> {
  const contract = new Contract(token, COMMUNITY_CURRENCY_ABI, provider);
  const balances = new Map<number, bigint>();
  for (let blockTag = from; blockTag <= to; blockTag++) {
    const balance = (await contract.getFunction("balanceOf").staticCall(pool, {
      blockTag,
    })) as bigint;
    balances.set(blockTag, balance);
  }
  return balances;
}

async function run({ participants, seed, isProven, periods }: Run): Promise<void> {
  // Before the chain's clock begins to run.
  if (isProven) await circuitKeys();
  const chain = await startPrivateChain({
    participants,
    isProven,
    wealthNano: String(WEALTH_NANO),
  });
  const prover: Prover = isProven ? nodeProver(keysOf) : new StandInProver();
  try {
    const flows = new PrivateFlows(chain, prover, new RandomSource(seed));
    await flows.joinAll();
    let period = FIRST_PERIOD;
    for (const fates of periods) {
      await flows.trade(period, fates);
      period += STEP;
    }
    // What is on the chain is enough to find all of it again.
    const known = flows.people.map(({ store }) => store);
    flows.forget();
    const recipients = chain.people.map(() => Wallet.createRandom().address);
    await flows.leave((place) => recipients[place]!);

    const { provider } = chain;
    const last = await provider.getBlockNumber();
    const follower = new PoolFollower(provider, chain.pool);
    await follower.sync(last);
    for (const { store, follower: own } of flows.people) await own.feed(store, last);
    const stores = flows.people.map(({ store }) => store);
    expect(stores.flatMap(({ faults }) => faults)).to.be.empty;
    stores.forEach(({ notes }, i) => {
      const found = new Set(notes.map(({ nullifier }) => nullifier));
      for (const { nullifier } of known[i]!.notes) expect(found.has(nullifier)).to.be.true;
    });

    // At every block the tokens are where the notes say: also where nothing of the pool was logged.
    const money = addUp(follower.logs, stores, POOL_TERMS.bondNano);
    const balances = await balancesOf(chain, chain.block, last);
    let held = 0n;
    for (const [block, balance] of balances) {
      const after = money.find(({ blockNumber }) => blockNumber === block);
      if (after !== undefined) held = after.creditNano + after.lockedNano + after.lostBondsNano;
      expect(balance, `block ${block}, seed ${seed}`).to.equal(held);
    }
    expect(money.length).to.be.greaterThan(periods.flat().length * 8);

    // Nobody has left anything but the bonds that silence cost.
    const end = money.at(-1)!;
    expect(end).to.include({ creditNano: 0n, lockedNano: 0n });
    const silent = periods.flat().filter((fate) => fate === "buyer does not confirm").length;
    expect(end.lostBondsNano).to.equal(BigInt(silent) * POOL_TERMS.bondNano);
    expect(balances.get(last)).to.equal(end.lostBondsNano);
    const token = new Contract(chain.token, COMMUNITY_CURRENCY_ABI, provider);
    const outside = await Promise.all(
      [...chain.people, ...recipients].map(
        (address) => token.getFunction("balanceOf").staticCall(address) as Promise<bigint>,
      ),
    );
    const sum = outside.reduce((total, one) => total + one, end.lostBondsNano);
    expect(sum).to.equal(BigInt(participants) * WEALTH_NANO);

    // The regulator comes to the same with its own key alone.
    const report = await auditPool({
      provider,
      pool: chain.pool,
      secrets: { auditScalars: [AUDIT_SCALAR] },
    });
    expect(report.differences).to.deep.equal([]);
    expect(report.clean).to.be.true;
    expect(report.money).to.include({
      balancesNano: "0",
      lostBondsNano: String(end.lostBondsNano),
      tokenNano: String(end.lostBondsNano),
    });
  } finally {
    await prover.close();
    await chain.stop();
  }
}

describe("a private market end to end, on a node of its own [M10] [P1] [P8]", () => {
  it("keeps all money at every block while each step is left out by somebody @long", async function () {
    this.timeout(240_000);
    await run({
      participants: 8,
      seed: 4,
      isProven: false,
      periods: [FATES.slice(0, 4), FATES.slice(4)],
    });
  });

  it("does so with real proofs, and lets everybody out with every service dead @long", async function () {
    this.timeout(900_000);
    await run({
      participants: 2,
      seed: 5,
      isProven: true,
      periods: [["buyer does not confirm"]],
    });
  });

  it("does so with twelve participants and real proofs @longer", async function () {
    this.timeout(3_600_000);
    const random = new RandomSource(6);
    await run({
      participants: 12,
      seed: 7,
      isProven: true,
      periods: [
        FATES.slice(0, 4),
        FATES.slice(4),
        Array.from({ length: 4 }, () => random.pick(FATES)),
      ],
    });
  });

  it("does so with twenty participants and twenty periods of chance @longer", async function () {
    this.timeout(3_600_000);
    const random = new RandomSource(8);
    await run({
      participants: 20,
      seed: 9,
      isProven: false,
      periods: Array.from({ length: 20 }, () =>
        Array.from({ length: random.integer(1, 9) }, () => random.pick(FATES)),
      ),
    });
  });
});
