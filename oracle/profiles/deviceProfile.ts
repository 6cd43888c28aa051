/** How a register's words are read; within a word the high byte is always first. */
export type RegisterType =
  "int16" | "uint16" | "int32" | "uint32" | "int64" | "uint64" | "float32" | "float64" | "string";

/** 16-bit registers that a number takes. */
const WORDS: Record<Exclude<RegisterType, "string">, number> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
};

/** Who says so. */
interface Sourced {
  sources: string[];
  /** Said where fewer than two sources agree. */
  confidence?: string;
}

/** Where a device keeps one quantity. */
export interface RegisterSpec extends Sourced {
  functionCode: 3 | 4;
  /** As on the wire, from 0. */
  address: number;
  type: RegisterType;
  /** Registers of a string; numbers take what their type says. */
  words?: number;
  wordOrder: "high-first" | "low-first";
  /** What the scaled value counts: `Wh`, `kWh`, `W`, `kW`, or nothing for a serial number. */
  unit: "Wh" | "kWh" | "W" | "kW" | "";
  /** What one step of the raw value is worth, as an exact decimal: `0.01`. */
  scale: string;
  /** Raw values that mean "not available", as hex of the value, high word first. NaN always means it. */
  absent?: string[];
}

/** A coil or a holding register that switches the device's relay. */
export interface SwitchSpec extends Sourced {
  kind: "coil" | "holding";
  address: number;
  /** What a holding register takes; a coil takes on and off. */
  on?: number;
  off?: number;
}

/** A text by which a device of the profile is known. */
export interface IdentitySpec extends Sourced {
  functionCode: 3 | 4;
  address: number;
  words: number;
  startsWith: string[];
}

/** Serial settings as the device leaves the factory. */
export interface SerialDefaults {
  baudRate: number;
  parity: "none" | "even" | "odd";
  dataBits: 7 | 8;
  stopBits: 1 | 2;
}

/** What a meter may show, in the unit in which a sample has it. */
export const ENERGIES = ["importEnergyWh", "exportEnergyWh"] as const;
export const QUANTITIES = [...ENERGIES, "activePowerW", "serialNumber"] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** One entry a quantity: both energies always, the others where the device has them. */
export type PerQuantity<T> = Record<(typeof ENERGIES)[number], T> &
  Partial<Record<"activePowerW" | "serialNumber", T>>;

/** What is known of a device, as data: see the files beside this one. */
interface ProfileFacts {
  name: string;
  vendor: string;
  model: string;
  /** True where the energies rest on one source, or sources disagree; the notes say on what. */
  experimental: boolean;
  notes: string[];
  serial: SerialDefaults;
  /** Where the energy counters begin again at 0, in whole Wh, where that is known. */
  counterWrapWh?: string;
  /** The sources by the short names that the registers use. */
  sources: Record<string, string>;
}

export interface ModbusProfile extends ProfileFacts {
  protocol: "modbus";
  unit: number;
  registers: PerQuantity<RegisterSpec>;
  switch?: SwitchSpec;
  identity?: IdentitySpec;
  /** Silence that the device needs on a bus where another was asked before. */
  pauseMsAfterUnitChange?: number;
}

/** Where a DL/T 645 device keeps one quantity. */
export interface IdentifierSpec extends Sourced {
  /** Eight hex digits, DI3 first: `00010000`. */
  identifier: string;
}

export interface Dlt645Profile extends ProfileFacts {
  protocol: "dlt645";
  identifiers: PerQuantity<IdentifierSpec>;
}

export type DeviceProfile = ModbusProfile | Dlt645Profile;

/** The number of 16-bit registers of a quantity. */
export function wordsOf({ type, words }: Pick<RegisterSpec, "type" | "words">): number {
  if (type !== "string") return WORDS[type];
  if (words === undefined) throw new TypeError("A string register tells its number of words.");
  return words;
}
