// Matches' records are public, and only the key holder sees who has signed a delivery: anybody can post one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { MOST_ENVELOPE_BYTES } from "../../../oracle/matcher/http/uploadRoutes.ts";
import {
  deliveryFrame,
  type EncryptedDelivery,
} from "../../../sdk/private/gateway/encryptedDelivery.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import { eventually, MatchingScene, timesOf } from "../../helpers/matchingScene.ts";
import { deliveryOf } from "../../helpers/sceneDelivery.ts";

const PERIOD = 6n;
const LATER = 9n;
/** Of what each stored file ends with. */
const DIGEST_BYTES = 32;
const STRANGER = accountOfSeed(new Uint8Array(32).fill(66));

describe("attacks on deliveries [P18] @long", function () {
  this.timeout(180_000);
  let scene: MatchingScene;
  let client: ServiceClient;
  let record: bigint;
  /** The file of a plan's envelope, of a period that is yet to come. */
  let planEnvelope: string;

  before(async () => {
    scene = await MatchingScene.start({ traders: 2 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startServices();
    client = new ServiceClient({ url: scene.matcher.url, pool: scene.pool });
    const [seller, buyer] = scene.traders as [(typeof scene.traders)[0], (typeof scene.traders)[0]];
    for (const [trader, side] of [
      [seller, "sell"],
      [buyer, "buy"],
    ] as const) {
      await scene.upload(await scene.submit(trader, PERIOD, { side }));
    }
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    await eventually("they are matched", async () => {
      await seller.person.sync();
      return seller.person.store.matches.length === 1;
    });
    record = seller.person.store.matches[0]!.record;
    await seller.person.confirm(record);
    await buyer.person.confirm(record);
    const known = new Set(listBlobs());
    await scene.upload(await scene.submit(buyer, LATER, { side: "buy" }));
    planEnvelope = listBlobs().find((name) => !known.has(name) && isEnvelope(name))!;
    await scene.chain.goTo(timesOf(PERIOD).deliveredS);
  });
  after(() => scene.stop());

  const blobs = () => path.join(scene.folder, "matcher", "blobs");
  const listBlobs = () =>
    readdirSync(blobs(), { recursive: true, encoding: "utf8" }).filter((name) =>
      /[\da-f]{64}$/.test(name),
    );
  const isEnvelope = (name: string) =>
    statSync(path.join(blobs(), name)).size < MOST_ENVELOPE_BYTES;
  const junk = () => deliveryOf(scene, { record, period: PERIOD, energyWh: 0n }, STRANGER);
  const post = (delivery: EncryptedDelivery) => client.post("/deliveries", deliveryFrame(delivery));
  /** @returns the status of what was refused */
  const statusOf = (posted: Promise<unknown>) =>
    posted.then(
      () => 200,
      (error: unknown) => {
        if (error instanceof ServiceRefusedError) return error.status;
        throw error;
      },
    );

  it("a participant has its own plan's envelope thrown away as junk, to have the matcher blamed", async () => {
    // It is a delivery's by its hash, and refused as one: the matcher could not open the plan's pair any more.
    const envelope = readFileSync(path.join(blobs(), planEnvelope)).subarray(0, -DIGEST_BYTES);
    const delivery = await junk();
    const header = { ...delivery.header, envelopeHash: contentHash(envelope) };
    await post({ ...delivery, header, envelope });
    await eventually("it is refused", () => countDeliveries() === 0, 60_000);
    expect(`0x${path.basename(planEnvelope)}`).to.equal(header.envelopeHash);
    expect(listBlobs()).to.include(planEnvelope);
  });

  it("a stranger posts junk again and again: nothing of it stays, and the gateway comes through", async () => {
    const before = listBlobs().length;
    // At once, so that all of them find room before any has taken it.
    const made = await Promise.all(Array.from({ length: 12 }, junk));
    const statuses = await Promise.all(made.map((one) => statusOf(post(one))));
    expect(statuses.filter((status) => status === 200).length).to.be.at.least(4);
    expect(statuses.filter((status) => status === 429).length).to.be.at.least(1);
    await eventually(
      "nothing of it is left",
      () => countDeliveries() === 0 && listBlobs().length === before,
      30_000,
    );
    const right = await deliveryOf(scene, { record, period: PERIOD, energyWh: 1_000n });
    await eventually("the gateway's is taken", async () => (await statusOf(post(right))) === 200);
    await eventually(
      "it is judged",
      async () => (await scene.record.verdictOf(record)) !== undefined,
      60_000,
    );
    expect(await scene.record.verdictOf(record)).to.equal("within");
    // After its verdict a match takes no other one.
    expect(await statusOf(post(await junk()))).to.equal(409);
  });

  /** Deliveries that wait. */
  function countDeliveries(): number {
    return scene.matcher.status.periods.find(({ period }) => period === PERIOD)!.verdicts.taken;
  }
});
