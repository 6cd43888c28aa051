/** What a node means when it does not simply take a transaction. */
export type SendRefusal =
  /** It has exactly this one. */
  | "known"
  /** The nonce is used: by this transaction or by another. */
  | "nonceTooLow"
  /** The nonce is too far ahead for its pool. */
  | "nonceTooHigh"
  /** It has one of this nonce, whose fees are not far enough below. */
  | "replacementUnderpriced"
  /** The fees are below what it takes at all. */
  | "underpriced"
  /** The account cannot pay. */
  | "insufficientFunds"
  /** The transaction can never be taken as it is. */
  | "invalid"
  /** Signed for another chain. */
  | "wrongChain"
  /** Its pool is full, it synchronises, or it limits requests: a matter of time. */
  | "busy"
  /** None of the above. */
  | "unknown";

/**
 * Wordings of geth (and its relatives), anvil and reth, Hardhat, Besu, Nethermind and Erigon. The order matters: a replacement that is
 * underpriced is also underpriced.
 */
const WORDINGS: readonly (readonly [SendRefusal, RegExp])[] = [
  [
    "known",
    /already known|known transaction|already imported|transaction already exists|alreadyknown/i,
  ],
  [
    "replacementUnderpriced",
    /replacement transaction underpriced|replacement ?not ?allowed|transaction to be replaced|could not replace existing|too low to replace/i,
  ],
  ["nonceTooLow", /nonce(?: is)? too low|nonce has already been used|old ?nonce/i],
  [
    "nonceTooHigh",
    /nonce(?: is)? too (?:high|distant|far)|nonce is too distant|nonce ?gap|gapped-nonce|in-flight transaction limit/i,
  ],
  [
    "insufficientFunds",
    /insufficient ?funds|enough funds|upfront cost exceeds|exceeds (?:the )?balance|insufficient balance/i,
  ],
  [
    "wrongChain",
    /wrong ?chain ?id|invalid chain ?id|chainid not supported|incompatible eip-155|chain ?id .*(?:mismatch|does not match|isn't)|signed for another chain/i,
  ],
  [
    "underpriced",
    /underpriced|gas ?price (?:is )?(?:too low|below)|below (?:configured )?minimum|below current base fee|less than (?:the )?block(?:'s)? base fee|max fee per gas less than|too low for the next block|feetoolow|fee ?too ?low|maxFeePerGas .*too low/i,
  ],
  [
    "busy",
    /pool is full|txpool is full|pool not enabled|sync is still|not (?:yet )?in sync|syncing|rate limit|too many requests|limit exceeded|already reserved|account limit exceeded|world state|future transaction tries to replace pending/i,
  ],
  [
    "invalid",
    /intrinsic gas|requires at least \d+ gas|gas limit .*(?:exceeds|too high|cap)|exceeds (?:the )?(?:block|transaction) gas limit|exceeds block gas|gas limit cap|oversized|size .*exceeds|invalid (?:sender|signature)|type not supported|invalid transaction type|priority fee per gas (?:higher|exceeds)|floor data gas|rlp|fee cap exceeded|exceeds the configured cap/i,
  ],
];

/** The code decides only where one node uses it for a single meaning. */
const BESU_CODES = new Map<number, SendRefusal>([
  [-32_004, "insufficientFunds"],
  [-32_006, "nonceTooHigh"],
  [-32_009, "underpriced"],
]);

/**
 * What the error of eth_sendRawTransaction means. The text counts first: codes are shared by all of geth's reasons
 * and differ between nodes.
 */
export function classifySendError({
  code,
  message,
}: {
  code: number;
  message: string;
}): SendRefusal {
  const worded = WORDINGS.find(([, pattern]) => pattern.test(message));
  return worded?.[0] ?? BESU_CODES.get(code) ?? "unknown";
}
