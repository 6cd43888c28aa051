import type { MetricSet, MetricUpdate } from "./metricSet.ts";

/** What the meters show, and how reading them goes. */
export function meterMetrics(metrics: MetricSet): MetricUpdate {
  const importWh = metrics.counter(
    "meter_energy_import_wh_total",
    "Energy drawn from the grid, in watt-hours, as the meter's register showed it when last believed.",
    ["participant"],
  );
  const exportWh = metrics.counter(
    "meter_energy_export_wh_total",
    "Energy fed into the grid, in watt-hours, as the meter's register showed it when last believed.",
    ["participant"],
  );
  const powerW = metrics.gauge("meter_power_watts", "Power drawn, negative where it is fed in.", [
    "participant",
  ]);
  const up = metrics.gauge("meter_up", "1 where the latest read of the meter succeeded.", [
    "participant",
  ]);
  const sampleAt = metrics.gauge(
    "meter_last_sample_timestamp_seconds",
    "When the meter was last read, in unix time.",
    ["participant"],
  );
  const readingPeriod = metrics.gauge(
    "meter_last_reading_period",
    "The period of the meter's latest stored reading.",
    ["participant"],
  );
  const reads = metrics.counter("meter_reads_total", "Reads of meters that succeeded.");
  const failures = metrics.counter("meter_read_failures_total", "Reads of meters that failed.", [
    "failure",
  ]);
  return (status) => {
    const perMeter = [importWh, exportWh, powerW, up, sampleAt, readingPeriod];
    for (const metric of [...perMeter, reads, failures]) metric.reset();
    // As many as the configuration has meters.
    for (const { participant, state, lastSample, accepted, lastReadingPeriod } of status.meters) {
      const labels = { participant };
      up.set(labels, Number(state === "up"));
      if (lastReadingPeriod !== undefined) readingPeriod.set(labels, lastReadingPeriod);
      if (accepted !== undefined) {
        importWh.inc(labels, Number(accepted.importWh));
        exportWh.inc(labels, Number(accepted.exportWh));
      }
      if (lastSample === undefined) continue;
      sampleAt.set(labels, lastSample.atS);
      if (lastSample.activePowerW !== undefined) powerW.set(labels, lastSample.activePowerW);
    }
    reads.inc(status.reads.taken);
    for (const [failure, count] of Object.entries(status.reads.failed)) {
      failures.inc({ failure }, count);
    }
  };
}
