import { showValue } from "../../../sdk/errors.ts";
import type { CommonOptions } from "../../context.ts";
import { explained } from "../../explain.ts";
import { print } from "../../output.ts";
import { openPrivateMarketAs } from "../../privateContext.ts";
import { send } from "../../send.ts";
import { TaskInputError } from "../../taskError.ts";
import type { Given } from "../../values.ts";

interface LapseOptions extends CommonOptions {
  record: Given;
}

function recordOf(text: string): bigint {
  if (/^(?:\d{1,78}|0x[0-9a-f]{1,64})$/i.test(text)) return BigInt(text);
  throw new TaskInputError(`--record is ${showValue(text)}.`, "Give the match's number.");
}

export default explained<LapseOptions>(async (options, hre) => {
  const given = options.record === undefined ? undefined : recordOf(options.record);
  const { pool, follower, chain } = await openPrivateMarketAs(hre, options);
  const now = (await chain.provider.getBlock("latest"))?.timestamp ?? 0;
  const overdue = [...follower.state.matches]
    .filter(([, { state, confirmBy }]) => state === "proposed" && confirmBy < now)
    .map(([record]) => record);
  const lapsed = given === undefined ? overdue : [given];
  for (const record of lapsed) await send(pool.lapse(record));
  print(
    options.json,
    { lapsed: lapsed.map(String) },
    lapsed.length === 0
      ? "No match is overdue."
      : `Lapsed: ${lapsed.join(", ")}. Their plans are open again.`,
  );
});
