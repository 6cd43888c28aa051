import type { Ciphertext, MainModule, Plaintext } from "node-seal";

/** A SEAL object lies outside of what JavaScript cleans up: it must be freed by hand. */
export interface SealObject {
  delete(): void;
}

/** Owns SEAL objects until it is closed. */
export class SealScope {
  readonly seal: MainModule;
  readonly #objects: SealObject[] = [];

  constructor(seal: MainModule) {
    this.seal = seal;
  }

  /** Has an object freed together with all others. */
  own<T extends SealObject>(object: T): T {
    this.#objects.push(object);
    return object;
  }

  newPlaintext(): Plaintext {
    return this.own(new this.seal.Plaintext());
  }

  newCiphertext(): Ciphertext {
    return this.own(new this.seal.Ciphertext());
  }

  /** Frees all that it owns; none of it may be used afterwards. */
  close(): void {
    for (const object of this.#objects.splice(0).reverse()) object.delete();
  }
}
