import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { DistanceMasker } from "../../sdk/private/matching/distanceMasker.ts";
import type { HeKeys } from "../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../sdk/private/matching/heScheme.ts";
import { OfferPacker } from "../../sdk/private/matching/offerPacker.ts";
import { MATCHING_PARAMETERS } from "../../sdk/private/matching/parameters.ts";
import { PlanCipher } from "../../sdk/private/matching/planCipher.ts";
import { RankReader } from "../../sdk/private/matching/rankReader.ts";
import { SlotLayout } from "../../sdk/private/matching/slotLayout.ts";
import { BenchBook } from "./book.ts";

/** What a worker is started with. */
export interface WorkerStart {
  folder: string;
  keys: HeKeys;
  seed: Uint8Array;
  bids: number;
  offers: number;
  weights: "market" | "private";
}

/** A share of a step: every `of`th bid, offer or position, beginning with `first`. */
export interface WorkerTask {
  step: "encrypt" | "pack" | "sum" | "mask" | "rank";
  first: number;
  of: number;
}

const { folder, keys, seed, bids, offers, weights } = workerData as WorkerStart;
const scheme = await HeScheme.create(MATCHING_PARAMETERS);
const book = new BenchBook(bids, offers, weights);
const layout = new SlotLayout(book.code, scheme.slots);
const packs = layout.packsFor(offers);

const load = (name: string): Uint8Array => readFileSync(join(folder, name));
const store = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);

function* share(count: number, { first, of }: WorkerTask): Generator<number> {
  for (let i = first; i < count; i += of) yield i;
}

const steps: Record<WorkerTask["step"], (task: WorkerTask) => unknown> = {
  encrypt(task) {
    const cipher = new PlanCipher(scheme, book.code, keys.publicKey);
    for (const i of share(bids, task)) {
      const { values, own } = book.bids[i]!;
      store(`bid-${i}`, cipher.encryptBid(values, own).bytes);
    }
    for (const i of share(offers, task)) {
      store(`offer-${i}`, cipher.encryptOffer(book.offers[i]!).bytes);
    }
  },
  pack(task) {
    const packer = new OfferPacker(scheme, book.code);
    for (let pack = 0; pack < packs; pack++) {
      for (const position of share(layout.takenIn(pack, offers), task)) {
        packer.add(position, load(`offer-${pack * layout.packSize + position}`));
      }
      store(`part-${pack}-${task.first}`, packer.finish());
    }
  },
  sum({ of }) {
    const packer = new OfferPacker(scheme, book.code);
    for (let pack = 0; pack < packs; pack++) {
      for (let part = 0; part < of; part++) packer.addPart(load(`part-${pack}-${part}`));
      store(`pack-${pack}`, packer.finish());
    }
  },
  mask(task) {
    const packed = Array.from({ length: packs }, (_, pack) => load(`pack-${pack}`));
    const masker = new DistanceMasker(scheme, book.code, { ...keys, seed }, packed, offers);
    for (const i of share(bids, task)) {
      const { distances, limits } = masker.mask(load(`bid-${i}`));
      distances.forEach((bytes, pack) => store(`distances-${i}-${pack}`, bytes));
      limits.forEach((bytes, pack) => store(`limits-${i}-${pack}`, bytes));
    }
  },
  rank(task) {
    const reader = new RankReader(scheme, book.code, keys.secretKey);
    return Array.from(share(bids, task), (i) => {
      const read = (kind: string, count: number) =>
        Array.from({ length: count }, (_, pack) => load(`${kind}-${i}-${pack}`));
      const distances = read("distances", packs);
      const limits = read("limits", book.code.limit === undefined ? 0 : packs);
      return { bid: i, nearest: reader.rank({ distances, limits }, offers).nearest };
    });
  },
};

parentPort!.on("message", (task: WorkerTask) => {
  parentPort!.postMessage(steps[task.step](task));
});
parentPort!.postMessage("ready");
