import { Wallet } from "ethers";
import { BaseError } from "../../sdk/errors.ts";
import type { BookedPlan } from "../../sdk/private/chain/poolState.ts";
import { contentHash } from "../../sdk/private/matching/contentHash.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import { openEnvelope } from "../../sdk/private/uploads/envelope.ts";
import { planEnvelopePlace } from "../../sdk/private/uploads/envelopePlace.ts";
import { decodePlanEnvelope, type PlanEnvelope } from "../../sdk/private/uploads/planEnvelope.ts";
import {
  checkPlanUpload,
  isRestPlan,
  readPlanUpload,
  type PlanUploadHeader,
  type UploadablePlan,
} from "../../sdk/private/uploads/planUpload.ts";
import { signReceipt, type UploadReceipt } from "../../sdk/private/uploads/receipt.ts";
import { UploadRefusedError } from "../../sdk/private/uploads/uploadError.ts";
import { decodeFrame } from "../../sdk/private/wire/frame.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { wireJson } from "../../sdk/private/wire/wireJson.ts";
import type { MemoryEpoch } from "./memoryEpoch.ts";

/** An upload that was taken. */
export interface TakenUpload {
  header: PlanUploadHeader;
  envelope: Uint8Array;
  ciphertext: Uint8Array;
  receipt: UploadReceipt;
}

/** What is asked of the chain's plan. */
export type PlanOfChain = UploadablePlan & { log: Pick<BookedPlan["log"], "name"> };

const LIMITS = { mostParts: 2, mostPartBytes: 500_000 };

/** The part of a matcher that participants see, without a network, a disk and a key holder's judgement. */
export class MemoryMatcher {
  readonly wallet = new Wallet(`0x${"77".repeat(32)}`);
  readonly client: ServiceClient;
  /** By plan. */
  readonly uploads = new Map<bigint, TakenUpload>();
  /** The paths that it was asked, in their order. */
  readonly asked: string[] = [];
  readonly #pool: PoolId;
  readonly #epoch: MemoryEpoch;
  readonly #planOf: (plan: bigint) => PlanOfChain | undefined;

  /** @param planOf the chain's plan, as it is now */
  constructor(pool: PoolId, epoch: MemoryEpoch, planOf: (plan: bigint) => PlanOfChain | undefined) {
    this.#pool = pool;
    this.#epoch = epoch;
    this.#planOf = planOf;
    this.client = new ServiceClient({
      url: "http://matcher",
      pool,
      fetch: ((url: string, init: RequestInit) =>
        this.answer(new URL(url).pathname, init)) as typeof fetch,
    });
  }

  /** Answers as the service would. */
  async answer(path: string, { method, body }: RequestInit): Promise<Response> {
    this.asked.push(path);
    try {
      if (method === "POST" && path === "/plans") {
        return new Response(wireJson(await this.#take(body as Uint8Array)));
      }
      const state = this.#stateOf(path);
      if (state !== undefined) return new Response(wireJson(state));
      const served = this.#epoch.serve(path);
      if (served !== undefined) return new Response(served as Uint8Array<ArrayBuffer>);
      return new Response("{}", { status: 404 });
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      const { name, shortMessage: message, metaMessages: remedy } = error;
      const status = error instanceof UploadRefusedError ? error.status : 400;
      return new Response(wireJson({ error: name, message, remedy }), { status });
    }
  }

  /** What the key holder reads of a plan that was matched. */
  async open(plan: bigint): Promise<PlanEnvelope> {
    const { envelope, header } = this.uploads.get(plan)!;
    const place = planEnvelopePlace(this.#pool, header);
    return decodePlanEnvelope(await openEnvelope(this.#epoch.envelopeScalar, envelope, place));
  }

  #stateOf(path: string): object | undefined {
    const [, kind, plan = ""] = path.split("/");
    const taken = kind === "plans" ? this.uploads.get(BigInt(plan)) : undefined;
    if (taken === undefined) return undefined;
    const { period, contentHash: hash } = taken.header;
    return { plan, period, contentHash: hash, state: "taken" };
  }

  async #take(bytes: Uint8Array): Promise<UploadReceipt> {
    const { header: sent, parts } = decodeFrame(bytes, LIMITS);
    const header = readPlanUpload(sent, "upload");
    const [envelope, ciphertext] = parts as [Uint8Array, Uint8Array];
    const taken = this.uploads.get(header.plan);
    if (taken !== undefined) {
      if (taken.header.contentHash === header.contentHash) return taken.receipt;
      throw new UploadRefusedError(409, `Plan ${header.plan} has an upload.`, "Upload that again.");
    }
    const booked = this.#planOf(header.plan);
    const isRest = booked !== undefined && isRestPlan(booked);
    checkPlanUpload(this.#pool, header, { booked, isRest });
    if (contentHash(ciphertext) !== header.contentHash) {
      throw new UploadRefusedError(409, "The ciphertext is another one.", "Send it whole.");
    }
    const { plan, contentHash: hash } = header;
    const receipt = await signReceipt(this.wallet, this.#pool, {
      plan,
      contentHash: hash,
      takenAtS: 1_800_000_000,
    });
    this.uploads.set(plan, { header, envelope, ciphertext, receipt });
    return receipt;
  }
}
