import { createHash } from "node:crypto";
import { littleEndian, writeSections } from "./binaryFile.ts";
import {
  BASE_FIELD_ORDER,
  inverse,
  power,
  rootOfUnity,
  SCALAR_FIELD_ORDER,
  toScalar,
} from "./bn254.ts";
import { FixedBase } from "./fixedBase.ts";
import { lagrangeAt } from "./lagrange.ts";
import { evaluateQap, writePlainScalars } from "./qap.ts";
import { domainPower, readR1cs, type R1cs } from "./r1cs.ts";
import { DEVELOPMENT_SEED, secretsFromSeed, type SetupSecrets } from "./setupSecrets.ts";
import { FIELD_BYTES, loadWasmCurve, type WasmCurve } from "./wasmCurve.ts";

const GROTH16 = 1;
const ZKEY_VERSION = 1;

/**
 * Makes Groth16 keys without a ceremony, from secrets that are known. It keeps the tables of the
 * generators' multiples, half a second's work, from one circuit to the next.
 */
export class KeyMaker {
  readonly #curve: WasmCurve;
  readonly #g1: FixedBase;
  readonly #g2: FixedBase;

  private constructor(curve: WasmCurve) {
    this.#curve = curve;
    this.#g1 = new FixedBase(curve, "G1");
    this.#g2 = new FixedBase(curve, "G2");
  }

  static async create(): Promise<KeyMaker> {
    return new KeyMaker(await loadWasmCurve());
  }

  /**
   * A development key: anybody can forge proofs for it.
   * @param r1csFile as `circom --r1cs` writes it
   * @returns a file in snarkjs's zkey format, the same for the same circuit and seed
   */
  developmentKey(r1csFile: Uint8Array, seed = DEVELOPMENT_SEED): Uint8Array {
    // In place of a ceremony's hash of the circuit.
    const origin = createHash("sha512").update(seed).update("\n").update(r1csFile).digest();
    return this.keyFromSecrets(r1csFile, secretsFromSeed(seed), origin);
  }

  /** @param origin 64 bytes that a ceremony's transcript begins with */
  keyFromSecrets(r1csFile: Uint8Array, secrets: SetupSecrets, origin: Uint8Array): Uint8Array {
    const r1cs = readR1cs(r1csFile);
    return this.#curve.scoped(() => {
      const { signals, publicSignals } = r1cs;
      const { a, b, combined, coefficients } = evaluateQap(this.#curve, r1cs, secrets);
      const publicPart = this.#g1.multiply(combined, publicSignals + 1);
      const privatePart = this.#g1.multiply(
        combined + (publicSignals + 1) * FIELD_BYTES,
        signals - publicSignals - 1,
      );
      return writeSections("zkey", ZKEY_VERSION, [
        littleEndian(BigInt(GROTH16), 4),
        this.#header(r1cs, secrets),
        publicPart,
        coefficients,
        this.#g1.multiply(a, signals),
        this.#g1.multiply(b, signals),
        this.#g2.multiply(b, signals),
        privatePart,
        this.#quotientPoints(r1cs, secrets),
        Buffer.concat([origin, littleEndian(0n, 4)]),
      ]);
    });
  }

  #header(r1cs: R1cs, { alpha, beta, gamma, delta }: SetupSecrets): Uint8Array {
    const number = (value: number) => littleEndian(BigInt(value), 4);
    return Buffer.concat([
      number(FIELD_BYTES),
      littleEndian(BASE_FIELD_ORDER, FIELD_BYTES),
      number(FIELD_BYTES),
      littleEndian(SCALAR_FIELD_ORDER, FIELD_BYTES),
      number(r1cs.signals),
      number(r1cs.publicSignals),
      number(2 ** domainPower(r1cs)),
      this.#points(this.#g1, [alpha, beta]),
      this.#points(this.#g2, [beta, gamma]),
      this.#points(this.#g1, [delta]),
      this.#points(this.#g2, [delta]),
    ]);
  }

  /**
   * The prover has `a · b - c` at the odd points of the domain of double size; at the even ones, those
   * of the constraints, it is 0. So the odd points' Lagrange polynomials make the quotient's share.
   */
  #quotientPoints(r1cs: R1cs, { tau, delta }: SetupSecrets): Uint8Array {
    const logSize = domainPower(r1cs);
    const size = 2n ** BigInt(logSize);
    const root = rootOfUnity(logSize + 1);
    // At odd points, a polynomial of the doubled domain is that of the coset times (1 - tau^n) / 2.
    const scale = toScalar((1n - power(tau, size)) * inverse(2n) * inverse(delta));
    return this.#points(
      this.#g1,
      lagrangeAt(tau, logSize, root).map((value) => toScalar(value * scale)),
    );
  }

  #points(base: FixedBase, scalars: readonly bigint[]): Uint8Array {
    return this.#curve.scoped(() => {
      const pointer = this.#curve.allocate(scalars.length * FIELD_BYTES);
      writePlainScalars(this.#curve, scalars, pointer);
      return base.multiply(pointer, scalars.length);
    });
  }
}
