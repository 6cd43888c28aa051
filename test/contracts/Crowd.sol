// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IEnergyMarket} from "../../contracts/interfaces/IEnergyMarket.sol";
import {EnergyType, IRegistry, Profile} from "../../contracts/interfaces/IRegistry.sol";
import {OrderView} from "../../contracts/interfaces/IMarketEvents.sol";

/// @notice Owns one account and does what its crowd says.
contract CrowdMember {
    address private immutable _crowd = msg.sender;

    function execute(address target, bytes calldata data) external returns (bytes memory result) {
        require(msg.sender == _crowd, "not the crowd");
        bool ok;
        // solhint-disable-next-line avoid-low-level-calls
        (ok, result) = target.call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }
}

/// @notice Many participants in one hand, so that a test can have all of them act in one transaction.
contract Crowd {
    IEnergyMarket private immutable _market;
    IRegistry private immutable _registry;
    CrowdMember[] private _members;
    uint256 private _firstParticipant;

    constructor(IEnergyMarket market, IRegistry registry, IERC20 token) {
        _market = market;
        _registry = registry;
        token.approve(address(market), type(uint256).max);
    }

    /// @notice Registers members; every second one generates and prefers green energy, the first does.
    /// @param firstParticipant The account number that the first of all members will get.
    function recruit(uint256 count, uint256 firstParticipant) external {
        _firstParticipant = firstParticipant;
        for (uint256 i = 0; i < count; ++i) {
            bool green = i % 2 == 0;
            CrowdMember member = new CrowdMember();
            member.execute(
                address(_registry),
                abi.encodeCall(
                    IRegistry.register,
                    Profile("member", green ? EnergyType.Wind : EnergyType.None, green, 0, 0)
                )
            );
            _members.push(member);
        }
    }

    /// @notice Pays a deposit into each account.
    function fund(uint256 count, uint256 amountNano) external {
        for (uint256 i = 0; i < count; ++i) _market.deposit(_firstParticipant + i, amountNano);
    }

    /// @notice Has each participant seal its commitment.
    function submit(
        uint256 period,
        uint256[] calldata participants,
        bytes32[] calldata commitments
    ) external {
        for (uint256 i = 0; i < participants.length; ++i) {
            _members[participants[i] - _firstParticipant].execute(
                address(_market),
                abi.encodeCall(_market.submitOrder, (period, commitments[i], ""))
            );
        }
    }

    /// @notice How far orders were filled, and what they cost.
    function fillsOf(
        uint256 period,
        uint256[] calldata participants
    ) external view returns (uint256[] memory filledWh, uint256[] memory tradeNano) {
        filledWh = new uint256[](participants.length);
        tradeNano = new uint256[](participants.length);
        for (uint256 i = 0; i < participants.length; ++i) {
            OrderView memory order = _market.orderOf(period, participants[i]);
            filledWh[i] = order.filledWh;
            tradeNano[i] = order.tradeNano;
        }
    }

    function memberAt(uint256 index) external view returns (address) {
        return address(_members[index]);
    }
}
