import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { KeyHolderChain } from "../../../../../oracle/keyholder/chain/keyHolderChain.ts";
import { PeriodTimes } from "../../../../../sdk/private/periodTimes.ts";
import type { EpochKeeper } from "../../../../../oracle/keyholder/epochs/epochKeeper.ts";
import { SilenceWatch } from "../../../../../oracle/keyholder/evidence/silenceWatch.ts";
import { Witness } from "../../../../../oracle/keyholder/evidence/witness.ts";
import { RoundDesk } from "../../../../../oracle/keyholder/rounds/roundDesk.ts";
import { KeyHolderStore } from "../../../../../oracle/keyholder/store/keyHolderStore.ts";
import type { RoundState } from "../../../../../oracle/keyholder/store/roundRows.ts";
import { Log } from "../../../../../oracle/operations/log.ts";
import { ContractRevertedError } from "../../../../../sdk/clients/revertError.ts";
import type { LoggedOpening } from "../../../../../sdk/private/epochs/matchingRecordInterface.ts";
import { encodeBid, encodeOffer } from "../../../../../sdk/private/matching/encodePlan.ts";
import { compileFeatures } from "../../../../../sdk/private/matching/featureSchema.ts";
import { wireJson } from "../../../../../sdk/private/wire/wireJson.ts";
import { POOL_TERMS } from "../../../../helpers/privateMarket.ts";

const POOL = { chainId: 31_337n, pool: "0x1111111111111111111111111111111111111111" };
const HASH = `0x${"22".repeat(32)}`;
const code = compileFeatures({
  features: [{ kind: "numeric", name: "east", least: 0, most: 100, weight: 1 }],
  resolution: 100,
  weights: "market",
});
const numbersOf = (bidEast: number, offerEast: number) => ({
  bid: encodeBid(code, { east: bidEast }),
  offer: encodeOffer(code, { east: offerEast }),
});

describe("The key holder's rounds in its store", () => {
  let folder: string;
  let store: KeyHolderStore;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "sealwatt-rounds-"));
    store = KeyHolderStore.open(folder, POOL);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const times = new PeriodTimes(POOL_TERMS as never);
  /** What of a chain is asked here. */
  const chainAt = (lastNowS: number, more: object = {}) =>
    ({
      times,
      lastNowS,
      pool: POOL,
      record: { openings: [] },
      ...more,
    }) as unknown as KeyHolderChain;
  const partsOf = (chain: KeyHolderChain) => ({
    store,
    chain,
    epochs: { manifestOf: () => ({ code }) } as unknown as EpochKeeper,
    witness: new Witness(store, chain, new Log({ write: () => {} })),
  });
  function addRound(id: string, period: bigint, state: RoundState): void {
    const opening = wireJson({ bidLeaves: [HASH, HASH], offerLeaves: [HASH, HASH] });
    store.rounds.add({
      ...{ id, period, round: 0, epoch: HASH, opening, bids: 2, offers: 2, openedAtS: 1 },
    });
    store.rounds.setState(id, state);
  }
  /** A round whose bids had each the farther offer ranked first. */
  async function addLyingRound(id: string, period: bigint): Promise<void> {
    addRound(id, period, "kept");
    for (const [bid, nearest] of [
      [0, 1],
      [1, 0],
    ].entries()) {
      await store.ranks.add(id, bid, wireJson({ position: bid, nearest, outOfRange: [] }));
    }
    const pairs = [
      { bid: 0, offer: 0 },
      { bid: 1, offer: 1 },
    ];
    store.rounds.addPairs(id, { pairsHash: HASH, pairs, told: 2 });
    store.rounds.setState(id, "opening");
    store.rounds.answerPair(id, 0, { answer: "{}", numbers: numbersOf(10, 90) });
    store.rounds.answerPair(id, 1, { answer: "{}", numbers: numbersOf(90, 10) });
  }

  it("are compared with their opened plans when time ends them, too, and these are forgotten", async () => {
    await addLyingRound("a", 1n);
    store.attendance.note(1, 0);
    store.attendance.note(times.proposalsCloseAt(1n), Infinity);
    const watch = new SilenceWatch(partsOf(chainAt(times.proposalsCloseAt(1n))));
    watch.look();
    expect(store.evidence.all().map(({ kind }) => kind)).to.deep.equal(["round left", "ranks"]);
    expect(store.rounds.find("a")!.state).to.equal("ended");
    expect(store.rounds.pairsOf("a").map(({ numbers }) => numbers)).to.deep.equal([
      undefined,
      undefined,
    ]);
    watch.look();
    expect(store.evidence.all().every(({ times: found }) => found === 1)).to.equal(true);
  });

  it("that the key holder was away in are compared all the same, and nobody has left them", async () => {
    await addLyingRound("a", 1n);
    store.attendance.note(times.plansCloseAt(1n), 0);
    store.attendance.note(times.proposalsCloseAt(1n), 15);
    new SilenceWatch(partsOf(chainAt(times.proposalsCloseAt(1n)))).look();
    expect(store.evidence.all().map(({ kind }) => kind)).to.deep.equal(["ranks"]);
    expect(store.rounds.find("a")!.state).to.equal("ended");
  });

  it("are told in short, without their openings", async () => {
    addRound("a", 1n, "ranking");
    await addLyingRound("b", 2n);
    const [later, earlier] = store.rounds.latest(9);
    expect(later).to.deep.equal({
      ...{ id: "b", period: 2n, round: 0, state: "opening", bids: 2, offers: 2, told: 2 },
      ...{ pairsHash: HASH, pairs: 2, formed: 0, proposed: 0 },
    });
    expect(earlier).to.include({ id: "a", pairs: 0, told: 0, pairsHash: undefined });
    expect(store.rounds.latest(1).length).to.equal(1);
  });

  it("are logged again after a reorganisation, also where one of them is refused", async () => {
    addRound("a", 1n, "ranking");
    await addLyingRound("b", 2n);
    const logged: string[] = [];
    const nowS = times.plansCloseAt(2n);
    const logOnce = ({ kind, round, count }: LoggedOpening) => {
      if (round === "b") {
        throw new ContractRevertedError({ name: "EpochMissing", args: {} });
      }
      logged.push(`${kind} ${round} ${count}`);
      return Promise.resolve();
    };
    const desk = (lastNowS: number) =>
      new RoundDesk(partsOf(chainAt(lastNowS, { logOnce })), Wallet.createRandom().address);
    // The refused one may be taken when its epoch is back on the chain.
    expect(await desk(nowS).relog()).to.equal(false);
    expect(logged).to.deep.equal(["ranks a 2"]);
    // Not for ever.
    expect(await desk(times.proposalsCloseAt(2n)).relog()).to.equal(true);
  });
});
