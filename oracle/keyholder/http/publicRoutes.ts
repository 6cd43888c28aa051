import { keyHashOf, type EpochKeyName } from "../../../sdk/private/epochs/epochManifest.ts";
import type { RateOptions } from "../../../sdk/private/relayer/rateLimit.ts";
import { object, uint } from "../../../sdk/private/wire/readers.ts";
import { readReputationQuestion } from "../../../sdk/private/reputation/reputationCode.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import { jsonBody } from "../../http/bodyRules.ts";
import { epochNumber, epochRoutes } from "../../http/epochRoutes.ts";
import { bytesReply, jsonReply } from "../../http/httpReply.ts";
import { HttpRequestError } from "../../http/httpRequestError.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import { limitRate } from "../../http/limitRate.ts";
import { requireLocal } from "../../http/requireLocal.ts";
import type { KeyHolderDesks } from "../keyHolderDesks.ts";
import type { UsedEpoch } from "../epochs/epochKeeper.ts";
import { Refusal } from "../refusal.ts";
import type { RequestGuard } from "./signedRoutes.ts";

const SMALL_BYTES = 2 ** 12;
const ASK_HERE =
  "Run `sealwatt keyholder evidence` there, with the service's own address as --url.";
/** Each answer costs a few multiplications of points. */
const REPUTATION_RATE: RateOptions = { perMinute: 60, burst: 20 };

/** What everybody may ask. @param reputationRate how often one network address may ask for reputations */
export function publicRoutes(
  { epochs, reputations }: Pick<KeyHolderDesks, "epochs" | "reputations">,
  reputationRate = REPUTATION_RATE,
): HttpRoute[] {
  const question = jsonBody("a private address and a nonce", SMALL_BYTES);
  return [
    ...epochRoutes({
      list: () =>
        epochs.announced().map(({ number, fromPeriod, manifestHash }) => {
          return { epoch: number, fromPeriod, manifestHash };
        }),
      manifest: (text) => ({ body: epochOf(text).manifest }),
      key: (text, name) => {
        const epoch = epochOf(text);
        const { manifest } = epochs.manifestOf(epoch.manifestHash);
        return { hash: keyHashOf(manifest, name), read: () => keyOf(epoch, name) };
      },
    }),
    {
      method: "POST",
      path: "/reputation",
      body: question,
      admit: limitRate(reputationRate),
      answer: async ({ body }) =>
        bytesReply(200, await reputations.answer(readReputationQuestion(parseWireJson(body)))),
    },
  ];

  function epochOf(text: string): UsedEpoch {
    return epochs.byNumber(epochNumber(text));
  }

  async function keyOf(epoch: UsedEpoch, name: EpochKeyName): Promise<Uint8Array> {
    const bytes = await epochs.publicKey(epoch.manifestHash, name);
    if (bytes !== undefined) return bytes;
    const fact = `The ${name} of epoch ${epoch.number} is not here any more.`;
    throw new Refusal("KeyMissingError", 404, fact, "Ask the matcher for it, which keeps copies.");
  }
}

/** What the operator may ask on the machine itself. */
export function operatorRoutes(
  { epochs, evidence }: KeyHolderDesks,
  guard: RequestGuard,
): HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/evidence",
      answer: async (request) => {
        requireLocal(request, "Evidence", ASK_HERE);
        return jsonReply(200, { evidence: evidence.all() });
      },
    },
    {
      method: "GET",
      path: "/evidence/:id/request",
      answer: async (request) => {
        requireLocal(request, "Evidence", ASK_HERE);
        const body = evidence.bodyOf(Number(request.params.id));
        if (body !== undefined) return bytesReply(200, body);
        throw new HttpRequestError(
          404,
          `No request is kept as evidence ${JSON.stringify(request.params.id)}.`,
          "GET /evidence tells what is kept.",
        );
      },
    },
    guard.route("POST", "/rotate", jsonBody("the epoch to end", SMALL_BYTES), async ({ body }) => {
      const { epoch } = object({ epoch: uint(2 ** 32 - 1) })(parseWireJson(body), "body");
      const isNew = epochs.askRotation(epoch);
      if (isNew) await epochs.tend();
      const { number, fromPeriod } = epochs.announced().at(-1)!;
      return jsonReply(200, { epoch: number, fromPeriod });
    }),
  ];
}
