import { inspect } from "node:util";
import { expect } from "chai";
import { ConfigError } from "../../../../oracle/config/configError.ts";
import { parseConfig } from "../../../../oracle/config/loadConfig.ts";
import { RandomSource } from "../../../helpers/randomSource.ts";

/** One for each secret, as the file's own text or as a variable's value. */
const CANARIES = {
  RPC: "canary1rpc2token3",
  KEY: "canary-of-the-key",
  MQTT_URL: "canary4broker5",
  MQTT: "canary-of-mqtt",
  RELAY: "91827364",
  OPERATOR: "19283746",
};

function configText(write: (name: keyof typeof CANARIES) => string): string {
  return `market:
  address: "0x5FbDB2315678afecb367f032d93F642f64180aa3"
  registry: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
  chainId: 31337
  rpc:
    - https://rpc.example/v3/${write("RPC")}
key:
  keystore: gateway.json
  password: ${write("KEY")}
mqtt:
  url: mqtt://user:${write("MQTT_URL")}@broker
  username: user
  password: ${write("MQTT")}
relay:
  password: ${write("RELAY")}
  operatorCode: ${write("OPERATOR")}
lines:
  - protocol: dlt645
    serial: /dev/ttyUSB1
    meters:
      - participant: 4
        profile: dlt645-2007
        address: "000000000161"
        switchable: true
`;
}

const TEXTS = [configText((name) => CANARIES[name]), configText((name) => `\${${name}}`)];

/** Everything that a log, a page or a terminal may make of a value. */
function appearances(value: unknown): string[] {
  const { stack, message } = value as Partial<Error>;
  return [
    inspect(value, { depth: null, showHidden: true }),
    inspect(value, { depth: null, getters: true, customInspect: false }),
    JSON.stringify(value, (_key, part: unknown) =>
      typeof part === "bigint" ? String(part) : part,
    ),
    String(value),
    stack ?? "",
    message ?? "",
  ];
}

function expectNoCanary(value: unknown, text: string): void {
  for (const appearance of appearances(value)) {
    for (const canary of Object.values(CANARIES)) {
      if (appearance.includes(canary)) expect.fail(`${canary} in ${appearance} of\n${text}`);
    }
  }
}

const MARKS = Array.from("\"'{}[]:#&*!|>%@`,?- $");

/** One change of the kind that hands make. Each leaves the lines apart, so that no secret moves to another key. */
function spoil(text: string, random: RandomSource): string {
  const lines = text.split("\n");
  const at = random.integer(0, lines.length - 2);
  const line = lines[at]!;
  const character = random.integer(0, line.length);
  const spoilt: Record<string, () => string> = {
    indent: () => `${random.pick([" ", "  ", "    ", "\t", "- "])}${line}`,
    outdent: () => line.trimStart(),
    insert: () => line.slice(0, character) + random.pick(MARKS) + line.slice(character),
    joinColon: () => line.replace(": ", ":"),
    valueMark: () => line.replace(": ", `: ${random.pick(MARKS)}`),
    misspell: () => line.replace(/(\w)(\w)(\w*):/, "$2$1$3:"),
    wrap: () => line.replace(/: (.*)/, random.pick([": [$1]", ": { a: $1 }", ": { $1 }", ": '$1"])),
    repeat: () => `${line}\n${line}`,
    drop: () => "",
  };
  lines[at] = spoilt[random.pick(Object.keys(spoilt))]!();
  return lines.join("\n");
}

describe("secrets of the configuration", () => {
  it("are in no form of a configuration that is right", () => {
    for (const text of TEXTS) {
      const config = parseConfig(text, { file: "f", env: CANARIES, mode: 0o600 });
      expect(config.mqtt?.password?.reveal()).to.equal(CANARIES.MQTT);
      expectNoCanary(config, text);
    }
  });

  it("are in no error, whatever is wrong with the file", () => {
    const random = new RandomSource(20_261);
    let errors = 0;
    for (let round = 0; round < 3000; round++) {
      let text = random.pick(TEXTS);
      for (let change = random.integer(1, 3); change > 0; change--) text = spoil(text, random);
      const mode = random.pick([0o600, 0o644]);
      try {
        expectNoCanary(parseConfig(text, { file: "f", env: CANARIES, mode }), text);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expectNoCanary(error, text);
        errors++;
      }
    }
    expect(errors).to.be.above(2000);
  });
});
