/** What a simulated meter measures. */
export interface MeteredLoad {
  /** Cumulative energy since the simulation began, at a time in unix seconds. */
  energyAt(timeS: number): { importWh: bigint; exportWh: bigint };
  /** Power drawn from the grid, negative where it is fed in. */
  powerWAt(timeS: number): number;
}

/** The same power for ever, from a time in unix seconds on. */
export function constantLoad(powerW: number, startS: number): MeteredLoad {
  return {
    energyAt(timeS) {
      const energyWh = BigInt(Math.floor((Math.abs(powerW) * Math.max(0, timeS - startS)) / 3600));
      return powerW >= 0
        ? { importWh: energyWh, exportWh: 0n }
        : { importWh: 0n, exportWh: energyWh };
    },
    powerWAt: () => powerW,
  };
}
