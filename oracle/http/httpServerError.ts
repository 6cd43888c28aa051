import { BaseError } from "../../sdk/errors.ts";

/** Where an operator says at which address and port a server is. */
export interface AddressSettings {
  host: string;
  port: string;
}

/** Of a command of `sealwatt`. */
export const ADDRESS_OPTIONS: AddressSettings = { host: "--host", port: "--port" };

type Fault = (settings: AddressSettings) => [fact: string, remedy: string];

const FAULTS: Record<string, Fault> = {
  EADDRINUSE: ({ port }) => [
    "the port is in use",
    `Give ${port} another port, or end the program that has it (ss -ltnp shows it).`,
  ],
  EACCES: ({ port }) => [
    "the port needs privileges",
    `Give ${port} a port from 1024: nothing here is to run as root.`,
  ],
  EADDRNOTAVAIL: ({ host }) => [
    "the address is not of this machine",
    `Give ${host} an address of this machine (ip address shows them).`,
  ],
  ENOTFOUND: ({ host }) => [
    "the name is unknown",
    `Give ${host} an address of this machine, such as 127.0.0.1.`,
  ],
};

export interface ServedAddress {
  /** What is served: `Health and metrics`. */
  name: string;
  host: string;
  port: number;
  settings: AddressSettings;
}

/** A server cannot be started. */
export class HttpServerError extends BaseError {
  override name = "HttpServerError";

  constructor({ name, host, port, settings }: ServedAddress, cause: NodeJS.ErrnoException) {
    const [fact, remedy] = FAULTS[cause.code ?? ""]?.(settings) ?? [
      "listening failed",
      `Correct ${settings.host} and ${settings.port}.`,
    ];
    super(`${name} cannot be served at ${host}:${port}: ${fact}.`, {
      details: cause.message,
      metaMessages: [remedy],
      cause,
    });
  }
}
