import { MalformedMessageError } from "../../../../sdk/private/wire/messageError.ts";
import { object, uint, type Reader } from "../../../../sdk/private/wire/readers.ts";

/** A batch's job in the queue. It names a batch; whoever reads the queue learns nothing of plans. */
export interface BatchJob {
  round: string;
  batch: number;
}

/** It becomes part of a path. */
const roundName: Reader<string> = (value, path) => {
  if (typeof value === "string" && /^[\da-f-]{36}$/.test(value)) return value;
  throw new MalformedMessageError(`${path} is no round's name.`);
};

/** Whoever writes into the queue could have made it. @throws MalformedMessageError */
export const readBatchJob = object({ round: roundName, batch: uint(2 ** 17) });

/** How long a worker may be silent until its batches are given to others. */
export const LOCK_MS = 5_000;
/** How often a batch is tried by workers until the matcher does it itself. */
export const BATCH_TRIES = 3;
/** All keys in Redis begin with it. */
export const QUEUE_PREFIX = "sealwatt";
