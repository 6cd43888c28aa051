// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MatchState} from "./IPrivateMarket.sol";

/// @notice What a key holder opens of matching under encryption. Ranks: masked distances of a round, to ranks. Pairs: the
/// plans of a round's pairs, to form matches. Verdicts: masked deviations, to within or beyond.
enum Opening {
    Ranks,
    Pairs,
    Verdicts
}

/// @notice Whether a delivery was within the pool's tolerance, σ, of what was agreed.
enum Verdict {
    None,
    Within,
    Beyond
}

/// @notice The keys of some periods.
/// @param fromPeriod The first one; they are for all periods from it to before the next epoch's.
/// @param announcedAt Unix seconds.
/// @param manifest Hash of what describes the public keys and the features (docs/protocol.md, section 10).
struct EpochView {
    uint24 fromPeriod;
    uint40 announcedAt;
    bytes32 manifest;
}

/// @notice A matcher's seed of an epoch, from which follows what is drawn.
/// @param fromPeriod The first period that it is for: plans of all earlier ones had closed when it was committed.
/// @param committedAt Unix seconds; 0 where there is no commitment.
/// @param commitment keccak256 of the seed.
struct SeedView {
    uint24 fromPeriod;
    uint40 committedAt;
    bytes32 commitment;
}

/// @notice An opening as it was logged.
/// @param loggedAt Unix seconds; 0 where none was logged.
/// @param count How many results are opened.
/// @param content Hash of what is opened (docs/protocol.md, section 10).
struct OpeningView {
    uint24 period;
    uint40 loggedAt;
    uint32 count;
    bytes32 content;
}

/// @notice What was found of a match's delivery.
/// @param recordedAt Unix seconds; 0 where there is no verdict.
struct VerdictView {
    Verdict verdict;
    uint40 recordedAt;
}

/// @title IMatchingRecord
/// @notice What matcher and key holder of a private market bind themselves to, and what the key holder opens. It holds no
/// money, and no step of the private market waits for it: nobody's funds depend on who may write here.
/// @dev Every verb but {commitSeed} is the key holder's alone ({AccessManagedUnauthorized}). Nothing that was written is
/// ever changed. Times are of the block, in Unix seconds.
interface IMatchingRecord {
    // ------------------------------------------------------------------ epochs

    event EpochAnnounced(uint256 indexed epoch, uint256 indexed fromPeriod, bytes32 manifest);

    error ZeroAddress();
    error PoolMissing(address pool);
    /// @notice A hash is 0, which stands for none.
    error HashMissing();
    error PlansClosed(uint256 period, uint256 closedAt);
    error PeriodTooFar(uint256 period, uint256 mostPeriod);
    error EpochNotLater(uint256 lastFromPeriod, uint256 fromPeriod);
    error EpochUnknown(uint256 epoch);

    /// @notice Announces keys for all periods from one on, whose plans have not closed yet.
    /// @return epoch Its number, from 1.
    /// @dev Errors: {HashMissing}, {EpochNotLater}, {PlansClosed}, {PeriodTooFar}.
    /// @dev Warning: a plan that was encrypted for the epoch before is matched in none of these periods. Announce
    /// before anybody makes plans for them.
    function announceEpoch(uint24 fromPeriod, bytes32 manifest) external returns (uint256 epoch);

    // ------------------------------------------------------------------ seeds

    event SeedCommitted(
        uint256 indexed epoch,
        address indexed matcher,
        uint256 fromPeriod,
        bytes32 commitment
    );

    error EpochOver(uint256 epoch, uint256 nextFromPeriod);
    error SeedKnown(uint256 epoch, address matcher, bytes32 commitment);

    /// @notice Commits the sender to a seed of an epoch, once. It is for the epoch's periods whose plans have not closed
    /// yet: for earlier ones it could have been chosen by what the plans are. Anyone may call; who is the matcher, its
    /// key holder says.
    /// @param commitment keccak256 of the seed's 32 bytes.
    /// @dev Errors: {HashMissing}, {EpochUnknown}, {EpochOver}, {SeedKnown}.
    function commitSeed(uint256 epoch, bytes32 commitment) external;

    // ------------------------------------------------------------------ openings

    event Opened(
        Opening indexed kind,
        uint256 indexed period,
        bytes32 indexed round,
        bytes32 content,
        uint256 count
    );

    error EpochMissing(uint256 period);
    error PlansOpen(uint256 period, uint256 until);
    error NotDelivered(uint256 period, uint256 until);
    error OpeningKnown(Opening kind, bytes32 round);
    error RoundUnknown(uint256 period, bytes32 round);

    /// @notice Logs what is opened before it is: of a period that has an epoch, ranks and pairs once its plans have closed,
    /// and verdicts once it is over. Pairs are of a round whose ranks were logged, of the same period.
    /// @param round The round's id; of verdicts, a hash that names the batch. Each is logged once a kind.
    /// @param content Hash of what is opened.
    /// @param count How many results.
    /// @dev Errors: {HashMissing}, {EpochMissing}, {PlansOpen}, {NotDelivered}, {RoundUnknown}, {OpeningKnown}.
    function logOpening(
        uint24 period,
        Opening kind,
        bytes32 round,
        bytes32 content,
        uint32 count
    ) external;

    // ------------------------------------------------------------------ verdicts

    event VerdictRecorded(uint256 indexed record, uint256 indexed period, bool within);

    error LengthsDiffer(uint256 records, uint256 verdicts);
    error MatchNotAgreed(uint256 record, MatchState state);
    error ForeignPeriod(uint256 record, uint256 expected, uint256 given);
    error VerdictKnown(uint256 record, Verdict verdict);

    /// @notice Records of agreed matches whether their deliveries were within the tolerance, once each. All of them or none.
    /// @param period Of all the matches; it is over.
    /// @param records The matches' commitments in the pool.
    /// @dev Errors: {LengthsDiffer}, {NotDelivered}, {MatchNotAgreed}, {ForeignPeriod}, {VerdictKnown}.
    function recordVerdicts(
        uint24 period,
        uint256[] calldata records,
        bool[] calldata within
    ) external;

    // ------------------------------------------------------------------ reads

    /// @return The private market whose matching this records.
    function pool() external view returns (address);
    function epochCount() external view returns (uint256);
    /// @dev Errors: {EpochUnknown}.
    function epochAt(uint256 epoch) external view returns (EpochView memory);
    /// @return The number of a period's epoch, 0 where it has none.
    function epochOf(uint256 period) external view returns (uint256);
    /// @return All 0 where the address has committed to none.
    function seedCommitment(uint256 epoch, address matcher) external view returns (SeedView memory);
    /// @return All 0 where none was logged.
    function openingOf(Opening kind, bytes32 round) external view returns (OpeningView memory);
    /// @return All 0 where there is none.
    function verdictOf(uint256 record) external view returns (VerdictView memory);
}
