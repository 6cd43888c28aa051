import { connect, type MqttClient } from "mqtt";
import type { OracleConfig } from "../config/config.ts";
import { brokerLogin } from "../operations/brokerLogin.ts";
import { bad, good, type Finding } from "./finding.ts";

const TIMEOUT_MS = 5_000;
/** Of MQTT 3.1.1 and 5: a wrong name or password, and no right. */
const LOGIN_REFUSED = new Set<unknown>([4, 5, 134, 135]);

/** Whether the broker for live values takes this gateway. Nothing is published. */
export async function checkBroker(config: NonNullable<OracleConfig["mqtt"]>): Promise<Finding> {
  const place = { what: "mqtt", where: config.url.shown };
  const client = connect(config.url.reveal(), {
    // The daemon's own name would push the daemon out.
    clientId: `sealwatt-check-${process.pid}`,
    ...brokerLogin(config),
    // Later than what is waited for here.
    connectTimeout: 2 * TIMEOUT_MS,
    reconnectPeriod: 0,
  });
  try {
    await connected(client);
    return good(place, "the broker takes the gateway");
  } catch (error) {
    const { message, code } = error as Error & { code?: string | number };
    // Where several addresses were tried the message is empty.
    const reason = message || String(code);
    return LOGIN_REFUSED.has(code)
      ? bad(place, `The broker refuses: ${reason}.`, "Correct mqtt.username and mqtt.password.")
      : bad(
          place,
          `The broker cannot be reached: ${reason}.`,
          "Start it, or correct mqtt.url. Readings do not wait for it: live values are not published until then.",
        );
  } finally {
    // What comes after the end, such as a refused connection, has nobody to hear it.
    client.on("error", () => {});
    client.end(true);
    client.stream.destroy();
  }
}

async function connected(client: MqttClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("it ends the connection")));
      timer = setTimeout(() => reject(new Error("it does not answer")), TIMEOUT_MS);
    });
  } finally {
    clearTimeout(timer);
  }
}
