import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Question } from "../../../../../oracle/matcher/keyHolder/keyHolderClient.ts";
import { MissingKeyError, NotTakenError } from "../../../../../oracle/matcher/matcherErrors.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { MissingBlobError } from "../../../../../oracle/matcher/store/blobErrors.ts";
import { UploadBook } from "../../../../../oracle/matcher/store/uploadBook.ts";
import {
  UploadJudging,
  type UploadJudgingOptions,
} from "../../../../../oracle/matcher/uploads/uploadJudging.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const PERIOD = 7n;
/** More than are asked for at once. */
const STUCK = 70n;
/** How long one that was refused is left alone. */
const RETRY_MS = 2_000;
const hashOf = (plan: bigint) => `0x${plan.toString(16).padStart(64, "0")}`;

/** What is waited for until the test opens it. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets what can be done now be done. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("UploadJudging", function () {
  this.timeout(20_000);
  let folder = "";
  let store: ServiceStore;
  let uploads: UploadBook;
  let asked: bigint[];
  /** Plans that the key holder would not judge now. */
  let refused: (plan: bigint) => boolean;
  /** What making a question's body meets. */
  let fault: Error | undefined;
  /** What the key holder waits for before it answers. */
  let answering: () => Promise<void>;
  let passes: number;
  let nowMs: number;
  let judging: UploadJudging;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-judging-"));
    const owner = { service: "matcher", chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    uploads = new UploadBook(store);
    passes = 0;
    nowMs = 5_000;
    const waiting = uploads.waiting.bind(uploads);
    uploads.waiting = (...those) => {
      passes++;
      return waiting(...those);
    };
    answering = () => Promise.resolve();
    asked = [];
    fault = undefined;
    refused = (plan) => plan <= STUCK;
    const keyHolder = {
      ask: async ({ name, body }: Question<unknown>) => {
        const plan = BigInt(name.split(" ")[1]!);
        asked.push(plan);
        await answering();
        if (refused(plan)) throw new NotTakenError(503, "Not now.", "Ask again.");
        if (fault !== undefined) await body();
        return { sound: true };
      },
    };
    judging = new UploadJudging({
      chain: { nowS: 0, terms: { plansLead: 0, proposalsLead: 0, genesis: 0, periodLength: 900 } },
      uploads,
      epochs: { epoch: async () => Promise.reject(fault!) },
      keyHolder,
      log: new Log({ write: () => {} }),
      nowMs: () => nowMs,
    } as unknown as UploadJudgingOptions);
  });

  afterEach(() => {
    judging.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  const put = (plan: bigint) => {
    const content = hashOf(plan);
    const signature = `0x${"22".repeat(65)}`;
    const uploadAddress = `0x${"11".repeat(20)}`;
    const place = { plan, period: PERIOD, side: "buy" as const, epoch: 1, contentHash: content };
    const signed = { originContentHash: content, envelopeHash: content, uploadAddress, signature };
    uploads.put({
      header: { ...place, ...signed },
      receipt: { plan, contentHash: content, takenAtS: 1, signature },
      bytes: 9,
    });
  };

  it("keeps nobody waiting for others that the key holder refuses for now", async () => {
    store.transaction(() => {
      for (let plan = 1n; plan <= STUCK; plan++) put(plan);
      // Behind all of them in every order.
      put(9_999n);
    });
    await judging.run();
    await judging.run();
    expect(asked).to.include(9_999n);
    expect(uploads.get(9_999n)!.state).to.equal("sound");
    expect(new Set(asked).size, "each once within two seconds").to.equal(asked.length);
  });

  it("calls no upload lost for a key of the epoch that the disk has lost", async () => {
    refused = () => false;
    put(1n);
    fault = new MissingKeyError(1, "public-key", "Nothing is stored under it.");
    await judging.run();
    expect(uploads.get(1n)!.state).to.equal("taken");
    put(2n);
    fault = new MissingBlobError(hashOf(2n));
    await judging.run();
    expect(uploads.get(2n)!.state).to.equal("lost");
  });

  it("asks for them again a while later, but for those that wait no more", async () => {
    put(1n);
    put(2n);
    await judging.run();
    uploads.setState(2n, "lost");
    asked = [];
    refused = () => false;
    nowMs += RETRY_MS - 1;
    await judging.run();
    expect(asked).to.deep.equal([]);
    nowMs++;
    await judging.run();
    expect(asked).to.deep.equal([1n]);
    expect(uploads.get(1n)!.state).to.equal("sound");
  });

  it("judges what comes while it judges in one further pass, which all that ask share", async () => {
    refused = () => false;
    const { opened, open } = gate();
    answering = () => opened;
    put(1n);
    const first = judging.run();
    await turn();
    expect(asked).to.deep.equal([1n]);
    const come = [2n, 3n, 4n];
    const others = come.map((plan) => {
      put(plan);
      return judging.run();
    });
    await turn();
    expect(asked).to.deep.equal([1n]);
    open();
    await Promise.all([first, ...others]);
    expect(come.map((plan) => uploads.get(plan)!.state)).to.deep.equal(come.map(() => "sound"));
    expect(passes).to.equal(2);
  });

  it("judges what comes while nothing may be judged as soon as that is over", async () => {
    refused = () => false;
    const { opened, open } = gate();
    const alone = judging.exclusively(() => opened);
    put(1n);
    const judged = judging.run();
    const again = judging.exclusively(async () => uploads.get(1n)!.state);
    await turn();
    expect(asked).to.deep.equal([]);
    open();
    await Promise.all([alone, judged]);
    expect(uploads.get(1n)!.state).to.equal("sound");
    expect(await again, "in its turn").to.equal("sound");
  });

  it("goes on after what fails, and tells those alone that have asked for it", async () => {
    const failing = judging.exclusively(() => Promise.reject(new RangeError("It fails.")));
    const passing = judging.run();
    expect(await rejection(failing)).to.be.instanceOf(RangeError);
    await passing;
    refused = () => false;
    answering = () => Promise.reject(new RangeError("It is away."));
    put(1n);
    const away = [judging.run(), judging.run()];
    const alone = judging.exclusively(async () => "done");
    for (const one of away) expect(await rejection(one)).to.be.instanceOf(RangeError);
    expect(await alone).to.equal("done");
    answering = () => Promise.resolve();
    await judging.run();
    expect(uploads.get(1n)!.state).to.equal("sound");
  });
});
