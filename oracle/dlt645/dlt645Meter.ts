import { MeterError, type Meter, type MeterSample, type RawValue } from "../meters/meter.ts";
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
    return this.#bus.inTurn(async () => {
      const raw: RawValue[] = [];
      const importWh = await this.#energyWh("importEnergyWh", raw, signal);
      const exportWh = await this.#energyWh("exportEnergyWh", raw, signal);
      const power = await this.#optional("activePowerW", raw, signal);
      const serial = await this.#optional("serialNumber", raw, signal);
      const activePowerW = power === undefined ? undefined : toWatt(power.format, power.value);
      const serialNumber =
        serial === undefined ? undefined : decodeValues(serial.format, serial.value)[0];
      return { importWh, exportWh, activePowerW, serialNumber, raw };
    }, signal);
  }

  async #energyWh(
    quantity: "importEnergyWh" | "exportEnergyWh",
    raw: RawValue[],
    signal: AbortSignal | undefined,
  ): Promise<bigint> {
    const { identifier } = this.#profile.identifiers[quantity];
    const { format, value, hex } = await this.#read(quantity, identifier, raw, signal);
    const scaled = format.kind === "number" ? decodeNumber(format, value) : undefined;
    if (format.kind !== "number" || scaled === undefined)
      throw new MeterError("absent", `${this.where} has no value for ${quantity}.`, { hex });
    // Rounds down; the meters' two decimals are whole Wh.
    return (scaled * 1000n) / 10n ** BigInt(format.decimals);
  }

  /** What a device does not have it refuses, or marks as absent. */
  async #optional(
    quantity: "activePowerW" | "serialNumber",
    raw: RawValue[],
    signal: AbortSignal | undefined,
  ): Promise<{ format: ValueFormat; value: Uint8Array } | undefined> {
    const spec = this.#profile.identifiers[quantity];
    if (spec === undefined) return undefined;
    try {
      return await this.#read(quantity, spec.identifier, raw, signal);
    } catch (error) {
      if (error instanceof MeterError && error.failure === "refused") return undefined;
      throw error;
    }
  }

  async #read(
    quantity: Quantity,
    identifier: string,
    raw: RawValue[],
    signal: AbortSignal | undefined,
  ): Promise<{ format: ValueFormat; value: Uint8Array; hex: string }> {
    const known = findIdentifier(identifier);
    if (known === undefined)
      throw new TypeError(`The profile ${this.#profile.name} names the unknown ${identifier}.`);
    const { format } = known;
    const { value, hex } = await readIdentifier(this.#bus, this.#address, identifier, { signal });
    raw.push({ quantity, source: `di ${identifier}`, hex, value: describe(format, value) });
    return { format, value, hex };
  }
}

function toWatt(format: ValueFormat, bytes: Uint8Array): number | undefined {
  if (format.kind !== "number") return undefined;
  const scaled = decodeNumber(format, bytes);
  return scaled === undefined ? undefined : Number(scaled) / (10 ** format.decimals / 1000);
}

function describe(format: ValueFormat, bytes: Uint8Array): string {
  const [text = "absent"] = decodeValues(format, bytes);
  return format.kind === "number" ? `${text} ${format.unit}`.trim() : text;
}
