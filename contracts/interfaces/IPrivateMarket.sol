// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A Groth16 proof with its public signals, in the order of `circuits/circuits.json`.
/// @param points A, B and C, affine, as snarkjs exports them for a contract: A.x, A.y, B.x (imaginary part first),
/// B.y, C.x, C.y.
struct Proof {
    uint256[8] points;
    uint256[] signals;
}

/// @notice What a private market is made with, for good.
/// @param accessManager Who may call what is restricted.
/// @param market The open market, whose authorised participants may join.
/// @param token The settlement token.
/// @param verifiers A verifier for each circuit, at the circuit's number; 0 is none.
/// @param terms Its rules.
struct PrivateMarketConfiguration {
    address accessManager;
    address market;
    address token;
    address[14] verifiers;
    PrivateMarketTerms terms;
}

/// @notice The rules of a private market. They never change: proofs are made for them.
/// @param genesis Unix seconds at which period 0 begins.
/// @param periodLength Seconds of a delivery period.
/// @param plansLead Plans for a period are taken until so many seconds before its delivery begins.
/// @param proposalsLead Matches are proposed until so many seconds before delivery, and plans can be refunded from
/// then on; at most `plansLead`.
/// @param confirmationTime How many seconds both sides have to confirm a match; at most `proposalsLead`.
/// @param reportingTime How many seconds after the end of delivery an actual note is taken.
/// @param toleranceBps σ, the deviation up to which a match counts as kept; below 10,000.
/// @param bondWh What a sell plan loses with each strike.
/// @param bondNano What a buy plan loses with its first strike.
struct PrivateMarketTerms {
    uint40 genesis;
    uint32 periodLength;
    uint32 plansLead;
    uint32 proposalsLead;
    uint32 confirmationTime;
    uint32 reportingTime;
    uint16 toleranceBps;
    uint32 bondWh;
    uint64 bondNano;
}

/// @notice A match that the matcher proposes.
/// @param record Commitment of the match: H(D_MATCH, sellPlan, buyPlan, energyWh, price, salt).
/// @param opening What opens it, encrypted to both sides and the regulator (docs/protocol.md, section 4).
struct MatchProposal {
    uint256 sellPlan;
    uint256 buyPlan;
    uint256 record;
    uint256[5] opening;
}

/// @dev Proven: what a confirmation leaves of a plan, which opens once the other side has confirmed too, and never where
/// the match lapses.
enum PlanState {
    None,
    Open,
    Matched,
    Ended,
    Proven
}

/// @notice A plan of the book. Its terms are hidden in its commitment.
/// @param strikes How often it, or the plan that it is the rest of, was silent where the other side confirmed.
struct PlanView {
    PlanState state;
    bool sell;
    uint24 period;
    uint16 strikes;
}

enum MatchState {
    None,
    Proposed,
    Agreed,
    Lapsed
}

/// @notice A match.
/// @param sellRest, buyRest What each side proved to be left of its plan; 0 where it has not confirmed.
/// @param actual Commitment of what was delivered; 0 where none was reported.
/// @param confirmBy The last second at which a side can confirm.
struct MatchView {
    MatchState state;
    bool sellSettled;
    bool buySettled;
    uint24 period;
    uint40 confirmBy;
    uint256 sellPlan;
    uint256 buyPlan;
    uint256 sellRest;
    uint256 buyRest;
    uint256 actual;
}

/// @title IPrivateMarket
/// @notice A market in which owner, quantity and price stay hidden: notes in a Merkle tree, spent by nullifiers, and
/// plans in a book, each step with a proof (docs/protocol.md). Whoever sends a transaction learns and gains nothing:
/// every verb but {deposit}, {issueGeneration} and {join} can come from any address.
/// @dev Every verb with a proof reverts with {SignalCount}, {SignalNotCanonical}, {DeadlinePassed},
/// {ForeignContext}, {StaleAuditKey} or {InvalidProof}, and those that spend a note with {ForeignScope},
/// {UnknownRoot} and {NullifierSpent}, beside what is named with them.
interface IPrivateMarket {
    // ------------------------------------------------------------------ notes

