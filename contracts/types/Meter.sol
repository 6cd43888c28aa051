// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may sign for a participant's meter.
/// @dev One slot. `meterId` grows with every binding, so that a reading signed for a replaced meter
/// counts for no other.
struct MeterBinding {
    address gateway;
    uint32 ratedPowerW;
    uint32 meterId;
    uint24 boundIn;
}

/// @notice The counters of a participant's meter and the energy of its latest period, in a single slot.
/// @dev Bits, from the least significant:
///
///   0..47    importWh       48 bits  cumulative import register
///   48..95   exportWh       48 bits  cumulative export register
///   96..127  importDeltaWh  32 bits  imported since the reading before
///   128..159 exportDeltaWh  32 bits  exported since the reading before
///   160..183 period         24 bits  the period at whose end the registers were read
///   184      hasReading      1 bit   0 after a binding, until the first reading; the deltas are then what
///                                    the meter before has counted since its last reading
///   185..255 free
type MeterState is uint256;

/// @notice The energy of one period, kept when the next reading arrives before settlement.
/// @dev 0..31 importDeltaWh, 32..63 exportDeltaWh, 64..87 period, 88 always 1.
type LateReading is uint256;

using MeterLibrary for MeterState global;
using LateReadingLibrary for LateReading global;

uint256 constant MAX_COUNTER_WH = (1 << 48) - 1;
uint256 constant MAX_DELTA_WH = (1 << 32) - 1;

/// @notice Getters and constructors of {MeterState}.
library MeterLibrary {
    uint256 private constant HAS_READING = 1 << 184;

    function importWh(MeterState self) internal pure returns (uint256) {
        return MeterState.unwrap(self) & MAX_COUNTER_WH;
    }

    function exportWh(MeterState self) internal pure returns (uint256) {
        return (MeterState.unwrap(self) >> 48) & MAX_COUNTER_WH;
    }

    function importDeltaWh(MeterState self) internal pure returns (uint256) {
        return (MeterState.unwrap(self) >> 96) & MAX_DELTA_WH;
    }

    function exportDeltaWh(MeterState self) internal pure returns (uint256) {
        return (MeterState.unwrap(self) >> 128) & MAX_DELTA_WH;
    }

    function period(MeterState self) internal pure returns (uint256) {
        return (MeterState.unwrap(self) >> 160) & 0xffffff;
    }

    function hasReading(MeterState self) internal pure returns (bool) {
        return MeterState.unwrap(self) & HAS_READING != 0;
    }

    /// @param carriedImportWh Energy of a meter before it, which its first reading adds to its own.
    /// @return A meter as bound: registers at the binding, no reading yet.
    function bound(
        uint256 importWh_,
        uint256 exportWh_,
        uint256 carriedImportWh,
        uint256 carriedExportWh,
        uint256 period_
    ) internal pure returns (MeterState) {
        return
            MeterState.wrap(
                importWh_ |
                    (exportWh_ << 48) |
                    (carriedImportWh << 96) |
                    (carriedExportWh << 128) |
                    (period_ << 160)
            );
    }

    /// @return The meter after a reading.
    function read(
        uint256 importWh_,
        uint256 exportWh_,
        uint256 importDelta,
        uint256 exportDelta,
        uint256 period_
    ) internal pure returns (MeterState) {
        return
            MeterState.wrap(
                importWh_ |
                    (exportWh_ << 48) |
                    (importDelta << 96) |
                    (exportDelta << 128) |
                    (period_ << 160) |
                    HAS_READING
            );
    }
}

/// @notice Getters and constructor of {LateReading}.
library LateReadingLibrary {
    function importDeltaWh(LateReading self) internal pure returns (uint256) {
        return LateReading.unwrap(self) & MAX_DELTA_WH;
    }

    function exportDeltaWh(LateReading self) internal pure returns (uint256) {
        return (LateReading.unwrap(self) >> 32) & MAX_DELTA_WH;
    }

    /// @return True where the energy is that of `period`.
    function isOf(LateReading self, uint256 period) internal pure returns (bool) {
        return LateReading.unwrap(self) >> 64 == period | (1 << 24);
    }

    function create(MeterState meter) internal pure returns (LateReading) {
        return
            LateReading.wrap(
                meter.importDeltaWh() |
                    (meter.exportDeltaWh() << 32) |
                    ((meter.period() | (1 << 24)) << 64)
            );
    }
}

/// @notice A reading as it travels in calldata.
/// @dev Bits: 0..23 participant, 24..47 period, 48..95 importWh, 96..143 exportWh, the rest zero.
type PackedReading is uint256;

using PackedReadingLibrary for PackedReading global;

/// @notice Getters of {PackedReading}.
library PackedReadingLibrary {
    function participant(PackedReading self) internal pure returns (uint256) {
        return PackedReading.unwrap(self) & 0xffffff;
    }

    function period(PackedReading self) internal pure returns (uint256) {
        return (PackedReading.unwrap(self) >> 24) & 0xffffff;
    }

    function importWh(PackedReading self) internal pure returns (uint256) {
        return (PackedReading.unwrap(self) >> 48) & MAX_COUNTER_WH;
    }

    function exportWh(PackedReading self) internal pure returns (uint256) {
        return (PackedReading.unwrap(self) >> 96) & MAX_COUNTER_WH;
    }

    /// @return True where a bit above the layout is set: such a word has no meaning.
    function isMalformed(PackedReading self) internal pure returns (bool) {
        return PackedReading.unwrap(self) >> 144 != 0;
    }
}

/// @notice A reading with its gateway's EIP-712 signature in the compact form of EIP-2098.
struct SignedReading {
    PackedReading reading;
    bytes32 r;
    bytes32 vs;
}
