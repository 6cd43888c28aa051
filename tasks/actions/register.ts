import { encodeBytes32String } from "ethers";
import { ENERGY_TYPES } from "../../sdk/clients/participantClient.ts";
import { showValue } from "../../sdk/errors.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { oneOf, required, type Given } from "../values.ts";

interface RegisterOptions extends CommonOptions {
  displayName: Given;
  energyType: Given;
  greenPreference: boolean;
  microgrid: Given;
  location: Given;
}

function code(option: string, value: Given): string {
  try {
    return encodeBytes32String(value ?? "");
  } catch {
    throw new TaskInputError(`${option} is ${showValue(value)}.`, "Give at most 31 bytes.");
  }
}

export default explained<RegisterOptions>(async (options, hre) => {
  const { registry, signer } = await openMarketAs(hre, options);
  const energyType = oneOf("--energy-type", options.energyType ?? "none", ENERGY_TYPES);
  await send(
    registry.register({
      displayName: required("--display-name", options.displayName),
      energyType: ENERGY_TYPES.indexOf(energyType),
      greenPreference: options.greenPreference,
      microgrid: code("--microgrid", options.microgrid),
      location: code("--location", options.location),
    }),
  );
  print(
    options.json,
    { owner: signer.address },
    `Registered ${signer.address}. The operator can authorise it now.`,
  );
});
