import type { TransactionReceipt } from "ethers";
import type { SealableOrder } from "../orders/packedOrder.ts";
import { encodeCall, marketInterface } from "./contractHandle.ts";
import type { MarketReads } from "./marketReads.ts";
import { sealDay, sealOrder, type SealedOrder, type SealedSchedule } from "./orderSealer.ts";
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

  /** Seals an order for a participant. The mandate's limits are checked when it opens. */
  async submitOrderFor(
    order: SealableOrder,
    openingKey: string | undefined,
  ): Promise<{ sealed: SealedOrder; receipt: TransactionReceipt }> {
    const { constants, addresses } = this.reads;
    const sealed = await sealOrder(constants.domain, order, openingKey);
    const { commitment, sealedOpening } = sealed;
    const receipt = await this.sender.send(
      encodeCall(addresses.market, marketInterface, "submitOrderFor", [
        order.participant,
        order.period,
        commitment,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
    return { sealed, receipt };
  }

  /** Seals a day's orders for a participant. */
  async submitScheduleFor(
    participant: number,
    day: number,
    orders: readonly Omit<SealableOrder, "participant">[],
    openingKey: string | undefined,
  ): Promise<{ sealed: SealedSchedule; receipt: TransactionReceipt }> {
    const { constants, addresses } = this.reads;
    const full = orders.map((order) => ({ ...order, participant }));
    const sealed = await sealDay(constants.domain, participant, day, full, openingKey);
    const { schedule, sealedOpening } = sealed;
    const receipt = await this.sender.send(
      encodeCall(addresses.market, marketInterface, "submitScheduleFor", [
        participant,
        day,
        schedule.root,
        schedule.periods,
        sealedOpening,
      ]),
      { gasLimit: sealGas(sealedOpening) },
    );
    return { sealed, receipt };
  }
}
