import { ContractRevertedError } from "../../../sdk/clients/revertError.ts";
import { proposeAll, type RefusedProposal } from "../../../sdk/private/matcher/proposeAll.ts";
import type { KeyHolderChain } from "../chain/keyHolderChain.ts";
import { refusesCaller, ROLE_NAMES } from "../chain/keyHolderRoles.ts";
import type { EpochKeeper } from "../epochs/epochKeeper.ts";
import type { Witness } from "../evidence/witness.ts";
import { eachByItself } from "../../eachByItself.ts";
import { InTurn } from "../inTurn.ts";
import { Refusal } from "../refusal.ts";
import { endRound, roundLeft } from "../rounds/endRound.ts";
import type { RoundDesk } from "../rounds/roundDesk.ts";
import type { KeyHolderStore } from "../store/keyHolderStore.ts";
import type { KeptMatch } from "../store/matchRows.ts";

/** What became of a round's matches. */
export interface FinishedRound {
  proposed: Pick<KeptMatch, "record" | "sellPlan" | "buyPlan">[];
  refused: (Pick<KeptMatch, "sellPlan" | "buyPlan"> & { reason: string })[];
}

interface MatchParts {
  store: KeyHolderStore;
  chain: KeyHolderChain;
  epochs: EpochKeeper;
  witness: Witness;
}

/** The part of a round's time in which the key holder no longer waits for the matcher to finish it. */
const LAST_PART = 0.25;

/** Brings formed matches to the chain, each once: what it sent before a crash it finds there. */
export class MatchDesk {
  readonly #parts: MatchParts;
  readonly #rounds: RoundDesk;
  readonly #turns = new InTurn();

  constructor(parts: MatchParts, rounds: RoundDesk) {
    this.#parts = parts;
    this.#rounds = rounds;
  }

  /** Ends a round, and proposes what was formed in it. @throws Refusal, and what the chain's node throws */
  finish(id: string): Promise<FinishedRound> {
    const { period } = this.#rounds.require(id).kept;
    return this.#rounds.inTurn(period, () => this.#finish(id));
  }

