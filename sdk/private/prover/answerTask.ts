import { computeProof, type ProvingKeyBytes } from "./computeProof.ts";
import type { ProveProgress } from "./prover.ts";
import { packProverError } from "./proverError.ts";
import type { RemoteNews, RemoteTask } from "./remoteProver.ts";

/** What a prover's process or worker does with a task. Never throws. */
export async function answerTask<Keys>(
  task: RemoteTask<Keys>,
  loadKeys: (keys: Keys, onProgress: (progress: ProveProgress) => void) => Promise<ProvingKeyBytes>,
  tell: (news: RemoteNews) => void,
): Promise<void> {
  const onProgress = (progress: ProveProgress) => tell({ progress });
  try {
    const keys = await loadKeys(task.keys, onProgress);
    tell({ computed: await computeProof(task, keys, onProgress) });
  } catch (error) {
    tell({ failed: packProverError(error) });
  }
}
