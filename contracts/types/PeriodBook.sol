// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The four sorted lists of a period and how far its clearing and settlement have come.
/// @dev Bits, from the least significant:
///
///   0..23    period            24 bits
///   24..47   head of list 0    24 bits  plain bids
///   48..71   head of list 1    24 bits  plain offers
///   72..95   head of list 2    24 bits  green bids
///   96..119  head of list 3    24 bits  green offers
///   120..143 openedCount       24 bits  orders opened
///   144..167 settledCount      24 bits  accounts settled
///   168..191 accountCount      24 bits  accounts to settle; 0 until the first settlement
///   192..193 phase              2 bits  PHASE_*
///   194      begun              1 bit   1 once the slot has been used
///   195..218 openingEnd        24 bits  when clearing starts, in seconds; 0 until the first order opens
///
/// A head is the best order of its list that is not filled yet; 0 where the list has no more.
type PeriodBook is uint256;

using PeriodBookLibrary for PeriodBook global;

uint256 constant PHASE_OPENING = 0;
uint256 constant PHASE_GREEN = 1;
uint256 constant PHASE_ALL = 2;
uint256 constant PHASE_CLEARED = 3;

uint256 constant LIST_PLAIN_BIDS = 0;
uint256 constant LIST_PLAIN_OFFERS = 1;
uint256 constant LIST_GREEN_BIDS = 2;
uint256 constant LIST_GREEN_OFFERS = 3;

/// @notice What was traded in a period.
struct PeriodTotals {
    uint64 tradedWh;
    uint96 tradedNano;
    uint32 trades;
}

/// @notice {PeriodTotals} as they are stored, with the period that they are of: a stale slot counts as zero and
/// is written over, which costs a quarter of clearing it first.
/// @dev One slot.
struct StoredTotals {
    uint64 tradedWh;
    uint96 tradedNano;
    uint32 trades;
    uint24 period;
}

/// @notice Getters and setters of {PeriodBook}. Setters take values that the caller has bounded.
library PeriodBookLibrary {
    uint256 private constant MASK_24 = 0xffffff;
    uint256 private constant BEGUN = 1 << 194;

    function begin(uint256 period_) internal pure returns (PeriodBook) {
        return PeriodBook.wrap(period_ | BEGUN);
    }

    /// @return True where the book is that of `period_`.
    function isOf(PeriodBook self, uint256 period_) internal pure returns (bool) {
        return PeriodBook.unwrap(self) & (MASK_24 | BEGUN) == period_ | BEGUN;
    }

    function isBegun(PeriodBook self) internal pure returns (bool) {
        return PeriodBook.unwrap(self) & BEGUN != 0;
    }

    function period(PeriodBook self) internal pure returns (uint256) {
        return PeriodBook.unwrap(self) & MASK_24;
    }

    function head(PeriodBook self, uint256 list) internal pure returns (uint256) {
        unchecked {
            return (PeriodBook.unwrap(self) >> (24 + 24 * list)) & MASK_24;
        }
    }

    function openedCount(PeriodBook self) internal pure returns (uint256) {
        return (PeriodBook.unwrap(self) >> 120) & MASK_24;
    }

    function settledCount(PeriodBook self) internal pure returns (uint256) {
        return (PeriodBook.unwrap(self) >> 144) & MASK_24;
    }

    function accountCount(PeriodBook self) internal pure returns (uint256) {
        return (PeriodBook.unwrap(self) >> 168) & MASK_24;
    }

    function phase(PeriodBook self) internal pure returns (uint256) {
        return (PeriodBook.unwrap(self) >> 192) & 3;
    }

    function openingEnd(PeriodBook self) internal pure returns (uint256) {
        return (PeriodBook.unwrap(self) >> 195) & MASK_24;
    }

    /// @return True where every account is settled, so that the slot may be used for a later period.
    function isComplete(PeriodBook self) internal pure returns (bool) {
        uint256 accounts = self.accountCount();
        return accounts != 0 && self.settledCount() == accounts;
    }

    function withHead(
        PeriodBook self,
        uint256 list,
        uint256 value
    ) internal pure returns (PeriodBook) {
        unchecked {
            uint256 shift = 24 + 24 * list;
            return
                PeriodBook.wrap((PeriodBook.unwrap(self) & ~(MASK_24 << shift)) | (value << shift));
        }
    }

    function withOneMoreOpened(PeriodBook self) internal pure returns (PeriodBook) {
        unchecked {
            return PeriodBook.wrap(PeriodBook.unwrap(self) + (1 << 120));
        }
    }

    /// @dev For a period it is always the same value, so that setting it again changes nothing.
    function withOpeningEnd(PeriodBook self, uint256 value) internal pure returns (PeriodBook) {
        return PeriodBook.wrap(PeriodBook.unwrap(self) | (value << 195));
    }

    function withMoreSettled(PeriodBook self, uint256 count) internal pure returns (PeriodBook) {
        return PeriodBook.wrap(PeriodBook.unwrap(self) + (count << 144));
    }

    function withAccountCount(PeriodBook self, uint256 value) internal pure returns (PeriodBook) {
        return PeriodBook.wrap((PeriodBook.unwrap(self) & ~(MASK_24 << 168)) | (value << 168));
    }

    function withPhase(PeriodBook self, uint256 value) internal pure returns (PeriodBook) {
        return PeriodBook.wrap((PeriodBook.unwrap(self) & ~(uint256(3) << 192)) | (value << 192));
    }
}
