import ModbusModule from "modbus-serial";
import type { ModbusRTU } from "modbus-serial/ModbusRTU.js";
import type { FramePort } from "./framePort.ts";
import type { ModbusRequest } from "./modbusRequest.ts";

// The package is CommonJS: its class is the default of its default.
const Modbus =
  (ModbusModule as unknown as { default?: typeof ModbusRTU }).default ??
  (ModbusModule as unknown as typeof ModbusRTU);

/**
 * A modbus-serial client on a port that is open. It waits for an answer for ever: its own time-out ignores one that lies
 * unread in the socket because this process was busy.
 */
export function clientOn(port: FramePort): ModbusRTU {
  const client = new Modbus(port);
  client.on("error", () => undefined);
  client.open();
  return client;
}

/**
 * Sends one request. The unit goes with it: `setID` would hold for all requests under way.
 * @returns the registers' bytes, or nothing for a write
 */
export function send(client: ModbusRTU, unit: number, request: ModbusRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // What the library reports need not be an Error; it is made one where the request is known.
    const settle = (error: unknown, result: object) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      if (error !== null) reject(error);
      else resolve("buffer" in result ? (result.buffer as Buffer) : Buffer.alloc(0));
    };
    if ("on" in request) client.writeFC5(unit, request.address, request.on, settle);
    else if ("value" in request) client.writeFC6(unit, request.address, request.value, settle);
    else if (request.functionCode === 3)
      client.writeFC3(unit, request.address, request.count, settle);
    else client.writeFC4(unit, request.address, request.count, settle);
  });
}
