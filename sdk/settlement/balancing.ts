import type { PeriodTotals } from "../events/marketEvent.ts";
import type { MarketParameters } from "../market/parameters.ts";

// Gives the figures of contracts/libraries/Balancing.sol, formula by formula: seed 003, section 1, (1) to (5).

/** Basis points of one. */
export const BPS = 10_000n;

/** What a period's price is an exact fraction of: `nano / wh` micro-currency per kWh. */
export interface PeriodPrice {
  nano: bigint;
  wh: bigint;
}

/** What a participant declared, traded and metered in one period, in Wh. */
export interface Delivery {
  declaredWh: bigint;
  soldWh: bigint;
  boughtWh: bigint;
  importWh: bigint;
  exportWh: bigint;
  sell: boolean;
}

/** Formula (2): the average price of the trades by energy; the reference price where too little was traded. */
export function periodPrice(
  totals: Pick<PeriodTotals, "tradedWh" | "tradedNano">,
  parameters: Pick<MarketParameters, "minAverageWh" | "referencePriceMicroPerKwh">,
): PeriodPrice {
  if (totals.tradedWh === 0n || totals.tradedWh < BigInt(parameters.minAverageWh))
    return { nano: BigInt(parameters.referencePriceMicroPerKwh), wh: 1n };
  return { nano: totals.tradedNano, wh: totals.tradedWh };
}

/** Formulas (1) and (5): energy times price times coefficient, rounded up. */
export function chargeNanoUp(energyWh: bigint, price: PeriodPrice, bps: number): bigint {
  const divisor = price.wh * BPS;
  return (energyWh * price.nano * BigInt(bps) + divisor - 1n) / divisor;
}

/** Formulas (3) and (4): energy times price times coefficient, rounded down. */
export function paymentNanoDown(energyWh: bigint, price: PeriodPrice, bps: number): bigint {
  return (energyWh * price.nano * BigInt(bps)) / (price.wh * BPS);
}

/** D of formulas (1) and (3): sold minus bought against metered export minus import. One of the two is 0. */
export function imbalanceWh(delivery: Delivery): { shortWh: bigint; longWh: bigint } {
  const owedWh = delivery.soldWh + delivery.importWh;
  const givenWh = delivery.boughtWh + delivery.exportWh;
  return owedWh > givenWh
    ? { shortWh: owedWh - givenWh, longWh: 0n }
    : { shortWh: 0n, longWh: givenWh - owedWh };
}

/** E and D^ of formulas (4) and (5): the energy on which declaration and meter agree, and their distance. */
export function accuracyWh(delivery: Delivery): { consistentWh: bigint; deviationWh: bigint } {
  const { declaredWh, importWh, exportWh, sell } = delivery;
  const [withWh, againstWh] = sell ? [exportWh, importWh] : [importWh, exportWh];
  if (againstWh >= withWh)
    return { consistentWh: 0n, deviationWh: declaredWh + againstWh - withWh };
  const meteredWh = withWh - againstWh;
  return meteredWh < declaredWh
    ? { consistentWh: meteredWh, deviationWh: declaredWh - meteredWh }
    : { consistentWh: declaredWh, deviationWh: meteredWh - declaredWh };
}
