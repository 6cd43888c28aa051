// A process that does nothing for a long time. `stubborn` does not end when it is asked to.
import { setTimeout as pause } from "node:timers/promises";

const [mode] = process.argv.slice(2);
if (mode === "stubborn") process.on("SIGTERM", () => undefined);
if (mode === "brief") process.stderr.write("all that it has to say\n");
else {
  process.stdout.write("sleeping\n");
  await pause(60_000);
}
