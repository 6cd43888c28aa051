import { BaseError, type BaseErrorOptions } from "../../sdk/errors.ts";
import { buildCircuit, type BuildRequest, type CircuitKeys } from "./buildCircuit.ts";

/** What this process answers to a request. */
export type BuildAnswer =
  | { keys: CircuitKeys; durationMs: number }
  | { isUsers: true; message: string; options: BaseErrorOptions }
  | { isUsers: false; message: string };

async function answer(request: BuildRequest): Promise<BuildAnswer> {
  const startedMs = performance.now();
  try {
    return { keys: await buildCircuit(request), durationMs: performance.now() - startedMs };
  } catch (error) {
    // Errors lose their class on the way between processes.
    if (!(error instanceof BaseError))
      return { isUsers: false, message: String((error as Error).stack) };
    const { shortMessage: message, details, metaMessages } = error;
    return {
      isUsers: true,
      message,
      options: { metaMessages, ...(details !== undefined && { details }) },
    };
  }
}

process.on("message", (request: BuildRequest) => {
  void answer(request).then((reply) => process.send!(reply));
});
