import type { Ciphertext } from "node-seal";
import { ciphertextBytes, loadCiphertext } from "../../../sdk/private/matching/ciphertextBytes.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import type { HeParameters } from "../../../sdk/private/matching/parameters.ts";

/** Whether bytes are a ciphertext as participants encrypt it: nothing else is stored, or handed on. */
export class FormCheck {
  readonly scheme: HeScheme;
  readonly #what: string;
  readonly #into: Ciphertext;

  /** @param what it is, for messages: `plan's ciphertext` */
  static async create(parameters: HeParameters, what: string): Promise<FormCheck> {
    return new FormCheck(await HeScheme.create(parameters), what);
  }

  private constructor(scheme: HeScheme, what: string) {
    this.scheme = scheme;
    this.#what = what;
    this.#into = scheme.own(new scheme.seal.Ciphertext());
  }

  /** How long each is. */
  get bytes(): number {
    return ciphertextBytes(this.scheme, this.scheme.freshLevel);
  }

  /** @throws CiphertextError */
  require(bytes: Uint8Array): void {
    loadCiphertext(this.scheme, this.scheme.freshLevel, this.#what, bytes, this.#into);
  }

  /** Frees what it holds. */
  close(): void {
    this.scheme.close();
  }
}
