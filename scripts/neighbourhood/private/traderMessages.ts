import type { ContractCall } from "../../../sdk/clients/transactionSender.ts";
import type { Point } from "../../../sdk/private/babyJubjub.ts";
import type { FeatureValues } from "../../../sdk/private/matching/encodePlan.ts";
import type { TraderWish } from "./chooseTraders.ts";
import type { TraderStep } from "./traderCrew.ts";

/** One trader of the traders' process. */
export interface TraderOrder {
  wish: TraderWish;
  /** Of its key among the run's. */
  wallet: number;
  gateway: { url: string; tag: bigint };
  /** For runs with a liar: what it encrypts and claims instead of what is so. */
  lies: FeatureValues;
}

/** All that the traders' process has to know. It gets everything else from the chain and the services. */
export interface TradersSetting {
  rpcUrl: string;
  pool: string;
  record: string;
  matcherUrl: string;
  keyHolderUrl: string;
  /** Whose receipts and answers are believed. */
  matcher: string;
  keyHolder: string;
  period: bigint;
  /** The regulator's audit key, as everybody is told it. */
  auditKey: Point;
  traders: readonly TraderOrder[];
}

/** What the run asks the traders' process. */
export type TradersQuestion =
  | { what: "start"; setting: TradersSetting }
  | { what: "take"; step: TraderStep }
  | { what: "figures" };

/** What the traders' process asks the run: wallets are their owners', and have one owner of their nonce. */
export type RunQuestion =
  { what: "send"; wallet: number; call: ContractCall } | { what: "log"; line: string };
