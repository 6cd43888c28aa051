import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet, type HDNodeWallet } from "ethers";
import type { MatcherChain } from "../../../../../oracle/matcher/chain/matcherChain.ts";
import { SeedKeeper, seedOrNone } from "../../../../../oracle/matcher/epochs/seedKeeper.ts";
import { ForeignSeedError } from "../../../../../oracle/matcher/matcherErrors.ts";
import { MATCHER_TABLES } from "../../../../../oracle/matcher/store/matcherTables.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { ServiceStore } from "../../../../../oracle/store/serviceStore.ts";
import { seedCommitment } from "../../../../../sdk/private/rounds/periodSeed.ts";
import { rejection } from "../../../../helpers/rejection.ts";

const POOL = { chainId: 31_337n, pool: `0x${"ab".repeat(20)}` };
const HASH = `0x${"11".repeat(32)}`;

describe("SeedKeeper", () => {
  const wallet = Wallet.createRandom();
  let folder = "";
  let store: ServiceStore;
  /** What the chain has of this matcher, by epoch. */
  let committed: Map<number, { fromPeriod: bigint; commitment: string }>;
  let nowS = 0;
  let sending: () => void = () => {};

  // Plans of period p close at 100 p.
  const chain = {
    pool: POOL,
    get nowS() {
      return nowS;
    },
    epochs: [1, 2].map((epoch) => ({ epoch, fromPeriod: BigInt(10 * epoch), manifestHash: HASH })),
    plansCloseAtS: (period: bigint) => 100 * Number(period),
    seedOf: (epoch: number) => committed.get(epoch),
    commitSeed: async (epoch: number, commitment: string) => {
      sending();
      committed.set(epoch, { fromPeriod: BigInt(10 * epoch), commitment });
    },
  } as unknown as MatcherChain;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-seeds-"));
    const owner = { service: "matcher", ...POOL };
    store = ServiceStore.open(path.join(folder, "m.sqlite"), { owner, tables: MATCHER_TABLES });
    committed = new Map();
    nowS = 0;
    sending = () => {};
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const keeper = (by: HDNodeWallet = wallet) => new SeedKeeper(store, chain, by);

  it("commits to a seed of its own for each epoch, once", async () => {
    await keeper().commit();
    const before = new Map(committed);
    await keeper().commit();
    expect(committed).to.deep.equal(before);
    const seeds = [1, 2].map((epoch) => keeper().seedFor(epoch, BigInt(10 * epoch))!);
    expect(seeds.map(seedCommitment)).to.deep.equal(
      [1, 2].map((epoch) => committed.get(epoch)!.commitment),
    );
    expect(Buffer.compare(seeds[0]!, seeds[1]!)).not.to.equal(0);
  });

  it("has the seed on the disk, encrypted, before the chain has its hash", async () => {
    sending = () => {
      throw new RangeError("the process dies here");
    };
    await keeper()
      .commit()
      .catch(() => undefined);
    const row = store.one("SELECT sealed, commitment FROM seeds WHERE epoch = 1")!;
    expect(committed.size).to.equal(0);
    sending = () => {};
    await keeper().commit();
    // The same seed, and not another one.
    expect(committed.get(1)!.commitment).to.equal(row.commitment);
    const seed = keeper().seedFor(1, 10n)!;
    expect(Buffer.from(row.sealed as Uint8Array).includes(Buffer.from(seed))).to.equal(false);
  });

  it("commits to none for an epoch that is over", async () => {
    nowS = 100 * 20;
    await keeper().commit();
    expect([...committed.keys()]).to.deep.equal([2]);
  });

  it("gives none for periods before those that it was committed for", async () => {
    await keeper().commit();
    committed.set(1, { ...committed.get(1)!, fromPeriod: 13n });
    expect(keeper().seedFor(1, 12n)).to.equal(undefined);
    expect(keeper().seedFor(1, 13n)).to.have.length(32);
    expect(keeper().seedFor(3, 40n)).to.equal(undefined);
  });

  it("refuses seeds that are not those of the chain, or of another key", async () => {
    await keeper().commit();
    expect(() => keeper(Wallet.createRandom()).seedFor(1, 10n)).to.throw(ForeignSeedError);
    committed.set(1, { fromPeriod: 10n, commitment: HASH });
    expect(() => keeper().seedFor(1, 10n)).to.throw(ForeignSeedError, "epoch 1");
    store.run("DELETE FROM seeds");
    expect(() => keeper().seedFor(2, 20n)).to.throw(ForeignSeedError, "epoch 2");
  });

  it("commits for other epochs where one's seed cannot be read", async () => {
    sending = () => {
      throw new RangeError("the process dies here");
    };
    await rejection(keeper().commit());
    sending = () => {};
    store.run("UPDATE seeds SET sealed = zeroblob(60) WHERE epoch = 1");
    expect(await rejection(keeper().commit())).to.be.instanceOf(ForeignSeedError);
    expect([...committed.keys()]).to.deep.equal([2]);
    expect(keeper().seedFor(2, 20n)).to.have.length(32);
  });

  it("goes on with other epochs where one's seed is lost, and says so once", async () => {
    await keeper().commit();
    store.run("DELETE FROM seeds WHERE epoch = 1");
    const lines: string[] = [];
    const log = new Log({ write: (line) => lines.push(line) });
    const seeds = [1, 1, 2].map((epoch) =>
      seedOrNone(keeper(), log, { epoch, period: BigInt(10 * epoch) }),
    );
    expect(seeds.map((seed) => seed?.length)).to.deep.equal([undefined, undefined, 32]);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include("seed of epoch 1 is not the one");
  });
});
