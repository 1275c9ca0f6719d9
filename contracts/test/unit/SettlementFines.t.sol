// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev What all proven faults of a coordinator cost it together.
contract SettlementFinesTest is SettlementBase {
    address private constant VOTER = address(0x707E);
    uint256 private constant MINERS = 12;
    uint256 private constant POOL = 10 * COORDINATOR_STAKE;

    address[] private miners;

    function twelveMiners() private {
        voteFor(coordinator, VOTER, POOL - COORDINATOR_STAKE);
        for (uint256 i = 0; i < MINERS; ++i) {
            miners.push(newNode(address(uint160(0x88000 + i)), 0x88000 + i, Role.Miner, 30_000e18));
        }
    }

    /// @dev Proves that the coordinator told a miner two different things about tickets up to one.
    function contradict(address about, uint64 through) private returns (uint256 taken) {
        Messages.Voucher memory a = voucherFor(coordinator, about, 2e18, through);
        Messages.Voucher memory b = voucherFor(coordinator, about, 1e18, through);
        bytes memory signatureA = attest(COORDINATOR_KEY, Messages.hash(a));
        bytes memory signatureB = attest(COORDINATOR_KEY, Messages.hash(b));
        bytes32 evidence =
            keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(a)), digestOf(Messages.hash(b))));
        settlement.announce(keccak256(abi.encode(address(this), evidence, SALT)));
        vm.warp(vm.getBlockTimestamp() + 60);
        return settlement.proveContradiction(a, signatureA, b, signatureB, SALT);
    }

    function contradictExternally(address about, uint64 through) external returns (uint256) {
        return contradict(about, through);
    }

    /// @dev A coordinator that was restored from a backup slips with all its miners, and keeps half of its stake.
    function test_one_slip_with_many_miners_costs_half() public {
        twelveMiners();
        uint256 taken = 0;
        for (uint256 i = 0; i < MINERS; ++i) {
            try this.contradictExternally(miners[i], 1) returns (uint256 loss) {
                taken += loss;
            } catch (bytes memory reason) {
                vm.assertEq(reason, abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
            }
        }
        vm.assertApproxEqAbs(taken, POOL / 2, MINERS);
        vm.assertEq(staking.slashableOf(coordinator), POOL - taken);
    }

    /// @dev After an unbonding period it is punished again; whoever stays behind it knew.
    function test_the_bound_holds_for_an_unbonding_period() public {
        twelveMiners();
        uint256 start = vm.getBlockTimestamp();
        for (uint256 i = 0; i < 7; ++i) {
            try this.contradictExternally(miners[i], 1) {} catch {}
        }
        vm.expectRevert(abi.encodeWithSelector(Settlement.NothingToSlash.selector, coordinator));
        this.contradictExternally(miners[8], 1);
        vm.warp(start + UNBONDING + 60);
        uint256 left = staking.slashableOf(coordinator);
        // What was taken in the first minute has left the period.
        vm.assertGt(contradict(miners[8], 1), 0);
        vm.assertLt(left - staking.slashableOf(coordinator), left / 10 + 1);
    }

    /// @dev The signer chooses the numbers. A punishment of a coordinator that has nothing to lose excuses nothing later.
    function test_no_excuse_is_bought_without_stake() public {
        vm.startPrank(COORDINATOR_OWNER);
        staking.retract(coordinator, COORDINATOR_STAKE - 1e18);
        vm.warp(vm.getBlockTimestamp() + UNBONDING);
        staking.release(coordinator);
        vm.stopPrank();
        vm.assertEq(contradict(miner, settlement.MAX_NUMBER()), 0.1e18);
        vm.assertEq(uint256(settlement.punishmentOf(coordinator, miner).through), 0);
        vm.prank(COORDINATOR_OWNER);
        staking.vote(coordinator, COORDINATOR_STAKE - 1e18, 5_000);
        vm.warp(vm.getBlockTimestamp() + UNBONDING);
        vm.assertGt(contradict(miner, 5), COORDINATOR_STAKE / 11);
    }

    /// @dev A thief of the coordinator's key cannot make up miners.
    function test_made_up_miners_prove_nothing() public {
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, VOTER));
        this.contradictExternally(VOTER, 1);
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, coordinator));
        this.contradictExternally(coordinator, 1);
        vm.assertEq(contradict(miner, 1), COORDINATOR_STAKE / 10);
    }
}
