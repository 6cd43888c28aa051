import { expect } from "chai";
import { toBeHex } from "ethers";
import { HttpServer } from "../../../oracle/http/httpServer.ts";
import type { HttpRoute } from "../../../oracle/http/httpRoute.ts";
import { Log } from "../../../oracle/operations/log.ts";
import { encodeOffer } from "../../../sdk/private/matching/encodePlan.ts";
import { DEFAULT_FEATURES } from "../../../sdk/private/matching/defaultFeatures.ts";
import { PlanReader } from "../../../sdk/private/matching/planReader.ts";
import { attributesOf, commitmentOf, type PlanNote } from "../../../sdk/private/notes.ts";
import { FRAME_CONTENT_TYPE } from "../../../sdk/private/wire/frame.ts";
import { askBrowserPlans } from "../../helpers/browserPlans.ts";
import { withWorkerPage } from "../../helpers/browserWorker.ts";
import { findChromium } from "../../helpers/chromium.ts";
import { temporaryFolder } from "../../helpers/fixtureKeys.ts";
import { createMemoryEpoch } from "../../helpers/memoryEpoch.ts";
import { MemoryMatcher, type PlanOfChain } from "../../helpers/memoryMatcher.ts";
import { account, POOL } from "../../unit/sdk/private/scene.ts";

const SEED = 9;
const GATEWAY = 7n;
const PERIOD = 4n;

/** The routes of a matcher that participants ask, with no process behind them. */
function routesOf(matcher: MemoryMatcher): HttpRoute[] {
  const ask = (method: "GET" | "POST"): HttpRoute["answer"] => {
    return async ({ path, body }) => {
      const answer = await matcher.answer(path, { method, body: body as Uint8Array<ArrayBuffer> });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { status: answer.status, contentType: "application/octet-stream", body: bytes };
    };
  };
  const body = { contentType: FRAME_CONTENT_TYPE, what: "the upload", mostBytes: 500_000 };
  return [
    { method: "GET", path: "/epochs/:epoch", answer: ask("GET") },
    { method: "GET", path: "/epochs/:epoch/:key", answer: ask("GET") },
    { method: "POST", path: "/plans", body, answer: ask("POST") },
  ];
}

describe("a participant in Chromium", function () {
  this.timeout(120_000);

  it("encrypts, uploads and uploads the rest, to a matcher of another origin", async function () {
    const executable = findChromium();
    if (executable === undefined) {
      console.log("      SKIPPED: there is no chromium; on Debian, apt-get install chromium");
      this.skip();
    }
    const epoch = await createMemoryEpoch(DEFAULT_FEATURES);
    const book = new Map<bigint, PlanOfChain>();
    const matcher = new MemoryMatcher(POOL, epoch, (plan) => book.get(plan));
    const server = new HttpServer({
      name: "A matcher",
      host: "127.0.0.1",
      port: 0,
      log: new Log({ write: () => undefined }),
      routes: routesOf(matcher),
      isOpen: true,
    });
    const url = await server.start();
    const reader = new PlanReader(epoch.scheme, epoch.code, epoch.keys.secretKey);
    const { owner } = account(SEED);
    const order = {
      side: "sell" as const,
      period: PERIOD,
      energyWh: 1_500n,
      priceMicroPerKwh: 300_500n,
      features: {
        environmentalIndex: 80,
        reputation: 50,
        eastM: 120,
        northM: 9_000,
        energyType: "solar",
      },
    };
    const noteOf = (energyWh: bigint): PlanNote => ({
      kind: "plan",
      owner,
      side: order.side,
      period: PERIOD,
      energyWh,
      priceMicroPerKwh: order.priceMicroPerKwh,
      attributes: attributesOf(GATEWAY, 0n),
      salt: energyWh,
    });
    const put = (plan: PlanNote, features: bigint, name: "PlanAdded" | "MatchConfirmed") =>
      book.set(commitmentOf(plan), {
        side: plan.side,
        period: plan.period,
        state: "open",
        strikes: 0,
        features: toBeHex(features, 32),
        log: { name },
      });

    try {
      const folder = await temporaryFolder();
      const worker = "encryptedPlansWorker.ts";
      await withWorkerPage({ executable, folder, worker, services: [url] }, async (page) => {
        const announced = (await epoch.record.epochOfPeriod(PERIOD))!;
        const matcherAddress = matcher.wallet.address;
        const setting = { pool: POOL, seed: SEED, matcherUrl: url, matcherAddress, announced };
        await askBrowserPlans(page, { setting });
        const { prepared, durationMs } = await askBrowserPlans(page, { prepare: order });
        expect(prepared!.limit).to.deep.equal({ value: 300_500, matchedAs: 301_000, step: 1_000 });
        const first = noteOf(1_500n);
        put(first, prepared!.encryptedFeaturesHash, "PlanAdded");
        const sent = { upload: { plan: first, gateway: GATEWAY } };
        const { receipt } = await askBrowserPlans(page, sent);
        expect(receipt!.plan).to.equal(commitmentOf(first));
        const rest = noteOf(400n);
        await askBrowserPlans(page, { rest });
        put(rest, prepared!.encryptedFeaturesHash, "MatchConfirmed");
        await askBrowserPlans(page, { upload: { plan: rest, gateway: GATEWAY } });
        console.log(`      ${Math.round(durationMs!)} ms for the first, with keys and set-up`);
      });
      for (const energyWh of [1_500n, 400n]) {
        const plan = commitmentOf(noteOf(energyWh));
        const envelope = await matcher.open(plan);
        expect(envelope.opening.plan).to.deep.equal(noteOf(energyWh));
        const expected = encodeOffer(epoch.code, envelope.features);
        expect(reader.numbers(matcher.uploads.get(plan)!.ciphertext)).to.deep.equal(expected);
      }
    } finally {
      await server.stop();
      reader.close();
      epoch.scheme.close();
    }
  });
});
