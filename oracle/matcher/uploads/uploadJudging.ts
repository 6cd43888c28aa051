import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import { encodeFrame } from "../../../sdk/private/wire/frame.ts";
import { PeriodTimes } from "../../../sdk/private/periodTimes.ts";
import { UploadBlinder } from "../../../sdk/private/matching/uploadCheck.ts";
import type { Log } from "../../operations/log.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";
import { readJudgement } from "../keyHolder/answerReaders.ts";
import type { KeyHolderClient } from "../keyHolder/keyHolderClient.ts";
import { KeyHolderFaultError, NotTakenError } from "../matcherErrors.ts";
import { BlobError } from "../store/blobErrors.ts";
import type { BlobStore } from "../store/blobStore.ts";
import type { StoredUpload, UploadBook } from "../store/uploadBook.ts";
import type { FormCheck } from "./formCheck.ts";

export interface UploadJudgingOptions {
  chain: MatcherChain;
  epochs: EpochMirror;
  uploads: UploadBook;
  blobs: BlobStore;
  form: FormCheck;
  keyHolder: KeyHolderClient;
  log: Log;
  /** A clock that never goes back. */
  nowMs?: () => number;
}

/** At once, so that a stop need not wait for long. */
const MOST_AT_ONCE = 64;
/** How long one that was refused for now is left alone. */
const RETRY_MS = 2_000;
const UNSOUND = "it is no fresh encryption under the epoch's key, or has too much noise.";

/** Has the key holder judge what was taken, one after another, and again where it was away. */
export class UploadJudging {
  readonly #options: UploadJudgingOptions;
  readonly #nowMs: () => number;
  readonly #blinders = new Map<string, UploadBlinder>();
  /** When each plan that was refused for now is asked for again; the earliest first. */
  readonly #later = new Map<bigint, number>();
  /** Ends with all that has been asked for; one thing comes after the other. */
  #last: Promise<unknown> = Promise.resolve();
  /** A pass that has not begun. */
  #next: Promise<void> | undefined;

  constructor(options: UploadJudgingOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * Asks for all that wait. Who asks while it judges, or while nothing may be judged, shares the next pass with all others
   * that do: one under way may have read its list before their uploads came.
   * @throws what says that the key holder is away
   */
  run(signal?: AbortSignal): Promise<void> {
    this.#next ??= this.exclusively(() => {
      this.#next = undefined;
      return this.#runAll(signal);
    });
    return this.#next;
  }

  /** Does something while nothing is judged. It must not wait for `run`. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Frees what it holds. */
  close(): void {
    for (const blinder of this.#blinders.values()) blinder.close();
    this.#blinders.clear();
  }

  async #runAll(signal?: AbortSignal): Promise<void> {
    const { uploads, chain } = this.#options;
    // It may have waited until the service stopped.
    signal?.throwIfAborted();
    const first = firstOpenPeriod(chain);
    // Those that were refused for now come last: however many they are, they keep nobody else waiting.
    const fresh = uploads.waiting(first, MOST_AT_ONCE, [...this.#later.keys()]);
    for (const upload of [...fresh, ...this.#dueAgain(first)]) {
      signal?.throwIfAborted();
      await this.#judge(upload, signal);
    }
  }

  /** Those that were refused for now and are asked for again; what waits no more is forgotten. */
  #dueAgain(first: bigint): StoredUpload[] {
    const now = this.#nowMs();
    const due: StoredUpload[] = [];
    for (const [plan, at] of this.#later) {
      if (at > now || due.length >= MOST_AT_ONCE) break;
      const upload = this.#options.uploads.get(plan);
      if (upload?.state === "taken" && upload.header.period >= first) due.push(upload);
      else this.#later.delete(plan);
    }
    return due;
  }

  async #judge(upload: StoredUpload, signal?: AbortSignal): Promise<void> {
    const { uploads, keyHolder, log } = this.#options;
    const { plan, contentHash, uploadAddress } = upload.header;
    try {
      const { sound } = await keyHolder.ask(
        {
          // Sealed anew in place of a lost one, the key holder is to take its header as well.
          name: `${uploadQuestionName(upload.header)} ${upload.header.envelopeHash}`,
          path: "/uploads",
          body: async () => encodeFrame({ header: upload.header }, [await this.#blinded(upload)]),
          read: readJudgement,
          fault: (answer) =>
            answer.plan === plan && answer.contentHash === contentHash
              ? undefined
              : `it is of plan ${answer.plan} and ${answer.contentHash}.`,
        },
        signal,
      );
      uploads.setState(plan, sound ? "sound" : "unsound", sound ? undefined : UNSOUND);
      if (!sound) uploads.countRefusal(uploadAddress);
      this.#later.delete(plan);
    } catch (error) {
      this.#failed(upload, error);
    }
    log.debug("An upload was judged.", { plan, state: uploads.get(plan)?.state });
  }

  /** One that cannot be judged leaves the others alone. @throws what concerns all of them */
  #failed({ header: { plan } }: StoredUpload, error: unknown): void {
    const { uploads, log } = this.#options;
    if (error instanceof BlobError) {
      uploads.setState(plan, "lost", error.shortMessage);
      log.error("An upload is lost.", { plan, error });
      return;
    }
    const ofThisAlone = [ServiceRefusedError, KeyHolderFaultError, NotTakenError];
    if (!ofThisAlone.some((kind) => error instanceof kind)) throw error;
    // A view of the chain that is a block behind, a limit that was reached: it is asked for again.
    this.#later.delete(plan);
    this.#later.set(plan, this.#nowMs() + RETRY_MS);
    log.warn("An upload is not judged yet.", { plan, error }, { repeatKey: `judge ${plan}` });
  }

  async #blinded({ header }: StoredUpload): Promise<Uint8Array> {
    const { blobs, epochs } = this.#options;
    const epoch = await epochs.epoch(header.epoch);
    // It was there when the upload was taken; a reorganisation can take it away for a while.
    if (epoch === undefined) {
      throw new NotTakenError(503, `Epoch ${header.epoch} is not here.`, "Wait for its keys.");
    }
    return this.#blinder(epoch.publicKey, epoch.manifest.publicKeyHash).blind(
      await blobs.read(header.contentHash),
    );
  }

  #blinder(publicKey: Uint8Array, keyHash: string): UploadBlinder {
    let blinder = this.#blinders.get(keyHash);
    if (blinder === undefined) {
      blinder = new UploadBlinder(this.#options.form.scheme, publicKey);
      this.#blinders.set(keyHash, blinder);
    }
    return blinder;
  }
}

/** What the name of the key holder's word on an upload begins with. */
export function uploadQuestionName({ plan, contentHash }: { plan: bigint; contentHash: string }) {
  return `upload ${plan} ${contentHash}`;
}

/** The first period of which matches are still taken. */
export function firstOpenPeriod({ nowS, terms }: Pick<MatcherChain, "nowS" | "terms">): bigint {
  return new PeriodTimes(terms).firstProposed(nowS);
}