    /// @notice A note has its place in the tree; its path exists once it is inserted.
    /// @param kind 0 credit, 1 generation.
    /// @param outputIndex The note's place among those that its proof creates.
    /// @param memo 4 or 5 words, which its owner and the regulator can read.
    event NoteAdded(
        uint256 indexed leafIndex,
        uint256 kind,
        uint256 commitment,
        uint256 outputIndex,
        uint256[] memo
    );
    /// @notice Waiting leaves were inserted: `root` is of the first `size` leaves, and valid for ever.
    event LeavesInserted(uint256 indexed root, uint256 size);
    event NullifierSpent(uint256 indexed nullifier);
    event Deposited(address indexed payer, uint256 amountNano);
    event Withdrawn(
        address indexed recipient,
        uint256 amountNano,
        address indexed relayer,
        uint256 feeNano
    );

    error SignalCount(uint256 expected, uint256 given);
    error SignalNotCanonical(uint256 index, uint256 value);
    error InvalidProof(uint256 circuit);
    error DeadlinePassed(uint256 deadline, uint256 time);
    /// @notice The proof is bound to other circumstances: another chain, pool, deadline, recipient, payer or fee.
    error ForeignContext(uint256 expected, uint256 given);
    error ForeignScope(uint256 expected, uint256 given);
    /// @notice The proof is made for another key than the current one. @param x, y What it is made for.
    error StaleAuditKey(uint256 currentVersion, uint256 x, uint256 y);
    error UnknownRoot(uint256 root, uint256 size);
    error NullifierSpentBefore(uint256 nullifier);
    error NoteKnown(uint256 commitment);
    error TreeFull(uint256 leaves);
    error NothingToInsert();
    error AmountNotRepresentable(uint256 amountNano, uint256 nanoPerUnit);
    error TransferShort(uint256 expected, uint256 received);
    error FeeExceedsAmount(uint256 feeNano, uint256 amountNano);
    /// @notice The pool's own address was named where somebody is paid: nobody could take the money out again.
    error PoolIsPayee();
    error ZeroAddress();
    error ZeroAmount();

    /// @notice Takes the sender's tokens for a credit note (circuit `Deposit`).
    /// @dev Errors: {ZeroAmount}, {AmountNotRepresentable}, {TransferShort}, {TreeFull}. Bound: the sender.
    function deposit(Proof calldata proof, uint256 deadline) external;

    /// @notice Gives a generation note to a participant (circuit `Generation`). Registered gateways only.
    /// @dev Errors: {UnknownGateway}, {ForeignGateway}, {NoteKnown}, {TreeFull}. Bound: the sender.
    function issueGeneration(Proof calldata proof, uint256 deadline) external;

    /// @notice Pays out a part of a credit note, the rest of which is a new one (circuit `Withdraw`).
    /// @param feeNano Of the amount, what goes to `relayer`.
    /// @dev Errors: {ZeroAddress}, {PoolIsPayee}, {AmountNotRepresentable}, {FeeExceedsAmount}. Bound: recipient,
    /// relayer, fee.
    /// @dev Warning: where the tree is full, the change is not inserted and lost.
    function withdraw(
        Proof calldata proof,
        uint256 deadline,
        address recipient,
        address relayer,
        uint256 feeNano
    ) external;

    /// @notice Makes one credit note of two (circuit `Merge`).
    /// @dev Errors: {TreeFull}.
    function merge(Proof calldata proof, uint256 deadline) external;

    /// @notice Inserts waiting leaves into the tree, the oldest first. Anyone may call.
    /// @param most How many at most.
    /// @dev Errors: {NothingToInsert}.
    function insertLeaves(uint256 most) external returns (uint256 root, uint256 size);

    // ------------------------------------------------------------------ participants

    event ParticipantJoined(
        address indexed participant,
        uint256 indexed owner,
        uint256 index,
        uint256 root
    );
    event ParticipantExpelled(
        address indexed participant,
        uint256 indexed owner,
        uint256 index,
        uint256 root
    );

    error NotAuthorised(address participant);
    error AlreadyJoined(address participant, uint256 owner);
    error OwnerTaken(uint256 owner);
    error NotJoined(address participant);
    error StaleParticipants(uint256 currentRoot, uint256 given);

    /// @notice Lets the sender's private account make plans (circuit `Participant`, which shows that it is the
    /// sender's own). The sender must be authorised in the open market.
    /// @dev Errors: {NotAuthorised}, {AlreadyJoined}, {OwnerTaken}, {TreeFull}. Bound: the sender.
    function join(Proof calldata proof, uint256 deadline) external;

