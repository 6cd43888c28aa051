import type { StoredStatus } from "../../../oracle/daemon/storedStatus.ts";
import { formatTable } from "../../../sdk/formatTable.ts";
import { printableTexts } from "../../../sdk/printable.ts";
import type { Served, ServedStatus } from "./daemonClient.ts";

type Quarantine = ServedStatus["quarantine"][number];
type Stored = Served<StoredStatus>;
type Evidence = Quarantine["latest"];

/** How a gateway is, from its daemon or from its store alone. */
export type ShownStatus = Omit<Partial<ServedStatus>, keyof StoredStatus> &
  Served<Omit<StoredStatus, "meters">> & {
    meters: readonly (Stored["meters"][number] | ServedStatus["meters"][number])[];
  };

const TIME = /T(.{8}).*/;

/** `2026-11-21 13:52:18Z` */
function showTime(timeS: number): string {
  return new Date(timeS * 1000).toISOString().replace(TIME, " $1Z");
}

const show = (value: string | number | null | undefined, unit = "") =>
  value === null || value === undefined ? "–" : `${value}${unit}`;

/** A gateway's status for people. What waits for somebody comes with what can be done. */
export function formatStatus(served: ShownStatus): string {
  // Serial numbers, frames and failures are a device's or a node's own words.
  const status = printableTexts(served);
  const { readings, transactions, store } = status;
  const counts = (states: object) =>
    Object.entries(states)
      .map(([state, count]) => `${count} ${state}`)
      .join(", ");
  return [
    formatHead(status),
    formatMeters(status),
    formatQuarantine(status.quarantine),
    `Readings: ${counts(readings)}.\n` +
      `Transactions: ${counts(transactions.counts)}${formatInFlight(status)}`,
    ...formatNodes(status),
    store.damage.length === 0
      ? `Store: ${store.path}, ${store.ok ? "intact" : "takes no more writes"}.`
      : `Store: ${store.path}, was damaged and repaired, last ${showTime(store.damagedAtS!)}:\n  ${store.damage.join("\n  ")}`,
  ].join("\n\n");
}

function formatHead({
  gateway,
  market,
  chainId,
  version,
  startedAtS,
  periods,
  clock,
}: ShownStatus): string {
  const lines = [`Market ${market} on chain ${chainId}.`];
  if (gateway !== undefined && startedAtS !== undefined)
    lines.unshift(`Gateway ${gateway}, Sealwatt ${show(version)}, since ${showTime(startedAtS)}.`);
  if (periods) {
    const { current } = periods;
    lines.push(`Period ${current.period} until ${showTime(current.endS)}.`);
  }
  if (clock?.trusted === false) lines.push(`The clock is not trusted: ${show(clock.reason)}`);
  return lines.join("\n");
}

function formatMeters({ meters }: ShownStatus): string {
  const rows = meters.map(
    ({ participant, meterId, where, lastSample, lastReadingPeriod, state }) => [
      String(participant),
      // It is read, and no reading of it can be signed.
      state === "up" && meterId === null ? "up, not bound" : state,
      where,
      lastSample === null ? "–" : showTime(lastSample.atS),
      show(lastSample?.importWh),
      show(lastSample?.exportWh),
      show(lastSample?.activePowerW),
      show(lastSample?.serialNumber),
      show(lastReadingPeriod),
    ],
  );
  const head = ["meter of", "state", "where", "last value", "import Wh", "export Wh"];
  const lines = formatTable([[...head, "W", "serial", "period"], ...rows], 4).split("\n");
  return lines
    .map((line, index) => {
      const failure = meters[index - 1]?.failure;
      return failure ? `${line}\n  > since ${showTime(failure.sinceS)}: ${failure.message}` : line;
    })
    .join("\n");
}

function formatQuarantine(quarantine: readonly Quarantine[]): string {
  if (quarantine.length === 0) return "Quarantine: nothing.";
  return quarantine
    .map(
      ({
        id,
        participant,
        period,
        code,
        reason,
        sinceS,
        samples,
        accepted,
        first,
        latest,
        remedy,
      }) =>
        [
          `Quarantine ${id}: participant ${participant}, ${code} since ${showTime(sinceS)}, period ${period}: ${reason}.`,
          `  accepted before: ${accepted === null ? "nothing" : `import ${accepted.importWh} Wh, export ${accepted.exportWh} Wh`}`,
          ...(samples > 1 ? formatEvidence("first", first) : []),
          ...formatEvidence(samples > 1 ? `latest of ${samples}` : "sent", latest),
          `  > ${remedy}`,
        ].join("\n"),
    )
    .join("\n");
}

function formatEvidence(name: string, evidence: Evidence): string[] {
  const { atMs, importWh, exportWh, serialNumber, raw, frames } = evidence;
  const values = `import ${show(importWh, " Wh")}, export ${show(exportWh, " Wh")}, serial number ${show(serialNumber)}`;
  return [
    `  ${name}: ${showTime(atMs / 1000)}, ${values}`,
    ...raw.map(({ quantity, source, hex, value }) => `    ${quantity} ${source} ${hex} = ${value}`),
    ...frames.map((frame) => `    frame ${frame}`),
  ];
}

function formatInFlight({ transactions }: ShownStatus): string {
  const { inFlight = [], replacements = 0 } = transactions as Partial<ServedStatus["transactions"]>;
  const waiting = inFlight.map(
    ({ id, nonce, state, hash, attempts, readings }) =>
      `\n  ${id}: nonce ${nonce}, ${state}, ${readings} readings, attempt ${attempts}, ${hash}`,
  );
  return `; ${replacements} replaced with a higher fee.${waiting.join("")}`;
}

function formatNodes({ endpoints = [] }: ShownStatus): string[] {
  if (endpoints.length === 0) return [];
  const rows = endpoints.map(({ name, up, height, latencyS, failure }) => [
    name,
    up ? "up" : "down",
    failure ?? "",
    show(height),
    latencyS === null ? "–" : `${Math.round(latencyS * 1000)} ms`,
  ]);
  return [formatTable([["node", "state", "failure", "block", "answers in"], ...rows], 3)];
}
