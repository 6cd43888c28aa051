// The verbs of the matching record.
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { id, type ContractTransactionResponse } from "ethers";
import {
  OPENING_KINDS,
  type OpeningKind,
} from "../../sdk/private/epochs/matchingRecordInterface.ts";
import { POOL_TERMS, type PoolFixture } from "./privateMarket.ts";
import {
  confirm,
  deposit,
  fresh,
  joinPool,
  proposalOf,
  propose,
  submitBuyPlan,
  submitSellPlan,
  type Proposal,
} from "./privateVerbs.ts";

type Signer = HardhatEthersSigner;
type Sent = Promise<ContractTransactionResponse>;

/** Seconds from the genesis to when plans of a period close. */
export const plansEnd = (period: number) => period * POOL_TERMS.periodLength - POOL_TERMS.plansLead;

/** Seconds from the genesis to the end of a period. */
export const deliveryEnd = (period: number) => (period + 1) * POOL_TERMS.periodLength;

export function announce(
  { record, actors }: PoolFixture,
  fromPeriod: number,
  manifest: string = id(`manifest from ${fromPeriod}`),
  by: Signer = actors.keyHolder,
): Sent {
  return record.connect(by).announceEpoch(fromPeriod, manifest);
}

/** What an opening is logged with. */
export interface OpeningOptions {
  period?: number;
  kind?: OpeningKind;
  round?: string;
  content?: string;
  count?: number;
  by?: Signer;
}

export function logOpening(
  { record, actors }: PoolFixture,
  {
    period = 0,
    kind = "ranks",
    round = id("a round"),
    content = id("a content"),
    count = 7,
    by = actors.keyHolder,
  }: OpeningOptions = {},
): Sent {
  const number = OPENING_KINDS.indexOf(kind);
  return record.connect(by).logOpening(period, number, round, content, count);
}

export function recordVerdicts(
  { record, actors }: PoolFixture,
  period: number,
  records: readonly bigint[],
  within: readonly boolean[] = records.map(() => true),
  by: Signer = actors.keyHolder,
): Sent {
  return record.connect(by).recordVerdicts(period, [...records], [...within]);
}

/** Proposes matches of a period to both sides, who have joined and have notes. */
export async function proposeSome(
  fixture: PoolFixture,
  period: number,
  count: number,
): Promise<Proposal[]> {
  const proposals: Proposal[] = [];
  for (let i = 0; i < count; i++) {
    const proposal = proposalOf(fresh(), fresh());
    await submitSellPlan(fixture, { plan: proposal.sellPlan, period });
    await submitBuyPlan(fixture, { plan: proposal.buyPlan, period });
    proposals.push(proposal);
  }
  await propose(fixture, ...proposals);
  return proposals;
}

/** Both sides confirm a match. */
export async function agree(fixture: PoolFixture, proposal: Proposal): Promise<void> {
  await confirm(fixture, "sell", proposal);
  await confirm(fixture, "buy", proposal);
}

/** Lets a fixture's participants make plans. */
export async function makeReady(fixture: PoolFixture): Promise<void> {
  await joinPool(fixture, fixture.actors.seller);
  await deposit(fixture);
  await fixture.pool.insertLeaves(1);
}
