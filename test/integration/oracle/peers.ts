import { expect } from "chai";
import type { LineProtocol, SerialPortConfig, TcpConfig } from "../../../oracle/config/config.ts";
import { MeterError } from "../../../oracle/meters/meter.ts";
import { ModbusLine } from "../../../oracle/modbus/modbusLine.ts";
import type { ModbusProfile } from "../../../oracle/profiles/deviceProfile.ts";
import { COMMON_METER, loadDeviceProfile } from "../../../oracle/profiles/loadDeviceProfile.ts";
import { createSimulator } from "../../../oracle/simulator/createSimulator.ts";
import { parseFaults } from "../../../oracle/simulator/faults/faultFile.ts";
import type { MeterSimulator } from "../../../oracle/simulator/meterSimulator.ts";
import {
  ask,
  buildLibmodbus,
  findMbpoll,
  findPymodbus,
  freePort,
  serve,
  type Outcome,
  type Peer,
} from "../../helpers/peers.ts";
import { openPtyPair, type PtyPair } from "../../helpers/ptyPair.ts";

/** What the meters of this test show, and how their registers say it; computed by hand. */
const METER = {
  importWh: 123_456_789n,
  exportWh: 4_567_890n,
  powerW: -1_500,
  serialNumber: "305419896",
};
const UNIT = 17;

interface Case {
  profile: string;
  blocks: { functionCode: 3 | 4; address: number; hex: string }[];
  /** What the registers' steps leave of the counters. */
  shown: { importWh: bigint; exportWh: bigint };
}

const CASES: Case[] = [
  {
    // 64-bit integers of 1 Wh, a float of kW, a 32-bit serial number.
    profile: "schneider-iem3155",
    blocks: [
      { functionCode: 3, address: 3203, hex: "00000000075bcd15000000000045b352" },
      { functionCode: 3, address: 3059, hex: "bfc00000" },
      { functionCode: 3, address: 129, hex: "12345678" },
    ],
    shown: { importWh: 123_456_789n, exportWh: 4_567_890n },
  },
  {
    // Floats of kWh and W, among the input registers: 123456.7890625 and 4567.89013671875.
    profile: "eastron-sdm120",
    blocks: [
      { functionCode: 4, address: 72, hex: "47f12065458ebf1f" },
      { functionCode: 4, address: 12, hex: "c4bb8000" },
      { functionCode: 3, address: 64512, hex: "12345678" },
    ],
    shown: { importWh: 123_456_789n, exportWh: 4_567_890n },
  },
  {
    // 32-bit integers of 0.1 kWh and 0.1 W, the low word first; the serial number as text.
    profile: "carlo-gavazzi-em340",
    blocks: [
      { functionCode: 4, address: 52, hex: "d6870012" },
      { functionCode: 4, address: 78, hex: "b26e0000" },
      { functionCode: 4, address: 40, hex: "c568ffff" },
      { functionCode: 4, address: 20480, hex: "3330353431393839360000000000" },
    ],
    shown: { importWh: 123_456_700n, exportWh: 4_567_800n },
  },
];

type Transport = "tcp" | "rtu-over-tcp" | "rtu";
const PROTOCOLS: Record<Transport, Exclude<LineProtocol, "dlt645">> = {
  tcp: "modbus-tcp",
  "rtu-over-tcp": "modbus-rtu-over-tcp",
  rtu: "modbus-rtu",
};

interface PeerTool {
  tool: string;
  packages: string;
  transports: Transport[];
  find: () => Peer | undefined;
}

const CLIENTS: (PeerTool & { read: (peer: Peer, at: Place, block: Block) => Promise<string> })[] = [
  {
    tool: "mbpoll",
    packages: "mbpoll",
    transports: ["tcp", "rtu"],
    find: findMbpoll,
    read: readWithMbpoll,
  },
  {
    tool: "pymodbus",
    packages: "python3-pymodbus",
    transports: ["tcp", "rtu-over-tcp", "rtu"],
    find: () => findPymodbus("client"),
    read: readWithScript,
  },
  {
    tool: "libmodbus",
    packages: "libmodbus-dev gcc pkg-config",
    transports: ["tcp", "rtu"],
    find: () => buildLibmodbus("client"),
    read: readWithScript,
  },
];

const SERVERS: PeerTool[] = [
  {
    tool: "pymodbus",
    packages: "python3-pymodbus",
    transports: ["tcp", "rtu-over-tcp", "rtu"],
    find: () => findPymodbus("server"),
  },
  {
    tool: "libmodbus",
    packages: "libmodbus-dev gcc pkg-config",
    transports: ["tcp", "rtu"],
    find: () => buildLibmodbus("server"),
  },
];

