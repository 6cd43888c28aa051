import { append, itTells } from "../../../helpers/oracleConfig.ts";

const OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const RELAY = "relay:\n  password: ${CODE}\n  operatorCode: ${CODE}";

describe("the configuration as a whole", () => {
  itTells([
    [
      "one address for market and registry",
      [
        [
          "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
          "0x5FbDB2315678afecb367f032d93F642f64180aa3",
        ],
      ],
      "3:13: market.registry is the same address as the market's. Copy the registry's address from the address book.",
    ],
    [
      "neither a keystore nor a file",
      [["  keystore: gateway.json\n  password: ${KEY_PASSWORD}\n", "  {}\n"]],
      "7:1: key has neither a keystore nor a file. Give keystore and password, or file.",
    ],
    [
      "both a keystore and a file",
      [["  keystore: gateway.json\n", "  keystore: gateway.json\n  file: gateway.key\n"]],
      "7:1: key has both a keystore and a file. Give keystore and password, or file.",
    ],
    [
      "a keystore without its password",
      [["  password: ${KEY_PASSWORD}\n", ""]],
      "7:1: key.password is missing. Give the password of the keystore as ${NAME} from an environment variable.",
    ],
    [
      "a password for a file",
      [["keystore:", "file:"]],
      "9:13: key.password belongs to a keystore, not to a file. Remove it.",
    ],
    [
      "commands from the network without operators",
      [append("http: { host: 0.0.0.0 }")],
      "29:15: http.host is 0.0.0.0, which others reach, and there are no operators. Add operators, or listen at 127.0.0.1.",
    ],
    [
      "commands from the network with an empty list of operators",
      [append("http: { host: gateway.local }\noperators: []")],
      "29:15: http.host is gateway.local, which others reach, and there are no operators. Add operators, or listen at 127.0.0.1.",
    ],
    [
      "commands from the network with operators",
      [append(`http: { host: "::" }\noperators: ["${OPERATOR}"]`)],
    ],
    ["commands from this machine by IPv4", [append("http: { host: 127.0.1.1 }")]],
    ["commands from this machine by IPv6", [append('http: { host: "::1" }')]],
    ["commands from this machine by name", [append("http: { host: localhost }")]],
    [
      "an operator twice",
      [append(`operators:\n  - "${OPERATOR}"\n  - "${OPERATOR}"`)],
      `31:5: operators[1] is ${OPERATOR}, as operators[0]. Remove one of them.`,
    ],
    [
      "a broker's password without a user name",
      [append("mqtt:\n  url: mqtt://b\n  password: ${CODE}")],
      "31:13: mqtt.password is given without a user name. Add mqtt.username: MQTT has no password without one.",
    ],
    [
      "a relay that no meter has",
      [append(RELAY)],
      "29:1: relay is given, and no DL/T 645 meter is switchable. Remove it, or set switchable: true at the meters that may be switched.",
    ],
    [
      "a meter with a relay that nobody can switch",
      [['"000000000161"', '"000000000161"\n        switchable: true']],
      "29:21: lines[2].meters[0].switchable is true, and there is no relay. Add relay with its password and operatorCode, or remove switchable.",
    ],
    [
      "a relay and a meter that has it",
      [append(RELAY), ['"000000000161"', '"000000000161"\n        switchable: true']],
    ],
  ]);
});
