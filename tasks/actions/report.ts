import { marketDomain, signReading } from "../../sdk/readings/reading.ts";
import { openMarketAs, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { send } from "../send.ts";
import { wholeNumber, type Given } from "../values.ts";

interface ReportOptions extends CommonOptions {
  participant: Given;
  period: Given;
  importWh: Given;
  exportWh: Given;
}

export default explained<ReportOptions>(async (options, hre) => {
  const participant = wholeNumber("--participant", options.participant);
  const period = wholeNumber("--period", options.period);
  const importWh = BigInt(wholeNumber("--import-wh", options.importWh));
  const exportWh = BigInt(wholeNumber("--export-wh", options.exportWh));
  const { market, book, chain, signer } = await openMarketAs(hre, options);
  const meterId = Number((await market.meterOf(participant)).meterId);
  const domain = marketDomain(chain.chainId, book.addresses.market);
  await send(
    market.reportReading(
      await signReading(signer, domain, { participant, meterId, period, importWh, exportWh }),
    ),
  );
  const { importDeltaWh, exportDeltaWh } = await market.meterOf(participant);
  print(
    options.json,
    { participant, period, importDeltaWh, exportDeltaWh },
    `Reported period ${period} of participant ${participant}: ${importDeltaWh} Wh imported, ${exportDeltaWh} Wh exported.`,
  );
});
