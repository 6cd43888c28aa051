import type { LiveSample } from "./gatewayView.ts";

/** A message as it is handed to the broker. */
export interface MqttMessage {
  topic: string;
  payload: string;
  retain: boolean;
}

/** A meter whose live values are published. */
export interface MqttMeter {
  participant: number;
  profile: string;
}

/** Whose values they are. */
export interface MqttSource {
  /** What topics begin with. */
  topic: string;
  /** The gateway's address; several gateways may share a broker. */
  gateway: string;
}

const ONLINE = "online";
const OFFLINE = "offline";
/** Where Home Assistant looks for devices unless it is told otherwise. */
const DISCOVERY_PREFIX = "homeassistant";
/** A value that has not come for this many intervals is not shown any more. */
const EXPIRY_INTERVALS = 3;

const baseTopic = ({ topic, gateway }: MqttSource) => `${topic}/${gateway.toLowerCase()}`;
const availabilityTopic = (source: MqttSource) => `${baseTopic(source)}/availability`;
const meterTopic = (source: MqttSource, participant: number) =>
  `${baseTopic(source)}/meter/${participant}`;

/** Whether the gateway runs. Retained, so that who subscribes later knows too. */
export function availabilityMessage(source: MqttSource, online: boolean): MqttMessage {
  return { topic: availabilityTopic(source), payload: online ? ONLINE : OFFLINE, retain: true };
}

/**
 * Live values of a meter. Not retained: after a failure the broker would go on to hand out an old value as if it were
 * live, and the next comes within an interval anyway.
 */
export function sampleMessage(
  source: MqttSource,
  participant: number,
  { atS, importWh, exportWh, activePowerW, serialNumber }: LiveSample,
): MqttMessage {
  const payload = JSON.stringify({
    time: new Date(atS * 1000).toISOString(),
    importWh: importWh === undefined ? null : exactNumber(importWh),
    exportWh: exportWh === undefined ? null : exactNumber(exportWh),
    activePowerW: activePowerW ?? null,
    serialNumber: serialNumber ?? null,
  });
  return { topic: meterTopic(source, participant), payload, retain: false };
}

/** Exact: the market's registers end at 2^48. */
const exactNumber = (valueWh: bigint) => Number(valueWh);

interface Sensor {
  field: "importWh" | "exportWh" | "activePowerW";
  name: string;
  deviceClass: "energy" | "power";
  stateClass: "total_increasing" | "measurement";
  unit: "Wh" | "W";
}

const SENSORS: readonly Sensor[] = [
  {
    field: "importWh",
    name: "Energy import",
    deviceClass: "energy",
    stateClass: "total_increasing",
    unit: "Wh",
  },
  {
    field: "exportWh",
    name: "Energy export",
    deviceClass: "energy",
    stateClass: "total_increasing",
    unit: "Wh",
  },
  {
    field: "activePowerW",
    name: "Power",
    deviceClass: "power",
    stateClass: "measurement",
    unit: "W",
  },
];

/** How Home Assistant finds a meter and what each of its values is. Retained, as it asks for. */
export function discoveryMessages(
  source: MqttSource,
  { participant, profile }: MqttMeter,
  { intervalS, version }: { intervalS: number; version: string },
): MqttMessage[] {
  const device = `sealwatt_${source.gateway.toLowerCase()}_${participant}`;
  return SENSORS.map(({ field, name, deviceClass, stateClass, unit }) => ({
    topic: `${DISCOVERY_PREFIX}/sensor/${device}/${field}/config`,
    payload: JSON.stringify({
      name,
      unique_id: `${device}_${field}`,
      state_topic: meterTopic(source, participant),
      value_template: `{{ value_json.${field} }}`,
      device_class: deviceClass,
      state_class: stateClass,
      unit_of_measurement: unit,
      availability_topic: availabilityTopic(source),
      payload_available: ONLINE,
      payload_not_available: OFFLINE,
      expire_after: Math.ceil(EXPIRY_INTERVALS * intervalS),
      device: {
        identifiers: [device],
        name: `Meter of participant ${participant}`,
        model: profile,
      },
      origin: { name: "Sealwatt", sw_version: version },
    }),
    retain: true,
  }));
}
