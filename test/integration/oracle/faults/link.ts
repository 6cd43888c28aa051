import { dirname } from "node:path";
import { expect } from "chai";
import type { MeterFailure } from "../../../../oracle/meters/meter.ts";
import { energyAgrees, type EnergyOutcome } from "../../../helpers/oracleRig/energyAgrees.ts";
import {
  blackHoleLink,
  freePort,
  namespaceLink,
  type Link,
} from "../../../helpers/oracleRig/links.ts";
import type { RigGateway } from "../../../helpers/oracleRig/rigGateway.ts";
import {
  SHORT_TIMEOUT_MS,
  type LinePlan,
  type RigMeter,
} from "../../../helpers/oracleRig/rigLine.ts";
import { OracleRig } from "../../../helpers/oracleRig.ts";
import { openPtyPair, type PtyPair } from "../../../helpers/ptyPair.ts";

const HOST = "127.0.0.1";
const SERIAL = {
  kind: "serial",
  baudRate: 9_600,
  parity: "even",
  dataBits: 8,
  stopBits: 1,
} as const;

describe("a gateway whose lines break", function () {
  this.timeout(60_000);
  let rig: OracleRig;
  let gateway: RigGateway;
  let outcomes: Map<RigMeter, EnergyOutcome>;
  const links: Link[] = [];
  const pairs: PtyPair[] = [];
  /** How each meter failed last before its line was mended. */
  const failures = new Map<number, MeterFailure | undefined>();
  /** The place of a line among the gateway's, where it can be had. */
  const places = new Map<string, number>();

  before(async () => {
    rig = await OracleRig.create();
    const lines: LinePlan[] = [{}];
    const addLine = (name: string, plan: LinePlan) =>
      places.set(name, lines.push({ ...plan, replyTimeoutMs: SHORT_TIMEOUT_MS }) - 1);
    for (const [name, open] of Object.entries({ namespaceLink, blackHoleLink })) {
      const port = await freePort();
      const link = await open(port);
      if (link === undefined) continue;
      links.push(link);
      const { clientPort } = link;
      addLine(name, { port: { kind: "tcp", host: HOST, port }, clientPort });
    }
    for (const protocol of ["modbus-rtu", "dlt645"] as const) {
      const pair = await openPtyPair();
      if (pair === undefined) continue;
      pairs.push(pair);
      const port = { ...SERIAL, path: pair.far };
      const clientPort = { ...SERIAL, path: pair.near };
      addLine(protocol, { protocol, port, clientPort });
    }
    gateway = await rig.addGateway({ lines });
    gateway.start();
    await rig.passPeriods(3);
    await Promise.all([...links.map((link) => link.cut()), ...pairs.map(unplug)]);
    // Two fifths of the next period: its beginning's reading comes late, but it comes.
    await rig.passPeriods(1);
    for (const { participant, failure } of gateway.daemon.status().meters)
      failures.set(participant, failure?.failure);
    await Promise.all([...links.map((link) => link.mend()), ...pairs.map(plugIn)]);
    await rig.passPeriods(4);
    outcomes = await energyAgrees(rig, gateway);
  });

  after(async () => {
    await rig.stop();
    await Promise.all([...links, ...pairs].map((link) => link.close()));
  });

  const simulatorOf = (pair: PtyPair) =>
    rig.lines.find(({ port }) => port.kind === "serial" && port.path === pair.near)!.simulator;

  async function unplug(pair: PtyPair): Promise<void> {
    await pair.close();
    await simulatorOf(pair).stop();
  }

  async function plugIn(pair: PtyPair): Promise<void> {
    const again = await openPtyPair(dirname(pair.near));
    pairs[pairs.indexOf(pair)] = again!;
    await simulatorOf(pair).start();
  }

  function itAgrees(title: string, name: string, missing: string): void {
    it(`has the same energy on the chain after ${title}`, function () {
      const place = places.get(name);
      if (place === undefined) {
        console.warn(`      ${missing}`);
        this.skip();
      }
      const meter = gateway.meters[place]!;
      expect(outcomes.get(meter)).to.equal("same energy");
      expect(failures.get(meter.participant)).to.equal("unreachable");
    });
  }

  const NO_NAMESPACE =
    "no network namespace may be made here, or socat is missing: the pulled cable is not tested";
  const NO_SOCAT = "socat is not installed: serial lines are not tested";
  itAgrees("(10) a cable is pulled", "namespaceLink", NO_NAMESPACE);
  itAgrees("(11) a connection into a black hole", "blackHoleLink", "");
  itAgrees("(13) a Modbus adapter is unplugged and back", "modbus-rtu", NO_SOCAT);
  itAgrees("(13) a DL/T 645 adapter is unplugged and back", "dlt645", NO_SOCAT);

  it("keeps reading the line that does not break, on time", () => {
    expect(outcomes.get(gateway.meters[0]!)).to.equal("same energy");
    const { participant } = gateway.meters[0]!;
    expect(gateway.log.join("\n")).not.to.include(`participant=${participant} `);
  });
});
