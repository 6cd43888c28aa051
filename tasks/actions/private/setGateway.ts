import { FIELD_ORDER } from "../../../sdk/private/field.ts";
import { showValue } from "../../../sdk/errors.ts";
import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { openPrivateMarketAs } from "../../privateContext.ts";
import { send } from "../../send.ts";
import { TaskInputError } from "../../taskError.ts";
import { address, required, type Given } from "../../values.ts";

interface SetGatewayOptions extends CommonOptions {
  gateway: Given;
  tag: Given;
}

/** @throws TaskInputError unless it is a field element; 0 removes a gateway */
function tagOf(value: Given): bigint {
  const text = required("--tag", value);
  if (/^(?:\d{1,78}|0x[0-9a-f]{1,64})$/i.test(text) && BigInt(text) < FIELD_ORDER)
    return BigInt(text);
  throw new TaskInputError(
    `--tag is ${showValue(text)}.`,
    "Give the number that private:gateway-tag prints for the gateway, or 0 to remove it.",
  );
}

export default explained<SetGatewayOptions>(async (options, hre) => {
  const gateway = address("--gateway", options.gateway);
  const tag = tagOf(options.tag);
  const { pool } = await openPrivateMarketAs(hre, options);
  await send(pool.setGateway(gateway, tag));
  print(
    options.json,
    { gateway, tag },
    tag === 0n
      ? `Removed the gateway ${gateway}: it issues no more generation. What it has issued stays.`
      : `Registered the gateway ${gateway} with tag ${tag}.`,
  );
});
