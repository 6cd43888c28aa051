// Loaded before everything else of a run's process (`node --import`): it ends with the process that started it, however
// that one ended.
import { isMainThread } from "node:worker_threads";

/** What a process has to close its files and answer its callers. */
const GRACE_MS = 5_000;

// Threads of the process are started with the same option.
if (isMainThread) {
  process.on("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(), GRACE_MS).unref();
  });
  // What ends by itself does not wait for its parent.
  process.channel?.unref();
}
