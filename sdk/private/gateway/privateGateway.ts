import { attestDelivery, type DeliveryAttestation } from "../attestation.ts";
import { attributesOf, commitmentOf, type MatchNote, type PlanNote } from "../notes.ts";
import { ownerOf } from "../owner.ts";
import type { PrivateAddress } from "../privateAddress.ts";
import { buildGenerationInputs } from "../proofs/generation.ts";
import type { Prover } from "../prover/prover.ts";
import { GatewayRefusedError } from "./gatewayError.ts";
import type { GatewayKeys } from "./gatewayKeys.ts";
import type { GatewayPool, MeterBook } from "./gatewayPool.ts";
import type { IssuedGeneration, KeptProof, VouchLedger } from "./vouchLedger.ts";

export interface PrivateGatewayOptions {
  pool: GatewayPool;
  keys: GatewayKeys;
  ledger: VouchLedger;
  meters: MeterBook;
  prover: Prover;
  /** The chain's time in Unix seconds. */
  nowS: () => number | Promise<number>;
}

/** Energy to be vouched for before it flows. */
export interface GenerationWish {
  /** Who generates. */
  to: PrivateAddress;
  period: bigint;
  energyWh: bigint;
}

/** A delivery to be vouched for. The gateway learns the plan and the match by it, and nothing of the other side. */
export interface DeliveryQuestion {
  /** The sell plan as it was when it was matched. */
  plan: PlanNote;
  /** What its attributes were made of, beside the gateway. */
  features: bigint;
  match: MatchNote;
}

/** How long the pool has to take a generation note. */
const NOTE_LIFETIME_S = 600;
/** So much later no reorganised chain brings it any more. */
const REORGANISATION_S = 300;
/** Each note costs a proof and a transaction: nobody needs more of one period. */
const MOST_NOTES = 8;

/**
 * What a gateway does for private trades: it vouches for energy before it flows and for what was delivered. It vouches
 * for no more than its meters can or did show, also where it dies in between.
 *
 * What was metered goes to the matches in the order in which their sellers ask: each gets what was matched where so much
 * is left, else what is left. What no match gets is the participant's imbalance.
 */
export class PrivateGateway {
  readonly #options: PrivateGatewayOptions;
  /** Requests for generation that are being answered. */
  readonly #running = new Map<string, Promise<bigint>>();

  constructor(options: PrivateGatewayOptions) {
    this.#options = options;
  }

  get tag(): bigint {
    return this.#options.keys.tag;
  }

  /** Goes on after an end, wanted or not: learns which notes the pool has taken. Call it before anything else. */
  async start(): Promise<void> {
    this.#options.ledger.dropUnproven();
    await this.#look();
  }

  /** Looks which of its notes the pool has taken, and which it can take no more. @returns the chain's time */
  async #look(): Promise<number> {
    const { pool, ledger } = this.#options;
    await pool.sync();
    const nowS = Math.floor(await this.#options.nowS());
    for (const { commitment, deadlineS } of ledger.unsettledNotes()) {
      if (pool.hasNote(commitment)) ledger.confirmIssued(commitment);
      else if (nowS > deadlineS + REORGANISATION_S) ledger.dropIssued(commitment);
    }
    return nowS;
  }

  /**
   * Makes a generation note for a participant.
   * @param request what names the wish: asked again with it, the gateway makes no second note, also where it died
   * @returns its commitment
   * @throws GatewayRefusedError, LedgerError, ContractRevertedError, ProverError
   */
  issueGeneration(wish: GenerationWish, request?: string): Promise<bigint> {
    if (request === undefined) return this.#issue(wish);
    const running = this.#running.get(request);
    if (running !== undefined) return running;
    const issuing = this.#issueOnce(wish, request).finally(() => this.#running.delete(request));
    this.#running.set(request, issuing);
    return issuing;
  }

