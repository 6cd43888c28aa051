import { encodeManifest, type EpochManifest } from "../../../sdk/private/epochs/epochManifest.ts";
import { SIGNATURE_HEADER } from "../../../sdk/private/wire/signedRequest.ts";
import { bytesReply, jsonReply } from "../../http/httpReply.ts";
import { HttpRequestError } from "../../http/httpRequestError.ts";
import type { HttpRoute } from "../../http/httpRoute.ts";
import { EPOCH_KEY_NAMES, type EpochMirror } from "../epochs/epochMirror.ts";

/** `GET /epochs` and what is below, as the key holder has it. What is fetched is compared with the chain by who fetches. */
export function epochRoutes(epochs: EpochMirror): HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/epochs",
      answer: async () =>
        jsonReply(200, {
          epochs: epochs.known.map(({ manifest: { epoch, fromPeriod }, manifestHash }) => ({
            epoch,
            fromPeriod,
            manifestHash,
          })),
        }),
    },
    {
      method: "GET",
      path: "/epochs/:epoch",
      answer: async ({ params }) => {
        const manifest = manifestOf(epochs, params.epoch!);
        return {
          status: 200,
          contentType: "application/json; charset=utf-8",
          body: encodeManifest(manifest),
          // The key holder's, of the same answer on the same path.
          headers: { [SIGNATURE_HEADER]: epochs.signatureOf(manifest.epoch) },
        };
      },
    },
    ...EPOCH_KEY_NAMES.map((name): HttpRoute => ({
      method: "GET",
      path: `/epochs/:epoch/${name}`,
      answer: async ({ params }) => {
        const manifest = manifestOf(epochs, params.epoch!);
        return bytesReply(200, await epochs.keyOf(manifest, name));
      },
    })),
  ];
}

/** @throws HttpRequestError */
function manifestOf(epochs: EpochMirror, text: string): EpochManifest {
  const manifest = /^[1-9]\d{0,9}$/.test(text) ? epochs.manifestOf(Number(text)) : undefined;
  if (manifest !== undefined) return manifest;
  throw new HttpRequestError(
    404,
    `There is no epoch ${JSON.stringify(text)} here.`,
    "Ask for /epochs: it lists them.",
  );
}
