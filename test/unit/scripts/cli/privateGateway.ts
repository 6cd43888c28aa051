import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import { keysOf } from "../../../../scripts/keys/circuitKeys.ts";
import { goTo } from "../../../helpers/market.ts";
import { stagePool } from "../../../helpers/privateMarket.ts";
import { useRealVerifiers } from "../../../helpers/realVerifiers.ts";
import { serveRpc, type RpcServer } from "../../../helpers/rpcServer.ts";
import { CANARY, expectRefusal, runSealwatt, startSealwatt } from "../../../helpers/runSealwatt.ts";
import { report, settle } from "../../../helpers/verbs.ts";
import {
  GATEWAY_KEYS,
  GATEWAY_WALLET,
  PERIOD,
  PrivateGatewayScene,
  registerPrivateGateway,
} from "../../../integration/private/gatewayScene.ts";

const PASSWORD = { SEALWATT_KEYSTORE_PASSWORD: CANARY };

interface Call {
  method: string;
  params: unknown[];
}

describe("sealwatt private-gateway", function () {
  // It proves, and its key is made where it is missing.
  this.timeout(300_000);
  const scene = stagePool(async (fixture) => {
    await keysOf("Generation");
    await useRealVerifiers(fixture, ["Generation"]);
    await registerPrivateGateway(fixture);
    const { market, actors } = fixture;
    const id = Number(await market.participantOf(actors.seller.address));
    const { meterId } = await market.meterOf(id);
    const { seller, gateway } = actors;
    return { seller: { id, owner: seller, gateway, meterId: Number(meterId) } };
  });
  let node: RpcServer;
  let folder: string;
  let keystore: string;
  let gateway: PrivateGatewayScene;
  /** What happens to a call of the node. */
  let onCall: (call: Call, pass: () => Promise<unknown>) => Promise<unknown>;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
    keystore = path.join(folder, "gateway.json");
    const { address, privateKey } = GATEWAY_WALLET;
    writeFileSync(
      keystore,
      encryptKeystoreJsonSync({ address, privateKey }, CANARY, { scrypt: { N: 1024 } }),
    );
    gateway = new PrivateGatewayScene(scene);
    onCall = (_call, pass) => pass();
    const { provider } = scene.connection;
    node = await serveRpc({
      request: (call) => onCall(call, () => provider.request(call)),
    });
  });
  afterEach(async () => {
    node.close();
    await gateway.end();
    rmSync(folder, { recursive: true });
  });

  const options = (...more: string[]) => [
    ...["private-gateway", "--rpc", node.url, "--pool", scene.poolAddress],
    ...["--keystore", keystore, "--data", path.join(folder, "data"), ...more],
  ];
  async function start(port = 0) {
    const running = startSealwatt(
      options(
        ...["--metered-by", scene.actors.gateway.address, "--confirmations", "0"],
        ...["--port", String(port), "--audit-key", scene.auditKey.join(","), "--json"],
      ),
      PASSWORD,
    );
    await running.says("\n");
    const place = JSON.parse(running.output.stdout) as Record<string, string>;
    return { ...running, place, url: place.url!, port: Number(new URL(place.url!).port) };
  }
  const wish = (to: { account: bigint; viewKey: readonly [bigint, bigint] }, energyWh: bigint) => ({
    to,
    period: BigInt(PERIOD),
    energyWh,
  });
  const notesOf = async (seller: ReturnType<PrivateGatewayScene["trader"]>) => {
    await seller.sync();
    return seller.store.generation(BigInt(PERIOD)).map(({ note }) => note.energyWh);
  };

  it("proves and vouches until it is ended, and tells nobody's business", async () => {
    const { child, ended, place, url } = await start();
    expect(place).to.deep.equal({
      url,
      pool: scene.poolAddress,
      gateway: GATEWAY_WALLET.address,
      tag: GATEWAY_KEYS.tag.toString(),
    });
    const seller = gateway.trader("seller", 1);
    await seller.join();
    await gateway.client(url).issueGeneration(wish(seller.account, 800n));
    expect(await notesOf(seller)).to.deep.equal([800n]);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code).to.equal(0);
    expect(stdout.trim().split("\n")).to.have.lengthOf(1);
    for (const secret of [CANARY, GATEWAY_WALLET.privateKey.slice(2), seller.account.owner]) {
      expect(stdout + stderr).not.to.include(String(secret));
    }
  });

  for (const [when, outcome] of [
    ["before the node has its transaction @long", "lost"],
    ["after the node has taken its transaction", "taken"],
  ] as const) {
    it(`answers with the one note after it was killed ${when}`, async () => {
      const seller = gateway.trader("seller", 1);
      await seller.join();
      const first = await start();
      let isKilled = false;
      onCall = async (call, pass) => {
        if (isKilled || call.method !== "eth_sendRawTransaction") return pass();
        isKilled = true;
        first.child.kill("SIGKILL");
        if (outcome === "lost") throw new Error("The node heard nothing.");
        return pass();
      };
      const patient = gateway.client(first.url, "seller", 120_000);
      const asked = patient.issueGeneration(wish(seller.account, 20_000n));
      await first.ended;
      const second = await start(first.port);
      await asked;
      // A second note would be more than the household's meter can show.
      expect(await notesOf(seller)).to.deep.equal([20_000n]);
      expect(isKilled).to.be.true;
      second.child.kill("SIGTERM");
      await second.ended;
    });
  }

  it("answers with the one note after it was killed while it proved, twice @long", async () => {
    const seller = gateway.trader("seller", 1);
    await seller.join();
    let running = await start();
    const { port } = running;
    const asked = gateway
      .client(running.url, "seller", 240_000)
      .issueGeneration(wish(seller.account, 20_000n));
    for (let kills = 0; kills < 2; ++kills) {
      let waiting = 0;
      while (waiting === 0) {
        const status = (await (await fetch(`${running.url}/status`)).json()) as typeof running & {
          waiting: number;
        };
        ({ waiting } = status);
      }
      running.child.kill("SIGKILL");
      await running.ended;
      running = await start(port);
    }
    await asked;
    expect(await notesOf(seller)).to.deep.equal([20_000n]);
    running.child.kill("SIGTERM");
    await running.ended;
  });

  it("says again what it attested, after it was killed with the answer on its way @long", async () => {
    const [seller, buyer] = [gateway.trader("seller", 1), gateway.trader("buyer", 2)];
    await seller.join();
    await buyer.join();
    const first = await start();
    await gateway.client(first.url).issueGeneration(wish(seller.account, 800n));
    const question = await gateway.agree(seller, buyer, 800n);
    await goTo(scene, PERIOD + 1, 1);
    await report(scene, scene.seller, PERIOD, 0, 600);
    await settle(scene, PERIOD);
    const said = await gateway.client(first.url).attestDelivery(question);
    expect(said.energyWh).to.equal(600n);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = await start(first.port);
    expect(await gateway.client(second.url).attestDelivery(question)).to.deep.equal(said);
    second.child.kill("SIGTERM");
    await second.ended;
  });

  it("says what it needs", async () => {
    const refusal = (...args: string[]) => runSealwatt(options(...args), PASSWORD);
    const name = "sealwatt private-gateway";
    expectRefusal(await refusal("--participants", "0"), name, "account numbers");
    expectRefusal(await refusal("--metered-by", "0x12"), name, "40 hexadecimal digits");
    expectRefusal(await refusal("--ceremony", folder), name, "ceremony");
    const { address } = GATEWAY_WALLET;
    expectRefusal(await refusal("--key-holder-address", address), name, "Give --matcher too");
    for (const key of ["1,2", "0,1", "5299", "x,y"]) {
      expectRefusal(await refusal("--audit-key", key), name, "both coordinates");
    }
    const record = scene.marketAddress;
    expectRefusal(
      await refusal("--matcher", "http://127.0.0.1:1", "--record", record),
      name,
      "no matching record",
    );
    expectRefusal(await refusal("--matcher", "http://127.0.0.1:1"), name, "--record");
  });
});