interface Place {
  transport: Transport;
  host: string;
  port: number;
  path: string;
  unit: number;
}
interface Block {
  functionCode: 3 | 4;
  address: number;
  count: number;
}

/** A pseudo-terminal has no parity. */
const SERIAL = {
  kind: "serial",
  baudRate: 19_200,
  parity: "none",
  dataBits: 8,
  stopBits: 1,
} as const;

function placeArgs({ transport, host, port, path }: Omit<Place, "unit">): string[] {
  return transport === "rtu" ? ["rtu", path, "19200,N"] : [transport, host, String(port)];
}

/** The registers as hex, or `error: …`. */
async function readWithScript(peer: Peer, at: Place, block: Block): Promise<string> {
  const { functionCode, address, count } = block;
  const what = [at.unit, functionCode, address, count].map(String);
  return (await ask(peer, [...placeArgs(at), ...what])).stdout.trim();
}

async function readWithMbpoll(peer: Peer, at: Place, block: Block): Promise<string> {
  const { transport, host, port, path, unit } = at;
  const line =
    transport === "rtu"
      ? ["-m", "rtu", "-b", "19200", "-P", "none"]
      : ["-m", "tcp", "-p", String(port)];
  const type = block.functionCode === 3 ? "4:hex" : "3:hex";
  const what = ["-a", unit, "-0", "-r", block.address, "-c", block.count, "-t", type, "-1"].map(
    String,
  );
  const { stdout, stderr }: Outcome = await ask(peer, [
    ...line,
    ...what,
    transport === "rtu" ? path : host,
  ]);
  const words = [...stdout.matchAll(/^\[\d+\]:\s+0x([0-9A-F]{4})$/gm)].map(([, word]) => word!);
  return words.length > 0 ? words.join("").toLowerCase() : `error: ${stderr.trim()}`;
}

/** Says what is missing, so that a skipped test is not taken for a passed one. */
function skipWithout(context: Mocha.Context, tool: string, packages: string): never {
  process.stdout.write(`    skipped: ${tool} is not installed (apt-get install ${packages})\n`);
  return context.skip();
}

