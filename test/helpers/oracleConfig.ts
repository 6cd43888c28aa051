import { expect } from "chai";
import type { OracleConfig } from "../../oracle/config/config.ts";
import { ConfigError, formatProblem } from "../../oracle/config/configError.ts";
import { parseConfig } from "../../oracle/config/loadConfig.ts";

/** The least that a configuration must hold, and one meter on each kind of line. */
export const CONFIG = `market:
  address: "0x5FbDB2315678afecb367f032d93F642f64180aa3"
  registry: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
  chainId: 31337
  rpc:
    - http://127.0.0.1:8545
key:
  keystore: gateway.json
  password: \${KEY_PASSWORD}
lines:
  - protocol: modbus-tcp
    host: 10.0.0.7
    meters:
      - participant: 2
        profile: schneider-iem3155
        unit: 1
  - protocol: modbus-rtu
    serial: /dev/ttyUSB0
    meters:
      - participant: 3
        profile: eastron-sdm630
        unit: 1
  - protocol: dlt645
    serial: /dev/ttyUSB1
    meters:
      - participant: 4
        profile: dlt645-2007
        address: "000000000161"
`;

/** A line that can follow {@link CONFIG}. */
export const NEXT_LINE = CONFIG.split("\n").length;

export const ENV = {
  KEY_PASSWORD: "canary-of-the-key",
  CODE: "00000001",
  EMPTY: "",
  NODE: "https://u:p@host:1/t",
};

export const PUBLIC_MODE = 0o644;
export const PRIVATE_MODE = 0o600;

/** The text with pieces replaced, each of which must be there. */
export function edit(text: string, ...edits: readonly [from: string, to: string][]): string {
  return edits.reduce((before, [from, to]) => {
    expect(before).to.include(from);
    return before.replace(from, () => to);
  }, text);
}

export function parse(text: string, mode = PUBLIC_MODE): OracleConfig {
  return parseConfig(text, { file: "/etc/sealwatt/oracle.yaml", env: ENV, mode });
}

/** What is wrong with a text, a line each, as `line:column: message fix`. */
export function problemsOf(text: string, mode = PUBLIC_MODE): string[] {
  try {
    parseConfig(text, { file: "f", env: ENV, mode });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => formatProblem("f", problem).slice("f:".length));
  }
  return [];
}

/** What is given, the edits of {@link CONFIG} that give it, and the problems that follow, if any. */
export type ProblemCase = [
  given: string,
  edits: readonly [from: string, to: string][],
  ...problems: string[],
];

/** A test for each case. */
export function itTells(cases: readonly ProblemCase[]): void {
  for (const [given, edits, ...problems] of cases) {
    it(`${problems.length === 0 ? "takes" : "tells of"} ${given}`, () =>
      expect(problemsOf(edit(CONFIG, ...edits))).to.deep.equal(problems));
  }
}

/** An edit that adds to the end of {@link CONFIG}, in line {@link NEXT_LINE}. */
export function append(text: string): [string, string] {
  return ['address: "000000000161"\n', `address: "000000000161"\n${text}\n`];
}
