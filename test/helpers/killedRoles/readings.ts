// What the open market is told of meters, so that it settles what they show.
import { encodeCall, marketInterface, readView } from "../../../sdk/clients/contractHandle.ts";
import { walletSender } from "../../../sdk/private/client/poolSender.ts";
import { poolInterface } from "../../../sdk/private/chain/poolInterface.ts";
import { marketDomain, signReading } from "../../../sdk/readings/reading.ts";
import type { PrivateChain } from "../privateChainClient.ts";

/** What a meter shows in one period. */
export interface Shown {
  address: string;
  importWh: bigint;
  exportWh: bigint;
}

/** The grid is the first. */
const FIRST_PARTICIPANT = 2;

/** The meters of all of a market's participants: their registers, which only grow. */
export class Readings {
  readonly #chain: PrivateChain;
  readonly #registers = new Map<number, { importWh: bigint; exportWh: bigint }>();

  constructor(chain: PrivateChain) {
    this.#chain = chain;
  }

  /** Reports a period's readings of all, and settles it. @param shown of who is not named the meter stands still */
  async settle(period: number, shown: readonly Shown[]): Promise<void> {
    const { provider, gateway, chainId } = this.#chain;
    const market = await this.#market();
    const flows = new Map<number, Shown>();
    for (const one of shown) flows.set(await this.#read(market, "participantOf", one.address), one);
    const signer = await provider.getSigner(gateway);
    const last = await this.#read(market, "accountCount");
    const readings = [];
    for (let participant = FIRST_PARTICIPANT; participant <= last; ++participant) {
      const [view] = await readView(provider, market, marketInterface, "meterOf", [participant]);
      const meterId = Number((view as { meterId: bigint }).meterId);
      const registers = this.#advance(participant, flows.get(participant));
      const reading = { participant, meterId, period, ...registers };
      readings.push(await signReading(signer, marketDomain(chainId, market), reading));
    }
    const sender = walletSender(signer);
    await sender.send(encodeCall(market, marketInterface, "reportReadings", [readings]));
    await sender.send(encodeCall(market, marketInterface, "settle", [period, 2, 10_000]));
  }

  async #market(): Promise<string> {
    const { provider, pool } = this.#chain;
    return (await readView(provider, pool, poolInterface, "market"))[0] as string;
  }

  async #read(market: string, name: string, ...args: unknown[]): Promise<number> {
    const [value] = await readView(this.#chain.provider, market, marketInterface, name, args);
    return Number(value);
  }

  #advance(participant: number, { importWh, exportWh }: Omit<Shown, "address"> = NOTHING) {
    const before = this.#registers.get(participant) ?? NOTHING;
    const after = { importWh: before.importWh + importWh, exportWh: before.exportWh + exportWh };
    this.#registers.set(participant, after);
    return after;
  }
}

const NOTHING = { importWh: 0n, exportWh: 0n };
