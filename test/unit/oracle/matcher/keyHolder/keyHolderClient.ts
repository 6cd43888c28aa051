import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import {
  KeyHolderClient,
  type Question,
} from "../../../../../oracle/matcher/keyHolder/keyHolderClient.ts";
import { readBeacon } from "../../../../../oracle/matcher/keyHolder/answerReaders.ts";
import { KeyHolderFaultError } from "../../../../../oracle/matcher/matcherErrors.ts";
import { AnswerBook } from "../../../../../oracle/matcher/store/answerBook.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { ServiceClient } from "../../../../../sdk/private/wire/serviceClient.ts";
import {
  ServiceRefusedError,
  ServiceUnreachableError,
  UnsignedAnswerError,
} from "../../../../../sdk/private/wire/serviceError.ts";
import {
  SIGNATURE_HEADER,
  signAnswer,
  type MessageSigner,
} from "../../../../../sdk/private/wire/signedRequest.ts";

const POOL = { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const BEACON = `0x${"22".repeat(32)}`;

describe("KeyHolderClient", () => {
  const keyHolder = Wallet.createRandom();
  let folder = "";
  let store: ServiceStore;
  let answers: AnswerBook;
  let client: KeyHolderClient;
  let asked = 0;
  let bodies = 0;
  /** What comes back: JSON and a status, nothing at all, or nothing that is signed. */
  let reply: { status?: number; json: unknown; signer?: MessageSigner } | "away";

  const fetchStub = (async (url: string, init: RequestInit) => {
    asked++;
    if (reply === "away") throw new TypeError("fetch failed");
    const { status = 200, json, signer } = reply;
    const body = Buffer.from(JSON.stringify(json));
    const call = {
      pool: POOL,
      method: "POST" as const,
      path: new URL(url).pathname,
      body: new Uint8Array(init.body as ArrayBuffer),
    };
    const signature = signer && (await signAnswer(signer, call, { status, body }));
    const headers: Record<string, string> = signature ? { [SIGNATURE_HEADER]: signature } : {};
    return new Response(body, { status, headers });
  }) as typeof fetch;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-client-"));
    const owner = { service: "matcher", ...POOL };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    answers = new AnswerBook(store);
    const peer = keyHolder.address;
    const url = "http://key.holder";
    client = new KeyHolderClient(
      new ServiceClient({ url, pool: POOL, peer, fetch: fetchStub }),
      answers,
    );
    [asked, bodies] = [0, 0];
    reply = { json: { period: "7", beacon: BEACON }, signer: keyHolder };
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const question = (period = 7n): Question<{ period: bigint; beacon: string }> => ({
    name: `beacon ${period}`,
    path: "/beacons",
    body: async () => ({ period, noise: ++bodies }),
    read: readBeacon,
    fault: (answer) => (answer.period === period ? undefined : "it is of another period."),
  });
  const failure = async <T>(work: Promise<T>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it("asks once, and answers from what it kept afterwards", async () => {
    expect((await client.ask(question())).beacon).to.equal(BEACON);
    reply = "away";
    expect((await client.ask(question())).beacon).to.equal(BEACON);
    expect([asked, bodies]).to.deep.equal([1, 1]);
    expect(client.isAway).to.equal(false);
  });

  it("keeps nothing of an answer that cannot be, but as evidence with its signature", async () => {
    for (const [json, fact] of [
      [{ period: "8", beacon: BEACON }, /another period/],
      [{ period: "7" }, /no beacon/],
      [[], /no object/],
    ] as const) {
      reply = { json, signer: keyHolder };
      const error = await failure(client.ask(question()));
      expect(error).to.be.instanceOf(KeyHolderFaultError);
      expect((error as Error).message).to.match(fact);
    }
    expect(answers.get("beacon 7")).to.equal(undefined);
    const evidence = answers.evidence();
    expect(evidence.map(({ kind }) => kind)).to.deep.equal(["fault", "fault", "fault"]);
    expect(evidence[2]).to.include({ path: "/beacons", status: 200, question: "beacon 7" });
    expect(evidence[2]!.body).to.equal(JSON.stringify({ period: "8", beacon: BEACON }));
    expect(evidence[2]!.signature).to.match(/^0x[0-9a-f]{130}$/);
  });

  it("believes the first of two answers to a question, and keeps the second as evidence", async () => {
    const first = await client.askWithoutKeeping(question());
    reply = { json: { period: "7", beacon: `0x${"33".repeat(32)}` }, signer: keyHolder };
    const second = await client.askWithoutKeeping(question());
    client.keep([first.kept!]);
    expect(() => client.keep([second.kept!])).to.throw(KeyHolderFaultError, "answered otherwise");
    expect((await client.ask(question())).beacon).to.equal(BEACON);
    expect(answers.evidenceCounts()).to.deep.equal({ contradiction: 1 });
    // The same again is no other.
    client.keep([first.kept!]);
    expect(answers.evidenceCounts()).to.deep.equal({ contradiction: 1 });
  });

  it("believes nobody else, and takes what is not signed for silence", async () => {
    for (const signer of [undefined, Wallet.createRandom()]) {
      reply = { json: { period: "7", beacon: BEACON }, ...(signer && { signer }) };
      expect(await failure(client.ask(question()))).to.be.instanceOf(UnsignedAnswerError);
      expect(client.isAway).to.equal(true);
    }
    reply = "away";
    expect(await failure(client.ask(question()))).to.be.instanceOf(ServiceUnreachableError);
    expect(client.silence).to.include({ path: "/beacons", times: 3 });
    expect(answers.evidenceCounts()).to.deep.equal({});
    reply = { json: { period: "7", beacon: BEACON }, signer: keyHolder };
    await client.ask(question());
    expect(client.silence).to.equal(undefined);
  });

  it("keeps refusals that contradict it, and none that time mends", async () => {
    const json = { error: "RoundListError", message: "Two are missing.", remedy: ["Look again."] };
    for (const status of [503, 429, 410, 409, 409]) {
      reply = { status, json, signer: keyHolder };
      const error = await failure(client.ask(question()));
      expect(error).to.be.instanceOf(ServiceRefusedError);
    }
    expect(answers.evidenceCounts()).to.deep.equal({ refusal: 1 });
    expect(answers.get("beacon 7")).to.equal(undefined);
    expect(client.isAway).to.equal(false);
  });
});
