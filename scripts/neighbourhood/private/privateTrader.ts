import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import type { PrivateParticipant } from "../../../sdk/private/client/privateParticipant.ts";
import { GatewayRefusedError } from "../../../sdk/private/gateway/gatewayError.ts";
import type { PrivateGateway } from "../../../sdk/private/gateway/privateGateway.ts";
import type { StoredMatch } from "../../../sdk/private/store/noteStore.ts";
import { ServiceError } from "../../../sdk/private/wire/serviceError.ts";
import { depositNano, type TraderWish } from "./chooseTraders.ts";
import type { OwnOpenPlan, PlanDesk } from "./planDesk.ts";

export interface PrivateTraderOptions {
  wish: TraderWish;
  participant: PrivateParticipant;
  desk: PlanDesk;
  /** That of its meter. */
  gateway: Pick<PrivateGateway, "issueGeneration" | "attestDelivery">;
  /** Where it is paid out to. */
  recipient: string;
  log: (line: string) => void;
}

/** A generation note is of so much more than is offered: what is left of it is a note, too. */
const SPARE_PERCENT = 110n;

/** A resident who trades privately: one step of its life after the other. */
export class PrivateTrader {
  readonly #options: PrivateTraderOptions;

  constructor(options: PrivateTraderOptions) {
    this.#options = options;
  }

  get wish(): TraderWish {
    return this.#options.wish;
  }

  get participant(): PrivateParticipant {
    return this.#options.participant;
  }

  async join(): Promise<void> {
    await this.participant.join();
  }

  /** A seller gets energy from its gateway, a buyer pays in. */
  async fund(period: bigint, bondNano: bigint): Promise<void> {
    const { gateway, wish } = this.#options;
    if (wish.side === "buy") {
      await this.participant.deposit(depositNano(wish, bondNano));
      return;
    }
    const energyWh = (wish.energyWh * SPARE_PERCENT) / 100n;
    await gateway.issueGeneration({ to: this.participant.account, period, energyWh });
  }

  async plan(period: bigint): Promise<void> {
    const { desk } = this.#options;
    const { side, energyWh, priceMicroPerKwh } = this.wish;
    const plan = await desk.prepare({ period, energyWh, priceMicroPerKwh });
    await this.#ifPossible(async () => {
      if (side === "sell") await this.participant.submitSellPlan(plan);
      else await this.participant.submitBuyPlan(plan);
    });
  }

  /** Brings all plans that can be matched to be matched, those of rests too. */
  async bring(): Promise<void> {
    await this.participant.sync();
    const isMatchable = this.wish.side === "sell" ? () => true : (strikes: number) => strikes === 0;
    for (const { commitment, plan, strikes } of this.#openPlans()) {
      if (plan.energyWh === 0n || !isMatchable(strikes)) continue;
      await this.#ifPossible(() => this.#options.desk.bring({ commitment, plan }));
    }
  }

  /** Confirms the matches that it is in, unless it is one of those who keep silent. */
  async confirm(): Promise<void> {
    await this.participant.sync();
    if (this.wish.isSilent) return;
    const waiting = this.participant.store.matches.filter(
      ({ confirmedAtBlock, lapsedAtBlock }) =>
        confirmedAtBlock === undefined && lapsedAtBlock === undefined,
    );
    for (const { record } of waiting) {
      await this.#ifPossible(() => this.participant.confirm(record));
    }
  }

  /** A seller has what it delivered attested, and reports it. */
  async report(): Promise<void> {
    const { gateway, desk } = this.#options;
    const { store } = this.participant;
    await this.participant.sync();
    for (const { plan, match, side } of this.#agreed()) {
      if (side !== "sell") continue;
      await this.#ifPossible(async () => {
        const openings = desk.featureOpenings();
        const { features = 0n } = store.openAttributes(plan, [0n, ...openings]) ?? {};
        const attestation = await gateway.attestDelivery({ plan, features, match });
        await this.participant.reportActual(attestation, openings);
      });
    }
  }

  async settle(): Promise<void> {
    await this.participant.sync();
    for (const { record, settledAtBlock } of this.#agreed()) {
      if (settledAtBlock !== undefined) continue;
      await this.#ifPossible(() => this.participant.settle(record));
    }
  }

  /** Takes back what its open plans hold, where that is anything. */
  async refund(bondWh: bigint): Promise<void> {
    await this.participant.sync();
    for (const { commitment, plan, strikes } of this.#openPlans()) {
      const isWorthIt =
        plan.side === "sell"
          ? plan.energyWh > BigInt(strikes) * bondWh
          : plan.energyWh > 0n || strikes === 0;
      if (!isWorthIt) continue;
      await this.participant.refund(commitment, this.#options.desk.featureOpenings());
    }
  }

  /** Pays out its largest note to its own wallet. */
  async withdraw(): Promise<void> {
    await this.participant.sync();
    const amounts = this.participant.store.credit().map(({ note }) => note.amountNano);
    const largest = amounts.reduce((most, amount) => (amount > most ? amount : most), 0n);
    if (largest > 0n) await this.participant.withdraw(largest, this.#options.recipient);
  }

  #agreed(): StoredMatch[] {
    return this.participant.store.matches.filter(
      ({ agreedAtBlock }) => agreedAtBlock !== undefined,
    );
  }

  #openPlans(): (OwnOpenPlan & { strikes: number })[] {
    const { store, follower } = this.participant;
    return store.openPlans().flatMap(({ commitment, plan }) => {
      const booked = follower.state.plans.get(commitment);
      return booked?.state === "open" ? [{ commitment, plan, strikes: booked.strikes }] : [];
    });
  }

  /** What comes too late on a slow machine, a meter that was not read or a service that is gone costs a trade, not the run. */
  async #ifPossible(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      const isRefusal =
        error instanceof ContractRevertedError ||
        error instanceof GatewayRefusedError ||
        error instanceof ServiceError;
      if (!isRefusal) throw error;
      this.#options.log(`${this.wish.name}, privately: ${error.shortMessage}`);
    }
  }
}
