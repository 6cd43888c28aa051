import type { Dues, MarketEvent } from "../events/marketEvent.ts";
import type { MarketModel } from "./marketModel.ts";

type VaultEvent = Extract<
  MarketEvent,
  { name: "Deposited" | "Withdrawn" | "IncentivesFunded" | "DuesChanged" }
>;

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const DUES_KEYS = ["owesGridNano", "owesFundNano", "gridOwesNano", "fundOwesNano"] as const;

/** Pays what a participant and the market owe each other; mirrors `Ledger._payDues`. */
export function payDues(model: MarketModel, participant: number): Dues {
  const account = model.account(participant);
  const { dues } = account;
  const { grid } = model;
  const paid = {
    gridOwesNano: min(dues.gridOwesNano, grid.balanceNano),
    fundOwesNano: min(dues.fundOwesNano, model.fundNano),
    owesGridNano: 0n,
    owesFundNano: 0n,
  };
  account.balanceNano += paid.gridOwesNano + paid.fundOwesNano;
  paid.owesGridNano = min(dues.owesGridNano, account.balanceNano);
  paid.owesFundNano = min(dues.owesFundNano, account.balanceNano - paid.owesGridNano);
  account.balanceNano -= paid.owesGridNano + paid.owesFundNano;
  grid.balanceNano += paid.owesGridNano - paid.gridOwesNano;
  model.fundNano += paid.owesFundNano - paid.fundOwesNano;
  for (const key of DUES_KEYS) dues[key] -= paid[key];
  return dues;
}

/** True for dues that only a settlement can have brought: some have grown. */
export function areGrown(before: Dues, after: Dues): boolean {
  return DUES_KEYS.some((key) => after[key] > before[key]);
}

/**
 * Replays what moves money in and out, and the payment of dues.
 * @param next the event that follows in the same transaction: a deposit is logged after the dues it has paid
 */
export function replayVault(
  model: MarketModel,
  event: VaultEvent,
  timestamp: number,
  next: MarketEvent | undefined,
  credited: WeakSet<MarketEvent>,
): void {
  const { differences } = model;
  switch (event.name) {
    case "Deposited":
      if (!credited.has(event)) credit(model, event);
      break;
    case "Withdrawn": {
      const { participant, amountNano } = event;
      const context = { participant, event };
      const account = model.account(participant);
      const free = model.freeNano(participant, timestamp);
      if (account.frozen) differences.compare("withdrawal", "frozen", amountNano, context);
      if (amountNano > free)
        differences.compare("withdrawal.amountNano", `at most ${free}`, amountNano, context);
      account.balanceNano -= amountNano;
      model.vaultNano -= amountNano;
      break;
    }
    case "IncentivesFunded":
      model.fundNano += event.amountNano;
      model.vaultNano += event.amountNano;
      break;
    case "DuesChanged": {
      const { participant } = event;
      if (next?.name === "Deposited" && next.participant === participant) {
        credit(model, next);
        credited.add(next);
      }
      const dues = payDues(model, participant);
      for (const key of DUES_KEYS)
        differences.compare(`dues.${key}`, dues[key], event.dues[key], { participant, event });
      break;
    }
  }
}

function credit(model: MarketModel, event: Extract<MarketEvent, { name: "Deposited" }>): void {
  model.account(event.participant).balanceNano += event.amountNano;
  model.vaultNano += event.amountNano;
}
