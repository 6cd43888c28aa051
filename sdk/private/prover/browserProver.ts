import type { CircuitName } from "../context.ts";
import { prefetchKey, type KeyAddress } from "./fetchKey.ts";
import { forgetOthers } from "./keyShelf.ts";
import { ProverError } from "./proverError.ts";
import type { KeyFile, ProvingKeysManifest } from "./provingKeys.ts";
import type { Prover } from "./prover.ts";
import { RemoteProver, type RemoteNews, type StartRemote } from "./remoteProver.ts";

/** Where a worker finds a circuit's keys. */
export interface ProvingKeyAddresses {
  wasm: KeyAddress;
  zkey: KeyAddress;
  verificationKey: KeyAddress;
  /** Uses one core. */
  isSingleThreaded: boolean;
}

/** What is needed of a Web Worker. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
}

export interface BrowserProverOptions {
  /** Starts the worker, `new Worker("/prover/worker.js")`. */
  startWorker: () => WorkerLike;
  /** What `keys.json` beside it holds, see `parseProvingKeys`. */
  manifest: ProvingKeysManifest;
  /** The whole address of `keys.json`, which its files are relative to. */
  manifestUrl: string;
  /**
   * Uses one core. By default all of them, where the page lets workers start workers (`worker-src blob:` in its
   * Content-Security-Policy), which the worker finds out.
   */
  isSingleThreaded?: boolean;
}

/** A prover of a page. */
export interface BrowserProver extends Prover {
  /**
   * Fetches the keys of all circuits and puts them away in the browser, some 200 megabytes. Without it each is fetched
   * when it is first needed, and who serves them sees who confirms or settles, and when.
   * @param onProgress told how much is there, from 0 to 1
   * @throws ProverError
   */
  prefetch(onProgress?: (fraction: number) => void): Promise<void>;
}

/** Proves in a Web Worker, which fetches each circuit's keys and checks their hashes. */
export function browserProver({
  startWorker,
  manifest,
  manifestUrl,
  isSingleThreaded = false,
}: BrowserProverOptions): BrowserProver {
  const addressOf = ({ file, ...rest }: KeyFile) => ({
    url: new URL(file, manifestUrl).href,
    ...rest,
  });
  const keysOf = async (circuit: CircuitName): Promise<ProvingKeyAddresses> => {
    const keys = manifest.circuits[circuit];
    if (keys === undefined) {
      throw new ProverError("keys", `The page has no proving keys of ${circuit}.`, {
        metaMessages: ["Make them with `npm run prover`, and publish all of its folder."],
      });
    }
    return {
      wasm: addressOf(keys.wasm),
      zkey: addressOf(keys.zkey),
      verificationKey: addressOf(keys.verificationKey),
      isSingleThreaded,
    };
  };
  return Object.assign(new RemoteProver(startRemote(startWorker), keysOf), {
    async prefetch(onProgress: (fraction: number) => void = () => undefined) {
      const files = Object.values(manifest.circuits).flatMap(({ wasm, zkey, verificationKey }) =>
        [wasm, zkey, verificationKey].map(addressOf),
      );
      const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
      let received = 0;
      for (const file of files) {
        await prefetchKey(file, (count) => onProgress((received += count) / total));
      }
      await forgetOthers(new URL(".", manifestUrl).href, new Set(files.map(({ url }) => url)));
    },
  });
}

const startRemote =
  (startWorker: () => WorkerLike): StartRemote<ProvingKeyAddresses> =>
  (onNews, onEnded) => {
    const worker = startWorker();
    worker.onmessage = ({ data }) => onNews(data as RemoteNews);
    worker.onerror = ({ message }) => {
      worker.terminate();
      onEnded(message);
    };
    return {
      post: (task) => worker.postMessage(task),
      end: () => worker.terminate(),
    };
  };
