import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { ConfigError, UnreadableConfigError } from "../../../../oracle/config/configError.ts";
import { loadConfig, loadConfigWithoutSecrets } from "../../../../oracle/config/loadConfig.ts";
import {
  CONFIG,
  edit,
  ENV,
  parse,
  PRIVATE_MODE,
  PUBLIC_MODE,
} from "../../../helpers/oracleConfig.ts";

const EXAMPLE = path.join(import.meta.dirname, "../../../../docs/operations/oracle.yaml");

const EXAMPLE_ENV = {
  SEALWATT_RPC_TOKEN: "0123456789abcdef",
  SEALWATT_KEY_PASSWORD: "correct horse",
  SEALWATT_MQTT_PASSWORD: "battery staple",
  SEALWATT_RELAY_PASSWORD: "02123456",
  SEALWATT_RELAY_OPERATOR: "00000001",
};

async function failureOf(file: string, env = {}): Promise<unknown> {
  return loadConfig(file, env).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("loadConfig", () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sealwatt-test-"));
    file = path.join(folder, "oracle.yaml");
  });

  afterEach(() => rm(folder, { recursive: true }));

  it("loads it without secrets for who needs none of them", async () => {
    const { http, lines, relay, mqtt, market } = await loadConfigWithoutSecrets(EXAMPLE);
    expect(http).to.deep.equal({ host: "127.0.0.1", port: 9645 });
    expect(lines).to.have.length(4);
    expect(market.rpc[0]!.reveal()).to.equal("http://127.0.0.1:8545");
    for (const secret of [relay?.password, mqtt?.password, market.rpc[1]]) {
      expect(String(secret)).to.equal("(secret)");
      expect(() => secret!.reveal()).to.throw(TypeError, "A secret is asked for that was left.");
    }
  });

  it("loads the annotated example", async () => {
    const { lines, ...config } = await loadConfig(EXAMPLE, EXAMPLE_ENV);
    expect(config.file).to.equal(EXAMPLE);
    expect(config.market.rpc.map((url) => url.reveal())).to.deep.equal([
      "http://127.0.0.1:8545",
      "https://rpc.example/v3/0123456789abcdef",
    ]);
    expect(config.mqtt?.password?.reveal()).to.equal("battery staple");
    expect(config.relay?.password.reveal()).to.equal("02123456");
    expect(config.relay?.operatorCode.reveal()).to.equal("00000001");
    expect(lines.map(({ name, protocol }) => [name, protocol])).to.deep.equal([
      ["cellar", "modbus-tcp"],
      ["roof", "modbus-rtu"],
      ["barn", "modbus-rtu-over-tcp"],
      ["stairs", "dlt645"],
    ]);
  });

  it("names in the example every variable that it needs", async () => {
    const error = (await failureOf(EXAMPLE)) as ConfigError;
    expect(error.problems.map(({ message }) => message.split(" variable ")[1])).to.deep.equal(
      Object.keys(EXAMPLE_ENV).map((name) => `${name}, which is not set.`),
    );
  });

  it("writes the defaults of the example as they are", async () => {
    const text = await readFile(EXAMPLE, "utf8");
    // A key with a default is left out.
    const sparse = text
      .split("\n")
      .filter((line) => !/# .*default/i.test(line) || line.includes("- name:"))
      .join("\n")
      .replace(/^(store|reading|sending):\n/gm, "")
      .replace(/^http:$/m, "http: {}")
      .replace(/ {4}parity: .*\n {4}dataBits: .*\n {4}stopBits: .*\n/, "");
    await writeFile(file, sparse);
    const full = await loadConfig(EXAMPLE, EXAMPLE_ENV);
    const { store, reading, sending, http, mqtt, lines } = await loadConfig(file, EXAMPLE_ENV);
    expect({ store, reading, sending, http }).to.deep.equal({
      store: full.store,
      reading: full.reading,
      sending: full.sending,
      http: full.http,
    });
    expect([mqtt?.topic, mqtt?.homeAssistant]).to.deep.equal(["sealwatt", false]);
    expect(lines[0]?.port).to.deep.equal(full.lines[0]?.port);
    expect(lines[0]?.replyTimeoutMs).to.equal(full.lines[0]?.replyTimeoutMs);
  });

  it("fills in what has a default", () => {
    const { market, key, lines, ...config } = parse(CONFIG);
    expect(config).to.deep.equal({
      file: "/etc/sealwatt/oracle.yaml",
      store: { path: "/var/lib/sealwatt/oracle.db", keepDays: 400 },
      reading: { intervalS: 10, attempts: 3 },
      sending: { confirmations: 12, maxFeePerGas: 100_000_000_000n },
      http: undefined,
      mqtt: undefined,
      operators: [],
      relay: undefined,
    });
    expect(market.chainId).to.equal(31337n);
    expect(key.path).to.equal("/etc/sealwatt/gateway.json");
    expect(
      lines.map(({ name, port, replyTimeoutMs }) => ({ name, port, replyTimeoutMs })),
    ).to.deep.equal([
      {
        name: "10.0.0.7:502",
        port: { kind: "tcp", host: "10.0.0.7", port: 502 },
        replyTimeoutMs: 1000,
      },
      {
        name: "/dev/ttyUSB0",
        // The factory settings of the profile.
        port: {
          kind: "serial",
          path: "/dev/ttyUSB0",
          baudRate: 9600,
          parity: "none",
          dataBits: 8,
          stopBits: 1,
        },
        replyTimeoutMs: 1000,
      },
      {
        name: "/dev/ttyUSB1",
        port: {
          kind: "serial",
          path: "/dev/ttyUSB1",
          baudRate: 2400,
          parity: "even",
          dataBits: 8,
          stopBits: 1,
        },
        replyTimeoutMs: 2000,
      },
    ]);
    expect(lines[0]?.meters).to.deep.equal([
      {
        participant: 2,
        profile: "schneider-iem3155",
        unit: 1,
        address: undefined,
        serialNumber: undefined,
        switchable: false,
        switch: undefined,
        allowExperimental: false,
        line: 14,
      },
    ]);
  });

  it("takes the usual serial settings of Modbus where a SunSpec device is the first", () => {
    const { port } = parse(edit(CONFIG, ["profile: eastron-sdm630", "profile: sunspec"])).lines[1]!;
    expect(port).to.include({ baudRate: 19_200, parity: "even", dataBits: 8, stopBits: 1 });
  });

  it("puts what is given before the profile's serial settings", () => {
    const { port } = parse(
      edit(CONFIG, ["ttyUSB0\n", "ttyUSB0\n    baudRate: 4800\n    stopBits: 2\n"]),
    ).lines[1]!;
    expect(port).to.include({ baudRate: 4800, parity: "none", dataBits: 8, stopBits: 2 });
  });

  it("keeps the leading zeros of an address and a serial number without quotes", () => {
    const { meters } = parse(
      edit(CONFIG, ['"000000000161"', "000000000161\n        serialNumber: 0012"]),
    ).lines[2]!;
    expect(meters[0]).to.include({ address: "000000000161", serialNumber: "0012" });
  });

  it("takes false for a device that tells no serial number", () => {
    const { meters } = parse(edit(CONFIG, ["unit: 1", "unit: 1\n        serialNumber: false"]))
      .lines[0]!;
    expect(meters[0]?.serialNumber).to.equal(false);
  });

  it("takes a key file in place of a keystore", () => {
    const text = edit(CONFIG, [
      "keystore: gateway.json\n  password: ${KEY_PASSWORD}",
      "file: ../k",
    ]);
    expect(parse(text).key).to.deep.equal({ kind: "file", path: "/etc/k" });
  });

  it("takes fractions of a Gwei exactly", () => {
    expect(
      parse(`${CONFIG}sending: { maxFeePerGasGwei: 1.000000001 }`).sending.maxFeePerGas,
    ).to.equal(1_000_000_001n);
  });

  it("takes anchors and aliases", () => {
    const text = edit(
      CONFIG,
      ["profile: schneider-iem3155", "profile: &meter schneider-iem3155"],
      ["profile: eastron-sdm630", "profile: *meter"],
    );
    expect(parse(text).lines[1]?.meters[0]?.profile).to.equal("schneider-iem3155");
  });

  it("tells the first problem, how many more there are, and all of them as a list", async () => {
    await writeFile(file, edit(CONFIG, ["chainId: 31337", "chainId: 0"], ["unit: 1", "unit: 248"]));
    const error = (await failureOf(file, ENV)) as ConfigError;
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.shortMessage).to.equal(`${file}:4:12: market.chainId is 0. (and 1 more)`);
    expect(error.metaMessages).to.deep.equal([
      "Give a whole number from 1.",
      "sealwatt oracle check shows all.",
    ]);
    expect(error.problems).to.deep.equal([
      {
        line: 4,
        column: 12,
        path: "market.chainId",
        message: "market.chainId is 0.",
        fix: "Give a whole number from 1.",
      },
      {
        line: 16,
        column: 15,
        path: "lines[0].meters[0].unit",
        message: "lines[0].meters[0].unit is 248.",
        fix: "Give a whole number from 1 to 247, or 0 or 255 of a device that is asked directly over modbus-tcp.",
      },
    ]);
  });

  it("says of one problem that there is one", async () => {
    await writeFile(file, edit(CONFIG, ["chainId: 31337", "chainId: 0"]));
    const error = (await failureOf(file, ENV)) as ConfigError;
    expect(error.shortMessage).to.equal(`${file}:4:12: market.chainId is 0.`);
    expect(error.metaMessages).to.deep.equal(["Give a whole number from 1."]);
  });

  it("takes secrets in clear from a file that its owner alone may read, and from no other", async () => {
    await writeFile(file, edit(CONFIG, ["${KEY_PASSWORD}", "in clear"]));
    await chmod(file, PRIVATE_MODE);
    const { key } = await loadConfig(file, {});
    expect(key.kind === "keystore" && key.password.reveal()).to.equal("in clear");
    for (const mode of [0o640, 0o604, 0o610, PUBLIC_MODE]) {
      await chmod(file, mode);
      expect(await failureOf(file), mode.toString(8)).to.be.instanceOf(ConfigError);
    }
  });

  it("says that there is no file", async () => {
    const error = (await failureOf(file)) as UnreadableConfigError;
    expect(error).to.be.instanceOf(UnreadableConfigError);
    expect(error.shortMessage).to.match(/^Cannot read the configuration "\/.*oracle.*\.$/);
    expect(error.metaMessages).to.deep.equal([
      "There is no such file: correct the path, or begin with docs/operations/oracle.yaml.",
    ]);
  });

  it("says that it is a directory", async () => {
    const error = (await failureOf(folder)) as UnreadableConfigError;
    expect(error.metaMessages).to.deep.equal(["It is a directory: name a file."]);
  });

  it("says that it is not UTF-8", async () => {
    await writeFile(file, Buffer.from([0x61, 0xff]));
    const error = (await failureOf(file)) as UnreadableConfigError;
    expect(error.shortMessage).to.match(/^The configuration ".* is not UTF-8 text\.$/);
    expect(error.metaMessages).to.deep.equal(["Save it as UTF-8."]);
  });

  it("loads a thousand meters with a few seconds of work", () => {
    const line = CONFIG.slice(
      CONFIG.indexOf("  - protocol"),
      CONFIG.indexOf("  - protocol: modbus-rtu"),
    );
    const more = Array.from({ length: 1000 }, (_, index) =>
      edit(
        line,
        ["10.0.0.7", `10.1.${index >> 8}.${index & 255}`],
        ["participant: 2", `participant: ${index + 5}`],
      ),
    );
    const start = process.cpuUsage();
    expect(parse(CONFIG + more.join("")).lines).to.have.length(1003);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).to.be.below(4);
  });
});
