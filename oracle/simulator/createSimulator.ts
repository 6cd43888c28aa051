import { BaseError } from "../../sdk/errors.ts";
import type { LineProtocol, SerialPortConfig, TcpConfig } from "../config/config.ts";
import { MeterSimulator, type MeterSimulatorOptions } from "./meterSimulator.ts";
import { SerialLine } from "./ports/serialPort.ts";
import { TcpPort } from "./ports/tcpPort.ts";
import { Dlt645Protocol } from "./protocols/dlt645Protocol.ts";
import type { MeterProtocol } from "./protocols/meterProtocol.ts";
import { rtuFraming, tcpFraming } from "./protocols/modbusFramings.ts";
import { ModbusProtocol } from "./protocols/modbusProtocol.ts";

/** A simulator by the names that a configuration uses. */
export interface SimulatorSetup extends Omit<MeterSimulatorOptions, "port" | "protocol"> {
  protocol: LineProtocol;
  port: TcpConfig | SerialPortConfig;
}

/** A profile's device does not speak the protocol, or the protocol not over the port. */
export class UnsuitableProtocolError extends BaseError {
  override name = "UnsuitableProtocolError";
}

/** @throws UnsuitableProtocolError, DuplicateUnitError, UnsuitableFaultError */
export function createSimulator(setup: SimulatorSetup): MeterSimulator {
  const { protocol, port, nowS = () => Date.now() / 1000, ...rest } = setup;
  for (const { profile } of setup.units)
    if ((profile.protocol === "dlt645") !== (protocol === "dlt645"))
      throw new UnsuitableProtocolError(
        `The device of ${profile.name} does not speak ${protocol}.`,
        {
          metaMessages: [
            profile.protocol === "dlt645"
              ? "Its protocol is dlt645."
              : "Its protocol is modbus-tcp, modbus-rtu or modbus-rtu-over-tcp.",
          ],
        },
      );
  if (protocol !== "dlt645" && (port.kind === "serial") !== (protocol === "modbus-rtu"))
    throw new UnsuitableProtocolError(
      `${protocol} is not for a ${port.kind === "serial" ? "serial" : "TCP"} port.`,
      {
        metaMessages: [
          port.kind === "serial"
            ? "Take modbus-rtu."
            : "Name a serial port, or take modbus-tcp or modbus-rtu-over-tcp.",
        ],
      },
    );
  return new MeterSimulator({
    ...rest,
    nowS,
    port: port.kind === "serial" ? new SerialLine(port) : new TcpPort(port),
    protocol: protocolOf(protocol, nowS),
  });
}

function protocolOf(protocol: LineProtocol, nowS: () => number): MeterProtocol {
  if (protocol === "dlt645") return new Dlt645Protocol(nowS);
  return new ModbusProtocol(protocol === "modbus-tcp" ? tcpFraming : rtuFraming);
}
