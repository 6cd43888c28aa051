// Matches' records are public, and only the key holder sees who has signed a delivery: anybody can post one.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { DeliveryCourier } from "../../../oracle/privateGateway/deliveryCourier.ts";
import { DeliveryStore } from "../../../oracle/privateGateway/deliveryStore.ts";
import { MOST_ENVELOPE_BYTES } from "../../../oracle/matcher/http/uploadRoutes.ts";
import {
  deliveryFrame,
  type EncryptedDelivery,
} from "../../../sdk/private/gateway/encryptedDelivery.ts";
import { accountOfSeed } from "../../../sdk/private/keys.ts";
import { contentHash } from "../../../sdk/private/matching/contentHash.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import { DELIVERY_PARAMETERS } from "../../../sdk/private/matching/parameters.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { ServiceRefusedError } from "../../../sdk/private/wire/serviceError.ts";
import { BetweenServices } from "../../helpers/betweenServices.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type SceneTrader,
} from "../../helpers/matchingScene.ts";
import { attestingTag, GATEWAY_ACCOUNT } from "../../helpers/privateTraders.ts";
import { deliveriesOf, deliveryOf } from "../../helpers/sceneDelivery.ts";

const PERIOD = 6n;
const LATER = 9n;
const MATCHED_WH = 1_000n;
/** Of what each stored file ends with. */
const DIGEST_BYTES = 32;
/** More than find room for one match. */
const FLOOD = 12;
/** So many of one match wait at most. */
const MOST_WAITING = 4;
/** What a matcher takes of one network address: 300 a minute. */
const PAUSE_OF_ADDRESS_MS = 200;
/** Of a stranger that has as many network addresses as it likes. */
const NO_RATE = { perMinute: 1_000_000, burst: 1_000_000 };
/** A gateway's is longer; the stranger's pace is that of one machine here. */
const COURIER_RETRY_MS = 250;
const GATEWAY_KEYS = { ...GATEWAY_ACCOUNT, tag: attestingTag() };
const STRANGER = accountOfSeed(new Uint8Array(32).fill(66));

