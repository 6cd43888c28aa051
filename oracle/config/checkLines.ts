import { BaseError } from "../../sdk/errors.ts";
import { suggestNames } from "../../sdk/nearNames.ts";
import { MeterAddressError, parseMeterAddress } from "../dlt645/address.ts";
import { isUnitOf, misplacedUnit } from "../modbus/unitRange.ts";
import type { DeviceProfile } from "../profiles/deviceProfile.ts";
import { loadDeviceProfile, profileNames } from "../profiles/loadDeviceProfile.ts";
import type { ConfigNode } from "./configNode.ts";
import type { Draft } from "./field.ts";
import { familyOf, portOf, SUNSPEC } from "./lines.ts";
import type { LineEntry, MeterEntry } from "./shape.ts";

const TCP_KEYS = ["host", "port"] as const;
const SERIAL_KEYS = ["serial", "baudRate", "parity", "dataBits", "stopBits"] as const;

/** Reports the second of two things that must differ. */
class Once {
  readonly #first = new Map<string | number, ConfigNode>();

  /** @param what the value in the message's words */
  take(value: string | number | undefined, node: ConfigNode, what: string, fix: string): void {
    if (value === undefined) return;
    const first = this.#first.get(value);
    if (first === undefined) this.#first.set(value, node);
    else node.report(`${node.path} is ${what}, as ${first.path} in line ${first.line}.`, fix);
  }
}

/** Reports what does not fit together in lines and meters. */
export class LineChecks {
  readonly #participants = new Once();
  readonly #names = new Once();
  readonly #ports = new Once();
  readonly #profileNames = profileNames();
  readonly #profiles = new Map<string, DeviceProfile>();

