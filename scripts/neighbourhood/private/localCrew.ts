import type { PoolTerms } from "../../../sdk/private/chain/poolReads.ts";
import type { CountingProver } from "./countingProver.ts";
import type { PrivateTrader } from "./privateTrader.ts";
import type { CrewFigures, TraderCrew, TraderStep, UploadFigures } from "./traderCrew.ts";

export interface LocalCrewParts {
  traders: readonly PrivateTrader[];
  /** Of all of them. */
  prover: CountingProver;
  /** The delivery period of all their trades. */
  period: bigint;
  terms: Pick<PoolTerms, "bondNano" | "bondWh">;
  /** What was brought to be matched so far. */
  uploads: () => UploadFigures;
}

/** More would only wait for the prover, and their proofs' deadlines come nearer. */
const AT_A_TIME = 2;

/** Traders of this process. */
export class LocalCrew implements TraderCrew {
  readonly #parts: LocalCrewParts;

  constructor(parts: LocalCrewParts) {
    this.#parts = parts;
  }

  /** One prepares its proof while another's is made. */
  async take(step: TraderStep, signal: AbortSignal): Promise<void> {
    const { traders, period, terms } = this.#parts;
    const steps: Record<TraderStep, (trader: PrivateTrader) => Promise<void>> = {
      join: (trader) => trader.join(),
      fund: (trader) => trader.fund(period, terms.bondNano),
      plan: (trader) => trader.plan(period),
      bring: (trader) => trader.bring(),
      confirm: (trader) => trader.confirm(),
      report: (trader) => trader.report(),
      settle: (trader) => trader.settle(),
      refund: (trader) => trader.refund(terms.bondWh),
      withdraw: (trader) => trader.withdraw(),
    };
    const queue = traders.values();
    const act = async () => {
      for (const trader of queue) {
        signal.throwIfAborted();
        await steps[step](trader);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, act));
  }

  async figures(): Promise<CrewFigures> {
    const { traders, prover, uploads } = this.#parts;
    for (const { participant } of traders) await participant.sync();
    return {
      accounts: traders.map(({ wish, participant }) => ({
        participant: wish.participant,
        owner: participant.account.owner,
        balanceNano: participant.store.balanceNano,
      })),
      proofs: prover.figures(),
      uploads: uploads(),
    };
  }

  close(): Promise<void> {
    return this.#parts.prover.close();
  }
}
