import { getAddress, toBeHex, ZeroAddress, type Provider } from "ethers";
import { currencyInterface, encodeCall, readView } from "../../clients/contractHandle.ts";
import type { DeliveryAttestation } from "../attestation.ts";
import type { PoolFollower } from "../chain/poolFollower.ts";
import { poolInterface } from "../chain/poolInterface.ts";
import type { PoolTerms } from "../chain/poolReads.ts";
import type { PoolMatch } from "../chain/poolState.ts";
import type { PrivateAccount } from "../keys.ts";
import type { CreditNote, Side } from "../notes.ts";
import { PeriodTimes } from "../periodTimes.ts";
import type { PrivateAddress } from "../privateAddress.ts";
import { buildActualInputs } from "../proofs/actual.ts";
import { buildBuyPlanInputs, lockNano } from "../proofs/buyPlan.ts";
import { buildConfirmInputs } from "../proofs/confirm.ts";
import { buildDepositInputs } from "../proofs/deposit.ts";
import { buildMergeInputs } from "../proofs/merge.ts";
import { buildParticipantInputs } from "../proofs/participant.ts";
import type { ProofRequest } from "../proofs/proofRequest.ts";
import { buildRefundInputs } from "../proofs/refund.ts";
import { buildSellPlanInputs } from "../proofs/sellPlan.ts";
import { buildSettleInputs } from "../proofs/settle.ts";
import { buildWithdrawInputs } from "../proofs/withdraw.ts";
import type { NoteStore, StoredMatch, StoredNote } from "../store/noteStore.ts";
import { NotesToMergeError, selectNote } from "../store/selectNotes.ts";
import { NotPossibleError, PlanTooFarAheadError } from "./clientErrors.ts";
import type { ParticipantWallet, PoolSender } from "./poolSender.ts";
import { PoolWriter, type PoolWrite, type PoolWriterOptions, type Written } from "./poolWriter.ts";
import { selectGeneration, Spending } from "./spending.ts";

export interface PrivateParticipantOptions extends PoolWriterOptions {
  account: PrivateAccount;
  /**
   * Sends all that need not come from the participant's own address: a relayer or burner links least. Of several, the
   * same call is given to the next where one is silent: with one alone its silence can cost a bond.
   */
  sender: PoolSender | readonly PoolSender[];
  /** Joins and pays in. Who only trades and withdraws needs none. */
  wallet?: ParticipantWallet;
  /** How long before its period a plan may be submitted: seven days where nothing else is said. */
  mostAheadS?: number;
}

const MOST_AHEAD_S = 7 * 24 * 3600;

/** What may be said with every step. */
export interface StepOptions {
  /** Ends it before it is sent; afterwards, the wait for what became of it. */
  signal?: AbortSignal;
}

/** What spends credit. */
export interface SpendOptions extends StepOptions {
  /** Merges notes first where none is enough alone: a proof and a transaction for each but one. */
  merge?: boolean;
}

export interface NewPlan {
  period: bigint;
  energyWh: bigint;
  /** The least that a seller takes, the most that a buyer gives. */
  priceMicroPerKwh: bigint;
  /** A commitment to what is matched by, derived from what the wallet finds again; 0 for none. */
  features?: bigint;
  /** keccak256 of the encrypted features, which everybody sees; 0 for none. */
  encryptedFeaturesHash?: bigint;
}

export interface WithdrawOptions extends SpendOptions {
  /** Who gets the fee: a relayer's address. */
  relayer?: string;
  /** Of the amount. */
  feeNano?: bigint;
}

/** What a participant does in a private market. Its steps run one after another. */
export class PrivateParticipant {
  readonly account: PrivateAccount;
  readonly store: NoteStore;
  readonly follower: PoolFollower;
  readonly #provider: Provider;
  readonly #senders: readonly PoolSender[];
  readonly #wallet: ParticipantWallet | undefined;
  readonly #writer: PoolWriter;
  readonly #spending: Spending;
  readonly #mostAheadS: number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: PrivateParticipantOptions) {
    const { account, store, follower, provider, sender, wallet } = options;
    this.#mostAheadS = options.mostAheadS ?? MOST_AHEAD_S;
    if (store.owner !== account.owner) throw new TypeError("The store is of another account.");
    this.account = account;
    this.store = store;
    this.follower = follower;
    this.#provider = provider;
    this.#senders = "send" in sender ? [sender] : sender;
    if (this.#senders.length === 0) throw new TypeError("There is no sender.");
    this.#wallet = wallet;
    this.#writer = new PoolWriter(options);
    this.#spending = new Spending(this.#writer, follower, this.#senders);
  }

