import { MarketReads } from "../../sdk/clients/marketReads.ts";
import { toRevertError } from "../../sdk/clients/revertError.ts";
import type { MarketParameters } from "../../sdk/market/parameters.ts";
import { openMarketAs, type CommonOptions, type MarketContext } from "../context.ts";
import { explained } from "../explain.ts";
import { readJsonObject } from "../jsonFile.ts";
import { print } from "../output.ts";
import { changeRules } from "../rules.ts";
import { send } from "../send.ts";
import { TaskInputError } from "../taskError.ts";
import { required, wholeNumber, type Given } from "../values.ts";

interface ScheduleParametersOptions extends CommonOptions {
  rules: Given;
  fromPeriod: Given;
  execute: boolean;
}

/** Periods between the one in which rules are changed and the first for which they hold, and one. */
const PERIODS_AHEAD = 2;

const toIso = (timeS: number) => new Date(timeS * 1000).toISOString();

/**
 * Refuses rules that the market would refuse when they are executed, which may be a day later: a market's own
 * constructor says so.
 */
async function checkRules({ chain, book }: MarketContext, parameters: MarketParameters) {
  const { market, token, accessManager, forwarder } = book.addresses;
  const { genesis, periodLength } = book;
  const factory = await chain.ethers.getContractFactory("EnergyMarket");
  const configuration = {
    accessManager,
    forwarder,
    grid: market,
    token,
    wrapsEther: false,
    genesis,
    periodLength,
    parameters,
  };
  try {
    await chain.provider.call(await factory.getDeployTransaction(configuration, market));
  } catch (error) {
    throw toRevertError(error);
  }
}

export default explained<ScheduleParametersOptions>(async (options, hre) => {
  const given = await readJsonObject("--rules", required("--rules", options.rules), "rules");
  const fromPeriod = wholeNumber("--from-period", options.fromPeriod);
  const context = await openMarketAs(hre, options);
  const { market, accessManager, book, chain, signer } = context;
  const reads = await MarketReads.connect(chain.provider, book.addresses);
  const parameters = changeRules(await reads.parametersOf(fromPeriod), given);
  await checkRules(context, parameters);

  const { selector } = market.scheduleParameters.fragment;
  const [immediate, delay] = await accessManager.canCall(
    signer.address,
    book.addresses.market,
    selector,
  );
  if (immediate || options.execute) {
    // Where the caller has a delay, the market asks the access manager for the announcement.
    await send(market.scheduleParameters(parameters, fromPeriod));
    print(
      options.json,
      { fromPeriod, executed: true, parameters },
      `The rules hold from period ${fromPeriod} on, which begins at ${toIso(reads.startOf(fromPeriod))}.`,
    );
    return;
  }

  const latest = await chain.provider.getBlock("latest");
  const executedIn = reads.periodAt((latest?.timestamp ?? 0) + Number(delay));
  if (fromPeriod < executedIn + PERIODS_AHEAD) {
    throw new TaskInputError(
      `Rules for period ${fromPeriod} come too late: they can be executed in period ${executedIn} at the earliest.`,
      `Give --from-period ${executedIn + PERIODS_AHEAD} or a later one.`,
    );
  }
  const data = market.interface.encodeFunctionData("scheduleParameters", [parameters, fromPeriod]);
  const target = book.addresses.market;
  await send(accessManager.schedule(target, data, 0));
  const operation = await accessManager.hashOperation(signer.address, target, data);
  const [when, expiration] = await Promise.all([
    accessManager.getSchedule(operation),
    accessManager.expiration(),
  ]);
  const executableFrom = Number(when);
  const executableUntil = Math.min(
    executableFrom + Number(expiration),
    reads.startOf(fromPeriod - PERIODS_AHEAD + 1),
  );
  print(
    options.json,
    { fromPeriod, executed: false, executableFrom, executableUntil, parameters },
    `Announced. Run the same with --execute from ${toIso(executableFrom)} on, and before ${toIso(executableUntil)}.`,
  );
});
