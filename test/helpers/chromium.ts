import { spawnSync } from "node:child_process";
import { chromium, type Browser } from "playwright-core";

/** Where a Chromium is that can be driven; undefined where there is none. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"]
    .filter((command) => command !== undefined)
    .map((command) => spawnSync("which", [command], { encoding: "utf8" }).stdout.trim())
    .find((found) => found !== "");
}

/** Starts it without a window. Root, as in a container, has no sandbox there. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: ["--no-sandbox"] });
}
