import { expect } from "chai";
import { append, CONFIG, edit, itTells, problemsOf } from "../../../helpers/oracleConfig.ts";

const TWIN = `  - protocol: modbus-tcp
    host: 10.0.0.8
    meters:
      - participant: 5
        profile: sunspec
        unit: 1`;

describe("lines in the configuration", () => {
  itTells([
    [
      "two meters of one participant, also on two lines",
      [["participant: 4", "participant: 2"]],
      "26:22: lines[2].meters[0].participant is 2, as lines[0].meters[0].participant in line 14. Correct one of them: a participant has one meter.",
    ],
    [
      "one unit twice on a line",
      [["unit: 1", "unit: 1\n      - { participant: 9, profile: sunspec, unit: 1 }"]],
      "17:51: lines[0].meters[1].unit is 1, as lines[0].meters[0].unit in line 16. Correct one of them: each device has its own unit.",
    ],
    ["one unit on two lines", [append(TWIN)]],
    [
      "one address twice on a line",
      [
        [
          '"000000000161"',
          '"000000000161"\n      - { participant: 9, profile: dlt645-2007, address: 000000000161 }',
        ],
      ],
      "29:58: lines[2].meters[1].address is 000000000161, as lines[2].meters[0].address in line 28. Correct one of them: each meter has its own address.",
    ],
    [
      "one host and port on two lines",
      [append(TWIN.replace("10.0.0.8", "10.0.0.7\n    port: 502"))],
      "30:11: lines[3].host is 10.0.0.7:502, as lines[0].host in line 12. List all meters of one connection under one line.",
    ],
    [
      "one host in capitals and small letters",
      [["10.0.0.7", "METER"], append(TWIN.replace("10.0.0.8", "meter"))],
      "30:11: lines[3].host is meter:502, as lines[0].host in line 12. List all meters of one connection under one line.",
    ],
    ["two ports of one host", [append(TWIN.replace("10.0.0.8", "10.0.0.7\n    port: 503"))]],
    [
      "one serial port on two lines",
      [["ttyUSB1", "ttyUSB0"]],
      "24:13: lines[2].serial is /dev/ttyUSB0, as lines[1].serial in line 18. List all meters of one connection under one line.",
    ],
    [
      "one name of two lines",
      [
        ["    host: 10", "    name: a\n    host: 10"],
        ["    serial: /dev/ttyUSB0", "    name: a\n    serial: /dev/ttyUSB0"],
      ],
      "19:11: lines[1].name is the name a, as lines[0].name in line 12. Give each line a name of its own.",
    ],
    [
      "no host on a TCP line",
      [["    host: 10.0.0.7\n", ""]],
      "11:5: lines[0].host is missing. Give a host name or an IP address.",
    ],
    [
      "no port where none is usual",
      [["protocol: modbus-tcp", "protocol: modbus-rtu-over-tcp"]],
      "11:5: lines[0].port is missing. Give the converter's port: there is no usual one for modbus-rtu-over-tcp.",
    ],
    [
      "no serial port on a serial line",
      [["    serial: /dev/ttyUSB0\n", ""]],
      "17:5: lines[1].serial is missing. Give the path of a serial port, such as /dev/ttyUSB0.",
    ],
    [
      "neither serial port nor host with DL/T 645",
      [["    serial: /dev/ttyUSB1\n", ""]],
      "23:5: lines[2].host is missing. Give a host and a port, or serial.",
    ],
    [
      "both serial port and host with DL/T 645",
      [["ttyUSB1", "ttyUSB1\n    host: converter"]],
      "25:11: lines[2].host belongs to TCP, not to this line. Give host or serial, not both.",
    ],
    ["DL/T 645 over TCP", [["serial: /dev/ttyUSB1", "host: converter\n    port: 8899"]]],
    [
      "serial settings on a TCP line",
      [["10.0.0.7", "10.0.0.7\n    baudRate: 9600"]],
      "13:15: lines[0].baudRate belongs to a serial port, not to this line. Remove it, or correct the protocol.",
    ],
    [
      "a port on a serial line",
      [["/dev/ttyUSB0", "/dev/ttyUSB0\n    port: 502"]],
      "19:11: lines[1].port belongs to TCP, not to this line. Remove it.",
    ],
    [
      "no unit on a Modbus line",
      [["        unit: 1\n", ""]],
      "14:9: lines[0].meters[0].unit is missing. Give the device's Modbus unit, a whole number from 1 to 247.",
    ],
    [
      "no address on a DL/T 645 line",
      [['        address: "000000000161"\n', ""]],
      "26:9: lines[2].meters[0].address is missing. Give the twelve digits on the meter's nameplate, in quotes.",
    ],
    [
      "a unit on a DL/T 645 line",
      [['"000000000161"', '"000000000161"\n        unit: 1']],
      "29:15: lines[2].meters[0].unit is not for dlt645. Remove it and give address.",
    ],
    [
      "an address on a Modbus line",
      [["unit: 1", 'unit: 1\n        address: "000000000161"']],
      "17:18: lines[0].meters[0].address is not for modbus-tcp. Remove it and give unit.",
    ],
    [
      "an address that is not 12 digits",
      [['"000000000161"', '"00000000161"']],
      '28:18: lines[2].meters[0].address: "00000000161" is no DL/T 645 address of a meter. Give the twelve digits on its nameplate, in quotes, with leading zeros; AA (a wildcard) and 999999999999 (all meters) name no single one.',
    ],
    [
      "an address with a wildcard",
      [['"000000000161"', '"AA0000000161"']],
      '28:18: lines[2].meters[0].address: "AA0000000161" is no DL/T 645 address of a meter. Give the twelve digits on its nameplate, in quotes, with leading zeros; AA (a wildcard) and 999999999999 (all meters) name no single one.',
    ],
    [
      "a Modbus device on a DL/T 645 line",
      [["profile: dlt645-2007", "profile: schneider-iem3155"]],
      "27:18: lines[2].meters[0].profile is schneider-iem3155, a device that speaks Modbus, on a line with dlt645. Correct the profile, or the line's protocol.",
    ],
    [
      "SunSpec on a DL/T 645 line",
      [["profile: dlt645-2007", "profile: sunspec"]],
      "27:18: lines[2].meters[0].profile is sunspec, a device that speaks Modbus, on a line with dlt645. Correct the profile, or the line's protocol.",
    ],
    [
      "a DL/T 645 device on a Modbus line",
      [["profile: schneider-iem3155", "profile: dlt645-2007"]],
      "15:18: lines[0].meters[0].profile is dlt645-2007, a device that speaks DL/T 645, on a line with modbus-tcp. Correct the profile, or the line's protocol.",
    ],
    [
      "a switch that no profile knows of",
      [["unit: 1", "unit: 1\n        switchable: true"]],
      "17:21: lines[0].meters[0].switchable is true, but no switch is known of schneider-iem3155. Remove it, or add switch with its coil: switch: { coil: 0 }.",
    ],
    [
      "a switch of SunSpec, which has none",
      [
        [
          "schneider-iem3155\n        unit: 1",
          "sunspec\n        unit: 1\n        switchable: true",
        ],
      ],
      "17:21: lines[0].meters[0].switchable is true, but no switch is known of sunspec. Remove it.",
    ],
    [
      "a coil of a meter that may be switched",
      [["unit: 1", "unit: 1\n        switchable: true\n        switch: { coil: 0 }"]],
    ],
    [
      "a coil of a meter that nobody may switch",
      [["unit: 1", "unit: 1\n        switch: { coil: 5 }"]],
      "17:9: lines[0].meters[0].switch is given, and the meter is not switchable. Remove it, or set switchable: true so that operators may switch it.",
    ],
    [
      "a coil that cannot be",
      [["unit: 1", "unit: 1\n        switchable: true\n        switch: { coil: 65536 }"]],
      "18:25: lines[0].meters[0].switch.coil is 65536. Give a whole number from 0 to 65535.",
    ],
    [
      "a coil of a DL/T 645 meter, which has a relay",
      [['"000000000161"', '"000000000161"\n        switch: { coil: 5 }']],
      "29:9: lines[2].meters[0].switch is not for dlt645-2007. Remove it: it is for devices with a Modbus profile.",
    ],
    [
      "an experimental profile that is allowed",
      [["schneider-iem3155", "chint-dtsu666-h\n        allowExperimental: true"]],
    ],
  ]);

  // The list of profiles and their notes grow: the rest of these messages is theirs.
  it("tells of a profile that there is not, with the near names", () => {
    const [problem] = problemsOf(edit(CONFIG, ["schneider-iem3155", "schneider-iem3255"]));
    expect(problem).to.match(
      /^15:18: lines\[0\]\.meters\[0\]\.profile is schneider-iem3255, which is no device profile\. Did you mean schneider-iem3155\? Known profiles: .*, sunspec\.$/,
    );
  });

  it("tells of an experimental profile that is not allowed", () => {
    const [problem] = problemsOf(edit(CONFIG, ["schneider-iem3155", "chint-dtsu666-h"]));
    expect(problem).to.match(
      /^15:18: lines\[0\]\.meters\[0\]\.profile: The device profile "chint-dtsu666-h" is experimental: .* allowExperimental: true in the configuration/,
    );
  });
});
