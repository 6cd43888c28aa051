import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { expect } from "chai";
import { SpreadRound } from "../../../../../../oracle/matcher/compute/spread/spreadRound.ts";
import { WorkerPort } from "../../../../../../oracle/matcher/compute/spread/workerPort.ts";
import {
  decodeBatch,
  decodeRound,
  encodeResult,
  type BatchResult,
} from "../../../../../../oracle/matcher/compute/spread/workerWire.ts";
import type { OpenRound } from "../../../../../../oracle/matcher/compute/computeTasks.ts";
import { ThreadEngine } from "../../../../../../oracle/matcher/compute/threadEngine.ts";
import { Log } from "../../../../../../oracle/operations/log.ts";
import type { MaskedBid } from "../../../../../../sdk/private/matching/distanceMasker.ts";
import { CIPHERTEXT_PREFIX_BYTES } from "../../../../../../sdk/private/matching/ciphertextBytes.ts";
import { MATCHING_PARAMETERS } from "../../../../../../sdk/private/matching/parameters.ts";
import { FRAME_CONTENT_TYPE } from "../../../../../../sdk/private/wire/frame.ts";
import {
  computeScene,
  maskedNumbers,
  type ComputeScene,
} from "../../../../../helpers/computeScene.ts";
import { limitCode } from "../../../../sdk/private/matching/matchingScene.ts";

const TOKEN = "canary-token-0123456789-0123456789";

