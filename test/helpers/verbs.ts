// The verbs of a period, as tests use them.
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { toBeHex, type ContractTransactionReceipt, type ContractTransactionResponse } from "ethers";
import { decodeAccountsSettled, type SettledAccount } from "../../sdk/events/accountsSettled.ts";
import { decodeContractError, type ContractError } from "../../sdk/events/contractError.ts";
import { decodeTradesFormed, type FormedTrade } from "../../sdk/events/tradesFormed.ts";
import { hashOrder } from "../../sdk/orders/commitment.ts";
import { packOpening, type OrderOpening } from "../../sdk/orders/opening.ts";
import type { ScheduledOrderOpening } from "../../sdk/orders/opening.ts";
import type { OrderSide } from "../../sdk/orders/packedOrder.ts";
import { signReading, type SignedReading } from "../../sdk/readings/reading.ts";
import { goTo, type MarketFixture, type Participant } from "./market.ts";

/** Quantity and limit of an order. */
export interface Quote {
  side: OrderSide;
  energyWh: number;
  priceMicroPerKwh: number;
}

export const sell = (energyWh: number, priceMicroPerKwh: number): Quote => ({
  side: "sell",
  energyWh,
  priceMicroPerKwh,
});

export const buy = (energyWh: number, priceMicroPerKwh: number): Quote => ({
  side: "buy",
  energyWh,
  priceMicroPerKwh,
});

/** 32 bytes that are the same in every run. */
export const saltOf = (participant: number, period: number, nonce = 0): string =>
  toBeHex((BigInt(nonce) << 64n) | (BigInt(participant) << 32n) | BigInt(period), 32);

/** The opening of an order that is not sealed yet. */
export function openingOf(
  { id }: Pick<Participant, "id">,
  period: number,
  quote: Quote,
  salt = saltOf(id, period),
): OrderOpening {
  return { order: { participant: id, period, ...quote }, salt };
}

/** Seals an order by its owner. */
export async function submit(
  { market, domain }: MarketFixture,
  participant: Participant,
  period: number,
  quote: Quote,
  salt = saltOf(participant.id, period),
): Promise<OrderOpening> {
  const opening = openingOf(participant, period, quote, salt);
  await market
    .connect(participant.owner)
    .submitOrder(period, hashOrder(domain, opening.order, salt), "0x");
  return opening;
}

/** What `openOrder` takes. */
export const single = ({ order, salt }: OrderOpening, hint = 0) => ({
  opening: packOpening(order, 0n, hint),
  salt,
});

/** What `openScheduledOrder` takes. */
export const scheduled = ({ order, salt, proof, periods }: ScheduledOrderOpening, hint = 0) => ({
  opening: packOpening(order, periods, hint),
  salt,
  proof: [...proof] as Proof,
});

type Proof = [string, string, string, string, string, string, string];

/** Seconds into the period before delivery at which its orders open, and at which they clear. */
export const opensAt = ({ parameters }: MarketFixture): number => parameters.gateClosure;
export const clearsAt = ({ parameters }: MarketFixture): number => parameters.openingEnd;

/** Seals the orders of a period, goes to its opening and opens them. */
export async function sealAndOpen(
  fixture: MarketFixture,
  period: number,
  quotes: readonly (readonly [Participant, Quote])[],
): Promise<OrderOpening[]> {
  const { market } = fixture;
  if ((await market.currentPeriod()) < BigInt(period - 1)) await goTo(fixture, period - 1, 1);
  const openings: OrderOpening[] = [];
  for (const [participant, quote] of quotes) {
    openings.push(await submit(fixture, participant, period, quote));
  }
  await goTo(fixture, period - 1, opensAt(fixture));
  for (const opening of openings) await market.openOrder(period, single(opening));
  return openings;
}

/** {@link sealAndOpen}, and clears at once. */
export async function trade(
  fixture: MarketFixture,
  period: number,
  quotes: readonly (readonly [Participant, Quote])[],
): Promise<FormedTrade[]> {
  await sealAndOpen(fixture, period, quotes);
  await goTo(fixture, period - 1, clearsAt(fixture));
  return tradesOf(fixture, await sent(fixture.market.clear(period, 1_000)));
}

/** A participant's reading, signed by its gateway. */
export function sign(
  { typedDomain }: MarketFixture,
  participant: Participant,
  period: number,
  importWh: number | bigint,
  exportWh: number | bigint,
  { gateway = participant.gateway, meterId = participant.meterId }: Partial<Participant> = {},
): Promise<SignedReading> {
  return signReading(gateway, typedDomain, {
    participant: participant.id,
    meterId,
    period,
    importWh: BigInt(importWh),
    exportWh: BigInt(exportWh),
  });
}

/** Signs and reports registers. */
export async function report(
  fixture: MarketFixture,
  participant: Participant,
  period: number,
  importWh: number | bigint,
  exportWh: number | bigint,
): Promise<void> {
  const reading = await sign(fixture, participant, period, importWh, exportWh);
  await fixture.market.reportReading(reading);
}

/** Settles all accounts of a period. */
export async function settle(fixture: MarketFixture, period: number): Promise<SettledAccount[]> {
  return settlementsOf(fixture, await sent(fixture.market.settle(period, 2, 10_000)));
}

/** The receipt of a transaction. */
export async function sent(
  transaction: Promise<ContractTransactionResponse>,
): Promise<ContractTransactionReceipt> {
  const receipt = await (await transaction).wait();
  if (receipt === null) throw new Error("The transaction was not mined.");
  return receipt;
}

/** The arguments of every event of one name in a receipt. */
export function eventsOf(
  { market }: MarketFixture,
  receipt: ContractTransactionReceipt,
  name: string,
): Record<string, unknown>[] {
  return receipt.logs.flatMap((log) => {
    const parsed = market.interface.parseLog(log);
    return parsed?.name === name ? [parsed.args.toObject() as Record<string, unknown>] : [];
  });
}

/** The trades that a transaction formed. */
export function tradesOf(
  fixture: MarketFixture,
  receipt: ContractTransactionReceipt,
): FormedTrade[] {
  return eventsOf(fixture, receipt, "TradesFormed").flatMap(({ trades }) =>
    decodeTradesFormed([...(trades as bigint[])]),
  );
}

/** The accounts that a transaction settled. */
export function settlementsOf(
  fixture: MarketFixture,
  receipt: ContractTransactionReceipt,
): SettledAccount[] {
  return eventsOf(fixture, receipt, "AccountsSettled").flatMap(({ settlements }) =>
    decodeAccountsSettled([...(settlements as bigint[])]),
  );
}

/** Why openings or readings of a batch were refused. */
export function refusalsOf(
  fixture: MarketFixture,
  receipt: ContractTransactionReceipt,
): ContractError[] {
  return ["OpeningRefused", "ReadingRefused"].flatMap((name) =>
    eventsOf(fixture, receipt, name).map(({ reason }) => decodeContractError(reason as string)),
  );
}

export type Signer = HardhatEthersSigner;
