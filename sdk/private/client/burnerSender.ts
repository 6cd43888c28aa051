import { Wallet, type Provider } from "ethers";
import { toNotSentError } from "../../clients/notSentError.ts";
import { TransactionSender } from "../../clients/transactionSender.ts";
import { BaseError } from "../../errors.ts";
import type { PoolSender } from "./poolSender.ts";

/** On this chain gas has a price, which a key that was made a moment ago cannot pay. */
export class BurnerWithoutGasError extends BaseError {
  override name = "BurnerWithoutGasError";

  constructor(baseFeePerGas: bigint) {
    super(`Gas costs ${baseFeePerGas} wei here, and a key that is used once has no ether.`, {
      metaMessages: [
        "Use a relayer, or fund each key by a faucet that does not know you (option `fund`).",
      ],
    });
  }
}

export interface BurnerOptions {
  /** Gives an address what a transaction costs, in a way that tells nobody whose it is. */
  fund?: (address: string) => Promise<void>;
}

/**
 * Sends each transaction from a key of its own, which is forgotten afterwards: no two have a sender in common. The
 * node that it is sent to still sees from where it comes.
 */
export function burnerSender(provider: Provider, { fund }: BurnerOptions = {}): PoolSender {
  return {
    async send(call) {
      const wallet = Wallet.createRandom(provider);
      if (fund === undefined) await requireFreeGas(provider);
      else await fund(wallet.address);
      return (await TransactionSender.of(wallet)).send(call);
    },
  };
}

async function requireFreeGas(provider: Provider): Promise<void> {
  const block = await provider.getBlock("latest").catch((error: unknown) => {
    throw toNotSentError(error);
  });
  const baseFee = block?.baseFeePerGas ?? 0n;
  if (baseFee !== 0n) throw new BurnerWithoutGasError(baseFee);
}
