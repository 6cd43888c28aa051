import type { Provider, Result, TypedDataDomain } from "ethers";
import { BaseError, showValue } from "../errors.ts";
import { WrongChainError } from "../deployment/checkDeployment.ts";
import type { MarketParameters } from "../market/parameters.ts";
import { commitmentDomain } from "../orders/commitment.ts";
import { marketDomain } from "../readings/reading.ts";
import {
  currencyInterface,
  marketInterface,
  readView,
  registryInterface,
  type MarketAddresses,
} from "./contractHandle.ts";
import { refuseAnswer, toRevertError } from "./revertError.ts";

/** A participant's money and standing; see `AccountView` in `IMarketEvents`. */
export interface Account {
  owner: string;
  balanceNano: bigint;
  lockedNano: bigint;
  freeNano: bigint;
  reputation: number;
  missedReadings: number;
  activeUntil: number;
  authorised: boolean;
  metered: boolean;
  frozen: boolean;
  suspended: boolean;
  greenSupply: boolean;
  greenPreference: boolean;
}

/** An opened order; see `OrderView` in `IMarketEvents`. */
export interface OpenedOrderState {
  opened: boolean;
  sell: boolean;
  green: boolean;
  energyWh: number;
  priceMicroPerKwh: number;
  filledWh: number;
  tradeNano: bigint;
}

/** How far clearing has come; mirrors `PHASE_*` of `PeriodBook`. */
export const PHASES = ["opening", "green", "all", "cleared"] as const;

/** How far a period has come. */
export interface PeriodState {
  begun: boolean;
  phase: (typeof PHASES)[number];
  openedCount: number;
  settledCount: number;
  /** Accounts to settle; 0 until the first settlement. */
  accountCount: number;
  tradedWh: bigint;
  tradedNano: bigint;
  trades: number;
}

/** A meter's binding and registers; see `MeterView` in `IMarketEvents`. */
export interface MeterReadingState {
  gateway: string;
  ratedPowerW: number;
  meterId: number;
  boundIn: number;
  importWh: bigint;
  exportWh: bigint;
  importDeltaWh: bigint;
  exportDeltaWh: bigint;
  period: number;
  hasReading: boolean;
}

/** A meter's binding in the registry; see `MeterRecord` in `IRegistry`. */
export interface MeterRecord {
  serial: string;
  gateway: string;
  meterId: number;
  ratedPowerW: number;
  /** Unix seconds. */
  boundAtS: number;
  importWh: bigint;
  exportWh: bigint;
}

/** What could not be paid when it was due, both ways. */
export interface Dues {
  owesGridNano: bigint;
  owesFundNano: bigint;
  gridOwesNano: bigint;
  fundOwesNano: bigint;
}

/** What never changes in a market. */
export interface MarketConstants {
  chainId: bigint;
  /** Unix seconds at which period 0 begins. */
  genesis: number;
  /** Seconds of a delivery period. */
  periodLength: number;
  /** What every commitment is bound to. */
  domain: string;
  /** What every EIP-712 signature is bound to. */
  typedDomain: TypedDataDomain;
}

/** At the address there is no market. */
export class NoMarketError extends BaseError {
  override name = "NoMarketError";
}

const number = (value: unknown) => Number(value);

/** The views of a market, decoded. Needs no key. */
export class MarketReads {
  readonly provider: Provider;
  readonly addresses: MarketAddresses;
  readonly constants: MarketConstants;

  private constructor(provider: Provider, addresses: MarketAddresses, constants: MarketConstants) {
    this.provider = provider;
    this.addresses = addresses;
    this.constants = constants;
  }

