import { HDNodeWallet, SigningKey, type Provider } from "ethers";
import { TransactionSender } from "../../sdk/clients/transactionSender.ts";
import { SUBGROUP_ORDER } from "../../sdk/private/field.ts";
import { DEVELOPMENT_MNEMONIC } from "./embeddedChain.ts";

/** Who has which account of the development mnemonic. The deployer's is the first. */
export const ACTORS = [
  "deployer",
  "admin",
  "operator",
  "regulator",
  "treasurer",
  "grid",
  "gateway",
  "agent",
] as const;
export type Actor = (typeof ACTORS)[number];

/** Index of the first participant's account. */
export const FIRST_PARTICIPANT = ACTORS.length;
/** Far from the accounts that hold ether. */
const OPENING_KEY_INDEX = 1_000_000;
const MATCHER_INDEX = 1_000_001;
const AUDIT_KEY_INDEX = 1_000_002;
const KEY_HOLDER_INDEX = 1_000_003;
const FIRST_PRIVATE_GATEWAY_INDEX = 1_000_100;

/** The keys of a run: those of the development mnemonic, which protect nothing. */
export class RunKeys {
  readonly #parent = HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, "", "m/44'/60'/0'/0");

  wallet(index: number): HDNodeWallet {
    return this.#parent.deriveChild(index);
  }

  address(actor: Actor): string {
    return this.wallet(ACTORS.indexOf(actor)).address;
  }

  /** The key to which openings are encrypted. */
  openingKey(): SigningKey {
    return this.wallet(OPENING_KEY_INDEX).signingKey;
  }

  /** Who matches private plans. */
  matcher(): HDNodeWallet {
    return this.wallet(MATCHER_INDEX);
  }

  /** Who opens what is matched under encryption, and proposes the matches. */
  keyHolder(): HDNodeWallet {
    return this.wallet(KEY_HOLDER_INDEX);
  }

  /** What a gateway vouches with in the private market. */
  privateGateway(index: number): HDNodeWallet {
    return this.wallet(FIRST_PRIVATE_GATEWAY_INDEX + index);
  }

  /** The regulator's, which reads all private notes. */
  auditScalar(): bigint {
    const { privateKey } = this.wallet(AUDIT_KEY_INDEX);
    return (BigInt(privateKey) % (SUBGROUP_ORDER - 1n)) + 1n;
  }

  /** A sender for an actor, or for the participant of an index. */
  sender(who: Actor | number, provider: Provider): Promise<TransactionSender> {
    const index = typeof who === "number" ? FIRST_PARTICIPANT + who : ACTORS.indexOf(who);
    return TransactionSender.of(this.wallet(index).connect(provider));
  }
}
