// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    MeterBinding,
    MeterLibrary,
    MeterState,
    PackedReading,
    SignedReading
} from "../types/Meter.sol";
import {MAX_ENERGY_WH} from "../types/Order.sol";

/// @notice Readings of meters, signed by their gateways. The physical meter is trusted; the gateway is bound to
/// its meters, to counters that never fall and to their rated power.
abstract contract Metering is MarketBase, IMarketCore {
    /// @inheritdoc IMarketCore
    function reportReading(SignedReading calldata reading) external {
        _revertWith(_reportReading(reading));
        uint256[] memory counted = new uint256[](1);
        counted[0] = PackedReading.unwrap(reading.reading);
        emit ReadingsReported(counted);
    }

    /// @inheritdoc IMarketCore
    function reportReadings(SignedReading[] calldata readings) external {
        uint256[] memory counted = new uint256[](readings.length);
        uint256 count = 0;
        for (uint256 i = 0; i < readings.length; ++i) {
            bytes memory failure = _reportReading(readings[i]);
            PackedReading reading = readings[i].reading;
            if (failure.length == 0) counted[count++] = PackedReading.unwrap(reading);
            else emit ReadingRefused(reading.participant(), reading.period(), failure);
        }
        assembly ("memory-safe") {
            mstore(counted, count)
        }
        emit ReadingsReported(counted);
    }

    // ------------------------------------------------------------------ internal

    /// @return The error with which a reading is refused, or nothing where it counts.
    function _reportReading(SignedReading calldata signed) private returns (bytes memory) {
        PackedReading reading = signed.reading;
        if (reading.isMalformed()) {
            return abi.encodeWithSelector(MalformedReading.selector, PackedReading.unwrap(reading));
        }
        uint256 participant = reading.participant();
        uint256 period = reading.period();
        MeterState meter = _meters[participant];
        MeterBinding memory binding = _bindings[participant];
        if (binding.gateway == address(0)) {
            return abi.encodeWithSelector(NotMetered.selector, participant);
        }
        if (period <= meter.period()) {
            return
                abi.encodeWithSelector(ReadingNotNew.selector, participant, period, meter.period());
        }
        if (block.timestamp < _startOf(period + 1)) {
            return abi.encodeWithSelector(ReadingTooEarly.selector, period, _startOf(period + 1));
        }
        {
            uint256 closedAt = _graceEndOf(period, _parametersOf(period));
            if (block.timestamp >= closedAt) {
                return abi.encodeWithSelector(ReadingTooLate.selector, period, closedAt);
            }
        }
        {
            (address signer, , ) = ECDSA.tryRecover(
                _readingDigest(reading, binding.meterId),
                signed.r,
                signed.vs
            );
            if (signer != binding.gateway) {
                return
                    abi.encodeWithSelector(
                        ForeignSignature.selector,
                        participant,
                        binding.gateway,
                        signer
                    );
            }
        }
        return _count(reading, meter, binding.ratedPowerW);
    }

    /// @dev Checks the counters against the last and counts the energy between them.
    function _count(
        PackedReading reading,
        MeterState meter,
        uint256 ratedPowerW
    ) private returns (bytes memory) {
        uint256 participant = reading.participant();
        uint256 period = reading.period();
        (uint256 importWh, uint256 exportWh) = (reading.importWh(), reading.exportWh());
        if (importWh < meter.importWh()) {
            return
                abi.encodeWithSelector(
                    CounterBackwards.selector,
                    participant,
                    meter.importWh(),
                    importWh
                );
        }
        if (exportWh < meter.exportWh()) {
            return
                abi.encodeWithSelector(
                    CounterBackwards.selector,
                    participant,
                    meter.exportWh(),
                    exportWh
                );
        }
        uint256 importDelta = importWh - meter.importWh();
        uint256 exportDelta = exportWh - meter.exportWh();
        uint256 periods = period - meter.period();
        if (!meter.hasReading()) {
            // Bound within a period, whose rest counts too, as does what the meter before has left.
            ++periods;
            importDelta += meter.importDeltaWh();
            exportDelta += meter.exportDeltaWh();
        }
        // Rounded up, for the rounding of the registers themselves.
        uint256 most = (ratedPowerW * periods * _periodLength) / 3600 + 1;
        if (most > MAX_ENERGY_WH) most = MAX_ENERGY_WH;
        if (importDelta > most || exportDelta > most) {
            return
                abi.encodeWithSelector(
                    BeyondRatedPower.selector,
                    participant,
                    importDelta > exportDelta ? importDelta : exportDelta,
                    most
                );
        }
        _beginPeriod(period);
        _keepUnsettledReading(participant, meter);
        _meters[participant] = MeterLibrary.read(
            importWh,
            exportWh,
            importDelta,
            exportDelta,
            period
        );
        return "";
    }
}
