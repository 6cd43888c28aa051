import { BaseError } from "../../errors.ts";

/** The parent of every reason for which matching under encryption refuses something. */
export class MatchingError extends BaseError {
  override name = "MatchingError";
}

/** The features of a market cannot be matched by: one is malformed, or their distances could overflow. */
export class FeatureSchemaError extends MatchingError {
  override name = "FeatureSchemaError";
}

/** A value of a plan is not what its feature takes. It may be a secret, and is not told. */
export class FeatureValueError extends MatchingError {
  override name = "FeatureValueError";

  constructor(feature: string, range: string) {
    super(`The plan's ${feature} is not ${range}.`, {
      metaMessages: ["The market's features say what each may be; nothing was encrypted."],
    });
  }
}

/** Bytes are no ciphertext or key that this place takes. Whoever sent them is at fault, and nobody else. */
export class CiphertextError extends MatchingError {
  override name = "CiphertextError";
}

/** There are fewer bytes than a ciphertext has. */
export class TruncatedCiphertextError extends CiphertextError {
  override name = "TruncatedCiphertextError";

  constructor(what: string, length: number, expected: number) {
    super(`The ${what} has ${length} bytes, not ${expected}.`, {
      metaMessages: ["Send it whole: it was cut on its way or where it is kept."],
    });
  }
}

/** There are more bytes than a ciphertext has. */
export class OversizedCiphertextError extends CiphertextError {
  override name = "OversizedCiphertextError";

  constructor(what: string, length: number, expected: number) {
    super(`The ${what} has ${length} bytes, not ${expected}.`, {
      metaMessages: ["Send one ciphertext, uncompressed, of the market's parameters."],
    });
  }
}

/** The bytes do not have the form of a ciphertext. */
export class MalformedCiphertextError extends CiphertextError {
  override name = "MalformedCiphertextError";

  constructor(what: string, fault: string) {
    super(`The ${what} ${fault}.`, {
      metaMessages: [
        "Encrypt again with the epoch's public key, and send what comes out unchanged.",
      ],
    });
  }
}

/** A ciphertext or key was made with other parameters, or belongs to another step. */
export class WrongParametersError extends CiphertextError {
  override name = "WrongParametersError";

  constructor(what: string) {
    super(`The ${what} was made with other parameters, or for another step.`, {
      metaMessages: ["Take the parameters and the public key that the market announces."],
    });
  }
}

/** Bytes are no key of the kind and parameters that this place takes. */
export class MalformedKeyError extends CiphertextError {
  override name = "MalformedKeyError";

  constructor(what: string, fault: string) {
    super(`The ${what} ${fault}.`, {
      metaMessages: ["Take the epoch's key as the key holder announced it, whole."],
    });
  }
}
