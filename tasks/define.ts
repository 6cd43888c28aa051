import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

/** An option that is absent where it is not given, so that an action can say what is missing. */
export const text = <Name extends string>(name: Name, description: string) => ({
  name,
  description,
  type: ArgumentType.STRING_WITHOUT_DEFAULT as const,
  defaultValue: undefined,
});

/** A task on a market, with the options that all of them have. */
export const marketTask = (name: string, description: string) =>
  task(name, description)
    .addOption(text("deployment", "The address book; by default .sealwatt/deployments/CHAIN.json"))
    .addOption(text("from", "The account to act as: an address or its index in the network"))
    .addOption(
      text(
        "keystore",
        "An encrypted key file to act with; its password is asked for, or SEALWATT_KEYSTORE_PASSWORD",
      ),
    )
    .addFlag({ name: "json", description: "Print JSON" });
