import type { MetricSet, MetricUpdate } from "./metricSet.ts";

/** Labels whose values come from elsewhere take this many at most; what is beyond is `other`. */
const MOST_LABELS = 32;

/** How far readings have come, and the nodes that take them. */
export function sendingMetrics(metrics: MetricSet): MetricUpdate {
  const readings = metrics.gauge("readings", "Readings in the store, by how far they have come.", [
    "state",
  ]);
  const refusals = metrics.counter(
    "readings_refused_total",
    "Readings that the market refused, or that came too late for it.",
  );
  const quarantine = metrics.gauge(
    "quarantine_open",
    "Suspicious values that wait for an operator, by the rule that they broke.",
    ["code"],
  );
  const transactions = metrics.gauge(
    "transactions",
    "Transactions in the store, by how far they have come.",
    ["state"],
  );
  const replacements = metrics.counter(
    "transaction_replacements_total",
    "Transactions that were signed again with a higher fee.",
  );
  const up = metrics.gauge("endpoint_up", "1 where the chain's node answers.", ["endpoint"]);
  const height = metrics.gauge("endpoint_block_height", "The node's latest block.", ["endpoint"]);
  const latency = metrics.gauge("endpoint_latency_seconds", "How long the node's answer took.", [
    "endpoint",
  ]);
  const codes = new Set<string>();
  return (status) => {
    const all = [readings, refusals, quarantine, transactions, replacements, up, height, latency];
    for (const metric of all) metric.reset();
    for (const [state, count] of Object.entries(status.readings)) readings.set({ state }, count);
    refusals.inc(status.refusals);
    for (const [state, count] of Object.entries(status.transactions.counts)) {
      transactions.set({ state }, count);
    }
    replacements.inc(status.transactions.replacements);
    // A code that was once open stays with 0, so that an alert on it ends.
    for (const code of codes) quarantine.set({ code }, 0);
    for (const entry of status.quarantine) {
      const code = bounded(entry.code, codes);
      quarantine.inc({ code });
    }
    const names = new Set<string>();
    for (const endpoint of status.endpoints.slice(0, MOST_LABELS)) {
      const labels = { endpoint: unique(endpoint.name, names) };
      up.set(labels, Number(endpoint.up));
      if (endpoint.height !== undefined) height.set(labels, endpoint.height);
      if (endpoint.latencyS !== undefined) latency.set(labels, endpoint.latencyS);
    }
  };
}

function bounded(value: string, known: Set<string>): string {
  if (known.size < MOST_LABELS) known.add(value);
  return known.has(value) ? value : "other";
}

/** Two endpoints of one host differ in what is not shown. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number++) candidate = `${name} (${number})`;
  taken.add(candidate);
  return candidate;
}
