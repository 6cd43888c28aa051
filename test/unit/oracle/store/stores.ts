import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayStore, type StoreOptions } from "../../../../oracle/store/gatewayStore.ts";
import type { NewReading } from "../../../../oracle/store/readings.ts";

export const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
export const OWNER = { chainId: 31337n, market: MARKET };
export const SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/** A folder that is deleted after each test of the suite which calls this, with stores in it. */
export function useStores() {
  let folder = "";
  const opened: GatewayStore[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sealwatt-store-"))));
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    get path() {
      return join(folder, "gateway.db");
    },
    open(options: Partial<StoreOptions> = {}, name = "gateway.db"): GatewayStore {
      const store = GatewayStore.open(join(folder, name), { ...OWNER, ...options });
      opened.push(store);
      return store;
    },
    openReadOnly(): GatewayStore {
      const store = GatewayStore.openReadOnly(join(folder, "gateway.db"));
      opened.push(store);
      return store;
    },
  };
}

export function readingOf(participant: number, period: number): NewReading {
  return {
    participant,
    meterId: participant + 1,
    period,
    importWh: BigInt(1000 * period + participant),
    exportWh: BigInt(period),
    raw: [
      {
        quantity: "importEnergyWh",
        source: "fc3@3203x4",
        hex: "00000000000003e8",
        value: "1000 Wh",
      },
    ],
    readAtMs: 1_790_000_000_000 + 900_000 * period,
  };
}

export const hashOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;

export const attemptOf = (number: number, feeGwei = 1n) => ({
  hash: hashOf(number),
  raw: "0x02f86b",
  maxFeePerGas: feeGwei * 1_000_000_000n,
  maxPriorityFeePerGas: feeGwei,
  sentAtMs: undefined,
});

/** Stores and signs readings. */
export function storeSigned(store: GatewayStore, readings: readonly NewReading[]): number[] {
  const ids = store.readings.storeRead(readings).map(({ id }) => id);
  store.readings.storeSigned(ids.map((id) => ({ id, r: hashOf(id), vs: hashOf(id + 1) })));
  return ids;
}

/** Sends readings in a transaction. */
export function send(store: GatewayStore, readingIds: readonly number[], nonce: number): number {
  return store.transactions.addTransaction(
    { from: SENDER, nonce, to: MARKET, data: "0x1234", gasLimit: 16_000_000n, readingIds },
    attemptOf(nonce + 1000),
  ).id;
}
