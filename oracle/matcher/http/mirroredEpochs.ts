import {
  encodeManifest,
  keyHashOf,
  type EpochManifest,
} from "../../../sdk/private/epochs/epochManifest.ts";
import { SIGNATURE_HEADER } from "../../../sdk/private/wire/signedRequest.ts";
import { epochNumber, type ServedEpochs } from "../../http/epochRoutes.ts";
import { HttpRequestError } from "../../http/httpRequestError.ts";
import type { EpochMirror } from "../epochs/epochMirror.ts";

/** Epochs as the key holder has them, for who asks the matcher. */
export function mirroredEpochs(epochs: EpochMirror): ServedEpochs {
  return {
    list: () =>
      epochs.known.map(({ manifest: { epoch, fromPeriod }, manifestHash }) => ({
        epoch,
        fromPeriod,
        manifestHash,
      })),
    manifest: (text) => {
      const manifest = manifestOf(epochs, text);
      return {
        body: encodeManifest(manifest),
        // The key holder's, of the same answer on the same path.
        headers: { [SIGNATURE_HEADER]: epochs.signatureOf(manifest.epoch) },
      };
    },
    key: (text, name) => {
      const manifest = manifestOf(epochs, text);
      return { hash: keyHashOf(manifest, name), read: () => epochs.keyOf(manifest, name) };
    },
  };
}

/** @throws HttpRequestError */
function manifestOf(epochs: EpochMirror, text: string): EpochManifest {
  const manifest = epochs.manifestOf(epochNumber(text));
  if (manifest !== undefined) return manifest;
  throw new HttpRequestError(
    404,
    `There is no epoch ${JSON.stringify(text)} here.`,
    "Ask for /epochs: it lists them.",
  );
}
