import type { EncryptedPlans, PreparedPlan } from "../../../sdk/private/client/encryptedPlans.ts";
import type { NewPlan } from "../../../sdk/private/client/privateParticipant.ts";
import type { PlanNote } from "../../../sdk/private/notes.ts";
import type { NoteStore } from "../../../sdk/private/store/noteStore.ts";
import { askAgain } from "../../../sdk/private/wire/askAgain.ts";
import type { TraderWish } from "./chooseTraders.ts";
import type { OwnOpenPlan, PlanDesk } from "./planDesk.ts";

export interface EncryptedDeskParts {
  wish: Pick<TraderWish, "side" | "features">;
  plans: EncryptedPlans;
  store: NoteStore;
}

/** How long a matcher that is away is asked again. */
const PATIENCE_MS = 30_000;

/** Encrypts what a trader's plan is matched by, and uploads it. */
export class EncryptedDesk implements PlanDesk {
  readonly #parts: EncryptedDeskParts;
  /** The plan as it was submitted, of which all others are rests. */
  #origin: PreparedPlan | undefined;
  /** By commitment: what was encrypted for it, and whether the matcher has it. */
  readonly #uploads = new Map<bigint, { prepared: PreparedPlan; isTaken: boolean }>();

  constructor(parts: EncryptedDeskParts) {
    this.#parts = parts;
  }

  async prepare(plan: NewPlan): Promise<NewPlan> {
    const { wish, plans } = this.#parts;
    const { side, features } = wish;
    this.#origin = await this.#encrypt(() => plans.prepare({ ...plan, side, features }));
    return { ...plan, encryptedFeaturesHash: this.#origin.encryptedFeaturesHash };
  }

  async bring({ commitment, plan }: OwnOpenPlan): Promise<void> {
    const origin = this.#origin;
    // A plan that could not be encrypted was not submitted.
    if (origin === undefined) return;
    const { plans, store } = this.#parts;
    const upload = this.#uploads.get(commitment) ?? {
      prepared: await this.#preparedOf(origin, plan),
      isTaken: false,
    };
    this.#uploads.set(commitment, upload);
    if (upload.isTaken) return;
    const { gateway = 0n } = store.openAttributes(plan) ?? {};
    await askAgain(() => plans.upload(upload.prepared, { plan, gateway }), PATIENCE_MS);
    upload.isTaken = true;
  }

  featureOpenings(): readonly bigint[] {
    return [];
  }

  /** The first plan that is brought is the one that was prepared. */
  async #preparedOf(origin: PreparedPlan, plan: PlanNote): Promise<PreparedPlan> {
    if (this.#uploads.size === 0) return origin;
    return this.#encrypt(() => this.#parts.plans.prepareRest(origin, plan));
  }

  /** Frees what encryption holds each time: many traders share this process. */
  async #encrypt(encrypt: () => Promise<PreparedPlan>): Promise<PreparedPlan> {
    try {
      return await askAgain(encrypt, PATIENCE_MS);
    } finally {
      await this.#parts.plans.close();
    }
  }
}
