import type { Verdict } from "../../../sdk/private/matching/deviationJudge.ts";
import type { FeatureSchema } from "../../../sdk/private/matching/featureSchema.ts";
import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import type { HeKeys } from "../../../sdk/private/matching/heKeys.ts";
import type { Ranking } from "../../../sdk/private/matching/rankReader.ts";

/** What a worker needs of an epoch. */
export interface DecryptionKeys {
  /** The epoch's manifest hash, by which it goes. */
  epoch: string;
  schema: FeatureSchema;
  matchingKey: Uint8Array;
  deliveryKey: Uint8Array;
  /** Public: matched energies are encrypted under it. */
  deliveryPublicKey: Uint8Array;
}

/** Keys as they are made. */
export interface MadeKeys {
  matching: HeKeys;
  delivery: HeKeys;
}

/** What workers do, by name: what each takes and gives. */
export interface DecryptionTasks {
  make: { takes: object; gives: MadeKeys };
  open: { takes: { keys: DecryptionKeys }; gives: undefined };
  forget: { takes: { epoch: string }; gives: undefined };
  judge: { takes: { epoch: string; blinded: Uint8Array }; gives: boolean };
  rank: { takes: { epoch: string; masked: MaskedBid; offers: number }; gives: Ranking };
  squares: {
    takes: { epoch: string; masked: readonly Uint8Array[]; offers: number };
    gives: number[];
  };
  /** The number of each block; undefined where the bytes have another hash, and then nothing was decrypted. */
  plan: {
    takes: { epoch: string; ciphertext: Uint8Array; contentHash: string };
    gives: number[] | undefined;
  };
  verdict: { takes: { epoch: string; masked: Uint8Array }; gives: Verdict };
  energy: { takes: { epoch: string; energyWh: bigint }; gives: Uint8Array };
}

export type TaskName = keyof DecryptionTasks;

/** A task on its way to a worker. */
export interface PostedTask<N extends TaskName = TaskName> {
  id: number;
  name: N;
  takes: DecryptionTasks[N]["takes"];
}

/** What became of one. */
export type TaskNews =
  | { id: number; gives: unknown }
  | {
      id: number;
      failed: { name: string; message: string; remedies: readonly string[]; isSender: boolean };
    };
