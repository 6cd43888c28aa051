// A computing thread that ends in the middle of its work where a ciphertext's name says so.
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parentPort, type MessagePort } from "node:worker_threads";
import { Computer } from "../../oracle/matcher/compute/computer.ts";
import type { ComputeTask } from "../../oracle/matcher/compute/computeTasks.ts";

function dies(contentHash: string): boolean {
  if (contentHash.startsWith("deadly")) return true;
  if (!contentHash.startsWith("once")) return false;
  const mark = join(tmpdir(), `sealwatt-${contentHash}`);
  if (existsSync(mark)) return false;
  writeFileSync(mark, "");
  return true;
}

async function answer(port: MessagePort): Promise<void> {
  const computer = await Computer.create();
  port.on("message", (task: ComputeTask) => {
    const asked = Object.values(task.ask as object).flat() as { contentHash?: string }[];
    if (asked.some(({ contentHash }) => contentHash !== undefined && dies(contentHash))) {
      process.exit(7);
    }
    port.postMessage({ answer: computer.answer(task) });
  });
  port.postMessage({ answer: undefined });
}

// Whoever looks for tests loads every file beside them.
if (parentPort !== null) await answer(parentPort);
