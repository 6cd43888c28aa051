import type { AgentClient } from "../../../sdk/clients/agentClient.ts";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import type { ParticipantClient } from "../../../sdk/clients/participantClient.ts";
import type { MarketReads } from "../../../sdk/clients/marketReads.ts";
import type { Clock } from "../../../sdk/clock.ts";
import type { SealableOrder } from "../../../sdk/orders/packedOrder.ts";
import { SCHEDULE_PERIODS } from "../../../sdk/orders/schedule.ts";
import type { SlotEnergy } from "../profiles/energyProfile.ts";
import type { Forecast } from "./forecast.ts";
import type { AdaptivePrice } from "./pricing.ts";

/** How an agent brings its orders to the market. */
export type Submission =
  /** One order before each gate. */
  | { kind: "order"; client: ParticipantClient }
  /** A day's orders at once. */
  | { kind: "schedule"; client: ParticipantClient }
  /** One order before each gate, for somebody else under a mandate. */
  | { kind: "mandate"; client: AgentClient };

export interface BiddingAgentOptions {
  participant: number;
  reads: MarketReads;
  submission: Submission;
  forecast: Forecast;
  price: AdaptivePrice;
  clock: Clock;
  /** The quarter-hour of the profile that a period stands for. */
  slotOf: (period: number) => number;
  firstPeriod: number;
  /** The last period to trade for; none unless given. */
  lastPeriod?: number;
  /** How long after the start of the order window it acts, as a part of the window. */
  delay: number;
  openingKey: string;
  log: (line: string) => void;
}

/** Before another try. */
const RETRY_S = 0.3;
/** Less is not worth an order. */
const LEAST_WH = 5;

/** Forecasts, prices and seals orders for one participant. */
export class BiddingAgent {
  readonly #options: BiddingAgentOptions;
  #before: { period: number; energyWh: number } | undefined;

  constructor(options: BiddingAgentOptions) {
    this.#options = options;
  }

  /** Runs until the signal, or until the last period has been ordered for. */
  async run(signal: AbortSignal): Promise<void> {
    const {
      reads,
      clock,
      firstPeriod,
      lastPeriod = Infinity,
      delay,
      log,
      participant,
    } = this.#options;
    let period = Math.max(firstPeriod, reads.periodAt(clock.nowS()) + 1);
    for (; period <= lastPeriod && !signal.aborted; ++period) {
      const opensAt = reads.startOf(period - 1);
      const { gateClosure } = await reads.parametersOf(period);
      await clock.until(opensAt + delay * gateClosure, signal);
      // After a pause of the process this gate may be past already.
      if (clock.nowS() >= opensAt + gateClosure) {
        log(`participant ${participant}, period ${period}: too late for an order`);
        continue;
      }
      while (!(await this.#tryToAct(period)) && clock.nowS() + RETRY_S < opensAt + gateClosure) {
        await clock.until(clock.nowS() + RETRY_S, signal);
      }
    }
  }

  /** @returns false where it is worth another try: the chain's clock may lag behind by a block */
  async #tryToAct(period: number): Promise<boolean> {
    const { log, participant } = this.#options;
    try {
      await this.#act(period);
      return true;
    } catch (error) {
      if (!(error instanceof ContractRevertedError)) throw error;
      if (error.reason.name === "GateNotOpen") return false;
      log(`participant ${participant}, period ${period}: ${error.shortMessage}`);
      return true;
    }
  }

  async #act(period: number): Promise<void> {
    const { submission, reads, participant } = this.#options;
    await this.#learn();
    const latest = await this.#latest();
    if (submission.kind === "schedule") {
      const day = Math.floor(period / SCHEDULE_PERIODS);
      if ((await reads.scheduledPeriods(participant, day)) === 0n)
        await this.#sealDay(day, period, latest);
      return;
    }
    const order = this.#order(period, latest);
    if (order === undefined) return;
    if (submission.kind === "order")
      await submission.client.submitOrder(order, this.#options.openingKey);
    else await submission.client.submitOrderFor(order, this.#options.openingKey);
    this.#before = { period, energyWh: order.energyWh };
  }

  async #sealDay(day: number, first: number, latest: SlotEnergy | undefined): Promise<void> {
    const { submission, lastPeriod = Infinity, openingKey } = this.#options;
    const end = Math.min((day + 1) * SCHEDULE_PERIODS - 1, lastPeriod);
    const orders = Array.from({ length: end - first + 1 }, (_, i) =>
      this.#order(first + i, latest),
    ).filter((order) => order !== undefined);
    if (orders.length === 0 || submission.kind !== "schedule") return;
    await submission.client.submitSchedule(day, orders, openingKey);
  }

  #order(period: number, latest: SlotEnergy | undefined): SealableOrder | undefined {
    const { forecast, price, slotOf, participant } = this.#options;
    const { importWh, exportWh } = forecast.expect(slotOf(period), latest);
    const side = exportWh > importWh ? "sell" : "buy";
    const energyWh = Math.abs(exportWh - importWh);
    if (energyWh < LEAST_WH) return undefined;
    return { participant, period, side, energyWh, priceMicroPerKwh: price.priceMicroPerKwh(side) };
  }

  /** What was metered last, from the chain. */
  async #latest(): Promise<SlotEnergy | undefined> {
    const { reads, participant } = this.#options;
    const { hasReading, importDeltaWh, exportDeltaWh } = await reads.meterOf(participant);
    return hasReading
      ? { importWh: Number(importDeltaWh), exportWh: Number(exportDeltaWh) }
      : undefined;
  }

  async #learn(): Promise<void> {
    const { reads, participant, price } = this.#options;
    const before = this.#before;
    if (before === undefined) return;
    const order = await reads.orderOf(before.period, participant);
    if (order.opened) price.learn(order.filledWh / order.energyWh);
  }
}
