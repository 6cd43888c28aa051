import { append, itTells } from "../../../helpers/oracleConfig.ts";

const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

describe("values in the configuration", () => {
  itTells([
    [
      "a number below the least",
      [append("reading: { intervalS: 0, attempts: 0 }")],
      "29:23: reading.intervalS is 0. Give a whole number of seconds from 1 to 3600.",
      "29:36: reading.attempts is 0. Give a whole number from 1 to 10.",
    ],
    [
      "a number above the most",
      [append("reading: { intervalS: 3601, attempts: 11 }")],
      "29:23: reading.intervalS is 3601. Give a whole number of seconds from 1 to 3600.",
      "29:39: reading.attempts is 11. Give a whole number from 1 to 10.",
    ],
    ["numbers at their bounds", [append("reading: { intervalS: 3600, attempts: 1 }")]],
    [
      "a fraction for a whole number",
      [append("store: { keepDays: 1.5 }")],
      "29:20: store.keepDays is 1.5. Give a whole number of days from 1 to 36500.",
    ],
    [
      "a number in quotes",
      [["31337", '"31337"']],
      '4:12: market.chainId is "31337". Give a whole number from 1, without quotes.',
    ],
    [
      "a number that JavaScript would round",
      [["31337", "9007199254740993"]],
      "4:12: market.chainId is 9007199254740993. Give a whole number from 1.",
    ],
    [
      "a number in another notation",
      [append("sending: { confirmations: 0x10 }")],
      "29:27: sending.confirmations is 0x10. Give a whole number of blocks from 0 to 10000.",
    ],
    [
      "a price with more than 9 decimals",
      [append("sending: { maxFeePerGasGwei: 1.0000000001 }")],
      "29:30: sending.maxFeePerGasGwei is 1.0000000001. Give a number of Gwei from 0 to 1000000 with at most 9 decimals, such as 1.5.",
    ],
    [
      "a price above the most",
      [append("sending: { maxFeePerGasGwei: 1000000.1 }")],
      "29:30: sending.maxFeePerGasGwei is 1000000.1. Give a number of Gwei from 0 to 1000000 with at most 9 decimals, such as 1.5.",
    ],
    [
      "ports out of range",
      [["10.0.0.7", "10.0.0.7\n    port: 65536"], append("http: { port: 0 }")],
      "13:11: lines[0].port is 65536. Give a whole number from 1 to 65535.",
      "30:15: http.port is 0. Give a whole number from 1 to 65535.",
    ],
    [
      "ports at their bounds",
      [["10.0.0.7", "10.0.0.7\n    port: 65535"], append("http: { port: 1 }")],
    ],
    [
      "units beside 1 to 247",
      [
        ["unit: 1", "unit: 256"],
        ["unit: 1", "unit: 248"],
      ],
      "16:15: lines[0].meters[0].unit is 256. Give a whole number from 1 to 247, or 0 or 255 of a device that is asked directly over modbus-tcp.",
      "22:15: lines[1].meters[0].unit is 248. Give a whole number from 1 to 247, or 0 or 255 of a device that is asked directly over modbus-tcp.",
    ],
    ["unit 0 of a device on modbus-tcp", [["unit: 1", "unit: 0"]]],
    ["unit 255 of a device on modbus-tcp", [["unit: 1", "unit: 255"]]],
    [
      "units on a bus that are no device's",
      [
        ["unit: 1", "unit: 2"],
        ["unit: 1", "unit: 255"],
      ],
      "22:15: lines[1].meters[0].unit: Unit 255 is not for modbus-rtu: on a bus it is no device's. Give the device's own unit, a whole number from 1 to 247.",
    ],
    [
      "a list for a number",
      [["31337", "[1]"]],
      "4:3: market.chainId is a list. Give a whole number from 1.",
    ],
    [
      "yes for true",
      [["unit: 1", "unit: 1\n        switchable: yes"]],
      "17:21: lines[0].meters[0].switchable is yes. Give true or false.",
    ],
    [
      "true in quotes",
      [["unit: 1", "unit: 1\n        allowExperimental: 'true'"]],
      '17:28: lines[0].meters[0].allowExperimental is "true". Give true or false, without quotes.',
    ],
    [
      "true for a serial number",
      [["unit: 1", "unit: 1\n        serialNumber: true"]],
      "17:23: lines[0].meters[0].serialNumber is true. Give the serial number that the device tells, or false if it tells none.",
    ],
    [
      "a word that is none of those known",
      [["protocol: dlt645", "protocol: dlt-645"]],
      "23:15: lines[2].protocol is dlt-645. Did you mean dlt645? Known values: modbus-tcp, modbus-rtu, modbus-rtu-over-tcp, dlt645.",
    ],
    [
      "a baud rate that no port has",
      [["ttyUSB0", "ttyUSB0\n    baudRate: 9601"]],
      "19:15: lines[1].baudRate is 9601. Did you mean 9600 or 600? Known values: 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400.",
    ],
    [
      "a time to wait out of bounds",
      [["ttyUSB0", "ttyUSB0\n    replyTimeoutMs: 49"]],
      "19:21: lines[1].replyTimeoutMs is 49. Give a whole number of milliseconds from 50 to 60000.",
    ],
    [
      "what is no address",
      [[`"${MARKET}"`, "market"]],
      "2:12: market.address is market. Give an address: 0x and 40 hexadecimal digits.",
    ],
    [
      "the address of nobody",
      [[`"${MARKET}"`, `0x${"0".repeat(40)}`]],
      `2:12: market.address is 0x${"0".repeat(40)}. Give an address: 0x and 40 hexadecimal digits.`,
    ],
    [
      "an address with a slip of the pen",
      [[MARKET, MARKET.replace("0x5", "0x6")]],
      "2:12: market.address is 0x6FbDB2315678afecb367f032d93F642f64180aa3, whose capitals, a checksum, do not fit. Copy it again from where it comes from.",
    ],
    [
      "an address without a checksum",
      [[MARKET, MARKET.toLowerCase()]],
      `2:12: market.address is ${MARKET.toLowerCase()}, without capitals as a checksum. Compare it with where it comes from, then write ${MARKET}.`,
    ],
    ["an address without quotes, which YAML takes for a number", [[`"${MARKET}"`, MARKET]]],
    [
      "a URL for a host",
      [["10.0.0.7", "http://meter"]],
      '12:11: lines[0].host is "http://meter". Give a host name or an IP address, without scheme and port.',
    ],
    [
      "a host with its port",
      [["10.0.0.7", "meter:502"]],
      '12:11: lines[0].host is "meter:502". Give a host name or an IP address, without scheme and port.',
    ],
    ["an IPv6 address", [["10.0.0.7", "fe80::1"]]],
    [
      "a serial port without its folder",
      [["/dev/ttyUSB0", "ttyUSB0"]],
      "18:13: lines[1].serial is ttyUSB0. Give the path of a serial port, such as /dev/ttyUSB0.",
    ],
    [
      "a home folder, which nobody fills in",
      [append("store: { path: ~/oracle.db }")],
      '29:16: store.path is "~/oracle.db". Give a path, relative to this file\'s folder or from /.',
    ],
    [
      "a variable where none is taken",
      [append('store: { path: "${HOME}/oracle.db" }')],
      '29:16: store.path is "${HOME}/oracle.db". Give a path, relative to this file\'s folder or from /; variables are taken for passwords, codes and URLs only.',
    ],
    [
      "a private key in the place of its file, which is not shown",
      [["gateway.json", `0x${"ab".repeat(32)}`]],
      "8:13: key.keystore looks like a private key. Give the path of a file that holds it, and take a new key: this one has been seen.",
    ],
    [
      "a topic with a wildcard",
      [append("mqtt: { url: mqtt://b, topic: a/+/b }")],
      '29:31: mqtt.topic is "a/+/b". Give a topic without + and #, such as sealwatt/home.',
    ],
    [
      "a topic with the wildcard for all",
      [append('mqtt: { url: mqtt://b, topic: "a/#" }')],
      '29:31: mqtt.topic is "a/#". Give a topic without + and #, such as sealwatt/home.',
    ],
    [
      "a topic that ends with a slash",
      [append("mqtt: { url: mqtt://b, topic: a/ }")],
      '29:31: mqtt.topic is "a/". Give a topic without + and #, such as sealwatt/home.',
    ],
  ]);
});
