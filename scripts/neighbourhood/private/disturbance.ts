/** Who lies, dies or keeps silent in a run, and when. For tests: no command line asks for it. */
export interface Disturbance {
  /** The seller of the highest ask claims another reputation than the key holder has in its ledger. */
  sellerLies?: boolean;
  /** Nobody keeps silent, as two do otherwise. */
  allConfirm?: boolean;
  /** Each service is killed in the middle of the first round, and started again. */
  killsServicesOnce?: boolean;
  /** A service that dies and stays away, or stands still, and from when on. */
  lost?: {
    who: "matcher" | "keyHolder";
    how: "dies" | "standsStill";
    /** Before the first round; or while it goes on. */
    when: "beforeMatching" | "inRound";
  };
}
