import type { DeliveryAttestation } from "../../sdk/private/attestation.ts";
import type {
  DeliveryQuestion,
  GenerationWish,
  PrivateGateway,
} from "../../sdk/private/gateway/privateGateway.ts";
import { LedgerError } from "../../sdk/private/gateway/gatewayError.ts";
import { StoreWriteError } from "../store/errors.ts";
import type { DeliveryCourier } from "./deliveryCourier.ts";
import type { DeliveryStore } from "./deliveryStore.ts";

export interface VouchingGatewayOptions {
  gateway: PrivateGateway;
  /** Where there is a matcher: it is brought what was delivered. */
  deliveries?: { store: DeliveryStore; courier: DeliveryCourier };
  /** Told of a ledger or store that takes no more writes: nothing can be vouched for then. */
  onFault: (error: LedgerError | StoreWriteError) => void;
}

/** What a gateway has done since it was started. */
export interface VouchingCounts {
  issued: number;
  attested: number;
  failed: number;
}

/** A gateway that also brings what it attests to the matcher, and tells what it has done. */
export class VouchingGateway implements Pick<PrivateGateway, "issueGeneration" | "attestDelivery"> {
  readonly #options: VouchingGatewayOptions;
  readonly #running = new Set<Promise<unknown>>();
  readonly counts: VouchingCounts = { issued: 0, attested: 0, failed: 0 };

  constructor(options: VouchingGatewayOptions) {
    this.#options = options;
  }

  issueGeneration(wish: GenerationWish, request?: string): Promise<bigint> {
    return this.#count("issued", () => this.#options.gateway.issueGeneration(wish, request));
  }

  attestDelivery(question: DeliveryQuestion): Promise<DeliveryAttestation> {
    return this.#count("attested", async () => {
      const { gateway, deliveries } = this.#options;
      const attestation = await gateway.attestDelivery(question);
      const { match: record, energyWh } = attestation;
      // Not before it is attested: what dies in between is found in the ledger at the next start.
      deliveries?.store.want({ record, period: question.plan.period, energyWh });
      deliveries?.courier.hurry();
      return attestation;
    });
  }

  /** Resolves when nothing is being done any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #count<T>(kind: "issued" | "attested", work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#running.add(running);
    try {
      const result = await running;
      this.counts[kind]++;
      return result;
    } catch (error) {
      this.counts.failed++;
      const isFault = error instanceof LedgerError || error instanceof StoreWriteError;
      if (isFault) this.#options.onFault(error);
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }
}
