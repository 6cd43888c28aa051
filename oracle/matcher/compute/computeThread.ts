// A thread of `ThreadPool`.
import { parentPort } from "node:worker_threads";
import { BaseError } from "../../../sdk/errors.ts";
import { Computer } from "./computer.ts";
import { givenBuffers } from "./givenBuffers.ts";
import type { ComputeTask, ThreadReply } from "./computeTasks.ts";

const computer = await Computer.create();

function replyTo(task: ComputeTask): ThreadReply {
  try {
    return { answer: computer.answer(task) };
  } catch (error) {
    // Anything else ends the thread, and the pool has its share done by another.
    if (!(error instanceof BaseError)) throw error;
    return { refusal: error.shortMessage };
  }
}

parentPort!.on("message", (task: ComputeTask) => {
  const reply = replyTo(task);
  parentPort!.postMessage(reply, givenBuffers(reply));
});
parentPort!.postMessage({ answer: undefined } satisfies ThreadReply);
