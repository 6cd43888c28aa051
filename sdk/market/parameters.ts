/** The rules of a market; see `contracts/types/MarketParameters.sol` for the meaning and unit of each. */
export interface MarketParameters {
  gateClosure: number;
  openingEnd: number;
  clearingEnd: number;
  settlementDue: number;
  gracePeriods: number;
  missedReadingsLimit: number;
  shortBps: number;
  longBps: number;
  rewardBps: number;
  penaltyBps: number;
  toleranceBps: number;
  minPriceMicroPerKwh: number;
  maxPriceMicroPerKwh: number;
  referencePriceMicroPerKwh: number;
  maxEnergyWh: number;
  minAverageWh: number;
  marginNano: bigint;
  nonOpeningChargeNano: bigint;
}

/**
 * The source's market (seed 003, section 3.1): 3 minutes of orders, clearing until 10, settlement within 15, and
 * its coefficients; scaled to another length of period.
 */
export function defaultParameters(periodLength = 900): MarketParameters {
  const at = (minute: number) => Math.max(1, Math.round((periodLength * minute) / 15));
  return {
    gateClosure: at(3),
    openingEnd: at(7),
    clearingEnd: at(10),
    settlementDue: at(15),
    gracePeriods: 4,
    missedReadingsLimit: 12,
    shortBps: 11_000,
    longBps: 9_000,
    rewardBps: 100,
    penaltyBps: 500,
    toleranceBps: 1_000,
    minPriceMicroPerKwh: 10_000,
    maxPriceMicroPerKwh: 1_000_000,
    referencePriceMicroPerKwh: 200_000,
    maxEnergyWh: 1_000_000,
    minAverageWh: 1_000,
    marginNano: 5_000_000_000n,
    nonOpeningChargeNano: 100_000_000n,
  };
}