  /** The profile of a name; undefined where there is none, and for SunSpec. */
  profile(name: string | undefined): DeviceProfile | undefined {
    if (name === undefined || !this.#profileNames.includes(name)) return undefined;
    const profile =
      this.#profiles.get(name) ?? loadDeviceProfile(name, { allowExperimental: true });
    this.#profiles.set(name, profile);
    return profile;
  }

  check(line: Draft<LineEntry>, node: ConfigNode): void {
    this.#checkPort(line, node);
    this.#names.take(
      line.name,
      node.child("name"),
      `the name ${line.name}`,
      "Give each line a name of its own.",
    );
    const devices = new Once();
    for (const [index, meter] of (line.meters ?? []).entries()) {
      if (meter === undefined) continue;
      const meterNode = node.at("meters", index);
      this.#participants.take(
        meter.participant,
        meterNode.child("participant"),
        `${meter.participant}`,
        "Correct one of them: a participant has one meter.",
      );
      if (line.protocol !== undefined) {
        this.#checkDevice(line.protocol, meter, meterNode, devices);
        this.#checkProfile(line.protocol, meter, meterNode);
      }
    }
  }

  #checkPort(line: Draft<LineEntry>, node: ConfigNode): void {
    const { protocol } = line;
    if (protocol === undefined) return;
    const hasHost = node.child("host").isGiven;
    const hasSerial = node.child("serial").isGiven;
    const mayBeSerial = protocol === "modbus-rtu" || protocol === "dlt645";
    const mayBeTcp = protocol !== "modbus-rtu";
    const isSerial = mayBeSerial && (hasSerial || !mayBeTcp);
    for (const key of isSerial ? TCP_KEYS : SERIAL_KEYS) {
      const child = node.child(key);
      if (!child.isGiven) continue;
      const [owner, fix] = isSerial
        ? ["TCP", hasHost && mayBeTcp ? "Give host or serial, not both." : "Remove it."]
        : ["a serial port", "Remove it, or correct the protocol."];
      child.report(`${child.path} belongs to ${owner}, not to this line.`, fix);
    }
    if (isSerial) {
      if (!hasSerial) {
        node.report(
          `${node.child("serial").path} is missing.`,
          "Give the path of a serial port, such as /dev/ttyUSB0.",
        );
      }
      this.#takePort(line.serial, line.serial, node.child("serial"));
      return;
    }
    if (!hasHost) {
      node.report(
        `${node.child("host").path} is missing.`,
        mayBeSerial ? "Give a host and a port, or serial." : "Give a host name or an IP address.",
      );
    } else if (!node.child("port").isGiven && portOf({ protocol }) === undefined) {
      node.report(
        `${node.child("port").path} is missing.`,
        `Give the converter's port: there is no usual one for ${protocol}.`,
      );
    }
    const port = node.child("port").isGiven ? line.port : portOf({ protocol });
    if (line.host !== undefined && port !== undefined) {
      const where = `${line.host}:${port}`;
      this.#takePort(where.toLowerCase(), where, node.child("host"));
    }
  }

  #takePort(key: string | undefined, where: string | undefined, node: ConfigNode): void {
    this.#ports.take(key, node, `${where}`, "List all meters of one connection under one line.");
  }

  #checkDevice(
    protocol: LineEntry["protocol"],
    { unit, address }: Draft<MeterEntry>,
    node: ConfigNode,
    devices: Once,
  ): void {
    const isModbus = familyOf(protocol) === "modbus";
    const [key, other] = isModbus ? (["unit", "address"] as const) : (["address", "unit"] as const);
    const child = node.child(key);
    if (!child.isGiven) {
      child.report(
        `${child.path} is missing.`,
        isModbus
          ? "Give the device's Modbus unit, a whole number from 1 to 247."
          : "Give the twelve digits on the meter's nameplate, in quotes.",
      );
    }
    const otherNode = node.child(other);
    if (otherNode.isGiven) {
      otherNode.report(`${otherNode.path} is not for ${protocol}.`, `Remove it and give ${key}.`);
    }
    if (isModbus) {
      if (unit !== undefined && !isUnitOf(protocol, unit)) {
        const { why, fix } = misplacedUnit(protocol, unit);
        child.report(`${child.path}: ${why}`, fix);
      }
      devices.take(unit, child, `${unit}`, "Correct one of them: each device has its own unit.");
    } else if (address !== undefined) {
      try {
        const fix = "Correct one of them: each meter has its own address.";
        devices.take(parseMeterAddress(address), child, address, fix);
      } catch (error) {
        if (!(error instanceof MeterAddressError)) throw error;
        child.report(`${child.path}: ${error.shortMessage}`, error.metaMessages.join(" "));
      }
    }
  }

  #checkProfile(protocol: LineEntry["protocol"], meter: Draft<MeterEntry>, node: ConfigNode): void {
    const { profile: name, allowExperimental = false, switchable } = meter;
    if (name === undefined) return;
    const child = node.child("profile");
    const profile = this.profile(name);
    if (profile === undefined && name !== SUNSPEC) {
      child.report(
        `${child.path} is ${child.shown}, which is no device profile.`,
        suggestNames(name, [...this.#profileNames, SUNSPEC], "profiles"),
      );
      return;
    }
    const family = profile?.protocol ?? "modbus";
    if (family !== familyOf(protocol)) {
      const speaks = family === "modbus" ? "Modbus" : "DL/T 645";
      child.report(
        `${child.path} is ${name}, a device that speaks ${speaks}, on a line with ${protocol}.`,
        "Correct the profile, or the line's protocol.",
      );
    } else {
      checkSwitch(name, profile, switchable, node);
    }
    if (profile?.experimental !== true || allowExperimental) return;
    try {
      loadDeviceProfile(name);
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      child.report(`${child.path}: ${error.shortMessage}`, error.metaMessages.join(" "));
    }
  }
}

/** Whether there is one thing to switch, and somebody may. */
function checkSwitch(
  name: string,
  profile: DeviceProfile | undefined,
  switchable: boolean | undefined,
  node: ConfigNode,
): void {
  const switchNode = node.child("switch");
  const switchableNode = node.child("switchable");
  if (switchNode.isGiven) {
    if (profile?.protocol !== "modbus") {
      switchNode.report(
        `${switchNode.path} is not for ${name}.`,
        "Remove it: it is for devices with a Modbus profile.",
      );
    } else if (profile.switch !== undefined) {
      switchNode.report(`${switchNode.path} is known of ${name}.`, "Remove it.");
    } else if (switchable === false) {
      switchNode.report(
        `${switchNode.path} is given, and the meter is not switchable.`,
        "Remove it, or set switchable: true so that operators may switch it.",
      );
    }
  } else if (switchable === true && !hasSwitch(profile)) {
    const isModbus = profile?.protocol === "modbus";
    switchableNode.report(
      `${switchableNode.path} is true, but no switch is known of ${name}.`,
      isModbus ? "Remove it, or add switch with its coil: switch: { coil: 0 }." : "Remove it.",
    );
  }
}

/** Every DL/T 645 meter may have a relay; of others the profile tells. */
function hasSwitch(profile: DeviceProfile | undefined): boolean {
  return profile !== undefined && (profile.protocol === "dlt645" || profile.switch !== undefined);
}
