// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {ParameterRules} from "../libraries/ParameterRules.sol";
import {RING_LENGTH} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {MarketParameters, ParametersInForce} from "../types/MarketParameters.sol";

/// @notice Change of the market's rules, for periods to come.
abstract contract Parameters is MarketBase, IMarketExtension {
    /// @inheritdoc IMarketExtension
    function scheduleParameters(
        MarketParameters calldata parameters,
        uint256 fromPeriod
    ) external restricted {
        ParameterRules.check(parameters, _periodLength);
        uint256 current = _currentPeriod();
        // Periods up to the next may have sealed orders or begun; those before may be unsettled.
        if (fromPeriod < current + 2) revert PeriodTooSoon(fromPeriod, current + 2);
        ParametersInForce memory before = _inForce;
        if (before.latestFrom != 0 && current < before.latestFrom + RING_LENGTH) {
            revert ParametersPending(before.latestFrom, before.latestFrom + RING_LENGTH);
        }
        if (fromPeriod > MAX_PERIOD) revert PeriodOutOfRange(fromPeriod);
        uint8 index = 1 - before.latest;
        _parameters[index] = parameters;
        _inForce = ParametersInForce({
            latestFrom: uint24(fromPeriod),
            latest: index,
            gateClosure: uint24(parameters.gateClosure),
            gateClosureBefore: before.gateClosure,
            marginNano: parameters.marginNano,
            marginNanoBefore: before.marginNano
        });
        emit ParametersScheduled(fromPeriod, parameters);
    }
}
