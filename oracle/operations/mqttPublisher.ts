import { setTimeout as pause } from "node:timers/promises";
import { connect, type MqttClient } from "mqtt";
import type { OracleConfig } from "../config/config.ts";
import { brokerLogin } from "./brokerLogin.ts";
import type { LiveSample } from "./gatewayView.ts";
import type { Log } from "./log.ts";
import {
  availabilityMessage,
  discoveryMessages,
  sampleMessage,
  type MqttMessage,
  type MqttMeter,
  type MqttSource,
} from "./mqttMessages.ts";

export interface MqttPublisherOptions {
  config: NonNullable<OracleConfig["mqtt"]>;
  /** The gateway's address. */
  gateway: string;
  meters: readonly MqttMeter[];
  /** Seconds between live samples; the market's operator may change them at any time. */
  intervalS: () => number;
  /** Sealwatt's version. */
  version: string;
  log: Log;
  /** Between tries to connect. */
  reconnectMs?: number;
}

const RECONNECT_MS = 5000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Seconds after which a broker that is silent is given up; half of it more and the broker says that we are. */
const KEEPALIVE_S = 30;
const STOP_MS = 1000;
const REPEAT_KEY = "mqtt";

/**
 * Publishes live values for home automation. Nothing waits for it and nothing depends on it: readings go to the chain
 * another way. While the broker is away or slow, the newest value of each meter waits and older ones are dropped.
 *
 * All is sent once (QoS 0), since what a broken connection has lost is sent anew after the next one is made. For a
 * broker of a private authority, name its certificate in NODE_EXTRA_CA_CERTS.
 */
export class MqttPublisher {
  readonly #options: MqttPublisherOptions;
  readonly #source: MqttSource;
  /** By topic, of which each meter has four. */
  readonly #waiting = new Map<string, MqttMessage>();
  #client: MqttClient | undefined;
  #connection: object | undefined;
  #isPumping = false;
  #announcedIntervalS: number | undefined;

  constructor(options: MqttPublisherOptions) {
    this.#options = options;
    this.#source = { topic: options.config.topic, gateway: options.gateway };
  }

  /** True while the broker takes what is published. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Begins to connect, and does so again whenever the connection is lost. */
  start(): void {
    const { config, gateway, reconnectMs = RECONNECT_MS } = this.#options;
    const { topic, payload, retain } = availabilityMessage(this.#source, false);
    this.#client = connect(config.url.reveal(), {
      // A second client of the same name would push out the first: two gateways differ in their addresses.
      clientId: `sealwatt-${gateway.slice(2, 16).toLowerCase()}`,
      ...brokerLogin(config),
      will: { topic, payload: Buffer.from(payload), retain, qos: 1 },
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: reconnectMs,
      // A broker that is starting refuses for a while.
      reconnectOnConnackError: true,
      queueQoSZero: false,
    });
    this.#client.on("connect", () => this.#greet());
    this.#client.on("close", () => this.#lose());
    this.#client.on("error", (error) => this.#complain(error));
  }

  /** Publishes what a meter showed, now or as soon as it can; never waits and never throws. */
  publish(participant: number, sample: LiveSample): void {
    const sampled = sampleMessage(this.#source, participant, sample);
    const isStale = this.#options.intervalS() !== this.#announcedIntervalS;
    this.#hand(isStale ? [...this.#announcements(), sampled] : [sampled]);
  }

  /** Says that the gateway is gone and disconnects; within two seconds, whatever the broker does. */
  async stop(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    this.#waiting.clear();
    const limit = new AbortController();
    const farewell = async () => {
      if (this.isConnected) await this.#send(client, availabilityMessage(this.#source, false));
      await client.endAsync();
    };
    const timeLimit = pause(STOP_MS, undefined, { signal: limit.signal }).catch(() => {});
    await Promise.race([farewell().catch(() => {}), timeLimit]);
    limit.abort();
    this.#client = undefined;
    client.end(true);
    client.stream.destroy();
  }

  #greet(): void {
    const { config, log } = this.#options;
    this.#connection = {};
    this.#isPumping = false;
    const repeats = log.endRepeats(REPEAT_KEY);
    log.info("Live values are published.", { broker: config.url, ...(repeats > 0 && { repeats }) });
    this.#hand([...this.#announcements(), availabilityMessage(this.#source, true)]);
  }

  /** What Home Assistant must know, among it when a value is too old. */
  #announcements(): MqttMessage[] {
    const { config, meters, version } = this.#options;
    const intervalS = (this.#announcedIntervalS = this.#options.intervalS());
    return config.homeAssistant
      ? meters.flatMap((meter) => discoveryMessages(this.#source, meter, { intervalS, version }))
      : [];
  }

  #hand(messages: readonly MqttMessage[]): void {
    for (const message of messages) this.#waiting.set(message.topic, message);
    void this.#pump();
  }

  /** Sends what waits, one after the other, as fast as the broker takes it. */
  async #pump(): Promise<void> {
    const [client, connection] = [this.#client, this.#connection];
    if (client === undefined || connection === undefined || this.#isPumping) return;
    this.#isPumping = true;
    for (const [topic, message] of this.#waiting) {
      this.#waiting.delete(topic);
      // It fails where the connection breaks; the next value is not far, and all else is handed on again.
      await this.#send(client, message).catch(() => {});
      // Of a connection that broke while it was full, nothing comes any more.
      if (this.#connection !== connection) return;
    }
    this.#isPumping = false;
  }

  async #send(client: MqttClient, { topic, payload, retain }: MqttMessage): Promise<void> {
    await client.publishAsync(topic, payload, { qos: 0, retain });
  }

  #lose(): void {
    const { config, log } = this.#options;
    if (this.#connection !== undefined && this.#client?.disconnecting === false) {
      log.warn("The MQTT broker is gone; live values are not published.", { broker: config.url });
    }
    this.#connection = undefined;
  }

  #complain(error: Error & { code?: string | number }): void {
    const { config, log } = this.#options;
    log.warn(
      "The MQTT broker cannot be reached; live values are not published.",
      // Where several addresses were tried the message is empty.
      { broker: config.url, reason: error.message || String(error.code) },
      { repeatKey: REPEAT_KEY },
    );
  }
}
