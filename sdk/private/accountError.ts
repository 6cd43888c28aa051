import { BaseError } from "../errors.ts";

/** The parent of every reason for which a wallet gives no private account. No signature or key is in any of them. */
export class PrivateAccountError extends BaseError {
  override name = "PrivateAccountError";
}

/** What the wallet returned is no signature of a key. */
export class MalformedKeySignatureError extends PrivateAccountError {
  override name = "MalformedKeySignatureError";

  constructor(wallet: string, fault: string) {
    super(`The signature that wallet ${wallet} gave for its private account ${fault}.`, {
      metaMessages: [
        "Use a wallet that signs EIP-712 with one key: a contract's signature (EIP-1271) gives no private account.",
      ],
    });
  }
}

/** The signature comes from another key or for another message than the one that was asked for. */
export class OtherWalletError extends PrivateAccountError {
  override name = "OtherWalletError";

  constructor(wallet: string, signer: string) {
    super(`The signature for the private account of wallet ${wallet} comes from ${signer}.`, {
      metaMessages: [
        "Choose the account in the wallet that the page shows, and sign the message unchanged.",
      ],
    });
  }
}

/** The wallet signs one message in two ways: its keys could never be derived again. */
export class UnstableSignatureError extends PrivateAccountError {
  override name = "UnstableSignatureError";

  constructor(wallet: string) {
    super(`Wallet ${wallet} signed the same message twice with different signatures.`, {
      metaMessages: [
        "Use a wallet with deterministic signatures (RFC 6979): with this one private money would be lost.",
      ],
    });
  }
}

/** The derived account is not the one that is registered for this participant. */
export class OtherOwnerError extends PrivateAccountError {
  override name = "OtherOwnerError";

  constructor(wallet: string, index: bigint, derived: bigint, registered: bigint) {
    super(
      `Wallet ${wallet} gives owner ${derived} for index ${index}; owner ${registered} is registered.`,
      {
        metaMessages: [
          "Choose the wallet and index that the account was made with; nothing is derived from this one.",
        ],
      },
    );
  }
}
