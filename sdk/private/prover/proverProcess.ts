// The process in which `nodeProver` proves.
import { readFile } from "node:fs/promises";
import { answerTask } from "./answerTask.ts";
import type { ProvingKeyBytes } from "./computeProof.ts";
import { SINGLE_THREAD_VARIABLE, type ProvingKeyFiles } from "./nodeProver.ts";
import { ProverError } from "./proverError.ts";
import type { RemoteTask } from "./remoteProver.ts";
import { proveWithoutThreads } from "./snarkjsGroth16.ts";

async function readKey(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ProverError("keys", `The proving key ${file} cannot be read.`, {
      details: (error as Error).message,
      metaMessages: ["Make the circuits' keys, or correct where they are looked for."],
    });
  }
}

async function readKeys(files: ProvingKeyFiles): Promise<ProvingKeyBytes> {
  const [wasm, zkey] = await Promise.all([readKey(files.wasm), readKey(files.zkey)]);
  if (files.verificationKey === undefined) return { wasm, zkey };
  const verificationKey: unknown = JSON.parse(
    new TextDecoder().decode(await readKey(files.verificationKey)),
  );
  return { wasm, zkey, verificationKey };
}

const ready = process.env[SINGLE_THREAD_VARIABLE] ? proveWithoutThreads() : Promise.resolve();

process.on("message", (task: RemoteTask<ProvingKeyFiles>) => {
  void ready.then(() => answerTask(task, readKeys, (news) => process.send!(news)));
});
// The caller is gone.
process.on("disconnect", () => process.exit());
