import { expect } from "chai";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { KeyFolder } from "../../../oracle/keyholder/keys/keyFolder.ts";
import { SeedKeeper } from "../../../oracle/matcher/epochs/seedKeeper.ts";
import { positionLeaf } from "../../../sdk/private/rounds/positionLeaf.ts";
import { readRoundOpening, type RoundOpening } from "../../../sdk/private/rounds/roundOpening.ts";
import { decodeFrame } from "../../../sdk/private/wire/frame.ts";
import { parseWireJson } from "../../../sdk/private/wire/wireJson.ts";
import {
  BetweenServices,
  type PassingAnswer,
  type PassingRequest,
} from "../../helpers/betweenServices.ts";
import { hasNumber } from "../../helpers/hasNumber.ts";
import {
  eventually,
  MatchingScene,
  timesOf,
  type SceneOrder,
  type ScenePlan,
} from "../../helpers/matchingScene.ts";

const PERIOD = 9n;
/** A seller and a buyer that meet, a seller that is too dear and a buyer that pays too little. */
const ORDERS: readonly SceneOrder[] = [
  { side: "sell", priceMicroPerKwh: 123_000n, energyWh: 33_773n },
  { side: "buy", priceMicroPerKwh: 234_000n, energyWh: 29_791n },
  { side: "sell", priceMicroPerKwh: 987_000n, energyWh: 41_411n },
  { side: "buy", priceMicroPerKwh: 12_000n, energyWh: 17_771n },
];
/** The scene's. */
const PASSWORD = "correct horse";
const MIDDLE_PRICE = "178500";
const FRAME_LIMITS = { mostParts: 64, mostPartBytes: 2 ** 20 };

