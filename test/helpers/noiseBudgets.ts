import { loadCiphertext } from "../../sdk/private/matching/ciphertextBytes.ts";
import { MOST_FACTOR } from "../../sdk/private/matching/featureSchema.ts";
import {
  loadRelinKeys,
  loadSecretKey,
  openDecryptor,
  type HeKeys,
} from "../../sdk/private/matching/heKeys.ts";
import type { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { randomSlots } from "../../sdk/private/matching/randomSlots.ts";

/** Bits of noise budget left after each step of a distance. */
export interface NoiseBudgets {
  upload: number;
  pack: number;
  product: number;
  /** Times the largest mask. */
  masked: number;
  /** In what the key holder is sent, noise added. */
  result: number;
}

/** The same of a limit, which has no product. */
export interface LimitBudgets {
  /** Times random factors. */
  masked: number;
  result: number;
}

/** Follows a bid and a pack to a masked distance, and reads the budgets with the secret key. */
export function noiseBudgets(
  scheme: HeScheme,
  { secretKey, relinKeys }: HeKeys,
  {
    bid,
    pack,
    result,
    isProduct,
  }: Record<"bid" | "pack" | "result", Uint8Array> & { isProduct: boolean },
): NoiseBudgets {
  const { seal, context, evaluator, encoder, freshLevel, middleLevel, resultLevel, slots } = scheme;
  const key = loadSecretKey(scheme, secretKey);
  const decryptor = scheme.own(new seal.Decryptor(context, key));
  const [bidCipher, packCipher, product, opened] = [0, 1, 2, 3].map(() => scheme.newCiphertext());
  const factor = scheme.newPlaintext();
  encoder.encode(new BigUint64Array(slots).fill(BigInt(MOST_FACTOR)), factor);
  loadCiphertext(scheme, freshLevel, "bid", bid, bidCipher!);
  loadCiphertext(scheme, freshLevel, "pack", pack, packCipher!);
  loadCiphertext(scheme, resultLevel, "result", result, opened!);
  const budget = (ciphertext = product!): number => decryptor.invariantNoiseBudget(ciphertext);
  const uploadBits = budget(bidCipher);
  const packBits = budget(packCipher);
  if (isProduct) evaluator.multiply(bidCipher!, packCipher!, product!);
  else {
    evaluator.subInplace(bidCipher!, packCipher!);
    evaluator.square(bidCipher!, product!);
  }
  const productBits = budget();
  evaluator.cipherModSwitchToInplace(product!, middleLevel);
  evaluator.relinearizeInplace(product!, loadRelinKeys(scheme, relinKeys));
  evaluator.multiplyPlainInplace(product!, factor);
  return {
    upload: uploadBits,
    pack: packBits,
    product: productBits,
    masked: budget(),
    result: budget(opened),
  };
}

/** Follows a bid and a pack to a masked limit, as {@link noiseBudgets}. */
export function limitBudgets(
  scheme: HeScheme,
  { secretKey }: HeKeys,
  { bid, pack, result }: Record<"bid" | "pack" | "result", Uint8Array>,
): LimitBudgets {
  const { evaluator, encoder, freshLevel, middleLevel, resultLevel } = scheme;
  const decryptor = openDecryptor(scheme, secretKey, scheme);
  const [difference, packCipher, opened] = [0, 1, 2].map(() => scheme.newCiphertext());
  const factors = scheme.newPlaintext();
  loadCiphertext(scheme, freshLevel, "bid", bid, difference!);
  loadCiphertext(scheme, freshLevel, "pack", pack, packCipher!);
  loadCiphertext(scheme, resultLevel, "result", result, opened!);
  evaluator.subInplace(difference!, packCipher!);
  evaluator.cipherModSwitchToInplace(difference!, middleLevel);
  // No factors have larger coefficients: in most slots they are 0.
  encoder.encode(randomSlots(scheme), factors);
  evaluator.multiplyPlainInplace(difference!, factors);
  return {
    masked: decryptor.invariantNoiseBudget(difference!),
    result: decryptor.invariantNoiseBudget(opened!),
  };
}
