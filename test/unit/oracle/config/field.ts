import { expect } from "chai";
import { itTells, problemsOf, append } from "../../../helpers/oracleConfig.ts";

describe("groups and lists in the configuration", () => {
  it("tells of every key that an empty file must have", () => {
    expect(problemsOf("")).to.deep.equal([
      "1:1: market is missing. Give the keys address, registry, chainId, rpc.",
      "1:1: key is missing. Give keystore and password, or file.",
      "1:1: lines is missing. Give a list of lines, each with its meters.",
    ]);
  });

  it("tells of a file that is a list or a word", () => {
    const fix = "Give the keys market, key, lines.";
    expect(problemsOf("- a")).to.deep.equal([`1:1: The file is a list. ${fix}`]);
    expect(problemsOf("a")).to.deep.equal([`1:1: The file is one value. ${fix}`]);
  });

  itTells([
    [
      "a key that is missing in its group",
      [["  chainId: 31337\n", ""]],
      "1:1: market.chainId is missing. Give a whole number from 1.",
    ],
    [
      "an unknown key, with the near names",
      [append("readin: {}")],
      "29:1: readin is no known key. Did you mean reading? Known keys: market, key, store, reading, sending, http, mqtt, operators, relay, lines.",
    ],
    [
      "an unknown key that does not look like one, without showing it",
      [["  password: ", "  0xcafe: "]],
      "7:1: key.password is missing. Give the password of the keystore as ${NAME} from an environment variable.",
      "9:11: key.(key) is no known key. Known keys: keystore, password, file.",
    ],
    [
      "the merge keys of YAML 1.1",
      [["    host: 10.0.0.7", "    <<: {}\n    host: 10.0.0.7"]],
      "12:5: lines[0].<< is no known key. Known keys: name, protocol, host, port, serial, baudRate, parity, dataBits, stopBits, replyTimeoutMs, meters.",
    ],
    [
      "a key that is given twice",
      [["chainId: 31337", "chainId: 31337\n  chainId: 31337"]],
      "5:3: market.chainId is given twice. Keep one of the two.",
    ],
    [
      "a required key without a value",
      [["chainId: 31337", "chainId:"]],
      "4:11: market.chainId is empty. Give a whole number from 1.",
    ],
    [
      "an optional section without a value, which may be meant in two ways",
      [append("http:")],
      "29:6: http is empty. Give the keys host, port, or remove it.",
    ],
    [
      "a section that is one value, without showing it",
      [append("relay: 12345678")],
      "29:8: relay is one value. Give the keys password, operatorCode.",
      "29:8: relay is given, and no DL/T 645 meter is switchable. Remove it, or set switchable: true at the meters that may be switched.",
    ],
    [
      "a list without items",
      [["    - http://127.0.0.1:8545", "    []"]],
      "5:3: market.rpc is empty. Give a list of JSON-RPC URLs.",
    ],
    [
      "an item without a value",
      [["- http://127.0.0.1:8545", "-"]],
      "6:6: market.rpc[0] is empty. Give a URL that begins with http:// or https://, or remove it.",
    ],
    [
      "one value in place of a list, without showing it",
      [["    - http://127.0.0.1:8545", "    http://127.0.0.1:8545"]],
      "6:5: market.rpc is one value. Give a list of JSON-RPC URLs, each behind a dash.",
    ],
    [
      "all that is wrong, in the order of the file",
      [
        ["chainId: 31337", "chainId: 0"],
        ["- http://127.0.0.1:8545", "- x"],
        ["protocol: modbus-rtu", "protocol: modbus"],
        ["participant: 4", "participant: 1"],
      ],
      "4:12: market.chainId is 0. Give a whole number from 1.",
      "6:7: market.rpc[0] is no URL that begins with http:// or https://; it is not shown. Give a URL that begins with http:// or https://.",
      "17:15: lines[1].protocol is modbus. Did you mean modbus-tcp or modbus-rtu or modbus-rtu-over-tcp? Known values: modbus-tcp, modbus-rtu, modbus-rtu-over-tcp, dlt645.",
      "26:22: lines[2].meters[0].participant is 1. Give a whole number from 2 to 16777215.",
    ],
  ]);
});
