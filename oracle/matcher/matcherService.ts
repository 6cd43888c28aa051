import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Provider, Wallet } from "ethers";
import { TransactionSender } from "../../sdk/clients/transactionSender.ts";
import { BaseError } from "../../sdk/errors.ts";
import { DELIVERY_PARAMETERS, MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";
import { eachByItself } from "../eachByItself.ts";
import { epochRoutes } from "../http/epochRoutes.ts";
import { healthRoutes, type Readiness } from "../http/healthRoutes.ts";
import { HttpServer, type HttpTimeouts } from "../http/httpServer.ts";
import { statusOf } from "../http/statusOf.ts";
import type { Log } from "../operations/log.ts";
import { repeat } from "../repeat.ts";
import { ServiceStore } from "../store/serviceStore.ts";
import { MatcherChain } from "./chain/matcherChain.ts";
import type { DistanceEngine } from "./compute/distanceEngine.ts";
import { DeliveryDesk } from "./deliveries/deliveryDesk.ts";
import { DeliveryJudging } from "./deliveries/deliveryJudging.ts";
import { EpochMirror } from "./epochs/epochMirror.ts";
import { SeedKeeper } from "./epochs/seedKeeper.ts";
import { evidenceRoute } from "./http/evidenceRoute.ts";
import { mirroredEpochs } from "./http/mirroredEpochs.ts";
import { planRoutes } from "./http/planRoutes.ts";
import { uploadRoutes } from "./http/uploadRoutes.ts";
import { KeyHolderClient } from "./keyHolder/keyHolderClient.ts";
import { MatcherMetrics } from "./operations/matcherMetrics.ts";
import { matcherStatus, type MatcherStatus } from "./operations/matcherStatus.ts";
import { RecentStatus } from "./operations/recentStatus.ts";
import { prune, removeOrphans } from "./pruning.ts";
import { RoundKeeper } from "./rounds/roundKeeper.ts";
import { AnswerBook } from "./store/answerBook.ts";
import { BlobStore } from "./store/blobStore.ts";
import { DeliveryBook } from "./store/deliveryBook.ts";
import { MATCHER_TABLES } from "./store/matcherTables.ts";
import { RoundBook } from "./store/roundBook.ts";
import { UploadBook } from "./store/uploadBook.ts";
import { FormCheck } from "./uploads/formCheck.ts";
import { UploadDesk } from "./uploads/uploadDesk.ts";
import { UploadJudging } from "./uploads/uploadJudging.ts";

export interface MatcherServiceOptions {
  provider: Provider;
  pool: PoolId;
  /** The matching record's address. */
  record: string;
  /** The block of both contracts' deployment, or any before it. */
  fromBlock?: number;
  /** Connected. It commits to seeds, signs receipts and requests, and encrypts what is secret on the disk. */
  wallet: Wallet;
  keyHolder: { url: string; address: string };
  /** A folder for this matcher alone. */
  data: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Log;
  /** Computes distances; it is closed with the service. */
  engine: DistanceEngine;
  /** How long ciphertexts are kept after their period's deliveries are over. */
  keepS?: number;
  /** Uploads of one network address. */
  rate?: RateOptions;
  /** How often chain and key holder are looked at. */
  pollMs?: number;
  timeouts?: Partial<HttpTimeouts>;
  /** How long an answer of the key holder is waited for. */
  keyHolderTimeoutMs?: number;
}

const POLL_MS = 500;
const PRUNE_MS = 60_000;
const KEEP_S = 7 * 86_400;
const RATE: RateOptions = { perMinute: 300, burst: 150 };
/** An upload of 400 kB, over a slow line. */
const TIMEOUTS: Partial<HttpTimeouts> = { requestMs: 60_000, responseMs: 90_000 };
const MOST_CONNECTIONS = 256;
const MOST_CONNECTIONS_EACH = 128;
/** How long the one who uploads waits for the key holder's word. */
const JUDGED_WITHIN_MS = 3_000;
const KEY_HOLDER_TIMEOUT_MS = 30_000;
/** After so long without the chain nothing is taken. */
const MOST_CHAIN_AGE_MS = 30_000;

/**
 * The matcher: takes ciphertexts, computes on them, and asks the key holder for ranks. It has no power on the chain, and
 * learns no terms. Whatever it has answered for is on the disk: killed and started again, it goes on where it was.
 */
export class MatcherService {
  readonly url: string;
  /** Ends where the service cannot go on, with the reason; or when it is stopped. */
  readonly ended: Promise<void>;
  readonly #parts: Parts;
  readonly #server: HttpServer;
  readonly #stopping: AbortController;

  private constructor(
    parts: Parts,
    { server, url }: { server: HttpServer; url: string },
    stopping: AbortController,
    ended: Promise<void>,
  ) {
    this.#parts = parts;
    this.#server = server;
    this.#stopping = stopping;
    this.url = url;
    this.ended = ended;
  }

  /** Whatever becomes of it, the engine is closed. @throws StoreError, HttpServerError, ChainUnreachableError */
  static async start(options: MatcherServiceOptions): Promise<MatcherService> {
    const parts = await openParts(options).catch(async (error: unknown) => {
      await options.engine.close();
      throw error;
    });
    try {
      const stopping = new AbortController();
      const server = serverOf(options, parts, stopping.signal);
      const url = await server.start();
      const tasks = runTasks(options, parts, stopping.signal);
      // Who waits for the end hears of it; nobody else need.
      tasks.catch(() => stopping.abort());
      return new MatcherService(parts, { server, url }, stopping, tasks);
    } catch (error) {
      await closeParts(parts);
      throw error;
    }
  }

  get status(): MatcherStatus {
    return matcherStatus(this.#parts);
  }

  /** Answers what was asked, ends what is under way, and keeps the rest for the next start. */
  async stop(): Promise<void> {
    if (this.#parts.isClosed) return;
    this.#stopping.abort();
    await this.#server.stop();
    await this.ended.catch(() => undefined);
    await closeParts(this.#parts);
  }
}

interface Parts {
  isClosed: boolean;
  store: ServiceStore;
  blobs: BlobStore;
  chain: MatcherChain;
  /** By the clock that does not jump. */
  chainReadAtMs: number;
  keyHolder: KeyHolderClient;
  answers: AnswerBook;
  uploads: UploadBook;
  rounds: RoundBook;
  deliveries: DeliveryBook;
  epochs: EpochMirror;
  seeds: SeedKeeper;
  form: FormCheck;
  deliveryForm: FormCheck;
  judging: UploadJudging;
  roundKeeper: RoundKeeper;
  deliveryJudging: DeliveryJudging;
  engine: DistanceEngine;
}

async function openParts(options: MatcherServiceOptions): Promise<Parts> {
  const { data, pool, wallet, log, engine } = options;
  await mkdir(data, { recursive: true, mode: 0o700 });
  const owner = { service: "matcher", ...pool };
  const store = ServiceStore.open(join(data, "matcher.sqlite"), { owner, tables: MATCHER_TABLES });
  try {
    const blobs = await BlobStore.open(join(data, "blobs"));
    const sender = await TransactionSender.of(wallet);
    const chain = await MatcherChain.connect({ ...options, sender });
    const answers = new AnswerBook(store);
    const keyHolder = new KeyHolderClient(clientOf(options), answers);
    const epochs = new EpochMirror({ store, blobs, chain, keyHolder });
    const seeds = new SeedKeeper(store, chain, wallet);
    const form = await FormCheck.create(MATCHING_PARAMETERS, "plan's ciphertext");
    const deliveryForm = await FormCheck.create(DELIVERY_PARAMETERS, "energy's ciphertext");
    const uploads = new UploadBook(store);
    const rounds = new RoundBook(store);
    const deliveries = new DeliveryBook(store);
    await removeOrphans({ uploads, deliveries, epochs, blobs, log });
    const shared = { pool, engine, chain, epochs, seeds, blobs, keyHolder, answers, log };
    const judging = new UploadJudging({ ...shared, uploads, form });
    return {
      ...shared,
      isClosed: false,
      chainReadAtMs: performance.now(),
      store,
      uploads,
      rounds,
      deliveries,
      form,
      deliveryForm,
      judging,
      roundKeeper: new RoundKeeper({ ...shared, uploads, rounds, judging }),
      deliveryJudging: new DeliveryJudging({ ...shared, deliveries, uploads, form: deliveryForm }),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function closeParts(parts: Parts): Promise<void> {
  if (parts.isClosed) return;
  parts.isClosed = true;
  await parts.engine.close();
  parts.judging.close();
  parts.form.close();
  parts.deliveryForm.close();
  parts.store.close();
}

function clientOf({ keyHolder, pool, wallet, keyHolderTimeoutMs }: MatcherServiceOptions) {
  return new ServiceClient({
    url: keyHolder.url,
    pool,
    signer: wallet,
    peer: keyHolder.address,
    timeoutMs: keyHolderTimeoutMs ?? KEY_HOLDER_TIMEOUT_MS,
  });
}

function serverOf(options: MatcherServiceOptions, parts: Parts, signal: AbortSignal): HttpServer {
  const { host, port, log, wallet, rate = RATE, timeouts } = options;
  const { judging, form, deliveryForm } = parts;
  const recent = new RecentStatus({ ...parts, compute: () => matcherStatus(parts) });
  const status = () => recent.get();
  const readiness = () => readinessOf(parts);
  const metrics = new MatcherMetrics(status, () => readiness().ready);
  return new HttpServer({
    name: "The matcher",
    host,
    port,
    log,
    timeouts: { ...TIMEOUTS, ...timeouts },
    mostConnections: MOST_CONNECTIONS,
    mostConnectionsEach: MOST_CONNECTIONS_EACH,
    isOpen: true,
    statusOf,
    routes: [
      ...healthRoutes({ readiness, status, metrics }),
      ...epochRoutes(mirroredEpochs(parts.epochs)),
      ...planRoutes(parts),
      evidenceRoute(parts.answers),
      ...uploadRoutes({
        desk: new UploadDesk({ ...parts, wallet, log }),
        deliveries: new DeliveryDesk({ ...parts, form: deliveryForm }),
        uploads: parts.uploads,
        ciphertextBytes: Math.max(form.bytes, deliveryForm.bytes),
        rate,
        judge: () => within(JUDGED_WITHIN_MS, () => judging.run(signal)),
      }),
    ],
  });
}

/** Waits for something, but not for long; what fails is tried again by others. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work().catch(() => undefined), late]);
  clearTimeout(timer);
}

function readinessOf({ chain, chainReadAtMs, epochs, keyHolder, store }: Parts): Readiness {
  const faults: string[] = [];
  if (performance.now() - chainReadAtMs > MOST_CHAIN_AGE_MS)
    faults.push("The chain cannot be read.");
  if (store.fault !== undefined) faults.push(store.fault.shortMessage);
  if (chain.epochs.length === 0) faults.push("The key holder has announced no epoch.");
  if (epochs.missing.length > 0)
    faults.push(`Keys of epoch ${epochs.missing.join(", ")} are missing.`);
  // What is uploaded meanwhile is kept, and judged later.
  const notes = keyHolder.isAway ? ["The key holder does not answer."] : [];
  return { ready: faults.length === 0, reasons: [...faults, ...notes] };
}

/** @throws what ends the service */
async function runTasks(
  options: MatcherServiceOptions,
  parts: Parts,
  signal: AbortSignal,
): Promise<void> {
  const { log, pollMs = POLL_MS, keepS = KEEP_S } = options;
  const failed = new AbortController();
  const shared = { log, signal: AbortSignal.any([signal, failed.signal]) };
  const every = (name: string, everyMs: number, work: (signal: AbortSignal) => Promise<unknown>) =>
    repeat({ ...shared, name, everyMs, work }).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
  const tasks = [
    every("read the chain", pollMs, async () => {
      await parts.chain.sync();
      parts.chainReadAtMs = performance.now();
    }),
    every("fetch epochs", pollMs, async (running) => {
      await eachByItself([() => parts.epochs.refresh(running), () => parts.seeds.commit()]);
    }),
    every("judge uploads", pollMs, (running) => parts.judging.run(running)),
    every("match", pollMs, (running) => parts.roundKeeper.step(running)),
    every("judge deliveries", pollMs, (running) => parts.deliveryJudging.run(running)),
    every("remove old ciphertexts", PRUNE_MS, () => prune({ ...parts, keepS, log })),
  ];
  const ends = await Promise.allSettled(tasks);
  const fatal = ends.find((end) => end.status === "rejected");
  if (fatal !== undefined) throw asError(fatal.reason);
}

const asError = (reason: unknown) =>
  reason instanceof Error ? reason : new BaseError(String(reason));
