// The thread in which `DecryptionPool` decrypts: the service's own goes on answering meanwhile.
import { parentPort } from "node:worker_threads";
import { BaseError } from "../../../sdk/errors.ts";
import { createHeKeys } from "../../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import { CiphertextError } from "../../../sdk/private/matching/matchingError.ts";
import {
  DELIVERY_PARAMETERS,
  MATCHING_PARAMETERS,
} from "../../../sdk/private/matching/parameters.ts";
import type { PostedTask, TaskName, TaskNews } from "./decryptionTasks.ts";
import { EpochReaders } from "./epochReaders.ts";

const matching = await HeScheme.create(MATCHING_PARAMETERS);
const delivery = await HeScheme.create(DELIVERY_PARAMETERS);
const opened = new Map<string, EpochReaders>();

function readersOf(epoch: string): EpochReaders {
  const readers = opened.get(epoch);
  if (readers === undefined) throw new Error(`Epoch ${epoch} is not opened in this thread.`);
  return readers;
}

function forget(epoch: string): void {
  opened.get(epoch)?.close();
  opened.delete(epoch);
}

function isTask<N extends TaskName>(task: PostedTask, name: N): task is PostedTask<N> {
  return task.name === name;
}

function run(task: PostedTask): unknown {
  if (isTask(task, "make")) {
    return { matching: createHeKeys(matching), delivery: createHeKeys(delivery) };
  }
  if (isTask(task, "open")) {
    const { keys } = task.takes;
    forget(keys.epoch);
    opened.set(keys.epoch, new EpochReaders(matching, delivery, keys));
    return undefined;
  }
  if (isTask(task, "forget")) {
    forget(task.takes.epoch);
    return undefined;
  }
  if (isTask(task, "judge")) return readersOf(task.takes.epoch).judge(task.takes.blinded);
  if (isTask(task, "rank")) {
    const { epoch, masked, offers } = task.takes;
    return readersOf(epoch).rank(masked, offers);
  }
  if (isTask(task, "squares")) {
    const { epoch, masked, offers } = task.takes;
    return readersOf(epoch).squares(masked, offers);
  }
  if (isTask(task, "plan")) {
    const { epoch, ciphertext, contentHash } = task.takes;
    return readersOf(epoch).plan(ciphertext, contentHash);
  }
  if (isTask(task, "verdict")) return readersOf(task.takes.epoch).verdict(task.takes.masked);
  if (isTask(task, "energy")) return readersOf(task.takes.epoch).energy(task.takes.energyWh);
  throw new Error(`There is no task ${task.name}.`);
}

function answer(task: PostedTask): TaskNews {
  try {
    return { id: task.id, gives: run(task) };
  } catch (error) {
    const { name, message } = error as Error;
    const isKnown = error instanceof BaseError;
    return {
      id: task.id,
      failed: {
        name,
        message: isKnown ? error.shortMessage : message,
        remedies: isKnown ? error.metaMessages : [],
        isSender: error instanceof CiphertextError,
      },
    };
  }
}

parentPort!.on("message", (task: PostedTask) => parentPort!.postMessage(answer(task)));
