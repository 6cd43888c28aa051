// The Web Worker in which `browserProver` proves. `npm run prover` bundles it.
import { answerTask } from "./answerTask.ts";
import type { ProvingKeyAddresses, WorkerLike } from "./browserProver.ts";
import type { ProvingKeyBytes } from "./computeProof.ts";
import { fetchKey } from "./fetchKey.ts";
import type { ProveProgress } from "./prover.ts";
import type { RemoteTask } from "./remoteProver.ts";
import { proveWithoutThreads } from "./snarkjsGroth16.ts";

const scope = globalThis as unknown as {
  onmessage: (event: { data: RemoteTask<ProvingKeyAddresses> }) => void;
  postMessage(message: unknown): void;
  Worker?: new (url: string) => WorkerLike;
};

const PROBE_MS = 2_000;

/** Whether this worker can start others as snarkjs does. Where a page's policy forbids it, snarkjs waits for ever. */
async function canStartWorkers(): Promise<boolean> {
  const { Worker } = scope;
  if (Worker === undefined) return false;
  const source = new Blob(["postMessage(1)"], { type: "application/javascript" });
  const url = URL.createObjectURL(source);
  let worker: WorkerLike | undefined;
  try {
    const started = (worker = new Worker(url));
    return await new Promise((resolve) => {
      started.onmessage = () => resolve(true);
      started.onerror = () => resolve(false);
      setTimeout(() => resolve(false), PROBE_MS);
    });
  } catch {
    return false;
  } finally {
    worker?.terminate();
    URL.revokeObjectURL(url);
  }
}

let ready: Promise<void> | undefined;

async function prepare(isSingleThreaded: boolean): Promise<void> {
  if (isSingleThreaded || !(await canStartWorkers())) await proveWithoutThreads();
}

async function loadKeys(
  { wasm, zkey, verificationKey, isSingleThreaded }: ProvingKeyAddresses,
  onProgress: (progress: ProveProgress) => void,
): Promise<ProvingKeyBytes> {
  const all = [wasm, zkey, verificationKey];
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  let received = 0;
  const onBytes = (count: number) => {
    received += count;
    onProgress({ stage: "load", fraction: received / total });
  };
  const [wasmBytes, zkeyBytes, keyBytes] = await Promise.all(
    all.map((file) => fetchKey(file, onBytes)),
  );
  await (ready ??= prepare(isSingleThreaded));
  return {
    wasm: wasmBytes!,
    zkey: zkeyBytes!,
    verificationKey: JSON.parse(new TextDecoder().decode(keyBytes)),
  };
}

scope.onmessage = ({ data }) => {
  void answerTask(data, loadKeys, (news) => scope.postMessage(news));
};
