import type { Command } from "commander";
import { configureKeygen } from "../../keygen.ts";

/** `sealwatt oracle keygen --keystore FILE [--json]` */
export function configure(command: Command): void {
  configureKeygen(
    command,
    (address) =>
      `Meters are bound to this address: npx hardhat --network NETWORK market:bind-meter --gateway ${address} …`,
  );
}
