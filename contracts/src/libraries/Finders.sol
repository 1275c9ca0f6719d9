// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Rewards for those who find evidence
/// @notice Evidence is public as soon as it waits in the mempool, so a proof alone does not show who found it. A finder
/// first announces a commitment to the evidence, which reveals nothing, and proves it at least a minute later. A proof
/// that nobody announced in time is good all the same, but its reward is burned: copying it pays nothing.
/// @dev Times in Unix seconds.
abstract contract Finders {
    using SafeERC20 for IERC20;

    /// @notice Where rewards go to be burned: nobody has its key, and any ERC-20 can be sent there.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;
    /// @notice Seconds that an announcement must be old: long enough that it was mined before the evidence was seen.
    uint256 public constant ANNOUNCE_DELAY = 60;
    /// @notice Seconds after which an announcement counts for nothing, so that nobody can announce in stock.
    uint256 public constant ANNOUNCE_EXPIRY = 1 days;

    mapping(bytes32 commitment => uint256 time) private _announced;

    /// @notice Somebody will prove an offence.
    /// @param commitment keccak256(abi.encode(finder, evidence id, salt)).
    /// @param expires Last second at which a proof is rewarded for it.
    event EvidenceAnnounced(bytes32 indexed commitment, uint256 expires);

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

    /// @dev Pays the caller the reward for evidence that it had announced in time; else burns the reward.
    /// @param token The token that this contract holds the reward in.
    /// @param evidence Id of the evidence.
    /// @param salt The word in the announced commitment.
    /// @param reward The amount.
    /// @return paid What the caller got: the whole reward, or 0.
    function _payFinder(IERC20 token, bytes32 evidence, bytes32 salt, uint256 reward) internal returns (uint256 paid) {
        if (reward == 0) return 0;
        uint256 time = _announced[keccak256(abi.encode(msg.sender, evidence, salt))];
        bool inTime = time != 0 && block.timestamp >= time + ANNOUNCE_DELAY && block.timestamp <= time + ANNOUNCE_EXPIRY;
        token.safeTransfer(inTime ? msg.sender : BURN, reward);
        return inTime ? reward : 0;
    }
}
