import type { RoundOpening } from "../../../sdk/private/rounds/roundOpening.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptRound } from "../store/roundRows.ts";

export interface StatusSources {
  /** The key holder's own address. */
  address: string;
  matcher: string;
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
}

export type KeyHolderStatus = ReturnType<typeof keyHolderStatus>;

const MOST_ROUNDS = 64;
const MOST_EVIDENCE = 100;
const MOST_BANS = 100;

/** What everybody may know of a key holder: nothing of it is a plan's term. */
export function keyHolderStatus({ address, matcher, store, chain, epochs }: StatusSources) {
  const { chainId, pool } = chain.pool;
  return {
    keyHolder: address,
    matcher,
    pool,
    chainId,
    /** The chain's time. */
    nowS: chain.lastNowS,
    epochs: epochs.announced().map(({ number, fromPeriod, refusals, isRetired }) => {
      return { epoch: number, fromPeriod, refusals, isRetired };
    }),
    uploads: store.uploads.counts(),
    rounds: store.rounds.latest(MOST_ROUNDS).map((round) => roundStatus(store, round)),
    matches: store.matches.counts(),
    verdicts: store.verdicts.counts(),
    banned: store.matches.bans(MOST_BANS),
    evidence: store.evidence.latest(MOST_EVIDENCE),
    evidenceCounts: store.evidence.counts(),
  };
}

function roundStatus(
  { rounds, ranks, matches }: KeyHolderStore,
  { id, period, round, state, opening, told }: KeptRound,
) {
  const { bidLeaves, offerLeaves } = JSON.parse(opening) as RoundOpening;
  const formed = matches.ofRound(id);
  return {
    period,
    round,
    id,
    state,
    bids: bidLeaves.length,
    offers: offerLeaves.length,
    ranksTold: ranks.toldOf(id) ?? told,
    pairs: rounds.pairsOf(id).length,
    formed: formed.length,
    proposed: formed.filter((match) => match.state === "proposed").length,
  };
}
