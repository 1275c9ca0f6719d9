// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Staking} from "../src/Staking.sol";
import {Pool, PoolMath} from "../src/libraries/PoolMath.sol";

/// @dev All that is known of a pool, gathered from its stakers.
struct Audit {
    Pool pool;
    uint256 activeShares;
    uint256 unbondingShares;
    uint256 ownShares;
    uint256 activeTokens;
}

/// @dev Staking with its pools in the open.
contract StakingHarness is Staking {
    using PoolMath for Pool;

    constructor(IERC20 cai_, uint64 unbondingPeriod_, address authority_)
        Staking(cai_, 100, unbondingPeriod_, authority_)
    {}

    /// @dev Sums over all stakers, in one call because invariants ask so often.
    function audit(address node, address[] calldata stakers) external view returns (Audit memory result) {
        result.pool = _pools[node];
        for (uint256 i = 0; i < stakers.length; ++i) {
            uint256 shares = _positions[node][stakers[i]].shares;
            result.activeShares += shares;
            result.activeTokens += result.pool.toTokens(shares);
            if (stakers[i] == _nodes[node].owner) result.ownShares = shares;
            Request[] storage open = _requests[node][stakers[i]];
            for (uint256 j = 0; j < open.length; ++j) {
                result.unbondingShares += open[j].shares;
            }
        }
    }

    /// @dev What each staker can take out, in time.
    function claims(address[] calldata stakers, address[] calldata nodes)
        external
        view
        returns (uint256[] memory sums)
    {
        sums = new uint256[](stakers.length);
        for (uint256 i = 0; i < stakers.length; ++i) {
            sums[i] = _free[stakers[i]];
            for (uint256 j = 0; j < nodes.length; ++j) {
                Pool memory pool = _pools[nodes[j]];
                sums[i] += pool.toTokens(_positions[nodes[j]][stakers[i]].shares);
                Request[] storage open = _requests[nodes[j]][stakers[i]];
                for (uint256 k = 0; k < open.length; ++k) {
                    sums[i] += pool.toTokens(open[k].shares);
                }
            }
        }
    }

    /// @dev What each staker's rewards at all nodes are worth now.
    function pendings(address[] calldata stakers, address[] calldata nodes)
        external
        view
        returns (uint256[] memory sums)
    {
        sums = new uint256[](stakers.length);
        for (uint256 i = 0; i < stakers.length; ++i) {
            for (uint256 j = 0; j < nodes.length; ++j) {
                sums[i] += _collectable(nodes[j], stakers[i], _pools[nodes[j]].activeShares);
            }
        }
    }

    /// @dev A fingerprint of each staker's open requests at all nodes.
    function schedules(address[] calldata stakers, address[] calldata nodes)
        external
        view
        returns (bytes32[] memory prints)
    {
        prints = new bytes32[](stakers.length);
        for (uint256 i = 0; i < stakers.length; ++i) {
            for (uint256 j = 0; j < nodes.length; ++j) {
                prints[i] = keccak256(abi.encode(prints[i], _requests[nodes[j]][stakers[i]]));
            }
        }
    }

    /// @dev One staker's active and unbonding stake behind one node.
    function stakeBehind(address node, address staker) external view returns (uint256 tokens, uint256 parts) {
        Pool memory pool = _pools[node];
        Request[] storage open = _requests[node][staker];
        tokens = pool.toTokens(_positions[node][staker].shares);
        for (uint256 i = 0; i < open.length; ++i) {
            tokens += pool.toTokens(open[i].shares);
        }
        parts = open.length + 1;
    }

    function poolOf(address node) external view returns (Pool memory) {
        return _pools[node];
    }

    function sharesOf(address node, address staker) external view returns (uint256) {
        return _positions[node][staker].shares;
    }

    /// @dev The accumulators on the way to a staker's rewards.
    function accumulators(address node) external view returns (uint256 perWeight, uint256 perShare) {
        return (_streams[_nodes[node].role].accPerWeight, _rewards[node].accPerShare);
    }

    /// @dev Puts `count` more stakers behind a node, each with `amount`, as deposits and votes would. The caller pays.
    function crowd(address node, uint160 count, uint128 amount) external {
        Node storage entry = _nodes[node];
        Pool memory pool = _pools[node];
        uint128 accPerShare = _settle(node, entry, pool.activeShares);
        for (uint160 i = 1; i <= count; ++i) {
            Position storage position = _positions[node][address(0x57A4E20000 + i)];
            position.shares = pool.join(amount, false);
            position.accPaid = accPerShare;
        }
        _pools[node] = pool;
        _reweigh(node, entry, pool);
        cai.transferFrom(msg.sender, address(this), count * amount);
    }
}