  async #issueOnce(wish: GenerationWish, request: string): Promise<bigint> {
    const { pool, ledger } = this.#options;
    const nowS = await this.#look();
    const known = ledger.issuedOn(request);
    if (known === undefined) return this.#issue(wish, request);
    const { commitment, deadlineS, proof } = known;
    if (pool.hasNote(commitment)) return commitment;
    if (proof === undefined || nowS > deadlineS) {
      throw new GatewayRefusedError(
        `The note of this request was made, and the pool has not got it by ${deadlineS}.`,
        `Ask again after ${deadlineS + REORGANISATION_S}: it is made anew where it has not come.`,
      );
    }
    return this.#send(commitment, proof, deadlineS);
  }

  async #issue({ to, period, energyWh }: GenerationWish, request?: string): Promise<bigint> {
    const { pool, keys, ledger, meters, prover } = this.#options;
    const owner = ownerOf(to.account, to.viewKey);
    const participant = await meters.participantOf(owner);
    if (participant === undefined) {
      throw new GatewayRefusedError(
        `No participant behind this gateway has joined as owner ${owner}.`,
        "Join the private market with the account that generates, and ask the gateway of its meter.",
      );
    }
    const capacityWh = await meters.capacityWh(participant, Number(period));
    const deadlineS = (await this.#look()) + NOTE_LIFETIME_S;
    const proofRequest = buildGenerationInputs(
      { pool: pool.id, deadlineS: BigInt(deadlineS), auditKey: pool.auditKey },
      { to, period, energyWh, gateway: keys.tag, gatewayAddress: pool.gatewayAddress },
    );
    const { commitment } = proofRequest.created[0]!;
    const note = { commitment, owner, participant, period: Number(period), deadlineS };
    this.#keep(
      { ...note, energyWh: Number(energyWh), ...(request === undefined ? {} : { request }) },
      capacityWh,
    );
    let proof: KeptProof;
    try {
      proof = await prover.prove(proofRequest);
    } catch (error) {
      // What has no proof was never sent.
      ledger.dropIssued(commitment);
      throw error;
    }
    ledger.keepProof(commitment, proof);
    return this.#send(commitment, proof, deadlineS);
  }

  #keep(note: IssuedGeneration, capacityWh: number): void {
    const { ledger } = this.#options;
    const { participant, period, energyWh } = note;
    if (energyWh === 0) {
      throw new GatewayRefusedError("A note of 0 Wh is nothing to sell.", "Ask for some energy.");
    }
    if (ledger.issuedCount(participant, period) >= MOST_NOTES) {
      throw new GatewayRefusedError(
        `Participant ${participant} has got ${MOST_NOTES} notes of period ${period}.`,
        "Sell what they hold: the rest of a plan is a note again.",
      );
    }
    if (!ledger.keepIssued(note, capacityWh)) {
      throw new GatewayRefusedError(
        `Participant ${participant} wants ${energyWh} Wh more of period ${period} than its ${capacityWh} Wh allow.`,
        "Ask for no more in sum than its generator can feed in.",
      );
    }
  }

  async #send(commitment: bigint, proof: KeptProof, deadlineS: number): Promise<bigint> {
    const { pool, ledger } = this.#options;
    await pool.issueGeneration(proof, BigInt(deadlineS));
    ledger.confirmIssued(commitment);
    return commitment;
  }

  /**
   * Says what was delivered of a match, once for all: asked again, it says the same.
   * @throws GatewayRefusedError, LedgerError
   */
  async attestDelivery({ plan, features, match }: DeliveryQuestion): Promise<DeliveryAttestation> {
    const { pool, keys, ledger, meters } = this.#options;
    const record = commitmentOf(match);
    this.#requireOwnPlan(plan, features, match);
    const nowS = await this.#look();
    const booked = pool.matches.get(record);
    if (booked?.state !== "agreed" || booked.sellPlan !== match.sellPlan) {
      throw new GatewayRefusedError(
        booked === undefined
          ? `The pool knows no match ${record}.`
          : `Match ${record} is ${booked.state}, not agreed.`,
        "Give the match as it was opened from the chain, once both sides have confirmed it.",
      );
    }
    const period = Number(plan.period);
    const endS = pool.endOfPeriod(plan.period);
    if (nowS < endS) {
      throw new GatewayRefusedError(
        `Period ${period} ends at ${endS}, and it is ${nowS}.`,
        "Ask when the period is over.",
      );
    }
    const participant = ledger.participantOf(plan.owner, period);
    if (participant === undefined) {
      throw new GatewayRefusedError(
        `The ledger has no generation of owner ${plan.owner} in period ${period}.`,
        "Restore the gateway's ledger: this is the gateway's fault, not the participant's.",
      );
    }
    const meteredWh = await meters.meteredWh(participant, period);
    if (meteredWh === undefined) {
      throw new GatewayRefusedError(
        `There is no reading of participant ${participant} at the end of period ${period} yet.`,
        "Ask again when its meter was read.",
      );
    }
    const kept = ledger.keepAttested(
      { record, participant, period },
      Number(match.energyWh),
      meteredWh,
    );
    return attestDelivery(keys, pool.id, record, BigInt(kept.energyWh));
  }

  #requireOwnPlan(plan: PlanNote, features: bigint, match: MatchNote): void {
    if (plan.side !== "sell" || commitmentOf(plan) !== match.sellPlan) {
      throw new GatewayRefusedError(
        "The plan is not the match's sell plan.",
        "Give the plan as it was when it was matched.",
      );
    }
    if (plan.attributes !== attributesOf(this.tag, features)) {
      throw new GatewayRefusedError(
        "The plan is of another gateway, or of other features.",
        "Ask the gateway that issued the plan's energy.",
      );
    }
  }
}
