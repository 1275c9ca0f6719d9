// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Staking} from "../../src/Staking.sol";
import {Pool, PoolMath} from "../../src/libraries/PoolMath.sol";
import {Status} from "../../src/staking/NodeRegistry.sol";

/// @dev A pool, and sums over its stakers.
struct Audit {
    Pool pool;
    uint256 activeShares;
    uint256 unbondingShares;
    uint256 ownShares;
    uint256 activeTokens;
}

/// @dev The values that a call may change: for every staker, over all nodes, and for every node.
struct Look {
    /// What each staker can take out, in time.
    uint256[] claims;
    /// Rewards of each staker.
    uint256[] pendings;
    /// A fingerprint of each staker's open requests.
    bytes32[] schedules;
    Pool[] pools;
    uint8[] status;
    /// The accumulators on the way to a staker's rewards.
    uint256[] perWeight;
    uint256[] perShare;
}

/// @dev Staking, with its pools readable.
contract StakingHarness is Staking {
    using PoolMath for Pool;

    constructor(IERC20 cai_, uint64 unbondingPeriod_, address authority_)
        Staking(cai_, 100, unbondingPeriod_, authority_)
    {}

    /// @dev Sums over all stakers, in one call because invariants call it very often.
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

    /// @dev All that a call could have changed, in one call because a campaign calls it very often.
    function look(address[] calldata stakers, address[] calldata nodes) external view returns (Look memory result) {
        uint256 count = nodes.length;
        result.claims = new uint256[](stakers.length);
        result.pendings = new uint256[](stakers.length);
        result.schedules = new bytes32[](stakers.length);
        (result.pools, result.status) = (new Pool[](count), new uint8[](count));
        (result.perWeight, result.perShare) = (new uint256[](count), new uint256[](count));
        for (uint256 i = 0; i < stakers.length; ++i) {
            result.claims[i] = _free[stakers[i]];
        }
        for (uint256 j = 0; j < count; ++j) {
            Node storage entry = _nodes[nodes[j]];
            result.status[j] = uint8(entry.status);
            if (entry.status == Status.None) continue;
            result.pools[j] = _pools[nodes[j]];
            result.perWeight[j] = _streams[entry.role].accPerWeight;
            result.perShare[j] = _rewards[nodes[j]].accPerShare;
            lookAt(nodes[j], result.pools[j], stakers, result);
        }
    }

    function lookAt(address node, Pool memory pool, address[] calldata stakers, Look memory result) private view {
        (uint128 accPerShare, uint256 commission) = _settled(node, _nodes[node], pool.activeShares);
        for (uint256 i = 0; i < stakers.length; ++i) {
            Position memory position = _positions[node][stakers[i]];
            Request[] memory open = _requests[node][stakers[i]];
            result.claims[i] += pool.toTokens(position.shares);
            for (uint256 k = 0; k < open.length; ++k) {
                result.claims[i] += pool.toTokens(open[k].shares);
            }
            if (open.length != 0) result.schedules[i] = keccak256(abi.encode(result.schedules[i], node, open));
            result.pendings[i] += position.accrued + uint256(position.shares) * (accPerShare - position.accPaid) / 1e18;
            if (_nodes[node].owner == stakers[i]) result.pendings[i] += commission + _rewards[node].commission;
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
