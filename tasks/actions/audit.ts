import { audit } from "../../sdk/audit/audit.ts";
import { formatReport } from "../../sdk/audit/formatReport.ts";
import { openMarket, type CommonOptions } from "../context.ts";
import { explained } from "../explain.ts";
import { print } from "../output.ts";
import { wholeNumber, type Given } from "../values.ts";

interface AuditOptions extends CommonOptions {
  period: Given;
}

/** The exit code of an audit that has found differences. */
const EXIT_DIFFERENCES = 1;

export default explained<AuditOptions>(async (options, hre) => {
  const { book, chain } = await openMarket(hre, options);
  const report = await audit({
    provider: chain.provider,
    market: book.addresses.market,
    fromBlock: book.deploymentBlock,
    ...(options.period === undefined ? {} : { period: wholeNumber("--period", options.period) }),
  });
  print(options.json, report, formatReport(report));
  if (!report.clean) process.exitCode = EXIT_DIFFERENCES;
});
