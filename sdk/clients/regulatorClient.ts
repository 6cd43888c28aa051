import type { TransactionReceipt } from "ethers";
import { encodeCall, marketInterface } from "./contractHandle.ts";
import type { MarketReads } from "./marketReads.ts";
import type { TransactionSender } from "./transactionSender.ts";

/** What the regulator does: it freezes accounts and moves no money. */
export class RegulatorClient {
  readonly reads: MarketReads;
  readonly sender: TransactionSender;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.reads = reads;
    this.sender = sender;
  }

  /** Freezes or unfreezes an account: no withdrawal, no new order, no opening. */
  setFrozen(participant: number, frozen: boolean): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "setFrozen", [participant, frozen]),
    );
  }
}
