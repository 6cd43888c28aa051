import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { codeOf, energyTypeOf } from "../profile.ts";
import { send } from "../send.ts";
import { required, type Given } from "../values.ts";

interface RegisterOptions extends CommonOptions {
  displayName: Given;
  energyType: Given;
  greenPreference: boolean;
  microgrid: Given;
  location: Given;
}

export default explained<RegisterOptions>(async (options, hre) => {
  const { registry, signer } = await openMarketAs(hre, options);
  const energyType = energyTypeOf(options.energyType ?? "none");
  await send(
    registry.register({
      displayName: required("--display-name", options.displayName),
      energyType,
      greenPreference: options.greenPreference,
      microgrid: codeOf("--microgrid", options.microgrid ?? ""),
      location: codeOf("--location", options.location ?? ""),
    }),
  );
  print(
    options.json,
    { owner: signer.address },
    `Registered ${signer.address}. The operator can authorise it now.`,
  );
});
