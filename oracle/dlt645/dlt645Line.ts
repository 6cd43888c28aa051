import type { Line } from "../meters/meter.ts";
import type { Dlt645Profile } from "../profiles/deviceProfile.ts";
import { parseMeterAddress } from "./address.ts";
import { Dlt645Bus, type Dlt645BusOptions } from "./dlt645Bus.ts";
import { Dlt645Meter } from "./dlt645Meter.ts";
import { readIdentifier, type IdentifierValue } from "./readIdentifier.ts";
import type { RelayCredentials } from "./relay.ts";
import { scanAddresses, type ScanOptions, type ScanResult } from "./scanAddresses.ts";

export interface Dlt645MeterOptions {
  /** Lets the meter's relay be switched. */
  relay?: RelayCredentials | undefined;
}

/** A serial bus or TCP connection with DL/T 645-2007 meters. It opens at the first request. */
export class Dlt645Line implements Line {
  readonly #bus: Dlt645Bus;

  constructor(options: Dlt645BusOptions) {
    this.#bus = new Dlt645Bus(options);
  }

  get where(): string {
    return this.#bus.where;
  }

  /**
   * A meter on this line.
   * @param address its twelve digits
   * @throws MeterAddressError
   * @throws RelayCredentialsError
   */
  meter(profile: Dlt645Profile, address: string, { relay }: Dlt645MeterOptions = {}): Dlt645Meter {
    return new Dlt645Meter(this.#bus, profile, parseMeterAddress(address), relay);
  }

  /**
   * Reads one identifier.
   * @param di eight hex digits, DI3 first: `00010000`
   * @throws MeterError
   */
  readIdentifier(address: string, di: string, signal?: AbortSignal): Promise<IdentifierValue> {
    return this.#bus.inTurn(() => readIdentifier(this.#bus, address, di, { signal }), signal);
  }

  /**
   * The addresses of the meters on this line.
   * @throws MeterError where the line cannot be used
   */
  scanAddresses(options: ScanOptions = {}): Promise<ScanResult> {
    return scanAddresses(this.#bus, options);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }
}
