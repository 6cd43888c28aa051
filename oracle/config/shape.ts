import {
  group,
  list,
  optional,
  required,
  withDefault,
  withDefaults,
  type FieldValue,
} from "./field.ts";
import {
  address,
  choice,
  filePath,
  flag,
  gwei,
  host,
  modbusUnit,
  serialNumber,
  text,
  wholeNumber,
} from "./scalarFields.ts";
import { secret, secretUrl } from "./secretFields.ts";

/** The largest number of an account on chain. */
const MAX_PARTICIPANT = 2 ** 24 - 1;
const port = wholeNumber(1, 65_535);
const EIGHT_DIGITS = /^\d{8}$/;

const meter = group({
  participant: required(
    wholeNumber(2, MAX_PARTICIPANT),
    "Account number in the market of the participant whose meter it is.",
  ),
  profile: required(
    text("the name of a device profile, or sunspec"),
    "Device profile, a name of oracle/profiles; sunspec finds the registers by SunSpec discovery.",
  ),
  unit: optional(
    modbusUnit,
    "Modbus unit of the device, 1 to 247; on modbus-tcp also 0 and 255. Modbus lines only.",
  ),
  address: optional(
    text("the twelve digits on the meter's nameplate", /^[^\p{Cc}]{1,200}$/u, "^[0-9A-Fa-f]{12}$"),
    "DL/T 645 address, the 12 digits on the nameplate, in quotes. DL/T 645 lines only.",
  ),
  serialNumber: optional(
    serialNumber,
    "Serial number that the device must answer; false: the device tells none. Default: that of the market's binding.",
  ),
  switchable: withDefault(flag, false, "Whether operators may switch its relay or coil."),
  switch: optional(
    group({
      coil: required(
        wholeNumber(0, 65_535),
        "Number of the coil as on the wire, from 0: on lets current through, off does not.",
      ),
    }),
    "What switches it, where its profile knows of nothing, such as a contactor at an output. Only with a Modbus profile, and switchable: true.",
  ),
  allowExperimental: withDefault(
    flag,
    false,
    "Takes a profile on which too few sources agree; compare a reading with the display first.",
  ),
});

const line = group({
  name: optional(
    text("a name of at most 64 characters", /^[^\p{Cc}]{1,64}$/u),
    "Name in logs and metrics. Default: the host and port, or the serial port.",
  ),
  protocol: required(
    choice("modbus-tcp", "modbus-rtu", "modbus-rtu-over-tcp", "dlt645"),
    "How the devices speak. modbus-rtu is serial; dlt645 is serial, or TCP behind a converter.",
  ),
  host: optional(host, "Host of a TCP line."),
  port: optional(port, "TCP port. Default: 502 for modbus-tcp; the others have none."),
  serial: optional(
    text("the path of a serial port, such as /dev/ttyUSB0", /^\/[^\p{Cc}]{1,200}$/u),
    "Serial port, best by /dev/serial/by-id, which does not change at a restart.",
  ),
  baudRate: optional(
    choice(300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400),
    "Bits a second. Default: as the first meter leaves the factory.",
  ),
  parity: optional(
    choice("none", "even", "odd"),
    "Default: as the first meter leaves the factory.",
  ),
  dataBits: optional(choice(7, 8), "Default: as the first meter leaves the factory."),
  stopBits: optional(choice(1, 2), "Default: as the first meter leaves the factory."),
  replyTimeoutMs: optional(
    wholeNumber(50, 60_000, " of milliseconds"),
    "Milliseconds without an answer after which a request has failed. Default: 1000, with dlt645 2000.",
  ),
  meters: required(list(meter, "the meters of this line", 1), "The meters on this line."),
});

/**
 * The configuration file: every key with what it takes, its default and what it is for. The loader and
 * `docs/schemas/oracle.schema.json` come from it.
 */
