import { isError, type Provider, type Signer } from "ethers";
import { NotSentError, toNotSentError } from "../../clients/notSentError.ts";
import { ChainUnreachableError, toRevertError } from "../../clients/revertError.ts";
import { NotMinedError, type ContractCall } from "../../clients/transactionSender.ts";
import { BaseError } from "../../errors.ts";

/** What a sender knows of a transaction that was mined. Whether it is so, the chain says. */
export interface SentCall {
  blockNumber: number;
  hash: string;
}

/** What brings a call to the chain and waits until it is mined: a `TransactionSender`, a wallet, a relayer. */
export interface PoolSender {
  /** @throws ContractRevertedError, and OutcomeUnknownError where the call may be mined yet */
  send(call: ContractCall): Promise<SentCall>;
}

/** The participant's own wallet, whose address everybody sees. */
export interface ParticipantWallet extends PoolSender {
  address: string;
}

/** A transaction was given away, and nobody says what became of it. */
export class OutcomeUnknownError extends BaseError {
  override name = "OutcomeUnknownError";
}

/** Whether a call that failed so may be mined yet. */
export function mayBeMined(error: unknown): boolean {
  if (!(error instanceof BaseError)) return true;
  if (error instanceof NotSentError) return false;
  return (
    error instanceof OutcomeUnknownError ||
    error instanceof NotMinedError ||
    error instanceof ChainUnreachableError
  );
}

/** The wallet's owner said no. */
export class RejectedByWalletError extends BaseError {
  override name = "RejectedByWalletError";
}

/** A signer's provider. */
export function providerOf(signer: Signer): Provider {
  if (signer.provider === null) throw new TypeError("The signer has no provider.");
  return signer.provider;
}

/**
 * Sends with any signer of ethers, a browser's wallet too. Who signs is seen by everybody: for what does not need the
 * participant's own address, a relayer or burner links less.
 */
export function walletSender(signer: Signer): PoolSender {
  return {
    async send(call) {
      const provider = providerOf(signer);
      const from = await signer.getAddress();
      // What would revert is not sent: it would cost gas, and only a call tells why.
      await provider.call({ ...call, from }).catch((error: unknown) => {
        throw toNotSentError(error);
      });
      const response = await signer.sendTransaction(call).catch((error: unknown) => {
        throw toSendError(error);
      });
      const receipt = await response.wait().catch((error: unknown) => {
        throw toWaitError(error, response.hash);
      });
      if (receipt === null) throw toWaitError(undefined, response.hash);
      return { blockNumber: receipt.blockNumber, hash: receipt.hash };
    },
  };
}

/** A wallet by its address, for what only the participant can send. */
export async function participantWallet(signer: Signer): Promise<ParticipantWallet> {
  return Object.assign(walletSender(signer), { address: await signer.getAddress() });
}

function toSendError(error: unknown): Error {
  if (isError(error, "ACTION_REJECTED")) {
    return new RejectedByWalletError("The transaction was rejected in the wallet.", {
      metaMessages: ["Nothing was sent. Start again and confirm it in the wallet."],
      cause: error,
    });
  }
  if (isError(error, "INSUFFICIENT_FUNDS")) {
    return new BaseError("The wallet cannot pay for the transaction.", {
      metaMessages: ["Send ether to it, or use a relayer."],
      cause: error,
    });
  }
  return toRevertError(error);
}

function toWaitError(error: unknown, hash: string): Error {
  // A receipt says that it reverted: something came first, which the caller's next look at the chain shows.
  if (isError(error, "CALL_EXCEPTION")) {
    return new BaseError(`Transaction ${hash} reverted.`, {
      metaMessages: ["Somebody acted first, or it ran out of gas: try again."],
      cause: error,
    });
  }
  return new OutcomeUnknownError(`What became of transaction ${hash} is not known.`, {
    metaMessages: ["Look for it on the chain before you send the same again."],
    cause: error,
  });
}
