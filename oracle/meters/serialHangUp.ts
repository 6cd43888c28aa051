import { read as readBytes } from "node:fs";
import { promisify } from "node:util";
import type { SerialPort } from "serialport";

/** What is used of the library's binding on Linux and macOS. */
interface Binding {
  isOpen: boolean;
  fd: number | null;
  poller?: { once(event: "readable", listener: (error: Error | null) => void): void };
  read(
    buffer: Buffer,
    offset: number,
    length: number,
  ): Promise<{ bytesRead: number; buffer: Buffer }>;
}

const readFile = promisify(readBytes);
const NOTHING_YET: ReadonlySet<unknown> = new Set(["EAGAIN", "EWOULDBLOCK", "EINTR"]);

/**
 * Makes an open port fail when it has hung up. Where that happens between two reads, a read gives no bytes, for ever,
 * and the library reads again at once: a full core, and memory that grows without end.
 */
export function failOnHangUp(port: SerialPort): void {
  const binding = port.port as unknown as Binding | undefined;
  if (binding?.poller === undefined) return;
  binding.read = async (buffer, offset, length) => {
    for (;;) {
      if (binding.fd === null) throw closed();
      try {
        const { bytesRead } = await readFile(binding.fd, buffer, offset, length, null);
        if (bytesRead > 0) return { bytesRead, buffer };
        throw Object.assign(new Error("The port has hung up."), { disconnect: true });
      } catch (error) {
        if (!NOTHING_YET.has((error as NodeJS.ErrnoException).code)) throw error;
      }
      // It may have been closed meanwhile; a poller that is gone must not be asked: it crashes the process.
      const { isOpen, poller } = binding;
      if (!isOpen || poller === undefined) throw closed();
      await new Promise<void>((resolve, reject) => {
        poller.once("readable", (error) => (error === null ? resolve() : reject(error)));
      });
    }
  };
}

/** As the library says it, so that a read that ends with the port is no fault. */
function closed(): Error {
  return Object.assign(new Error("Port is not open"), { canceled: true });
}