  /**
   * Connects to the market at its address.
   * @param options.chainId the chain that is meant; another is refused
   * @throws ChainUnreachableError, WrongChainError, NoMarketError
   */
  static async connect(
    provider: Provider,
    { market, registry }: Pick<MarketAddresses, "market" | "registry">,
    { chainId: expected }: { chainId?: bigint } = {},
  ): Promise<MarketReads> {
    const chainId = await readChainId(provider);
    if (expected !== undefined && chainId !== expected) {
      throw new WrongChainError(Number(expected), chainId);
    }
    if ((await provider.getCode(market).catch(refuseAnswer)) === "0x") {
      throw new NoMarketError(`There is no contract at ${showValue(market)}.`, {
        metaMessages: ["Check the address and the chain; a chain in memory forgets its contracts."],
      });
    }
    const read = (name: string) => readView(provider, market, marketInterface, name);
    const [genesis, periodLength, token] = await Promise.all([
      read("genesis"),
      read("periodLength"),
      read("settlementToken"),
    ]);
    return MarketReads.of(
      provider,
      { market, registry, token: token[0] as string },
      { chainId, genesis: number(genesis[0]), periodLength: number(periodLength[0]) },
    );
  }

  /** The market whose constants are known already, also while no node answers. */
  static of(
    provider: Provider,
    addresses: MarketAddresses,
    known: Pick<MarketConstants, "chainId" | "genesis" | "periodLength">,
  ): MarketReads {
    const { chainId } = known;
    return new MarketReads(provider, addresses, {
      ...known,
      domain: commitmentDomain(chainId, addresses.market),
      typedDomain: marketDomain(chainId, addresses.market),
    });
  }

