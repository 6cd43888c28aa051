// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MarketParameters} from "../types/MarketParameters.sol";
import {IMarketEvents, Mandate} from "./IMarketEvents.sol";

/// @notice Accounts, vault, rules and mandates.
interface IMarketExtension is IMarketEvents {
    // ------------------------------------------------------------------ accounts

    /// @notice Opens the account of a new participant. Called by the registry.
    /// @return participant The account's number.
    function openAccount(address owner) external returns (uint256 participant);

    /// @notice Lets an account trade, or no more. Called by the registry for the operator. Orders that are sealed
    /// already are not touched, so that an operator cannot leave out an order it has seen.
    function setAuthorised(uint256 participant, bool authorised) external;

    /// @notice Sets what an account's offers and bids count as in the green round. Called by the registry.
    function setEnergyType(uint256 participant, bool greenSupply, bool greenPreference) external;

    /// @notice Binds a participant's first meter and its gateway's key. Called by the registry for the operator.
    /// @param ratedPowerW Bounds the energy of a reading.
    /// @param importWh The registers at the binding, from which energy counts.
    /// @return meterId The number under which the gateway signs the meter's readings.
    /// @dev Errors: {UnknownParticipant}, {MeterExists}, {ZeroAddress}, {RatedPowerOutOfRange}, {CounterOutOfRange}.
    function bindMeter(
        uint256 participant,
        address gateway,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh
    ) external returns (uint256 meterId);

    /// @notice Replaces a meter, its gateway's key or its rated power. What the old meter counted since its last
    /// reading is added to the first reading of the new one, so that no energy is lost.
    /// @param finalImportWh The old meter's registers when it was taken off.
    /// @param importWh The new meter's registers when it was put on.
    /// @dev Errors: as {bindMeter}, and {NotMetered}, {CounterBackwards}.
    function rebindMeter(
        uint256 participant,
        address gateway,
        uint256 ratedPowerW,
        uint256 finalImportWh,
        uint256 finalExportWh,
        uint256 importWh,
        uint256 exportWh
    ) external returns (uint256 meterId);

    /// @notice Freezes or unfreezes an account: no withdrawal, no new order, no opening. Regulator only.
    /// What is opened still clears and settles, since it is others' trade too.
    function setFrozen(uint256 participant, bool frozen) external;

    /// @notice Lets an account that was suspended for missing readings trade again. Operator only.
    function liftSuspension(uint256 participant) external;

    /// @notice Leaves the market: no new orders; the margin is free once every sealed period is past.
    /// @dev Errors: {StillActive} while an order is sealed for a period to come.
    function leaveMarket() external;

    // ------------------------------------------------------------------ vault

    /// @notice Pays settlement tokens into an account, the caller's or another's. What the account owes is taken.
    /// @param amountNano Nano-currency; a multiple of the token's own unit.
    /// @dev Errors: {ZeroAmount}, {AmountNotRepresentable}, {TransferShort} for tokens that keep a fee,
    /// {VaultFull}, {UnknownParticipant}, and the token's own.
    function deposit(uint256 participant, uint256 amountNano) external;

    /// @notice {deposit} with an EIP-2612 permit in place of an approval. A permit that somebody else has used
    /// already does no harm while the allowance is there.
    function depositWithPermit(
        uint256 participant,
        uint256 amountNano,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice {deposit} of ether, where the settlement token is wrapped ether.
    function depositEther(uint256 participant) external payable;

    /// @notice Feeds the incentive fund, from which rewards are paid. It cannot be taken back.
    function fundIncentives(uint256 amountNano) external;

    /// @notice Pays the caller's free balance out. Nothing but the regulator's freeze can stop it.
    /// @dev Errors: {UnknownAccount}, {AccountIsFrozen}, {InsufficientFree}, {AmountNotRepresentable}, {ZeroAddress}.
    function withdraw(uint256 amountNano, address to) external;

    /// @notice {withdraw} as ether, where the settlement token is wrapped ether.
    function withdrawEther(uint256 amountNano, address payable to) external;

    /// @notice Pays what a participant and the market owe each other, as far as means allow. Anyone may call.
    function payDues(uint256 participant) external;

    // ------------------------------------------------------------------ parameters

    /// @notice Changes the market's rules from a later period on. Administrator only, with its delay.
    /// @dev Errors: {ParametersInvalid}, {PeriodTooSoon}, {ParametersPending} while the last change is young.
    function scheduleParameters(MarketParameters calldata parameters, uint256 fromPeriod) external;

    // ------------------------------------------------------------------ mandates

    /// @notice Gives an agent the right that `mandate` describes, in place of any given before.
    /// @param signature The owner's EIP-712 signature over the mandate and the owner's nonce.
    /// @dev Errors: {UnknownParticipant}, {MandateInvalid} for a signature of somebody else or of an older nonce.
    function grantMandate(Mandate calldata mandate, bytes calldata signature) external;

    /// @notice Ends the right of the caller's agent at once. Orders that are sealed already stay sealed.
    function revokeMandate() external;
}
