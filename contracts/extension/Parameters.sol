// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {ParameterRules} from "../libraries/ParameterRules.sol";
import {RING_LENGTH} from "../libraries/SortedLists.sol";
import {MarketBase} from "../MarketBase.sol";
import {MarketParameters} from "../types/MarketParameters.sol";

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
        if (_latestFrom != 0 && current < _latestFrom + RING_LENGTH) {
            revert ParametersPending(_latestFrom, _latestFrom + RING_LENGTH);
        }
        uint256 index = 1 - _latest;
        _parameters[index] = parameters;
        _latest = uint128(index);
        _latestFrom = uint128(fromPeriod);
        emit ParametersScheduled(fromPeriod, parameters);
    }
}
