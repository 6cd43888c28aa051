import type { MarketContext } from "./context.ts";
import { send } from "./send.ts";

const NANO_DECIMALS = 9n;

/** An amount of nano-currency in the token's own units, rounded down: the market refuses what does not fit. */
function toUnitsDown(amountNano: bigint, decimals: bigint): bigint {
  return decimals < NANO_DECIMALS
    ? amountNano / 10n ** (NANO_DECIMALS - decimals)
    : amountNano * 10n ** (decimals - NANO_DECIMALS);
}

/** Lets the market take an amount from the caller's tokens, where it may not already. */
export async function approve(
  { token, book }: Pick<MarketContext, "token" | "book">,
  owner: string,
  amountNano: bigint,
): Promise<void> {
  const { market } = book.addresses;
  const units = toUnitsDown(amountNano, await token.decimals());
  if ((await token.allowance(owner, market)) < units) await send(token.approve(market, units));
}
