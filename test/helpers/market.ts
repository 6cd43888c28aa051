import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { ZeroHash } from "ethers";
import hre from "hardhat";
import Sealwatt from "../../ignition/modules/Sealwatt.ts";
import { defaultParameters, type MarketParameters } from "../../sdk/market/parameters.ts";
import { commitmentDomain } from "../../sdk/orders/commitment.ts";
import { marketDomain } from "../../sdk/readings/reading.ts";

/** When period 0 begins; always the same, so that every run of a test is. */
export const GENESIS = 1_900_000_800;
/** Seconds from the chain's first block to period 0. */
const GENESIS_DELAY = 10_000;

/** What a fixture's market may have otherwise. */
export interface MarketOptions {
  parameters?: Partial<MarketParameters>;
  periodLength?: number;
  /** Accounts of the chain; the first nine are the named actors. */
  accounts?: number;
  /** Blocks follow the clock instead of being a second apart, so that thousands fit into a window. */
  crowded?: boolean;
  /** When period 0 begins, where it must be near the present: Unix seconds. */
  genesis?: number;
  /** Seconds between the announcement of an administrator's call and its execution. */
  adminDelay?: number;
}

/** A deployed market with its actors. */
export type MarketFixture = Awaited<ReturnType<typeof deployMarket>>;

/** A market on an embedded chain of its own, with named actors and nobody registered. */
export async function deployMarket({
  parameters = {},
  periodLength = 900,
  accounts = 40,
  crowded = false,
  genesis = GENESIS,
  adminDelay = 0,
}: MarketOptions = {}) {
  const connection = await hre.network.create({
    network: "default",
    override: {
      accounts: { count: accounts },
      initialBaseFeePerGas: 0,
      allowBlocksWithSameTimestamp: crowded,
      // An estimate for each of thousands of transactions would take half of the time.
      ...(crowded && { gas: 16_777_216 }),
      initialDate: new Date((genesis - GENESIS_DELAY) * 1000),
    },
  });
  const { ethers, ignition, networkHelpers } = connection;
  const signers = await ethers.getSigners();
  const [deployer, admin, operator, regulator, treasurer, grid, gateway, agent, stranger] =
    signers as [Signer, Signer, Signer, Signer, Signer, Signer, Signer, Signer, Signer];
  const people = signers.slice(9);
  const rules = { ...defaultParameters(periodLength), ...parameters };
  const { accessManager, forwarder, token, core, registry } = await ignition.deploy(Sealwatt, {
    parameters: {
      Sealwatt: {
        admin: admin.address,
        operator: operator.address,
        regulator: regulator.address,
        treasurer: treasurer.address,
        grid: grid.address,
        genesis,
        periodLength,
        parameters: { ...rules },
        adminDelay,
      },
    },
  });
  const marketAddress = await core.getAddress();
  const market = await ethers.getContractAt("IEnergyMarket", marketAddress);
  const { chainId } = await ethers.provider.getNetwork();
  return {
    connection,
    ethers,
    networkHelpers,
    actors: {
      deployer,
      admin,
      operator,
      regulator,
      treasurer,
      grid,
      gateway,
      agent,
      stranger,
      people,
    },
    accessManager: await ethers.getContractAt("AccessManager", await accessManager.getAddress()),
    forwarder: await ethers.getContractAt("Forwarder", await forwarder.getAddress()),
    token: await ethers.getContractAt("CommunityCurrency", await token.getAddress()),
    market,
    core: await ethers.getContractAt("EnergyMarket", marketAddress),
    marketAddress,
    registry: await ethers.getContractAt("Registry", await registry.getAddress()),
    genesis,
    periodLength,
    parameters: rules,
    domain: commitmentDomain(chainId, marketAddress),
    typedDomain: marketDomain(chainId, marketAddress),
  };
}

type Signer = HardhatEthersSigner;

/** A registered, authorised, metered participant with money. */
export interface Participant {
  id: number;
  owner: Signer;
  gateway: Signer;
  meterId: number;
}

/** What a participant joins with. */
export interface JoinOptions {
  greenSupply?: boolean;
  greenPreference?: boolean;
  depositNano?: bigint;
  ratedPowerW?: number;
  gateway?: Signer;
}

/** Registers, authorises and meters an account, and pays its deposit. */
export async function join(
  fixture: MarketFixture,
  owner: Signer,
  {
    greenSupply = false,
    greenPreference = false,
    depositNano = 1_000_000_000_000n,
    ratedPowerW = 100_000,
    gateway = fixture.actors.gateway,
  }: JoinOptions = {},
): Promise<Participant> {
  const { market, registry, actors } = fixture;
  await registry.connect(owner).register({
    displayName: `participant ${owner.address.slice(2, 8)}`,
    energyType: greenSupply ? 1 : 5,
    greenPreference,
    microgrid: ZeroHash,
    location: ZeroHash,
  });
  await registry.connect(actors.operator).authorise(owner.address);
  const id = Number(await market.participantOf(owner.address));
  await registry
    .connect(actors.operator)
    .bindMeter(id, `meter-${id}`, gateway.address, ratedPowerW, 0, 0);
  if (depositNano !== 0n) await pay(fixture, id, depositNano);
  const { meterId } = await market.meterOf(id);
  return { id, owner, gateway, meterId: Number(meterId) };
}

/** Mints settlement tokens and deposits them into an account. */
export async function pay(fixture: MarketFixture, id: number, amountNano: bigint): Promise<void> {
  const { market, token, actors, marketAddress } = fixture;
  const { treasurer } = actors;
  await token.connect(treasurer).mint(treasurer.address, amountNano);
  await token.connect(treasurer).approve(marketAddress, amountNano);
  await market.connect(treasurer).deposit(id, amountNano);
}

/** Mines a block `offset` seconds into a period. */
export async function goTo(fixture: MarketFixture, period: number, offset = 0): Promise<void> {
  const { genesis, periodLength, networkHelpers } = fixture;
  await networkHelpers.time.increaseTo(genesis + period * periodLength + offset);
}

/** Has the next block, which holds the next transaction, at `offset` seconds into a period exactly. */
export async function at(fixture: MarketFixture, period: number, offset = 0): Promise<void> {
  const { genesis, periodLength, networkHelpers } = fixture;
  await networkHelpers.time.setNextBlockTimestamp(genesis + period * periodLength + offset);
}
