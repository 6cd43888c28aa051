import { EPOCH_KEY_NAMES, type EpochKeyName } from "../../sdk/private/epochs/epochManifest.ts";
import { HeldKeys } from "./heldKeys.ts";
import { bytesReply, jsonReply } from "./httpReply.ts";
import type { HttpRoute } from "./httpRoute.ts";
import { limitRate, PUBLIC_RATE } from "./limitRate.ts";

/** An epoch in the list of those that are served. */
export interface ListedEpoch {
  epoch: number;
  fromPeriod: bigint;
  manifestHash: string;
}

/** What serves epochs: the key holder that made them, or a matcher that mirrors them. */
export interface ServedEpochs {
  list(): readonly ListedEpoch[];
  /** @param epoch as it was asked for, see {@link epochNumber}. @throws HttpRequestError where it is not here */
  manifest(epoch: string): { body: string | Uint8Array; headers?: Record<string, string> };
  /** @throws HttpRequestError where the epoch is not here, and `read` where its key is not */
  key(epoch: string, name: EpochKeyName): { hash: string; read: () => Promise<Uint8Array> };
}

/** `GET /epochs` and what is below. What is fetched is compared with the chain by who fetches. */
export function epochRoutes(epochs: ServedEpochs): HttpRoute[] {
  const held = new HeldKeys();
  const admit = limitRate(PUBLIC_RATE);
  return [
    {
      method: "GET",
      path: "/epochs",
      admit,
      answer: async () => jsonReply(200, { epochs: epochs.list() }),
    },
    {
      method: "GET",
      path: "/epochs/:epoch",
      admit,
      answer: async ({ params }) => ({
        status: 200,
        contentType: "application/json; charset=utf-8",
        ...epochs.manifest(params.epoch!),
      }),
    },
    ...EPOCH_KEY_NAMES.map((name): HttpRoute => ({
      method: "GET",
      path: `/epochs/:epoch/${name}`,
      admit,
      answer: async ({ params }) => {
        const { hash, read } = epochs.key(params.epoch!, name);
        return { ...bytesReply(200, await held.get(hash, read)), isHeld: true };
      },
    })),
  ];
}

/** @returns 0, which is no epoch, where it is no number */
export function epochNumber(text: string): number {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
}
