import type { Duplex } from "node:stream";
import type { SerialPortConfig } from "../../config/config.ts";
import { closeStream, openStream } from "../../meters/byteStream.ts";
import { MeterError } from "../../meters/meter.ts";
import { SimulatorPortError, type OnConnection, type SimulatorPort } from "./simulatorPort.ts";

const OPEN_MS = 5_000;
const GONE = { metaMessages: ["Plug the adapter in again, then start anew."] };

/** A serial port, on which there is one client that comes and goes unseen. */
export class SerialLine implements SimulatorPort {
  readonly #config: SerialPortConfig;
  #stream: Duplex | undefined;

  constructor(config: SerialPortConfig) {
    this.#config = config;
  }

  get where(): string {
    return this.#config.path;
  }

  async open(
    onConnection: OnConnection,
    onLost: (error: SimulatorPortError) => void,
  ): Promise<void> {
    const stream = await this.#opened();
    this.#stream = stream;
    stream.once("close", () => {
      if (this.#stream === stream) onLost(new SimulatorPortError(`${this.where} is gone.`, GONE));
    });
    const receive = onConnection({
      write: (bytes) => {
        if (stream.writable) stream.write(bytes);
      },
      reset: () => undefined,
    });
    stream.on("data", receive);
  }

  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) await closeStream(stream);
  }

  async #opened(): Promise<Duplex> {
    try {
      return await openStream(this.#config, { timeoutMs: OPEN_MS });
    } catch (error) {
      if (!(error instanceof MeterError)) throw error;
      throw new SimulatorPortError(error.shortMessage, {
        metaMessages: ["Correct --serial, or close what has it open."],
        cause: error,
      });
    }
  }
}
