import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { expect } from "chai";
import type { OracleConfig } from "../../../oracle/config/config.ts";
import { Secret } from "../../../oracle/config/secret.ts";
import { Log } from "../../../oracle/operations/log.ts";
import {
  MqttPublisher,
  type MqttPublisherOptions,
} from "../../../oracle/operations/mqttPublisher.ts";
import {
  BROKER_PASSWORD,
  BROKER_USER,
  hasMosquitto,
  Mosquitto,
  MqttListener,
} from "../../helpers/mosquitto.ts";

const GATEWAY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const AVAILABILITY = "/availability";
/** Less than a broker has to answer in: ten seconds to connect, and thirty after. */
const AT_ONCE_MS = 9_000;

const sample = (importWh: bigint) => ({
  atS: 1_800_000_000,
  importWh,
  exportWh: 0n,
  activePowerW: 100,
  serialNumber: "4000000001",
});

/** Resolves when a condition holds. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`Waited twenty seconds for ${what}.`);
    await pause(10);
  }
}

/** A network in front of the broker that can be cut or stand still. */
class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isStill = false;
  isDown = false;

  constructor(brokerPort: number) {
    this.#server = createServer((near) => {
      if (this.isDown) return void near.destroy();
      const far = connect(brokerPort, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => {}).on("close", () => to.destroy());
        from.on("data", (chunk) => {
          to.write(chunk);
          if (this.isStill) from.pause();
        });
      }
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  go(): void {
    this.isStill = false;
    for (const socket of this.#sockets) socket.resume();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

describe("MqttPublisher with Mosquitto", function () {
  this.timeout(60_000);
  let broker: Mosquitto;
  const publishers: MqttPublisher[] = [];
  const listeners: MqttListener[] = [];
  const networks: Network[] = [];
  let lines: string[] = [];

  before(async function () {
    if (!hasMosquitto()) {
      console.warn("    Mosquitto is absent: apt-get install mosquitto mosquitto-clients");
      this.skip();
    }
    broker = await Mosquitto.start();
  });

  after(() => (broker as Mosquitto | undefined)?.remove());

  beforeEach(() => {
    lines = [];
  });

  afterEach(async () => {
    await Promise.all(publishers.splice(0).map((publisher) => publisher.stop()));
    for (const listener of listeners.splice(0)) listener.stop();
    for (const network of networks.splice(0)) network.close();
  });

  function publisherOf(
    config: Partial<NonNullable<OracleConfig["mqtt"]>> = {},
    options: Partial<MqttPublisherOptions> = {},
  ): MqttPublisher {
    const publisher = new MqttPublisher({
      config: {
        url: new Secret(`mqtt://127.0.0.1:${broker.port}`, "mqtt://shown"),
        username: BROKER_USER,
        password: new Secret(BROKER_PASSWORD),
        topic: `sealwatt/${Math.random()}`,
        homeAssistant: false,
        ...config,
      },
      gateway: GATEWAY,
      meters: [
        { participant: 3, profile: "schneider-iem3155" },
        { participant: 4, profile: "dlt645-2007" },
      ],
      intervalS: () => 10,
      version: "0.1.0",
      log: new Log({ write: (line) => lines.push(line) }),
      reconnectMs: 50,
      ...options,
    });
    publishers.push(publisher);
    return publisher;
  }

  async function connected(...args: Parameters<typeof publisherOf>): Promise<MqttPublisher> {
    const publisher = publisherOf(...args);
    publisher.start();
    await until(() => publisher.isConnected, "the connection");
    return publisher;
  }

  async function listen(topic: string): Promise<MqttListener> {
    const listener = new MqttListener(broker.port, topic);
    listeners.push(listener);
    // That it listens shows in a retained message, of which each broker has at least one by then.
    await until(() => listener.received.length > 0, "a retained message");
    return listener;
  }

  async function networked(topic: string): Promise<{ publisher: MqttPublisher; network: Network }> {
    const network = new Network(broker.port);
    networks.push(network);
    const url = new Secret(`mqtt://127.0.0.1:${await network.open()}`, "mqtt://shown");
    return { publisher: await connected({ url, topic }), network };
  }

  it("publishes live values and that it runs", async () => {
    const publisher = await connected({ topic: "a" });
    const listener = await listen("a/#");
    publisher.publish(3, sample(100n));
    publisher.publish(4, sample(200n));
    await until(() => listener.payloads("/meter/4").length > 0, "values");
    expect(listener.payloads(AVAILABILITY)).to.deep.equal(["online"]);
    expect(JSON.parse(listener.payloads("/meter/3")[0]!)).to.deep.equal({
      time: "2027-01-15T08:00:00.000Z",
      importWh: 100,
      exportWh: 0,
      activePowerW: 100,
      serialNumber: "4000000001",
    });
  });

  it("shows who comes later that it runs and its meters, and no old value", async () => {
    const publisher = await connected({ topic: "b", homeAssistant: true });
    const early = await listen("b/#");
    publisher.publish(3, sample(100n));
    await until(() => early.payloads("/meter/3").length > 0, "the value");
    const late = await listen("#");
    await until(() => late.payloads("/config").length === 6, "six announcements");
    expect(late.received.every(({ isRetained }) => isRetained)).to.be.true;
    expect(late.received.map(({ topic }) => topic)).to.include(
      `b/${GATEWAY.toLowerCase()}/availability`,
    );
    expect(late.payloads("/meter/3")).to.deep.equal([]);
    const configs = late
      .payloads("/config")
      .map((payload) => JSON.parse(payload) as Record<string, string>);
    expect(configs.map((config) => config.state_topic)).to.include(
      `b/${GATEWAY.toLowerCase()}/meter/4`,
    );
  });

  it("tells Home Assistant where the interval of its values changes", async () => {
    let intervalS = 10;
    const publisher = await connected(
      { topic: "k", homeAssistant: true },
      { intervalS: () => intervalS },
    );
    await listen("k/#");
    const listener = await listen("homeassistant/#");
    const expiries = () =>
      listener
        .payloads("/config")
        .filter((payload) => payload.includes('"k/'))
        .map((payload) => (JSON.parse(payload) as { expire_after: number }).expire_after);
    await until(() => expiries().length === 6, "six announcements");
    intervalS = 900;
    publisher.publish(3, sample(1n));
    publisher.publish(3, sample(2n));
    await until(() => expiries().length === 12, "six more");
    expect(expiries()).to.deep.equal([
      ...Array<number>(6).fill(30),
      ...Array<number>(6).fill(2700),
    ]);
  });

  it("has the broker say that it is gone where the connection breaks, and comes back", async () => {
    const { publisher, network } = await networked("c");
    const listener = await listen("c/#");
    network.cut();
    await until(() => listener.payloads(AVAILABILITY).includes("offline"), "the last will");
    await until(() => listener.payloads(AVAILABILITY).at(-1) === "online", "the return");
    publisher.publish(3, sample(100n));
    await until(() => listener.payloads("/meter/3").length === 1, "the value");
    expect(lines.filter((line) => line.includes("is gone"))).to.have.length(1);
  });

  it("keeps the newest value of each meter while the broker is away", async () => {
    const { publisher, network } = await networked("d");
    const listener = await listen("d/#");
    network.isDown = true;
    network.cut();
    await until(() => !publisher.isConnected, "the loss");
    const startedMs = Date.now();
    for (let wh = 1n; wh <= 10_000n; wh++) {
      publisher.publish(3, sample(wh));
      publisher.publish(4, sample(2n * wh));
    }
    expect(Date.now() - startedMs).to.be.below(AT_ONCE_MS);
    network.isDown = false;
    await until(() => listener.payloads("/meter/4").length > 0, "the values");
    await pause(100);
    const shown = ["/meter/3", "/meter/4"].flatMap((topic) =>
      listener
        .payloads(topic)
        .map((payload) => (JSON.parse(payload) as { importWh: number }).importWh),
    );
    expect(shown).to.deep.equal([10_000, 20_000]);
  });

  it("keeps the newest value alone while the broker stands still", async () => {
    const { publisher, network } = await networked("e");
    const listener = await listen("e/#");
    network.isStill = true;
    // In all more than the buffers of the sockets in between hold.
    const serialNumber = "9".repeat(1_000_000);
    for (let wh = 1n; wh <= 50n; wh++) {
      publisher.publish(3, { ...sample(wh), serialNumber });
      await pause(1);
    }
    network.go();
    const shown = () =>
      listener.payloads("/meter/3").map((payload) => Number(/"importWh":(\d+)/.exec(payload)![1]));
    await until(() => shown().at(-1) === 50, "the newest value");
    expect(shown()).to.have.length.below(30);
  });

  it("stops in time while the broker stands still", async () => {
    const { publisher, network } = await networked("j");
    network.isStill = true;
    for (let wh = 1n; wh <= 20n; wh++) {
      publisher.publish(3, { ...sample(wh), serialNumber: "9".repeat(1_000_000) });
      await pause(1);
    }
    const startedMs = Date.now();
    await publisher.stop();
    expect(Date.now() - startedMs).to.be.below(AT_ONCE_MS);
  });

  it("goes on after a connection broke while it was full", async () => {
    const { publisher, network } = await networked("f");
    const listener = await listen("f/#");
    network.isStill = true;
    const serialNumber = "9".repeat(1_000_000);
    for (let wh = 0n; wh < 20n; wh++) {
      publisher.publish(3, { ...sample(wh), serialNumber });
      await pause(1);
    }
    network.isStill = false;
    network.cut();
    await until(() => listener.payloads(AVAILABILITY).includes("offline"), "the last will");
    await until(() => listener.payloads(AVAILABILITY).at(-1) === "online", "the return");
    publisher.publish(4, sample(7n));
    await until(() => listener.payloads("/meter/4").length === 1, "the value");
  });

  it("connects to a broker that starts later and again", async () => {
    await broker.halt();
    const publisher = publisherOf({ topic: "g" });
    publisher.start();
    await until(() => lines.some((line) => line.includes("cannot be reached")), "the complaint");
    await broker.run();
    await until(() => publisher.isConnected, "the connection");
    await broker.halt();
    await until(() => !publisher.isConnected, "the loss");
    await broker.run();
    await until(() => publisher.isConnected, "the return");
    expect(lines.filter((line) => line.includes("cannot be reached"))).to.have.length.below(3);
  });

  it("says that it is gone when it stops", async () => {
    const publisher = await connected({ topic: "h" });
    const listener = await listen("h/#");
    await publisher.stop();
    await until(() => listener.payloads(AVAILABILITY).at(-1) === "offline", "the farewell");
    expect(publisher.isConnected).to.be.false;
    publisher.publish(3, sample(1n));
    await publisher.stop();
  });

  it("stops while no broker answers", async () => {
    const publisher = publisherOf({ url: new Secret("mqtt://127.0.0.1:1") });
    publisher.start();
    await until(() => lines.length > 0, "the complaint");
    const startedMs = Date.now();
    await publisher.stop();
    expect(Date.now() - startedMs).to.be.below(AT_ONCE_MS);
  });

  it("says once that the login is refused, and shows neither name nor password", async () => {
    const wrong = "wrong-password";
    const url = new Secret(
      `mqtt://${BROKER_USER}:${wrong}@127.0.0.1:${broker.port}`,
      "mqtt://shown",
    );
    const publisher = publisherOf({ url, username: undefined, password: undefined });
    publisher.start();
    await until(() => lines.length > 0, "the complaint");
    await pause(300);
    expect(publisher.isConnected).to.be.false;
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("Connection refused").and.include("mqtt://shown");
    expect(lines.join()).not.to.match(/wrong|sealwatt/);
  });

  it("takes name and password from the URL as well", async () => {
    const url = new Secret(
      `mqtt://${BROKER_USER}:${encodeURIComponent(BROKER_PASSWORD)}@127.0.0.1:${broker.port}`,
    );
    await connected({ url, username: undefined, password: undefined });
  });

  describe("over TLS", () => {
    const url = () => new Secret(`mqtts://127.0.0.1:${broker.tlsPort}`, "mqtts://shown");

    it("refuses a broker whose certificate nobody vouches for", async () => {
      const publisher = publisherOf({ url: url() });
      publisher.start();
      await until(() => lines.length > 0, "the complaint");
      expect(lines[0]).to.include("self-signed certificate");
      expect(publisher.isConnected).to.be.false;
    });

    it("publishes to a broker whose certificate is trusted", async () => {
      const trusted = getCACertificates("default");
      setDefaultCACertificates([...trusted, readFileSync(broker.certificatePath, "utf8")]);
      try {
        const publisher = await connected({ url: url(), topic: "i" });
        const listener = await listen("i/#");
        publisher.publish(3, sample(1n));
        await until(() => listener.payloads("/meter/3").length === 1, "the value");
      } finally {
        setDefaultCACertificates(trusted);
      }
    });
  });
});
