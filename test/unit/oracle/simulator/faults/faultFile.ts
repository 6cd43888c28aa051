import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parseFaults } from "../../../../../oracle/simulator/faults/faultFile.ts";
import {
  FAULT_NAMES,
  FAULT_PARAMETERS,
} from "../../../../../oracle/simulator/faults/faultKinds.ts";
import { YamlError } from "../../../../../oracle/yaml/yamlError.ts";
import { RandomSource } from "../../../../helpers/randomSource.ts";

const schemaUrl = new URL("../../../../../docs/schemas/faults.schema.json", import.meta.url);
const schema = JSON.parse(readFileSync(schemaUrl, "utf8")) as {
  $defs: Record<string, { properties?: Record<string, { default?: unknown }> }>;
};
const isFaults = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

function failureOf(text: string): string | undefined {
  try {
    parseFaults(text, "faults.yaml");
  } catch (error) {
    expect(error).to.be.instanceOf(YamlError);
    return (error as YamlError).message.replaceAll("\n", " ");
  }
  return undefined;
}

describe("parseFaults", () => {
  it("reads times, units and parameters", () => {
    const text = `
seed: 7
faults:
  - fault: late
    delayMs: 2500
    unit: 3
    afterRequests: 2
    forSeconds: 0.5
    chance: 0.25
  - {fault: wrongUnit, unit: 000000000161, answersAs: "0000000001AA"}
`;
    expect(parseFaults(text, "faults.yaml")).to.deep.equal({
      seed: 7,
      faults: [
        {
          fault: "late",
          delayMs: 2500,
          unit: "3",
          afterRequests: 2,
          afterSeconds: undefined,
          forRequests: undefined,
          forSeconds: 0.5,
          chance: 0.25,
          where: "faults.yaml, line 4",
        },
        {
          fault: "wrongUnit",
          answersAs: "0000000001AA",
          unit: "000000000161",
          afterRequests: undefined,
          afterSeconds: undefined,
          forRequests: undefined,
          forSeconds: undefined,
          chance: undefined,
          where: "faults.yaml, line 10",
        },
      ],
    });
  });

  for (const name of FAULT_NAMES)
    it(`takes ${name} with the schema's defaults and keys`, () => {
      const text = JSON.stringify({ faults: [{ fault: name }] });
      expect(isFaults(JSON.parse(text))).to.equal(true);
      const [fault] = parseFaults(text, "faults.json").faults;
      const { properties = {} } = schema.$defs[name]!;
      for (const key of Object.keys(FAULT_PARAMETERS[name])) {
        const value = (fault as unknown as Record<string, unknown>)[key];
        expect(typeof value === "bigint" ? Number(value) : value, key).to.equal(
          properties[key]!.default,
        );
      }
    });

  it("lets a zero end after one request, unless another end is given", () => {
    const ends = (entry: object) => {
      const [fault] = parseFaults(JSON.stringify({ faults: [entry] }), "f").faults;
      return [fault!.forRequests, fault!.forSeconds];
    };
    expect(ends({ fault: "zeroOnce" })).to.deep.equal([1, undefined]);
    expect(ends({ fault: "zeroOnce", forRequests: 3 })).to.deep.equal([3, undefined]);
    expect(ends({ fault: "zeroOnce", forSeconds: 3 })).to.deep.equal([undefined, 3]);
    expect(ends({ fault: "stuck" })).to.deep.equal([undefined, undefined]);
  });

  it("agrees with the schema on entries with one random change", () => {
    const random = new RandomSource(5);
    const values = [0, 1, -1, 0.5, 255, 256, 1e9 + 1, 1e12, "", "1", "before", "importEnergyWh"];
    const others = [null, true, [], {}, "123456789012", "12345678901", 123456789012];
    const timing = ["unit", "afterRequests", "afterSeconds", "forRequests", "forSeconds", "chance"];
    for (let round = 0; round < 5_000; ++round) {
      const name = random.pick(FAULT_NAMES);
      const keys = ["fault", "other", ...timing, ...Object.keys(FAULT_PARAMETERS[name])];
      const entry = { fault: name, [random.pick(keys)]: random.pick([...values, ...others]) };
      const text = JSON.stringify({ faults: [entry] });
      expect(failureOf(text) === undefined, text).to.equal(isFaults(JSON.parse(text)));
    }
  });

  const faults: [string, string, string][] = [
    [
      "a text for a number",
      "faults:\n  - fault: late\n    delayMs: soon\n",
      'faults.yaml, line 3: faults[0].delayMs is "soon". Give a whole number of ms from 1 to 600000.',
    ],
    [
      "an unknown fault",
      "faults:\n  - fault: silnet\n",
      `faults.yaml, line 2: faults[0].fault is "silnet". Did you mean silent? Known faults: ${FAULT_NAMES.join(", ")}.`,
    ],
    [
      "an entry without a name",
      "faults:\n  - delayMs: 3\n",
      `faults.yaml, line 2: faults[0] names no fault. Add fault: one of ${FAULT_NAMES.join(", ")}.`,
    ],
    [
      "a parameter of another fault",
      "faults:\n  - fault: silent\n    delayMs: 3\n",
      "faults.yaml, line 3: faults[0].delayMs is an unknown key. Known keys: fault, unit, afterRequests, afterSeconds, forRequests, forSeconds, chance.",
    ],
    ["no list", "faults: silent\n", 'faults.yaml, line 1: faults is "silent". Give a list.'],
    [
      "a count of requests where none can come",
      "faults:\n  - fault: refuseConnect\n    forRequests: 3\n",
      "faults.yaml, line 3: faults[0].forRequests does not go with refuseConnect. Remove it, or use forSeconds.",
    ],
    [
      "a unit that is none",
      "faults:\n  - fault: silent\n    unit: all\n",
      'faults.yaml, line 3: faults[0].unit is "all". Give a Modbus unit, or the twelve digits of a DL/T 645 address in quotes.',
    ],
  ];
  for (const [condition, text, message] of faults)
    it(`names line, key, value and remedy of ${condition}`, () => {
      expect(failureOf(text)).to.equal(message);
    });
});
