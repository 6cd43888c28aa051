import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Readable } from "node:stream";
import type { CircuitName } from "../context.ts";
import type { Prover } from "./prover.ts";
import { RemoteProver, type Remote, type RemoteNews, type StartRemote } from "./remoteProver.ts";

/** Where a circuit's keys are: paths of files. */
export interface ProvingKeyFiles {
  wasm: string;
  zkey: string;
  /** Where it is given, each proof is checked with it. */
  verificationKey?: string;
}

export interface NodeProverOptions {
  /** Uses one core; by default all of them. */
  isSingleThreaded?: boolean;
}

/** With this environment the prover's process uses one core. */
export const SINGLE_THREAD_VARIABLE = "SEALWATT_PROVER_SINGLE_THREAD";

const PROCESS = path.join(import.meta.dirname, "proverProcess.ts");
const SHOWN_CHARACTERS = 2_000;

/**
 * Proves in a process of its own, so that the caller's event loop stays free. No worker thread: snarkjs takes every
 * thread for one that it started itself. The process ends with the caller's, and does not keep it alive.
 * @param keysOf where a circuit's keys are; asked once for each proof
 */
export function nodeProver(
  keysOf: (circuit: CircuitName) => Promise<ProvingKeyFiles>,
  { isSingleThreaded = false }: NodeProverOptions = {},
): Prover {
  return new RemoteProver<ProvingKeyFiles>(startProcess(isSingleThreaded), async (circuit) => {
    const { wasm, zkey, verificationKey } = await keysOf(circuit);
    return { wasm, zkey, ...(verificationKey === undefined ? {} : { verificationKey }) };
  });
}

const startProcess =
  (isSingleThreaded: boolean): StartRemote<ProvingKeyFiles> =>
  (onNews, onEnded): Remote<ProvingKeyFiles> => {
    const child = fork(PROCESS, {
      execArgv: [],
      // Numbers of a proof are bigints.
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, [SINGLE_THREAD_VARIABLE]: isSingleThreaded ? "1" : "" },
    });
    const stderr = child.stderr as Readable & { unref(): void };
    const rest = () => {
      child.unref();
      child.channel?.unref();
      stderr.unref();
    };
    let said = "";
    stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-SHOWN_CHARACTERS);
    });
    child.on("message", (news: RemoteNews) => {
      if (!("progress" in news)) rest();
      onNews(news);
    });
    child.on("error", ({ message }) => onEnded(message));
    child.on("exit", (code, signal) => {
      onEnded([signal ?? `code ${code}`, said.trim()].filter(Boolean).join("\n"));
    });
    rest();
    return {
      post(task) {
        child.ref();
        child.channel?.ref();
        child.send(task, (error) => {
          if (error !== null) onEnded(error.message);
        });
      },
      async end() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.ref();
        child.kill("SIGKILL");
        await ended;
      },
    };
  };
