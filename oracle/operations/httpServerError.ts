import { BaseError } from "../../sdk/errors.ts";

const FAULTS: Record<string, [fact: string, remedy: string]> = {
  EADDRINUSE: [
    "the port is in use",
    "Give http.port another port, or end the program that has it (ss -ltnp shows it).",
  ],
  EACCES: [
    "the port needs privileges",
    "Give http.port a port from 1024: the gateway does not run as root.",
  ],
  EADDRNOTAVAIL: [
    "the address is not of this machine",
    "Give http.host an address of this machine (ip address shows them).",
  ],
  ENOTFOUND: [
    "the name is unknown",
    "Give http.host an address of this machine, such as 127.0.0.1.",
  ],
};

/** The server of health, metrics and commands cannot be started. */
export class HttpServerError extends BaseError {
  override name = "HttpServerError";

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const [fact, remedy] = FAULTS[cause.code ?? ""] ?? [
      "listening failed",
      "Correct http in the configuration.",
    ];
    super(`Health and metrics cannot be served at ${host}:${port}: ${fact}.`, {
      details: cause.message,
      metaMessages: [remedy],
      cause,
    });
  }
}
