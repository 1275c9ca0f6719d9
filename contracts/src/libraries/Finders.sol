// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Rewards for those who find evidence
/// @notice Evidence is public as soon as it waits in the mempool, so a proof alone does not show who found it. A finder
/// first announces a commitment to the evidence, which reveals nothing, and proves it at least a minute later. Nobody
/// proves what it has not announced: a copier of a proof comes too late to take its reward, or to have it burned.
/// @dev Times in Unix seconds.
abstract contract Finders {
    /// @notice Where rewards go to be burned: nobody has its key, and any ERC-20 can be sent there.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;
    /// @notice Seconds that an announcement must be old: long enough that it was mined before the evidence was seen.
    uint256 public constant ANNOUNCE_DELAY = 60;
    /// @notice Seconds after which an announcement counts for nothing, so that nobody can announce in stock.
    uint256 public constant ANNOUNCE_EXPIRY = 1 days;

    mapping(bytes32 commitment => uint256 time) private _announced;

    /// @notice Somebody will prove an offence.
    /// @param commitment keccak256(abi.encode(finder, evidence id, salt)).
    /// @param expires Last second at which it can be proven.
    event EvidenceAnnounced(bytes32 indexed commitment, uint256 expires);

    /// @notice The caller has not announced this proof, or not in time.
    /// @param commitment keccak256(abi.encode(caller, evidence id, salt)).
    /// @param time When it was announced, in Unix seconds; 0 if never.
    error NotAnnounced(bytes32 commitment, uint256 time);
    /// @notice This commitment was announced before, and still counts.
    /// @param expires When it can be announced again, in Unix seconds.
    error AlreadyAnnounced(uint256 expires);

    /// @notice Announces the proof of an offence. Anyone may, for any finder.
    /// @param commitment keccak256(abi.encode(finder, evidence id, salt)): the finder is the address that will call the
    /// proof, and the salt is a random word that the proof repeats.
    function announce(bytes32 commitment) external {
        uint256 time = _announced[commitment];
        uint256 expires = time + ANNOUNCE_EXPIRY;
        if (time != 0 && block.timestamp <= expires) revert AlreadyAnnounced(expires + 1);
        _announced[commitment] = block.timestamp;
        emit EvidenceAnnounced(commitment, block.timestamp + ANNOUNCE_EXPIRY);
    }

    /// @notice When a commitment was announced.
    /// @param commitment keccak256(abi.encode(finder, evidence id, salt)).
    /// @return time Unix seconds; 0 for one that never was.
    function announcedAt(bytes32 commitment) external view returns (uint256 time) {
        return _announced[commitment];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Reverts unless the caller has announced this evidence in time.
    /// @param evidence Id of the evidence.
    /// @param salt The word in the announced commitment.
    function _checkAnnounced(bytes32 evidence, bytes32 salt) internal view {
        bytes32 commitment = keccak256(abi.encode(msg.sender, evidence, salt));
        uint256 time = _announced[commitment];
        bool early = time == 0 || block.timestamp < time + ANNOUNCE_DELAY;
        if (early || block.timestamp > time + ANNOUNCE_EXPIRY) revert NotAnnounced(commitment, time);
    }
}