describe("WorkerPort", function () {
  this.timeout(60_000);
  let scene: ComputeScene;
  let local: ThreadEngine;
  let open: OpenRound;
  let port: WorkerPort;
  let url: string;
  let round: SpreadRound;
  let right: Map<number, MaskedBid>;
  let handed: Map<number, MaskedBid>;
  let bad: number[];

  before(async () => {
    scene = await computeScene(limitCode("market"), { bids: 3, offers: 5 });
    local = new ThreadEngine({ threads: 1 });
    open = await local.open(scene.work);
    right = new Map();
    const onBad = ({ message }: { message: string }) => Promise.reject(new Error(message));
    await local.run(scene.work, { onBid: async (at, one) => void right.set(at, one), onBad });
  });
  after(() => local.close());

  beforeEach(async () => {
    handed = new Map();
    bad = [];
    port = new WorkerPort({
      ...{ host: "127.0.0.1", port: 0, token: TOKEN },
      log: new Log({ write: () => undefined }),
    });
    round = newRound(scene.work.bids);
    port.add(round);
    url = await port.start();
  });
  afterEach(async () => {
    port.remove(round);
    await round.close();
    await port.stop();
  });

  function newRound(bids: readonly string[]): SpreadRound {
    const taker = {
      onBid: async (position: number, masked: MaskedBid) => void handed.set(position, masked),
      onBad: async (_bad: unknown, position: number) => void bad.push(position),
    };
    const parts = { local, scheme: scene.keyed.scheme };
    return new SpreadRound(open, { ...scene.work, bids }, taker, parts);
  }

  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

  async function bring(batch: number, result: BatchResult, body?: Uint8Array) {
    const { head, parts } = encodeResult(result);
    const response = await fetch(`${url}/rounds/${open.id}/batches/${batch}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": FRAME_CONTENT_TYPE },
      body: new Uint8Array(body ?? Buffer.concat([head, ...parts])),
    });
    return { status: response.status, text: await response.text() };
  }

  const resultOf = (position: number, masked = right.get(position)!): BatchResult => ({
    masked: [{ position, masked }],
    bad: [],
  });

  it("gives a round and its batches, and takes what is made of them until all is done", async () => {
    const given = decodeRound(
      open.id,
      new Uint8Array(await (await ask(`/rounds/${open.id}`)).arrayBuffer()),
    );
    expect(given.offers).to.equal(5);
    expect(new Uint8Array(given.keys.seed)).to.deep.equal(scene.work.seed);
    for (const batch of [0, 1, 2]) {
      const response = await ask(`/rounds/${open.id}/batches/${batch}`);
      const bids = decodeBatch(new Uint8Array(await response.arrayBuffer()));
      expect(bids.map(({ position }) => position)).to.deep.equal([batch]);
      expect((await bring(batch, resultOf(batch))).status).to.equal(200);
    }
    await round.ended;
    expect(maskedNumbers(scene, handed)).to.deep.equal(maskedNumbers(scene, right));
  });

  for (const [who, headers] of Object.entries({
    "no token": { authorization: "" },
    "another token": { authorization: "Bearer canary-token-0123456789-012345678x" },
    "a part of the token": { authorization: "Bearer canary" },
    "the token alone": { authorization: TOKEN },
  })) {
    for (const path of ["/queue", "/rounds/x", "/rounds/x/batches/0"]) {
      it(`answers ${path} with 401 to who shows ${who}`, async () => {
        const response = await ask(path, headers);
        expect(response.status).to.equal(401);
        expect(await response.text()).not.to.contain(TOKEN);
      });
    }
  }

  it("is served by whatever name, and to no page of another origin", async () => {
    const headers = { host: "matcher.internal:8611", authorization: `Bearer ${TOKEN}` };
    const asked = request(`${url}/queue`, { headers, agent: false }).end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).to.equal(200);
    expect(answer.headers).not.to.have.property("access-control-allow-origin");
  });

  it("reads no body of who shows no token", async () => {
    const response = await fetch(`${url}/rounds/${open.id}/batches/0`, {
      method: "POST",
      headers: { "content-type": FRAME_CONTENT_TYPE },
      body: new Uint8Array(2 ** 20),
    });
    expect(response.status).to.equal(401);
    expect(handed.size).to.equal(0);
  });

  it("knows no other round and no batch that is none", async () => {
    const paths = [
      "/rounds/00000000-0000-0000-0000-000000000000",
      `/rounds/${open.id}/batches/-1`,
      `/rounds/${open.id}/batches/1e3`,
    ];
    for (const path of paths) expect((await ask(path)).status).to.equal(404);
    const beyond = await ask(`/rounds/${open.id}/batches/99`);
    expect(decodeBatch(new Uint8Array(await beyond.arrayBuffer()))).to.be.empty;
  });

  it("keeps the first result of a bid, and needs no second", async () => {
    await bring(0, resultOf(0));
    const first = handed.get(0);
    expect((await bring(0, resultOf(0, right.get(1)))).status).to.equal(200);
    expect(handed.get(0)).to.equal(first);
    const again = await ask(`/rounds/${open.id}/batches/0`);
    expect(decodeBatch(new Uint8Array(await again.arrayBuffer()))).to.be.empty;
  });

  const upload = () => scene.blobs.blobs.get(scene.work.bids[0]!)!;
  const harms: Record<string, () => BatchResult> = {
    "of another batch": () => resultOf(1),
    "of a position that there is not": () => resultOf(7, right.get(0)),
    "without limits": () => resultOf(0, { ...right.get(0)!, limits: [] }),
    "without distances": () => resultOf(0, { ...right.get(0)!, distances: [] }),
    "with one pack too many": () =>
      resultOf(0, {
        ...right.get(0)!,
        limits: [...right.get(0)!.limits, right.get(0)!.limits[0]!],
      }),
    "of zeros": () => resultOf(0, { ...right.get(0)!, distances: [new Uint8Array(131_185)] }),
    "that was cut": () =>
      resultOf(0, { ...right.get(0)!, distances: [right.get(0)!.distances[0]!.slice(0, -1)] }),
    "that is a participant's ciphertext": () =>
      resultOf(0, { ...right.get(0)!, distances: [upload()] }),
    "with a coefficient of 2^60": () => {
      const distances = right.get(0)!.distances[0]!.slice();
      distances.set([0, 0, 0, 0, 0, 0, 0, 16], distances.length - 8);
      return resultOf(0, { ...right.get(0)!, distances: [distances] });
    },
    "that is the prime in one place": () => {
      const limits = right.get(0)!.limits[0]!.slice();
      const prime = MATCHING_PARAMETERS.coeffModulus[0]!;
      new DataView(limits.buffer).setBigUint64(CIPHERTEXT_PREFIX_BYTES, prime, true);
      return resultOf(0, { ...right.get(0)!, limits: [limits] });
    },
    "that anybody can read": () => {
      const distances = right.get(0)!.distances[0]!.slice();
      distances.fill(0, CIPHERTEXT_PREFIX_BYTES + 8 * 8_192);
      return resultOf(0, { ...right.get(0)!, distances: [distances] });
    },
    "of a bad bid elsewhere": () => ({ masked: [], bad: [{ position: 1, message: "bad" }] }),
  };
  for (const [what, harm] of Object.entries(harms)) {
    it(`refuses a result ${what}, keeps nothing of it, and takes the right one after it`, async () => {
      const { status, text } = await bring(0, harm());
      expect(status).to.equal(400);
      expect(text).to.contain("remedy");
      expect(handed.size).to.equal(0);
      expect((await bring(0, resultOf(0))).status).to.equal(200);
      expect(handed.size).to.equal(1);
    });
  }

  it("takes the largest coefficient that there is", async () => {
    const limits = right.get(0)!.limits[0]!.slice();
    const largest = MATCHING_PARAMETERS.coeffModulus[0]! - 1n;
    new DataView(limits.buffer).setBigUint64(CIPHERTEXT_PREFIX_BYTES, largest, true);
    const { status } = await bring(0, resultOf(0, { ...right.get(0)!, limits: [limits] }));
    expect(status).to.equal(200);
  });

  it("refuses what is no frame", async () => {
    const broken = new Uint8Array([83, 87, 70, 49, 255]);
    expect((await bring(0, resultOf(0), broken)).status).to.equal(400);
  });

  it("believes no worker that a bid is bad: it tries itself", async () => {
    await bring(0, { masked: [], bad: [{ position: 0, message: "I do not like it." }] });
    expect(bad).to.be.empty;
    expect(maskedNumbers(scene, handed)[0]).to.equal(maskedNumbers(scene, right)[0]);
  });

  it("reports a bid itself that is missing or damaged, and gives the others", async () => {
    port.remove(round);
    await round.close();
    round = newRound(scene.work.bids.with(1, "missing"));
    port.add(round);
    const response = await ask(`/rounds/${open.id}/batches/1`);
    expect(decodeBatch(new Uint8Array(await response.arrayBuffer()))).to.be.empty;
    expect(bad).to.deep.equal([1]);
    await bring(0, resultOf(0));
    await bring(2, resultOf(2));
    await round.ended;
  });

  it("refuses a worker whose result the key holder's side cannot take, and ends the round so", async () => {
    port.remove(round);
    await round.close();
    const failure = new Error("the key holder is away");
    const taker = { onBid: () => Promise.reject(failure), onBad: async () => undefined };
    round = new SpreadRound(open, scene.work, taker, { local, scheme: scene.keyed.scheme });
    port.add(round);
    expect((await bring(0, resultOf(0))).status).to.equal(500);
    const ended = await round.ended.catch((error: unknown) => error);
    expect(ended).to.equal(failure);
  });
});
