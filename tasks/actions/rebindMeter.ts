import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { address, required, wholeNumber, type Given } from "../values.ts";

interface RebindMeterOptions extends CommonOptions {
  participant: Given;
  serial: Given;
  gateway: Given;
  ratedPowerW: Given;
  finalImportWh: Given;
  finalExportWh: Given;
  importWh: Given;
  exportWh: Given;
}

export default explained<RebindMeterOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const serial = required("--serial", options.serial);
  const gateway = address("--gateway", options.gateway);
  const ratedPowerW = wholeNumber("--rated-power-w", options.ratedPowerW);
  const finalImportWh = wholeNumber("--final-import-wh", options.finalImportWh);
  const finalExportWh = wholeNumber("--final-export-wh", options.finalExportWh);
  // No default: where the meter stays and its gateway changes, the registers are not 0.
  const importWh = wholeNumber("--import-wh", options.importWh);
  const exportWh = wholeNumber("--export-wh", options.exportWh);
  const { registry, market } = await openMarketAs(hre, options);
  await send(
    registry.rebindMeter(
      participant,
      serial,
      gateway,
      ratedPowerW,
      finalImportWh,
      finalExportWh,
      importWh,
      exportWh,
    ),
  );
  const meterId = Number((await market.meterOf(participant)).meterId);
  print(
    options.json,
    { participant, serial, gateway, meterId },
    `Bound the meter ${serial} to participant ${participant} as meter ${meterId}, in place of the one before.`,
  );
});
