import type { AgentClient } from "../../../sdk/clients/agentClient.ts";
import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import type { ParticipantClient } from "../../../sdk/clients/participantClient.ts";
import type { MarketReads } from "../../../sdk/clients/marketReads.ts";
import { sealDay, sealOrder } from "../../../sdk/clients/orderSealer.ts";
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
  /** From 0 to 1: how late it acts, so that not all do at once. */
  part: number;
  openingKey: string;
  log: (line: string) => void;
}

/** Before another try. */
const RETRY_S = 0.3;
/** Orders are prepared from this part of a period before the window opens, spread over the next. */
const EARLIEST = 0.45;
const SPREAD = 0.35;
/** The last agent sends when this part of the order window has passed. */
const LATEST = 0.3;
/** Less is not worth an order. */
const LEAST_WH = 5;

/** What an agent has ready when the window opens. */
type Submit = () => Promise<unknown>;

/** Forecasts, prices and seals orders for one participant: before the window opens, so that it only has to send. */
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
      part,
      log,
      participant,
    } = this.#options;
    const { periodLength } = reads.constants;
    let period = Math.max(firstPeriod, reads.periodAt(clock.nowS()) + 1);
    for (; period <= lastPeriod && !signal.aborted; ++period) {
      const opensAt = reads.startOf(period - 1);
      await clock.until(opensAt - periodLength * (EARLIEST - part * SPREAD), signal);
      const submit = await this.#prepare(period);
      if (submit === undefined) continue;
      const { gateClosure } = await reads.parametersOf(period);
      await clock.until(opensAt + part * LATEST * gateClosure, signal);
      const closesAt = opensAt + gateClosure;
      if (clock.nowS() >= closesAt) {
        // The process was paused, or the machine is too slow for so short a period.
        log(`participant ${participant}, period ${period}: too late for an order`);
        continue;
      }
      while (!(await this.#try(period, submit)) && clock.nowS() + RETRY_S < closesAt) {
        await clock.until(clock.nowS() + RETRY_S, signal);
      }
    }
  }

  /** @returns false where it is worth another try: the chain's clock may lag behind by a block */
  async #try(period: number, submit: Submit): Promise<boolean> {
    const { log, participant } = this.#options;
    try {
      await submit();
      return true;
    } catch (error) {
      if (!(error instanceof ContractRevertedError)) throw error;
      if (error.reason.name === "GateNotOpen") return false;
      log(`participant ${participant}, period ${period}: ${error.shortMessage}`);
      return true;
    }
  }

  async #prepare(period: number): Promise<Submit | undefined> {
    const { submission, reads, participant, openingKey } = this.#options;
    const { domain } = reads.constants;
    await this.#learn();
    const latest = await this.#latest();
    if (submission.kind === "schedule") {
      const day = Math.floor(period / SCHEDULE_PERIODS);
      if ((await reads.scheduledPeriods(participant, day)) !== 0n) return undefined;
      const orders = this.#ordersOf(day, period, latest);
      if (orders.length === 0) return undefined;
      const sealed = await sealDay(domain, participant, day, orders, openingKey);
      return () => submission.client.submitSchedule(sealed);
    }
    const order = this.#order(period, latest);
    if (order === undefined) return undefined;
    const sealed = await sealOrder(domain, order, openingKey);
    return async () => {
      if (submission.kind === "order") await submission.client.submitOrder(period, sealed);
      else await submission.client.submitOrderFor(participant, period, sealed);
      this.#before = { period, energyWh: order.energyWh };
    };
  }

  #ordersOf(day: number, first: number, latest: SlotEnergy | undefined): SealableOrder[] {
    const { lastPeriod = Infinity } = this.#options;
    const end = Math.min((day + 1) * SCHEDULE_PERIODS - 1, lastPeriod);
    return Array.from({ length: end - first + 1 }, (_, i) => this.#order(first + i, latest)).filter(
      (order) => order !== undefined,
    );
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
    this.#before = undefined;
    if (before === undefined) return;
    const order = await reads.orderOf(before.period, participant);
    if (order.opened) price.learn(order.filledWh / order.energyWh);
  }
}
