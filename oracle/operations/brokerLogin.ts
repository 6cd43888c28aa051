import type { IClientOptions } from "mqtt";
import type { OracleConfig } from "../config/config.ts";

type BrokerConfig = NonNullable<OracleConfig["mqtt"]>;

/** As whom a broker is asked, and that nobody else is told. */
export function brokerLogin({
  username,
  password,
}: Pick<BrokerConfig, "username" | "password">): IClientOptions {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: password.reveal() }),
    // The library's own log would hold the password.
    log: () => {},
  };
}
