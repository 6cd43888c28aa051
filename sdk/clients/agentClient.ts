import type { TransactionReceipt } from "ethers";
import { encodeCall, marketInterface } from "./contractHandle.ts";
import type { MarketReads } from "./marketReads.ts";
import type { SealedOrder, SealedSchedule } from "./orderSealer.ts";
import { sealGas } from "./participantClient.ts";
import type { TransactionSender } from "./transactionSender.ts";

/** What a bidding agent does for participants that gave it a mandate, with the agent's key. */
export class AgentClient {
  readonly reads: MarketReads;
  readonly sender: TransactionSender;

  constructor(reads: MarketReads, sender: TransactionSender) {
    this.reads = reads;
    this.sender = sender;
  }

  /** Submits a participant's sealed order. The mandate's limits are checked when it opens. */
  submitOrderFor(
    participant: number,
    period: number,
    { commitment, sealedOpening }: SealedOrder,
  ): Promise<TransactionReceipt> {
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "submitOrderFor", [
        participant,
        period,
        commitment,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
  }

  /** Submits a participant's sealed day. */
  submitScheduleFor(
    participant: number,
    { schedule, sealedOpening }: SealedSchedule,
  ): Promise<TransactionReceipt> {
    const { day, root, periods } = schedule;
    return this.sender.send(
      encodeCall(this.reads.addresses.market, marketInterface, "submitScheduleFor", [
        participant,
        day,
        root,
        periods,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
  }
}
