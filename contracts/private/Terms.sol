// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPrivateMarket, PrivateMarketTerms} from "../interfaces/IPrivateMarket.sol";
import {FIELD_ORDER} from "../libraries/BabyJubjub.sol";

/// @notice The rules of a private market, and the times that follow from them.
abstract contract Terms is IPrivateMarket {
    uint256 internal constant MAX_PERIOD = (1 << 24) - 1;
    uint256 internal constant MAX_ENERGY_WH = (1 << 28) - 1;
    uint256 private constant BPS = 10_000;

    uint40 private immutable _genesis;
    uint32 private immutable _periodLength;
    uint32 private immutable _plansLead;
    uint32 private immutable _proposalsLead;
    uint32 internal immutable _confirmationTime;
    uint32 private immutable _reportingTime;
    uint16 internal immutable _toleranceBps;
    uint32 internal immutable _bondWh;
    uint64 internal immutable _bondNano;
    /// @dev Not computed anew where a fork changes the chain's number: all spent notes would be unspent there.
    uint256 private immutable _scope;

    constructor(PrivateMarketTerms memory terms_) {
        _requireTerm(terms_.periodLength != 0, "periodLength", terms_.periodLength);
        _requireTerm(terms_.genesis >= terms_.plansLead, "genesis", terms_.genesis);
        _requireTerm(
            terms_.proposalsLead <= terms_.plansLead,
            "proposalsLead",
            terms_.proposalsLead
        );
        _requireTerm(
            terms_.confirmationTime != 0 && terms_.confirmationTime <= terms_.proposalsLead,
            "confirmationTime",
            terms_.confirmationTime
        );
        _requireTerm(terms_.reportingTime != 0, "reportingTime", terms_.reportingTime);
        _requireTerm(terms_.toleranceBps < BPS, "toleranceBps", terms_.toleranceBps);
        _requireTerm(terms_.bondWh <= MAX_ENERGY_WH, "bondWh", terms_.bondWh);
        _genesis = terms_.genesis;
        _periodLength = terms_.periodLength;
        _plansLead = terms_.plansLead;
        _proposalsLead = terms_.proposalsLead;
        _confirmationTime = terms_.confirmationTime;
        _reportingTime = terms_.reportingTime;
        _toleranceBps = terms_.toleranceBps;
        _bondWh = terms_.bondWh;
        _bondNano = terms_.bondNano;
        _scope = uint256(keccak256(abi.encode(block.chainid, address(this)))) % FIELD_ORDER;
    }

    // ------------------------------------------------------------------ reads

    /// @inheritdoc IPrivateMarket
    function terms() external view returns (PrivateMarketTerms memory) {
        return
            PrivateMarketTerms({
                genesis: _genesis,
                periodLength: _periodLength,
                plansLead: _plansLead,
                proposalsLead: _proposalsLead,
                confirmationTime: _confirmationTime,
                reportingTime: _reportingTime,
                toleranceBps: _toleranceBps,
                bondWh: _bondWh,
                bondNano: _bondNano
            });
    }

    /// @inheritdoc IPrivateMarket
    function scope() external view returns (uint256) {
        return _scope;
    }

    // ------------------------------------------------------------------ internal

    function _requireScope(uint256 given) internal view {
        if (given != _scope) revert ForeignScope(_scope, given);
    }

    function _requireSame(uint256 expected, uint256 given) internal pure {
        if (given != expected) revert ForeignTerms(expected, given);
    }

    function _plansCloseAt(uint256 period) internal view returns (uint256) {
        return _startOf(period) - _plansLead;
    }

    function _proposalsCloseAt(uint256 period) internal view returns (uint256) {
        return _startOf(period) - _proposalsLead;
    }

    function _deliveredAt(uint256 period) internal view returns (uint256) {
        return _startOf(period + 1);
    }

    function _reportingClosesAt(uint256 period) internal view returns (uint256) {
        return _deliveredAt(period) + _reportingTime;
    }

    function _startOf(uint256 period) private view returns (uint256) {
        return uint256(_genesis) + period * _periodLength;
    }

    function _requireTerm(bool holds, bytes32 name, uint256 value) private pure {
        if (!holds) revert TermsInvalid(name, value);
    }
}