describe("attacks on deliveries [P18] @long", function () {
  this.timeout(180_000);
  let scene: MatchingScene;
  let client: ServiceClient;
  let between: BetweenServices;
  const records: bigint[] = [];
  /** The file of a plan's envelope, of a period that is yet to come. */
  let planEnvelope: string;

  before(async () => {
    scene = await MatchingScene.start({ traders: 4 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    between = new BetweenServices(scene.pool, () => scene.keyHolderUrl);
    const keyHolder = { url: await between.start(), address: scene.keyHolderWallet.address };
    await scene.startMatcher({ rate: NO_RATE, keyHolder });
    await scene.epochsMirrored();
    client = new ServiceClient({ url: scene.matcher.url, pool: scene.pool });
    await match();
    const known = new Set(listBlobs());
    const [, buyer] = scene.traders as [SceneTrader, SceneTrader];
    await scene.upload(await scene.submit(buyer, LATER, { side: "buy" }));
    planEnvelope = listBlobs().find((name) => !known.has(name) && isEnvelope(name))!;
    await scene.chain.goTo(timesOf(PERIOD).deliveredS);
  });
  after(async () => {
    between.stop();
    await scene.stop();
  });

  const isSeller = (place: number) => place % 2 === 0;

  /** Two pairs, agreed by both sides. */
  async function match(): Promise<void> {
    for (const [place, trader] of scene.traders.entries()) {
      const side = isSeller(place) ? "sell" : "buy";
      await scene.upload(await scene.submit(trader, PERIOD, { side, energyWh: MATCHED_WH }));
    }
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    await eventually(
      "all are matched",
      async () => {
        for (const { person } of scene.traders) await person.sync();
        return scene.traders.every(({ person }) => person.store.matches.length === 1);
      },
      60_000,
    );
    for (const [place, { person }] of scene.traders.entries()) {
      const { record } = person.store.matches[0]!;
      await person.confirm(record);
      if (isSeller(place)) records.push(record);
    }
  }

  const blobs = () => path.join(scene.folder, "matcher", "blobs");
  const listBlobs = () =>
    readdirSync(blobs(), { recursive: true, encoding: "utf8" }).filter((name) =>
      /[\da-f]{64}$/.test(name),
    );
  const isEnvelope = (name: string) =>
    statSync(path.join(blobs(), name)).size < MOST_ENVELOPE_BYTES;
  const junk = (record = records[0]!) =>
    deliveryOf(scene, { record, period: PERIOD, energyWh: 0n }, STRANGER);
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
    const before = listBlobs();
    const envelope = readFileSync(path.join(blobs(), planEnvelope)).subarray(0, -DIGEST_BYTES);
    const delivery = await junk();
    const header = { ...delivery.header, envelopeHash: contentHash(envelope) };
    await post({ ...delivery, header, envelope });
    await eventually(
      "it is refused, and its ciphertext is gone",
      () => countDeliveries() === 0 && listBlobs().length <= before.length,
    );
    expect(listBlobs()).to.have.members(before);
    expect(`0x${path.basename(planEnvelope)}`).to.equal(header.envelopeHash);
    expect(listBlobs()).to.include(planEnvelope);
  });

  it("a stranger posts junk again and again: nothing of it stays, and the gateway comes through", async () => {
    const before = listBlobs().length;
    // At once, so that all of them find room before any has taken it.
    const made = await Promise.all(Array.from({ length: FLOOD }, () => junk()));
    // None is judged before all are answered.
    const answers = Promise.all(made.map((one) => statusOf(post(one))));
    between.hold = async ({ path: asked }) => {
      if (asked === "/verdicts") await answers.catch(() => undefined);
    };
    const statuses = await answers;
    between.hold = () => undefined;
    expect(statuses.filter((status) => status === 200).length).to.be.at.least(4);
    expect(statuses.filter((status) => status === 429).length).to.be.at.least(1);
    await eventually(
      "nothing of it is left",
      () => countDeliveries() === 0 && listBlobs().length === before,
      60_000,
    );
  });

  /** A stranger that sends junk in a match's name, many requests at once, until it is told to stop. */
  async function flood(record: bigint, signal: AbortSignal, pauseMs = 0): Promise<Set<number>> {
    const statuses = new Set<number>();
    const deliveries = await deliveriesOf(scene, PERIOD);
    const sendOn = async () => {
      // What was refused is forgotten, and finds room as if it were new.
      const made = await deliveries.make({ record, energyWh: 0n }, STRANGER);
      while (!signal.aborted) {
        statuses.add(await statusOf(post(made)));
        await pause(pauseMs);
      }
    };
    try {
      await Promise.all(Array.from({ length: FLOOD }, sendOn));
    } finally {
      deliveries.close();
    }
    return statuses;
  }

  /** The part of a gateway that brings the matcher what was delivered. */
  async function startGateway(wanted: readonly bigint[]) {
    const { pool, record, log } = scene;
    const scheme = await HeScheme.create(DELIVERY_PARAMETERS);
    const store = DeliveryStore.open(path.join(scene.folder, "deliveries.db"), pool);
    store.wantAll(wanted.map((each) => ({ record: each, period: PERIOD, energyWh: MATCHED_WH })));
    const courier = new DeliveryCourier({
      ...{ pool, keys: GATEWAY_KEYS, store, client, record, scheme, log },
      retryMs: COURIER_RETRY_MS,
    });
    courier.start();
    const stop = async () => {
      await courier.stop();
      scheme.close();
      store.close();
    };
    return { stop };
  }

  it("a stranger sends junk without end in a match's name: the gateway delivers while it goes on", async () => {
    const [attacked, other] = records as [bigint, bigint];
    const isJudged = async (record: bigint) => (await verdictOf(record)) !== undefined;
    const everywhere = new AbortController();
    const flooding = flood(attacked, everywhere.signal);
    await eventually("no place is free", () => countDeliveries() >= MOST_WAITING);
    // The attacked one is the oldest: a gateway that stops at it sends no other.
    const gateway = await startGateway([attacked, other]);
    const oneAddress = new AbortController();
    try {
      await eventually("the other match is judged", () => isJudged(other), 60_000);
      everywhere.abort();
      expect([...(await flooding)]).to.include.members([200, 429]);
      // Whoever has one network address alone does not keep even this match from its verdict.
      const slower = flood(attacked, oneAddress.signal, FLOOD * PAUSE_OF_ADDRESS_MS);
      await eventually("the attacked one is judged", () => isJudged(attacked), 60_000);
      oneAddress.abort();
      await slower;
    } finally {
      everywhere.abort();
      oneAddress.abort();
      await gateway.stop();
    }
    expect([await verdictOf(attacked), await verdictOf(other)]).to.deep.equal(["within", "within"]);
    // After its verdict a match takes no other one.
    expect(await statusOf(post(await junk()))).to.equal(409);
  });

  const verdictOf = (record: bigint) => scene.record.verdictOf(record);

  /** Deliveries that wait. */
  function countDeliveries(): number {
    return scene.matcher.status.periods.find(({ period }) => period === PERIOD)!.verdicts.taken;
  }
});
