// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {RING_LENGTH} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {
    MeterBinding,
    MeterLibrary,
    MeterState,
    PackedReading,
    SignedReading
} from "../types/Meter.sol";
import {MAX_ENERGY_WH} from "../types/Order.sol";
import {PeriodBook} from "../types/PeriodBook.sol";

/// @notice Readings of meters, signed by their gateways. The physical meter is trusted; the gateway is bound to
/// its meters, to counters that never fall and to their rated power.
abstract contract Metering is MarketBase, IMarketCore {
    /// @dev What readings of one call share. The times are those of `period`, the period of the reading before.
    struct MeteringRun {
        bytes32 domainSeparator;
        uint256 period;
        uint256 endsAt;
        uint256 closedAt;
        bool taken;
        bool begun;
        uint256 completePeriod;
    }

    /// @inheritdoc IMarketCore
    function reportReading(SignedReading calldata reading) external {
        MeteringRun memory run = _beginMetering();
        _revertWith(_reportReading(run, reading));
        uint256[] memory counted = new uint256[](1);
        counted[0] = PackedReading.unwrap(reading.reading);
        emit ReadingsReported(counted);
    }

    /// @inheritdoc IMarketCore
    function reportReadings(SignedReading[] calldata readings) external {
        MeteringRun memory run = _beginMetering();
        uint256[] memory counted = new uint256[](readings.length);
        uint256 count = 0;
        unchecked {
            for (uint256 i = 0; i < readings.length; ++i) {
                SignedReading calldata signed = readings[i];
                bytes memory failure = _reportReading(run, signed);
                if (failure.length != 0) {
                    PackedReading reading = signed.reading;
                    emit ReadingRefused(reading.participant(), reading.period(), failure);
                    continue;
                }
                counted[count] = PackedReading.unwrap(signed.reading);
                ++count;
            }
        }
        if (count == 0) return;
        assembly ("memory-safe") {
            mstore(counted, count)
        }
        emit ReadingsReported(counted);
    }

    // ------------------------------------------------------------------ internal

    function _beginMetering() private view returns (MeteringRun memory run) {
        run.domainSeparator = _domainSeparatorV4();
        run.completePeriod = type(uint256).max;
        _setPeriod(run, _currentPeriod());
    }

    function _setPeriod(MeteringRun memory run, uint256 period) private view {
        run.period = period;
        run.endsAt = _startOf(period + 1);
        run.closedAt = _graceEndOf(period, _parametersOf(period));
        run.taken = block.timestamp >= run.endsAt && block.timestamp < run.closedAt;
        run.begun = false;
    }

    /// @return failure The error with which a reading is refused, or nothing where it counts.
    function _reportReading(
        MeteringRun memory run,
        SignedReading calldata signed
    ) private returns (bytes memory failure) {
        PackedReading reading = signed.reading;
        uint256 participant = reading.participant();
        if (reading.period() != run.period) _setPeriod(run, reading.period());
        MeterState meter = _meters[participant];
        MeterBinding binding = _bindings[participant];
        // What is due as a rule: the next period of a bound meter, while its readings are taken.
        if (
            !run.taken ||
            run.period != meter.period() + 1 ||
            MeterBinding.unwrap(binding) == 0 ||
            reading.isMalformed()
        ) {
            failure = _explain(run, reading, meter, binding);
            if (failure.length != 0) return failure;
        }

        // A second form of the same signature does no harm: a reading counts once. No gateway is address 0.
        address signer = ecrecover(
            MessageHashUtils.toTypedDataHash(
                run.domainSeparator,
                reading.structHash(binding.meterId())
            ),
            _vOf(signed.vs),
            signed.r,
            signed.vs & bytes32(uint256(type(int256).max))
        );
        if (signer != binding.gateway()) {
            return
                abi.encodeWithSelector(
                    ForeignSignature.selector,
                    participant,
                    binding.gateway(),
                    signer
                );
        }
        return _count(run, reading, meter, binding.ratedPowerW());
    }

    /// @dev A reading that leaves a period out counts only when that period takes none any more: or whoever
    /// relays the later of two readings first would void the earlier.
    function _mustWait(MeteringRun memory run, MeterState meter) private view returns (bool) {
        return run.period > meter.period() + 1 && block.timestamp < _skippedUntil(run);
    }

    /// @dev When the period before takes no more readings.
    function _skippedUntil(MeteringRun memory run) private view returns (uint256) {
        uint256 skipped = run.period - 1;
        return _graceEndOf(skipped, _parametersOf(skipped));
    }

    /// @return What is wrong with a reading, whoever signed it; nothing where it may count.
    function _explain(
        MeteringRun memory run,
        PackedReading reading,
        MeterState meter,
        MeterBinding binding
    ) private view returns (bytes memory) {
        uint256 participant = reading.participant();
        uint256 period = run.period;
        if (reading.isMalformed()) {
            return abi.encodeWithSelector(MalformedReading.selector, PackedReading.unwrap(reading));
        }
        if (binding.gateway() == address(0)) {
            return abi.encodeWithSelector(NotMetered.selector, participant);
        }
        if (period <= meter.period()) {
            return
                abi.encodeWithSelector(ReadingNotNew.selector, participant, period, meter.period());
        }
        if (block.timestamp < run.endsAt) {
            return abi.encodeWithSelector(ReadingTooEarly.selector, period, run.endsAt);
        }
        if (block.timestamp >= run.closedAt) {
            return abi.encodeWithSelector(ReadingTooLate.selector, period, run.closedAt);
        }
        if (_mustWait(run, meter)) {
            return
                abi.encodeWithSelector(
                    ReadingOutOfOrder.selector,
                    participant,
                    period,
                    meter.period() + 1,
                    _skippedUntil(run)
                );
        }
        return "";
    }

    function _vOf(bytes32 vs) private pure returns (uint8) {
        unchecked {
            return uint8(27 + (uint256(vs) >> 255));
        }
    }

    /// @dev Checks the counters against the last and counts the energy between them. Unchecked: counters are
    /// below 2^48 and not below the last, periods below 2^24, rated power below 2^32.
    function _count(
        MeteringRun memory run,
        PackedReading reading,
        MeterState meter,
        uint256 ratedPowerW
    ) private returns (bytes memory failure) {
        unchecked {
            uint256 importDelta = reading.importWh() - meter.importWh();
            uint256 exportDelta = reading.exportWh() - meter.exportWh();
            // A counter below the last wraps to an energy that no meter can have counted.
            uint256 larger = importDelta > exportDelta ? importDelta : exportDelta;
            uint256 periods = run.period - meter.period();
            bool first = !meter.hasReading();
            // Bound within a period, whose rest counts too.
            if (first) ++periods;
            // Rounded up, for the rounding of the registers themselves.
            uint256 most = (ratedPowerW * periods * _periodLength) / 3600 + 1;
            if (most > MAX_ENERGY_WH) most = MAX_ENERGY_WH;
            if (larger > most) return _explainCounters(reading, meter, most);
            if (first) {
                // What the meter before has counted since its last reading; bounded when it was replaced.
                importDelta += meter.importDeltaWh();
                exportDelta += meter.exportDeltaWh();
            }
            if (!run.begun) {
                failure = _whyNotBegin(run.period, _books[run.period % RING_LENGTH]);
                if (failure.length != 0) return failure;
                _beginPeriod(run.period);
                run.begun = true;
            }
            uint256 participant = reading.participant();
            if (meter.period() != run.completePeriod) _keepUnsettled(run, participant, meter);
            // The reading's two counters stand side by side as the meter's do.
            _meters[participant] = MeterLibrary.read(
                PackedReading.unwrap(reading) >> 48,
                importDelta,
                exportDelta,
                run.period
            );
        }
    }

    function _explainCounters(
        PackedReading reading,
        MeterState meter,
        uint256 most
    ) private pure returns (bytes memory) {
        uint256 participant = reading.participant();
        if (reading.importWh() < meter.importWh()) {
            return _backwards(participant, meter.importWh(), reading.importWh());
        }
        if (reading.exportWh() < meter.exportWh()) {
            return _backwards(participant, meter.exportWh(), reading.exportWh());
        }
        uint256 importDelta = reading.importWh() - meter.importWh();
        uint256 exportDelta = reading.exportWh() - meter.exportWh();
        return
            abi.encodeWithSelector(
                BeyondRatedPower.selector,
                participant,
                importDelta > exportDelta ? importDelta : exportDelta,
                most
            );
    }

    /// @dev Notes where everybody is settled for the period of the reading before; else keeps that reading.
    function _keepUnsettled(MeteringRun memory run, uint256 participant, MeterState meter) private {
        uint256 period = meter.period();
        PeriodBook book = _books[period % RING_LENGTH];
        if (book.isOf(period) && book.isComplete()) run.completePeriod = period;
        else _keepUnsettledReading(participant, meter);
    }

    function _backwards(
        uint256 participant,
        uint256 lastWh,
        uint256 givenWh
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(CounterBackwards.selector, participant, lastWh, givenWh);
    }
}
