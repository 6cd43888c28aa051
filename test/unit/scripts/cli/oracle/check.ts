import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import type { Finding } from "../../../../../oracle/check/finding.ts";
import { GatewayStore } from "../../../../../oracle/store/gatewayStore.ts";
import { GatewayScene } from "../../../../helpers/gatewayScene.ts";
import { freePort } from "../../../../helpers/peers.ts";
import { CANARY, expectRefusal, runSealwatt } from "../../../../helpers/runSealwatt.ts";

interface Report {
  ok: boolean;
  gateway: string | null;
  problems: { line: number; path: string; fix: string }[];
  findings: Finding[];
}

const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

describe("sealwatt oracle check", function () {
  this.timeout(30_000);
  let scene: GatewayScene;
  let gateway: string;
  let good: number;

  const check = (config: string, ...args: string[]) =>
    runSealwatt(["oracle", "check", "--config", config, ...args]);
  const report = async (config: string, ...args: string[]) => {
    const { code, stdout, stderr } = await check(config, "--json", ...args);
    expect(stderr).to.equal("");
    return { code, ...(JSON.parse(stdout) as Report) };
  };
  /** The finding of the only thing that is wrong. */
  const problem = async (config: string, ...args: string[]) => {
    const { code, ok, findings } = await report(config, ...args);
    expect({ code, ok }).to.deep.equal({ code: 1, ok: false });
    const wrong = findings.filter((finding) => !finding.ok);
    expect(wrong.map(({ what }) => what)).to.have.length(1);
    return wrong[0]!;
  };

  before(async () => {
    scene = await GatewayScene.open();
    gateway = scene.key.address;
    good = await scene.join({ serial: "4711", gateway });
  });
  after(() => scene.close());

  it("finds nothing where all is good, and makes nothing", async () => {
    const config = await scene.configure("good", [{ participant: good, unit: 1 }], {
      more: `http: { port: ${await freePort()} }`,
    });
    const { code, stdout, stderr } = await check(config);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const lines = stdout.split("\n").map((line) => line.replace(/ {2,}/g, " | "));
    expect(lines.slice(1).map((line) => line.split(" | ").slice(0, 2))).to.deep.equal([
      ...["key", "store", "http", "node", "account", "clock"].map((what) => ["ok", what]),
      ["ok", `binding ${good}`],
      ["ok", `meter ${good}`],
      [""],
      ["All 8 checks are good."],
      [""],
    ]);
    expect(readdirSync(scene.folder)).to.not.include("good.db");
  });

  it("tells each problem of the file on a line with its place, and exits with 2", async () => {
    const config = await scene.configure("wrong", [
      { participant: 1, unit: 300, more: ", speed: 3" },
    ]);
    const { code, stdout, stderr } = await check(config);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).to.have.length(3);
    for (const line of lines) expect(line).to.match(/wrong\.yaml:\d+:\d+: lines\[0\]\.meters\[0\]/);
    const json = await check(config, "--json");
    expect(json).to.include({ code: 2, stderr: "" });
    const { ok, problems, findings } = JSON.parse(json.stdout) as Report;
    expect([ok, problems.length, findings]).to.deep.equal([false, 3, []]);
  });

  it("tells a broker that is not there, and shows nothing of its password", async () => {
    const config = await scene.configure("broker", [{ participant: good, unit: 1 }], {
      more: `mqtt: { url: "mqtt://u:${CANARY}@127.0.0.1:1" }`,
    });
    const found = await problem(config);
    expect(found).to.include({ what: "mqtt", where: "mqtt://127.0.0.1:1" });
    expect(found.finding).to.match(/^The broker cannot be reached: .*ECONNREFUSED/);
    expect(found.remedy).to.include("Start it, or correct mqtt.url.");
    expect(JSON.stringify(found)).to.not.include(CANARY);
  });

  it("tells a broker that does not answer, and one that refuses the password", async () => {
    for (const [answer, finding] of [
      ["", "The broker cannot be reached: it does not answer."],
      ["20020005", "The broker refuses: Connection refused: Not authorized."],
    ] as const) {
      const sockets = new Set<Socket>();
      const broker = createServer((socket) => {
        sockets.add(socket.on("error", () => {}));
        socket.once("data", () => socket.write(Buffer.from(answer, "hex")));
      }).listen(0, "127.0.0.1");
      await once(broker, "listening");
      const { port } = broker.address() as AddressInfo;
      const config = await scene.configure("login", [{ participant: good, unit: 1 }], {
        more: `mqtt: { url: "mqtt://127.0.0.1:${port}" }`,
      });
      expect((await problem(config, "--offline")).finding).to.equal(finding);
      for (const socket of sockets) socket.destroy();
      broker.close();
    }
  });

  it("tells a store's path that names another file, which the daemon would refuse", async () => {
    const config = await scene.configure("elsewhere", [{ participant: good, unit: 1 }]);
    const text = "root:x:0:0:root:/root:/bin/bash\n".repeat(1000);
    for (const length of [text.length, 4096]) {
      writeFileSync(scene.file("elsewhere.db"), text.slice(0, length));
      const { what, finding, remedy } = await problem(config);
      expect(what).to.equal("store");
      expect(finding).to.match(/elsewhere\.db" is not a store, or nothing of it is intact\.$/);
      expect(remedy).to.include("Correct the store's path");
      expect(readFileSync(scene.file("elsewhere.db"), "utf8")).to.equal(text.slice(0, length));
    }
  });

  it("tells a meter that is bound to another gateway's key", async () => {
    const participant = await scene.join({ serial: "4712", gateway: OTHER });
    const config = await scene.configure("key", [{ participant, unit: 2 }]);
    const { what, finding, remedy } = await problem(config);
    expect(what).to.equal(`binding ${participant}`);
    expect(finding).to.equal(
      `The meter is bound to the gateway ${OTHER}, and the key of this one is ${gateway}.`,
    );
    expect(remedy).to.include(`Use the key of ${OTHER}, or have the market's operator rebind`);
  });

  it("writes the command that binds a meter with what its device tells", async () => {
    const participant = await scene.join();
    const config = await scene.configure("unbound", [{ participant, unit: 2 }]);
    const { finding, remedy } = await problem(config);
    expect(finding).to.equal("No meter is bound.");
    expect(remedy).to.match(
      new RegExp(
        `market:bind-meter --participant ${participant} --serial 4712 --gateway ${gateway} --rated-power-w W --import-wh 50\\d\\d --export-wh 0$`,
      ),
    );
  });

  it("tells a participant that the market does not have", async () => {
    const config = await scene.configure("nobody", [{ participant: 999, unit: 1 }]);
    expect((await problem(config)).finding).to.equal("The market has no participant 999.");
  });

  it("tells a device of another serial number, unless it is not read", async () => {
    const config = await scene.configure("serial", [{ participant: good, unit: 2 }]);
    expect((await problem(config)).finding).to.include(
      "the device tells the serial number 4712 where 4711 is bound",
    );
    const offline = await report(config, "--offline");
    expect(offline).to.include({ code: 0, ok: true });
    expect(offline.findings.map(({ what }) => what)).to.not.include(`meter ${good}`);
  });

  it("tells registers that the market would not take", async () => {
    const above = await scene.join({ serial: "4712-a", gateway, importWh: 900_000n });
    const below = await scene.join({ serial: "4712-b", gateway, importWh: 0n, ratedPowerW: 1 });
    const more = ", serialNumber: false";
    for (const [participant, text] of [
      [above, "the import counter fell from 900000 Wh to 50"],
      [below, "the import counter rose by 50"],
    ] as const) {
      const config = await scene.configure("registers", [{ participant, unit: 2, more }]);
      const { finding, remedy } = await problem(config);
      expect(finding).to.include(text);
      expect(remedy).to.include("market:rebind-meter");
    }
  });

  it("tells a meter that does not answer, beside one that does", async () => {
    const lines = `  - protocol: dlt645
    serial: /dev/no-such-port
    meters:
      - { participant: 77, profile: dlt645-2007, address: "000000000161" }`;
    const config = await scene.configure("silent", [{ participant: good, unit: 1 }], { lines });
    const { findings } = await report(config);
    const wrong = findings.filter(({ ok }) => !ok).map(({ what }) => what);
    expect(wrong).to.deep.equal(["binding 77", "meter 77"]);
    expect(findings.at(-1)!.finding).to.include("there is no such port");
  });

  it("tells a node that is away, one of another chain and one without the market", async () => {
    const meters = [{ participant: good, unit: 1 }];
    const away = await scene.configure("away", meters, {
      rpc: [scene.node.url, `http://user:${CANARY}@127.0.0.1:9999/${CANARY}`],
    });
    expect(await problem(away)).to.include({ what: "node", where: "http://127.0.0.1:9999" });
    scene.node.lies.set("eth_chainId", () => "0x1");
    const chain = await report(away);
    expect(chain.findings.map(({ finding }) => finding)).to.include(
      "It is on chain 1, not on chain 31337.",
    );
    scene.node.lies.clear();
    scene.node.lies.set("eth_getCode", () => "0x");
    const empty = await report(away);
    expect(empty.findings.find(({ what }) => what === "node")!.finding).to.match(
      /^There is no contract at /,
    );
    scene.node.lies.clear();
  });

  it("tells contracts that are exchanged", async () => {
    const config = await scene.configure("swapped", [{ participant: good, unit: 1 }]);
    const { marketAddress, registry, token } = scene.fixture;
    const [market, other] = [marketAddress, await registry.getAddress()];
    const text = readFileSync(config, "utf8");
    writeFileSync(config, text.replace(other, await token.getAddress()));
    expect((await problem(config)).finding).to.match(/is no registry\.$/);
    writeFileSync(config, text.replace(market, "M").replace(other, market).replace("M", other));
    expect((await problem(config)).what).to.equal("node");
  });

  it("tells a gateway that cannot pay for its transactions", async () => {
    const config = await scene.configure("fees", [{ participant: good, unit: 1 }]);
    const withFee = (block: unknown) => ({ ...(block as object), baseFeePerGas: "0x3b9aca00" });
    scene.node.lies.set("eth_getBlockByNumber", withFee);
    expect(await problem(config)).to.include({
      what: "account",
      finding: "It has no ether, and a unit of gas costs 1.0 Gwei.",
    });
    scene.node.lies.set("eth_getBalance", () => "0xde0b6b3a7640000");
    expect(await report(config)).to.include({ code: 0 });
    scene.node.lies.set("eth_getBlockByNumber", (block) => ({
      ...(block as object),
      baseFeePerGas: "0x174876e801",
    }));
    expect((await problem(config)).finding).to.include("more than sending.maxFeePerGasGwei allows");
    scene.node.lies.clear();
  });

  it("tells a clock that is behind the chain", async () => {
    const config = await scene.configure("clock", [{ participant: good, unit: 1 }]);
    const inAnHour = `0x${(Math.floor(Date.now() / 1000) + 3600).toString(16)}`;
    scene.node.lies.set("eth_getBlockByNumber", (block) => ({
      ...(block as object),
      timestamp: inAnHour,
    }));
    expect((await problem(config)).finding).to.match(
      /^The latest block is 3\d\d\d s ahead of it\.$/,
    );
    scene.node.lies.clear();
  });

  it("tells a port for status that another program has", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n{}"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const config = await scene.configure("port", [{ participant: good, unit: 1 }], {
      more: `http: { port: ${port} }`,
    });
    expect((await problem(config)).finding).to.include("the port is in use");
    server.close();
  });

  it("tells a store that cannot be made, is damaged or belongs to another market", async () => {
    const meters = [{ participant: good, unit: 1 }];
    const damaged = await scene.configure("damaged", meters);
    writeFileSync(scene.file("damaged.db"), "");
    expect((await problem(damaged)).finding).to.equal("It is damaged. The file is empty.");
    const foreign = await scene.configure("foreign", meters);
    GatewayStore.open(scene.file("foreign.db"), { chainId: 31337n, market: OTHER }).close();
    expect((await problem(foreign)).finding).to.include(`belongs to market ${OTHER}`);
    writeFileSync(foreign, readFileSync(foreign, "utf8").replace("foreign.db", "none/oracle.db"));
    expect((await problem(foreign)).finding).to.equal(`There is no folder ${scene.file("none")}.`);
  });

  it("tells a key that does not open, and shows no secret", async () => {
    const keystore = scene.file("gateway.json");
    const json = encryptKeystoreJsonSync(scene.key, CANARY, { scrypt: { N: 2 } });
    writeFileSync(keystore, json, { mode: 0o600 });
    const meters = [{ participant: good, unit: 1 }];
    const rpc = [scene.node.url, `http://user:${CANARY}@127.0.0.1:9999/${CANARY}?k=${CANARY}`];
    const configure = (password: string) =>
      scene.configure("keystore", meters, {
        rpc,
        key: `keystore: ${keystore}\n  password: ${password}`,
      });
    const opened = await check(await configure(CANARY));
    const refused = await check(await configure(`not-${CANARY}`), "--json");
    expect([opened.code, refused.code]).to.deep.equal([1, 1]);
    const { gateway: unknown, findings } = JSON.parse(refused.stdout) as Report;
    expect(unknown).to.equal(null);
    expect(findings[0]!.finding).to.include("The password does not open the keystore");
    for (const { stdout, stderr } of [opened, refused]) {
      expect(stdout + stderr).to.not.include(CANARY);
      expect(stdout + stderr).to.not.include(scene.key.privateKey.slice(2));
    }
  });

  it("tells a key file that others may read", async () => {
    const config = await scene.configure("mode", [{ participant: good, unit: 1 }]);
    chmodSync(scene.file("gateway.key"), 0o644);
    const { what, remedy } = await problem(config);
    chmodSync(scene.file("gateway.key"), 0o600);
    expect([what, remedy]).to.deep.equal(["key", `chmod 600 ${scene.file("gateway.key")}`]);
  });

  it("exits with 2 and one line on a file that is not there, or none", async () => {
    expectRefusal(
      await check("/nonexistent.yaml"),
      "sealwatt oracle check",
      "There is no such file",
    );
    const none = await runSealwatt(["oracle", "check"]);
    expectRefusal(none, "sealwatt oracle check", "required option '--config <file>'");
  });
});
