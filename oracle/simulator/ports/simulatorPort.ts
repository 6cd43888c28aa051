import { BaseError } from "../../../sdk/errors.ts";

/** A line that a client is on. */
export interface Connection {
  write(bytes: Buffer): void;
  /** Ends it without a word; nothing happens on a serial line, which has no end. */
  reset(): void;
}

/** Called for each client; what it returns takes the client's bytes. */
export type OnConnection = (connection: Connection) => (chunk: Buffer) => void;

/** Where simulated meters can be reached. */
export interface SimulatorPort {
  /** For people: `127.0.0.1:5020`, `/dev/pts/3`. Known once it is open. */
  readonly where: string;
  /**
   * @param onLost told where it ends without having been closed, as a pulled adapter does
   * @throws SimulatorPortError
   */
  open(onConnection: OnConnection, onLost: (error: SimulatorPortError) => void): Promise<void>;
  /** Ends all connections; can be opened again. */
  close(): Promise<void>;
}

/** The simulator cannot listen, or cannot open a serial port. */
export class SimulatorPortError extends BaseError {
  override name = "SimulatorPortError";
}
