import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { encryptKeystoreJsonSync } from "ethers";
import { loadDeviceProfile } from "../../../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../../../oracle/simulator/createSimulator.ts";
import { constantLoad } from "../../../../../oracle/simulator/meteredLoad.ts";
import type { MeterSimulator } from "../../../../../oracle/simulator/meterSimulator.ts";
import { GatewayScene, newKey } from "../../../../helpers/gatewayScene.ts";
import { freePort } from "../../../../helpers/peers.ts";
import {
  CANARY,
  expectRefusal,
  runSealwatt,
  startSealwatt,
  type Outcome,
} from "../../../../helpers/runSealwatt.ts";

const PASSWORD = `${CANARY}-operator`;
const RELAY = { password: "02919293", operatorCode: "81828384" };
const ADDRESS = "000000000161";
const FOREIGN = "000000000162";
const COIL = 5;

describe("sealwatt oracle run, status, release, reject and switch", function () {
  this.timeout(60_000);
  let scene: GatewayScene;
  let relayed: MeterSimulator;
  let coiled: MeterSimulator;
  let daemon: ReturnType<typeof startSealwatt>;
  let config: string;
  let port: number;
  let url: string;
  let good: number;
  let doubted: number;
  let switched: number;
  let breaker: number;
  let foreign: number;
  const outputs: Outcome[] = [];

  const sealwatt = async (...args: string[]) => {
    const outcome = await runSealwatt(["oracle", ...args], {
      SEALWATT_KEYSTORE_PASSWORD: PASSWORD,
    });
    outputs.push(outcome);
    return outcome;
  };
  const order = (...args: string[]) =>
    sealwatt(...args, "--config", config, "--keystore", scene.file("operator.json"));
  const status = async (...args: string[]) =>
    JSON.parse((await sealwatt("status", "--json", ...args)).stdout) as Record<string, unknown> & {
      quarantine: { id: number; code: string }[];
    };
  const untilStatus = async (isSo: (shown: Awaited<ReturnType<typeof status>>) => boolean) => {
    for (let tries = 0; tries < 60; ++tries) {
      const shown = await status("--config", config);
      if (isSo(shown)) return shown;
    }
    throw new Error(`The status did not come; the log is ${daemon.output.stdout}`);
  };

  before(async () => {
    scene = await GatewayScene.open({ periodLength: 5 });
    const gateway = scene.key.address;
    good = await scene.join({ serial: "4711", gateway });
    doubted = await scene.join({ serial: "4799", gateway });
    switched = await scene.join({ serial: "161", gateway, importWh: 0n });
    breaker = await scene.join({ serial: "163", gateway, importWh: 0n });
    foreign = await scene.join({ serial: "162", gateway: newKey().address });
    relayed = createSimulator({
      protocol: "dlt645",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: [ADDRESS, FOREIGN].map((unit) => ({
        profile: loadDeviceProfile("dlt645-2007"),
        unit,
        load: constantLoad(0, 0),
        serialNumber: "161",
      })),
      faults: { seed: 0, faults: [] },
    });
    await relayed.start();
    const device = loadDeviceProfile("schneider-iem3155");
    coiled = createSimulator({
      protocol: "modbus-tcp",
      port: { kind: "tcp", host: "127.0.0.1", port: 0 },
      units: [
        {
          profile: { ...device, switch: { kind: "coil", address: COIL, sources: ["a test"] } },
          unit: "1",
          load: constantLoad(0, 0),
          serialNumber: "163",
        },
      ],
      faults: { seed: 0, faults: [] },
    });
    await coiled.start();
    const [host, relayedPort] = relayed.where.split(":");
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const withSecret = scene.node.url.replace("http://", `http://user:${CANARY}@`);
    config = await scene.configure(
      "oracle",
      [
        { participant: good, unit: 1 },
        { participant: doubted, unit: 2 },
      ],
      {
        rpc: [`${withSecret}/${CANARY}`, `http://127.0.0.1:9999/${CANARY}`],
        more: `reading: { intervalS: 1 }
sending: { confirmations: 1 }
http: { port: ${port} }
operators: ["${scene.operator.address}"]
relay: { password: "${RELAY.password}", operatorCode: "${RELAY.operatorCode}" }`,
        lines: `  - protocol: dlt645
    host: ${host}
    port: ${relayedPort}
    meters:
      - { participant: ${switched}, profile: dlt645-2007, address: "${ADDRESS}", switchable: true }
      - { participant: ${foreign}, profile: dlt645-2007, address: "${FOREIGN}" }
  - protocol: modbus-tcp
    host: ${host}
    port: ${coiled.where.split(":")[1]}
    meters:
      - participant: ${breaker}
        profile: schneider-iem3155
        unit: 1
        switchable: true
        switch: { coil: ${COIL} }`,
      },
    );
    const keystoreOf = (wallet: typeof scene.operator) =>
      encryptKeystoreJsonSync(wallet, PASSWORD, { scrypt: { N: 2 } });
    writeFileSync(scene.file("operator.json"), keystoreOf(scene.operator));
    writeFileSync(scene.file("stranger.json"), keystoreOf(newKey()));
    daemon = startSealwatt(["oracle", "run", "--config", config]);
    await daemon.says("status and metrics are served");
  });
  after(async () => {
    daemon.child.kill("SIGKILL");
    await daemon.ended;
    await relayed.stop();
    await coiled.stop();
    await scene.close();
  });

  it("shows meters, nodes and what is in quarantine, with evidence and remedy", async () => {
    const shown = await untilStatus(({ quarantine }) => quarantine.length > 0);
    expect(shown).to.deep.include({ source: "daemon", url, gateway: scene.key.address });
    expect(shown.quarantine[0]).to.deep.include({ participant: doubted, code: "serial-changed" });
    expect(shown.quarantine[0]).to.have.nested.property("latest.raw[3].value", "4712");
    const { code, stdout, stderr } = await sealwatt("status", "--url", url);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.include(`Gateway ${scene.key.address}, Sealwatt `);
    expect(stdout).to.match(new RegExp(`^${good} +up +${scene.meters} unit 1 .* 4711 `, "m"));
    expect(stdout).to.match(new RegExp(`^${foreign} +up, not bound +${relayed.where} `, "m"));
    expect(stdout).to.include("the device tells the serial number 4712 where 4799 is bound");
    expect(stdout).to.include("serialNumber fc3@129x2 00001268 = 4712");
    expect(stdout).to.match(/^ {2}> Look at the meter\. Where it was replaced, /m);
    expect(stdout).to.match(/^http:\/\/127\.0\.0\.1:\d+ +up /m);
  });

  it("refuses what does not fit an entry, what is not there and who is no operator", async () => {
    const { quarantine } = await untilStatus(({ quarantine: open }) => open.length > 0);
    const id = String(quarantine[0]!.id);
    expectRefusal(
      await order("release", id, "--as", "wrap-around"),
      "sealwatt oracle release",
      `Quarantine entry ${id} is no wrap-around.`,
    );
    expectRefusal(await order("reject", "99"), "sealwatt oracle reject", "no quarantine entry 99");
    const stranger = ["--keystore", scene.file("stranger.json"), "--url", url];
    expectRefusal(
      await sealwatt("reject", id, ...stranger),
      "sealwatt oracle reject",
      "which is no operator of this gateway",
    );
    expectRefusal(
      await order("switch", String(good), "off"),
      "sealwatt oracle switch",
      "Set switchable: true for the meter",
    );
  });

  it("rejects a value, and releases the next", async () => {
    const { quarantine } = await untilStatus(({ quarantine: open }) => open.length > 0);
    const id = quarantine[0]!.id;
    const { code, stdout } = await order("reject", String(id), "--json");
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      operator: scene.operator.address,
      result: `Quarantine entry ${id} is rejected: its value is not settled.`,
    });
    // The device tells the other number still.
    const later = await untilStatus(({ quarantine: open }) => open.some((entry) => entry.id > id));
    const next = String(later.quarantine.at(-1)!.id);
    const released = await order("release", next, "--as", "as-read");
    expect(released).to.include({ code: 0, stderr: "" });
    expect(released.stdout).to.include(`Quarantine entry ${next} is released`);
    await untilStatus(({ quarantine: open }) => open.length === 0);
  });

  it("switches a relay", async () => {
    const unit = relayed.units[0]!;
    for (const [position, isOn] of [
      ["off", false],
      ["on", true],
    ] as const) {
      const { code, stdout } = await order("switch", String(switched), position);
      expect({ code, stdout }).to.deep.equal({
        code: 0,
        stdout: `The meter of participant ${switched} was told to switch ${position}.\n`,
      });
      expect(unit.isOn).to.equal(isOn);
    }
  });

  it("writes the coil that the configuration names", async () => {
    for (const [position, isOn] of [
      ["off", false],
      ["on", true],
    ] as const) {
      expect(await order("switch", String(breaker), position)).to.include({ code: 0, stderr: "" });
      expect(coiled.units[0]!.isOn).to.equal(isOn);
    }
  });

  it("brings readings to the market", async () => {
    const { market } = scene.fixture;
    for (let tries = 0; tries < 200; ++tries) {
      const { hasReading, importWh } = await market.meterOf(good);
      if (hasReading) {
        expect(Number(importWh)).to.be.within(5_000, 5_100);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`No reading came; the log is ${daemon.output.stdout}`);
  });

  it("is known to check as the gateway that is at work", async () => {
    const { stdout } = await sealwatt("check", "--config", config, "--json");
    const { findings } = JSON.parse(stdout) as { findings: { what: string; finding: string }[] };
    const found = (name: string) => findings.find(({ what }) => what === name)!.finding;
    expect(found("http")).to.equal("the gateway answers");
    expect(found("store")).to.match(/^\d+ readings; a daemon uses it$/);
  });

  it("runs once for a store", async () => {
    const second = await sealwatt("run", "--config", config);
    expectRefusal(second, "sealwatt oracle run", `is in use by process ${daemon.child.pid!}.`);
  });

  it("ends on SIGTERM, after lines of JSON, and its store tells the status then", async () => {
    daemon.child.kill("SIGTERM");
    const ended = await daemon.ended;
    expect(ended).to.include({ code: 0, stderr: "" });
    outputs.push(ended);
    const messages = ended.stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages[0]).to.equal("the gateway is at work");
    expect(messages.at(-1)).to.equal("the gateway has ended");
    const shown = await status("--config", config);
    expect(shown).to.deep.include({ source: "store", market: scene.fixture.marketAddress });
    expect(shown.reason).to.include(`No daemon answers at ${url}.`);
    const text = readFileSync(config, "utf8");
    // The daemon's secrets are not those of whoever looks.
    const unsecret = text.replace(RELAY.password, "${SEALWATT_NOT_SET}");
    expect(unsecret).to.not.equal(text);
    writeFileSync(config, unsecret);
    const { stdout } = await sealwatt("status", "--config", config);
    writeFileSync(config, text);
    expect(stdout).to.match(new RegExp(`^${good} +stored +${scene.meters} unit 1 +20`, "m"));
    expectRefusal(
      await sealwatt("status", "--url", url),
      "sealwatt oracle status",
      "name where it serves with --url",
    );
  });

  it("has shown no secret anywhere", () => {
    const shown = outputs.map(({ stdout, stderr }) => stdout + stderr).join("\n");
    for (const secret of [
      CANARY,
      PASSWORD,
      RELAY.password,
      RELAY.operatorCode,
      scene.key.privateKey.slice(2),
      scene.operator.privateKey.slice(2),
    ])
      expect(shown).to.not.include(secret);
  });

  describe("where its surroundings do not help", () => {
    let otherPort: number;
    before(async () => {
      otherPort = await freePort();
    });
    const edited = (name: string, from: RegExp, to: string) => {
      const text = readFileSync(config, "utf8").replace(from, to);
      const file = scene.file(`${name}.yaml`);
      const other = text
        .replace("oracle.db", `${name}.db`)
        .replace(`http: { port: ${port} }`, `http: { port: ${otherPort} }`);
      writeFileSync(file, other, { mode: 0o600 });
      return file;
    };

    it("waits for a node where none was ever reached, and ends on SIGTERM", async () => {
      const file = edited(
        "away",
        /rpc:\n[^]*?\nkey/,
        `rpc: ["http://127.0.0.1:9999/${CANARY}"]\nkey`,
      );
      const waiting = startSealwatt(["oracle", "run", "--config", file]);
      await waiting.says("no node tells of the market");
      waiting.child.kill("SIGTERM");
      const { code, stdout, stderr } = await waiting.ended;
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout).to.not.include(CANARY);
    });

    it("goes on where nobody reads its log any more", async () => {
      const unread = startSealwatt(["oracle", "run", "--config", edited("unread", /^/, "")]);
      unread.child.stdout.destroy();
      const isAlive = () =>
        fetch(`http://127.0.0.1:${otherPort}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        );
      while (!(await isAlive())) {
        expect(unread.child.exitCode, unread.output.stderr).to.equal(null);
        await pause(100);
      }
      unread.child.kill("SIGTERM");
      expect(await unread.ended).to.include({ code: 0, stderr: "" });
    });

    // It gives up when all nodes have said so for a minute: one may not have synchronised yet.
    const denials: [what: string, file: string, part: RegExp, other: () => string, said: string][] =
      [
        [
          "a chain of another id",
          "chain",
          /chainId: 31337[^]*?\nkey/,
          () => `chainId: 5\n  rpc: [${scene.node.url}]\nkey`,
          "The market is on chain 5 and the connected chain is 31337.",
        ],
        [
          "an address without a market",
          "market",
          /address: "0x\w+"/,
          () => `address: "${scene.operator.address}"`,
          "There is no contract at ",
        ],
      ];
    for (const [what, name, part, other, said] of denials) {
      it(`says that it waits at ${what}`, async () => {
        const file = edited(name, part, other());
        const waiting = startSealwatt(["oracle", "run", "--config", file]);
        await waiting.says(said);
        waiting.child.kill("SIGTERM");
        expect((await waiting.ended).code).to.equal(0);
      });
    }
  });

  const faults: [args: string[], command: string, remedy: string][] = [
    [["status", "--url", "chain"], "status", "Give a URL such as http://127.0.0.1:9645."],
    [["status", "--config", "/nonexistent"], "status", "There is no such file"],
    [["run"], "run", "required option '--config <file>'"],
    [["run", "--config", "x", "--log-level", "loud"], "run", "Allowed choices are debug, info"],
    [["release", "1", "--keystore", "k"], "release", "required option '--as <resolution>'"],
    [
      ["release", "one", "--as", "as-read", "--keystore", "k"],
      "release",
      "Give a whole number from 1",
    ],
    [
      ["release", "1", "--as", "right", "--keystore", "k"],
      "release",
      "Allowed choices are as-read",
    ],
    [["reject", "1"], "reject", "required option '--keystore <file>'"],
    [["switch", "2", "up", "--keystore", "k"], "switch", "Allowed choices are on, off"],
    [["switch", "2", "on", "--keystore", "k"], "switch", "No daemon answers"],
  ];
  for (const [args, command, remedy] of faults) {
    it(`exits with 2 and one line on ${args.join(" ")}`, async () =>
      expectRefusal(await sealwatt(...args), `sealwatt oracle ${command}`, remedy));
  }
});
