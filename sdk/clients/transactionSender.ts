import { BaseError } from "../errors.ts";
import { toNotSentError } from "./notSentError.ts";
import { toRevertError } from "./revertError.ts";
import {
  keccak256,
  type AbstractSigner,
  type Provider,
  type TransactionReceipt,
  type TransactionRequest,
} from "ethers";

/** The most gas that one transaction may use (EIP-7825: 2^24). */
export const MAX_TRANSACTION_GAS = 16_777_216n;

/** What a call is sent with. */
export interface SendOptions {
  /** Without it the node estimates. */
  gasLimit?: bigint;
}

/** A call of a contract, ready to be sent. */
export interface ContractCall {
  to: string;
  data: string;
}

/** A transaction was mined in no block for too long. */
export class NotMinedError extends BaseError {
  override name = "NotMinedError";
}

const POLL_MS = 50;
const MINED_WITHIN_MS = 60_000;

/**
 * Sends the transactions of one key, one after the other, and waits until each is mined. The one owner of the key's
 * nonce: two senders for one key hinder each other.
 */
export class TransactionSender {
  readonly address: string;
  readonly provider: Provider;
  readonly #signer: AbstractSigner;
  #nonce: number | undefined;
  #chainId: bigint | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param signer a key with an address that is known, connected to a provider */
  private constructor(signer: AbstractSigner, provider: Provider, address: string) {
    this.#signer = signer;
    this.provider = provider;
    this.address = address;
  }

  static async of(signer: AbstractSigner): Promise<TransactionSender> {
    if (signer.provider === null) throw new TypeError("The signer has no provider.");
    return new TransactionSender(signer, signer.provider, await signer.getAddress());
  }

  get signer(): AbstractSigner {
    return this.#signer;
  }

  /**
   * Sends a call and waits for its receipt.
   * @throws ContractRevertedError with the contract's error and what to do about it
   */
  send(call: ContractCall, options: SendOptions = {}): Promise<TransactionReceipt> {
    const result = this.#queue.then(() => this.#send(call, options));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #send(call: ContractCall, { gasLimit }: SendOptions): Promise<TransactionReceipt> {
    const { provider } = this;
    const request: TransactionRequest = { ...call, from: this.address };
    // What would revert is not sent: it would cost gas, and only a call tells why.
    const dryRun = provider.call({ ...request, blockTag: "pending" });
    const [fees] = await Promise.all([this.#fees(), dryRun]).catch(failUnsent);
    this.#chainId ??= (await provider.getNetwork().catch(failUnsent)).chainId;
    this.#nonce ??= await provider.getTransactionCount(this.address, "pending").catch(failUnsent);
    const raw = await this.#signer.signTransaction({
      ...call,
      ...fees,
      type: 2,
      nonce: this.#nonce,
      chainId: this.#chainId,
      gasLimit: gasLimit ?? (await this.#estimate(request)),
    });
    const hash = keccak256(raw);
    try {
      await provider.broadcastTransaction(raw);
    } catch (error) {
      // The nonce may be used or not: ask again next time.
      this.#nonce = undefined;
      if ((await provider.getTransactionReceipt(hash)) === null) throw toRevertError(error);
    }
    if (this.#nonce !== undefined) ++this.#nonce;
    const receipt = await this.#receipt(hash);
    if (receipt.status === 0) {
      try {
        await provider.call({
          ...request,
          gasLimit: receipt.gasUsed,
          blockTag: receipt.blockNumber,
        });
      } catch (error) {
        throw toRevertError(error);
      }
      throw new BaseError(`Transaction ${hash} reverted.`, {
        metaMessages: ["Somebody acted first, or it ran out of gas: try again."],
      });
    }
    return receipt;
  }

  async #estimate(request: TransactionRequest): Promise<bigint> {
    // Between the call and this the chain may have changed. Nothing was sent, and the error says so.
    const estimate = await this.provider.estimateGas(request).catch(failUnsent);
    const padded = (estimate * 5n) / 4n;
    return padded > MAX_TRANSACTION_GAS ? MAX_TRANSACTION_GAS : padded;
  }

  /** Room for a base fee that doubles; nothing on a chain without one. */
  async #fees(): Promise<{ maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }> {
    const block = await this.provider.getBlock("latest");
    const baseFee = block?.baseFeePerGas ?? 0n;
    return { maxFeePerGas: 2n * baseFee, maxPriorityFeePerGas: 0n };
  }

  async #receipt(hash: string): Promise<TransactionReceipt> {
    const deadline = Date.now() + MINED_WITHIN_MS;
    for (;;) {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) return receipt;
      if (Date.now() > deadline) {
        this.#nonce = undefined;
        throw new NotMinedError(
          `Transaction ${hash} was not mined within ${MINED_WITHIN_MS / 1000} s.`,
          {
            metaMessages: ["Check that the chain makes blocks and that its fee is paid."],
          },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function failUnsent(error: unknown): never {
  throw toNotSentError(error);
}
