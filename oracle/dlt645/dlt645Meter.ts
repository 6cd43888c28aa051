import { MeterError, type Meter, type MeterSample } from "../meters/meter.ts";
import { recorded, type ReadRecord } from "../meters/readRecord.ts";
import type { Dlt645Profile, Quantity } from "../profiles/deviceProfile.ts";
import type { Dlt645Bus } from "./dlt645Bus.ts";
import { findIdentifier } from "./identifiers.ts";
import { readIdentifier } from "./readIdentifier.ts";
import { checkRelayCredentials, commandRelay, type RelayCredentials } from "./relay.ts";
import { decodeNumber, decodeValues, type ValueFormat } from "./values.ts";

/** A DL/T 645 meter on a line. */
export class Dlt645Meter implements Meter {
  readonly where: string;
  /** Present where there are credentials for it. */
  declare readonly switch?: (on: boolean, signal?: AbortSignal) => Promise<void>;
  readonly #bus: Dlt645Bus;
  readonly #profile: Dlt645Profile;
  readonly #address: string;

  /** @throws RelayCredentialsError */
  constructor(
    bus: Dlt645Bus,
    profile: Dlt645Profile,
    address: string,
    relay: RelayCredentials | undefined,
  ) {
    this.#bus = bus;
    this.#profile = profile;
    this.#address = address;
    this.where = `${bus.where} address ${address}`;
    if (relay !== undefined) {
      checkRelayCredentials(relay);
      this.switch = (on, signal) =>
        bus.inTurn(() => commandRelay(bus, address, on ? "close" : "trip", relay, signal), signal);
    }
  }

  /** Reads all quantities in one turn, so that little time lies between import and export. */
  read(signal?: AbortSignal): Promise<MeterSample> {
    const readAll = (record: ReadRecord) => async (): Promise<MeterSample> => {
      const importWh = await this.#energyWh("importEnergyWh", record, signal);
      const exportWh = await this.#energyWh("exportEnergyWh", record, signal);
      const power = await this.#optional("activePowerW", record, signal);
      const serialNumber = (await this.#optional("serialNumber", record, signal))?.text;
      const activePowerW = power === undefined ? undefined : toWatt(power);
      return { importWh, exportWh, activePowerW, serialNumber, raw: record.raw };
    };
    return recorded((record) => this.#bus.inTurn(readAll(record), signal));
  }

  async #energyWh(
    quantity: "importEnergyWh" | "exportEnergyWh",
    record: ReadRecord,
    signal: AbortSignal | undefined,
  ): Promise<bigint> {
    const { identifier } = this.#profile.identifiers[quantity];
    const { format, value, hex, text, fault } = await this.#read(
      quantity,
      identifier,
      record,
      signal,
    );
    if (format.kind !== "number" || text === undefined) {
      const what = `${quantity} (di ${identifier})`;
      throw new MeterError(
        fault?.failure ?? "absent",
        fault === undefined
          ? `${this.where} has no value for ${what}.`
          : `${this.where} has no usable value for ${what}: ${fault.shortMessage}`,
        {
          hex,
          metaMessages: [
            "Look at the meter's display. Where it shows the energy, the profile may be of another device.",
          ],
        },
      );
    }
    // Rounds down; the meters' two decimals are whole Wh.
    return (decodeNumber(format, value)! * 1000n) / 10n ** BigInt(format.decimals);
  }

  /** What a device does not have it refuses, marks as absent or fills with what is no value: its energies count still. */
  async #optional(
    quantity: "activePowerW" | "serialNumber",
    record: ReadRecord,
    signal: AbortSignal | undefined,
  ): Promise<IdentifierReading | undefined> {
    const spec = this.#profile.identifiers[quantity];
    if (spec === undefined) return undefined;
    try {
      return await this.#read(quantity, spec.identifier, record, signal);
    } catch (error) {
      if (error instanceof MeterError && error.failure === "refused") return undefined;
      throw error;
    }
  }

  async #read(
    quantity: Quantity,
    identifier: string,
    record: ReadRecord,
    signal: AbortSignal | undefined,
  ): Promise<IdentifierReading> {
    const known = findIdentifier(identifier);
    if (known === undefined)
      throw new TypeError(`The profile ${this.#profile.name} names the unknown ${identifier}.`);
    const { format } = known;
    const { value, hex } = await readIdentifier(this.#bus, this.#address, identifier, {
      signal,
      record,
    });
    const { text, fault } = decode(format, value);
    record.raw.push({
      quantity,
      source: `di ${identifier}`,
      hex,
      value: fault === undefined ? describe(format, text) : `unusable: ${fault.shortMessage}`,
    });
    return { format, value, hex, text, fault };
  }
}

/** What a meter gave for an identifier, and what it says. */
interface IdentifierReading {
  format: ValueFormat;
  value: Uint8Array;
  hex: string;
  /** Undefined where the meter has no value now. */
  text: string | undefined;
  /** Why the value cannot be used. */
  fault: MeterError | undefined;
}

function decode(format: ValueFormat, bytes: Uint8Array): Pick<IdentifierReading, "text" | "fault"> {
  try {
    return { text: decodeValues(format, bytes)[0], fault: undefined };
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    return { text: undefined, fault: error };
  }
}

function toWatt({ format, value, text }: IdentifierReading): number | undefined {
  if (format.kind !== "number" || text === undefined) return undefined;
  return Number(decodeNumber(format, value)!) / (10 ** format.decimals / 1000);
}

function describe(format: ValueFormat, text = "absent"): string {
  return format.kind === "number" ? `${text} ${format.unit}`.trim() : text;
}
