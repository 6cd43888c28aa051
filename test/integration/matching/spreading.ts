import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { DistanceEngine } from "../../../oracle/matcher/compute/distanceEngine.ts";
import { QueueEngine } from "../../../oracle/matcher/compute/spread/queueEngine.ts";
import { ThreadEngine } from "../../../oracle/matcher/compute/threadEngine.ts";
import { BlobStore } from "../../../oracle/matcher/store/blobStore.ts";
import { Log } from "../../../oracle/operations/log.ts";
import type { MaskedBid } from "../../../sdk/private/matching/distanceMasker.ts";
import {
  compute,
  computeScene,
  maskedNumbers,
  type ComputeScene,
} from "../../helpers/computeScene.ts";
import { temporaryFolder } from "../../helpers/fixtureKeys.ts";
import { hasRedis, RedisServer } from "../../helpers/redis.ts";
import { startSealwatt } from "../../helpers/runSealwatt.ts";
import { limitCode } from "../../unit/sdk/private/matching/matchingScene.ts";

const BIDS = 24;
const TOKEN = "canary-worker-token-0123456789abcdef";
/** Longer than any of these rounds: workers alone do them. */
const PATIENT_MS = 600_000;

describe("a round that is spread over workers [P19] @long", function () {
  this.timeout(180_000);
  let redis: RedisServer;
  let scene: ComputeScene;
  let expected: Record<number, string>;
  let tokenFile: string;
  const logged: string[] = [];
  const engines: QueueEngine[] = [];
  const workers: ReturnType<typeof startSealwatt>[] = [];

  before(async function () {
    if (!hasRedis()) {
      console.log("      SKIPPED: there is no Redis; on Debian, apt-get install redis-server");
      this.skip();
    }
    redis = await RedisServer.start();
    const folder = await temporaryFolder();
    tokenFile = join(folder, "token");
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const made = await computeScene(limitCode("market"), { bids: BIDS, offers: 10 });
    const blobs = await BlobStore.open(join(folder, "blobs"));
    for (const [hash, bytes] of made.blobs.blobs) await blobs.write(hash, bytes);
    scene = { ...made, work: { ...made.work, blobs } };
    expected = await numbersOf(new ThreadEngine({ threads: 1 }));
  });
  afterEach(async () => {
    for (const { child, ended } of workers.splice(0)) {
      child.kill("SIGKILL");
      await ended;
    }
    for (const engine of engines.splice(0)) await engine.close();
  });
  after(() => redis.halt());

  async function numbersOf(engine: DistanceEngine): Promise<Record<number, string>> {
    const { masked, bad } = await compute(engine, scene.work);
    await engine.close();
    expect(bad).to.be.empty;
    return maskedNumbers(scene, masked);
  }

  async function startEngine(patienceMs = PATIENT_MS): Promise<QueueEngine> {
    const log = new Log({ write: (line) => logged.push(line) });
    const engine = await QueueEngine.start({
      redisUrl: redis.url,
      threads: 1,
      workers: { host: "127.0.0.1", port: 0, token: TOKEN, log },
      patienceMs,
    });
    engines.push(engine);
    return engine;
  }

  async function startWorker({ url }: QueueEngine) {
    const where = ["--redis", redis.url, "--matcher", url, "--token-file", tokenFile];
    const worker = startSealwatt(["matcher-worker", ...where, "--threads", "1"]);
    workers.push(worker);
    await worker.says("Working for the matcher");
    return worker;
  }

  /** Computes the round, and does something once when so many bids have come. */
  async function computeAnd(
    engine: QueueEngine,
    count: number,
    act: () => unknown,
  ): Promise<Map<number, MaskedBid>> {
    const masked = new Map<number, MaskedBid>();
    await engine.run(scene.work, {
      async onBid(position, one) {
        expect(masked.has(position)).to.be.false;
        masked.set(position, one);
        if (masked.size === count) await act();
      },
      onBad: ({ message }) => Promise.reject(new Error(message)),
    });
    return masked;
  }

  it("has the same masked numbers on three threads as on one", async () => {
    expect(await numbersOf(new ThreadEngine({ threads: 3 }))).to.deep.equal(expected);
  });

  it("has the same masked numbers on two workers, of which one is killed in the middle", async () => {
    const engine = await startEngine();
    const [first] = await Promise.all([startWorker(engine), startWorker(engine)]);
    const masked = await computeAnd(engine, 6, () => first.child.kill("SIGKILL"));
    await first.ended;
    expect(masked.size).to.equal(BIDS);
    expect(maskedNumbers(scene, masked)).to.deep.equal(expected);
  });

  it("tells Redis the names of batches, and no ciphertext, hash, key, seed or token", async () => {
    const engine = await startEngine();
    await startWorker(engine);
    const client = redis.client();
    const monitor = await client.monitor();
    const said: string[] = [];
    monitor.on("monitor", (_time: string, args: string[]) => said.push(args.join(" ")));
    await computeAnd(engine, BIDS, () => undefined);
    monitor.disconnect();
    client.disconnect();
    const all = said.join("\n");
    expect(all).to.contain('"batch":0');
    const { seed, offers, bids } = scene.work;
    const secrets = [
      TOKEN,
      ...[...offers, ...bids].map((hash) => hash.slice(2)),
      ...(["hex", "base64", "latin1"] as const).map((form) => Buffer.from(seed).toString(form)),
    ];
    for (const secret of secrets) expect(all).not.to.contain(secret);
    // A ciphertext has 393 kB, a key more.
    expect(Math.max(...said.map(({ length }) => length))).to.be.below(60_000);
  });

  it("ends a worker gracefully: what it has begun is brought, and nothing is lost", async () => {
    const engine = await startEngine();
    const first = await startWorker(engine);
    let second: Promise<unknown> | undefined;
    const masked = await computeAnd(engine, 4, () => {
      first.child.kill("SIGTERM");
      second = startWorker(engine);
    });
    await second;
    expect((await first.ended).code).to.equal(0);
    expect(maskedNumbers(scene, masked)).to.deep.equal(expected);
  });

  it("is done by the matcher itself where no worker comes", async () => {
    const masked = await computeAnd(await startEngine(300), 0, () => undefined);
    expect(maskedNumbers(scene, masked)).to.deep.equal(expected);
    expect(logged.join("\n")).to.contain("No worker is heard of");
  });

  it("is done although Redis dies in the middle, and the next one too when it is back", async () => {
    const engine = await startEngine(1_000);
    await startWorker(engine);
    const masked = await computeAnd(engine, 3, () => redis.halt());
    expect(maskedNumbers(scene, masked)).to.deep.equal(expected);
    await redis.run();
    const again = await computeAnd(engine, BIDS, () => undefined);
    expect(maskedNumbers(scene, again)).to.deep.equal(expected);
  });

  it("ends with what its taker throws, and computes the next round", async () => {
    const engine = await startEngine();
    await startWorker(engine);
    const failure = new Error("the key holder refuses");
    const failed = await computeAnd(engine, 2, () => Promise.reject(failure)).catch(
      (error: unknown) => error,
    );
    expect(failed).to.equal(failure);
    const masked = await computeAnd(engine, BIDS, () => undefined);
    expect(maskedNumbers(scene, masked)).to.deep.equal(expected);
  });

  it("takes no worker with another token", async () => {
    const engine = await startEngine();
    const other = join(await temporaryFolder(), "token");
    writeFileSync(other, "another-token-another-token-another\n", { mode: 0o600 });
    const where = ["--redis", redis.url, "--matcher", engine.url];
    const worker = startSealwatt(["matcher-worker", ...where, "--token-file", other]);
    const { code, stderr } = await worker.ended;
    expect(code).to.equal(2);
    expect(stderr).to.contain("refuses this worker with 401");
  });

  it("refuses a token that others can read", async () => {
    const open = join(await temporaryFolder(), "token");
    writeFileSync(open, TOKEN);
    chmodSync(open, 0o644);
    const where = ["--redis", redis.url, "--matcher", "http://127.0.0.1:1"];
    const { code, stderr } = await startSealwatt([
      ...["matcher-worker", ...where, "--token-file", open],
    ]).ended;
    expect(code).to.equal(2);
    expect(stderr).to.contain("chmod 600");
    expect(stderr).not.to.contain(TOKEN);
  });

  it("never says its secrets aloud", () => {
    expect(logged.join("\n")).not.to.contain(TOKEN);
  });
});
