import { getAddress } from "ethers";
import type { ServiceAnswer, ServiceClient } from "../wire/serviceClient.ts";
import { recoverAnswerSigner } from "../wire/signedRequest.ts";
import { compileFeatures, type FeatureCode } from "../matching/featureSchema.ts";
import { contentHash } from "../matching/contentHash.ts";
import { ForeignEpochError, NoEpochError } from "./epochError.ts";
import {
  keyHashOf,
  manifestHash,
  parseManifest,
  type EpochKeyName,
  type EpochManifest,
} from "./epochManifest.ts";
import type { AnnouncedEpoch } from "./matchingRecordInterface.ts";

/** Where an epoch is announced: the part of the record's reads that clients need. */
export interface EpochSource {
  /** The epoch of a period; undefined where none was announced for it. */
  epochOfPeriod(period: bigint): Promise<AnnouncedEpoch | undefined>;
}

/** An epoch as clients use it. */
export interface FetchedEpoch {
  manifest: EpochManifest;
  code: FeatureCode;
}

/**
 * What a period's plans are encrypted with and matched by, from a service that is not believed.
 * @param client of the key holder or the matcher
 * @param keyHolder see {@link fetchAnnounced}
 * @throws NoEpochError, ForeignEpochError, ServiceError, MalformedMessageError, FeatureSchemaError
 */
export async function fetchEpoch(
  client: Pick<ServiceClient, "get">,
  record: EpochSource,
  period: bigint,
  keyHolder?: string,
): Promise<FetchedEpoch> {
  return fetchAnnounced(client, await requireAnnounced(record, period), keyHolder);
}

/** @throws NoEpochError */
export async function requireAnnounced(
  record: EpochSource,
  period: bigint,
): Promise<AnnouncedEpoch> {
  const announced = await record.epochOfPeriod(period);
  if (announced === undefined) throw new NoEpochError(period);
  return announced;
}

/**
 * An epoch that the chain has.
 * @param keyHolder whose signature the manifest must have: without it the node that is read decides, with whoever serves
 *   the manifest, to whom plans are encrypted
 * @throws as {@link fetchEpoch}
 */
export async function fetchAnnounced(
  client: Pick<ServiceClient, "get">,
  announced: AnnouncedEpoch,
  keyHolder?: string,
): Promise<FetchedEpoch> {
  const { epoch, fromPeriod } = announced;
  const answer = await client.get(`/epochs/${epoch}`);
  if (keyHolder !== undefined) await requireSigned(answer, epoch, keyHolder);
  const manifest = parseManifest(answer.json());
  if (manifestHash(manifest) !== announced.manifestHash) {
    throw new ForeignEpochError(`What is served as epoch ${epoch} is not what was announced.`);
  }
  // Announced so, it is the key holder's own fault.
  if (manifest.epoch !== epoch || manifest.fromPeriod !== fromPeriod) {
    throw new ForeignEpochError(
      `Epoch ${epoch}, from period ${fromPeriod} on, was announced with the manifest of epoch ${manifest.epoch}, from period ${manifest.fromPeriod} on.`,
    );
  }
  return { manifest, code: compileFeatures(manifest.schema) };
}

/** The key holder signs what it serves, and others pass it on with its signature. */
async function requireSigned(
  { call, status, bytes, signature }: ServiceAnswer,
  epoch: number,
  keyHolder: string,
): Promise<void> {
  const signer = await recoverAnswerSigner(call, { status, body: bytes }, signature);
  if (signer === getAddress(keyHolder)) return;
  throw new ForeignEpochError(
    `What is served as epoch ${epoch} is not signed by the key holder ${keyHolder}.`,
  );
}

/** One of an epoch's keys, which is what its manifest says. @throws ForeignEpochError, ServiceError */
export async function fetchEpochKey(
  client: Pick<ServiceClient, "get">,
  manifest: EpochManifest,
  name: EpochKeyName,
): Promise<Uint8Array> {
  const { bytes } = await client.get(`/epochs/${manifest.epoch}/${name}`);
  if (contentHash(bytes) === keyHashOf(manifest, name)) return bytes;
  throw new ForeignEpochError(
    `What is served as the ${name} of epoch ${manifest.epoch} is not it.`,
  );
}
