// A run's process with children, whose ids it prints. Whoever kills it looks what becomes of them.
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "../../../scripts/neighbourhood/processes/child.ts";

const module = fileURLToPath(new URL("./sleeper.ts", import.meta.url));
const children = ["plain", "stubborn"].map(
  (mode) =>
    new Promise<number>((resolve) => {
      const child = new Child({ module, args: [mode], onLine: () => resolve(child.process.pid!) });
    }),
);
process.stdout.write(`${JSON.stringify(await Promise.all(children))}\n`);
await pause(60_000);
