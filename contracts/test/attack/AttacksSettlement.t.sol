// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";
import {TrickToken} from "../harness/TrickToken.sol";

/// @dev The attacks of the project's checklist that concern payments and a coordinator's evidence, by their numbers.
contract AttacksSettlementTest is SettlementBase {
    /// @dev One voucher in both halves of the evidence is not evidence.
    function test_D1_both_vouchers_identical() public {
        (Messages.Voucher memory v, bytes memory s) = voucher(50, 5);
        vm.expectRevert(Settlement.NoContradiction.selector);
        settlement.proveContradiction(v, s, v, s, SALT);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
    }

    /// @dev A voucher of a punished pair serves in no other, and the halves swapped prove nothing.
    function test_D1_vouchers_in_another_pair() public {
        vm.expectRevert(Settlement.NoContradiction.selector);
        this.contradict(49, 6, 50, 5);
        contradict(50, 5, 49, 6);
        vm.warp(block.timestamp + 30 days);
        uint256[4][3] memory pairs = [[uint256(50), 5, 48, 7], [uint256(60), 4, 49, 6], [uint256(50), 5, 49, 6]];
        for (uint256 i = 0; i < pairs.length; ++i) {
            vm.expectPartialRevert(Settlement.AlreadyPunished.selector);
            this.contradict(pairs[i][0], pairs[i][1], pairs[i][2], pairs[i][3]);
        }
        vm.assertEq(staking.slashableOf(coordinator), 2_250_000e18);
    }

    function test_D2_a_contradiction_replayed_after_the_slash() public {
        contradict(50, 5, 49, 5);
        uint256 left = staking.slashableOf(coordinator);
        vm.warp(block.timestamp + 365 days);
        vm.roll(block.number + 1_000_000);
        vm.expectPartialRevert(Settlement.AlreadyPunished.selector);
        this.contradict(50, 5, 49, 5);
        vm.assertEq(staking.slashableOf(coordinator), left);
    }

    /// @dev What was signed for another chain or another settlement proves and pays nothing here.
    function test_D3_vouchers_of_another_network() public {
        prepay(100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        bytes memory refusal = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        vm.chainId(1337);
        vm.expectRevert(refusal);
        settlement.redeem(v, sv);
        vm.chainId(31337);
        // The staking contract's domain is for registrations.
        sv = sign(COORDINATOR_KEY, Messages.hash(v));
        vm.expectRevert(refusal);
        settlement.redeem(v, sv);
    }

    /// @dev At one moment escrow is thawing or out, never both.
    function test_D5_the_end_of_a_thaw() public {
        prepay(100);
        vm.startPrank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 100);
        uint256 at = vm.getBlockTimestamp() + THAW;
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Escrows.StillThawing.selector, at));
        settlement.withdraw(coordinator);
        vm.warp(at);
        // A voucher that comes first is paid first.
        vm.stopPrank();
        redeem(30, 1);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 70);
    }

    /// @dev Debts larger than all that is left take all that is left.
    function test_D7_a_deficit_larger_than_the_stake() public {
        drain(10e18);
        vm.assertEq(redeem(1_000_000e18, 1), 2e18);
        vm.assertEq(staking.slashableOf(coordinator), 0);
    }

    /// @dev A coordinator that pays its own miner through a deficit, or proves its own fault, loses four fifths, and of
    /// what it pays itself two percent more.
    function test_D9_paying_oneself_out_of_the_stake() public {
        uint256 had = cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE);
        uint256 stake = staking.slashableOf(coordinator);
        redeem(100_000e18, 1);
        settlement.payOut(miner);
        announce(contradictionId([uint256(200_000e18), 5, 100_000e18, 5]));
        contradict(200_000e18, 5, 100_000e18, 5);
        uint256 gained = cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE) - had;
        uint256 lost = stake - staking.slashableOf(coordinator);
        vm.assertEq((gained + 2_000e18) * 5, lost);
    }

    function trickyNetwork() private returns (TrickToken trick) {
        trick = new TrickToken();
        cai = CAIToken(address(trick));
        staking = new Staking(cai, EPOCH, UNBONDING, address(manager));
        settlement = new Settlement(staking, address(manager), WINDOW, THAW, 0, FAULT_BPS);
        newNode(COORDINATOR_OWNER, COORDINATOR_KEY, Role.Coordinator, COORDINATOR_STAKE);
        newNode(MINER_OWNER, MINER_KEY, Role.Miner, MINER_STAKE);
        cai.approve(address(settlement), type(uint256).max);
    }

    function test_D18_reentrancy() public {
        TrickToken trick = trickyNetwork();
        Messages.Ticket memory ticket = ticketOf(10, 1e18);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        (Messages.Voucher memory v, bytes memory sv) = voucher(70, 7);

        bytes[10] memory attacks = [
            abi.encodeCall(Escrows.deposit, (coordinator, 1)),
            abi.encodeCall(Escrows.depositWithPermit, (coordinator, 1, 0, 0, 0, 0)),
            abi.encodeCall(Escrows.withdraw, (coordinator)),
            abi.encodeCall(Accounts.settle, (coordinator, "")),
            abi.encodeCall(Payouts.collect, (coordinator, miner)),
            abi.encodeCall(Payouts.payOut, (miner)),
            abi.encodeCall(Vouchers.redeem, (v, sv)),
            abi.encodeCall(Vouchers.claimTicket, (ticket, t, receipt, r)),
            abi.encodeCall(Settlement.proveShortSettlement, (v, sv, SALT)),
            abi.encodeCall(Settlement.proveContradiction, (v, sv, v, sv, SALT))
        ];
        for (uint256 i = 0; i < attacks.length; ++i) {
            trick.arm(address(settlement), attacks[i]);
            settlement.deposit(coordinator, 100);
            guarded(trick);
            redeem(10 * (i + 1), i + 1);
            settlement.payOut(miner);
            guarded(trick);
        }
        vm.assertEq(trick.balanceOf(MINER_OWNER), 100);
    }

    function guarded(TrickToken trick) private view {
        vm.assertEq(bytes4(trick.failure()), bytes4(keccak256("ReentrancyGuardReentrantCall()")));
    }

    /// @dev A token that reports failure by its return value moves no counter.
    function test_D19_a_token_that_returns_false() public {
        TrickToken trick = trickyNetwork();
        settlement.deposit(coordinator, 100);
        settle(50, 5);
        redeem(70, 7);
        trick.refuse(true);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(trick));
        vm.expectRevert(failed);
        settlement.deposit(coordinator, 10);
        vm.expectRevert(failed);
        settlement.payOut(miner);
        vm.expectRevert(failed);
        settlement.collect(coordinator, miner);
        assertFunds(30, 50, 20);
        assertAccount(70, 20, 7);
        trick.refuse(false);
        vm.assertEq(settlement.collect(coordinator, miner), net(70));
    }

    /// @dev The most that the administrator can close are parameters: payments go on.
    function test_D23_no_privilege_over_payments() public {
        prepay(100);
        settle(30, 1);
        manager.setTargetClosed(address(settlement), true);
        redeem(40, 2);
        vm.assertEq(collect(), 40);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 60);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
    }

    function test_D24_setters_by_role() public {
        address[4] memory others = [ALICE, COORDINATOR_OWNER, coordinator, address(this)];
        bytes32[] memory evidence = new bytes32[](1);
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]);
            vm.expectRevert(refusal);
            settlement.setFaultBps(200);
            vm.expectRevert(refusal);
            settlement.retire();
            vm.expectRevert(refusal);
            staking.slash(miner, 1, 0, evidence);
            vm.expectRevert(refusal);
            staking.charge(coordinator, 1, 0);
            vm.expectRevert(refusal);
            staking.recordPayment(coordinator, miner);
            vm.stopPrank();
        }
    }

    /// @dev A voucher with the payer or the payee changed is nobody's.
    function test_D26_changed_payer_or_payee() public {
        prepay(100);
        address second = newNode(address(0xC2), 0xC00E, Role.Coordinator, COORDINATOR_STAKE);
        cai.approve(address(settlement), 100);
        settlement.deposit(second, 100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        settlement.redeem(v, sv);
        v.coordinator = second;
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, second));
        settlement.redeem(v, sv);
        v.coordinator = coordinator;
        v.miner = ALICE;
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.redeem(v, sv);
        vm.assertEq(settlement.creditOf(miner), 50);
        vm.assertEq(uint256(settlement.escrowOf(second).balance), 100);
    }

    /// @dev One debt, offered as voucher, batch and ticket in every order, is paid once.
    function test_D26_paid_once_whichever_way() public {
        prepay(1_000);
        Messages.Ticket memory ticket = ticketOf(1, 10);
        toClaims(ticket.deadline);
        uint256 snapshot = vm.snapshotState();
        for (uint256 order = 0; order < 6; ++order) {
            for (uint256 i = 0; i < 3; ++i) {
                // The permutations of three.
                uint256 way =
                    i == 0 ? order / 2 : i == 1 ? (order / 2 + 1 + order % 2) % 3 : (order / 2 + 2 - order % 2) % 3;
                try this.pay(way, ticket) {} catch {}
            }
            vm.assertEq(settlement.promisedOf(coordinator) + settlement.creditOf(miner), 10);
            vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 990);
            if (settlement.promisedOf(coordinator) == 0) settlement.payOut(miner);
            else collect();
            vm.assertEq(cai.balanceOf(MINER_OWNER), 10);
            vm.revertToState(snapshot);
        }
    }

    function pay(uint256 way, Messages.Ticket memory ticket) external {
        if (way == 0) redeem(10, 1);
        else if (way == 1) settle(10, 1);
        else claim(ticket);
    }

    /// @dev CAI sent without `deposit` belongs to nobody's escrow.
    function test_D29_donations() public {
        cai.transfer(address(settlement), 5e18);
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 0);
        prepay(10);
        redeem(10, 1);
        settlement.payOut(miner);
        vm.assertEq(cai.balanceOf(address(settlement)), 5e18);
    }

    /// @dev After a fork of the chain, the other side's signatures are worth nothing here, and new ones are good.
    function test_D30_a_fork_has_its_own_domain() public {
        prepay(100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        vm.chainId(1210);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.redeem(v, sv);
        redeem(50, 5);
    }
}
