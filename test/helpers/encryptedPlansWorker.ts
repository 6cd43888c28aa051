import type { AnnouncedEpoch } from "../../sdk/private/epochs/matchingRecordInterface.ts";
import {
  EncryptedPlans,
  type PlanOrder,
  type PreparedPlan,
} from "../../sdk/private/client/encryptedPlans.ts";
import { accountOfSeed } from "../../sdk/private/keys.ts";
import type { PlanNote } from "../../sdk/private/notes.ts";
import type { PoolId } from "../../sdk/private/pool.ts";
import type { UploadReceipt } from "../../sdk/private/uploads/receipt.ts";
import { ServiceClient } from "../../sdk/private/wire/serviceClient.ts";

/** What a page tells its worker first. */
export interface PlansSetting {
  pool: PoolId;
  /** A byte that the account's seed is made of. */
  seed: number;
  matcherUrl: string;
  matcherAddress: string;
  /** What the page has read from the chain. */
  announced: AnnouncedEpoch;
}

export type PlansRequest =
  | { setting: PlansSetting }
  | { prepare: PlanOrder }
  | { rest: PlanNote }
  | { upload: { plan: PlanNote; gateway: bigint } };

export interface PlansReply {
  prepared?: Omit<PreparedPlan, "ciphertext">;
  receipt?: UploadReceipt;
  durationMs?: number;
  message?: string;
}

// A worker of a browser: a participant's encrypted plans, the last one of which can be uploaded.
const worker = globalThis as unknown as {
  onmessage: (event: { data: PlansRequest }) => void;
  postMessage(reply: PlansReply): void;
};

let plans: EncryptedPlans;
let last: PreparedPlan;

function open({ pool, seed, matcherUrl, matcherAddress, announced }: PlansSetting): void {
  plans = new EncryptedPlans({
    pool,
    account: accountOfSeed(new Uint8Array(32).fill(seed)),
    matcher: new ServiceClient({ url: matcherUrl, pool }),
    matcherAddress,
    record: { epochOfPeriod: async () => announced },
  });
}

async function answer(request: PlansRequest): Promise<PlansReply> {
  if ("setting" in request) {
    open(request.setting);
    return {};
  }
  if ("upload" in request) return { receipt: await plans.upload(last, request.upload) };
  const start = performance.now();
  last = await ("rest" in request
    ? plans.prepareRest(last, request.rest)
    : plans.prepare(request.prepare));
  const { ciphertext: _, ...prepared } = last;
  return { prepared, durationMs: performance.now() - start };
}

worker.onmessage = ({ data }) => {
  answer(data).then(
    (reply) => worker.postMessage(reply),
    (error: unknown) => worker.postMessage({ message: String(error) }),
  );
};
