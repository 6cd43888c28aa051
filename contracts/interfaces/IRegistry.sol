// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a participant generates. Solar, wind, hydro and biomass count as green (seed 000, table 3.3).
enum EnergyType {
    None,
    Solar,
    Wind,
    Hydro,
    Biomass,
    Controllable
}

/// @notice Who a participant is.
/// @param displayName 1 to 64 bytes of UTF-8, shown to other participants.
/// @param energyType What the participant generates; None for a consumer.
/// @param greenPreference True where its bids shall meet green offers first.
/// @param microgrid Code of the microgrid, at most 32 bytes.
/// @param location Code of the place within the microgrid, at most 32 bytes.
struct Profile {
    string displayName;
    EnergyType energyType;
    bool greenPreference;
    bytes32 microgrid;
    bytes32 location;
}

/// @notice One binding of a meter, as it stays on record.
/// @param serial The meter's serial number as on its plate.
/// @param gateway Who signs its readings.
/// @param meterId The number under which it does.
/// @param ratedPowerW What bounds the energy of a reading.
/// @param boundAt Unix seconds.
/// @param importWh, exportWh The registers at the binding.
struct MeterRecord {
    string serial;
    address gateway;
    uint32 meterId;
    uint32 ratedPowerW;
    uint40 boundAt;
    uint48 importWh;
    uint48 exportWh;
}

/// @title Registry
/// @notice Participants' profiles and meters' history. It sets standing and bindings in the market and can touch
/// no balance.
interface IRegistry {
    event Registered(address indexed owner, Profile profile);
    event ProfileChanged(address indexed owner, Profile profile);
    event MeterRecorded(
        uint256 indexed participant,
        bytes32 indexed serialHash,
        MeterRecord record
    );
    event OpeningKeySet(bytes key);
    event ReadingIntervalSet(uint256 intervalSeconds);

    error DisplayNameInvalid(string displayName);
    error NotRegistered(address owner);
    error AlreadyRegistered(address owner);
    error SerialInvalid(string serial);
    error SerialBound(string serial, uint256 participant);
    error OpeningKeyInvalid(bytes key);
    error ReadingIntervalInvalid(uint256 intervalSeconds, uint256 most);

    /// @notice Registers the caller. It has an account, and may trade, once the operator has authorised it: or
    /// anybody could fill the market with accounts that each settlement must go through.
    /// @dev Errors: {AlreadyRegistered}, {DisplayNameInvalid}.
    function register(Profile calldata profile) external;

    /// @notice Changes the caller's profile. Generation of another type, or in another microgrid, must be
    /// authorised again. A changed preference holds for orders that open after.
    /// @dev Errors: {NotRegistered}, {DisplayNameInvalid}.
    function changeProfile(Profile calldata profile) external;

    /// @notice Opens a registered participant's account, or lets it trade again, with the energy type of its
    /// profile. Operator only.
    /// @return participant Its account number.
    /// @dev Errors: {NotRegistered}.
    function authorise(address owner) external returns (uint256 participant);

    /// @notice Lets a participant trade no more. Operator only. Orders that are sealed stay valid.
    function revoke(uint256 participant) external;

    /// @notice Binds a participant's first meter. Operator only.
    /// @dev Errors: {NotRegistered}, {SerialInvalid}, {SerialBound}, and those of {IMarketExtension.bindMeter}.
    function bindMeter(
        uint256 participant,
        string calldata serial,
        address gateway,
        uint256 ratedPowerW,
        uint256 importWh,
        uint256 exportWh
    ) external returns (uint256 meterId);

    /// @notice Replaces a participant's meter, its gateway's key or its rated power. Operator only.
    /// @param finalImportWh, finalExportWh The old meter's registers when it was taken off.
    /// @dev Errors: as {bindMeter}, and those of {IMarketExtension.rebindMeter}.
    function rebindMeter(
        uint256 participant,
        string calldata serial,
        address gateway,
        uint256 ratedPowerW,
        uint256 finalImportWh,
        uint256 finalExportWh,
        uint256 importWh,
        uint256 exportWh
    ) external returns (uint256 meterId);

    /// @notice Publishes the key to which participants encrypt openings for the operator. Operator only.
    /// @param key A compressed secp256k1 point, 33 bytes.
    function setOpeningKey(bytes calldata key) external;

    /// @notice Tells all gateways how often to sample their meters between the readings that end a period (seed 000,
    /// appendix A: upload period changed remotely). Operator only.
    /// @param intervalSeconds At most a day; 0 leaves it to each gateway's own configuration.
    /// @dev Errors: {ReadingIntervalInvalid}.
    function setReadingInterval(uint256 intervalSeconds) external;

    function profileOf(address owner) external view returns (Profile memory);
    /// @return All bindings of a participant's meters, the oldest first.
    function metersOf(uint256 participant) external view returns (MeterRecord[] memory);
    /// @return The participant to whom a serial number is bound now, or 0.
    function participantOfSerial(string calldata serial) external view returns (uint256);
    function openingKey() external view returns (bytes memory);
    /// @return Seconds between samples; 0 where each gateway decides.
    function readingInterval() external view returns (uint256);
    function market() external view returns (address);
}
