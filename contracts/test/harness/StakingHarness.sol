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
    /// The owner's unbonding shares, as its requests sum up and as the contract keeps them.
    uint256 ownUnbonding;
    uint256 ownUnbondingKept;
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
        uint24 id = _poolOf(node);
        result.pool = _load(id);
        for (uint256 i = 0; i < stakers.length; ++i) {
            Position storage position = _position(id, stakers[i]);
            uint256 unbonding = _sum(id, stakers[i]);
            result.activeShares += position.shares;
            result.activeTokens += result.pool.toTokens(position.shares);
            result.unbondingShares += unbonding;
            if (stakers[i] == _nodes[node].owner) {
                result.ownShares = position.shares;
                result.ownUnbonding = unbonding;
                result.ownUnbondingKept = position.ownUnbonding;
            } else {
                result.ownUnbondingKept += position.ownUnbonding;
            }
        }
    }

    function _sum(uint24 id, address staker) private view returns (uint256 shares) {
        for (uint256 j = 0; j < _position(id, staker).requests; ++j) {
            shares += _requests[id][staker][j].shares;
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
            Node memory entry = _entry(nodes[j]);
            result.status[j] = uint8(entry.status);
            if (entry.status == Status.None || entry.status == Status.Rotated) continue;
            result.pools[j] = _load(entry.pool);
            result.perWeight[j] = _streams[entry.role].accPerWeight;
            result.perShare[j] = _rewardsOf(entry.pool).accPerShare;
            lookAt(entry, result.pools[j], stakers, result);
        }
    }

    function lookAt(Node memory entry, Pool memory pool, address[] calldata stakers, Look memory result) private view {
        (uint96 accPerShare, uint256 commission) = _settled(entry, pool.activeShares);
        for (uint256 i = 0; i < stakers.length; ++i) {
            Position memory position = _position(entry.pool, stakers[i]);
            result.claims[i] += pool.toTokens(position.shares);
            for (uint256 k = 0; k < position.requests; ++k) {
                Request memory request = _requests[entry.pool][stakers[i]][k];
                result.claims[i] += pool.toTokens(request.shares);
                result.schedules[i] = keccak256(abi.encode(result.schedules[i], entry.pool, request));
            }
            result.pendings[i] += position.accrued + uint256(position.shares) * (accPerShare - position.accPaid) / 1e18;
            if (entry.owner == stakers[i]) result.pendings[i] += commission + _rewardsOf(entry.pool).commission;
        }
    }

    /// @dev One staker's active and unbonding stake behind one node.
    function stakeBehind(address node, address staker) external view returns (uint256 tokens, uint256 parts) {
        uint24 id = _poolOf(node);
        Pool memory pool = _load(id);
        parts = _position(id, staker).requests;
        tokens = pool.toTokens(_position(id, staker).shares);
        for (uint256 i = 0; i < parts; ++i) {
            tokens += pool.toTokens(_requests[id][staker][i].shares);
        }
        ++parts;
    }

    /// @dev The pool behind a current key; empty for any other address.
    function poolOf(address node) external view returns (Pool memory) {
        return _load(_poolOf(node));
    }

    function poolNumber(address node) external view returns (uint24) {
        return _nodes[node].pool;
    }

    function sharesOf(address node, address staker) external view returns (uint256) {
        return _position(_poolOf(node), staker).shares;
    }

    /// @dev Puts `count` more stakers behind a node, each with `amount`, as deposits and votes would. The caller pays.
    function crowd(address node, uint160 count, uint128 amount) external {
        Node memory entry = _entry(node);
        Pool memory pool = _load(entry.pool);
        uint96 accPerShare = _settle(node, entry, pool.activeShares);
        for (uint160 i = 1; i <= count; ++i) {
            Position storage position = _position(entry.pool, address(0x57A4E20000 + i));
            position.shares = pool.join(amount, false);
            position.accPaid = accPerShare;
        }
        _reweigh(node, entry, pool);
        cai.transferFrom(msg.sender, address(this), count * amount);
    }
}
