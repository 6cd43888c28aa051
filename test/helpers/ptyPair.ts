import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** Two serial ports that are wired to each other. */
export interface PtyPair {
  near: string;
  far: string;
  /** Takes both away, as a pulled adapter does. */
  close(): Promise<void>;
}

const SOCAT = "/usr/bin/socat";
const OPENS_WITHIN_MS = 20_000;

/**
 * A pair from socat; undefined where that is not installed.
 * @param folder where its links are put; that of a pair that was closed plugs it in again
 */
export async function openPtyPair(
  folder = mkdtempSync(join(tmpdir(), "sealwatt-pty-")),
): Promise<PtyPair | undefined> {
  if (!existsSync(SOCAT)) return undefined;
  mkdirSync(folder, { recursive: true });
  const [near, far] = [join(folder, "near"), join(folder, "far")];
  const socat = spawn(SOCAT, [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
  const ended = new Promise((resolve) => socat.once("exit", resolve));
  const endMs = performance.now() + OPENS_WITHIN_MS;
  while (!(existsSync(near) && existsSync(far))) {
    if (performance.now() > endMs) throw new Error("socat did not open its ports in time.");
    await pause(10);
  }
  return {
    near,
    far,
    close: async () => {
      socat.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
