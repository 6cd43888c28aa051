import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import type { CircuitKeys } from "../scripts/keys/buildCircuit.ts";
import { circuitKeys } from "../scripts/keys/circuitKeys.ts";
import { readR1cs } from "../scripts/keys/r1cs.ts";
import type { CircuitName } from "../sdk/private/context.ts";
import { roundMs } from "./durations.ts";
import type { Bench, BenchTable } from "./types.ts";
import { measureChromium } from "./zk/chromium.ts";
import { BATCHES } from "./zk/insertion.ts";
import { measureNode } from "./zk/provingTimes.ts";
import { tradeOnce, type BenchTrade } from "./zk/trade.ts";

/** The most constraints. What is not listed has no budget of its own. */
const BUDGETS: Partial<Record<CircuitName, number>> = {
  Withdraw: 20_000,
  SellPlan: 30_000,
  BuyPlan: 30_000,
  ConfirmSell: 22_000,
  ConfirmBuy: 22_000,
  SettleSell: 30_000,
  SettleBuy: 30_000,
};
const NODE_TARGET_MS = 3_000;
const CHROMIUM_TARGET_MS = 5_000;
const VERIFY_TARGET_MS = 40;

/** The tree that notes are inserted into. */
const TREE_LEAVES = 1_000;

/** What a verb does: leaves that it adds, the most gas with their insertion, and what the like costs elsewhere. */
const VERBS: Record<string, { leaves: number; target: number | null; rivals: string }> = {
  join: { leaves: 0, target: null, rivals: "Semaphore v4, adding a member: 134,000" },
  deposit: { leaves: 1, target: null, rivals: "" },
  issueGeneration: { leaves: 1, target: null, rivals: "" },
  submitSellPlan: { leaves: 1, target: 550_000, rivals: "Zeto with a regulator copy: 2,800,000" },
  submitBuyPlan: { leaves: 1, target: 550_000, rivals: "Zeto with a regulator copy: 2,800,000" },
  "confirmSell, the first": { leaves: 0, target: 500_000, rivals: "" },
  "confirmBuy, the second": { leaves: 0, target: 500_000, rivals: "" },
  reportActual: { leaves: 0, target: null, rivals: "" },
  settleSell: { leaves: 1, target: 550_000, rivals: "Encrypted ERC, transfer: 947,000" },
  settleBuy: { leaves: 1, target: 550_000, rivals: "Encrypted ERC, transfer: 947,000" },
  refund: { leaves: 1, target: null, rivals: "" },
  merge: { leaves: 1, target: null, rivals: "Zeto with nullifiers: 2,000,000" },
  withdraw: {
    leaves: 1,
    target: 450_000,
    rivals: "Privacy Pools: 450,000 to 650,000; Encrypted ERC: 796,000",
  },
};

const isMet = (figure: number | null, target: number | null) =>
  target === null || figure === null ? "" : figure <= target ? "yes" : "NO";

/** The private market: circuits, proofs and gas. */
export const run: Bench = async (progress) => {
  const trade = await tradeOnce(progress);
  const keys = await circuitKeys([...trade.requests.keys()]);
  return [await benchCircuits(keys, trade, progress), benchGas(trade), benchInsertion(trade)];
};