/** A secret in the forms that it could slip out in. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  return [bytes, ...(["hex", "base64"] as const).map((form) => Buffer.from(bytes.toString(form)))];
}

async function filesIn(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(
    await Promise.all(files.map(({ parentPath, name }) => readFile(path.join(parentPath, name)))),
  );
}

describe("what the services see of a round [P15] @long", function () {
  this.timeout(240_000);
  let scene: MatchingScene;
  let between: BetweenServices;
  let sell: ScenePlan, buy: ScenePlan, dear: ScenePlan, cheap: ScenePlan;
  let opening: RoundOpening;
  let logs: Buffer;
  let matcherFiles: Buffer;
  let keyHolderFiles: Buffer;
  const calls: { request: PassingRequest; answer: PassingAnswer }[] = [];
  const callsTo = (pattern: RegExp) => calls.filter(({ request }) => pattern.test(request.path));
  const asked = () => Buffer.concat(calls.map(({ request }) => request.body));
  const answered = () => Buffer.concat(calls.map(({ answer }) => answer.body));

  before(async () => {
    const lines: string[] = [];
    scene = await MatchingScene.start({ traders: 4, write: (line) => void lines.push(line) });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    between = new BetweenServices(scene.pool, () => scene.keyHolderUrl);
    between.meddle = (request, answer) => void calls.push({ request, answer });
    const keyHolder = { url: await between.start(), address: scene.keyHolderWallet.address };
    const matcher = await scene.startMatcher({ keyHolder });
    await scene.epochsMirrored();
    const plans: ScenePlan[] = [];
    for (const [i, order] of ORDERS.entries()) {
      plans.push(await scene.submit(scene.traders[i]!, PERIOD, order));
      await scene.upload(plans[i]!);
    }
    [sell, buy, dear, cheap] = plans as [ScenePlan, ScenePlan, ScenePlan, ScenePlan];
    await scene.chain.goTo(timesOf(PERIOD).plansCloseS);
    await eventually(
      "a round is finished",
      () => matcher.status.periods.at(-1)?.rounds.at(-1)?.state === "finished",
      60_000,
    );
    await scene.stopMatcher();
    await scene.stopKeyHolder();
    opening = readRoundOpening(parseWireJson(callsTo(/^\/rounds$/)[0]!.request.body));
    logs = Buffer.from(lines.join("\n"));
    matcherFiles = await filesIn(path.join(scene.folder, "matcher"));
    keyHolderFiles = await filesIn(path.join(scene.folder, "keyholder"));
  });

  after(async () => {
    between.stop();
    await scene.stop();
  });

  it("is for the key holder no ciphertext but those of the pair, in the pair's opening", () => {
    const ciphertextOf = ({ prepared }: ScenePlan) => Buffer.from(prepared.ciphertext);
    for (const plan of [dear, cheap]) {
      expect(asked().includes(ciphertextOf(plan))).to.be.false;
      expect(keyHolderFiles.includes(ciphertextOf(plan))).to.be.false;
    }
    for (const plan of [sell, buy]) {
      const holding = calls.filter(({ request }) => request.body.includes(ciphertextOf(plan)));
      expect(holding.map(({ request }) => request.path)).to.have.length(1);
      expect(holding[0]!.request.path).to.match(/\/pairs\/\d+$/);
    }
  });

  it("is for the key holder no name at a position, before the pair there is opened", () => {
    const ranked = Buffer.concat(callsTo(/\/bids\//).map(({ request }) => request.body));
    for (const { plan, contentHash } of opening.plans) {
      expect(ranked.includes(plan.toString())).to.be.false;
      expect(ranked.includes(contentHash)).to.be.false;
    }
    const salts = callsTo(/\/pairs\/\d+$/).flatMap(({ request }) => {
      const { header } = decodeFrame(request.body, FRAME_LIMITS);
      return Object.values(header).map((entry) => (entry as { salt: string }).salt);
    });
    expect(salts).to.have.length(2);
    // Whoever tries all plans at all positions with the salts that it has seen finds those of the pair.
    const found = opening.plans.filter((entry) => {
      const leaves = entry.side === "buy" ? opening.bidLeaves : opening.offerLeaves;
      return leaves.some((leaf, position) =>
        salts.some((salt) => positionLeaf({ ...entry, salt, position }) === leaf),
      );
    });
    expect(new Set(found.map(({ plan }) => plan))).to.deep.equal(
      new Set([sell.commitment, buy.commitment]),
    );
  });

  it("is for the matcher the positions of offers that are met, and no more of a bid", () => {
    const answers = callsTo(/\/bids\//).map(
      ({ answer }) => JSON.parse(answer.body.toString()) as { nearest: number[] },
    );
    expect(answers).to.have.length(2);
    for (const answer of answers) {
      expect(answer).to.have.all.keys("position", "nearest", "outOfRange");
    }
    // One offer is met by one bid: the dear one by none, and none by the bid that pays too little.
    expect(answers.map(({ nearest }) => nearest.length).sort()).to.deep.equal([0, 1]);
    for (const { answer } of callsTo(/\/pairs\/\d+$/)) {
      expect(JSON.parse(answer.body.toString())).to.deep.equal({ formed: true });
    }
  });

  it("is for the matcher nobody's terms, and there is no text of them in a log or a store", () => {
    const terms = ORDERS.flatMap(({ priceMicroPerKwh, energyWh }) => [priceMicroPerKwh, energyWh]);
    // What is there is found.
    for (const files of [matcherFiles, keyHolderFiles]) {
      expect(hasNumber(files, sell.commitment.toString())).to.be.true;
    }
    const answers = answered();
    for (const term of [...terms.map(String), MIDDLE_PRICE]) {
      for (const [name, bytes] of Object.entries({ answers, matcherFiles, keyHolderFiles, logs })) {
        expect(hasNumber(bytes, term), `${term} in ${name}`).to.be.false;
      }
    }
  });

  it("never is the matcher's seed, which the key holder could unmask with", () => {
    const file = path.join(scene.folder, "matcher", "matcher.sqlite");
    const database = new DatabaseSync(file, { readOnly: true });
    const one = (sql: string, ...values: number[]) => database.prepare(sql).get(...values);
    const row = one("SELECT epoch, commitment FROM seeds") as { epoch: number; commitment: string };
    const chain = {
      pool: scene.pool,
      seedOf: () => ({ fromPeriod: 0n, commitment: row.commitment }),
    };
    const keeper = new SeedKeeper({ one } as never, chain as never, scene.matcherWallet);
    const seed = keeper.seedFor(row.epoch, PERIOD)!;
    database.close();
    expect(seed).to.have.length(32);
    for (const form of formsOf(seed)) {
      for (const bytes of [asked(), keyHolderFiles, matcherFiles, logs]) {
        expect(bytes.includes(form)).to.be.false;
      }
    }
  });

  it("never is a secret key, not even on the key holder's own disk", async () => {
    const folder = path.join(scene.folder, "keyholder", "keys");
    const keys = await KeyFolder.open({ folder, pool: scene.pool, password: PASSWORD });
    const sealed = (await readdir(folder)).find((name) => name.endsWith(".secret"))!;
    const secrets = (await keys.readSecrets(`0x${path.basename(sealed, ".secret")}`))!;
    // From the middle of the long ones: how they begin everybody knows.
    const parts = [
      secrets.matchingKey.slice(100_000, 100_030),
      secrets.deliveryKey.slice(100_000, 100_030),
      secrets.beaconSecret,
      Buffer.from(secrets.envelopeScalar.toString()),
      Buffer.from(secrets.envelopeScalar.toString(16).padStart(64, "0"), "hex"),
    ];
    for (const form of parts.flatMap(formsOf)) {
      for (const bytes of [asked(), answered(), keyHolderFiles, matcherFiles, logs]) {
        expect(bytes.includes(form)).to.be.false;
      }
    }
  });
});
