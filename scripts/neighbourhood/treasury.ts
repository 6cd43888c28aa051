import {
  currencyInterface,
  encodeCall,
  marketInterface,
} from "../../sdk/clients/contractHandle.ts";
import type { MarketReads } from "../../sdk/clients/marketReads.ts";
import type { ContractCall, TransactionSender } from "../../sdk/clients/transactionSender.ts";

const GRID = 1;

/** The treasurer of a community currency: mints what was paid in outside the chain. */
export class Treasury {
  readonly #reads: MarketReads;
  readonly #sender: TransactionSender;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.#reads = reads;
    this.#sender = sender;
  }

  async mint(to: string, amountNano: bigint): Promise<void> {
    await this.#sender.send(this.#token("mint", [to, amountNano]));
  }

  /** Fills the grid's account, from which longs are paid, and the incentive fund, from which rewards are. */
  async endow(gridNano: bigint, fundNano: bigint): Promise<void> {
    const { market } = this.#reads.addresses;
    const totalNano = gridNano + fundNano;
    await this.mint(this.#sender.address, totalNano);
    await this.#sender.send(this.#token("approve", [market, totalNano]));
    await this.#sender.send(encodeCall(market, marketInterface, "deposit", [GRID, gridNano]));
    await this.#sender.send(encodeCall(market, marketInterface, "fundIncentives", [fundNano]));
  }

  #token(name: string, args: readonly unknown[]): ContractCall {
    return encodeCall(this.#reads.addresses.token, currencyInterface, name, args);
  }
}
