import { Contract, type Provider } from "ethers";
import { readTokenNano } from "../../audit/readState.ts";
import { inParallel } from "../../audit/readChain.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import type { PoolState } from "../chain/poolState.ts";

/** A plan as the contract has it. */
export interface PlanOnChain {
  state: "none" | "open" | "matched" | "proven" | "ended" | "unknown";
  sell: boolean;
  period: bigint;
  strikes: number;
}

/** A match as the contract has it. */
export interface MatchOnChain {
  state: "none" | "proposed" | "agreed" | "lapsed" | "unknown";
  sellSettled: boolean;
  buySettled: boolean;
  sellRest: bigint;
  buyRest: bigint;
  actual: bigint;
}

/** What the contract holds at a block, of what the logs tell of. */
export interface PoolOnChain {
  noteRoot: bigint;
  noteSize: number;
  pendingLeaves: number;
  reservedLeaves: number;
  participantsRoot: bigint;
  participantsSize: number;
  auditKeyVersion: number;
  auditKey: readonly [bigint, bigint];
  plans: ReadonlyMap<bigint, PlanOnChain>;
  matches: ReadonlyMap<bigint, MatchOnChain>;
  /** Of the nullifiers that the logs tell of, those that the contract does not know. */
  unspentNullifiers: readonly bigint[];
  /** The pool's balance of the settlement token, in nano-currency, rounded down. */
  tokenNano: bigint;
}

const PLAN_STATES = ["none", "open", "matched", "ended", "proven"] as const;
const MATCH_STATES = ["none", "proposed", "agreed", "lapsed"] as const;

/** What `planOf` and `matchOf` return, by the names of their ABI. */
interface PlanResult {
  state: bigint;
  sell: boolean;
  period: bigint;
  strikes: bigint;
}
interface MatchResult {
  state: bigint;
  sellSettled: boolean;
  buySettled: boolean;
  sellRest: bigint;
  buyRest: bigint;
  actual: bigint;
}

/** Asks the contract for everything that the logs tell of. */
export async function readPoolState(
  provider: Provider,
  pool: string,
  block: number,
  { plans, matches, nullifiers }: Pick<PoolState, "plans" | "matches" | "nullifiers">,
): Promise<PoolOnChain> {
  const contract = new Contract(pool, poolInterface, provider);
  const at = { blockTag: block };
  const read = async <T>(name: string, ...args: unknown[]): Promise<T> =>
    (await contract.getFunction(name).staticCall(...args, at)) as T;
  const [noteRoot, noteSize, pending] = await read<[bigint, bigint, bigint]>("noteTree");
  const [participantsRoot, size] = await read<[bigint, bigint]>("participantsTree");
  const [version, x, y] = await read<[bigint, bigint, bigint]>("auditKey");
  const booked = await inParallel([...plans.keys()], async (plan) => {
    const { state, sell, period, strikes } = await read<PlanResult>("planOf", plan);
    return [
      plan,
      {
        state: PLAN_STATES[Number(state)] ?? "unknown",
        sell,
        period,
        strikes: Number(strikes),
      },
    ] as const;
  });
  const known = await inParallel([...matches.keys()], async (record) => {
    const { state, sellSettled, buySettled, sellRest, buyRest, actual } = await read<MatchResult>(
      "matchOf",
      record,
    );
    return [
      record,
      {
        state: MATCH_STATES[Number(state)] ?? "unknown",
        sellSettled,
        buySettled,
        sellRest,
        buyRest,
        actual,
      },
    ] as const;
  });
  const spent = await inParallel([...nullifiers], async (nullifier) => ({
    nullifier,
    isSpent: await read<boolean>("isSpent", nullifier),
  }));
  return {
    noteRoot,
    noteSize: Number(noteSize),
    pendingLeaves: Number(pending),
    reservedLeaves: Number(await read<bigint>("reservedLeaves")),
    participantsRoot,
    participantsSize: Number(size),
    auditKeyVersion: Number(version),
    auditKey: [x, y],
    plans: new Map(booked),
    matches: new Map(known),
    unspentNullifiers: spent.filter(({ isSpent }) => !isSpent).map(({ nullifier }) => nullifier),
    tokenNano: await readTokenNano(provider, await read<string>("token"), pool, block),
  };
}