  /** Reads the chain: all notes, plans and matches of the account are known then. */
  sync(): Promise<void> {
    return this.#inTurn(() => this.#writer.sync());
  }

  // ---------------------------------------------------------------- wallet

  /** Makes the account one that may submit plans. From the wallet, which the open market must have authorised. */
  join(options: StepOptions = {}): Promise<Written | undefined> {
    return this.#inTurn(async () => {
      const wallet = this.#requireWallet();
      await this.#writer.sync();
      if (this.#hasJoined()) return undefined;
      return this.#write(options, {
        verb: "join",
        build: (setting) =>
          buildParticipantInputs(this.account, setting, { participant: wallet.address }),
        isDone: () => this.#hasJoined(),
        senders: [wallet],
      });
    });
  }

  /**
   * Pays tokens of the wallet in. The amount and the wallet are seen by everybody, the note's owner by nobody.
   * @param to whose note it becomes; one's own by default
   */
  deposit(
    amountNano: bigint,
    to: PrivateAddress = this.account,
    options: StepOptions = {},
  ): Promise<Written> {
    return this.#inTurn(async () => {
      const wallet = this.#requireWallet();
      await this.#approve(wallet, amountNano);
      return this.#write(options, {
        verb: "deposit",
        build: (setting) => buildDepositInputs(setting, { to, amountNano, payer: wallet.address }),
        isDone: ({ created }) => this.#hasLeaf(created[0]!.commitment),
        senders: [wallet],
      });
    });
  }

  // ---------------------------------------------------------------- plans

  /** Offers energy of a generation note. @returns with the plan's commitment */
  submitSellPlan(plan: NewPlan, options: StepOptions = {}): Promise<Written & { plan: bigint }> {
    const { features = 0n, encryptedFeaturesHash = 0n, period, energyWh } = plan;
    return this.#inTurn(async () => {
      const { bondWh } = await this.#termsOfPlan(plan);
      return withPlan(
        await this.#write(options, {
          verb: "submitSellPlan",
          build: async (setting) => {
            const chosen = selectGeneration(this.store, period, energyWh);
            const from = await this.#spending.spendable(chosen);
            const participant = this.follower.pathOfOwner(this.account.owner);
            const terms = { ...plan, from, participant, features, encryptedFeaturesHash, bondWh };
            return buildSellPlanInputs(this.account, setting, terms);
          },
          args: [toBeHex(encryptedFeaturesHash, 32)],
          isDone: (request) => this.follower.state.plans.has(planOf(request)),
          senders: this.#senders,
        }),
      );
    });
  }

  /** Bids for energy; what it can cost and the bond are taken out of a credit note. */
  submitBuyPlan(plan: NewPlan, options: SpendOptions = {}): Promise<Written & { plan: bigint }> {
    const { features = 0n, encryptedFeaturesHash = 0n, energyWh, priceMicroPerKwh } = plan;
    return this.#inTurn(async () => {
      const { bondNano } = await this.#termsOfPlan(plan);
      const amountNano = lockNano(energyWh, priceMicroPerKwh, bondNano);
      return withPlan(
        await this.#write(options, {
          verb: "submitBuyPlan",
          build: async (setting) => {
            const from = await this.#spending.spendable(await this.#credit(amountNano, options));
            const participant = this.follower.pathOfOwner(this.account.owner);
            const terms = { ...plan, from, participant, features, encryptedFeaturesHash, bondNano };
            return buildBuyPlanInputs(this.account, setting, terms);
          },
          args: [toBeHex(encryptedFeaturesHash, 32)],
          isDone: (request) => this.follower.state.plans.has(planOf(request)),
          senders: this.#senders,
        }),
      );
    });
  }

  /**
   * Takes back what an open plan locks, less what silence cost. Once no match can come any more. A match of it that
   * nobody agreed to in time is ended first.
   * @param features what the plan may have been matched by, where that was something
   */
  refund(
    plan: bigint,
    features: readonly bigint[] = [],
    options: StepOptions = {},
  ): Promise<Written> {
    return this.#inTurn(async () => {
      const { bondNano, bondWh } = await this.follower.terms();
      await this.#writer.sync();
      if (!this.store.plans.some(({ commitment }) => commitment === plan)) throw notOwnPlan(plan);
      await this.#lapseOverdue(plan);
      return this.#write(options, {
        verb: "refund",
        build: (setting) => {
          const own = this.store.plans.find(({ commitment }) => commitment === plan);
          if (own === undefined) throw notOwnPlan(plan);
          const opening = this.store.openAttributes(own.plan, [0n, ...features]);
          return buildRefundInputs(this.account, setting, {
            plan: own.plan,
            // Without an opening the builder says what is wrong with it.
            ...(opening ?? { gateway: 0n, features: 0n }),
            strikes: BigInt(this.follower.state.plans.get(plan)?.strikes ?? 0),
            bondNano,
            bondWh,
          });
        },
        isDone: ({ created }) => this.#hasLeaf(created[0]!.commitment),
        senders: this.#senders,
      });
    });
  }

  // ---------------------------------------------------------------- matches

  /**
   * Agrees to a match of one's own plan, which keeps to the plan. What is left of the plan is a new one.
   * @param side where both plans are one's own
   */
  confirm(record: bigint, side?: Side, options: StepOptions = {}): Promise<Written> {
    return this.#inTurn(async () => {
      await this.#writer.sync();
      const own = this.#ownMatch(record, side, ({ confirmedAtBlock }) => confirmedAtBlock);
      const rest = own.side === "sell" ? "sellRest" : "buyRest";
      return this.#write(options, {
        verb: own.side === "sell" ? "confirmSell" : "confirmBuy",
        build: (setting) =>
          buildConfirmInputs(this.account, setting, { plan: own.plan, match: own.match }),
        isDone: ({ signals }) => this.#match(record)?.[rest]?.commitment === signals.rest,
        senders: this.#senders,
      });
    });
  }

  /**
   * Brings what a gateway attested to the chain. The seller does, who alone knows the sell plan.
   * @param features what the plan may have been matched by, where that was something
   */
  reportActual(
    attestation: DeliveryAttestation,
    features: readonly bigint[] = [],
    options: StepOptions = {},
  ): Promise<Written> {
    const record = attestation.match;
    return this.#inTurn(async () => {
      await this.#writer.sync();
      const { match, plan: sellPlan } = this.#ownMatch(record, "sell");
      const opening = this.store.openAttributes(sellPlan, [0n, ...features]);
      return this.#write(options, {
        verb: "reportActual",
        build: (setting) =>
          buildActualInputs(setting, {
            sellPlan,
            features: opening?.features ?? 0n,
            match,
            attestation,
          }),
        isDone: ({ signals }) => this.#match(record)?.actual?.actual === signals.actual,
        senders: this.#senders,
      });
    });
  }

  /** Takes one's part of a match: the seller's price, or what the buyer's lock exceeds it by. */
  settle(record: bigint, side?: Side, options: StepOptions = {}): Promise<Written> {
    return this.#inTurn(async () => {
      await this.#writer.sync();
      const own = this.#ownMatch(record, side, ({ settledAtBlock }) => settledAtBlock);
      const { toleranceBps } = await this.follower.terms();
      return this.#write(options, {
        verb: own.side === "sell" ? "settleSell" : "settleBuy",
        build: (setting) => {
          const { match, plan, actual } = this.#ownMatch(record, own.side);
          this.#requireReadable(record, actual);
          const terms = { plan, match, actual: actual?.note, toleranceBps };
          return buildSettleInputs(this.account, setting, terms);
        },
        isDone: ({ created }) => this.#hasLeaf(created[0]!.commitment),
        senders: this.#senders,
      });
    });
  }

  /**
   * Ends a match that was not agreed to in time: its plans are open again. Anybody can, for matches of others too;
   * usually the matcher does.
   */
  lapse(record: bigint): Promise<void> {
    return this.#inTurn(async () => {
      await this.#writer.sync();
      const match = this.#match(record);
      if (match === undefined) throw unknownMatch(record);
      if (match.state !== "lapsed") await this.#lapse(match);
    });
  }

  // ---------------------------------------------------------------- money

  /** Pays credit out to any address. Nothing links it to a deposit but its amount and time. */
  withdraw(amountNano: bigint, recipient: string, options: WithdrawOptions = {}): Promise<Written> {
    const relayer = getAddress(options.relayer ?? ZeroAddress);
    const to = getAddress(recipient);
    const { feeNano = 0n } = options;
    return this.#inTurn(() =>
      this.#write(options, {
        verb: "withdraw",
        build: async (setting) => {
          const from = await this.#spending.spendable(await this.#credit(amountNano, options));
          const terms = { from, amountNano, recipient: to, relayer, feeNano };
          return buildWithdrawInputs(this.account, setting, terms);
        },
        args: [to, relayer, feeNano],
        isDone: ({ signals }) => this.#isWithdrawn(signals.nullifier as bigint, amountNano, to),
        senders: this.#senders,
      }),
    );
  }

  /** Makes one credit note of two, the smallest unless others are named by their leaves. */
  merge(leafIndices?: readonly [number, number], options: StepOptions = {}): Promise<Written> {
    return this.#inTurn(async () => {
      await this.#writer.sync();
      const notes = this.store.credit();
      const [first, second] =
        leafIndices === undefined
          ? notes.toSorted((a, b) => Number(a.note.amountNano - b.note.amountNano))
          : leafIndices.map((index) => notes.find(({ leafIndex }) => leafIndex === index));
      if (first === undefined || second === undefined) {
        throw new NotPossibleError(
          leafIndices === undefined
            ? `There are ${notes.length} credit notes, and a merge makes one of two.`
            : `Notes ${leafIndices.join(" and ")} are not both credit notes of this account that can be spent.`,
          `Choose two of ${notes.map(({ leafIndex }) => leafIndex).join(", ") || "those that you will have"}.`,
        );
      }
      return this.#merge(first, second, options);
    });
  }

  // ---------------------------------------------------------------- inside

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  #write({ signal }: StepOptions, step: Omit<PoolWrite, "signal">): Promise<Written> {
    return this.#writer.write({ ...step, signal });
  }

  #merge(
    first: StoredNote<CreditNote>,
    second: StoredNote<CreditNote>,
    options: StepOptions,
  ): Promise<Written> {
    return this.#write(options, {
      verb: "merge",
      build: async (setting) =>
        buildMergeInputs(this.account, setting, await this.#spending.bothSpendable(first, second)),
      isDone: ({ created }) => this.#hasLeaf(created[0]!.commitment),
      senders: this.#senders,
    });
  }

  /** The pool's terms, where a plan's period is near enough. */
  async #termsOfPlan({ period }: NewPlan): Promise<PoolTerms> {
    const terms = await this.follower.terms();
    const startS = new PeriodTimes(terms).startOf(period);
    if (startS - (await this.#writer.chainTimeS()) <= this.#mostAheadS) return terms;
    throw new PlanTooFarAheadError(period, startS, this.#mostAheadS);
  }

  /** A credit note for an amount; merged of several where that is asked for. */
  async #credit(amountNano: bigint, { merge = false, ...options }: SpendOptions) {
    for (;;) {
      try {
        return selectNote(this.store.credit(), amountNano);
      } catch (error) {
        if (!merge || !(error instanceof NotesToMergeError)) throw error;
        const [largest, next] = error.notes;
        await this.#merge(largest!, next!, options);
      }
    }
  }

  async #lapse({ record }: PoolMatch): Promise<void> {
    const isDone = () => this.#match(record)?.state === "lapsed";
    await this.#writer.send(this.#senders, "lapse", [record], isDone);
    if (isDone()) return;
    throw new NotPossibleError(
      `No sender brought the lapse of match ${record} to the chain.`,
      "Use another sender.",
    );
  }

  /** Ends the match that keeps a plan, where the time to agree to it is over. */
  async #lapseOverdue(plan: bigint): Promise<void> {
    const keeping = [...this.follower.state.matches.values()].find(
      ({ state, sellPlan, buyPlan }) =>
        state === "proposed" && (sellPlan === plan || buyPlan === plan),
    );
    if (keeping === undefined) return;
    if (keeping.confirmBy < (await this.#writer.chainTimeS())) return this.#lapse(keeping);
    throw new NotPossibleError(
      `Plan ${plan} is matched, and the match can be agreed to until the chain's time ${keeping.confirmBy}.`,
      "Wait until then: what is not agreed to can be refunded afterwards.",
    );
  }

  async #approve(wallet: ParticipantWallet, amountNano: bigint): Promise<void> {
    const pool = this.follower.address;
    const [token] = await readView(this.#provider, pool, poolInterface, "token");
    const read = (name: string, args: readonly unknown[] = []) =>
      readView(this.#provider, token as string, currencyInterface, name, args);
    const [[decimals], [allowance]] = await Promise.all([
      read("decimals"),
      read("allowance", [wallet.address, pool]),
    ]);
    const amount = unitsOf(amountNano, decimals as bigint);
    if ((allowance as bigint) >= amount) return;
    const call = encodeCall(token as string, currencyInterface, "approve", [pool, amount]);
    await wallet.send(call);
  }

  #requireWallet(): ParticipantWallet {
    if (this.#wallet !== undefined) return this.#wallet;
    throw new NotPossibleError(
      "To join and to deposit needs the participant's own wallet.",
      "Give one: what these two show is whose address it is.",
    );
  }

  #hasJoined(): boolean {
    return this.follower.state.participants.has(this.account.owner);
  }

  #hasLeaf(commitment: bigint): boolean {
    return this.follower.state.leaves.lastIndexOf(commitment) !== -1;
  }

  #match(record: bigint): PoolMatch | undefined {
    return this.follower.state.matches.get(record);
  }

  /** A withdrawal by its logs: its change is no leaf where the tree is full. */
  #isWithdrawn(nullifier: bigint, amountNano: bigint, recipient: string): boolean {
    const { logs } = this.follower;
    const spent = logs.findLast(
      (log) => log.name === "NullifierSpent" && log.nullifier === nullifier,
    );
    return (
      spent !== undefined &&
      logs.some(
        (log) =>
          log.name === "Withdrawn" &&
          log.transactionHash === spent.transactionHash &&
          log.amountNano === amountNano &&
          log.recipient === recipient,
      )
    );
  }

  /**
   * A match of one's own plan.
   * @param doneAt tells the sides that have taken the step already: where both are one's own, the other one is meant
   */
  #ownMatch(
    record: bigint,
    side: Side | undefined,
    doneAt: (match: StoredMatch) => number | undefined = () => undefined,
  ): StoredMatch {
    const own = this.store.matches.filter(
      (match) => match.record === record && (side === undefined || match.side === side),
    );
    const found = own.find((match) => doneAt(match) === undefined) ?? own[0];
    if (found !== undefined) return found;
    const isKnown = this.#match(record) !== undefined;
    if (!isKnown) throw unknownMatch(record);
    throw new NotPossibleError(
      `Match ${record} is of no ${side === undefined ? "" : `${side} `}plan of this account that its opening could be read for.`,
      "Do not confirm what does not open; tell the regulator where the plan is yours.",
    );
  }

  #requireReadable(record: bigint, actual: StoredMatch["actual"]): void {
    if (actual !== undefined || this.#match(record)?.actual === undefined) return;
    throw new NotPossibleError(
      `What was reported of match ${record} cannot be read.`,
      "Compare the chain with another node's: no proof lets such a report pass.",
    );
  }
}

function planOf({ signals }: ProofRequest): bigint {
  return signals.plan as bigint;
}

function withPlan(written: Written): Written & { plan: bigint } {
  return { ...written, plan: planOf(written.request) };
}

function unknownMatch(record: bigint): NotPossibleError {
  return new NotPossibleError(
    `There is no match ${record}.`,
    "Take the record from the store's matches.",
  );
}

function notOwnPlan(plan: bigint): NotPossibleError {
  return new NotPossibleError(
    `Plan ${plan} is none of this account.`,
    "Take it from the store's plans.",
  );
}

const NANO_DECIMALS = 9n;

/** Units of a token, rounded up: an approval that is enough. */
function unitsOf(amountNano: bigint, decimals: bigint): bigint {
  if (decimals >= NANO_DECIMALS) return amountNano * 10n ** (decimals - NANO_DECIMALS);
  const nanoPerUnit = 10n ** (NANO_DECIMALS - decimals);
  return (amountNano + nanoPerUnit - 1n) / nanoPerUnit;
}