async function benchCircuits(
  keys: readonly CircuitKeys[],
  { requests }: BenchTrade,
  progress: (line: string) => void,
): Promise<BenchTable> {
  const chromium = await measureChromium(keys, requests, progress);
  const chromiumNote =
    chromium === undefined
      ? "Chromium was NOT measured: there is none; on Debian, apt-get install chromium."
      : `Chromium ${chromium.version}, in a worker.`;
  if (chromium === undefined) progress(chromiumNote);
  const rows = [];
  for (const key of keys) {
    const circuit = key.name as CircuitName;
    progress(`${circuit} in Node`);
    const { constraintCount } = readR1cs(await readFile(key.r1cs));
    const node = await measureNode(key, requests.get(circuit)!);
    const inChromium = chromium?.circuits.get(circuit);
    const budget = BUDGETS[circuit] ?? null;
    rows.push({
      circuit,
      constraints: constraintCount,
      budget,
      withinBudget: isMet(constraintCount, budget),
      keysMB: Number((node.keyBytes / 1e6).toPrecision(3)),
      nodeMs: roundMs(node.proveMs),
      nodeLeastMs: roundMs(node.leastMs),
      nodeMet: isMet(node.proveMs, NODE_TARGET_MS),
      oneCoreMs: roundMs(node.oneCoreMs),
      chromiumMs: inChromium === undefined ? null : roundMs(inChromium.proveMs),
      chromiumLeastMs: inChromium === undefined ? null : roundMs(inChromium.leastMs),
      chromiumFirstMs: inChromium === undefined ? null : roundMs(inChromium.firstMs),
      chromiumMet: isMet(inChromium?.proveMs ?? null, CHROMIUM_TARGET_MS),
      verifyMs: roundMs(node.verifyMs),
      verifyMet: isMet(node.verifyMs, VERIFY_TARGET_MS),
      load: Number(loadavg()[0]!.toPrecision(2)),
    });
  }
  return {
    title: "Circuits, and proofs of a real trade",
    rows,
    notes: [
      `Constraints are those of circom with --O2, none of which is linear. Targets: ${NODE_TARGET_MS} ms in Node, ` +
        `${CHROMIUM_TARGET_MS} ms in Chromium, ${VERIFY_TARGET_MS} ms to verify in Node. Medians, with the witness and a ` +
        "check of the signals; the first proof in Chromium fetches and checks the keys from this machine besides. One core: the " +
        "processor's time of a proof without threads, which says more where other programs run.",
      `${chromiumNote} The load is the machine's average of one minute when the row was done: above its cores, other ` +
        "programs took a part of each.",
      "Privacy Pools' circuit has 17,442 constraints, Zeto's 36,904 to 49,059, Encrypted ERC's 51,519.",
    ],
  };
}

function benchGas({ gas, insertion }: BenchTrade): BenchTable {
  return {
    title: "Gas of each verb with a real proof",
    rows: [...gas].map(([verb, parts]) => {
      const { leaves, target, rivals } = VERBS[verb]!;
      const insertionIn = (batch: number) => leaves * insertion.get(TREE_LEAVES)!.get(batch)!;
      const withBatch = (batch: number) => Math.round(parts.gas + insertionIn(batch));
      const total = withBatch(16);
      return {
        verb,
        proof: parts.proof,
        memoAndLog: parts.memoAndLog,
        storage: parts.storage,
        calldata: parts.calldata,
        token: parts.token,
        hashing: parts.hashing,
        rest: parts.rest,
        transaction: parts.gas,
        insertionIn16: Math.round(insertionIn(16)),
        total,
        totalIn32: withBatch(32),
        totalAlone: withBatch(1),
        target,
        met: isMet(total, target),
        rivals,
      };
    }),
    notes: [
      "By the trace of each transaction, on a chain that has been in use: the queue's slots are written. " +
        "The parts add up to the transaction. Rest: every transaction's 21,000, checks, and copying signals. Hashing: " +
        "the participants' tree, at once. Token: the settlement token's own transfers.",
      "A note is inserted into the tree by a transaction of its own, which anybody sends for many: total is with the part of " +
        `a batch of 16 in a tree of ${TREE_LEAVES.toLocaleString("en")} leaves, and beside it with that of a batch of 32 ` +
        "and with a transaction that inserts this note alone.",
      "Rivals' figures are those that they publish, for a transfer of comparable privacy where nothing else is named; " +
        "Semaphore and Privacy Pools encrypt no copy for a regulator.",
    ],
  };
}

function benchInsertion({ insertion }: BenchTrade): BenchTable {
  return {
    title: "Gas of a leaf's insertion",
    rows: [...insertion].map(([leavesBefore, byBatch]) => ({
      leavesBefore,
      ...Object.fromEntries(
        BATCHES.map((batch) => [
          batch === 1 ? "alone" : `batchOf${batch}`,
          Math.round(byBatch.get(batch)!),
        ]),
      ),
    })),
    notes: [
      "The mean of eight batches, one after the other; the transaction's 21,000 included. LeanIMT one by one: 136,000 " +
        "early, 199,000 at 1,000 leaves.",
    ],
  };
}
