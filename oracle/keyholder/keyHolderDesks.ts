import type { VerdictDesk } from "./deliveries/verdictDesk.ts";
import type { EpochKeeper } from "./epochs/epochKeeper.ts";
import type { MatchDesk } from "./matches/matchDesk.ts";
import type { ReputationDesk } from "./reputation/reputationDesk.ts";
import type { PairDesk } from "./rounds/pairDesk.ts";
import type { RankDesk } from "./rounds/rankDesk.ts";
import type { RoundDesk } from "./rounds/roundDesk.ts";
import type { EvidenceRows } from "./store/evidenceRows.ts";
import type { UploadDesk } from "./uploads/uploadDesk.ts";

/** Who in the key holder answers what. */
export interface KeyHolderDesks {
  epochs: EpochKeeper;
  uploads: UploadDesk;
  rounds: RoundDesk;
  ranks: RankDesk;
  pairs: PairDesk;
  matches: MatchDesk;
  verdicts: VerdictDesk;
  reputations: ReputationDesk;
  evidence: EvidenceRows;
}
