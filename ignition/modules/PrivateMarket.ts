import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id, ZeroAddress } from "ethers";
import { CIRCUIT_IDS } from "../../sdk/private/context.ts";
import { ROLES } from "./Sealwatt.ts";

/** What each role may call of the pool. */
const RESTRICTED = {
  matcher: ["proposeMatches((uint256,uint256,uint256,uint256[5])[])"],
  operator: ["expel(address,uint256[])", "setGateway(address,uint256)"],
  regulator: ["setAuditKey(uint256[2],uint256[2])"],
} as const;

/** What the key holder may call of the matching record. */
const KEY_HOLDER_FUNCTIONS = [
  "announceEpoch(uint24,bytes32)",
  "logOpening(uint24,uint8,bytes32,bytes32,uint32)",
  "recordVerdicts(uint24,uint256[],bool[])",
];

const selectorsOf = (signatures: readonly string[]) =>
  signatures.map((signature) => id(signature).slice(0, 10));

/**
 * A private market beside an open one: Poseidon, a verifier for each circuit, the market, the record of its matching, and
 * who may call what.
 *
 * To be sent by an administrator of the access manager without a delay (`defaultSender`). The regulator's audit key
 * and the gateways are set afterwards.
 *
 * Parameters: `accessManager`, `market`, `token`, `matcher`, `keyHolder` (addresses; where plans are matched under
 * encryption the key holder proposes the matches too: it is both), `terms` (`PrivateMarketTerms` of
 * `contracts/interfaces/IPrivateMarket.sol`) and the verifiers' keys, which `verifierParameters` of
 * `scripts/keys/verifierKeys.ts` names.
 */
export default buildModule("PrivateMarket", (m) => {
  const accessManager = m.contractAt("AccessManager", m.getParameter<string>("accessManager"));
  const poseidon = m.library("PoseidonT3");
  const circuits = Object.entries(CIRCUIT_IDS).toSorted(([, a], [, b]) => Number(a - b));
  const verifiers = circuits.map(([name]) =>
    m.contract("Groth16Verifier", [m.getParameter<string>(`${name}Key`)], {
      id: `${name}Verifier`,
    }),
  );
  const pool = m.contract(
    "PrivateMarket",
    [
      {
        accessManager,
        market: m.getParameter<string>("market"),
        token: m.getParameter<string>("token"),
        // Circuit 1 is at 1.
        verifiers: [ZeroAddress, ...verifiers],
        terms: m.getParameter("terms"),
      },
    ],
    { libraries: { PoseidonT3: poseidon } },
  );
  for (const role of ["matcher", "operator", "regulator"] as const) {
    const selectors = selectorsOf(RESTRICTED[role]);
    m.call(accessManager, "setTargetFunctionRole", [pool, selectors, ROLES[role]], {
      id: `${role}Functions`,
    });
  }
  const record = m.contract("MatchingRecord", [accessManager, pool]);
  m.call(
    accessManager,
    "setTargetFunctionRole",
    [record, selectorsOf(KEY_HOLDER_FUNCTIONS), ROLES.keyHolder],
    { id: "keyHolderFunctions" },
  );
  m.call(accessManager, "grantRole", [ROLES.matcher, m.getParameter<string>("matcher"), 0], {
    id: "grantMatcher",
  });
  m.call(accessManager, "grantRole", [ROLES.keyHolder, m.getParameter<string>("keyHolder"), 0], {
    id: "grantKeyHolder",
  });
  return { pool, record };
});
