import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface SetReadingIntervalOptions extends CommonOptions {
  intervalSeconds: Given;
}

export default explained<SetReadingIntervalOptions>(async (options, hre) => {
  const intervalSeconds = wholeNumber("--interval-seconds", options.intervalSeconds);
  const { registry } = await openMarketAs(hre, options);
  await send(registry.setReadingInterval(intervalSeconds));
  print(
    options.json,
    { intervalSeconds },
    intervalSeconds === 0
      ? "Left it to each gateway how often it samples its meters."
      : `Told all gateways to sample their meters every ${intervalSeconds} s.`,
  );
});
