import { defaultParameters, type MarketParameters } from "../sdk/market/parameters.ts";
import { asObject, readJsonObject, requireKnown } from "./jsonFile.ts";
import { changeRules } from "./rules.ts";
import { TaskInputError } from "./taskError.ts";
import { address, asGiven, wholeNumber, type Given } from "./values.ts";

/** The roles of a market, each an address. */
export const ROLE_NAMES = ["admin", "operator", "regulator", "treasurer", "grid"] as const;
type RoleName = (typeof ROLE_NAMES)[number];

/** What the command line says of a deployment; each goes before what the file says. */
export interface DeploymentOptions extends Record<RoleName, Given> {
  /** A JSON file; see docs/operations/deployment.md. */
  parameters: Given;
  genesis: Given;
  periodLength: Given;
  adminDelay: Given;
}

/** What the chain says of it. */
export interface DeploymentFacts {
  chainId: bigint;
  /** The network's accounts, the deployer first. */
  accounts: readonly string[];
  /** Unix seconds of the latest block. */
  now: number;
}

/** Everything that the Ignition module takes. */
export interface DeploymentPlan {
  roles: Record<RoleName, string>;
  settings: {
    genesis: number;
    periodLength: number;
    adminDelay: number;
    currencyName: string;
    currencySymbol: string;
  };
  rules: MarketParameters;
}

/** Chains of development nodes, on which the node's own accounts take the roles. */
const DEVELOPMENT_CHAINS = new Set([31_337n, 1337n]);
const DEFAULT_PERIOD_S = 900;
/** So that a change of rules is seen before it holds. */
const DEFAULT_ADMIN_DELAY_S = 86_400;

const SETTINGS = ["genesis", "periodLength", "adminDelay"] as const;
const TEXTS = ["currencyName", "currencySymbol"] as const;
const FILE_KEYS = [...ROLE_NAMES, ...SETTINGS, ...TEXTS, "rules"];

async function readParametersFile(file: Given): Promise<Record<string, unknown>> {
  if (file === undefined) return {};
  const parameters = await readJsonObject("--parameters", file, "parameters");
  requireKnown(parameters, FILE_KEYS, "parameters");
  return parameters;
}

function planRoles(
  options: DeploymentOptions,
  file: Record<string, unknown>,
  { chainId, accounts }: DeploymentFacts,
): Record<RoleName, string> {
  const [deployer, ...others] = accounts;
  const isDefaultable = DEVELOPMENT_CHAINS.has(chainId) && others.length >= ROLE_NAMES.length;
  const given = ROLE_NAMES.map((name) => [name, options[name] ?? asGiven(file[name])] as const);
  const missing = given.filter(([, value]) => value === undefined).map(([name]) => name);
  if (missing.length !== 0 && !(isDefaultable && missing.length === ROLE_NAMES.length)) {
    throw new TaskInputError(
      `Nobody is named as ${missing.join(", ")}.`,
      isDefaultable
        ? "Name all of the roles, or none to give them to accounts 1 to 5 of the network."
        : "Name all of the roles: nobody holds them by default on this network.",
    );
  }
  const roles = Object.fromEntries(
    given.map(([name, value], index) => [name, address(`--${name}`, value ?? others[index])]),
  ) as Record<RoleName, string>;
  if (roles.admin !== deployer) return roles;
  throw new TaskInputError(
    "The admin is the deployer, which gives up its own rights at the end.",
    "Deploy with another account, or name another admin.",
  );
}

function planRules(periodLength: number, given: unknown = {}): MarketParameters {
  return changeRules(defaultParameters(periodLength), asObject(given, "rules"));
}

/**
 * Puts together a deployment from the command line, a file and defaults.
 * @throws TaskInputError for what is missing, unknown or half set
 */
export async function planDeployment(
  options: DeploymentOptions,
  facts: DeploymentFacts,
): Promise<DeploymentPlan> {
  const file = await readParametersFile(options.parameters);
  const roles = planRoles(options, file, facts);
  const numberOf = (name: (typeof SETTINGS)[number], otherwise: number) => {
    const value = options[name] ?? asGiven(file[name]);
    return value === undefined ? otherwise : wholeNumber(`--${name}`, value);
  };
  const textOf = (name: (typeof TEXTS)[number], otherwise: string) =>
    asGiven(file[name]) ?? otherwise;
  const periodLength = numberOf("periodLength", DEFAULT_PERIOD_S);
  if (periodLength === 0)
    throw new TaskInputError("--period-length is 0.", "Give the seconds of a period.");
  // Period 0 takes no orders: it begins with the next full period of the clock.
  const genesis = numberOf("genesis", Math.ceil((facts.now + 1) / periodLength) * periodLength);
  const isDevelopment = DEVELOPMENT_CHAINS.has(facts.chainId);
  return {
    roles,
    settings: {
      genesis,
      periodLength,
      adminDelay: numberOf("adminDelay", isDevelopment ? 0 : DEFAULT_ADMIN_DELAY_S),
      currencyName: textOf("currencyName", "Community Euro"),
      currencySymbol: textOf("currencySymbol", "cEUR"),
    },
    rules: planRules(periodLength, file.rules),
  };
}
