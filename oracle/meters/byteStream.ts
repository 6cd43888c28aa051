import { once } from "node:events";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { SerialPort } from "serialport";
import type { SerialPortConfig, TcpConfig } from "../config/config.ts";
import { MeterError } from "./meter.ts";
import { failOnHangUp } from "./serialHangUp.ts";

/** Where the bytes of a line come from. */
export type BytePort = TcpConfig | SerialPortConfig;

/** A serial adapter that was pulled out may keep its port from closing. */
const CLOSE_MS = 500;

const CAUSES: [RegExp, string][] = [
  [/ECONNREFUSED/, "nothing listens there: check the address, and that the meter is on"],
  [/ECONNRESET|EPIPE/, "the other side closed the connection"],
  [/EHOSTUNREACH|ENETUNREACH/, "there is no way to the host"],
  [/ETIMEDOUT/, "nobody answered in time"],
  [/ENOTFOUND|EAI_AGAIN/, "the name has no address"],
  [/No such file|ENOENT/i, "there is no such port: plug the adapter in, or correct the path"],
  [/Permission denied|EACCES/i, "this user may not open it: add the user to the group of the port"],
  [/lock port|busy|EBUSY/i, "another program has it open"],
];

/** A port as messages show it: `10.0.0.7:502`, `/dev/ttyUSB0`. */
export function describePort(port: BytePort): string {
  return port.kind === "serial" ? port.path : `${port.host}:${port.port}`;
}

/** Why a port cannot be used, in words. */
export function unreachable(port: BytePort, cause: unknown): MeterError {
  const { message, code } = cause as { message?: string; code?: string };
  const text = `${code ?? ""} ${message ?? String(cause)}`;
  const why = CAUSES.find(([pattern]) => pattern.test(text))?.[1];
  return new MeterError(
    "unreachable",
    `${describePort(port)} cannot be reached: ${why ?? message ?? String(cause)}.`,
    { cause, ...(why === undefined ? {} : { details: text.trim() }) },
  );
}

/**
 * Opens a connection or a serial port. The stream's errors after that are the caller's.
 * @param timeoutMs the whole time it may take, the search for the name included
 * @throws MeterError "unreachable"
 */
export async function openStream(
  port: BytePort,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<Duplex> {
  signal?.throwIfAborted();
  const stream =
    port.kind === "serial" ? await serialPort(port) : connect({ ...port, noDelay: true });
  const opened = port.kind === "serial" ? "open" : "connect";
  // An error event that nobody hears would end the process.
  stream.on("error", () => undefined);
  const limit = AbortSignal.timeout(timeoutMs);
  const given = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    await Promise.race([once(stream, opened, { signal: given }), closed(stream, given)]);
    if (isSerialPort(stream)) failOnHangUp(stream);
    return stream;
  } catch (error) {
    void closeStream(stream);
    signal?.throwIfAborted();
    throw unreachable(port, limit.aborted ? { code: "ETIMEDOUT" } : error);
  }
}

async function closed(stream: Duplex, signal: AbortSignal): Promise<never> {
  await once(stream, "close", { signal });
  throw new Error("it was closed at once");
}

/** Ends a stream; soon, whatever the other side does. */
export async function closeStream(stream: Duplex): Promise<void> {
  if (!isSerialPort(stream)) {
    stream.destroy();
    return;
  }
  // A port that is still opening can only be closed once it is open.
  if (stream.opening) stream.once("open", () => stream.close(() => undefined));
  if (!stream.isOpen) return;
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    new Promise<void>((resolve) => stream.close(() => resolve())),
    new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS))),
  ]);
  clearTimeout(timer);
}

/** The package is loaded for those who have a serial line. */
function isSerialPort(stream: Duplex): stream is SerialPort {
  return "baudRate" in stream;
}

async function serialPort({
  path,
  baudRate,
  parity,
  dataBits,
  stopBits,
}: SerialPortConfig): Promise<SerialPort> {
  const { SerialPort } = await import("serialport");
  // `lock` keeps a second daemon off the bus; two masters would take each other's answers.
  const port = new SerialPort({
    path,
    baudRate,
    parity,
    dataBits,
    stopBits,
    lock: true,
    autoOpen: false,
  });
  port.open();
  return port;
}
