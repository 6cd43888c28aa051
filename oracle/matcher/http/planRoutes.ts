import { jsonReply } from "../../http/httpReply.ts";
import { HttpRequestError } from "../../http/httpRequestError.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import { limitRate, PUBLIC_RATE } from "../../http/limitRate.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import type { RoundBook } from "../store/roundBook.ts";
import type { StoredUpload, UploadBook } from "../store/uploadBook.ts";

export interface PlanRoutesOptions {
  chain: MatcherChain;
  uploads: UploadBook;
  rounds: RoundBook;
}

/** `GET /plans/:plan`: what became of an upload. Anybody may ask, so it has no terms; a ban's reason is told. */
export function planRoutes(options: PlanRoutesOptions): HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/plans/:plan",
      admit: limitRate(PUBLIC_RATE),
      answer: async ({ params }) => {
        const text = params.plan!;
        const plan = /^(?:0|[1-9]\d{0,77})$/.test(text) ? BigInt(text) : undefined;
        const upload = plan === undefined ? undefined : options.uploads.get(plan);
        if (upload === undefined) {
          throw new HttpRequestError(
            404,
            `Nothing was uploaded for plan ${JSON.stringify(text.slice(0, 80))}.`,
            "Upload its ciphertext with POST /plans.",
          );
        }
        return jsonReply(200, describe(options, upload));
      },
    },
  ];
}

function describe({ chain, rounds }: PlanRoutesOptions, upload: StoredUpload) {
  const { plan, period, contentHash } = upload.header;
  const booked = chain.state.plans.get(plan);
  const ban = rounds.banOf(period, plan);
  const isInRound = rounds.isInRound(period, plan);
  const ofChain = {
    proven: undefined,
    open: undefined,
    matched: "matched",
    ended: "ended",
  } as const;
  const state =
    (booked && ofChain[booked.state]) ??
    (ban !== undefined ? "banned" : isInRound ? "in round" : upload.state);
  const reason = ban ?? upload.reason;
  return { plan, period, contentHash, state, ...(reason === undefined ? {} : { reason }) };
}
