import { expect } from "chai";
import {
  append,
  CONFIG,
  edit,
  itTells,
  parse,
  PRIVATE_MODE,
  problemsOf,
} from "../../../helpers/oracleConfig.ts";

const URL_LINE = "- http://127.0.0.1:8545";
const IN_CLEAR =
  "holds a password or token in clear, in a file that others may read (mode 0644). Write ${SEALWATT_MARKET_RPC_0} for it and set that variable, or chmod 600 the file.";
const NO_URL =
  "is no URL that begins with http:// or https://; it is not shown. Give a URL that begins with http:// or https://.";

describe("secrets in the configuration", () => {
  itTells([
    [
      "a variable that is not set",
      [["${KEY_PASSWORD}", "${NOPE}"]],
      "9:13: key.password is the environment variable NOPE, which is not set. Set NOPE where the oracle is started.",
    ],
    [
      "a variable that every object has",
      [["${KEY_PASSWORD}", "${constructor}"]],
      "9:13: key.password is the environment variable constructor, which is not set. Set constructor where the oracle is started.",
    ],
    [
      "a variable that is empty",
      [["${KEY_PASSWORD}", "${EMPTY}"]],
      "9:13: key.password is the environment variable EMPTY, which is empty. Set EMPTY where the oracle is started.",
    ],
    [
      "a variable without its closing brace",
      [["${KEY_PASSWORD}", "${KEY_PASSWORD"]],
      "9:13: key.password holds a variable that is not complete. Write ${NAME}, its name in letters, digits and _.",
    ],
    [
      "a variable with a name that shells do not take",
      [["${KEY_PASSWORD}", "${KEY-PASSWORD}"]],
      "9:13: key.password holds a variable that is not complete. Write ${NAME}, its name in letters, digits and _.",
    ],
    [
      "a password in clear",
      [["${KEY_PASSWORD}", "in-clear"]],
      "9:13: key.password stands in clear, in a file that others may read (mode 0644). Write ${SEALWATT_KEY_PASSWORD} for it and set that variable, or chmod 600 the file.",
    ],
    [
      "a password that is partly in clear",
      [["${KEY_PASSWORD}", "${KEY_PASSWORD}!"]],
      "9:13: key.password stands in clear, in a file that others may read (mode 0644). Write ${SEALWATT_KEY_PASSWORD} for it and set that variable, or chmod 600 the file.",
    ],
    [
      "a group for a password",
      [["${KEY_PASSWORD}", "{ a: b }"]],
      "9:3: key.password is a group of keys. Give the password of the keystore, or ${NAME} for an environment variable.",
    ],
    [
      "a relay's code that is not 8 digits",
      [
        ['"000000000161"\n', '"000000000161"\n        switchable: true\n'],
        ["lines:", "relay:\n  password: ${CODE}\n  operatorCode: ${KEY_PASSWORD}\nlines:"],
      ],
      "12:17: relay.operatorCode is not 8 digits; it is not shown. Give 8 digits.",
    ],
    [
      "a URL with a password",
      [[URL_LINE, "- https://user:pass@host"]],
      `6:7: market.rpc[0] ${IN_CLEAR}`,
    ],
    [
      "a URL with a token as its path",
      [[URL_LINE, "- https://host/v3/0123456789abcdef"]],
      `6:7: market.rpc[0] ${IN_CLEAR}`,
    ],
    [
      "a URL with a key as a parameter",
      [[URL_LINE, "- https://host/?apikey=abc"]],
      `6:7: market.rpc[0] ${IN_CLEAR}`,
    ],
    [
      "a URL with a token as its user",
      [[URL_LINE, "- https://0123456789abcdef@host"]],
      `6:7: market.rpc[0] ${IN_CLEAR}`,
    ],
    ["a URL whose path is no token", [[URL_LINE, "- https://host/ethereum-mainnet/rpc"]]],
    ["a URL with a variable as its token", [[URL_LINE, "- https://host/v3/${KEY_PASSWORD}"]]],
    ["a URL with a variable as its parameter", [[URL_LINE, "- https://host/?apikey=${CODE}"]]],
    ["a URL with a variable as its password", [[URL_LINE, "- https://user:${CODE}@host"]]],
    ["a URL with another scheme", [[URL_LINE, "- ftp://host"]], `6:7: market.rpc[0] ${NO_URL}`],
    ["a URL without a host", [[URL_LINE, "- http://"]], `6:7: market.rpc[0] ${NO_URL}`],
    ["a variable that holds no URL", [[URL_LINE, "- ${CODE}"]], `6:7: market.rpc[0] ${NO_URL}`],
    [
      "a URL whose password holds a slash, which would end its host",
      [[URL_LINE, "- https://user:12/34@host"]],
      "6:7: market.rpc[0] has an @ behind its host; it is not shown. Write / ? # and @ in user name and password as %2F %3F %23 and %40.",
    ],
    [
      "a broker with another scheme",
      [append("mqtt: { url: http://b }")],
      "29:14: mqtt.url is no URL that begins with mqtt://, mqtts://, ws:// or wss://; it is not shown. Give a URL that begins with mqtt://, mqtts://, ws:// or wss://.",
    ],
  ]);

  it("takes secrets in clear from a file of mode 0600", () => {
    const text = edit(CONFIG, ["${KEY_PASSWORD}", "in clear"], [URL_LINE, "- https://u:p@host/x"]);
    expect(problemsOf(text, PRIVATE_MODE)).to.deep.equal([]);
  });

  const shown: [template: string, value: string, shown: string][] = [
    ["https://host:8545/path?a=b", "https://host:8545/path?a=b", "https://host:8545"],
    ["https://u:${CODE}@host/v3", "https://u:00000001@host/v3", "https://host"],
    ["https://host/${CODE}", "https://host/00000001", "https://host"],
    ["${NODE}", "https://u:p@host:1/t", "https://host:1"],
    ["https://${CODE}.host/x", "https://00000001.host/x", "https://${CODE}.host"],
  ];
  for (const [template, value, origin] of shown) {
    it(`shows of ${template} no more than ${origin}`, () => {
      const [url] = parse(edit(CONFIG, [URL_LINE, `- ${template}`]), PRIVATE_MODE).market.rpc;
      expect(url?.reveal()).to.equal(value);
      expect(String(url)).to.equal(origin);
    });
  }
});
