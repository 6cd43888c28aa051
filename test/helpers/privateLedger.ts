import type { PoolLog } from "../../sdk/private/chain/poolLog.ts";
import type { NoteStore } from "../../sdk/private/store/noteStore.ts";

/** What a private market's money must be, block by block. */
export interface MoneyAtBlock {
  blockNumber: number;
  creditNano: bigint;
  /** Of plans and matches. */
  lockedNano: bigint;
  lostBondsNano: bigint;
}

/**
 * Adds up where all of a pool's money is after each block with a log. It reads notes with their owners' keys alone,
 * which is another way than the audit's: no memo is opened for the regulator, no amount follows from others.
 * @param stores of everybody who has ever had a note
 */
export function addUp(
  logs: readonly PoolLog[],
  stores: readonly NoteStore[],
  bondNano: bigint,
): MoneyAtBlock[] {
  const credits = new Map<number, { amountNano: bigint; nullifier: bigint }>();
  for (const { note, leafIndex, nullifier } of stores.flatMap((store) => store.notes)) {
    if (note.kind === "credit") credits.set(leafIndex, { amountNano: note.amountNano, nullifier });
  }
  const plans = new Map(
    stores.flatMap((store) => store.plans.map(({ commitment, plan }) => [commitment, plan])),
  );
  const matches = new Map(
    stores.flatMap((store) => store.matches.map(({ record, match }) => [record, match])),
  );
  const live = new Map<bigint, bigint>();
  /** By plan and by match. */
  const locks = new Map<bigint, bigint>();
  const bonds = new Set<bigint>();
  const proposed = new Map<bigint, { buyPlan: bigint }>();
  let lostBondsNano = 0n;
  /** The match that was settled last: its credit comes next. */
  let settling: bigint | undefined;
  const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((total, one) => total + one, 0n);
  const known = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new Error(`Nobody has the key of ${what}.`);
    return value;
  };
  const take = (lock: bigint, amountNano: bigint) => {
    const left = known(locks.get(lock), `lock ${lock}`) - amountNano;
    if (left < 0n) throw new Error(`Lock ${lock} pays ${-left} nano more than it holds.`);
    locks.set(lock, left);
  };

  const apply = (log: PoolLog): void => {
    switch (log.name) {
      case "NoteAdded": {
        if (log.kind !== "credit") break;
        const credit = known(credits.get(log.leafIndex), `note ${log.leafIndex}`);
        live.set(credit.nullifier, credit.amountNano);
        if (settling !== undefined) take(settling, credit.amountNano);
        settling = undefined;
        break;
      }
      case "NullifierSpent":
        live.delete(log.nullifier);
        break;
      case "PlanAdded": {
        const { energyWh, priceMicroPerKwh } = known(plans.get(log.plan), `plan ${log.plan}`);
        if (log.sell) break;
        locks.set(log.plan, energyWh * priceMicroPerKwh + bondNano);
        bonds.add(log.plan);
        break;
      }
      case "PlanRefunded":
        locks.delete(log.plan);
        break;
      case "MatchProposed":
        proposed.set(log.record, log);
        break;
      case "MatchAgreed": {
        const { buyPlan } = proposed.get(log.record)!;
        const { energyWh } = known(matches.get(log.record), `match ${log.record}`);
        const lockNano = energyWh * plans.get(buyPlan)!.priceMicroPerKwh;
        take(buyPlan, lockNano);
        locks.set(log.record, lockNano);
        locks.set(log.buyRest, locks.get(buyPlan)!);
        locks.delete(buyPlan);
        if (bonds.has(buyPlan)) bonds.add(log.buyRest);
        break;
      }
      case "MatchLapsed": {
        const { buyPlan } = proposed.get(log.record)!;
        if (!log.buyStruck || !bonds.delete(buyPlan)) break;
        take(buyPlan, bondNano);
        lostBondsNano += bondNano;
        break;
      }
      case "MatchSettled":
        settling = log.record;
        break;
      case "ActualReported":
      case "AuditKeySet":
      case "Deposited":
      case "GatewaySet":
      case "LeavesInserted":
      case "MatchConfirmed":
      case "ParticipantExpelled":
      case "ParticipantJoined":
      case "Withdrawn":
        // No money moves with these from one place to another that notes do not tell of.
        break;
    }
  };

  const money: MoneyAtBlock[] = [];
  logs.forEach((log, i) => {
    apply(log);
    const { blockNumber } = log;
    if (logs[i + 1]?.blockNumber === blockNumber) return;
    const creditNano = sum(live.values());
    money.push({ blockNumber, creditNano, lockedNano: sum(locks.values()), lostBondsNano });
  });
  return money;
}
