import type { MetricSet, MetricUpdate } from "./metricSet.ts";

/** Who the gateway is and whether it can do its work. */
export function gatewayMetrics(metrics: MetricSet): MetricUpdate {
  const info = metrics.gauge("gateway_info", "Which gateway this is; always 1.", [
    "gateway",
    "market",
    "chain_id",
    "version",
  ]);
  const readiness = metrics.gauge("gateway_ready", "1 where readings are taken and sent.");
  const period = metrics.gauge("period_number", "The market's current period.");
  const periodEnd = metrics.gauge(
    "period_end_timestamp_seconds",
    "When the current period ends, in unix time.",
  );
  const trusted = metrics.gauge("clock_trusted", "0 while readings wait because of the clock.");
  const offset = metrics.gauge(
    "clock_offset_seconds",
    "How far the machine's clock is ahead of the chain's.",
  );
  const storeOk = metrics.gauge("store_ok", "1 where the store takes writes.");
  const damage = metrics.gauge(
    "store_damage_findings",
    "What was ever found damaged in the store, and repaired.",
  );
  const damagedAt = metrics.gauge(
    "store_damaged_timestamp_seconds",
    "When damage of the store was last found, in unix time.",
  );
  return ({ ready, gateway, market, chainId, version, periods, clock, store }) => {
    info.reset();
    // Resetting one without labels would set it to 0.
    for (const metric of [period, periodEnd, offset, damagedAt]) metric.remove();
    info.set({ gateway, market, chain_id: chainId.toString(), version }, 1);
    readiness.set(Number(ready));
    if (periods !== undefined) {
      period.set(periods.current.period);
      periodEnd.set(periods.current.endS);
    }
    trusted.set(Number(clock.trusted));
    if (clock.offsetS !== undefined) offset.set(clock.offsetS);
    storeOk.set(Number(store.ok));
    damage.set(store.damage.length);
    if (store.damagedAtS !== undefined) damagedAt.set(store.damagedAtS);
  };
}
