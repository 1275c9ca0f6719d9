// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Role, Status} from "../../src/staking/NodeRegistry.sol";
import {StakingBase} from "../harness/StakingBase.sol";

/// @dev Stake of any amount, and any spoiled signature.
contract StakingFuzz is StakingBase {
    function testFuzz_all_comes_back(uint256 deposited, uint256 voted, uint256 retracted) public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        deposited = bound(deposited, 1, 100_000_000e18);
        voted = bound(voted, 1, deposited);
        retracted = bound(retracted, 1, voted);
        fund(BOB, deposited);
        vm.startPrank(BOB);
        staking.vote(node, voted, 5_000);
        assertNode(node, Status.Active, MINER_STAKE, capped(MINER_STAKE + voted));
        staking.retract(node, retracted);
        assertNode(node, Status.Active, MINER_STAKE, capped(MINER_STAKE + voted - retracted));
        if (voted > retracted) staking.retract(node, voted - retracted);
        vm.warp(block.timestamp + UNBONDING);
        staking.release(node);
        staking.withdraw(deposited);
        vm.assertEq(cai.balanceOf(BOB), deposited);
        vm.assertEq(cai.balanceOf(address(staking)), MINER_STAKE);
    }

    function capped(uint256 active) private pure returns (uint256) {
        return active < 10 * MINER_STAKE ? active : 10 * MINER_STAKE;
    }

    function testFuzz_status_follows_the_own_stake(bool coordinator, uint256 stake, uint256 taken) public {
        Role role = coordinator ? Role.Coordinator : Role.Miner;
        uint256 minimum = staking.minimumStake(role);
        stake = bound(stake, minimum + 1, 100_000_000e18);
        taken = bound(taken, 1, stake);
        newNode(ALICE, NODE_KEY, role, stake);
        vm.prank(ALICE);
        staking.retract(node, taken);
        bool active = stake - taken > minimum;
        assertNode(node, active ? Status.Active : Status.Inactive, stake - taken, active ? stake - taken : 0);
    }

    /// @dev Flipping any bit of a signature, or changing its length, spoils it.
    function testFuzz_signatures_are_exact(uint256 position, bytes calldata noise) public {
        fund(ALICE, MINER_STAKE);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        bytes memory longer = bytes.concat(signature, noise);
        if (noise.length != 0) attempt(longer, "name", Role.Miner, block.timestamp);
        position = bound(position, 0, 65 * 8 - 1);
        signature[position / 8] ^= bytes1(uint8(1 << (position % 8)));
        attempt(signature, "name", Role.Miner, block.timestamp);
    }
}
