import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import packageJson from "../../package.json" with { type: "json" };

export const BINARY = fileURLToPath(new URL(`../../${packageJson.bin.sealwatt}`, import.meta.url));
/** As a user's shell has it: without what the test runner sets for itself. */
const { NODE_OPTIONS: _nodeOptions, ...environment } = process.env;

/** For secrets, which must not be shown anywhere. */
export const CANARY = "canary-0f3a9c";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command line as its users do. */
export function startSealwatt(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [BINARY, ...args], {
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
  const ended = once(child, "close").then(([code]): Outcome => ({
    code: code as number | null,
    ...output,
  }));
  /** Waits until standard output has a text. */
  const says = async (text: string): Promise<void> => {
    while (!output.stdout.includes(text)) {
      // One that a signal ended has no exit code. Its last words may come after its end.
      if (child.exitCode !== null || child.signalCode !== null) {
        await ended;
        if (output.stdout.includes(text)) return;
        throw new Error(`It ended: ${output.stdout}${output.stderr}`);
      }
      await Promise.race([once(child.stdout, "data"), ended]);
    }
  };
  return { child, ended, output, says };
}

/** Runs the command line to its end. */
export function runSealwatt(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  return startSealwatt(args, env).ended;
}

/** Expects an end with exit code 2 and one line that says what to change. */
export function expectRefusal({ code, stdout, stderr }: Outcome, command: string, remedy: string) {
  expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
  expect(stderr).to.match(new RegExp(`^${command}: .*\\n$`));
  expect(stderr).to.contain(remedy);
}
