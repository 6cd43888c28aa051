#!/usr/bin/env node
// The launcher of the command line. TypeScript runs natively since Node 22.18; on an older Node this
// starts itself again with the Node in node_modules. Plain JavaScript that Node 20 understands.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const LAUNCHED_AGAIN = "SEALWATT_LAUNCHED_AGAIN";

function fail(message) {
  process.stderr.write(`sealwatt: ${message}\n`);
  process.exitCode = 2;
}

async function runHere() {
  // Node 22 announces type stripping as experimental on stderr, which belongs to our messages.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes("Type Stripping")) emitWarning.call(process, warning, ...rest);
  };
  module.enableCompileCache?.();
  const { run } = await import("./cli/run.ts");
  process.exitCode = await run(process.argv.slice(2));
}

function runWithNewerNode() {
  const newerNode = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  const advice =
    `Node 22.18 or newer is needed and this is ${process.versions.node}. ` +
    "Install a newer Node, or on Linux x64 run npm install in the project, which brings one.";
  if (process.env[LAUNCHED_AGAIN] !== undefined || !existsSync(newerNode)) return fail(advice);

  const child = spawn(newerNode, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, [LAUNCHED_AGAIN]: "1" },
  });
  // A terminal sends Ctrl-C to both processes, so that only other senders' signals are passed on.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on("SIGINT", () => onTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", () => fail(advice));
  child.on("exit", (code, signal) => {
    if (signal === null) return (process.exitCode = code);
    process.removeAllListeners(signal);
    return process.kill(process.pid, signal);
  });
}

if (process.features.typescript) await runHere();
else runWithNewerNode();
