// A process that does nothing for a long time. `stubborn` does not end when it is asked to.
import { setTimeout as pause } from "node:timers/promises";

async function sleep(mode: string | undefined): Promise<void> {
  if (mode === "stubborn") process.on("SIGTERM", () => undefined);
  if (mode === "brief") {
    process.stderr.write("all that it has to say\n");
    return;
  }
  process.stdout.write("sleeping\n");
  await pause(60_000);
}

// Test runners load every file of this folder.
if (process.argv[1] === import.meta.filename) await sleep(process.argv[2]);
