import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { Wallet } from "ethers";
import type { AnnouncedEpoch } from "../../../sdk/private/epochs/matchingRecordInterface.ts";
import type { PoolId } from "../../../sdk/private/pool.ts";
import { seedCommitment } from "../../../sdk/private/rounds/periodSeed.ts";
import { eachByItself } from "../../eachByItself.ts";
import type { ServiceStore } from "../../store/serviceStore.ts";
import type { Log } from "../../operations/log.ts";
import type { MatcherChain } from "../chain/matcherChain.ts";
import { ForeignSeedError } from "../matcherErrors.ts";

const SEED_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The matcher's secret of each epoch, from which positions and masks follow. It is on the disk, encrypted, before the
 * chain has its hash: whoever commits to a seed and loses it has no rounds in that epoch.
 */
export class SeedKeeper {
  readonly #store: ServiceStore;
  readonly #chain: MatcherChain;
  readonly #key: Uint8Array;
  readonly #pool: PoolId;

  /** @param wallet the matcher's: who opens its keystore opens its seeds */
  constructor(store: ServiceStore, chain: MatcherChain, wallet: Pick<Wallet, "privateKey">) {
    this.#store = store;
    this.#chain = chain;
    this.#pool = chain.pool;
    const secret = Buffer.from(wallet.privateKey.slice(2), "hex");
    const salt = Buffer.from(`${this.#pool.chainId} ${this.#pool.pool.toLowerCase()}`);
    this.#key = new Uint8Array(hkdfSync("sha256", secret, salt, "sealwatt/matcher/seeds", 32));
  }

  /**
   * Makes seeds for epochs that have none yet, and commits to them on the chain; one that cannot be read keeps no other
   * epoch waiting.
   * @throws what sending throws; ForeignSeedError
   */
  async commit(): Promise<void> {
    const { epochs, nowS } = this.#chain;
    const isDue = ({ epoch }: AnnouncedEpoch, index: number) => {
      const next = epochs[index + 1];
      // The contract takes none for an epoch that is over.
      const isOver = next !== undefined && this.#chain.plansCloseAtS(next.fromPeriod) <= nowS;
      return !isOver && this.#chain.seedOf(epoch) === undefined;
    };
    await eachByItself(
      epochs.filter(isDue).map(({ epoch }) => () => {
        return this.#chain.commitSeed(epoch, seedCommitment(this.#own(epoch) ?? this.#make(epoch)));
      }),
    );
  }

  /**
   * The seed for a period.
   * @returns undefined where none was committed to that is for it
   * @throws ForeignSeedError
   */
  seedFor(epoch: number, period: bigint): Uint8Array | undefined {
    const committed = this.#chain.seedOf(epoch);
    if (committed === undefined || committed.fromPeriod > period) return undefined;
    const seed = this.#own(epoch);
    if (seed === undefined || seedCommitment(seed) !== committed.commitment) {
      throw new ForeignSeedError(epoch);
    }
    return seed;
  }

  #make(epoch: number): Uint8Array {
    const seed = new Uint8Array(randomBytes(SEED_BYTES));
    this.#store.run(
      "INSERT INTO seeds VALUES (?, ?, ?)",
      epoch,
      this.#seal(epoch, seed),
      seedCommitment(seed),
    );
    return seed;
  }

  #own(epoch: number): Uint8Array | undefined {
    const row = this.#store.one("SELECT sealed, commitment FROM seeds WHERE epoch = ?", epoch);
    if (row === undefined) return undefined;
    const seed = this.#open(epoch, row.sealed as Uint8Array);
    if (seedCommitment(seed) !== row.commitment) throw new ForeignSeedError(epoch);
    return seed;
  }

  #seal(epoch: number, seed: Uint8Array): Uint8Array {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv).setAAD(Buffer.from(`${epoch}`));
    return Buffer.concat([iv, cipher.update(seed), cipher.final(), cipher.getAuthTag()]);
  }

  #open(epoch: number, sealed: Uint8Array): Uint8Array {
    const decipher = createDecipheriv("aes-256-gcm", this.#key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(`${epoch}`))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      const body = sealed.subarray(IV_BYTES, -TAG_BYTES);
      return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
    } catch {
      throw new ForeignSeedError(epoch);
    }
  }
}

/** As `seedFor`; an epoch whose seed is lost has none, which is said, and keeps no other epoch waiting. */
export function seedOrNone(
  seeds: Pick<SeedKeeper, "seedFor">,
  log: Log,
  { epoch, period }: { epoch: number; period: bigint },
): Uint8Array | undefined {
  try {
    return seeds.seedFor(epoch, period);
  } catch (error) {
    if (!(error instanceof ForeignSeedError)) throw error;
    log.error("An epoch's seed is lost.", { epoch, error }, { repeatKey: `seed ${epoch}` });
    return undefined;
  }
}
