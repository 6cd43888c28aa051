import path from "node:path";
import { getAddress, type Provider, type Signer } from "ethers";
import { ContractRevertedError } from "../../sdk/clients/revertError.ts";
import { BaseError } from "../../sdk/errors.ts";
import type { PoolSender } from "../../sdk/private/client/poolSender.ts";
import type { MatchingRecordState } from "../../sdk/private/epochs/matchingRecordState.ts";
import type { FeatureSchema } from "../../sdk/private/matching/featureSchema.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import type { RateOptions } from "../../sdk/private/relayer/rateLimit.ts";
import { healthRoutes, type Readiness } from "../http/healthRoutes.ts";
import type { HttpReply } from "../http/httpReply.ts";
import type { HttpRoute } from "../http/httpRoute.ts";
import { HttpServer } from "../http/httpServer.ts";
import { statusOf } from "../http/statusOf.ts";
import type { Log } from "../operations/log.ts";
import { repeat } from "../repeat.ts";
import { StoreDamagedError } from "../store/errors.ts";
import { KeyHolderChain } from "./chain/keyHolderChain.ts";
import { refusesCaller, ROLE_NAMES } from "./chain/keyHolderRoles.ts";
import { eachByItself } from "../eachByItself.ts";
import { VerdictDesk } from "./deliveries/verdictDesk.ts";
import { EpochKeeper } from "./epochs/epochKeeper.ts";
import { epochPlan } from "./epochs/schedule.ts";
import { AttendanceBook } from "./evidence/attendance.ts";
import { SilenceWatch } from "./evidence/silenceWatch.ts";
import { Witness } from "./evidence/witness.ts";
import { matcherRoutes } from "./http/matcherRoutes.ts";
import { operatorRoutes, publicRoutes } from "./http/publicRoutes.ts";
import { answerSealer, RequestGuard } from "./http/signedRoutes.ts";
import type { KeyHolderDesks } from "./keyHolderDesks.ts";
import { KeyFolder } from "./keys/keyFolder.ts";
import { MatchDesk } from "./matches/matchDesk.ts";
import { KeyHolderMetrics } from "./operations/keyHolderMetrics.ts";
import { keyHolderStatus } from "./operations/keyHolderStatus.ts";
import { oncePer } from "./oncePer.ts";
import { ReputationDesk } from "./reputation/reputationDesk.ts";
import { PairDesk } from "./rounds/pairDesk.ts";
import { RankDesk } from "./rounds/rankDesk.ts";
import { RoundDesk } from "./rounds/roundDesk.ts";
import { KeyHolderStore } from "./store/keyHolderStore.ts";
import { UploadDesk } from "./uploads/uploadDesk.ts";

export interface KeyHolderOptions {
  provider: Provider;
  pool: PoolId;
  /** The matching record's address. */
  record: string;
  fromBlock?: number;
  /** Signs answers; its address is what participants and matcher believe. */
  signer: Pick<Signer, "getAddress" | "signMessage">;
  /** Sends with the key that has the pool's matcher role and the record's key holder role; the signer's unless it tells. */
  sender: PoolSender & { address?: string };
  /** Whose requests are taken. */
  matcher: string;
  /** Where it keeps what it must not forget, and its keys. */
  folder: string;
  password: string;
  schema: FeatureSchema;
  epochPeriods?: number;
  /** So many periods before an epoch begins it is announced. */
  aheadPeriods?: number;
  /** So long after an epoch's last settlement its secrets are kept. */
  keepPeriods?: number;
  /** That decrypt. */
  threads?: number;
  host?: string;
  port?: number;
  /** How often one network address may ask for reputations. */
  reputationRate?: RateOptions;
  /** How often it looks at the chain. */
  pollMs?: number;
  /** Of the key folder's scrypt, for tests. */
  costLog2?: number;
  log: Log;
}

/** A day of quarters. */
export const DEFAULT_EPOCH_PERIODS = 96;
export const DEFAULT_KEEP_PERIODS = 96;
export const DEFAULT_PORT = 8620;
const DEFAULT_POLL_MS = 500;
/** A round of many matches is proposed while its answer is waited for. */
const TIMEOUTS = { requestMs: 60_000, responseMs: 120_000 };
const MOST_CONNECTIONS = 256;
const MOST_CONNECTIONS_EACH = 64;
/** Everybody may ask for the status, and making it costs more than telling it. */
const STATUS_MS = 1_000;
const MOST_BYTES_EACH = 2 ** 27;

