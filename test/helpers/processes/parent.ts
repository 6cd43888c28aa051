// A run's process with children, whose ids it prints. Whoever kills it looks what becomes of them.
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "../../../scripts/neighbourhood/processes/child.ts";

const SLEEPER = fileURLToPath(new URL("./sleeper.ts", import.meta.url));

async function haveChildren(): Promise<void> {
  const children = ["plain", "stubborn"].map(
    (mode) =>
      new Promise<number>((resolve) => {
        const child = new Child({
          module: SLEEPER,
          args: [mode],
          onLine: () => resolve(child.process.pid!),
        });
      }),
  );
  process.stdout.write(`${JSON.stringify(await Promise.all(children))}\n`);
  await pause(60_000);
}

// Test runners load every file of this folder.
if (process.argv[1] === import.meta.filename) await haveChildren();
