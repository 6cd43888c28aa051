import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse as parseYaml } from "yaml";
import { configSchema } from "../../../../oracle/config/configSchema.ts";
import { append, CONFIG, edit, problemsOf } from "../../../helpers/oracleConfig.ts";

const DOCS = new URL("../../../../docs/", import.meta.url);
const schema = JSON.parse(
  readFileSync(new URL("schemas/oracle.schema.json", DOCS), "utf8"),
) as object;
const example = readFileSync(new URL("operations/oracle.yaml", DOCS), "utf8");
const isConfig = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);

/** All keys of a schema with a default or without, as the example should have them. */
function keysOf(part: unknown): string[] {
  const { properties = {}, items } = part as { properties?: object; items?: unknown };
  const below = Object.entries(properties).flatMap(([name, value]) => [name, ...keysOf(value)]);
  return items === undefined ? below : [...below, ...keysOf(items)];
}

describe("docs/schemas/oracle.schema.json", () => {
  it("is what the loader takes: else run node scripts/generate-config-schema.ts", () => {
    expect(schema).to.deep.equal(JSON.parse(JSON.stringify(configSchema)));
  });

  it("takes the annotated example", () => {
    expect(isConfig(parseYaml(example)), JSON.stringify(isConfig.errors)).to.be.true;
  });

  it("has no key that the annotated example does not show", () => {
    for (const key of keysOf(schema)) {
      expect(example).to.match(new RegExp(`^[ #-]*${key}:`, "m"), key);
    }
  });

  const cases: [title: string, edit: [string, string]][] = [
    ["the least configuration", ["chainId: 31337", "chainId: 31337"]],
    ["a key file", ["keystore: gateway.json\n  password: ${KEY_PASSWORD}", "file: gateway.key"]],
    ["a fraction of a Gwei", append("sending: { maxFeePerGasGwei: 0.5 }")],
    ["a serial number in digits", ["unit: 1", "unit: 1\n        serialNumber: 12"]],
    ["a device that tells none", ["unit: 1", "unit: 1\n        serialNumber: false"]],
    ["a missing key", ["  chainId: 31337\n", ""]],
    ["an unknown key", append("readings: {}")],
    ["a section without a value", append("http:")],
    ["a number in quotes", ["31337", '"31337"']],
    ["a number out of bounds", append("reading: { intervalS: 0 }")],
    ["a fraction for a whole number", append("reading: { intervalS: 1.5 }")],
    ["an unknown word", ["protocol: dlt645", "protocol: dlt"]],
    ["a baud rate that no port has", ["ttyUSB0", "ttyUSB0\n    baudRate: 9601"]],
    ["no address", ["0x5FbDB2315678afecb367f032d93F642f64180aa3", "market"]],
    ["a topic with a wildcard", append("mqtt: { url: mqtt://b, topic: a/+ }")],
    ["a URL with another scheme", ["http://127", "ftp://127"]],
    ["a list without items", ["    - http://127.0.0.1:8545", "    []"]],
    ["true for a serial number", ["unit: 1", "unit: 1\n        serialNumber: true"]],
    ["a keystore and a file", ["  keystore: gateway.json", "  keystore: a\n  file: b"]],
    ["a keystore without its password", ["  password: ${KEY_PASSWORD}\n", ""]],
  ];
  for (const [title, change] of cases) {
    it(`agrees with the loader on ${title}`, () => {
      const text = edit(CONFIG, change);
      expect(isConfig(parseYaml(text))).to.equal(problemsOf(text).length === 0);
    });
  }
});
