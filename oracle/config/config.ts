import type { Secret } from "./secret.ts";

/** How a line speaks with its devices. */
export type LineProtocol = "modbus-tcp" | "modbus-rtu" | "modbus-rtu-over-tcp" | "dlt645";

/** A serial port; what is not given comes from the first device's profile. */
export interface SerialPortConfig {
  kind: "serial";
  path: string;
  baudRate: number;
  parity: "none" | "even" | "odd";
  dataBits: 7 | 8;
  stopBits: 1 | 2;
}

export interface TcpConfig {
  kind: "tcp";
  host: string;
  port: number;
}

/** A meter on a line. */
export interface MeterConfig {
  /** Account number in the market of the participant whose meter it is. */
  participant: number;
  /** Name of a device profile, or `sunspec`. */
  profile: string;
  /** Profiles that rest on one source alone are taken only where this is set. */
  allowExperimental: boolean;
  /** Modbus unit, 1 to 247; on modbus-tcp also 0 and 255. */
  unit: number | undefined;
  /** DL/T 645 address of 12 digits. */
  address: string | undefined;
  /** What the device must answer; that of the market's binding unless given. `false`: the device tells none. */
  serialNumber: string | false | undefined;
  /** True where an operator may switch its relay or coil. */
  switchable: boolean;
  /** The coil that switches it, where its profile knows of none; Modbus alone. */
  switch?: { coil: number } | undefined;
  /** Line in the configuration file, for messages. */
  line: number;
}

/** A TCP connection or serial bus with its meters. */
export interface LineConfig {
  name: string;
  protocol: LineProtocol;
  port: TcpConfig | SerialPortConfig;
  /** Without an answer for this long a request has failed. */
  replyTimeoutMs: number;
  meters: MeterConfig[];
}

export type KeyConfig =
  { kind: "keystore"; path: string; password: Secret } | { kind: "file"; path: string };

/** The whole configuration of one gateway; `docs/operations/oracle.yaml` is annotated. */
export interface OracleConfig {
  /** Absolute path of the file; relative paths in it are relative to its folder. */
  file: string;
  market: {
    market: string;
    registry: string;
    chainId: bigint;
    /** JSON-RPC URLs, the first is asked first. They may hold a token and are secrets. */
    rpc: Secret[];
  };
  /** The gateway's key: it signs readings and pays for its transactions. */
  key: KeyConfig;
  store: {
    path: string;
    /** Final readings are kept at least this long. */
    keepDays: number;
  };
  reading: {
    /** Seconds between live samples; a reading at the end of each period is taken besides. */
    intervalS: number;
    /** Tries in a row where a value looks like one bad read. */
    attempts: number;
  };
  sending: {
    /** Blocks on top until a reading is final. */
    confirmations: number;
    /** The most that a transaction may pay for a unit of gas. */
    maxFeePerGas: bigint;
  };
  /** Where health, metrics and the operator's commands are served; undefined: nowhere. */
  http: { host: string; port: number } | undefined;
  mqtt:
    | {
        url: Secret;
        username: string | undefined;
        password: Secret | undefined;
        topic: string;
        homeAssistant: boolean;
      }
    | undefined;
  /** Addresses whose signed commands are obeyed. */
  operators: string[];
  /** Password and operator code of DL/T 645 relays, 8 digits each. */
  relay: { password: Secret; operatorCode: Secret } | undefined;
  lines: LineConfig[];
}
