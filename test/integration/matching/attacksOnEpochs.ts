// Who lies to a wallet about the keys that its plans are encrypted with, and what it gains: a node that makes up an epoch,
// together with whoever serves the epoch's keys, such as the matcher.
import { expect } from "chai";
import { Wallet } from "ethers";
import { makeEpoch } from "../../../oracle/keyholder/epochs/makeEpoch.ts";
import { EncryptedPlans } from "../../../sdk/private/client/encryptedPlans.ts";
import { ForeignEpochError } from "../../../sdk/private/epochs/epochError.ts";
import type { EpochSource } from "../../../sdk/private/epochs/fetchEpoch.ts";
import { DEFAULT_FEATURES } from "../../../sdk/private/matching/defaultFeatures.ts";
import { compileFeatures } from "../../../sdk/private/matching/featureSchema.ts";
import { createHeKeys } from "../../../sdk/private/matching/heKeys.ts";
import { HeScheme } from "../../../sdk/private/matching/heScheme.ts";
import {
  DELIVERY_PARAMETERS,
  MATCHING_PARAMETERS,
} from "../../../sdk/private/matching/parameters.ts";
import { PlanReader } from "../../../sdk/private/matching/planReader.ts";
import { ServiceClient } from "../../../sdk/private/wire/serviceClient.ts";
import { SIGNATURE_HEADER, signAnswer } from "../../../sdk/private/wire/signedRequest.ts";
import { MatchingScene, SCENE_FEATURES, timesOf } from "../../helpers/matchingScene.ts";
import { rejection } from "../../helpers/rejection.ts";

const PERIOD = 6n;
const ORDER = { side: "buy", period: PERIOD, energyWh: 1_000n } as const;

describe("attacks on who can read plans @long", function () {
  this.timeout(120_000);
  let scene: MatchingScene;
  let matching: HeScheme;
  let forged: ReturnType<typeof makeEpoch>;

  before(async () => {
    scene = await MatchingScene.start({ traders: 1 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    await startMatcher();
    matching = await HeScheme.create(MATCHING_PARAMETERS);
    const delivery = await HeScheme.create(DELIVERY_PARAMETERS);
    const keys = { matching: createHeKeys(matching), delivery: createHeKeys(delivery) };
    forged = makeEpoch({ epoch: 1, fromPeriod: 0n, schema: DEFAULT_FEATURES }, keys);
    delivery.close();
  });
  after(async () => {
    matching.close();
    await scene.stop();
  });

  async function startMatcher(): Promise<void> {
    await scene.startMatcher();
    await scene.epochsMirrored();
  }

  /** A node that tells of an epoch which nobody announced. */
  const lyingNode = (): EpochSource => ({
    epochOfPeriod: () =>
      Promise.resolve({ epoch: 1, fromPeriod: 0n, manifestHash: forged.manifestHash }),
  });

  /** A service that has the keys to it. @param sign its signature of the manifest, if any */
  function accomplice(sign: (path: string, body: Uint8Array) => Promise<string | undefined>) {
    return new ServiceClient({
      url: "http://accomplice",
      pool: scene.pool,
      fetch: (async (url: string) => {
        const path = new URL(url).pathname;
        const name = path.split("/")[3] as keyof typeof forged.publics | undefined;
        if (name !== undefined) {
          return new Response(forged.publics[name] as Uint8Array<ArrayBuffer>);
        }
        const signature = await sign(path, new TextEncoder().encode(forged.manifest));
        const headers = signature === undefined ? {} : { [SIGNATURE_HEADER]: signature };
        return new Response(forged.manifest, { headers });
      }) as typeof fetch,
    });
  }

  const plansWith = (options: {
    record?: EpochSource;
    epochs?: ServiceClient;
    keyHolderAddress?: string;
  }) =>
    new EncryptedPlans({
      pool: scene.pool,
      account: scene.traders[0]!.person.account,
      matcher: new ServiceClient({ url: scene.matcher.url, pool: scene.pool }),
      matcherAddress: scene.matcherWallet.address,
      record: scene.record,
      ...options,
    });

  async function prepare(plans: EncryptedPlans) {
    try {
      return await plans.prepare({
        ...ORDER,
        priceMicroPerKwh: 123_000n,
        features: SCENE_FEATURES,
      });
    } finally {
      await plans.close();
    }
  }

  it("a lying node and its accomplice read the plan of a wallet that knows no key holder", async () => {
    // What the address is for: without it, this works.
    const plans = plansWith({
      record: lyingNode(),
      epochs: accomplice(() => Promise.resolve(undefined)),
    });
    const { ciphertext } = await prepare(plans);
    const code = compileFeatures(DEFAULT_FEATURES);
    const reader = new PlanReader(matching, code, forged.secrets.matchingKey);
    try {
      expect(reader.numbers(ciphertext)[code.limit!.block]).to.equal(123);
    } finally {
      reader.close();
    }
  });

  it("they read nothing of a wallet that knows whose signature epochs have", async () => {
    const { keyHolderWallet, pool } = scene;
    const call = (path: string) => ({ pool, method: "GET", path, body: new Uint8Array() }) as const;
    const thief = Wallet.createRandom();
    const signatures: [string, (path: string, body: Uint8Array) => Promise<string | undefined>][] =
      [
        ["none", () => Promise.resolve(undefined)],
        ["no signature", () => Promise.resolve("0x1234")],
        ["its own", (path, body) => signAnswer(thief, call(path), { status: 200, body })],
        [
          "the matcher's",
          (path, body) => signAnswer(scene.matcherWallet, call(path), { status: 200, body }),
        ],
        [
          "the key holder's of the true epoch",
          async () =>
            (await fetch(`${scene.keyHolderUrl}/epochs/1`)).headers.get(SIGNATURE_HEADER)!,
        ],
        [
          "the key holder's of these bytes in another pool",
          (path, body) =>
            signAnswer(
              keyHolderWallet,
              { ...call(path), pool: { ...pool, chainId: pool.chainId + 1n } },
              { status: 200, body },
            ),
        ],
        [
          "the key holder's of these bytes as another epoch",
          (_, body) => signAnswer(keyHolderWallet, call("/epochs/2"), { status: 200, body }),
        ],
        [
          "the key holder's of these bytes as a refusal",
          (path, body) => signAnswer(keyHolderWallet, call(path), { status: 404, body }),
        ],
      ];
    for (const [whose, sign] of signatures) {
      const plans = plansWith({
        record: lyingNode(),
        epochs: accomplice(sign),
        keyHolderAddress: keyHolderWallet.address,
      });
      const error = await rejection(prepare(plans));
      expect(error, whose).to.be.instanceOf(ForeignEpochError);
      expect(error.message).to.include(
        `is not signed by the key holder ${keyHolderWallet.address}`,
      );
    }
  });

  it("what the key holder signed is passed on by the matcher, also after it was started again", async () => {
    const keyHolderAddress = scene.keyHolderWallet.address;
    expect((await prepare(plansWith({ keyHolderAddress }))).epoch).to.equal(1);
    await scene.stopMatcher();
    await scene.stopKeyHolder();
    // The key holder is away: what is served was kept.
    await startMatcher();
    expect((await prepare(plansWith({ keyHolderAddress }))).epoch).to.equal(1);
    await scene.startKeyHolder();
    const epochs = new ServiceClient({ url: scene.keyHolderUrl, pool: scene.pool });
    expect((await prepare(plansWith({ keyHolderAddress, epochs }))).epoch).to.equal(1);
  });
});
