import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { EXIT_MAY_PASS } from "../../../../scripts/cli/exitCodes.ts";
import { poolInterface } from "../../../../sdk/private/chain/poolInterface.ts";
import { stagePool } from "../../../helpers/privateMarket.ts";
import { deposit } from "../../../helpers/privateVerbs.ts";
import { serveRpc, type RpcServer } from "../../../helpers/rpcServer.ts";
import { CANARY, expectRefusal, runSealwatt, startSealwatt } from "../../../helpers/runSealwatt.ts";

const PASSWORD = { SEALWATT_KEYSTORE_PASSWORD: CANARY };

describe("sealwatt relay", function () {
  this.timeout(30_000);
  const key = Wallet.createRandom();
  const scene = stagePool(async ({ actors }) => {
    await actors.people[0]!.sendTransaction({ to: key.address, value: 10n ** 18n });
    return {};
  });
  let node: RpcServer;
  let folder: string;
  let keystore: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-"));
    keystore = path.join(folder, "relayer.json");
    writeFileSync(
      keystore,
      encryptKeystoreJsonSync({ address: key.address, privateKey: key.privateKey }, CANARY, {
        scrypt: { N: 1024 },
      }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => (node = await serveRpc(scene.connection.provider)));
  afterEach(() => node.close());

  const options = () => ["relay", "--rpc", node.url, "--keystore", keystore];

  it("relays for a pool until it is ended, and says of a call its verb and outcome", async () => {
    await deposit(scene);
    const running = startSealwatt(
      [...options(), "--pool", scene.poolAddress, "--port", "0", "--json"],
      PASSWORD,
    );
    await running.says("\n");
    const { url, pool, relayer } = JSON.parse(running.output.stdout) as Record<string, string>;
    expect([pool, relayer]).to.deep.equal([scene.poolAddress, key.address]);
    const data = poolInterface.encodeFunctionData("insertLeaves", [64]);
    const response = await fetch(new URL("/relay", url), {
      method: "POST",
      body: JSON.stringify({ pool: scene.poolAddress, data }),
    });
    expect(response.status).to.equal(200);
    expect((await scene.pool.noteTree()).size).to.equal(1n);
    running.child.kill("SIGTERM");
    const { stdout, stderr } = await running.ended;
    expect(stdout.trim().split("\n").slice(1)).to.deep.equal([
      '{"verb":"insertLeaves","outcome":"mined"}',
    ]);
    expect(stdout + stderr).not.to.include(CANARY);
    expect(stdout + stderr).not.to.include(data);
  });

  it("says what it needs", async () => {
    const refusal = (args: readonly string[]) => runSealwatt([...options(), ...args], PASSWORD);
    expectRefusal(
      await refusal(["--pool", scene.marketAddress]),
      "sealwatt relay",
      "there is no private market",
    );
    expectRefusal(await refusal(["--deployment", "none.json"]), "sealwatt relay", "none.json");
    expectRefusal(
      await refusal(["--pool", scene.poolAddress, "--fee-nano", "1.5"]),
      "sealwatt relay",
      "whole number",
    );
  });

  it("does not call a pool unknown where it is the node that fails", async () => {
    node.lies.set("eth_call", () => {
      throw Object.assign(new Error("limit exceeded"), { code: -32_005 });
    });
    const { code, stderr } = await runSealwatt(
      [...options(), "--pool", scene.poolAddress],
      PASSWORD,
    );
    expect(code).to.equal(EXIT_MAY_PASS);
    expect(stderr).to.match(/^sealwatt relay: .*does not answer.*limit exceeded.*\n$/);
  });
});
