// The verbs of the private market, with proofs that a stand-in verifier takes.
import { readFileSync } from "node:fs";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { keccak256, toBeHex, ZeroHash, type ContractTransactionResponse } from "ethers";
import {
  addressWord,
  CIRCUIT_IDS,
  contextOf,
  type CircuitName,
} from "../../sdk/private/context.ts";
import { GATEWAY_TAG, POOL_TERMS, type PoolFixture } from "./privateMarket.ts";

type Signer = HardhatEthersSigner;
type Word = bigint | number;

/** Public signals by the names of the manifest; lists one by one, as in `memo[0]`. */
export type NamedSignals = Record<string, Word>;

/** A proof as the contract takes it. */
export interface ProofArgument {
  points: [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  signals: bigint[];
}

const MANIFEST = JSON.parse(
  readFileSync(new URL("../../circuits/circuits.json", import.meta.url), "utf8"),
) as Record<CircuitName, { signals: string[] }>;

/** What a verb's caller may have otherwise than right. */
export interface CallOptions {
  /** Signals instead of the right ones. */
  signals?: NamedSignals;
  deadline?: bigint;
  /** What the proof is bound to beside chain, pool, circuit and deadline. */
  bound?: readonly bigint[];
  by?: Signer;
  /** Whether the verifier takes it. */
  valid?: boolean;
}

/** Far enough for every test. */
export const DEADLINE = 2_000_000_000n;

let drawn = 0n;

/** Has `fresh` begin anew, for who pins gas: it depends on the zeros in what is sent. @param after numbers */
export function drawAnew(after = 0n): void {
  drawn = after;
}

/** A field element that nobody has had. */
export function fresh(): bigint {
  return BigInt(keccak256(toBeHex(++drawn, 32))) >> 8n;
}

/** The signals of a circuit in their order: those that are given, and fresh numbers. */
export function signalsOf(circuit: CircuitName, named: NamedSignals): bigint[] {
  const names = MANIFEST[circuit].signals;
  const unknown = Object.keys(named).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${circuit} has no signals ${unknown.join(", ")}.`);
  return names.map((name) => BigInt(named[name] ?? fresh()));
}

/** A circuit's signals by their names. */
export function nameSignals(circuit: CircuitName, signals: readonly bigint[]): NamedSignals {
  return Object.fromEntries(MANIFEST[circuit].signals.map((name, i) => [name, signals[i]!]));
}

/** A proof, with all signals right that every circuit or every spending one has. */
export async function proofOf(
  { pool, poolId, scope, auditKey }: PoolFixture,
  circuit: CircuitName,
  named: NamedSignals,
  { signals = {}, deadline = DEADLINE, bound = [], valid = true }: CallOptions,
): Promise<ProofArgument> {
  const has = (name: string) => MANIFEST[circuit].signals.includes(name);
  const common: NamedSignals = { context: contextOf(poolId, circuit, deadline, bound) };
  if (has("auditKey[0]")) [common["auditKey[0]"], common["auditKey[1]"]] = auditKey;
  if (has("scope")) common.scope = scope;
  if (has("root")) [common.root, common.size] = await pool.noteTree();
  if (has("participantsRoot")) {
    [common.participantsRoot, common.participantsSize] = await pool.participantsTree();
  }
  if (has("bondWh")) common.bondWh = POOL_TERMS.bondWh;
  if (has("bondNano")) common.bondNano = POOL_TERMS.bondNano;
  if (has("toleranceBps")) common.toleranceBps = POOL_TERMS.toleranceBps;
  const points: ProofArgument["points"] = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
  if (valid) points[0] = CIRCUIT_IDS[circuit];
  return { points, signals: signalsOf(circuit, { ...common, ...named, ...signals }) };
}

type Sent = Promise<ContractTransactionResponse>;

// ─── notes ───────────────────────────────────────────────────────────────────

export async function deposit(
  scene: PoolFixture,
  amountNano: Word = 1_000n,
  options: CallOptions = {},
): Sent {
  const { by = scene.actors.payer, deadline = DEADLINE } = options;
  const bound = [addressWord(by.address)];
  const proof = await proofOf(scene, "Deposit", { amountNano }, { bound, ...options });
  return scene.pool.connect(by).deposit(proof, deadline);
}

export async function issueGeneration(
  scene: PoolFixture,
  commitment: bigint = fresh(),
  options: CallOptions = {},
): Sent {
  const { by = scene.actors.gateway, deadline = DEADLINE } = options;
  const bound = [addressWord(by.address)];
  const named = { commitment, gateway: GATEWAY_TAG, period: 0 };
  const proof = await proofOf(scene, "Generation", named, { bound, ...options });
  return scene.pool.connect(by).issueGeneration(proof, deadline);
}

export async function merge(scene: PoolFixture, options: CallOptions = {}): Sent {
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  return scene.pool.connect(by).merge(await proofOf(scene, "Merge", {}, options), deadline);
}

/** Where a withdrawal goes. */
export interface Payout {
  amountNano?: Word;
  recipient?: string;
  relayer?: string;
  feeNano?: Word;
}

export async function withdraw(
  scene: PoolFixture,
  payout: Payout = {},
  options: CallOptions = {},
): Sent {
  const {
    amountNano = 100n,
    recipient = scene.actors.stranger.address,
    relayer = scene.actors.relayer.address,
    feeNano = 0n,
  } = payout;
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  const bound = [addressWord(recipient), addressWord(relayer), BigInt(feeNano)];
  const proof = await proofOf(scene, "Withdraw", { amountNano }, { bound, ...options });
  return scene.pool.connect(by).withdraw(proof, deadline, recipient, relayer, feeNano);
}

// ─── participants ────────────────────────────────────────────────────────────

export async function joinPool(
  scene: PoolFixture,
  by: Signer,
  owner: bigint = fresh(),
  options: CallOptions = {},
): Sent {
  const { deadline = DEADLINE } = options;
  const bound = [addressWord(by.address)];
  const proof = await proofOf(scene, "Participant", { owner }, { bound, ...options });
  return scene.pool.connect(options.by ?? by).join(proof, deadline);
}

// ─── plans ───────────────────────────────────────────────────────────────────

/** What a plan is submitted with. */
export interface PlanOptions extends CallOptions {
  plan?: bigint;
  period?: Word;
  features?: string;
}

export async function submitSellPlan(scene: PoolFixture, options: PlanOptions = {}): Sent {
  const { plan = fresh(), period = 0, features = ZeroHash, deadline = DEADLINE } = options;
  const bound = [BigInt(features)];
  const proof = await proofOf(scene, "SellPlan", { plan, period }, { bound, ...options });
  const { by = scene.actors.relayer } = options;
  return scene.pool.connect(by).submitSellPlan(proof, deadline, features);
}

export async function submitBuyPlan(scene: PoolFixture, options: PlanOptions = {}): Sent {
  const { plan = fresh(), period = 0, features = ZeroHash, deadline = DEADLINE } = options;
  const bound = [BigInt(features)];
  const proof = await proofOf(scene, "BuyPlan", { plan, period }, { bound, ...options });
  const { by = scene.actors.relayer } = options;
  return scene.pool.connect(by).submitBuyPlan(proof, deadline, features);
}

export async function refund(scene: PoolFixture, plan: bigint, options: CallOptions = {}): Sent {
  const { sell, strikes } = await scene.pool.planOf(plan);
  const named = { plan, side: sell ? 1 : 0, strikes };
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  return scene.pool.connect(by).refund(await proofOf(scene, "Refund", named, options), deadline);
}

// ─── matches ─────────────────────────────────────────────────────────────────

/** A proposal with its numbers. */
export interface Proposal {
  sellPlan: bigint;
  buyPlan: bigint;
  record: bigint;
  opening: bigint[];
}

export function proposalOf(sellPlan: bigint, buyPlan: bigint, record = fresh()): Proposal {
  return { sellPlan, buyPlan, record, opening: Array.from({ length: 5 }, fresh) };
}

export function propose(scene: PoolFixture, ...proposals: Proposal[]): Sent {
  const { pool, actors } = scene;
  return pool.connect(actors.matcher).proposeMatches(
    proposals.map(({ opening, ...rest }) => ({
      ...rest,
      opening: opening as [bigint, bigint, bigint, bigint, bigint],
    })),
  );
}

/** A side of a match. */
export type Side = "sell" | "buy";

export async function confirm(
  scene: PoolFixture,
  side: Side,
  { record, sellPlan, buyPlan }: Proposal,
  rest: bigint = fresh(),
  options: CallOptions = {},
): Sent {
  const circuit = side === "sell" ? "ConfirmSell" : "ConfirmBuy";
  const named = { match: record, sellPlan, buyPlan, rest };
  const proof = await proofOf(scene, circuit, named, options);
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  const pool = scene.pool.connect(by);
  return side === "sell" ? pool.confirmSell(proof, deadline) : pool.confirmBuy(proof, deadline);
}

// ─── delivery ────────────────────────────────────────────────────────────────

export async function reportActual(
  scene: PoolFixture,
  { record, sellPlan, buyPlan }: Proposal,
  actual: bigint = fresh(),
  options: CallOptions = {},
): Sent {
  const named = { match: record, sellPlan, buyPlan, actual };
  const proof = await proofOf(scene, "Actual", named, options);
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  return scene.pool.connect(by).reportActual(proof, deadline);
}

export async function settle(
  scene: PoolFixture,
  side: Side,
  { record, sellPlan, buyPlan }: Proposal,
  options: CallOptions = {},
): Sent {
  const { actual } = await scene.pool.matchOf(record);
  const circuit = side === "sell" ? "SettleSell" : "SettleBuy";
  const named = { match: record, plan: side === "sell" ? sellPlan : buyPlan, actual };
  const proof = await proofOf(scene, circuit, named, options);
  const { by = scene.actors.relayer, deadline = DEADLINE } = options;
  const pool = scene.pool.connect(by);
  return side === "sell" ? pool.settleSell(proof, deadline) : pool.settleBuy(proof, deadline);
}
