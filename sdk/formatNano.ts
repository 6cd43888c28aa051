const NANO_PER_UNIT = 1_000_000_000n;

/** An amount of nano-currency in units of currency, exactly: `12.5`. */
export function formatNano(amountNano: bigint | string): string {
  const amount = BigInt(amountNano);
  const size = amount < 0n ? -amount : amount;
  const fraction = (size % NANO_PER_UNIT).toString().padStart(9, "0").replace(/0+$/, "");
  const whole = (size / NANO_PER_UNIT).toString();
  return `${amount < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
