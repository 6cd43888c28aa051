import { formatEther, formatUnits } from "ethers";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import { bad, good, type Finding } from "./finding.ts";

/** A block may be made by a machine whose clock is a little ahead. */
const MOST_AHEAD_S = 60;

/** Whether the gateway can pay for its transactions. */
export async function checkAccount(
  gateway: string,
  maxFeePerGas: bigint,
  { provider }: MarketReads,
): Promise<Finding> {
  const place = { what: "account", where: gateway };
  const [balance, block] = await Promise.all([
    provider.getBalance(gateway),
    provider.getBlock("latest"),
  ]);
  const baseFee = block?.baseFeePerGas ?? 0n;
  const price = `${formatUnits(baseFee, "gwei")} Gwei`;
  if (baseFee === 0n) return good(place, `${formatEther(balance)} ether; gas is free`);
  if (balance === 0n) {
    return bad(
      place,
      `It has no ether, and a unit of gas costs ${price}.`,
      "Send it some: it pays for the transactions that report readings.",
    );
  }
  if (baseFee > maxFeePerGas) {
    return bad(
      place,
      `A unit of gas costs ${price}, more than sending.maxFeePerGasGwei allows.`,
      "Raise it, or wait: until then readings are kept and not sent.",
    );
  }
  return good(place, `${formatEther(balance)} ether; gas costs ${price}`);
}

/** Whether the machine's clock can be right. */
export async function checkClock({ provider }: MarketReads): Promise<Finding> {
  const place = { what: "clock", where: "this machine" };
  const block = await provider.getBlock("latest");
  const ageS = Math.round(Date.now() / 1000 - (block?.timestamp ?? 0));
  return ageS < -MOST_AHEAD_S
    ? bad(
        place,
        `The latest block is ${-ageS} s ahead of it.`,
        "Set the clock, best by NTP: until they agree readings wait.",
      )
    : good(place, `the latest block is ${Math.max(0, ageS)} s old`);
}