  #market(name: string, args: readonly unknown[] = []): Promise<Result> {
    return readView(this.provider, this.addresses.market, marketInterface, name, args);
  }

  // ---------------------------------------------------------------- clock

  /** Unix seconds at which a period's delivery begins. */
  startOf(period: number): number {
    return this.constants.genesis + period * this.constants.periodLength;
  }

  /** The period in delivery at a time; 0 before period 0 has begun. */
  periodAt(timeS: number): number {
    const { genesis, periodLength } = this.constants;
    return Math.max(0, Math.floor((timeS - genesis) / periodLength));
  }

  /** The rules that hold for a period. */
  async parametersOf(period: number): Promise<MarketParameters> {
    const [view] = await this.#market("parametersOf", [period]);
    const fields = (view as Result).toObject() as Record<keyof MarketParameters, bigint>;
    const { marginNano, nonOpeningChargeNano, ...numbers } = fields;
    return {
      ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
      marginNano,
      nonOpeningChargeNano,
    } as MarketParameters;
  }

  // ---------------------------------------------------------------- accounts

  /** The account number of an owner; 0 where it has none. */
  async participantOf(owner: string): Promise<number> {
    return number((await this.#market("participantOf", [owner]))[0]);
  }

  /** Accounts of the market; they are numbered from 1, which is the grid. */
  async accountCount(): Promise<number> {
    return number((await this.#market("accountCount"))[0]);
  }

  async accountOf(participant: number): Promise<Account> {
    const [view] = await this.#market("accountOf", [participant]);
    const account = (view as Result).toObject() as Record<string, unknown>;
    return {
      ...(account as unknown as Account),
      reputation: number(account.reputation),
      missedReadings: number(account.missedReadings),
      activeUntil: number(account.activeUntil),
    };
  }

  async duesOf(participant: number): Promise<Dues> {
    return (
      (await this.#market("duesOf", [participant]))[0] as Result
    ).toObject() as unknown as Dues;
  }

  async totalDues(): Promise<Dues> {
    return ((await this.#market("totalDues"))[0] as Result).toObject() as unknown as Dues;
  }

  async vaultNano(): Promise<bigint> {
    return (await this.#market("vaultNano"))[0] as bigint;
  }

  async incentiveFundNano(): Promise<bigint> {
    return (await this.#market("incentiveFundNano"))[0] as bigint;
  }

  /** Settlement tokens that the vault holds, in the token's own units. */
  async vaultTokens(): Promise<bigint> {
    const { token, market } = this.addresses;
    return (
      await readView(this.provider, token, currencyInterface, "balanceOf", [market])
    )[0] as bigint;
  }

  // ---------------------------------------------------------------- orders

  async orderOf(period: number, participant: number): Promise<OpenedOrderState> {
    const [view] = await this.#market("orderOf", [period, participant]);
    const order = (view as Result).toObject() as Record<string, unknown>;
    return {
      opened: order.opened as boolean,
      sell: order.sell as boolean,
      green: order.green as boolean,
      energyWh: number(order.energyWh),
      priceMicroPerKwh: number(order.priceMicroPerKwh),
      filledWh: number(order.filledWh),
      tradeNano: order.tradeNano as bigint,
    };
  }

  /** The periods of a day for which a schedule holds an order, as bits; 0 where there is none. */
  async scheduledPeriods(participant: number, day: number): Promise<bigint> {
    return (await this.#market("scheduleOf", [participant, day]))[1] as bigint;
  }

  /** Where a single order's seal is stored, or 0. */
  async sealOf(participant: number, period: number): Promise<bigint> {
    return (await this.#market("sealOf", [participant, period]))[0] as bigint;
  }

  // ---------------------------------------------------------------- periods

  async periodOf(period: number): Promise<PeriodState> {
    const [view] = await this.#market("periodOf", [period]);
    const state = (view as Result).toObject() as Record<string, unknown>;
    const totals = state.totals as { tradedWh: bigint; tradedNano: bigint; trades: bigint };
    return {
      begun: state.begun as boolean,
      phase: PHASES[number(state.phase)]!,
      openedCount: number(state.openedCount),
      settledCount: number(state.settledCount),
      accountCount: number(state.accountCount),
      tradedWh: totals.tradedWh,
      tradedNano: totals.tradedNano,
      trades: number(totals.trades),
    };
  }

  /** The period's price, rounded down: the trades' average, or the reference price. */
  async averagePriceMicroPerKwhDown(period: number): Promise<number> {
    return number((await this.#market("averagePriceMicroPerKwhDown", [period]))[0]);
  }

  async isSettled(period: number, participant: number): Promise<boolean> {
    return (await this.#market("isSettled", [period, participant]))[0] as boolean;
  }

  // ---------------------------------------------------------------- meters

  async meterOf(participant: number): Promise<MeterReadingState> {
    const [view] = await this.#market("meterOf", [participant]);
    const meter = (view as Result).toObject() as Record<string, unknown>;
    return {
      gateway: meter.gateway as string,
      ratedPowerW: number(meter.ratedPowerW),
      meterId: number(meter.meterId),
      boundIn: number(meter.boundIn),
      importWh: meter.importWh as bigint,
      exportWh: meter.exportWh as bigint,
      importDeltaWh: meter.importDeltaWh as bigint,
      exportDeltaWh: meter.exportDeltaWh as bigint,
      period: number(meter.period),
      hasReading: meter.hasReading as boolean,
    };
  }

  /** All bindings of a participant's meters, the oldest first. */
  async metersOf(participant: number): Promise<MeterRecord[]> {
    const [records] = await readView(
      this.provider,
      this.addresses.registry,
      registryInterface,
      "metersOf",
      [participant],
    );
    return (records as Result[]).map((record) => {
      const { serial, gateway, importWh, exportWh, ...numbers } = record.toObject() as Record<
        string,
        unknown
      >;
      return {
        serial: serial as string,
        gateway: gateway as string,
        meterId: number(numbers.meterId),
        ratedPowerW: number(numbers.ratedPowerW),
        boundAtS: number(numbers.boundAt),
        importWh: importWh as bigint,
        exportWh: exportWh as bigint,
      };
    });
  }

  /** Seconds between a gateway's samples, as the operator has set them for all; 0 for none. */
  async readingInterval(): Promise<number> {
    const { registry } = this.addresses;
    const [seconds] = await readView(this.provider, registry, registryInterface, "readingInterval");
    return number(seconds);
  }

  /** The operator's key for openings, a compressed secp256k1 point; undefined where none is set. */
  async openingKey(): Promise<string | undefined> {
    const { registry } = this.addresses;
    const [key] = await readView(this.provider, registry, registryInterface, "openingKey");
    return key === "0x" ? undefined : (key as string);
  }
}

async function readChainId(provider: Provider): Promise<bigint> {
  try {
    return (await provider.getNetwork()).chainId;
  } catch (error) {
    throw toRevertError(error);
  }
}
