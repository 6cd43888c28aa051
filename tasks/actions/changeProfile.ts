import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { codeOf, energyTypeOf } from "../profile.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { oneOf, type Given } from "../values.ts";

interface ChangeProfileOptions extends CommonOptions {
  displayName: Given;
  energyType: Given;
  greenPreference: Given;
  microgrid: Given;
  location: Given;
}

/** What is given of a profile, checked. */
function readChanges(options: ChangeProfileOptions) {
  const { displayName, energyType, greenPreference, microgrid, location } = options;
  const changes = {
    ...(displayName !== undefined && { displayName }),
    ...(energyType !== undefined && { energyType: energyTypeOf(energyType) }),
    ...(greenPreference !== undefined && {
      greenPreference: oneOf("--green-preference", greenPreference, ["yes", "no"]) === "yes",
    }),
    ...(microgrid !== undefined && { microgrid: codeOf("--microgrid", microgrid) }),
    ...(location !== undefined && { location: codeOf("--location", location) }),
  };
  if (Object.keys(changes).length !== 0) return changes;
  throw new TaskInputError(
    "Nothing is to be changed.",
    "Give --display-name, --energy-type, --green-preference, --microgrid or --location.",
  );
}

export default explained<ChangeProfileOptions>(async (options, hre) => {
  const changes = readChanges(options);
  const { registry, market, signer } = await openMarketAs(hre, options);
  const { displayName, energyType, greenPreference, microgrid, location } =
    await registry.profileOf(signer.address);
  const before = { displayName, energyType, greenPreference, microgrid, location };
  await send(registry.changeProfile({ ...before, ...changes }));
  const participant = Number(await market.participantOf(signer.address));
  const authorised = participant !== 0 && (await market.accountOf(participant)).authorised;
  print(
    options.json,
    { owner: signer.address, changed: Object.keys(changes), authorised },
    `Changed the profile of ${signer.address}${authorised ? "." : ". The operator must authorise it before it can trade."}`,
  );
});