    /// @notice Takes a participant's private account out of the tree: it makes no new plans from now on, and keeps
    /// what it has. The operator may call, and anyone once the open market no longer authorises the participant.
    /// @param siblings The path of its leaf, without the levels at which it has no neighbour.
    /// @dev Errors: {NotJoined}, {WrongSiblingNodes}, {AccessManagedUnauthorized}.
    function expel(address participant, uint256[] calldata siblings) external;

    // ------------------------------------------------------------------ plans

    event PlanAdded(
        uint256 indexed plan,
        bool sell,
        uint256 indexed period,
        uint256 outputIndex,
        bytes32 features,
        uint256[] memo
    );
    event PlanRefunded(uint256 indexed plan);

    error PlansClosed(uint256 period, uint256 closedAt);
    error PeriodInvalid(uint256 period);
    error PlanKnown(uint256 plan);
    error PlanNotOpen(uint256 plan, PlanState state);
    error WrongSide(uint256 plan, bool sell);
    error ForeignTerms(uint256 expected, uint256 given);
    error RefundTooEarly(uint256 plan, uint256 from);

    /// @notice Offers energy of a generation note; its rest is a new one (circuit `SellPlan`).
    /// @param features Hash of the encrypted features by which it is matched, 0 for none. Bound.
    /// @dev Errors: {PlansClosed}, {PeriodInvalid}, {PlanKnown}, {StaleParticipants}, {ForeignTerms}, {TreeFull}.
    function submitSellPlan(Proof calldata proof, uint256 deadline, bytes32 features) external;

    /// @notice Bids for energy, and locks quantity times limit and the bond of a credit note (circuit `BuyPlan`).
    /// @dev As {submitSellPlan}.
    function submitBuyPlan(Proof calldata proof, uint256 deadline, bytes32 features) external;

    /// @notice Ends an open plan for which no match can come any more, and returns what it locked (circuit `Refund`).
    /// It needs nobody but the owner.
    /// @dev Errors: {PlanNotOpen}, {RefundTooEarly}, {ForeignTerms} (side and strikes too).
    function refund(Proof calldata proof, uint256 deadline) external;

    // ------------------------------------------------------------------ matches

    event MatchProposed(
        uint256 indexed record,
        uint256 indexed sellPlan,
        uint256 indexed buyPlan,
        uint256 confirmBy,
        uint256[5] opening
    );
    event MatchConfirmed(uint256 indexed record, bool sell, uint256 rest, uint256[] memo);
    /// @notice Both sides have confirmed: their plans have ended, and what they leave are new plans.
    event MatchAgreed(uint256 indexed record, uint256 sellRest, uint256 buyRest);
    event MatchLapsed(uint256 indexed record, bool sellStruck, bool buyStruck);

    error MatchKnown(uint256 record);
    error MatchNot(uint256 record, MatchState expected, MatchState state);
    error PeriodsDiffer(uint256 sellPeriod, uint256 buyPeriod);
    error ProposalsClosed(uint256 period, uint256 closedAt);
    error BondSpent(uint256 plan);
    error ForeignPlan(uint256 expected, uint256 given);
    error ConfirmedBefore(uint256 record, bool sell);
    error ConfirmationClosed(uint256 record, uint256 confirmBy);
    error ConfirmationOpen(uint256 record, uint256 confirmBy);

    /// @notice Proposes matches of open plans. The matcher alone: who is given a match that it cannot confirm
    /// would lose its bond.
    /// @dev Errors: {SignalNotCanonical} (index 0: the record, from 1: the opening), {MatchKnown}, {PlanNotOpen},
    /// {WrongSide}, {PeriodsDiffer}, {ProposalsClosed}, {BondSpent}, {TreeFull}.
    function proposeMatches(MatchProposal[] calldata proposals) external;

    /// @notice Agrees to a match as its seller (circuit `ConfirmSell`).
    /// @dev Errors: {MatchNot}, {ForeignPlan}, {ConfirmedBefore}, {ConfirmationClosed}, {PlanKnown}.
    function confirmSell(Proof calldata proof, uint256 deadline) external;

    /// @notice Agrees to a match as its buyer (circuit `ConfirmBuy`). As {confirmSell}.
    function confirmBuy(Proof calldata proof, uint256 deadline) external;