interface Parts {
  address: string;
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
  witness: Witness;
}

/** The key holder of a private market as a service: what it decides is kept, logged on chain, and then told. */
export class KeyHolderService {
  readonly #options: KeyHolderOptions;
  readonly #parts: Parts;
  readonly #desks: KeyHolderDesks;
  readonly #silence: SilenceWatch;
  readonly #attendance: AttendanceBook;
  readonly #server: HttpServer;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** The record's state at the last look: another object where the chain was reorganised since. */
  #seen: MatchingRecordState | undefined;
  /** Why it has ended. */
  #fault: Error | undefined;
  /** What keeps it from its work, in words for everybody. */
  #trouble: string | undefined = "the chain was not read yet";

  /**
   * Opens store and keys, and reads the chain's terms.
   * @throws StoreError, KeyFolderError, BaseError where it is its own matcher, and what the chain's node throws
   */
  static async open(options: KeyHolderOptions): Promise<KeyHolderService> {
    const { folder, pool, password, costLog2, log } = options;
    const address = await options.signer.getAddress();
    requireTwo(address, options.matcher);
    const store = KeyHolderStore.open(folder, pool);
    try {
      const keys = await KeyFolder.open({
        folder: path.join(folder, "keys"),
        pool,
        password,
        ...(costLog2 === undefined ? {} : { costLog2 }),
      });
      const account = options.sender.address ?? address;
      const chain = await KeyHolderChain.connect({ ...options, account });
      const epochs = new EpochKeeper({
        store,
        folder: keys,
        chain,
        schema: options.schema,
        plan: epochPlan(options.epochPeriods ?? DEFAULT_EPOCH_PERIODS, options.aheadPeriods),
        keepPeriods: options.keepPeriods ?? DEFAULT_KEEP_PERIODS,
        threads: options.threads ?? 1,
        log,
      });
      const witness = new Witness(store, chain, log);
      return new KeyHolderService(options, { address, store, chain, epochs, witness });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private constructor(options: KeyHolderOptions, parts: Parts) {
    const { store, chain, epochs, witness, address } = parts;
    const { log, matcher, pool, host = "127.0.0.1", port = DEFAULT_PORT } = options;
    this.#options = options;
    this.#parts = parts;
    const rounds = new RoundDesk(parts, matcher);
    this.#desks = {
      epochs,
      uploads: new UploadDesk(store, chain, epochs, witness),
      rounds,
      ranks: new RankDesk(parts, rounds),
      pairs: new PairDesk(parts, rounds),
      matches: new MatchDesk(parts, rounds),
      verdicts: new VerdictDesk({ ...parts, log }),
      reputations: new ReputationDesk(store, chain),
      evidence: store.evidence,
    };
    this.#silence = new SilenceWatch(parts);
    this.#attendance = new AttendanceBook(store.attendance, chain);
    const status = oncePer(STATUS_MS, () =>
      keyHolderStatus({ address, matcher, store, chain, epochs }),
    );
    const readiness = () => this.readiness();
    const metrics = new KeyHolderMetrics(status, () => readiness().ready);
    this.#server = new HttpServer({
      name: "The key holder",
      host,
      port,
      log,
      routes: [
        ...publicRoutes(this.#desks, options.reputationRate),
        ...operatorRoutes(this.#desks, new RequestGuard(pool, address, "the key holder")),
        ...matcherRoutes(this.#desks, new RequestGuard(pool, matcher, "the matcher")),
        ...healthRoutes({ readiness, status, metrics }),
      ].map((route) => this.#watched(route)),
      timeouts: TIMEOUTS,
      mostConnections: MOST_CONNECTIONS,
      mostConnectionsEach: MOST_CONNECTIONS_EACH,
      // The matcher sends much at once, and is told apart from others only when all of it has come.
      mostBytesEach: MOST_BYTES_EACH,
      isOpen: true,
      statusOf,
      sealReply: answerSealer(pool, options.signer),
    });
  }

  get address(): string {
    return this.#parts.address;
  }

  /** The chain as it sees it. */
  get chain(): KeyHolderChain {
    return this.#parts.chain;
  }

  /**
   * Goes on where it stopped, announces an epoch where there is none, and serves.
   * @returns the URL
   * @throws what the chain's node throws, HttpServerError
   */
  async start(): Promise<string> {
    await this.tend().catch((error: unknown) => {
      // Roles may be granted while it serves.
      if (!(error instanceof ContractRevertedError && refusesCaller(error))) throw error;
    });
    const url = await this.#server.start();
    this.#loop = this.#run();
    return url;
  }

  /** Ends what it has begun, and lets go of store and keys. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#server.stop();
    await this.#loop;
    await this.#parts.epochs.close();
    await this.#parts.store.close();
  }

  /** Resolves where a disk failed: nothing can be kept any more, or what was is not as it was, and so nothing answered. */
  async failed(): Promise<Error> {
    await this.#loop;
    return this.#parts.store.fault ?? this.#fault ?? new Promise<never>(() => {});
  }

  readiness(): Readiness {
    const { store, chain, epochs } = this.#parts;
    const fault = store.fault ?? this.#fault;
    const reasons = [
      ...(fault === undefined ? [] : [publicWordsOf(fault)]),
      ...(this.#trouble === undefined ? [] : [this.#trouble]),
      ...chain.roles.missing.map((role) => `its account has not ${ROLE_NAMES[role]}`),
      ...(epochs.announced().length === 0 ? ["no epoch is announced yet"] : []),
    ];
    return { ready: reasons.length === 0, reasons };
  }

  /**
   * Does all that is due by the chain as it is now. What one thing fails by keeps it from no other.
   * @throws what the chain's node throws, and whatever failed first
   */
  async tend(): Promise<void> {
    const { chain } = this.#parts;
    const { epochs, rounds, matches, verdicts } = this.#desks;
    try {
      await chain.sync();
      await chain.roles.refresh();
      await eachByItself([
        // Before somebody is blamed for what was not done since.
        () => this.#attendance.goOn(),
        // First: nothing of a period is taken on chain without its epoch.
        () => epochs.tend(),
        () => this.#relog(),
        () => rounds.resume(),
        () => matches.tend(),
        () => verdicts.resume(),
        () => this.#silence.look(),
      ]);
      this.#trouble = undefined;
      this.#attendance.noteDone();
    } catch (error) {
      this.#trouble = publicWordsOf(error);
      this.#attendance.noteTrouble();
      throw error;
    }
  }

  /** After a reorganisation; at the start too: it may have been away during one. */
  async #relog(): Promise<void> {
    const { record } = this.#parts.chain;
    if (this.#seen === record) return;
    this.#desks.verdicts.relog();
    if (await this.#desks.rounds.relog()) this.#seen = record;
  }

  /** Who finds the store damaged ends the service, which would answer otherwise than before. */
  #watched(route: HttpRoute): HttpRoute {
    return {
      ...route,
      answer: async (request): Promise<HttpReply> => {
        try {
          return await route.answer(request);
        } catch (error) {
          if (error instanceof StoreDamagedError) {
            this.#fault ??= error;
            this.#stopping.abort();
          }
          throw error;
        }
      },
    };
  }

  async #run(): Promise<void> {
    const { pollMs = DEFAULT_POLL_MS, log } = this.#options;
    const { signal } = this.#stopping;
    try {
      const work = async () => {
        await this.tend();
        if (this.#parts.store.fault !== undefined) this.#stopping.abort();
      };
      await repeat({ name: "what is due", everyMs: pollMs, work, signal, log });
    } catch (error) {
      this.#fault ??= error as Error;
    }
  }
}

/** That nobody is both: who has the keys and all ciphertexts reads every plan. @throws BaseError */
function requireTwo(keyHolder: string, matcher: string): void {
  if (getAddress(keyHolder) !== getAddress(matcher)) return;
  throw new BaseError(`The matcher ${matcher} is this key holder itself.`, {
    metaMessages: [
      "Who has the keys and the ciphertexts reads every plan.",
      "Correct --matcher: give the address of another operator's matcher.",
    ],
  });
}

/** Everybody may read it: what a lower layer said, such as a node's URL with its key, is for the log alone. */
function publicWordsOf(error: unknown): string {
  return error instanceof BaseError ? error.shortMessage : "what was due could not be done";
}
