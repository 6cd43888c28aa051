import { expect } from "chai";
import { getAddress, Interface, Wallet, ZeroAddress, type Log } from "ethers";
import { PRIVATE_MARKET_ABI } from "../../../sdk/abi/privateMarket.ts";
import { burnerSender } from "../../../sdk/private/client/burnerSender.ts";
import type { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { addressWord } from "../../../sdk/private/context.ts";
import { gatewayTag } from "../../../sdk/private/owner.ts";
import { hash } from "../../../sdk/private/poseidon.ts";
import { TAGS } from "../../../sdk/private/tags.ts";
import { POOL_TERMS, stagePool } from "../../helpers/privateMarket.ts";
import {
  attest,
  GATEWAY_ACCOUNT,
  issueGenerationTo,
  propose,
  registerGateway,
  StandInProver,
  trader,
  type TradingPlace,
} from "../../helpers/privateTraders.ts";

const pool = new Interface(PRIVATE_MARKET_ABI);
const { genesis, periodLength, bondNano } = POOL_TERMS;
const PERIOD = 2n;

// Numbers that nothing else on the chain comes to by chance.
const DEPOSIT_NANO = 900_000_021_377n;
const ISSUED_WH = 1_000_033n;
const OFFER = { period: PERIOD, energyWh: 800_021n, priceMicroPerKwh: 201_337n };
const BID = { period: PERIOD, energyWh: 900_019n, priceMicroPerKwh: 301_331n };
const MATCHED = { energyWh: 500_009n, priceMicroPerKwh: 250_007n };
const DELIVERED_WH = 490_001n;
const WITHDRAWN_NANO = 77_000_000_011n;

/** A transaction as everybody sees it. */
interface Seen {
  verb: string;
  from: string;
  /** What it was called with, but for the proof's points. */
  args: unknown[];
  bytes: number;
  logs: { name: string; args: unknown[] }[];
  raw: { data: string; logs: readonly Log[] };
}

/** A trade of one with the other, and what is seen of it. */
interface History {
  seen: Seen[];
  seller: PrivateParticipant;
  buyer: PrivateParticipant;
  recipient: string;
}

const flat = (value: unknown): bigint[] => {
  if (Array.isArray(value)) return value.flatMap(flat);
  if (typeof value === "bigint") return [value];
  if (typeof value === "boolean") return [value ? 1n : 0n];
  return [BigInt(value as string)];
};

/** All words of 32 bytes, at every place where one can stand. */
function wordsOf({ data, logs }: Seen["raw"]): Set<bigint> {
  const words = new Set<bigint>();
  const take = (hex: string) => {
    for (let at = 0; at + 64 <= hex.length; at += 64)
      words.add(BigInt(`0x${hex.slice(at, at + 64)}`));
  };
  take(data.slice(10));
  for (const log of logs) {
    take(log.data.slice(2));
    for (const topic of log.topics) take(topic.slice(2));
  }
  return words;
}

describe("what an observer sees of a private trade [P10]", function () {
  this.timeout(60_000);
  const scene = stagePool(async (fixture) => {
    const place: TradingPlace = { provider: fixture.ethers.provider, ...fixture };
    await registerGateway(place);
    for (const { address } of [fixture.actors.seller, fixture.actors.buyer]) {
      await fixture.token.connect(fixture.actors.treasurer).mint(address, DEPOSIT_NANO);
    }
    return { place };
  });

  /** Both join, pay in and are given energy; then one sells to the other. */
  async function trade(sellerIs: "first" | "second"): Promise<History> {
    const { place, actors, networkHelpers, ethers } = scene;
    const { provider } = ethers;
    const fromBlock = await provider.getBlockNumber();
    const prover = new StandInProver();
    const burner = burnerSender(provider);
    const first = trader(place, actors.seller, 21, prover, burner);
    const second = trader(place, actors.buyer, 22, prover, burner);
    for (const one of [first, second]) {
      await one.join();
      await one.deposit(DEPOSIT_NANO);
      await issueGenerationTo(place, prover, one, PERIOD, ISSUED_WH);
    }
    const [seller, buyer] = sellerIs === "first" ? [first, second] : [second, first];
    const { plan: sellPlan } = await seller.submitSellPlan(OFFER);
    const { plan: buyPlan } = await buyer.submitBuyPlan(BID);
    const record = await propose(place, { sellPlan, buyPlan, ...MATCHED }, seller, buyer);
    await seller.confirm(record);
    await buyer.confirm(record);
    await networkHelpers.time.increaseTo(genesis + Number(PERIOD + 1n) * periodLength);
    await seller.reportActual(attest(place, record, DELIVERED_WH));
    await seller.settle(record);
    await buyer.settle(record);
    for (const one of [seller, buyer]) await one.refund(one.store.openPlans()[0]!.commitment);
    await buyer.merge();
    const recipient = Wallet.createRandom().address;
    await seller.withdraw(WITHDRAWN_NANO, recipient);
    return { seen: await look(fromBlock + 1), seller, buyer, recipient };
  }

  async function look(fromBlock: number): Promise<Seen[]> {
    const { ethers, poolAddress } = scene;
    const { provider } = ethers;
    const seen: Seen[] = [];
    for (let number = fromBlock; number <= (await provider.getBlockNumber()); number++) {
      const block = (await provider.getBlock(number, true))!;
      for (const { to, from, data, hash: id } of block.prefetchedTransactions) {
        if (to !== poolAddress) continue;
        const call = pool.parseTransaction({ data })!;
        const receipt = (await provider.getTransactionReceipt(id))!;
        const logs = receipt.logs.filter(({ address }) => address === poolAddress);
        const [proof, ...rest] = call.args.toArray(true) as unknown[];
        const isProven = call.fragment.inputs[0]?.name === "proof";
        seen.push({
          verb: call.name,
          from,
          args: isProven ? [(proof as unknown[])[1], ...rest.slice(1)] : [proof, ...rest],
          bytes: (data.length - 2) / 2,
          logs: logs.map((log) => {
            const { name, args } = pool.parseLog(log)!;
            return { name, args: args.toArray(true) as unknown[] };
          }),
          raw: { data, logs: receipt.logs },
        });
      }
    }
    return seen;
  }

  /** The same history with each number that nobody chose replaced by when it was first seen. */
  function shapeOf({ seen }: History, names: ReadonlyMap<bigint, string>): unknown {
    const first = new Map<bigint, string>();
    const nameOf = (word: bigint): string => {
      // Times and counts are as they are; what is larger is an address or a number of the field.
      if (word < 1n << 64n) return String(word);
      const known = names.get(word) ?? first.get(word);
      if (known !== undefined) return known;
      first.set(word, `number ${first.size}`);
      return first.get(word)!;
    };
    return seen.map(({ verb, from, args, bytes, logs }) => ({
      verb,
      from: nameOf(addressWord(from)),
      bytes,
      args: flat(args).map(nameOf),
      logs: logs.map((log) => ({
        name: log.name,
        // A match's last second follows the chain's clock.
        args: flat(log.args.filter((_, i) => log.name !== "MatchProposed" || i !== 3)).map(nameOf),
      })),
    }));
  }

  async function bothWays(): Promise<[History, History]> {
    const snapshot = await scene.networkHelpers.takeSnapshot();
    const one = await trade("first");
    await snapshot.restore();
    const other = await trade("second");
    return [one, other];
  }

  it("is the same whoever of two is the seller", async () => {
    const { actors, poolAddress } = scene;
    const [one, other] = await bothWays();
    const known = (history: History) => {
      const names = new Map<bigint, string>();
      for (const [name, address] of [
        ["first", actors.seller.address],
        ["second", actors.buyer.address],
        ["gateway", actors.gateway.address],
        ["matcher", actors.matcher.address],
        ["pool", poolAddress],
      ] as const) {
        names.set(addressWord(address), name);
      }
      names.set(addressWord(history.recipient), "recipient");
      return names;
    };
    expect(one.seller.account.owner).not.to.equal(other.seller.account.owner);
    expect(shapeOf(one, known(one))).to.deep.equal(shapeOf(other, known(other)));
  });

  it("names a burner once, and a participant only where it joins or pays in", async () => {
    const { actors } = scene;
    const { seen } = await trade("first");
    const senders = (verbs: readonly string[]) =>
      seen.filter(({ verb }) => verbs.includes(verb)).map(({ from }) => from);
    const own = [actors.seller.address, actors.buyer.address];
    expect(senders(["join", "deposit"])).to.deep.equal([own[0], own[0], own[1], own[1]]);
    expect(new Set(senders(["issueGeneration"]))).to.deep.equal(new Set([actors.gateway.address]));
    const rest = seen.filter(
      ({ verb }) => !["join", "deposit", "issueGeneration", "proposeMatches"].includes(verb),
    );
    // 2 plans, 2 confirmations, a report, 2 settlements, 2 refunds, a merger, a withdrawal; and insertions.
    expect(rest.filter(({ verb }) => verb !== "insertLeaves")).to.have.length(11);
    expect(new Set(rest.map(({ from }) => from)).size).to.equal(rest.length);
    for (const { raw, verb } of rest) {
      for (const address of own) {
        const text = JSON.stringify([raw.data, raw.logs.map(({ data, topics }) => [data, topics])]);
        expect(text.toLowerCase(), verb).not.to.include(address.slice(2).toLowerCase());
      }
    }
  });

  it("holds no owner, key, amount, energy or price", async () => {
    const { seen, seller, buyer } = await trade("first");
    const { energyWh, priceMicroPerKwh } = MATCHED;
    const locked = BID.energyWh * BID.priceMicroPerKwh + bondNano;
    const secret: Record<string, bigint> = {
      issued: ISSUED_WH,
      "offered energy": OFFER.energyWh,
      "offered price": OFFER.priceMicroPerKwh,
      "energy that was bid for": BID.energyWh,
      "price that was bid": BID.priceMicroPerKwh,
      "matched energy": energyWh,
      "matched price": priceMicroPerKwh,
      "packed match": energyWh + (priceMicroPerKwh << 28n),
      delivered: DELIVERED_WH,
      "rest of the offer": OFFER.energyWh - energyWh,
      "rest of the bid": BID.energyWh - energyWh,
      "rest of the generation": ISSUED_WH - OFFER.energyWh,
      "what was locked": locked,
      "lock without bond": locked - bondNano,
      change: DEPOSIT_NANO - locked,
      paid: energyWh * priceMicroPerKwh,
      returned: energyWh * (BID.priceMicroPerKwh - priceMicroPerKwh),
      kept: DEPOSIT_NANO - energyWh * priceMicroPerKwh,
    };
    for (const { account, store } of [seller, buyer]) {
      const { spendKey, viewKey } = account;
      const name = account === seller.account ? "seller's" : "buyer's";
      secret[`${name} account`] = account.account;
      secret[`${name} nullifier key`] = account.nullifierKey;
      secret[`${name} view scalar`] = account.viewScalar;
      [...spendKey, ...viewKey].forEach((word, i) => (secret[`${name} key ${i}`] = word));
      for (const { note, leafIndex } of store.notes) {
        secret[`${name} salt of note ${leafIndex}`] = note.salt;
      }
      for (const { plan, commitment } of store.plans) {
        secret[`${name} salt of plan ${commitment}`] = plan.salt;
        secret[`${name} attributes of plan ${commitment}`] = plan.attributes;
      }
      for (const { match, actual } of store.matches) {
        secret[`${name} salt of the match`] = match.salt;
        secret[`${name} salt of what was delivered`] = actual!.note.salt;
      }
    }
    for (const { verb, raw } of seen) {
      const words = wordsOf(raw);
      for (const [name, value] of Object.entries(secret)) {
        expect(words.has(value), `${name} in ${verb}`).to.be.false;
      }
      const owners = [seller, buyer].map(({ account }) => account.owner);
      if (verb === "join") continue;
      for (const owner of owners) expect(words.has(owner), `owner in ${verb}`).to.be.false;
    }
    const amounts = (name: bigint) => seen.filter(({ raw }) => wordsOf(raw).has(name));
    expect(amounts(DEPOSIT_NANO).map(({ verb }) => verb)).to.deep.equal(["deposit", "deposit"]);
    expect(amounts(WITHDRAWN_NANO).map(({ verb }) => verb)).to.deep.equal(["withdraw"]);
  });

  it("repeats no memo's word, though the same is said twice", async () => {
    const snapshot = await scene.networkHelpers.takeSnapshot();
    const words: bigint[] = [];
    for (let i = 0; i < 2; i++) {
      const { seen } = await trade("first");
      for (const { name, args } of seen.flatMap(({ logs }) => logs)) {
        const memos = {
          NoteAdded: 4,
          PlanAdded: 5,
          MatchConfirmed: 3,
          MatchProposed: 4,
          ActualReported: 2,
        } as Record<string, number>;
        if (memos[name] !== undefined) words.push(...flat(args[memos[name]]));
      }
      await snapshot.restore();
    }
    expect(words.length).to.be.greaterThan(100);
    expect(new Set(words).size).to.equal(words.length);
  });

  it("ties no nullifier to a leaf or an owner by anything that is public", async () => {
    const { scope, auditKey, actors } = scene;
    const { seen, seller, buyer } = await trade("first");
    const logs = seen.flatMap((one) => one.logs);
    const nullifiers = logs
      .filter(({ name }) => name === "NullifierSpent")
      .map(({ args }) => args[0]);
    expect(nullifiers.length).to.equal(5);
    // Each is seen in its transaction and nowhere else.
    for (const nullifier of nullifiers) {
      expect(seen.filter(({ raw }) => wordsOf(raw).has(nullifier as bigint))).to.have.length(1);
    }
    const leaves = logs.filter(({ name }) => name === "NoteAdded").map(({ args }) => args[0]);
    const [notes, plans] = ["NoteAdded", "PlanAdded"].map((name) =>
      logs.filter((log) => log.name === name).map(({ args }) => args[name === "NoteAdded" ? 2 : 0]),
    ) as [bigint[], bigint[]];
    const guesses = [
      ...[seller, buyer].flatMap(({ account }) => [account.owner, ...account.viewKey]),
      ...[actors.seller, actors.buyer].map(({ address }) => addressWord(address)),
      ...[...auditKey, ...notes, ...plans, gatewayTag(GATEWAY_ACCOUNT.spendKey), 0n, 1n],
    ];
    const spent = new Set(nullifiers);
    const hits: string[] = [];
    for (const guess of guesses) {
      for (const leaf of leaves) {
        if (spent.has(hash(TAGS.nullifier, scope, guess, leaf as bigint))) {
          hits.push(`${guess} ${String(leaf)}`);
        }
      }
    }
    expect(hits).to.be.empty;
    // With the key it is found at once, so that the search would have.
    const { nullifierKey } = buyer.account;
    const own = leaves.filter((leaf) =>
      spent.has(hash(TAGS.nullifier, scope, nullifierKey, leaf as bigint)),
    );
    expect(own).to.have.length(3);
  });

  it("is what section 9 of the protocol says, and no more", async () => {
    const { actors, place } = scene;
    const { seen, seller, buyer, recipient } = await trade("first");
    const logs = seen.flatMap((one) => one.logs);
    const of = (name: string) => logs.filter((log) => log.name === name).map(({ args }) => args);
    // Who joined with which owner, and what came in and went out where.
    expect(of("ParticipantJoined").map((args) => args.slice(0, 2))).to.deep.equal([
      [actors.seller.address, seller.account.owner],
      [actors.buyer.address, buyer.account.owner],
    ]);
    expect(of("Deposited")).to.deep.equal(
      [actors.seller, actors.buyer].map(({ address }) => [address, DEPOSIT_NANO]),
    );
    expect(of("Withdrawn")).to.deep.equal([
      [getAddress(recipient), WITHDRAWN_NANO, ZeroAddress, 0n],
    ]);
    // The plans of a period with their sides, and how matches and rests link them.
    const [[sellPlan, ...sold], [buyPlan, ...bought]] = of("PlanAdded") as [unknown[], unknown[]];
    expect([sold.slice(0, 2), bought.slice(0, 2)]).to.deep.equal([
      [true, PERIOD],
      [false, PERIOD],
    ]);
    const [[record, matchedSell, matchedBuy, , opening]] = of("MatchProposed") as [unknown[]];
    expect([matchedSell, matchedBuy]).to.deep.equal([sellPlan, buyPlan]);
    const [[, sellRest, buyRest]] = of("MatchAgreed") as [unknown[]];
    expect(of("MatchAgreed")[0]![0]).to.equal(record);
    expect(of("PlanRefunded")).to.deep.equal([[sellRest], [buyRest]]);
    expect(of("MatchSettled")).to.deep.equal([
      [record, true],
      [record, false],
    ]);
    // Who vouches, for which period: by the gateway's address and tag.
    const issued = seen.filter(({ verb }) => verb === "issueGeneration");
    expect(issued.map(({ from }) => from)).to.deep.equal(Array(2).fill(actors.gateway.address));
    for (const { args } of issued) {
      const signals = flat(args[0]);
      expect(signals.slice(6, 8)).to.deep.equal([PERIOD, gatewayTag(GATEWAY_ACCOUNT.spendKey)]);
    }
    // Which notes are credit and which generation: 2 that were issued, a plan's rest, a refund.
    const kinds = of("NoteAdded").map((args) => Number(args[1]));
    expect(kinds.filter((kind) => kind === 1)).to.have.length(4);
    // 2 deposits, a plan's change, 2 settlements, a refund, a merger, a withdrawal's change.
    expect(kinds.filter((kind) => kind === 0)).to.have.length(8);
    // That somebody spends by an insertion before it, whichever of the leaves: none waits at any spending.
    const spending = ["submitSellPlan", "submitBuyPlan", "merge", "withdraw"];
    let [added, inserted] = [0, 0];
    for (const { verb, logs: own } of seen) {
      if (spending.includes(verb)) expect(inserted, verb).to.equal(added);
      added += own.filter(({ name }) => name === "NoteAdded").length;
      for (const { name, args } of own) if (name === "LeavesInserted") inserted = Number(args[1]);
    }
    expect(inserted).to.be.greaterThan(0);
    // A match of two, and not of a wallet with itself.
    expect(new Set(opening as bigint[]).size).to.equal(5);
    expect(place.poolId.pool).to.equal(scene.poolAddress);
  });

  it("shows a wallet that is matched with itself", async () => {
    const { place, actors, ethers } = scene;
    const prover = new StandInProver();
    const one = trader(place, actors.seller, 21, prover, burnerSender(ethers.provider));
    await one.join();
    await one.deposit(DEPOSIT_NANO);
    await issueGenerationTo(place, prover, one, PERIOD, ISSUED_WH);
    const { plan: sellPlan } = await one.submitSellPlan(OFFER);
    const { plan: buyPlan } = await one.submitBuyPlan(BID);
    const record = await propose(place, { sellPlan, buyPlan, ...MATCHED }, one, one);
    await one.sync();
    const { opening } = one.follower.state.matches.get(record)!;
    expect(opening[2]).to.equal(opening[3]);
  });
});
