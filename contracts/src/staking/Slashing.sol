// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IStaking} from "../interfaces/IStaking.sol";
import {Pool, PoolMath} from "../libraries/PoolMath.sol";
import {Status} from "./NodeRegistry.sol";
import {Votes} from "./Votes.sol";

/// @title Slashes
/// @notice A slash takes the same fraction of all stake behind a node, active and unbonding.
abstract contract Slashing is Votes {
    using SafeERC20 for IERC20;
    using PoolMath for Pool;

    /// @notice Largest part of a slash that its finder can get, in hundredths of a percent. The rest is burned, so that
    /// slashing oneself is not a way to leave early.
    uint16 public constant MAX_FINDER_BPS = 2_000;
    /// @notice Where slashed stake goes to be burned: nobody has its key, and any ERC-20 can be sent there.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @notice Stake behind a node was taken.
    /// @param node Address of the node's key.
    /// @param taken The amount taken, from active and unbonding stake together.
    /// @param finder Address that received the finder's part.
    /// @param reward The finder's part; the rest was burned.
    /// @param left The stake left, active and unbonding.
    event Slashed(address indexed node, uint256 taken, address indexed finder, uint256 reward, uint256 left);

    /// @notice The finder's part of a slash is too large.
    /// @param have The value asked for, in hundredths of a percent.
    /// @param max The largest value allowed.
    error FinderShareTooHigh(uint16 have, uint16 max);

    /// @inheritdoc IStaking
    /// @dev Restricted. O(1): a loss of the pool's tokens lowers the price of every share, in
    /// every state and with every holder. The finder is paid by an ERC-20 transfer, which it cannot refuse.
    function slash(address node, uint256 amount, address finder, uint16 finderBps)
        external
        override
        restricted
        nonReentrant
        returns (uint256 taken, uint256 reward)
    {
        if (finderBps > MAX_FINDER_BPS) revert FinderShareTooHigh(finderBps, MAX_FINDER_BPS);
        Node storage entry = _known(node);
        Pool memory pool = _pools[node];
        _settle(node, entry, pool.activeShares);
        taken = pool.lose(amount);
        if (taken == 0) return (0, 0);
        _pools[node] = pool;
        if (pool.spent()) entry.status = Status.Tombstoned;
        if (finder != address(0)) reward = taken * finderBps / 10_000;
        emit Slashed(node, taken, finder, reward, pool.tokens);
        _reweigh(node, entry, pool);

        if (reward != 0) cai.safeTransfer(finder, reward);
        cai.safeTransfer(BURN, taken - reward);
    }

    /// @inheritdoc IStaking
    function slashableOf(address node) external view override returns (uint256) {
        return _pools[node].tokens;
    }
}
