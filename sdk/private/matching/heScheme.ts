import type { BatchEncoder, Evaluator, MainModule, ParmsIdType, SEALContext } from "node-seal";
import type { HeParameters } from "./parameters.ts";
import { SealScope } from "./sealScope.ts";

let loading: Promise<MainModule> | undefined;

/** SEAL's module, once a thread. */
async function loadSeal(): Promise<MainModule> {
  loading ??= import("node-seal").then(({ initialize }) => initialize());
  return loading;
}

/**
 * SEAL with one set of parameters: what clients, matcher and key holder share. No keys are in it.
 * What is made with it is closed by who made it.
 */
export class HeScheme extends SealScope {
  readonly parameters: HeParameters;
  readonly context: SEALContext;
  readonly evaluator: Evaluator;
  readonly encoder: BatchEncoder;
  readonly slots: number;
  /** Of what participants send. */
  readonly freshLevel: ParmsIdType;
  /** One prime less: where a product is made linear again. */
  readonly middleLevel: ParmsIdType;
  /** Of what the key holder is sent. */
  readonly resultLevel: ParmsIdType;

  /** @throws Error where the parameters are not secure or have no slots, which is a defect of the program */
  static async create(parameters: HeParameters): Promise<HeScheme> {
    return new HeScheme(await loadSeal(), parameters);
  }

  private constructor(seal: MainModule, parameters: HeParameters) {
    super(seal);
    this.parameters = parameters;
    const sealParameters = this.own(new seal.EncryptionParameters(seal.SchemeType.bfv));
    const primes = this.own(new seal.VectorModulus());
    for (const prime of parameters.coeffModulus) {
      const modulus = new seal.Modulus(prime);
      primes.push_back(modulus);
      modulus.delete();
    }
    const plainModulus = this.own(new seal.Modulus(parameters.plainModulus));
    sealParameters.setPolyModulusDegree(parameters.polyModulusDegree);
    sealParameters.setCoeffModulus(primes);
    sealParameters.setPlainModulus(plainModulus);
    this.context = this.own(new seal.SEALContext(sealParameters, true, seal.SecLevelType.tc128));
    if (!this.context.parametersSet()) throw new Error("SEAL refuses the parameters.");
    this.evaluator = this.own(new seal.Evaluator(this.context));
    this.encoder = this.own(new seal.BatchEncoder(this.context));
    this.slots = this.encoder.slotCount();
    const freshPrimes = parameters.coeffModulus.length - 1;
    this.freshLevel = this.#levelOf(freshPrimes);
    this.middleLevel = this.#levelOf(freshPrimes - 1);
    this.resultLevel = this.#levelOf(parameters.resultPrimes);
  }

  /** For objects that live shorter than the scheme. */
  newScope(): SealScope {
    return new SealScope(this.seal);
  }

  /** The level with so many primes: the first one has all of them, each next one less. */
  #levelOf(primes: number): ParmsIdType {
    let data = this.context.firstContextData();
    for (let left = this.parameters.coeffModulus.length - 1; left > primes; left--) {
      const next = data.nextContextData();
      data.delete();
      data = next;
    }
    const level = this.own(data.parmsId());
    data.delete();
    return level;
  }
}
