// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may sign for a participant's meter, packed into a single slot.
/// @dev Bits, from the least significant:
///
///   0..159   gateway      160 bits  the key that signs readings
///   160..191 ratedPowerW   32 bits  what bounds the energy of a reading
///   192..223 meterId       32 bits  grows with every binding, so that a reading of a replaced meter is void
///   224..247 boundIn       24 bits  the period in which the participant's first meter was bound
type MeterBinding is uint256;

using MeterBindingLibrary for MeterBinding global;

/// @notice Getters and constructor of {MeterBinding}.
library MeterBindingLibrary {
    function gateway(MeterBinding self) internal pure returns (address) {
        return address(uint160(MeterBinding.unwrap(self)));
    }

    function ratedPowerW(MeterBinding self) internal pure returns (uint256) {
        return (MeterBinding.unwrap(self) >> 160) & type(uint32).max;
    }

    function meterId(MeterBinding self) internal pure returns (uint256) {
        return (MeterBinding.unwrap(self) >> 192) & type(uint32).max;
    }

    function boundIn(MeterBinding self) internal pure returns (uint256) {
        return MeterBinding.unwrap(self) >> 224;
    }

    function create(
        address gateway_,
        uint256 ratedPowerW_,
        uint256 meterId_,
        uint256 boundIn_
    ) internal pure returns (MeterBinding) {
        return
            MeterBinding.wrap(
                uint160(gateway_) | (ratedPowerW_ << 160) | (meterId_ << 192) | (boundIn_ << 224)
            );
    }
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

    /// @return True where the latest reading is that of `period_`.
    function isReadingOf(MeterState self, uint256 period_) internal pure returns (bool) {
        return MeterState.unwrap(self) >> 160 == period_ | (1 << 24);
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

    /// @param counters The import register in the lower 48 bits, the export register above.
    /// @return The meter after a reading.
    function read(
        uint256 counters,
        uint256 importDelta,
        uint256 exportDelta,
        uint256 period_
    ) internal pure returns (MeterState) {
        return
            MeterState.wrap(
                counters |
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

/// @dev The EIP-712 type that a gateway signs.
bytes32 constant READING_TYPEHASH = keccak256(
    "Reading(uint24 participant,uint32 meterId,uint24 period,uint48 importWh,uint48 exportWh)"
);

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

    /// @return hash The EIP-712 struct hash of the reading, for the meter that bears `meterId`.
    function structHash(PackedReading self, uint256 meterId) internal pure returns (bytes32 hash) {
        bytes32 typehash = READING_TYPEHASH;
        assembly ("memory-safe") {
            // keccak256(abi.encode(typehash, participant, meterId, period, importWh, exportWh)), in memory that
            // stays free.
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), and(self, 0xffffff))
            mstore(add(free, 0x40), meterId)
            mstore(add(free, 0x60), and(shr(24, self), 0xffffff))
            mstore(add(free, 0x80), and(shr(48, self), 0xffffffffffff))
            mstore(add(free, 0xa0), and(shr(96, self), 0xffffffffffff))
            hash := keccak256(free, 0xc0)
        }
    }
}

/// @notice A reading with its gateway's EIP-712 signature in the compact form of EIP-2098.
struct SignedReading {
    PackedReading reading;
    bytes32 r;
    bytes32 vs;
}
