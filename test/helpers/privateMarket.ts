import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroAddress, type Addressable } from "ethers";
import { ROLES } from "../../ignition/modules/Sealwatt.ts";
import { auditKeyOf } from "../../sdk/private/auditKey.ts";
import { CIRCUIT_IDS } from "../../sdk/private/context.ts";
import { scopeOf, type PoolId } from "../../sdk/private/pool.ts";
import { GENESIS, join, type MarketFixture } from "./market.ts";
import { stage } from "./stage.ts";

type Signer = HardhatEthersSigner;

/** The rules of a fixture's private market, in the contract's words. */
export const POOL_TERMS = {
  genesis: GENESIS,
  periodLength: 900,
  plansLead: 600,
  proposalsLead: 400,
  confirmationTime: 300,
  reportingTime: 1800,
  toleranceBps: 500,
  bondWh: 100,
  bondNano: 1_000_000n,
};

/** What a fixture's private market may have otherwise. */
export interface PoolOptions {
  terms?: Partial<Record<keyof typeof POOL_TERMS, number | bigint>>;
  token?: Addressable;
}

/** The regulator's secret. */
export const AUDIT_SCALAR = 987_654_321n;
/** The tag of the fixture's gateway. To a contract any number is one. */
export const GATEWAY_TAG = 4242n;
/** What everybody has of the token and lets the pool take. */
const WEALTH = 10n ** 15n;

/** A private market with its actors. */
export type PoolFixture = Awaited<ReturnType<typeof deployPool>>;

/**
 * A private market beside a fixture's open one. Its verifiers stand in for real ones: a proof is the circuit's
 * number. Seller and buyer are authorised in the open market, and have not joined.
 */
export async function deployPool(
  fixture: MarketFixture,
  { terms = {}, token = fixture.token }: PoolOptions = {},
) {
  const { ethers, accessManager, actors, marketAddress } = fixture;
  const keyHolder = actors.people.at(-1)!;
  const [matcher, relayer, payer, seller, buyer] = actors.people as [
    Signer,
    Signer,
    Signer,
    Signer,
    Signer,
  ];
  const verifiers = [ZeroAddress];
  for (const circuit of Object.values(CIRCUIT_IDS)) {
    const verifier = await ethers.deployContract("StandInVerifier", [circuit]);
    verifiers[Number(circuit)] = await verifier.getAddress();
  }
  const poseidon = await ethers.deployContract("PoseidonT3");
  const configuration = {
    accessManager: await accessManager.getAddress(),
    market: marketAddress,
    token: await token.getAddress(),
    verifiers,
    terms: { ...POOL_TERMS, ...terms },
  };
  const libraries = { PoseidonT3: await poseidon.getAddress() };
  const pool = await ethers.deployContract("PrivateMarket", [configuration], { libraries });
  const address = await pool.getAddress();

  const byAdmin = accessManager.connect(actors.admin);
  const rights = {
    matcher: ["proposeMatches"],
    operator: ["expel", "setGateway"],
    regulator: ["setAuditKey"],
  } as const;
  for (const role of ["matcher", "operator", "regulator"] as const) {
    const selectors = rights[role].map((name) => pool.interface.getFunction(name).selector);
    await byAdmin.setTargetFunctionRole(address, selectors, ROLES[role]);
  }
  await byAdmin.grantRole(ROLES.matcher, matcher.address, 0);
  const record = await deployRecord(fixture, address, keyHolder);

  const { key, eighth } = auditKeyOf(AUDIT_SCALAR);
  await pool.connect(actors.regulator).setAuditKey([...key], [...eighth]);
  await pool.connect(actors.operator).setGateway(actors.gateway.address, GATEWAY_TAG);
  await fixture.token.connect(actors.treasurer).mint(payer.address, WEALTH);
  await fixture.token.connect(payer).approve(address, WEALTH);
  for (const person of [seller, buyer]) {
    if ((await fixture.market.participantOf(person.address)) === 0n) {
      await join(fixture, person, { depositNano: 0n });
    }
  }

  const { chainId } = await ethers.provider.getNetwork();
  const id: PoolId = { chainId, pool: address };
  return {
    ...fixture,
    pool,
    record,
    poolAddress: address,
    poolId: id,
    scope: scopeOf(id),
    configuration,
    libraries,
    auditKey: key,
    actors: { ...actors, matcher, relayer, payer, seller, buyer, keyHolder },
  };
}

/** The record of a pool's matching, which the key holder may write. */
export async function deployRecord(fixture: MarketFixture, pool: string, keyHolder: Signer) {
  const { ethers, accessManager, actors } = fixture;
  const record = await ethers.deployContract("MatchingRecord", [
    await accessManager.getAddress(),
    pool,
  ]);
  const byAdmin = accessManager.connect(actors.admin);
  const selectors = (["announceEpoch", "logOpening", "recordVerdicts"] as const).map(
    (name) => record.interface.getFunction(name).selector,
  );
  await byAdmin.setTargetFunctionRole(await record.getAddress(), selectors, ROLES.keyHolder);
  await byAdmin.grantRole(ROLES.keyHolder, keyHolder.address, 0);
  return record;
}

/** As `stage`, with a private market. */
export function stagePool<T extends object>(
  arrange: (fixture: PoolFixture) => Promise<T>,
  options: PoolOptions = {},
): PoolFixture & T {
  return stage(async (fixture) => {
    const poolFixture = await deployPool(fixture, options);
    return { ...poolFixture, ...(await arrange(poolFixture)) };
  });
}
