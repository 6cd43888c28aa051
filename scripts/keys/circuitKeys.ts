import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { hasKeys, locateKeys, type BuildRequest, type CircuitKeys } from "./buildCircuit.ts";
import { chooseCircuits, readCircuitManifest, type CircuitManifest } from "./circuitManifest.ts";
import { CircuitError } from "./compileCircuit.ts";
import type { BuildAnswer } from "./keyWorker.ts";
import { DEVELOPMENT_SEED } from "./setupSecrets.ts";

export interface BuildOptions {
  manifest?: CircuitManifest;
  /** Where keys are kept; by default the environment's SEALWATT_KEYS or a folder of node_modules. */
  cache?: string;
  seed?: string;
  /** How many circuits are built at a time. */
  atATime?: number;
  /** Told of each circuit that had to be built. */
  onBuilt?: (keys: CircuitKeys, durationMs: number) => void;
}

const DEFAULT_CACHE = path.resolve(import.meta.dirname, "../../node_modules/.cache/sealwatt/keys");
const DEFAULT_AT_A_TIME = 2;
const WORKER = path.join(import.meta.dirname, "keyWorker.ts");

/**
 * The development keys of circuits, built where they are missing.
 * @param names circuits of the manifest; all of them where there is none
 */
export async function circuitKeys(
  names: readonly string[] = [],
  options: BuildOptions = {},
): Promise<CircuitKeys[]> {
  const {
    manifest = await readCircuitManifest(),
    cache = process.env.SEALWATT_KEYS ?? DEFAULT_CACHE,
    seed = DEVELOPMENT_SEED,
    atATime = DEFAULT_AT_A_TIME,
    onBuilt = () => undefined,
  } = options;
  const requests = chooseCircuits(manifest, names).map((circuit) => ({
    circuit,
    circuits: manifest.folder,
    cache: path.resolve(cache),
    seed,
  }));
  const keys = await Promise.all(requests.map(locateKeys));
  const missing = requests.filter((_, index) => !hasKeys(keys[index]!));
  const queue = missing.values();
  const workers = Math.min(atATime, missing.length);
  await Promise.all(Array.from({ length: workers }, () => work(queue, onBuilt)));
  return keys;
}

/** The development keys of one circuit, built where they are missing. */
export async function keysOf(name: string, options?: BuildOptions): Promise<CircuitKeys> {
  const [keys] = await circuitKeys([name], options);
  return keys!;
}

/** Lets a process build what is left of a queue that others take from too. */
async function work(
  queue: Iterable<BuildRequest>,
  onBuilt: NonNullable<BuildOptions["onBuilt"]>,
): Promise<void> {
  // No worker thread: snarkjs takes every thread for one that it started itself.
  const worker = fork(WORKER, { execArgv: [] });
  try {
    for (const request of queue) {
      const answer = await ask(worker, request);
      if ("keys" in answer) onBuilt(answer.keys, answer.durationMs);
      else if (answer.isUsers) throw new CircuitError(answer.message, answer.options);
      else throw new Error(answer.message);
    }
  } finally {
    worker.kill();
  }
}

function ask(worker: ChildProcess, request: BuildRequest): Promise<BuildAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) => {
      reject(new Error(`building ${request.circuit.name} ended with ${signal ?? `code ${code}`}`));
    };
    worker.once("exit", onExit).once("message", (answer) => {
      worker.off("exit", onExit);
      resolve(answer as BuildAnswer);
    });
    worker.send(request);
  });
}
