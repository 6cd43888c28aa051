import { AbiCoder, getAddress, getBytes, keccak256 } from "ethers";
import type { PoolId } from "../pool.ts";
import {
  formatPrivateAddress,
  parsePrivateAddress,
  type PrivateAddress,
} from "../privateAddress.ts";
import { paddedJson } from "../uploads/padded.ts";
import { EnvelopeError } from "../uploads/uploadError.ts";
import { MalformedMessageError } from "../wire/messageError.ts";
import { hash, object, oneOf, text, uint } from "../wire/readers.ts";
import { parseWireJson } from "../wire/wireJson.ts";

/** What a key holder is asked for an owner's reputation with. */
export interface ReputationQuestion {
  /** Whose: its answer opens with the address's viewing key alone, so that nobody need prove who asks. */
  address: PrivateAddress;
  /** 32 fresh bytes in hex: an older answer does not open for it. */
  nonce: string;
}

/** What the key holder's ledger has of an owner. */
export interface Reputation {
  /** From 0 to 100. */
  reputation: number;
  /** The chain's time, in Unix seconds. */
  atS: number;
}

const FORMAT = "sealwatt reputation 1";
const MOST_CHARACTERS = 160;
const MOST_REPUTATION = 100;

const readQuestion = object({ address: text(MOST_CHARACTERS), nonce: hash });
const readAnswer = object({
  format: oneOf(FORMAT),
  reputation: uint(MOST_REPUTATION),
  atS: uint(),
});

/** As it is sent. */
export function encodeQuestion({ address, nonce }: ReputationQuestion): object {
  return { address: formatPrivateAddress(address), nonce };
}

/** @throws MalformedMessageError */
export function readReputationQuestion(value: unknown): ReputationQuestion {
  const { address, nonce } = readQuestion(value, "question");
  try {
    return { address: parsePrivateAddress(address), nonce };
  } catch {
    throw new MalformedMessageError("question.address is no private address.", {
      metaMessages: ["Give the whole address: it begins with swp1."],
    });
  }
}

/** What an answer is bound to. */
export function reputationPlace(
  { chainId, pool }: PoolId,
  { address, nonce }: ReputationQuestion,
): Uint8Array {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["string", "uint256", "address", "uint256", "bytes32"],
    [FORMAT, chainId, getAddress(pool), address.account, nonce],
  );
  return getBytes(keccak256(encoded));
}

/** To be sealed to the address's viewing key. */
export function encodeReputation({ reputation, atS }: Reputation): Uint8Array {
  return paddedJson({ format: FORMAT, reputation, atS });
}

/** @throws EnvelopeError */
export function decodeReputation(plain: Uint8Array): Reputation {
  try {
    const { reputation, atS } = readAnswer(parseWireJson(plain), "answer");
    return { reputation, atS };
  } catch {
    throw new EnvelopeError("reputation's envelope", "does not hold a reputation");
  }
}
