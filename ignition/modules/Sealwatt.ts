import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id } from "ethers";

/** Role numbers in the access manager; the administrator is 0. */
export const ROLES = {
  operator: 1n,
  regulator: 2n,
  registry: 3n,
  treasurer: 4n,
  matcher: 5n,
  keyHolder: 6n,
} as const;

/** What each role may call. */
const RESTRICTED = {
  marketRegistry: [
    "openAccount(address)",
    "setAuthorised(uint256,bool)",
    "setEnergyType(uint256,bool,bool)",
    "bindMeter(uint256,address,uint256,uint256,uint256)",
    "rebindMeter(uint256,address,uint256,uint256,uint256,uint256,uint256)",
  ],
  marketOperator: ["liftSuspension(uint256)"],
  marketRegulator: ["setFrozen(uint256,bool)"],
  registryOperator: [
    "authorise(address)",
    "revoke(uint256)",
    "bindMeter(uint256,string,address,uint256,uint256,uint256)",
    "rebindMeter(uint256,string,address,uint256,uint256,uint256,uint256,uint256)",
    "setOpeningKey(bytes)",
    "setReadingInterval(uint256)",
  ],
  tokenTreasurer: ["mint(address,uint256)"],
};

const selectors = (signatures: readonly string[]) =>
  signatures.map((signature) => id(signature).slice(0, 10));

/**
 * A whole market: access manager, forwarder, settlement token, market, registry, and who may call what.
 *
 * Parameters: `admin`, `operator`, `regulator`, `treasurer`, `grid` (addresses), `genesis` (unix seconds),
 * `periodLength` (seconds), `parameters` (see `sdk/market/parameters.ts`), `adminDelay` (seconds between the
 * announcement of a change of rules and its execution), and `token` ("currency" or "ether").
 */
export default buildModule("Sealwatt", (m) => {
  const deployer = m.getAccount(0);
  const admin = m.getParameter<string>("admin");
  const adminDelay = m.getParameter<number>("adminDelay", 0);
  const accessManager = m.contract("AccessManager", [deployer]);
  const forwarder = m.contract("Forwarder");
  const token = m.contract("CommunityCurrency", [
    m.getParameter<string>("currencyName", "Community Euro"),
    m.getParameter<string>("currencySymbol", "cEUR"),
    accessManager,
  ]);
  const configuration = {
    accessManager,
    forwarder,
    grid: m.getParameter<string>("grid"),
    token,
    wrapsEther: false,
    genesis: m.getParameter<number>("genesis"),
    periodLength: m.getParameter<number>("periodLength"),
    parameters: m.getParameter("parameters"),
  };
  const reads = m.contract("MarketReads", [configuration]);
  const extension = m.contract("MarketExtension", [configuration, reads]);
  const core = m.contract("EnergyMarket", [configuration, extension]);
  const market = m.contractAt("IEnergyMarket", core);
  const registry = m.contract("Registry", [accessManager, forwarder, core]);

  const steps = [
    m.call(
      accessManager,
      "setTargetFunctionRole",
      [core, selectors(RESTRICTED.marketRegistry), ROLES.registry],
      { id: "marketRegistry" },
    ),
    m.call(
      accessManager,
      "setTargetFunctionRole",
      [core, selectors(RESTRICTED.marketOperator), ROLES.operator],
      { id: "marketOperator" },
    ),
    m.call(
      accessManager,
      "setTargetFunctionRole",
      [core, selectors(RESTRICTED.marketRegulator), ROLES.regulator],
      { id: "marketRegulator" },
    ),
    m.call(
      accessManager,
      "setTargetFunctionRole",
      [registry, selectors(RESTRICTED.registryOperator), ROLES.operator],
      { id: "registryOperator" },
    ),
    m.call(
      accessManager,
      "setTargetFunctionRole",
      [token, selectors(RESTRICTED.tokenTreasurer), ROLES.treasurer],
      { id: "tokenTreasurer" },
    ),
    m.call(accessManager, "grantRole", [ROLES.registry, registry, 0], { id: "grantRegistry" }),
    m.call(accessManager, "grantRole", [ROLES.operator, m.getParameter<string>("operator"), 0], {
      id: "grantOperator",
    }),
    m.call(accessManager, "grantRole", [ROLES.regulator, m.getParameter<string>("regulator"), 0], {
      id: "grantRegulator",
    }),
    m.call(accessManager, "grantRole", [ROLES.treasurer, m.getParameter<string>("treasurer"), 0], {
      id: "grantTreasurer",
    }),
  ];
  const grantAdmin = m.call(accessManager, "grantRole", [0n, admin, adminDelay], {
    id: "grantAdmin",
    after: steps,
  });
  // The deployer keeps nothing.
  m.call(accessManager, "renounceRole", [0n, deployer], {
    id: "renounceAdmin",
    after: [grantAdmin],
  });
  return { accessManager, forwarder, token, core, market, registry };
});