describe("Modbus peers", function () {
  this.timeout(30_000);
  let ptys: PtyPair | undefined;
  let ends: (() => Promise<void>)[];

  before(async () => (ptys = await openPtyPair()));
  after(() => ptys?.close());
  beforeEach(() => (ends = []));
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  function needPtys(context: Mocha.Context): PtyPair {
    return ptys ?? skipWithout(context, "socat", "socat");
  }

  async function simulate(
    context: Mocha.Context,
    transport: Transport,
    profileName: string,
    faults: object[] = [],
  ): Promise<Place> {
    const profile = loadDeviceProfile(profileName);
    const { importWh, exportWh, powerW, serialNumber } = METER;
    const port: TcpConfig | SerialPortConfig =
      transport === "rtu"
        ? { ...SERIAL, path: needPtys(context).far }
        : { kind: "tcp", host: "127.0.0.1", port: 0 };
    const simulator: MeterSimulator = createSimulator({
      protocol: PROTOCOLS[transport],
      port,
      units: [
        {
          profile,
          unit: String(UNIT),
          serialNumber,
          load: { energyAt: () => ({ importWh, exportWh }), powerWAt: () => powerW },
        },
      ],
      faults: parseFaults(JSON.stringify({ faults }), "faults.json"),
    });
    await simulator.start();
    ends.push(() => simulator.stop());
    const [host, tcpPort] = simulator.where.split(":");
    return { transport, host: host!, port: Number(tcpPort), path: ptys?.near ?? "", unit: UNIT };
  }

  for (const { tool, packages, transports, find, read } of CLIENTS)
    describe(`${tool} as client of the simulator`, () => {
      let peer: Peer;

      before(function () {
        peer = find() ?? skipWithout(this, tool, packages);
      });

      for (const transport of transports) {
        for (const { profile, blocks } of CASES)
          it(`reads ${profile} over ${transport}`, async function () {
            const place = await simulate(this, transport, profile);
            for (const { functionCode, address, hex } of blocks) {
              const block = { functionCode, address, count: hex.length / 4 };
              expect(await read(peer, place, block), `${functionCode}@${address}`).to.equal(hex);
            }
          });

        it(`is told over ${transport} of registers that are not there`, async function () {
          const place = await simulate(this, transport, "schneider-iem3155");
          const block = { functionCode: 3, address: 3202, count: 2 } as const;
          expect(await read(peer, place, block)).to.match(
            /^error: (exception 2$|.*[Ii]llegal data address)/,
          );
        });

        it(`gets no answer of another unit over ${transport}`, async function () {
          const place = await simulate(this, transport, "schneider-iem3155");
          const block = { functionCode: 3, address: 3203, count: 4 } as const;
          const answer = await read(peer, { ...place, unit: UNIT + 1 }, block);
          expect(answer).to.match(
            transport === "tcp"
              ? /^error: (exception 11$|.*[Tt]arget device failed to respond)/
              : /^error: /,
          );
        });
      }
    });

  describe("libmodbus as client of a simulator with faults", () => {
    let peer: Peer;

    before(function () {
      peer =
        buildLibmodbus("client") ?? skipWithout(this, "libmodbus", "libmodbus-dev gcc pkg-config");
    });

    const block: Block = { functionCode: 3, address: 3203, count: 4 };
    const EXCEPTIONS: [number, string][] = [
      [1, "Illegal function"],
      [2, "Illegal data address"],
      [3, "Illegal data value"],
      [4, "Slave device or server failure"],
      [5, "Acknowledge"],
      [6, "Slave device or server is busy"],
      [10, "Gateway path unavailable"],
      [11, "Target device failed to respond"],
    ];
    for (const [code, name] of EXCEPTIONS)
      it(`knows exception ${code}`, async function () {
        const place = await simulate(this, "tcp", "schneider-iem3155", [
          { fault: "exception", code },
        ]);
        expect(await readWithScript(peer, place, block)).to.equal(`error: ${name}`);
      });

    const SEEN: [object, Transport, string][] = [
      [{ fault: "badCrc" }, "rtu", "error: Invalid CRC"],
      [{ fault: "silent" }, "rtu", "error: Connection timed out"],
      [{ fault: "silent" }, "tcp", "error: Connection timed out"],
      [{ fault: "resetMidReply" }, "tcp", "error: Connection reset by peer"],
      [{ fault: "wrongUnit" }, "rtu", "error: Response not from requested slave"],
      [{ fault: "split", bytes: 1, gapMs: 2 }, "rtu", "00000000075bcd15"],
      [{ fault: "slow", bytesPerSecond: 200 }, "tcp", "00000000075bcd15"],
      [{ fault: "ffff" }, "rtu", "ffffffffffffffff"],
      [{ fault: "zeroOnce" }, "rtu", "0000000000000000"],
    ];
    for (const [fault, transport, seen] of SEEN)
      it(`sees ${JSON.stringify(fault)} over ${transport} as it is`, async function () {
        const place = await simulate(this, transport, "schneider-iem3155", [fault]);
        expect(await readWithScript(peer, place, block)).to.equal(seen);
      });
  });

  for (const { tool, packages, transports, find } of SERVERS)
    describe(`${tool} as a meter of the driver`, () => {
      let peer: Peer;

      before(function () {
        peer = find() ?? skipWithout(this, tool, packages);
      });

      async function meter(
        context: Mocha.Context,
        transport: Transport,
        blocks: readonly string[],
      ) {
        const port = transport === "rtu" ? 0 : await freePort();
        const path = transport === "rtu" ? needPtys(context).far : "";
        const place = placeArgs({ transport, host: "127.0.0.1", port, path });
        ends.push(await serve(peer, [...place, String(UNIT), ...blocks]));
        const line = new ModbusLine({
          protocol: PROTOCOLS[transport],
          port:
            transport === "rtu"
              ? { ...SERIAL, path: ptys!.near }
              : { kind: "tcp", host: "127.0.0.1", port },
          replyTimeoutMs: 1_000,
        });
        ends.push(() => line.close());
        return line;
      }

      for (const transport of transports) {
        for (const { profile, blocks, shown } of CASES)
          it(`is read as ${profile} over ${transport}`, async function () {
            const images = blocks.map(
              ({ functionCode, address, hex }) => `${functionCode}:${address}:${hex}`,
            );
            const line = await meter(this, transport, images);
            const device = line.meter(loadDeviceProfile(profile) as ModbusProfile, UNIT);
            // More than once, since the driver must not lose its step.
            const { powerW: activePowerW, serialNumber } = METER;
            for (let round = 0; round < 3; ++round) {
              const sample = await device.read();
              expect(sample).to.deep.include({ activePowerW, serialNumber, ...shown });
              expect(sample.raw.map(({ hex }) => hex).join("")).to.equal(
                blocks.map(({ hex }) => hex).join(""),
              );
            }
          });

        // A meter of libmodbus has all registers.
        if (tool === "libmodbus") continue;
        it(`refuses over ${transport} what it does not have`, async function () {
          const line = await meter(this, transport, ["4:5:0001"]);
          const device = line.meter(loadDeviceProfile(COMMON_METER), UNIT);
          const error: unknown = await device.read().catch((thrown: unknown) => thrown);
          expect(error).to.be.instanceOf(MeterError);
          expect((error as MeterError).failure).to.equal("refused");
        });
      }
    });
});
