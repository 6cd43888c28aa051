import { id, toBeHex } from "ethers";
import { FunctionProvider } from "../../sdk/rpc/functionProvider.ts";
import { attestDelivery } from "../../sdk/private/attestation.ts";
import { BASE_POINT, multiplyPoint, type Point } from "../../sdk/private/babyJubjub.ts";
import { poolInterface } from "../../sdk/private/chain/poolInterface.ts";
import type { PoolLog, PoolLogBody } from "../../sdk/private/chain/poolLog.ts";
import type { PoolTerms } from "../../sdk/private/chain/poolReads.ts";
import { gatewayTag } from "../../sdk/private/owner.ts";
import { accountOfSeed, type PrivateAccount } from "../../sdk/private/keys.ts";
import { sealMatchOpening, type MadeMatch } from "../../sdk/private/matches/sealMatchOpening.ts";
import {
  MerkleTree,
  NOTE_TREE_DEPTH,
  PARTICIPANT_TREE_DEPTH,
} from "../../sdk/private/merkleTree.ts";
import {
  commitmentOf,
  type ActualNote,
  type CreditNote,
  type GenerationNote,
  type LeafNote,
  type OwnedNote,
  type PlanNote,
} from "../../sdk/private/notes.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { buildActualInputs } from "../../sdk/private/proofs/actual.ts";
import { buildBuyPlanInputs } from "../../sdk/private/proofs/buyPlan.ts";
import { buildConfirmInputs } from "../../sdk/private/proofs/confirm.ts";
import { buildDepositInputs } from "../../sdk/private/proofs/deposit.ts";
import { buildGenerationInputs } from "../../sdk/private/proofs/generation.ts";
import { buildMergeInputs } from "../../sdk/private/proofs/merge.ts";
import type { ProofRequest, ProofSetting } from "../../sdk/private/proofs/proofRequest.ts";
import { buildRefundInputs } from "../../sdk/private/proofs/refund.ts";
import { buildSellPlanInputs } from "../../sdk/private/proofs/sellPlan.ts";
import { buildSettleInputs } from "../../sdk/private/proofs/settle.ts";
import { buildWithdrawInputs } from "../../sdk/private/proofs/withdraw.ts";
import { openDeliveryAsSide } from "../../sdk/private/deliverySecret.ts";
import type { MadeNote } from "../../sdk/private/sealNote.ts";

export const SYNTHETIC_POOL: PoolId = {
  chainId: 31337n,
  pool: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
};
export const SYNTHETIC_TERMS: PoolTerms = {
  genesis: 1_000_000,
  periodLength: 900,
  plansLead: 600,
  proposalsLead: 300,
  confirmationTime: 60,
  reportingTime: 900,
  toleranceBps: 500n,
  bondWh: 50n,
  bondNano: 1_000n,
};
const PERIOD = 12n;
const NO_FEATURES = `0x${"00".repeat(32)}`;

/** A note with its place among the leaves. */
export interface Leaf<N extends LeafNote = LeafNote> {
  note: N;
  leafIndex: number;
}

interface SyntheticBlock {
  hash: string;
  logs: PoolLog[];
}

/**
 * A private market without a contract: it makes the signals that proofs would have, and writes the logs that the
 * contract would. It checks nothing, so that histories can be made which no contract lets pass.
 */
export class SyntheticPool {
  readonly gatewayAddress = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  readonly gatewayKeys = accountOfSeed(new Uint8Array(32).fill(200));
  readonly gateway = gatewayTag(this.gatewayKeys.spendKey);
  /** What a node would give; index is the block's number. */
  blocks: SyntheticBlock[] = [{ hash: id("0"), logs: [] }];
  readonly #leaves: bigint[] = [];
  readonly #tree = new MerkleTree(NOTE_TREE_DEPTH);
  readonly #participants = new MerkleTree(PARTICIPANT_TREE_DEPTH);
  readonly #owners: bigint[] = [];
  #auditKey: Point = BASE_POINT;
  #auditVersion = 0;
  #fork = 0;

  get logs(): PoolLog[] {
    return this.blocks.flatMap(({ logs }) => logs);
  }

  get head(): number {
    return this.blocks.length - 1;
  }

  // ------------------------------------------------------------------ chain

