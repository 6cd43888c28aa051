import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, required, wholeNumber, type Given } from "../values.ts";

interface BindMeterOptions extends CommonOptions {
  participant: Given;
  serial: Given;
  gateway: Given;
  ratedPowerW: Given;
  importWh: Given;
  exportWh: Given;
}

export default explained<BindMeterOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const serial = required("--serial", options.serial);
  const gateway = address("--gateway", options.gateway);
  const ratedPowerW = wholeNumber("--rated-power-w", options.ratedPowerW);
  const importWh = wholeNumber("--import-wh", options.importWh ?? "0");
  const exportWh = wholeNumber("--export-wh", options.exportWh ?? "0");
  const { registry, market } = await openMarketAs(hre, options);
  await send(registry.bindMeter(participant, serial, gateway, ratedPowerW, importWh, exportWh));
  const meterId = Number((await market.meterOf(participant)).meterId);
  print(
    options.json,
    { participant, serial, gateway, meterId },
    `Bound the meter ${serial} to participant ${participant} as meter ${meterId}.`,
  );
});
