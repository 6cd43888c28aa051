import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import { MatchingScene, timesOf } from "../../../helpers/matchingScene.ts";
import { CANARY, expectRefusal, runSealwatt, startSealwatt } from "../../../helpers/runSealwatt.ts";

const PASSWORD = { SEALWATT_KEYSTORE_PASSWORD: CANARY };
/** Nobody listens there. Its path is a token. */
const NOWHERE = `http://127.0.0.1:1/${CANARY}`;

describe("sealwatt matcher", function () {
  this.timeout(60_000);
  let scene: MatchingScene;
  let keystore: string;
  let data: string;

  before(async () => {
    scene = await MatchingScene.start({ traders: 1 });
    await scene.chain.goTo(timesOf(2n).startS);
    await scene.startKeyHolder();
    keystore = path.join(scene.folder, "matcher.json");
    const { address, privateKey } = scene.matcherWallet;
    const json = encryptKeystoreJsonSync({ address, privateKey }, CANARY, { scrypt: { N: 1024 } });
    writeFileSync(keystore, json);
    data = path.join(scene.folder, "data");
  });
  after(() => scene.stop());

  const options = (changes: Record<string, string> = {}) => {
    const given: Record<string, string> = {
      rpc: scene.chain.url,
      pool: scene.chain.pool,
      record: scene.chain.record,
      keystore,
      data,
      "key-holder": scene.keyHolderUrl,
      "key-holder-address": scene.keyHolderWallet.address,
      port: "0",
      threads: "1",
      ...changes,
    };
    return ["matcher", ...Object.entries(given).flatMap(([name, value]) => [`--${name}`, value])];
  };

  it("serves, says where, and ends when it is told to, leaving no secret in the open", async () => {
    const running = startSealwatt([...options(), "--json"], PASSWORD);
    await running.says("}\n");
    const place = JSON.parse(running.output.stdout) as Record<string, string>;
    expect(place).to.include({
      pool: scene.chain.pool,
      record: scene.chain.record,
      matcher: scene.matcherWallet.address,
    });
    for (;;) {
      const ready = await fetch(`${place.url}/readyz`);
      if (ready.status === 200) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const metrics = await (await fetch(`${place.url}/metrics`)).text();
    expect(metrics).to.include("\nsealwatt_matcher_ready 1\n");
    expect((await fetch(`${place.url}/evidence`)).status).to.equal(200);
    // Another one finds its folder taken.
    const second = await runSealwatt(options(), PASSWORD);
    expectRefusal(second, "sealwatt matcher", "one writer");
    running.child.kill("SIGTERM");
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).to.equal(0);
    const secret = scene.matcherWallet.privateKey.slice(2);
    const kept = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name)).toString("latin1"));
    for (const text of [stdout, stderr, ...kept]) {
      expect(text).not.to.include(CANARY);
      expect(text).not.to.include(secret);
    }
    expect(statSync(data).mode & 0o077).to.equal(0);
  });

  it("serves what it has fetched before without a key holder", async () => {
    const running = startSealwatt([...options({ "key-holder": NOWHERE }), "--json"], PASSWORD);
    await running.says("}\n");
    const { url } = JSON.parse(running.output.stdout) as { url: string };
    const { epochs } = (await (await fetch(`${url}/status`)).json()) as { epochs: number[] };
    // What it fetched before is still there.
    expect(epochs).to.have.length.greaterThan(0);
    running.child.kill("SIGTERM");
    expect((await running.ended).code).to.equal(0);
  });

  it("does not tell in its log what the key holder's URL holds", async () => {
    // A folder that has fetched nothing yet: it asks, and says that it gets no answer.
    const folder = path.join(scene.folder, "fresh");
    const running = startSealwatt(options({ "key-holder": NOWHERE, data: folder }), PASSWORD);
    while (!running.output.stderr.includes("got no answer")) {
      expect(running.child.exitCode, running.output.stderr).to.equal(null);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    running.child.kill("SIGTERM");
    const { code, stdout, stderr } = await running.ended;
    expect(code, stderr).to.equal(0);
    expect(stdout + stderr).not.to.include(CANARY);
    // To a program it speaks JSON.
    for (const line of stderr.trimEnd().split("\n"))
      expect(JSON.parse(line)).to.include.keys("level");
  });

  it("says in a line what is wrong with what it is given", async () => {
    const folder = path.join(scene.folder, "other");
    mkdirSync(folder);
    for (const [changes, remedy] of [
      [{ pool: scene.chain.token }, "Correct --pool"],
      [{ record: scene.chain.pool }, "Correct --record"],
      [{ "key-holder": "keyholder" }, "http://"],
      [{ "key-holder-address": "0x12" }, "40 hexadecimal digits"],
      [{ keystore: path.join(folder, "none.json") }, "Correct --keystore"],
      [{ "worker-port": "0" }, "Give --redis too"],
      [{ redis: "redis://127.0.0.1:1" }, "Give --worker-token-file"],
    ] as const) {
      const outcome = await runSealwatt(options({ data: folder, ...changes }), PASSWORD);
      expect([outcome.code, outcome.stdout], remedy).to.deep.equal([2, ""]);
      expect(outcome.stderr).to.include(remedy);
    }
  });
});
