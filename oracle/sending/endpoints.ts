import { ChainUnreachableError } from "../../sdk/clients/revertError.ts";
import type { Clock } from "../../sdk/clock.ts";
import { WrongChainError } from "../../sdk/deployment/checkDeployment.ts";
import { Endpoint, type EndpointStatus, type View } from "./endpoint.ts";
import { isRpcError, type RpcRequest } from "./rpc.ts";
import { classifySendError, type SendRefusal } from "./sendRefusal.ts";

/** What one node said to a transaction. */
export interface SendAnswer {
  endpoint: string;
  /** `taken`; `lost` where no answer came, so that it may have it or not. */
  outcome: "taken" | "lost" | SendRefusal;
  message: string | undefined;
}

/** True where the node has the transaction. */
export const isHeldBy = ({ outcome }: SendAnswer) => outcome === "taken" || outcome === "known";

export interface EndpointsOptions {
  /** The preferred one first. */
  nodes: readonly { name: string; request: RpcRequest }[];
  chainId: number;
  clock: Pick<Clock, "nowS">;
  timeoutMs?: number;
  firstBackOffS?: number;
  maxBackOffS?: number;
  /** A node that is further behind the highest is asked last and decides nothing. */
  maxLagBlocks?: number;
}

const DEFAULTS = { timeoutMs: 5_000, firstBackOffS: 1, maxBackOffS: 60, maxLagBlocks: 5 };

/** Several nodes of one chain. One that fails, lags or is on another chain stops nothing while another works. */
export class Endpoints {
  readonly chainId: number;
  readonly #endpoints: readonly Endpoint[];
  readonly #maxLagBlocks: number;

  constructor({ nodes, ...options }: EndpointsOptions) {
    if (nodes.length === 0) throw new RangeError("There is no node to ask.");
    const all = { ...DEFAULTS, ...options };
    this.chainId = all.chainId;
    this.#maxLagBlocks = all.maxLagBlocks;
    this.#endpoints = nodes.map(({ name, request }) => new Endpoint({ ...all, name, request }));
  }

  status(): EndpointStatus[] {
    return this.#endpoints.map((endpoint) => endpoint.status());
  }

  /**
   * What every node that answers in time says, save those that lag behind; the highest first.
   * @throws WrongChainError where all that answer are on another chain, ChainUnreachableError where none answers
   */
  async look(account: string): Promise<View[]> {
    const due = this.#endpoints.filter(({ isDue }) => isDue);
    const answers = await Promise.allSettled(due.map((endpoint) => endpoint.look(account)));
    const views = answers.flatMap((answer) =>
      answer.status === "fulfilled" ? [answer.value] : [],
    );
    if (views.length === 0) throw this.#noneAnswers(answers);
    const height = Math.max(...views.map(({ head }) => head.number));
    for (const { endpoint, head } of views) {
      endpoint.behind = head.number < height - this.#maxLagBlocks;
    }
    return views
      .filter(({ endpoint }) => !endpoint.behind)
      .sort((a, b) => b.head.number - a.head.number);
  }

  /**
   * The first answer, from one node after the other.
   * @param isUseful whether others need not be asked; where none has a useful answer, another is taken
   * @throws RpcError of the last that answered with one, ChainUnreachableError where none answers
   */
  async request(
    method: string,
    params: readonly unknown[],
    isUseful: (answer: unknown) => boolean = () => true,
  ): Promise<unknown> {
    let refusal: unknown;
    const useless: unknown[] = [];
    for (const endpoint of await this.#usable()) {
      try {
        const answer = await endpoint.request(method, params);
        if (isUseful(answer)) return answer;
        useless.push(answer);
      } catch (error) {
        if (isRpcError(error)) refusal = error;
      }
    }
    if (refusal === undefined && useless.length > 0) return useless[0];
    throw refusal instanceof Error ? refusal : this.#noneAnswers([]);
  }

  /** Gives a signed transaction to every node: one that loses it or lies about it is not the only one. */
  async send(raw: string): Promise<SendAnswer[]> {
    const usable = await this.#usable();
    return Promise.all(
      usable.map(async (endpoint): Promise<SendAnswer> => {
        try {
          await endpoint.request("eth_sendRawTransaction", [raw]);
          return { endpoint: endpoint.name, outcome: "taken", message: undefined };
        } catch (error) {
          const { message } = error as Error;
          const outcome = isRpcError(error) ? classifySendError(error) : "lost";
          return { endpoint: endpoint.name, outcome, message };
        }
      }),
    );
  }

  /** Those that may be asked now, once they have shown their chain id; those that lag behind last. */
  async #usable(): Promise<Endpoint[]> {
    const unknown = this.#endpoints.filter(
      ({ isDue, isRecognised, onOtherChain }) => isDue && !isRecognised && !onOtherChain,
    );
    await Promise.allSettled(unknown.map((endpoint) => endpoint.recognise()));
    const due = this.#endpoints.filter(({ isDue, isRecognised }) => isDue && isRecognised);
    return [...due.filter(({ behind }) => !behind), ...due.filter(({ behind }) => behind)];
  }

  #noneAnswers(answers: readonly PromiseSettledResult<View>[]): Error {
    const reasons = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as Error] : [],
    );
    const wrong = reasons.find((reason) => reason instanceof WrongChainError);
    if (wrong !== undefined && reasons.every((reason) => reason instanceof WrongChainError))
      return wrong;
    // One that is left alone for that reason is on the wrong chain still.
    const ids = this.#endpoints.map(({ wrongChainId }) => wrongChainId);
    if (ids[0] !== undefined && !ids.includes(undefined))
      return new WrongChainError(this.chainId, BigInt(ids[0]));
    const details = this.status()
      .filter(({ lastError }) => lastError !== undefined)
      .map(({ name, lastError }) => `${name}: ${lastError}`)
      .join("; ");
    return new ChainUnreachableError("None of the Ethereum nodes answers.", {
      metaMessages: ["Check their addresses and that they run; they are tried again."],
      ...(details === "" ? {} : { details }),
    });
  }
}
