// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../src/libraries/Roles.sol";
import {Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {AttackBase} from "../harness/AttackBase.sol";

/// @dev Attacks by an operator on those who voted for it: whoever punishes or charges the node is the operator's friend,
/// with the highest reward there is. All rewards come to this contract, which stands for the friend.
contract AttacksLossesTest is AttackBase {
    address private constant CAROL = address(0xCA401);
    uint256 private constant BIG_KEY = 0xB16;

    /// @dev What the friend has received since `mine`.
    function gained(uint256 mine) private view returns (uint256) {
        return cai.balanceOf(address(this)) - mine;
    }

    function purse() private view returns (uint256) {
        return cai.balanceOf(address(this));
    }

    function voteFor(address target, address staker, uint256 amount) private {
        fund(staker, amount);
        vm.prank(staker);
        staking.vote(target, amount, 5_000);
    }

    /// @dev A coordinator with eight times its own stake in votes destroys its pool at once: it loses four fifths of its
    /// own, though voters lose a multiple of it.
    function test_owner_with_eight_times_its_stake_in_votes() public {
        address big = newNode(MALLORY, BIG_KEY, Role.Coordinator, 2_500_000e18);
        voteFor(big, BOB, 20_000_000e18);
        uint256 mine = purse();
        slash(big, type(uint256).max, 2_000);
        vm.assertEq(gained(mine), 500_000e18);
        vm.assertEq(staking.ownStakeOf(big), 0);
        vm.assertEq(cai.balanceOf(staking.BURN()), 22_000_000e18);
    }

    /// @dev The same by a debt to itself, with a fine of five times the debt: the voter loses nothing.
    function test_owner_in_debt_to_itself() public {
        address big = newNode(MALLORY, BIG_KEY, Role.Coordinator, 2_500_000e18);
        voteFor(big, BOB, 20_000_000e18);
        uint256 mine = purse();
        (uint256 taken,) = staking.charge(big, 5 * 4_500_000e18, 2_000);
        vm.assertEq(taken, 2_500_000e18);
        vm.assertEq(gained(mine), 500_000e18);
        vm.assertEq(staking.stakeOf(big, BOB), 20_000_000e18);
        vm.assertEq(staking.nodeView(big).status, uint8(Status.Inactive));
    }

    /// @dev A miner with 33 times its own stake in votes slashes itself again and again, past its exclusion.
    function test_owner_with_33_times_its_stake_in_votes() public {
        voteFor(node, BOB, 1_000_000e18);
        uint256 mine = purse();
        for (uint256 i = 0; i < 6; ++i) {
            slash(node, staking.slashableOf(node) / 2, 2_000);
        }
        vm.assertEq(staking.nodeView(node).status, uint8(Status.Tombstoned));
        slash(node, type(uint256).max, 2_000);
        vm.assertLe(gained(mine), 6_000e18);
        vm.assertGt(gained(mine), 5_999e18);
    }

    /// @dev An owner that has left has nothing to lose, and nothing to gain: the reward is 0.
    function test_owner_that_released_everything() public {
        voteFor(node, BOB, 1_000_000e18);
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        release(ALICE);
        uint256 mine = purse();
        slash(node, 500_000e18, 2_000);
        staking.charge(node, 500_000e18, 2_000);
        vm.assertEq(gained(mine), 0);
        vm.assertEq(staking.stakeOf(node, BOB), 500_000e18);
    }

    /// @dev An owner that left in good time while its voters' requests have matured: still nothing.
    function test_owner_in_front_of_matured_requests() public {
        voteFor(node, BOB, 500_000e18);
        retract(ALICE, 30_000e18);
        retract(BOB, 500_000e18);
        wait(UNBONDING);
        release(ALICE);
        uint256 mine = purse();
        slash(node, type(uint256).max, 2_000);
        vm.assertEq(gained(mine), 0);
    }

    /// @dev Of an owner's own matured request a fifth comes back, not more.
    function test_owner_with_a_matured_request() public {
        voteFor(node, BOB, 1_000_000e18);
        retract(ALICE, 30_000e18);
        wait(10 * UNBONDING);
        uint256 mine = purse();
        slash(node, type(uint256).max, 2_000);
        vm.assertApproxEqAbs(gained(mine), 6_000e18, 1);
    }

    /// @dev An owner that left and keeps a little: it can never get more than a fifth of that little.
    function test_owner_with_a_rest() public {
        voteFor(node, BOB, 30_000_000e18);
        retract(ALICE, 29_999e18);
        wait(UNBONDING);
        release(ALICE);
        uint256 mine = purse();
        for (uint256 i = 0; i < 8; ++i) {
            slash(node, staking.slashableOf(node) / 3, 2_000);
        }
        vm.assertLe(gained(mine), 0.2e18);
    }

    /// @dev After the owner's charge a slash finds no own stake to reward.
    function test_charge_then_slash() public {
        voteFor(node, BOB, 1_000_000e18);
        uint256 mine = purse();
        staking.charge(node, type(uint256).max, 2_000);
        slash(node, type(uint256).max, 2_000);
        vm.assertEq(gained(mine), 6_000e18);
    }

    /// @dev The operator votes for itself by another name; then it only loses more.
    function test_owner_that_is_its_own_voter() public {
        voteFor(node, MALLORY, 300_000e18);
        uint256 mine = purse();
        slash(node, type(uint256).max, 2_000);
        vm.assertEq(gained(mine), 6_000e18);
        vm.assertEq(staking.stakeOf(node, MALLORY), 0);
    }

    /// @dev A thief with the node's key, a rotation and evidence against the old key: the owner's loss still bounds all.
    function test_rotation_before_a_slash() public {
        voteFor(node, BOB, 1_000_000e18);
        address next = rotate(ALICE, node, OTHER_KEY);
        retract2(next, 30_000e18);
        uint256 mine = purse();
        slash(node, type(uint256).max, 2_000);
        vm.assertEq(staking.slashableOf(next), 0);
        vm.assertApproxEqAbs(gained(mine), 6_000e18, 1);
    }

    function retract2(address target, uint256 amount) private {
        vm.prank(ALICE);
        staking.retract(target, amount);
    }

    /// @dev Rented votes count for ten times the own stake, so 20,001 CAI do not earn like half a million.
    function test_rented_votes() public {
        address small = newNode(MALLORY, BIG_KEY, Role.Miner, 20_001e18);
        voteFor(small, CAROL, 479_999e18);
        vm.assertEq(uint256(staking.nodeView(small).weight), 200_010e18);
        vm.assertEq(staking.votesBeyond(small), 299_990e18);
    }

    /// @dev A new court, with the old one still in office: what one has punished the other cannot, whatever the node's key.
    function test_evidence_after_an_upgrade() public {
        address oldCourt = address(0xC001);
        address newCourt = address(0xC002);
        manager.grantRole(Roles.SLASHER, oldCourt, 0);
        manager.grantRole(Roles.SLASHER, newCourt, 0);
        bytes32[] memory ids = evidence();
        vm.prank(oldCourt);
        staking.slash(node, 10_000e18, 2_000, ids);
        address next = rotate(ALICE, node, OTHER_KEY);
        bytes memory refusal = abi.encodeWithSelector(Slashing.EvidenceSpent.selector, ids[0]);
        address[2] memory courts = [oldCourt, newCourt];
        for (uint256 i = 0; i < 2; ++i) {
            vm.startPrank(courts[i]);
            vm.expectRevert(refusal);
            staking.slash(node, 10_000e18, 2_000, ids);
            vm.expectRevert(refusal);
            staking.slash(next, 10_000e18, 2_000, ids);
            vm.stopPrank();
        }
        vm.assertEq(staking.slashableOf(next), 20_000e18);
        // Other evidence is good at either.
        ids = evidence();
        vm.prank(newCourt);
        staking.slash(next, 1e18, 2_000, ids);
    }

    /// @dev A pooled staker has 32 requests at a time like anyone else; gathered into one, all can leave.
    function test_pooled_staker_with_many_exits() public {
        vote(BOB, 1_000e18);
        for (uint256 i = 0; i < 32; ++i) {
            retract(BOB, 1e18);
        }
        vm.prank(BOB);
        vm.expectRevert();
        staking.retract(node, 968e18);
        wait(UNBONDING);
        release(BOB);
        retract(BOB, 968e18);
        wait(UNBONDING);
        release(BOB);
        vm.assertEq(staking.freeStakeOf(BOB), 1_000e18);
    }

    /// @dev Votes of up to a thousand times the own stake, slashes and charges in any order: the owner and the friend
    /// together never end with more than they had.
    function testFuzz_operator_and_friend_never_gain(uint256 times, uint256[8] calldata moves) public {
        times = bound(times, 1, 1_000);
        voteFor(node, BOB, 30_000e18 * times / 2);
        voteFor(node, CAROL, 30_000e18 * times / 2);
        uint256 before = wealth();
        for (uint256 i = 0; i < moves.length; ++i) {
            uint256 kind = moves[i] % 5;
            uint256 amount = moves[i] >> 8;
            if (kind == 0) {
                slash(node, bound(amount, 0, staking.slashableOf(node)), 2_000);
            } else if (kind == 1) {
                staking.charge(node, bound(amount, 0, staking.slashableOf(node)), 2_000);
            } else if (kind == 2) {
                uint256 have = staking.stakeOf(node, ALICE);
                if (have != 0 && staking.unbondings(node, ALICE).length < 32) {
                    retract(ALICE, bound(amount, 1, have));
                }
            } else if (kind == 3) {
                wait(UNBONDING);
                if (staking.unbondings(node, ALICE).length != 0) release(ALICE);
            } else {
                uint256 have = staking.freeStakeOf(ALICE);
                uint8 status = staking.nodeView(node).status;
                if (have != 0 && (status == 1 || status == 2)) {
                    vm.prank(ALICE);
                    staking.vote(node, have, 5_000);
                }
            }
            // Rounding leaves at most a wei per move to those who stay.
            vm.assertLe(wealth(), before + i + 1);
        }
    }

    function wealth() private view returns (uint256) {
        return staking.ownStakeOf(node) + staking.freeStakeOf(ALICE) + cai.balanceOf(address(this));
    }
}
