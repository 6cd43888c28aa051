/** Numbers as people read them, without a locale. */
const group = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, " ");

/** A price in cents per kWh: `18.25 ct`. */
export function formatPrice(priceMicroPerKwh: number | null): string {
  return priceMicroPerKwh === null ? "–" : `${(priceMicroPerKwh / 10_000).toFixed(2)} ct`;
}

/** Energy in kWh: `3.73 kWh`. */
export function formatEnergy(energyWh: number | bigint): string {
  return `${(Number(energyWh) / 1000).toFixed(2)} kWh`;
}

/** An amount in units of currency, two digits: `1 249.50`. */
export function formatAmount(amountNano: bigint): string {
  const cents = amountNano / 10_000_000n;
  const size = cents < 0n ? -cents : cents;
  return `${cents < 0n ? "-" : ""}${group((size / 100n).toString())}.${(size % 100n).toString().padStart(2, "0")}`;
}

/** A small amount in units of currency, four digits: `0.0451`. */
export function formatSmallAmount(amountNano: number): string {
  return (amountNano / 1e9).toFixed(4);
}

/** A count with its thousands apart: `12 345`. */
export function formatCount(count: number | bigint): string {
  return group(count.toString());
}
