import { marketTask, text } from "./define.ts";

const PERIOD = text("period", "Number of the delivery period");
const PARTICIPANT = text("participant", "Account number of the participant");
const ENERGY_TYPE = text(
  "energyType",
  "What it generates: none, solar, wind, hydro, biomass, controllable",
);
const AMOUNT = text("amount", "Units of currency, such as 12.5");

/** The Hardhat tasks: one for each verb of the market. */
export const marketTasks = [
  marketTask("market:deploy", "Deploy a market and write its address book")
    .addOption(text("parameters", "A JSON file with roles, times and rules"))
    .addOption(text("admin", "Who may change rules and roles"))
    .addOption(text("operator", "Who authorises participants and binds meters"))
    .addOption(text("regulator", "Who may freeze accounts"))
    .addOption(text("treasurer", "Who mints the community currency"))
    .addOption(text("grid", "Who owns the grid's account"))
    .addOption(text("genesis", "Unix seconds at which period 0 begins"))
    .addOption(text("periodLength", "Seconds of a delivery period; 900 by default"))
    .addOption(text("adminDelay", "Seconds between announcing and making a change of rules"))
    .addFlag({ name: "replace", description: "Forget the market of the address book" })
    .setAction(() => import("./actions/deploy.ts"))
    .build(),

  // ------------------------------------------------------------------ participants
  marketTask("market:register", "Apply to the market with a profile")
    .addOption(text("displayName", "Shown to other participants, 1 to 64 bytes"))
    .addOption(ENERGY_TYPE)
    .addFlag({ name: "greenPreference", description: "Meet green offers first" })
    .addOption(text("microgrid", "Code of the microgrid"))
    .addOption(text("location", "Code of the place within it"))
    .setAction(() => import("./actions/register.ts"))
    .build(),
  marketTask("market:change-profile", "Change what is given of your profile, and no more")
    .addOption(text("displayName", "Shown to other participants, 1 to 64 bytes"))
    .addOption(ENERGY_TYPE)
    .addOption(text("greenPreference", "yes or no: whether to meet green offers first"))
    .addOption(text("microgrid", "Code of the microgrid"))
    .addOption(text("location", "Code of the place within it"))
    .setAction(() => import("./actions/changeProfile.ts"))
    .build(),
  marketTask("market:authorise", "Let a registered owner trade (operator)")
    .addOption(text("owner", "The address that registered"))
    .setAction(() => import("./actions/authorise.ts"))
    .build(),
  marketTask("market:bind-meter", "Bind a participant's first meter (operator)")
    .addOption(PARTICIPANT)
    .addOption(text("serial", "The meter's serial number"))
    .addOption(text("gateway", "The address whose key signs its readings"))
    .addOption(text("ratedPowerW", "Bounds the energy of a reading"))
    .addOption(text("importWh", "Its import register now; 0 by default"))
    .addOption(text("exportWh", "Its export register now; 0 by default"))
    .setAction(() => import("./actions/bindMeter.ts"))
    .build(),
  marketTask(
    "market:rebind-meter",
    "Replace a participant's meter, gateway or rated power (operator)",
  )
    .addOption(PARTICIPANT)
    .addOption(text("serial", "The new meter's serial number"))
    .addOption(text("gateway", "The address whose key signs its readings"))
    .addOption(text("ratedPowerW", "Bounds the energy of a reading"))
    .addOption(text("finalImportWh", "The old meter's import register when it was taken off"))
    .addOption(text("finalExportWh", "The old meter's export register when it was taken off"))
    .addOption(text("importWh", "The new meter's import register when it was put on"))
    .addOption(text("exportWh", "The new meter's export register when it was put on"))
    .setAction(() => import("./actions/rebindMeter.ts"))
    .build(),
  marketTask("market:lift-suspension", "Let a suspended participant trade again (operator)")
    .addOption(PARTICIPANT)
    .setAction(() => import("./actions/liftSuspension.ts"))
    .build(),
  marketTask("market:revoke", "Let a participant trade no more (operator)")
    .addOption(PARTICIPANT)
    .setAction(() => import("./actions/revoke.ts"))
    .build(),
  marketTask("market:leave", "Leave the market")
    .setAction(() => import("./actions/leave.ts"))
    .build(),
  marketTask("market:freeze", "Freeze an account (regulator)")
    .addOption(PARTICIPANT)
    .setAction(() => import("./actions/freeze.ts"))
    .build(),
  marketTask("market:unfreeze", "Unfreeze an account (regulator)")
    .addOption(PARTICIPANT)
    .setAction(() => import("./actions/unfreeze.ts"))
    .build(),

  // ------------------------------------------------------------------ money
  marketTask("market:mint", "Mint community currency (treasurer)")
    .addOption(text("to", "Who gets it"))
    .addOption(AMOUNT)
    .setAction(() => import("./actions/mint.ts"))
    .build(),
  marketTask("market:deposit", "Pay settlement tokens into an account")
    .addOption(AMOUNT)
    .addOption(text("participant", "Whose account; your own by default"))
    .setAction(() => import("./actions/deposit.ts"))
    .build(),
  marketTask("market:withdraw", "Pay out free money")
    .addOption(AMOUNT)
    .addOption(text("to", "Who gets it; yourself by default"))
    .setAction(() => import("./actions/withdraw.ts"))
    .build(),
  marketTask("market:fund", "Feed the incentive fund")
    .addOption(AMOUNT)
    .setAction(() => import("./actions/fund.ts"))
    .build(),

  marketTask("market:pay-dues", "Pay what an account and the market owe each other")
    .addOption(text("participant", "Whose dues; your own by default"))
    .setAction(() => import("./actions/payDues.ts"))
    .build(),

  // ------------------------------------------------------------------ the five verbs
  marketTask("market:submit", "Seal and submit an order, or the orders of a day")
    .addOption(PERIOD)
    .addOption(text("side", "sell or buy"))
    .addOption(text("energyWh", "Quantity"))
    .addOption(text("priceMicroPerKwh", "Limit price in micro-currency per kWh"))
    .addOption(text("schedule", "Instead of one order: a CSV or JSON file of a day's orders"))
    .addOption(text("participant", "For whom an agent submits; yourself by default"))
    .addOption(text("openings", "Where to keep what opens the orders"))
    .setAction(() => import("./actions/submit.ts"))
    .build(),
  marketTask("market:open", "Open the sealed orders that were kept for a period")
    .addOption(PERIOD)
    .addOption(text("openings", "Where they were kept"))
    .addOption(
      text("openingKeyFile", "Opens what was encrypted to this private key too, from the chain"),
    )
    .setAction(() => import("./actions/open.ts"))
    .build(),
  marketTask("market:clear", "Form the trades of a period")
    .addOption(PERIOD)
    .addOption(text("maxSteps", "Trades of one transaction; 200 by default"))
    .setAction(() => import("./actions/clear.ts"))
    .build(),
  marketTask("market:report", "Sign and report a meter's registers (gateway)")
    .addOption(PARTICIPANT)
    .addOption(PERIOD)
    .addOption(text("importWh", "The import register at the period's end"))
    .addOption(text("exportWh", "The export register at the period's end"))
    .setAction(() => import("./actions/report.ts"))
    .build(),
  marketTask("market:settle", "Turn trades and readings of a period into payments")
    .addOption(PERIOD)
    .setAction(() => import("./actions/settle.ts"))
    .build(),

  // ------------------------------------------------------------------ mandates
  marketTask("market:grant-mandate", "Let an agent seal orders for you, within limits")
    .addOption(text("agent", "The agent's address"))
    .addOption(text("minPriceMicroPerKwh", "Lowest limit price"))
    .addOption(text("maxPriceMicroPerKwh", "Highest limit price"))
    .addOption(text("spendingLimit", "Units of currency over all bids"))
    .addOption(text("expiry", "Unix seconds until which it holds"))
    .setAction(() => import("./actions/grantMandate.ts"))
    .build(),
  marketTask("market:revoke-mandate", "End your agent's right at once")
    .setAction(() => import("./actions/revokeMandate.ts"))
    .build(),

  // ------------------------------------------------------------------ rules
  marketTask("market:set-opening-key", "Publish the key to which orders are encrypted (operator)")
    .addOption(text("keyFile", "The private key's file; it is made where there is none"))
    .setAction(() => import("./actions/setOpeningKey.ts"))
    .build(),
  marketTask("market:set-reading-interval", "Tell gateways how often to sample (operator)")
    .addOption(text("intervalSeconds", "At most a day; 0 leaves it to each gateway"))
    .setAction(() => import("./actions/setReadingInterval.ts"))
    .build(),
  marketTask("market:schedule-parameters", "Announce or execute a change of rules (admin)")
    .addOption(text("rules", "A JSON file of the rules that change"))
    .addOption(text("fromPeriod", "The first period for which they hold"))
    .addFlag({ name: "execute", description: "Execute what was announced" })
    .setAction(() => import("./actions/scheduleParameters.ts"))
    .build(),

  // ------------------------------------------------------------------ the private market
  marketTask("private:deploy", "Deploy a private market beside the market (admin)")
    .addOption(text("terms", "A JSON file of its terms, where they are not the default"))
    .addOption(text("matcher", "Who may propose matches"))
    .addOption(
      text(
        "keyHolder",
        "Who may announce epochs, log openings and record verdicts; else --matcher",
      ),
    )
    .addOption(text("ceremony", "The folder of the finished ceremony whose keys verify proofs"))
    .addFlag({
      name: "development",
      description: "Take development keys, with which everybody can forge proofs",
    })
    .addFlag({ name: "replace", description: "Forget the private market of the address book" })
    .setAction(() => import("./actions/private/deploy.ts"))
    .build(),
  marketTask("private:set-audit-key", "Set the key that can read every note (regulator)")
    .addOption(text("keyFile", "The audit scalar's file; it is made where there is none"))
    .setAction(() => import("./actions/private/setAuditKey.ts"))
    .build(),
  marketTask("private:gateway-tag", "Show the tag that follows from a gateway's keystore")
    .setAction(() => import("./actions/private/gatewayTag.ts"))
    .build(),
  marketTask("private:set-gateway", "Register or remove a gateway (operator)")
    .addOption(text("gateway", "The address that it sends from"))
    .addOption(text("tag", "What private:gateway-tag prints; 0 removes it"))
    .setAction(() => import("./actions/private/setGateway.ts"))
    .build(),
  marketTask("private:expel", "End the right to make private plans (operator)")
    .addOption(text("owner", "Whose; by default all whom the market does not authorise any more"))
    .setAction(() => import("./actions/private/expel.ts"))
    .build(),
  marketTask("private:insert-leaves", "Insert waiting notes into the tree")
    .addOption(text("most", "How many at most; 64 by default"))
    .setAction(() => import("./actions/private/insertLeaves.ts"))
    .build(),
  marketTask("private:lapse", "End matches that were not confirmed in time")
    .addOption(text("record", "The match; by default all that are overdue"))
    .setAction(() => import("./actions/private/lapse.ts"))
    .build(),
  marketTask("private:status", "Show the private market's tree, plans and matches, as all see them")
    .setAction(() => import("./actions/private/status.ts"))
    .build(),

  // ------------------------------------------------------------------ reading
  marketTask("market:status", "Show periods and accounts")
    .setAction(() => import("./actions/status.ts"))
    .build(),
  marketTask(
    "market:audit",
    "Replay the market and compare every figure; exits with 1 on differences",
  )
    .addOption(text("period", "Report this period only"))
    .setAction(() => import("./actions/audit.ts"))
    .build(),
];
