import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";
import type { Clock } from "../../sdk/clock.ts";
import { hasPassed } from "./hasPassed.ts";
import { isRpcError, NoAnswerError, toHead, toNumber, type Head, type RpcRequest } from "./rpc.ts";

/** How a node is, for status pages and metrics. Nothing in it is secret. */
export interface EndpointStatus {
  name: string;
  /**
   * `behind`: others are more than a few blocks further. `wrong chain`: another chain id, or the same and another
   * block 0; nothing that it says counts.
   */
  state: "untried" | "ok" | "behind" | "failing" | "wrong chain";
  latencyMs: number | undefined;
  height: number | undefined;
  chainId: number | undefined;
  lastError: string | undefined;
  /** Failures in a row. */
  failures: number;
  /** When it is tried again, in unix seconds. */
  retryAtS: number | undefined;
}

/** What a node said about the chain and an account, all at about one moment. */
export interface View {
  endpoint: Endpoint;
  head: Head;
  /** Undefined where the node does not keep block 0. */
  genesisHash: string | undefined;
  /** How many transactions of the account are mined: its next nonce. */
  nonce: number;
}

export interface EndpointOptions {
  name: string;
  request: RpcRequest;
  chainId: number;
  clock: Pick<Clock, "nowS">;
  timeoutMs: number;
  /** The first wait after a failure; it doubles. */
  firstBackOffS: number;
  maxBackOffS: number;
}

/** One node: asked with a time limit, and left alone for a while where it fails. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #latencyMs: number | undefined;
  #height: number | undefined;
  #chainId: number | undefined;
  #lastError: string | undefined;
  #failures = 0;
  #failedAtS = 0;
  #backOffS: number | undefined;
  /** Whether it lags behind the others; set by those who compare nodes. */
  behind = false;
  /** Whether its block 0 is another than that of the store's chain; set by those who know it. */
  onOtherChain = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** False while it is left alone after a failure. */
  get isDue(): boolean {
    const backOffS = this.#backOffS;
    return (
      backOffS === undefined || hasPassed(backOffS, this.#failedAtS, this.#options.clock.nowS())
    );
  }

  /** Its chain id, where that is another than the one asked for. */
  get wrongChainId(): number | undefined {
    return this.#chainId === this.#options.chainId ? undefined : this.#chainId;
  }

  /** True once it has shown that it is on the right chain. */
  get isRecognised(): boolean {
    return this.#chainId === this.#options.chainId && !this.onOtherChain;
  }

  status(): EndpointStatus {
    return {
      name: this.name,
      state: this.#state(),
      latencyMs: this.#latencyMs,
      height: this.#height,
      chainId: this.#chainId,
      lastError: this.#lastError,
      failures: this.#failures,
      retryAtS: this.#backOffS === undefined ? undefined : this.#failedAtS + this.#backOffS,
    };
  }

  #state(): EndpointStatus["state"] {
    if (this.wrongChainId !== undefined || this.onOtherChain) return "wrong chain";
    if (this.#failures > 0) return "failing";
    if (this.#height === undefined) return "untried";
    return this.behind ? "behind" : "ok";
  }

  /**
   * Asks the node. An error that it answers with says nothing against it; only silence does.
   * @throws RpcError, NoAnswerError
   */
  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const startedMs = performance.now();
    try {
      const result = await this.#inTime(method, params);
      this.#succeeded(startedMs);
      return result;
    } catch (error) {
      if (isRpcError(error)) {
        this.#succeeded(startedMs);
        throw error;
      }
      const known =
        error instanceof NoAnswerError
          ? error
          : new NoAnswerError(`No Ethereum node answers at ${this.name}.`, {
              details: error instanceof Error ? error.message : String(error),
              metaMessages: ["Start it, or correct the URL."],
            });
      this.failed(known);
      throw known;
    }
  }

  /**
   * Asks for the chain id.
   * @throws WrongChainError, NoAnswerError
   */
  async recognise(): Promise<void> {
    const chainId = await this.#checked(() => this.request("eth_chainId", []), toNumber);
    this.#chainId = chainId;
    if (this.wrongChainId === undefined) return;
    const error = new WrongChainError(this.#options.chainId, BigInt(chainId));
    this.failed(error);
    throw error;
  }

  /** Asks all that a decision about an account's transactions needs. */
  async look(account: string): Promise<View> {
    await this.recognise();
    const [head, genesis, nonce] = await Promise.all([
      this.#checked(() => this.request("eth_getBlockByNumber", ["latest", false]), toHead),
      this.request("eth_getBlockByNumber", ["0x0", false]).catch((error: unknown) => {
        // A node that has thrown old blocks away may say so with an error.
        if (isRpcError(error)) return null;
        throw error;
      }),
      this.#checked(() => this.request("eth_getTransactionCount", [account, "latest"]), toNumber),
    ]);
    this.#height = head.number;
    const genesisHash = genesis === null ? undefined : toHead(genesis).hash;
    return { endpoint: this, head, genesisHash, nonce };
  }

  /** Counts an answer that is of no use as a failure. */
  failed(error: NoAnswerError | WrongChainError): void {
    const { clock, firstBackOffS, maxBackOffS } = this.#options;
    this.#lastError = [error.shortMessage, error.details].filter(Boolean).join(" ");
    // Several requests that fail together are one failure.
    if (!this.isDue) return;
    this.#failedAtS = clock.nowS();
    this.#backOffS = Math.min(firstBackOffS * 2 ** this.#failures, maxBackOffS);
    ++this.#failures;
  }

  async #checked<T>(ask: () => Promise<unknown>, read: (value: unknown) => T): Promise<T> {
    try {
      return read(await ask());
    } catch (error) {
      // Whoever cannot say its height is of no use, though it answers.
      const unusable =
        error instanceof NoAnswerError
          ? error
          : new NoAnswerError(`The node at ${this.name} does not serve requests.`, {
              details: (error as Error).message,
              metaMessages: ["Wait until it has synchronised, or correct the URL."],
            });
      this.failed(unusable);
      throw unusable;
    }
  }

  #succeeded(startedMs: number): void {
    this.#latencyMs = performance.now() - startedMs;
    if (this.wrongChainId !== undefined) return;
    this.#failures = 0;
    this.#backOffS = undefined;
  }

  /** An answer that comes later than the limit is heard by nobody. */
  async #inTime(method: string, params: readonly unknown[]): Promise<unknown> {
    const { request, timeoutMs } = this.#options;
    const late = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new NoAnswerError(
            `The node at ${this.name} does not answer ${method} within ${timeoutMs} ms.`,
            {
              metaMessages: ["Check its load and the network, or allow it more time."],
            },
          ),
        );
        late.abort();
      }, timeoutMs);
    });
    const answer = request(method, params, late.signal);
    // Where it loses the race nobody else hears of its failure.
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