  /** One transaction in a block of its own. */
  write(...bodies: PoolLogBody[]): void {
    const blockNumber = this.blocks.length;
    const hash = id(`${this.blocks.at(-1)!.hash} ${this.#fork}`);
    const transactionHash = id(`transaction ${blockNumber} ${this.#fork}`);
    const logs = bodies.map((body, logIndex) => ({
      ...body,
      blockNumber,
      logIndex,
      transactionHash,
    }));
    this.blocks.push({ hash, logs });
  }

  /** Takes blocks back; those that come instead have other hashes. What the pool holds is left as it is. */
  forkAfter(blockNumber: number): void {
    this.blocks.length = blockNumber + 1;
    this.#fork++;
  }

  /** A node of this chain. */
  provider(): FunctionProvider {
    return new FunctionProvider(
      (method, params) => Promise.resolve(this.#answer(method, params)),
      SYNTHETIC_POOL.chainId,
    );
  }

  #answer(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case "eth_blockNumber":
        return toBeHex(this.head);
      case "eth_getBlockByNumber":
        return this.#block(Number(params[0]));
      case "eth_getLogs": {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        const wanted = this.blocks.slice(Number(fromBlock), Number(toBlock) + 1);
        return wanted.flatMap((block) => block.logs.map((log) => rawLog(log, block.hash)));
      }
      case "eth_call":
        return poolInterface.encodeFunctionResult("terms", [Object.values(SYNTHETIC_TERMS)]);
      default:
        throw new Error(`The synthetic chain has no ${method}.`);
    }
  }

  #block(number: number): object | null {
    const block = this.blocks[number];
    if (block === undefined) return null;
    return {
      number: toBeHex(number),
      hash: block.hash,
      parentHash: this.blocks[number - 1]?.hash ?? id("none"),
      timestamp: toBeHex(SYNTHETIC_TERMS.genesis + number),
      nonce: "0x0000000000000000",
      difficulty: "0x0",
      gasLimit: "0x0",
      gasUsed: "0x0",
      miner: this.gatewayAddress,
      extraData: "0x",
      transactions: [],
    };
  }

  // ------------------------------------------------------------------ operator and regulator

  setAuditKey(scalar: bigint): void {
    this.#auditKey = multiplyPoint(BASE_POINT, scalar);
    const [x, y] = this.#auditKey;
    this.write({ name: "AuditKeySet", version: ++this.#auditVersion, x, y });
  }

  setGateway(tag = this.gateway): void {
    this.write({ name: "GatewaySet", gateway: this.gatewayAddress, tag });
  }

  join(account: PrivateAccount, participant: string): void {
    const { owner } = account;
    const index = this.#participants.size;
    this.#participants.append([owner]);
    this.#owners.push(owner);
    const { root } = this.#participants;
    this.write({ name: "ParticipantJoined", participant, owner, index, root });
  }

  expel(account: PrivateAccount, participant: string): void {
    const { owner } = account;
    const index = this.#owners.indexOf(owner);
    this.#participants.replace(index, 0n);
    const { root } = this.#participants;
    this.write({ name: "ParticipantExpelled", participant, owner, index, root });
  }

  insertLeaves(most = Infinity): void {
    const fresh = this.#leaves.slice(this.#tree.size).slice(0, most);
    this.#tree.append(fresh);
    this.write({ name: "LeavesInserted", root: this.#tree.root, size: this.#tree.size });
  }

  // ------------------------------------------------------------------ notes

  #setting(): ProofSetting {
    return { pool: SYNTHETIC_POOL, deadlineS: 2_000_000_000n, auditKey: this.#auditKey };
  }

  /** The log of a note that a proof made, at the next leaf. */
  #noteAdded(made: MadeNote): { body: PoolLogBody; leafIndex: number } {
    const { kind, commitment, outputIndex, memo } = made;
    if (kind === "plan") throw new TypeError("A plan is no leaf.");
    const leafIndex = this.#leaves.push(commitment) - 1;
    return {
      body: { name: "NoteAdded", leafIndex, kind, commitment, outputIndex, memo },
      leafIndex,
    };
  }

  #pathOf(leafIndex: number) {
    // A wallet whose note waits calls insertLeaves before.
    if (leafIndex >= this.#tree.size) this.insertLeaves();
    return this.#tree.pathOf(leafIndex);
  }

  #spendable<N extends LeafNote>({ note, leafIndex }: Leaf<N>) {
    return { note, path: this.#pathOf(leafIndex) };
  }

  deposit(to: PrivateAccount, amountNano: bigint): Leaf<CreditNote> {
    const payer = this.gatewayAddress;
    const request = buildDepositInputs(this.#setting(), { to, amountNano, payer });
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    this.write({ name: "Deposited", payer, amountNano }, body);
    return { note: noteOf("credit", request), leafIndex };
  }

  issue(to: PrivateAccount, energyWh: bigint, period = PERIOD): Leaf<GenerationNote> {
    const request = buildGenerationInputs(this.#setting(), {
      to,
      period,
      energyWh,
      gateway: this.gateway,
      gatewayAddress: this.gatewayAddress,
    });
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    this.write(body);
    return { note: noteOf("generation", request), leafIndex };
  }

  withdraw(by: PrivateAccount, from: Leaf<CreditNote>, amountNano: bigint): Leaf<CreditNote> {
    const [recipient, relayer] = [this.gatewayAddress, this.gatewayAddress];
    const request = buildWithdrawInputs(by, this.#setting(), {
      from: this.#spendable(from),
      amountNano,
      recipient,
      relayer,
      feeNano: 0n,
    });
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    this.write({ name: "NullifierSpent", nullifier: signal(request, "nullifier") }, body, {
      name: "Withdrawn",
      recipient,
      amountNano,
      relayer,
      feeNano: 0n,
    });
    return { note: noteOf("credit", request), leafIndex };
  }

  merge(by: PrivateAccount, first: Leaf<CreditNote>, second: Leaf<CreditNote>): Leaf<CreditNote> {
    this.#pathOf(Math.max(first.leafIndex, second.leafIndex));
    const request = buildMergeInputs(by, this.#setting(), [
      this.#spendable(first),
      this.#spendable(second),
    ]);
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    const [one, other] = request.signals.nullifiers as [bigint, bigint];
    this.write(
      { name: "NullifierSpent", nullifier: one },
      { name: "NullifierSpent", nullifier: other },
      body,
    );
    return { note: noteOf("credit", request), leafIndex };
  }

  // ------------------------------------------------------------------ plans

  sell(
    by: PrivateAccount,
    from: Leaf<GenerationNote>,
    energyWh: bigint,
    priceMicroPerKwh: bigint,
  ): { plan: PlanNote; rest: Leaf<GenerationNote> } {
    const request = buildSellPlanInputs(by, this.#setting(), {
      from: this.#spendable(from),
      participant: this.#participants.pathOf(this.#owners.indexOf(by.owner)),
      energyWh,
      priceMicroPerKwh,
      features: 0n,
      encryptedFeaturesHash: 0n,
      bondWh: SYNTHETIC_TERMS.bondWh,
    });
    const leafIndex = this.#writePlan(request, true, from.note.period);
    return {
      plan: noteOf("plan", request),
      rest: { note: noteOf("generation", request, 1), leafIndex },
    };
  }

  buy(
    by: PrivateAccount,
    from: Leaf<CreditNote>,
    energyWh: bigint,
    priceMicroPerKwh: bigint,
    period = PERIOD,
  ): { plan: PlanNote; change: Leaf<CreditNote> } {
    const request = buildBuyPlanInputs(by, this.#setting(), {
      from: this.#spendable(from),
      participant: this.#participants.pathOf(this.#owners.indexOf(by.owner)),
      energyWh,
      priceMicroPerKwh,
      features: 0n,
      encryptedFeaturesHash: 0n,
      period,
      bondNano: SYNTHETIC_TERMS.bondNano,
    });
    const leafIndex = this.#writePlan(request, false, period);
    return {
      plan: noteOf("plan", request),
      change: { note: noteOf("credit", request, 1), leafIndex },
    };
  }

  #writePlan(request: ProofRequest, sell: boolean, period: bigint): number {
    const [plan, rest] = request.created as [MadeNote, MadeNote];
    const { body, leafIndex } = this.#noteAdded(rest);
    this.write(
      { name: "NullifierSpent", nullifier: signal(request, "nullifier") },
      {
        name: "PlanAdded",
        plan: plan.commitment,
        sell,
        period,
        outputIndex: 0,
        features: NO_FEATURES,
        memo: plan.memo,
      },
      body,
    );
    return leafIndex;
  }

  refund(by: PrivateAccount, plan: PlanNote, strikes = 0n): Leaf {
    const request = buildRefundInputs(by, this.#setting(), {
      plan,
      gateway: this.gateway,
      features: 0n,
      strikes,
      bondNano: SYNTHETIC_TERMS.bondNano,
      bondWh: SYNTHETIC_TERMS.bondWh,
    });
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    this.write({ name: "PlanRefunded", plan: commitmentOf(plan) }, body);
    return { note: request.created[0]!.note as LeafNote, leafIndex };
  }

  // ------------------------------------------------------------------ matches

  propose(
    [seller, sellPlan]: readonly [PrivateAccount, PlanNote],
    [buyer, buyPlan]: readonly [PrivateAccount, PlanNote],
    energyWh: bigint,
    priceMicroPerKwh: bigint,
  ): MadeMatch {
    const made = sealMatchOpening(
      {
        sellPlan: commitmentOf(sellPlan),
        buyPlan: commitmentOf(buyPlan),
        energyWh,
        priceMicroPerKwh,
      },
      { sellerViewKey: seller.viewKey, buyerViewKey: buyer.viewKey, auditKey: this.#auditKey },
    );
    const { record, opening } = made;
    const plans = { sellPlan: made.sellPlan, buyPlan: made.buyPlan };
    this.write({ name: "MatchProposed", record, ...plans, confirmBy: 2_000_000, opening });
    return made;
  }

  /** @param other the other side's rest, where it has confirmed before: the match is agreed */
  confirm(
    by: PrivateAccount,
    plan: PlanNote,
    { note, record }: MadeMatch,
    other?: PlanNote,
  ): PlanNote {
    const request = buildConfirmInputs(by, this.#setting(), { plan, match: note });
    const made = request.created[0]!;
    const sell = plan.side === "sell";
    const rest = made.commitment;
    const confirmed = { name: "MatchConfirmed", record, sell, rest, memo: made.memo } as const;
    if (other === undefined) this.write(confirmed);
    else {
      const [sellRest, buyRest] = sell ? [rest, commitmentOf(other)] : [commitmentOf(other), rest];
      this.write(confirmed, { name: "MatchAgreed", record, sellRest, buyRest });
    }
    return noteOf("plan", request);
  }

  lapse({ record }: MadeMatch, sellStruck: boolean, buyStruck: boolean): void {
    this.write({ name: "MatchLapsed", record, sellStruck, buyStruck });
  }

  report(sellPlan: PlanNote, { note: match, record }: MadeMatch, energyWh: bigint): ActualNote {
    const request = buildActualInputs(this.#setting(), {
      sellPlan,
      features: 0n,
      match,
      attestation: attestDelivery(this.gatewayKeys, SYNTHETIC_POOL, record, energyWh),
    });
    const actual = signal(request, "actual");
    const secret = request.signals.secret as bigint[];
    this.write({ name: "ActualReported", record, actual, secret });
    return openDeliveryAsSide({ match: record, actual, secret }, match);
  }

  settle(
    by: PrivateAccount,
    plan: PlanNote,
    { note: match, record }: MadeMatch,
    actual: ActualNote | undefined,
  ): Leaf<CreditNote> {
    const { toleranceBps } = SYNTHETIC_TERMS;
    const request = buildSettleInputs(by, this.#setting(), { plan, match, actual, toleranceBps });
    const { body, leafIndex } = this.#noteAdded(request.created[0]!);
    this.write({ name: "MatchSettled", record, sell: plan.side === "sell" }, body);
    return { note: noteOf("credit", request), leafIndex };
  }
}

function noteOf<N extends OwnedNote["kind"]>(
  kind: N,
  { created }: ProofRequest,
  index = 0,
): Extract<OwnedNote, { kind: N }> {
  const { note } = created[index]!;
  if (note.kind !== kind) throw new TypeError(`The proof makes no ${kind} note.`);
  return note as Extract<OwnedNote, { kind: N }>;
}

function signal({ signals }: ProofRequest, name: string): bigint {
  return signals[name] as bigint;
}

function rawLog(log: PoolLog, blockHash: string): object {
  const fragment = poolInterface.getEvent(log.name)!;
  const values = fragment.inputs.map(({ name }) => {
    const value = (log as unknown as Record<string, unknown>)[name];
    return name === "kind" ? (value === "credit" ? 0n : 1n) : value;
  });
  const { data, topics } = poolInterface.encodeEventLog(fragment, values);
  return {
    address: SYNTHETIC_POOL.pool,
    topics,
    data,
    blockNumber: toBeHex(log.blockNumber),
    blockHash,
    transactionHash: log.transactionHash,
    transactionIndex: "0x0",
    logIndex: toBeHex(log.logIndex),
    removed: false,
  };
}
