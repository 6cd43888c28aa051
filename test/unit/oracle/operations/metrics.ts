import { expect } from "chai";
import type { GatewayStatus } from "../../../../oracle/operations/gatewayView.ts";
import { Metrics } from "../../../../oracle/operations/metrics.ts";
import { STATUS, stubView } from "../../../helpers/gatewayView.ts";

/** The samples of our own metrics by name and labels. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line.startsWith("sealwatt_"));
  return Object.fromEntries(
    lines.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

describe("Metrics", () => {
  let status: GatewayStatus;
  let ready = true;
  let metrics: Metrics;
  const scrape = async () => samplesOf(await metrics.render());

  beforeEach(() => {
    status = STATUS;
    metrics = new Metrics(
      stubView({ status: () => status, readiness: () => ({ ready, reasons: [] }) }),
    );
  });

  it("shows the gateway as it is at the time of asking", async () => {
    expect(await scrape()).to.include({
      'sealwatt_gateway_info{gateway="0x70997970C51812dc3A010C7d01b50e0d17dc79C8",market="0x5FbDB2315678afecb367f032d93F642f64180aa3",chain_id="31337",version="0.1.0"}': 1,
      sealwatt_gateway_ready: 1,
      sealwatt_period_number: 41,
      sealwatt_period_end_timestamp_seconds: 1_800_000_900,
      'sealwatt_meter_energy_import_wh_total{participant="3"}': 281_474_976_710_655,
      'sealwatt_meter_energy_export_wh_total{participant="3"}': 67,
      'sealwatt_meter_power_watts{participant="3"}': -1500.5,
      'sealwatt_meter_up{participant="3"}': 1,
      'sealwatt_meter_up{participant="4"}': 0,
      'sealwatt_meter_last_sample_timestamp_seconds{participant="3"}': 1_800_000_100,
      'sealwatt_meter_last_reading_period{participant="3"}': 40,
      sealwatt_meter_reads_total: 100,
      'sealwatt_meter_read_failures_total{failure="silent"}': 7,
      'sealwatt_meter_read_failures_total{failure="refused"}': 0,
      'sealwatt_readings{state="final"}': 1000,
      sealwatt_readings_refused_total: 3,
      'sealwatt_quarantine_open{code="backwards"}': 1,
      'sealwatt_transactions{state="pending"}': 1,
      sealwatt_transaction_replacements_total: 2,
      'sealwatt_endpoint_up{endpoint="https://rpc.example"}': 1,
      'sealwatt_endpoint_up{endpoint="https://rpc.example (2)"}': 0,
      'sealwatt_endpoint_block_height{endpoint="https://rpc.example"}': 1234,
      'sealwatt_endpoint_latency_seconds{endpoint="https://rpc.example"}': 0.05,
      sealwatt_clock_trusted: 1,
      sealwatt_clock_offset_seconds: -0.25,
      sealwatt_store_ok: 1,
      sealwatt_store_damage_findings: 0,
    });
    ready = false;
    expect((await scrape()).sealwatt_gateway_ready).to.equal(0);
  });

  it("counts on from what was believed where a meter shows a zero that is none", async () => {
    const [meter] = STATUS.meters;
    const zero = { ...meter!.lastSample!, importWh: 0n, exportWh: 0n, activePowerW: 7 };
    status = { ...STATUS, meters: [{ ...meter!, lastSample: zero }] };
    expect(await scrape()).to.include({
      'sealwatt_meter_energy_import_wh_total{participant="3"}': 281_474_976_710_655,
      'sealwatt_meter_energy_export_wh_total{participant="3"}': 67,
      'sealwatt_meter_power_watts{participant="3"}': 7,
    });
  });

  it("does not add up what it is told twice", async () => {
    expect(await scrape()).to.deep.equal(await scrape());
    const [first, second] = await Promise.all([scrape(), scrape()]);
    expect(first).to.deep.equal(second);
  });

  it("says nothing about what is not known", async () => {
    status = { ...STATUS, periods: undefined, clock: { ...STATUS.clock, offsetS: undefined } };
    const samples = await scrape();
    expect(samples).not.to.have.any.keys(
      "sealwatt_clock_offset_seconds",
      "sealwatt_period_number",
      'sealwatt_meter_energy_import_wh_total{participant="4"}',
      'sealwatt_endpoint_block_height{endpoint="https://rpc.example (2)"}',
    );
  });

  it("tells when the store was last damaged, so that an alarm on it ends", async () => {
    const name = "sealwatt_store_damaged_timestamp_seconds";
    expect(await scrape()).not.to.have.property(name);
    const damage = ["The file is empty."];
    status = { ...STATUS, store: { ...STATUS.store, damage, damagedAtS: 1_800_000_000 } };
    expect(await scrape()).to.include({ [name]: 1_800_000_000, sealwatt_store_damage_findings: 1 });
  });

  it("forgets a meter that is gone, and keeps a quarantine code at 0", async () => {
    await scrape();
    status = { ...STATUS, meters: [], quarantine: [] };
    const samples = await scrape();
    expect(Object.keys(samples).filter((name) => name.includes("participant"))).to.deep.equal([]);
    expect(samples['sealwatt_quarantine_open{code="backwards"}']).to.equal(0);
  });

  it("bounds how many codes and endpoints there are", async () => {
    const [entry] = STATUS.quarantine;
    const [endpoint] = STATUS.endpoints;
    const many = Array.from({ length: 100 }, (_, index) => index);
    status = {
      ...STATUS,
      quarantine: many.map((index) => ({ ...entry!, code: `code ${index}` })),
      endpoints: many.map((index) => ({ ...endpoint!, name: `https://${index}` })),
    };
    const samples = await scrape();
    const series = (metric: string) =>
      Object.keys(samples).filter((name) => name.startsWith(metric));
    expect(series("sealwatt_quarantine_open")).to.have.length(33);
    expect(samples['sealwatt_quarantine_open{code="other"}']).to.equal(68);
    expect(series("sealwatt_endpoint_up")).to.have.length(32);
  });

  it("escapes what stands in labels", async () => {
    status = { ...STATUS, version: 'a"b\\c\nd' };
    expect(await metrics.render()).to.include(String.raw`version="a\"b\\c\nd"`);
  });

  it("counts how long writes take", async () => {
    metrics.observeStoreWrite(0.004);
    expect(await scrape()).to.include({
      'sealwatt_store_write_duration_seconds_bucket{le="0.0025"}': 0,
      'sealwatt_store_write_duration_seconds_bucket{le="0.005"}': 1,
      sealwatt_store_write_duration_seconds_count: 1,
    });
  });

  it("shows the process too", async () => {
    expect(await metrics.render()).to.match(/^process_resident_memory_bytes \d+$/m);
  });

  it("shows a thousand meters with less than a second of work", async () => {
    const meters = Array.from({ length: 1000 }, (_, participant) => ({
      ...STATUS.meters[0]!,
      participant,
    }));
    status = { ...STATUS, meters };
    const start = process.cpuUsage();
    expect(Object.keys(await scrape())).to.have.length.above(6000);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).to.be.below(1);
  });

  describe("names", () => {
    // The rules of `promtool check metrics`, and our own prefix.
    const families = async () =>
      [
        ...(await metrics.render()).matchAll(/^# HELP (sealwatt_\S+) (.*)\n# TYPE \S+ (\S+)$/gm),
      ].map(([, name, help, type]) => ({ name: name!, help: help!, type: type! }));

    it("end in _total for counters alone", async () => {
      for (const { name, type } of await families()) {
        expect(name.endsWith("_total"), name).to.equal(type === "counter");
      }
    });

    it("are lower-case words without a type, a colon or a suffix of histograms", async () => {
      const all = await families();
      expect(all).to.have.length.above(20);
      for (const { name } of all) {
        expect(name).to.match(/^[a-z]+(_[a-z]+)*$/);
        expect(name).not.to.match(/_(gauge|counter|summary|histogram)(_|$)|_(bucket|count|sum)$/);
      }
    });

    it("give base units, spelt out and last", async () => {
      const units = /_(seconds|watts|joules|bytes|wh)(?=_|$)/;
      for (const { name } of await families()) {
        expect(name).not.to.match(
          /_(s|ms|us|ns|sec|b|kb|mb|gb|m|h|d|kwh|kw|minutes|hours|days)(_|$)/,
        );
        expect(name).not.to.match(/_(milli|micro|nano|kilo|mega)/);
        const unit = units.exec(name);
        if (unit) expect(name.slice(unit.index + unit[0].length), name).to.match(/^(_total)?$/);
      }
    });

    it("are explained", async () => {
      for (const { name, help } of await families()) expect(help, name).to.match(/^[A-Z\d].*\.$/);
    });
  });
});
