import { expect } from "chai";
import {
  availabilityMessage,
  discoveryMessages,
  sampleMessage,
} from "../../../../oracle/operations/mqttMessages.ts";

const source = { topic: "sealwatt/home", gateway: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" };
const BASE = "sealwatt/home/0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

describe("MQTT messages", () => {
  it("hold exact registers, also at the end of their range", () => {
    const message = sampleMessage(source, 3, {
      atS: 1_800_000_000.5,
      importWh: 2n ** 48n - 1n,
      exportWh: 0n,
      activePowerW: -1500.5,
      serialNumber: "4000000001",
    });
    expect(message).to.deep.equal({
      topic: `${BASE}/meter/3`,
      payload:
        '{"time":"2027-01-15T08:00:00.500Z","importWh":281474976710655,"exportWh":0,' +
        '"activePowerW":-1500.5,"serialNumber":"4000000001"}',
      retain: false,
    });
  });

  it("say null for what a meter does not show", () => {
    const { payload } = sampleMessage(source, 3, {
      atS: 0,
      importWh: 1n,
      exportWh: 2n,
      activePowerW: undefined,
      serialNumber: undefined,
    });
    expect(JSON.parse(payload)).to.include({ activePowerW: null, serialNumber: null });
  });

  it("say null for counters that are not believed, and the power that flows", () => {
    const { payload } = sampleMessage(source, 3, {
      ...{ atS: 0, importWh: undefined, exportWh: undefined },
      ...{ activePowerW: 7, serialNumber: undefined },
    });
    expect(JSON.parse(payload)).to.include({ importWh: null, exportWh: null, activePowerW: 7 });
  });

  it("say whether the gateway runs, also to who comes later", () => {
    const topic = `${BASE}/availability`;
    expect(availabilityMessage(source, true)).to.deep.equal({
      topic,
      payload: "online",
      retain: true,
    });
    expect(availabilityMessage(source, false).payload).to.equal("offline");
  });

  it("tell Home Assistant what each value is", () => {
    const messages = discoveryMessages(
      source,
      { participant: 3, profile: "schneider-iem3155" },
      { intervalS: 2.5, version: "0.1.0" },
    );
    const configs = messages.map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    const device = "sealwatt_0x70997970c51812dc3a010c7d01b50e0d17dc79c8_3";
    expect(messages.map(({ topic }) => topic)).to.deep.equal(
      ["importWh", "exportWh", "activePowerW"].map(
        (field) => `homeassistant/sensor/${device}/${field}/config`,
      ),
    );
    expect(messages.every(({ retain }) => retain)).to.be.true;
    expect(configs[0]).to.deep.equal({
      name: "Energy import",
      unique_id: `${device}_importWh`,
      state_topic: `${BASE}/meter/3`,
      value_template: "{{ value_json.importWh }}",
      device_class: "energy",
      state_class: "total_increasing",
      unit_of_measurement: "Wh",
      availability_topic: `${BASE}/availability`,
      payload_available: "online",
      payload_not_available: "offline",
      expire_after: 8,
      device: {
        identifiers: [device],
        name: "Meter of participant 3",
        model: "schneider-iem3155",
      },
      origin: { name: "Sealwatt", sw_version: "0.1.0" },
    });
    expect(configs[2]).to.include({
      device_class: "power",
      state_class: "measurement",
      unit_of_measurement: "W",
    });
    expect(new Set(configs.map((config) => config.unique_id)).size).to.equal(3);
  });
});