export const configFile = group({
  market: required(
    group({
      address: required(address, "Address of the market's contract, from its address book."),
      registry: required(address, "Address of the registry's contract, from the address book."),
      chainId: required(
        wholeNumber(1, Number.MAX_SAFE_INTEGER),
        "Chain id; a node of another chain is refused.",
      ),
      rpc: required(
        list(secretUrl("http:", "https:"), "JSON-RPC URLs", 1),
        "JSON-RPC URLs of nodes; the first is asked first. A token in one comes as ${NAME} from an environment variable.",
      ),
    }),
    "The market that the readings go to.",
  ),
  key: required(
    group(
      {
        keystore: optional(
          filePath,
          "Encrypted keystore (Ethereum JSON, version 3); `sealwatt oracle keygen` makes one.",
        ),
        password: optional(
          secret("the password of the keystore"),
          "Password of the keystore, as ${NAME} from an environment variable.",
        ),
        file: optional(
          filePath,
          "In place of a keystore: a file with the private key as 64 hexadecimal digits, of mode 0600.",
        ),
      },
      {
        expected: "keystore and password, or file",
        also: { oneOf: [{ required: ["keystore", "password"] }, { required: ["file"] }] },
      },
    ),
    "The gateway's key: it signs readings and pays for its transactions.",
  ),
  store: withDefaults(
    group({
      path: withDefault(
        filePath,
        "/var/lib/sealwatt/oracle.db",
        "File that keeps readings and transactions.",
      ),
      keepDays: withDefault(
        wholeNumber(1, 36_500, " of days"),
        400,
        "Days for which final readings are kept at least. Others are never deleted.",
      ),
    }),
    "What is kept on the disk.",
  ),
  reading: withDefaults(
    group({
      intervalS: withDefault(
        wholeNumber(1, 3600, " of seconds"),
        10,
        "Seconds between live samples. The end of each period is read besides.",
      ),
      attempts: withDefault(
        wholeNumber(1, 10),
        3,
        "Tries in a row where a value looks like one bad read.",
      ),
    }),
    "How meters are read.",
  ),
  sending: withDefaults(
    group({
      confirmations: withDefault(
        wholeNumber(0, 10_000, " of blocks"),
        12,
        "Blocks on top until a reading is final.",
      ),
      maxFeePerGasGwei: withDefault(
        gwei,
        100_000_000_000n,
        "The most that a transaction may pay for a unit of gas, in Gwei.",
        100,
      ),
    }),
    "How transactions are sent.",
  ),
  http: optional(
    group({
      host: withDefault(
        host,
        "127.0.0.1",
        "Address to listen at; others than loopback need operators.",
      ),
      port: withDefault(port, 9645, "Port to listen at."),
    }),
    "Where health, metrics and operators' commands are served. Default: nowhere.",
  ),
  mqtt: optional(
    group({
      url: required(
        secretUrl("mqtt:", "mqtts:", "ws:", "wss:"),
        "URL of the broker: mqtt://host:1883, mqtts://host:8883.",
      ),
      username: optional(text("a user name"), "User name at the broker."),
      password: optional(
        secret("the password at the broker"),
        "Password at the broker, as ${NAME} from an environment variable.",
      ),
      topic: withDefault(
        text(
          "a topic without + and #, such as sealwatt/home",
          /^(?![$/])[^\p{Cc}+#]{1,200}(?<!\/)$/u,
        ),
        "sealwatt",
        "Topics begin with this.",
      ),
      homeAssistant: withDefault(flag, false, "Announces the meters to Home Assistant."),
    }),
    "Where live values are published. Default: nowhere.",
  ),
  operators: withDefaults(
    list(address, "operators' addresses"),
    "Addresses whose signed commands are obeyed. Default: none.",
  ),
  relay: optional(
    group({
      password: required(
        secret("8 digits: the level and the password's 6 digits", EIGHT_DIGITS),
        "Password for relays: 2 digits of its level and 6 digits, as ${NAME} from an environment variable.",
      ),
      operatorCode: required(
        secret("8 digits", EIGHT_DIGITS),
        "Operator code for relays, 8 digits, as ${NAME} from an environment variable.",
      ),
    }),
    "How DL/T 645 meters let themselves be switched. Only with such a meter that is switchable.",
  ),
  lines: required(
    list(line, "lines, each with its meters", 1),
    "TCP connections and serial buses with their meters.",
  ),
});

/** The file's content, complete. */
export type ConfigFile = FieldValue<typeof configFile>;
export type LineEntry = ConfigFile["lines"][number];
export type MeterEntry = LineEntry["meters"][number];
