import type { OracleConfig } from "../config/config.ts";
import { openLine } from "../meters/openLine.ts";
import type { GatewayStatus, MeterStatus } from "../operations/gatewayView.ts";
import { damageStatus } from "../operations/damageStatus.ts";
import { quarantineStatus } from "../operations/quarantineStatus.ts";
import { GatewayStore } from "../store/gatewayStore.ts";

/** What a gateway's store tells of it while no daemon does. */
export interface StoredStatus extends Pick<
  GatewayStatus,
  "market" | "chainId" | "quarantine" | "readings" | "store"
> {
  /** The sample is that of the latest stored reading. */
  meters: readonly (Omit<MeterStatus, "state" | "accepted"> & { state: "stored" })[];
  transactions: Pick<GatewayStatus["transactions"], "counts">;
}

/**
 * Reads a gateway's store, also while a daemon writes to it.
 * @throws StoreError
 */
export function storedStatus(config: OracleConfig): StoredStatus {
  const { path } = config.store;
  const store = GatewayStore.openReadOnly(path, config.market);
  try {
    const latest = store.readings.latest();
    const meters = config.lines
      // Nothing is switched here, and whoever looks need not know the relays' codes.
      .flatMap((line) => openLine(line, undefined).meters)
      .map(({ config: { participant, profile }, meter }) => {
        // The latest binding has the highest number.
        const reading = latest.filter((stored) => stored.participant === participant).at(-1);
        const common = {
          participant,
          where: meter.where,
          profile,
          state: "stored" as const,
          failure: undefined,
        };
        if (reading === undefined) {
          return {
            ...common,
            meterId: undefined,
            lastSample: undefined,
            lastReadingPeriod: undefined,
          };
        }
        const { meterId, period, readAtMs, importWh, exportWh, raw } = reading;
        return {
          ...common,
          meterId,
          lastSample: {
            atS: readAtMs / 1000,
            importWh,
            exportWh,
            activePowerW: undefined,
            serialNumber: raw.find(({ quantity }) => quantity === "serialNumber")?.value,
          },
          lastReadingPeriod: period,
        };
      });
    return {
      ...store.owner,
      meters,
      quarantine: store.quarantine.open().map(quarantineStatus),
      readings: store.readings.counts(),
      transactions: { counts: store.transactions.counts() },
      store: { path, ok: true, ...damageStatus(store.damage) },
    };
  } finally {
    store.close();
  }
}
