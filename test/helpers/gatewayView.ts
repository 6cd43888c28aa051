import type { GatewayStatus, GatewayView } from "../../oracle/operations/gatewayView.ts";
import type { Evidence } from "../../oracle/store/quarantine.ts";

const EVIDENCE: Evidence = {
  atMs: 1_800_000_000_000,
  importWh: 90n,
  exportWh: 0n,
  activePowerW: undefined,
  serialNumber: "4000000001",
  raw: [
    { quantity: "importEnergyWh", source: "fc3@3203x4", hex: "000000000000005a", value: "90 Wh" },
  ],
  frames: [],
};

/** How a gateway with two meters is, one of which fails. */
export const STATUS: GatewayStatus = {
  gateway: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  market: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  chainId: 31337n,
  version: "0.1.0",
  startedAtS: 1_800_000_000,
  periods: {
    current: { period: 41, endS: 1_800_000_900 },
    next: { period: 42, endS: 1_800_001_800 },
  },
  meters: [
    {
      participant: 3,
      meterId: 1,
      where: "10.0.0.7:502 unit 1",
      profile: "schneider-iem3155",
      state: "up",
      lastSample: {
        atS: 1_800_000_100,
        importWh: 281_474_976_710_655n,
        exportWh: 67n,
        activePowerW: -1500.5,
        serialNumber: "4000000001",
      },
      accepted: { importWh: 281_474_976_710_655n, exportWh: 67n },
      lastReadingPeriod: 40,
      failure: undefined,
    },
    {
      participant: 4,
      meterId: undefined,
      where: "/dev/ttyUSB0 address 000000000161",
      profile: "dlt645-2007",
      state: "failing",
      lastSample: undefined,
      accepted: undefined,
      lastReadingPeriod: undefined,
      failure: { failure: "silent", message: "No answer within 500 ms.", sinceS: 1_800_000_050 },
    },
  ],
  reads: {
    taken: 100,
    failed: { unreachable: 0, silent: 7, malformed: 0, refused: 0, absent: 1 },
  },
  quarantine: [
    {
      id: 1,
      participant: 3,
      meterId: 1,
      period: 39,
      code: "backwards",
      reason: "Import fell from 100 Wh to 90 Wh.",
      suggestion: "rebind",
      remedy: "Look at the meter.",
      sinceS: 1_800_000_000,
      lastSeenS: 1_800_000_010,
      samples: 2,
      accepted: { importWh: 100n, exportWh: 0n },
      first: EVIDENCE,
      latest: EVIDENCE,
    },
  ],
  readings: { read: 1, signed: 0, sent: 2, included: 0, final: 1000, refused: 0 },
  refusals: 3,
  transactions: {
    counts: { pending: 1, included: 0, final: 10, abandoned: 0 },
    replacements: 2,
    inFlight: [{ id: 11, nonce: 10, state: "pending", hash: "0xab", attempts: 2, readings: 2 }],
  },
  endpoints: [
    { name: "https://rpc.example", up: true, height: 1234, latencyS: 0.05, failure: undefined },
    {
      name: "https://rpc.example",
      up: false,
      height: undefined,
      latencyS: undefined,
      failure: "timeout",
    },
  ],
  clock: { trusted: true, offsetS: -0.25, reason: undefined },
  store: { path: "/var/lib/sealwatt/readings.db", ok: true, damage: [], damagedAtS: undefined },
};

/** A view of a gateway of which some is said otherwise. */
export function stubView(view: Partial<GatewayView> = {}): GatewayView {
  return {
    status: () => STATUS,
    readiness: () => ({ ready: true, reasons: [] }),
    command: async () => ({ hash: "0xcd", operator: "0xef", result: "Released." }),
    ...view,
  };
}
