import { getAddress, type Provider } from "ethers";
import { toNotSentError } from "../../clients/notSentError.ts";
import { BaseError, showValue } from "../../errors.ts";
import { readAtMost } from "../../readAtMost.ts";
import { OutcomeUnknownError, type PoolSender, type SentCall } from "../client/poolSender.ts";
import { parseWireJson } from "../wire/wireJson.ts";
import {
  RELAYER_FORMAT,
  type RelayAnswer,
  type RelayRefusal,
  type RelayRequest,
  type RelayerTerms,
} from "./relayerProtocol.ts";

/** A relayer cannot be asked, or is not what it should be. Nothing was given to it. */
export class RelayerError extends BaseError {
  override name = "RelayerError";
}

export interface RelayerSenderOptions {
  /** How long an answer is waited for. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

const TIMEOUT_MS = 90_000;
/** Whatever a relayer says in this protocol is shorter. */
const MOST_ANSWER_BYTES = 2 ** 16;

/** What a relayer says of itself. @throws RelayerError */
export async function askRelayer(
  url: string,
  { timeoutMs = TIMEOUT_MS, fetch: get = fetch }: RelayerSenderOptions = {},
): Promise<{ chainId: bigint; pool: string; relayer: string; feeNano: bigint }> {
  const signal = AbortSignal.timeout(timeoutMs);
  let terms: Partial<RelayerTerms> | null;
  try {
    terms = (await readAnswer(await get(new URL("/", url), { signal }))) as typeof terms;
  } catch (error) {
    throw new RelayerError(`The relayer ${url} does not answer.`, {
      details: error instanceof Error ? error.message : String(error),
      metaMessages: ["Nothing was sent: use another relayer, or a sender of your own."],
    });
  }
  const { format, chainId, pool, relayer, feeNano } = terms ?? {};
  try {
    if (format !== RELAYER_FORMAT) throw new TypeError(`its format is ${showValue(format)}`);
    return {
      chainId: BigInt(chainId!),
      pool: getAddress(pool!),
      relayer: getAddress(relayer!),
      feeNano: BigInt(feeNano!),
    };
  } catch (error) {
    throw new RelayerError(`What answers at ${url} is no relayer of this version.`, {
      details: error instanceof Error ? error.message : String(error),
      metaMessages: ["Check its address. Nothing was sent."],
    });
  }
}

/**
 * Sends through a relayer. It is not believed: that a call is refused, one's own node says before the relayer gets it,
 * and that it was mined, the chain does. Whatever the relayer answers, it may send what it was given until the proof
 * expires.
 */
export function relayerSender(
  provider: Provider,
  url: string,
  options: RelayerSenderOptions = {},
): PoolSender {
  const { timeoutMs = TIMEOUT_MS, fetch: post = fetch } = options;
  return {
    async send({ to, data }): Promise<SentCall> {
      const { pool, relayer } = await askRelayer(url, options);
      if (pool !== getAddress(to)) {
        throw new RelayerError(`The relayer ${url} sends for ${pool}, not for ${to}.`, {
          metaMessages: ["Use a relayer of this pool. Nothing was sent."],
        });
      }
      await provider.call({ to, data, from: relayer }).catch((error: unknown) => {
        throw toNotSentError(error);
      });
      const request: RelayRequest = { pool, data };
      let status: number;
      let answer: unknown;
      try {
        const response = await post(new URL("/relay", url), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(request),
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = response.status;
        answer = await readAnswer(response);
      } catch (error) {
        throw unknownOutcome(url, error instanceof Error ? error.message : String(error));
      }
      const { hash, blockNumber } = (answer ?? {}) as Partial<RelayAnswer>;
      if (status === 200 && typeof hash === "string" && Number.isSafeInteger(blockNumber)) {
        return { hash: hash.slice(0, 66), blockNumber: Math.max(0, blockNumber!) };
      }
      throw unknownOutcome(url, `${status}: ${messageOf(answer)}`);
    },
  };
}

/** @throws RangeError, MalformedMessageError */
async function readAnswer(response: Response): Promise<unknown> {
  return parseWireJson(await readAtMost(response, MOST_ANSWER_BYTES));
}

function messageOf(answer: unknown): string {
  const { error } = (answer ?? {}) as Partial<RelayRefusal>;
  return showValue(error?.message);
}

function unknownOutcome(url: string, details: string): OutcomeUnknownError {
  return new OutcomeUnknownError(`The relayer ${url} did not say that it was mined.`, {
    details,
    metaMessages: ["It has the proof until that expires. Then use another sender for the same."],
  });
}
