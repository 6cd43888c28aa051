// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One participant's money and standing, packed into a single slot.
/// @dev Bits, from the least significant:
///
///   0..87    balanceNano      88 bits
///   88..175  free
///   176..183 reputation        8 bits  0..100
///   184..191 missedReadings    8 bits  consecutive periods settled without a reading
///   192..199 flags             8 bits  see the constants below
///   200..223 activeUntil      24 bits  the last period in which an account that was let go takes part
///   224..255 free
///
/// The maximum of a balance is 2^88 - 1 nano, about 3.1e17 units of currency.
type Account is uint256;

using AccountLibrary for Account global;

uint256 constant ACCOUNT_AUTHORISED = 1 << 192;
uint256 constant ACCOUNT_METERED = 1 << 193;
uint256 constant ACCOUNT_FROZEN = 1 << 194;
uint256 constant ACCOUNT_SUSPENDED = 1 << 195;
uint256 constant ACCOUNT_GREEN_SUPPLY = 1 << 196;
uint256 constant ACCOUNT_GREEN_PREFERENCE = 1 << 197;
uint256 constant ACCOUNT_HAS_DUES = 1 << 198;
uint256 constant ACCOUNT_OPEN = 1 << 199;

uint256 constant MAX_BALANCE_NANO = (1 << 88) - 1;
uint256 constant MAX_REPUTATION = 100;

/// @notice Getters and setters of {Account}. Setters take values that the caller has bounded.
library AccountLibrary {
    uint256 private constant MASK_88 = (1 << 88) - 1;
    uint256 private constant MASK_8 = 0xff;
    uint256 private constant MASK_24 = 0xffffff;

    function balanceNano(Account self) internal pure returns (uint256) {
        return Account.unwrap(self) & MASK_88;
    }

    function reputation(Account self) internal pure returns (uint256) {
        return (Account.unwrap(self) >> 176) & MASK_8;
    }

    function missedReadings(Account self) internal pure returns (uint256) {
        return (Account.unwrap(self) >> 184) & MASK_8;
    }

    function activeUntil(Account self) internal pure returns (uint256) {
        return (Account.unwrap(self) >> 200) & MASK_24;
    }

    /// @param flag One of the ACCOUNT_* constants, or several of them.
    /// @return True where any of them is set.
    function has(Account self, uint256 flag) internal pure returns (bool) {
        return Account.unwrap(self) & flag != 0;
    }

    function with(Account self, uint256 flag, bool value) internal pure returns (Account) {
        uint256 word = Account.unwrap(self);
        return Account.wrap(value ? word | flag : word & ~flag);
    }

    function withBalanceNano(Account self, uint256 value) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(self) & ~MASK_88) | value);
    }

    function withReputation(Account self, uint256 value) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(self) & ~(MASK_8 << 176)) | (value << 176));
    }

    function withMissedReadings(Account self, uint256 value) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(self) & ~(MASK_8 << 184)) | (value << 184));
    }

    function withActiveUntil(Account self, uint256 value) internal pure returns (Account) {
        return Account.wrap((Account.unwrap(self) & ~(MASK_24 << 200)) | (value << 200));
    }

    /// @return The account after a settlement, with everything that one changes.
    function withSettlement(
        Account self,
        uint256 balanceNano_,
        uint256 reputation_,
        uint256 missedReadings_
    ) internal pure returns (Account) {
        return
            Account.wrap(
                ((Account.unwrap(self) >> 192) << 192) |
                    balanceNano_ |
                    (reputation_ << 176) |
                    (missedReadings_ << 184)
            );
    }
}