  /** Ends a round that the matcher has left, on record unless the key holder was away. */
  #finishLeft(id: string): Promise<unknown> {
    const { store, chain, witness } = this.#parts;
    const { kept } = this.#rounds.require(id);
    const wasAway = !store.attendance.covers(kept.openedAtS, chain.lastNowS);
    if (!wasAway) witness.keep(roundLeft(kept, "in time"));
    return this.#rounds.inTurn(kept.period, () => this.#finish(id, wasAway));
  }

  async #finish(id: string, wasAway = false): Promise<FinishedRound> {
    const { kept } = this.#rounds.require(id);
    const { store } = this.#parts;
    // Else it could look at ranks, and try another order until its friends have the best.
    const left = kept.state === "opening" ? undefined : "up to its pairs";
    endRound(this.#parts, kept, { left, wasAway });
    await this.propose();
    const matches = store.matches.ofRound(id);
    return {
      proposed: matches
        .filter(({ state }) => state === "proposed")
        .map(({ record, sellPlan, buyPlan }) => ({ record, sellPlan, buyPlan })),
      refused: matches
        .filter(({ state }) => state === "refused")
        .map(({ sellPlan, buyPlan, reason = "" }) => ({ sellPlan, buyPlan, reason })),
    };
  }

  /** Proposes all that was formed in rounds that have ended. @throws what the chain's node throws */
  propose(): Promise<void> {
    return this.#turns.run("propose", () => this.#propose());
  }

  async #propose(): Promise<void> {
    const { store, chain } = this.#parts;
    const formed = store.matches.formed().filter(({ round }) => this.#hasEnded(round));
    if (formed.length === 0) return;
    await chain.sync();
    const isOnChain = ({ record }: KeptMatch) => chain.state.matches.has(record);
    const refused = await this.#send(formed.filter((match) => !isOnChain(match)));
    await chain.sync();
    const reasons = new Map(refused.map(({ record, reason }) => [record, reason]));
    store.transaction(() => {
      for (const match of formed) {
        const { record } = match;
        const reason = isOnChain(match) ? undefined : this.#refusalOf(match, reasons.get(record));
        if (isOnChain(match)) store.matches.setState(record, "proposed");
        else if (reason !== undefined) store.matches.setState(record, "refused", reason);
      }
    });
  }

  /** @returns what the pool did not take. Without its role nothing is sent: each match would be refused by itself. */
  async #send(matches: readonly KeptMatch[]): Promise<RefusedProposal[]> {
    const { roles, matcherPool } = this.#parts.chain;
    await roles.refresh();
    if (roles.missing.includes("pool")) return [];
    const refused = await proposeAll(matcherPool, matches);
    // It was taken away just now.
    if (refused.some(({ reason }) => refusesCaller(reason))) await roles.look();
    return refused;
  }

  /** Why a match is given up. One that only the role is missing for waits until it is granted, or delivery begins. */
  #refusalOf({ period }: KeptMatch, reason: ContractRevertedError | undefined): string | undefined {
    const { lastNowS, times, roles } = this.#parts.chain;
    if (reason !== undefined && !refusesCaller(reason)) return reason.shortMessage;
    const isForRole = reason !== undefined || roles.missing.includes("pool");
    if (!isForRole || lastNowS < times.startOf(period)) return undefined;
    return `The key holder's account had not ${ROLE_NAMES.pool} in time.`;
  }

  #hasEnded(round: string): boolean {
    return this.#parts.store.rounds.find(round)?.state === "ended";
  }

  /** Does what is due: finishes what the matcher leaves, proposes again, ends overdue matches. */
  async tend(): Promise<void> {
    this.#takeBack();
    await eachByItself([
      ...this.#leftRounds().map((id) => () => this.#finishLeft(id)),
      () => this.propose(),
      () => this.#lapseOverdue(),
    ]);
  }

  /** What a reorganisation took back is proposed again. */
  #takeBack(): void {
    const { store, chain } = this.#parts;
    for (const { record } of store.matches.proposedFrom(
      chain.times.firstProposed(chain.lastNowS),
    )) {
      if (!chain.state.matches.has(record)) store.matches.setState(record, "formed");
    }
  }

  /** Rounds with formed matches whose time is running out. */
  #leftRounds(): string[] {
    const { store, chain } = this.#parts;
    const { plansLead, proposalsLead } = chain.times.terms;
    const lastS = (plansLead - proposalsLead) * LAST_PART;
    const late = store.matches.formed().filter(({ period, round }) => {
      return (
        chain.lastNowS >= chain.times.proposalsCloseAt(period) - lastS && !this.#hasEnded(round)
      );
    });
    return [...new Set(late.map(({ round }) => round))];
  }

  async #lapseOverdue(): Promise<void> {
    const { matcherPool, lastNowS } = this.#parts.chain;
    for (const record of matcherPool.overdueMatches(lastNowS)) {
      try {
        await matcherPool.lapse(record);
      } catch (error) {
        // Anybody may: somebody did before.
        if (!(error instanceof ContractRevertedError)) throw error;
      }
    }
  }

  /** The agreed energy of a match under its epoch's delivery key: the same however often it is asked for. */
  energy(record: bigint): Promise<Uint8Array> {
    return this.#turns.run(record.toString(), async () => {
      const { store, epochs } = this.#parts;
      const kept = store.matches.encryptedEnergy(record);
      if (kept !== undefined) return kept;
      const match = store.matches.find(record);
      if (match === undefined) throw unknownMatch(record);
      const { epoch, energyWh } = match;
      const bytes = await epochs.decryption.run("energy", { epoch, energyWh });
      store.matches.setEncryptedEnergy(record, bytes);
      return bytes;
    });
  }
}

function unknownMatch(record: bigint): Refusal {
  return new Refusal(
    "UnknownMatchError",
    404,
    `This key holder has formed no match ${record}.`,
    "Ask for one that a finished round has given.",
  );
}