    /// @notice Ends a match that was not confirmed in time: both plans are open again. Anyone may call. A side that
    /// was silent where the other confirmed gets a strike.
    /// @dev Errors: {MatchNot}, {ConfirmationOpen}.
    function lapse(uint256 record) external;

    // ------------------------------------------------------------------ delivery

    /// @param secret R.y, the encrypted energy, and the key of it for the regulator (docs/protocol.md, section 4).
    event ActualReported(uint256 indexed record, uint256 actual, uint256[] secret);
    event MatchSettled(uint256 indexed record, bool sell);

    error ActualKnown(uint256 record, uint256 actual);
    error ReportingNotBegun(uint256 record, uint256 from);
    error ReportingClosed(uint256 record, uint256 closedAt);
    error SettlementNotBegun(uint256 record, uint256 from);
    error ForeignActual(uint256 expected, uint256 given);
    error SettledBefore(uint256 record, bool sell);

    /// @notice Reports what was delivered of a match, as the seller's gateway attested it (circuit `Actual`).
    /// @dev Errors: {MatchNot}, {ActualKnown}, {ReportingNotBegun}, {ReportingClosed}, {ForeignPlan}.
    function reportActual(Proof calldata proof, uint256 deadline) external;

    /// @notice Pays the seller for what was delivered (circuit `SettleSell`). Once the actual note is there, or none
    /// came in time, which counts as nothing delivered.
    /// @dev Errors: {MatchNot}, {ForeignPlan}, {ForeignActual}, {ForeignTerms}, {SettlementNotBegun},
    /// {SettledBefore}.
    function settleSell(Proof calldata proof, uint256 deadline) external;

    /// @notice Returns what a buyer's lock exceeds the price by (circuit `SettleBuy`). As {settleSell}.
    function settleBuy(Proof calldata proof, uint256 deadline) external;

    // ------------------------------------------------------------------ operator and regulator

    /// @notice Proofs must be made for this key from now on.
    event AuditKeySet(uint256 indexed version, uint256 x, uint256 y);
    event GatewaySet(address indexed gateway, uint256 indexed tag);

    error AuditKeyInvalid(uint256 x, uint256 y);
    error UnknownGateway(address gateway);
    error ForeignGateway(uint256 expected, uint256 given);
    error GatewayTagTaken(uint256 tag, address gateway);
    error TermsInvalid(bytes32 name, uint256 value);

    /// @notice Sets the key that every memo can be read with. Regulator only.
    /// @param eighth A point of the curve of which the key is eight times: it shows that the key is of order l.
    /// @dev Errors: {AuditKeyInvalid}.
    function setAuditKey(uint256[2] calldata key, uint256[2] calldata eighth) external;

    /// @notice Registers a gateway's tag, H(D_GATEWAY, Gx, Gy), or removes the gateway with tag 0. Operator only.
    /// @dev Errors: {ZeroAddress}, {SignalNotCanonical}, {GatewayTagTaken}.
    function setGateway(address gateway, uint256 tag) external;

    // ------------------------------------------------------------------ reads

    function planOf(uint256 plan) external view returns (PlanView memory);
    function matchOf(uint256 record) external view returns (MatchView memory);
    function isSpent(uint256 nullifier) external view returns (bool);
    /// @return The number of leaves of a root of the note tree, 0 for what never was one.
    function sizeOfRoot(uint256 root) external view returns (uint256);
    /// @return root The latest root. @return size Leaves in the tree. @return pending Leaves that wait.
    function noteTree() external view returns (uint256 root, uint256 size, uint256 pending);
    function participantsTree() external view returns (uint256 root, uint256 size);
    function ownerOf(address participant) external view returns (uint256);
    function gatewayTag(address gateway) external view returns (uint256);
    function auditKey() external view returns (uint256 version, uint256 x, uint256 y);
    function scope() external view returns (uint256);
    function terms() external view returns (PrivateMarketTerms memory);
    function verifierOf(uint256 circuit) external view returns (address);
    function market() external view returns (address);
    function token() external view returns (address);
    /// @return Leaves that are kept free: one for each plan that is open or matched, two for each match that is proposed,
    /// and one for each side of an agreed match that has not settled.
    function reservedLeaves() external view returns (uint256);
}
