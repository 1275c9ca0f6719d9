// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Status} from "../../src/staking/NodeRegistry.sol";
import {Unbonding} from "../../src/staking/Votes.sol";
import {SlashingBase} from "../harness/SlashingBase.sol";

/// @dev Slashes and charges of any amount.
contract SlashingFuzz is SlashingBase {
    address private constant DAVE = address(0xDA7E);

    /// @dev A slash takes the same fraction from everyone, regardless of when they staked and how much unbonds.
    function testFuzz_the_same_fraction(uint256 bob, uint256 unbonding, uint256 first, uint256 carol, uint256 second)
        public
    {
        bob = bound(bob, 1e6, 100_000_000e18);
        vote(BOB, bob);
        unbonding = bound(unbonding, 1, bob);
        retract(BOB, unbonding);
        first = bound(first, 1, (bob + 30_000e18) / 2);
        slash(node, first, 0);
        uint256 top = 40_000e18;
        vote(ALICE, top);
        carol = bound(carol, 1e6, 100_000_000e18);
        vote(DAVE, carol);

        uint256 total = staking.slashableOf(node);
        uint256[4] memory before = held();
        second = bound(second, 1, total / 2);
        slash(node, second, 0);
        uint256[4] memory left = held();
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertApproxEqAbs(left[i], before[i] * (total - second) / total, 1);
        }
        vm.assertLe(left[0] + left[1] + left[2] + left[3], total - second);
    }

    function held() private view returns (uint256[4] memory) {
        return [
            staking.stakeOf(node, ALICE),
            staking.stakeOf(node, BOB),
            staking.unbondings(node, BOB)[0].amount,
            staking.stakeOf(node, DAVE)
        ];
    }

    /// @dev For any amount and any reward, nothing is created, and the caller gets at most a fifth of the owner's loss.
    function testFuzz_slash(uint256 amount, uint16 rewardBps, uint256 bob) public {
        bob = bound(bob, 1, 100_000_000e18);
        vote(BOB, bob);
        rewardBps %= 2_001;
        uint256 total = staking.slashableOf(node);
        uint256 own = staking.ownStakeOf(node);
        uint256 mine = cai.balanceOf(address(this));
        (uint256 taken, uint256 reward) = slash(node, amount, rewardBps);
        vm.assertEq(taken, amount < total ? amount : total);
        vm.assertEq(reward, taken * own / total * rewardBps / 10_000);
        vm.assertLe(reward * 5, own - staking.ownStakeOf(node) + 4);
        vm.assertEq(cai.balanceOf(address(this)) - mine, reward);
        vm.assertEq(cai.balanceOf(staking.BURN()), taken - reward);
        vm.assertEq(staking.slashableOf(node), total - taken);
        bool out = (total - taken) * 10 < total;
        bool active = staking.stakeOf(node, ALICE) > MINER_MINIMUM;
        assertStatus(out ? Status.Tombstoned : active ? Status.Active : Status.Inactive);
    }

    /// @dev Whatever the owner, its friends and the voters hold, the owner and its friends lose at least four fifths of
    /// what the owner loses: punishing oneself is never a profit.
    function testFuzz_no_profit_from_ones_own_slash(
        uint256 voters,
        uint256 kept,
        uint256 unbonding,
        uint256[6] calldata amounts,
        uint16 bps
    ) public {
        voters = bound(voters, 1, 30_000_000e18);
        vote(BOB, voters);
        kept = bound(kept, 0, 30_000e18);
        unbonding = bound(unbonding, 0, 30_000e18 - kept);
        // The owner moves a part of its stake out, and a part is on its way.
        if (kept + unbonding < 30_000e18) {
            retract(ALICE, 30_000e18 - kept - unbonding);
            vm.warp(block.timestamp + UNBONDING);
            vm.prank(ALICE);
            staking.release(node);
        }
        if (unbonding != 0) retract(ALICE, unbonding);
        for (uint256 i = 0; i < amounts.length; ++i) {
            uint256 own = staking.ownStakeOf(node);
            uint256 all = staking.slashableOf(node);
            (, uint256 reward) = i % 3 == 2
                ? staking.charge(node, bound(amounts[i], 0, own + 1), bps % 2_001)
                : slash(node, bound(amounts[i], 0, all), bps % 2_001);
            // The pool's rounding can keep a wei of what the owner had.
            vm.assertLe(reward * 5, own - staking.ownStakeOf(node) + 1);
        }
    }

    /// @dev A charge takes exactly what it says from the owner, and nothing from any voter, at any price.
    function testFuzz_charge(uint256 voters, uint256 lost, uint256 out, uint256 amount, uint16 bps) public {
        voters = bound(voters, 1e6, 30_000_000e18);
        vote(BOB, voters);
        retract(BOB, voters / 3);
        vote(DAVE, voters / 2 + 1);
        lost = bound(lost, 0, staking.slashableOf(node) * 8 / 10);
        if (lost != 0) slash(node, lost, 0);
        out = bound(out, 1, staking.stakeOf(node, ALICE));
        retract(ALICE, out);

        uint256 all = staking.slashableOf(node);
        uint256 own = staking.ownStakeOf(node);
        amount = bound(amount, 1, 2 * own);
        uint256[3] memory before = votes();
        (uint256 taken, uint256 reward) = staking.charge(node, amount, bps % 2_001);
        vm.assertEq(taken, amount < own ? amount : own);
        vm.assertEq(reward, taken * (bps % 2_001) / 10_000);
        vm.assertEq(staking.slashableOf(node), all - taken);
        vm.assertApproxEqAbs(staking.ownStakeOf(node), own - taken, 1);
        uint256[3] memory left = votes();
        for (uint256 i = 0; i < 3; ++i) {
            // Rounding is in favour of those who stay, by less than ten wei at the lowest price.
            vm.assertGe(left[i], before[i]);
            vm.assertLe(left[i], before[i] + 10);
        }
    }

    function votes() private view returns (uint256[3] memory) {
        return [staking.stakeOf(node, BOB), staking.unbondings(node, BOB)[0].amount, staking.stakeOf(node, DAVE)];
    }

    /// @dev A charge takes the newest requests first, whole ones before it touches the next, and active stake before all.
    function testFuzz_charge_takes_the_newest_first(uint256[5] calldata parts, uint256 amount) public {
        uint256[5] memory sizes;
        for (uint256 i = 0; i < 5; ++i) {
            sizes[i] = bound(parts[i], 1, 5_000e18);
            retract(ALICE, sizes[i]);
            vm.warp(block.timestamp + 1 hours);
        }
        uint256 active = staking.stakeOf(node, ALICE);
        amount = bound(amount, 1, 30_000e18);
        staking.charge(node, amount, 0);
        uint256 rest = amount > active ? amount - active : 0;
        vm.assertEq(staking.stakeOf(node, ALICE), rest == 0 ? active - amount : 0);
        for (uint256 i = 5; i > 0 && rest != 0; --i) {
            uint256 part = rest < sizes[i - 1] ? rest : sizes[i - 1];
            (sizes[i - 1], rest) = (sizes[i - 1] - part, rest - part);
        }
        Unbonding[] memory open = staking.unbondings(node, ALICE);
        for (uint256 i = 0; i < 5; ++i) {
            if (sizes[i] == 0) vm.assertLe(open.length, i);
            else vm.assertEq(open[i].amount, sizes[i]);
        }
    }
}
