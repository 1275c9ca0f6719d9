// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Wiring} from "../../script/Wiring.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Account, Accounts} from "../../src/settlement/Accounts.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Attacks that an audit of the first contracts found. Mallory runs the coordinator and the miner, and has friends.
contract AttacksPaymentsTest is SettlementBase {
    address private constant VOTER = address(0x707E);
    address private constant VICTIM_OWNER = address(0x71C);
    uint256 private constant VICTIM_KEY = 0x71C7;

    /// @dev All that the operators and their finder have: accounts, stake, escrow, promises and credit.
    function wealth() private view returns (uint256 sum) {
        sum = cai.balanceOf(COORDINATOR_OWNER) + cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE);
        sum += staking.freeStakeOf(COORDINATOR_OWNER) + staking.freeStakeOf(MINER_OWNER);
        sum += staking.ownStakeOf(coordinator) + staking.ownStakeOf(miner);
        sum += settlement.escrowOf(coordinator).balance + settlement.promisedOf(coordinator);
        sum += settlement.creditOf(miner);
    }

    // --------------------------------------------------------------------------- a fifth of the voters' stake

    /// @dev A voucher of a fifth of the pool for one's own miner, with eight times the own stake in votes.
    function test_C1_a_voucher_of_a_fifth_of_the_pool() public {
        voteFor(coordinator, VOTER, 8 * COORDINATOR_STAKE);
        uint256 before = wealth();
        uint256 votes = staking.stakeOf(coordinator, VOTER);
        redeem(staking.slashableOf(coordinator) / 5, 1);
        settlement.payOut(miner);
        vm.assertEq(staking.stakeOf(coordinator, VOTER), votes);
        vm.assertEq(staking.slashableOf(coordinator), votes);
        // The owner lost all of its stake, of which a fifth came back, less the burn.
        vm.assertEq(before - wealth(), COORDINATOR_STAKE - net(COORDINATOR_STAKE / 5));
    }

    /// @dev Proving one's own fault through a friend, again and again.
    function test_C1_contradictions_found_by_a_friend() public {
        voteFor(coordinator, VOTER, 8 * COORDINATOR_STAKE);
        for (uint256 i = 1; i <= 6; ++i) {
            uint256 before = wealth();
            announce(contradictionId([10 * i, 10 * i, 10 * i - 1, 10 * i]));
            contradict(10 * i, 10 * i, 10 * i - 1, 10 * i);
            uint256 after_ = wealth();
            vm.assertLt(after_, before);
            vm.warp(block.timestamp + WINDOW + 1);
        }
    }

    /// @dev Without any own stake left, nothing of the voters' pays anybody.
    function test_C1_after_the_owner_has_left() public {
        voteFor(coordinator, VOTER, 8 * COORDINATOR_STAKE);
        exitStake(COORDINATOR_OWNER, coordinator, COORDINATOR_STAKE);
        uint256 before = wealth();
        (Messages.Voucher memory message, bytes memory signature) = voucher(1_000e18, 1);
        vm.expectRevert(abi.encodeWithSelector(Payouts.NothingPaid.selector, 1_000e18));
        settlement.redeem(message, signature);
        announce(contradictionId([uint256(50), 5, 49, 6]));
        contradict(50, 5, 49, 6);
        vm.assertEq(wealth(), before);
        vm.assertEq(cai.balanceOf(ALICE), 0);
    }

    /// @dev Not paying a miner costs the owner five times the debt, whatever others have staked.
    function test_C1_not_paying_is_no_profit() public {
        voteFor(coordinator, VOTER, 8 * COORDINATOR_STAKE);
        newNode(VICTIM_OWNER, VICTIM_KEY, Role.Miner, MINER_STAKE);
        uint256 before = wealth();
        pay(VICTIM_KEY, 400_000e18);
        vm.assertEq(before - wealth(), 2_000_000e18);
        vm.assertEq(settlement.creditOf(vm.addr(VICTIM_KEY)), 400_000e18);
    }

    function pay(uint256 key, uint256 amount) private {
        Messages.Voucher memory message = voucherFor(coordinator, vm.addr(key), amount, 1);
        settlement.redeem(message, attest(COORDINATOR_KEY, Messages.hash(message)));
    }

    /// @dev Any voucher and any fault, with votes up to a thousand times the own stake.
    function testFuzz_C1_the_operators_never_gain(uint256 votes, uint256 amount, uint256 escrow, bool faultFirst)
        public
    {
        votes = bound(votes, 1e18, 900_000_000e18);
        voteFor(coordinator, VOTER, votes);
        // Votes stay when the owner leaves.
        drain(votes / 1_000);
        prepay(bound(escrow, 1, 1_000_000e18));
        uint256 before = wealth();
        if (faultFirst) fault();
        redeem(bound(amount, 1, 200_000_000e18), 1);
        if (!faultFirst) fault();
        settlement.payOut(miner);
        vm.assertLe(wealth(), before);
        vm.assertGe(staking.stakeOf(coordinator, VOTER) + votes / 10 + 2, votes);
    }

    function fault() private {
        announce(contradictionId([uint256(7), 20, 6, 20]));
        contradict(7, 20, 6, 20);
    }

    // ---------------------------------------------------------------------------------------- after an upgrade

    function successor() private returns (Settlement next) {
        next = new Settlement(staking, address(manager), WINDOW, THAW, CLAIM_DELAY, FAULT_BPS);
        Wiring.settlement(manager, next);
    }

    /// @dev Nothing that was signed for one settlement is good at the next, also while both have their roles.
    function test_H5_a_second_settlement_pays_nothing_twice() public {
        prepay(1_000);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        Messages.Ticket memory ticket = ticketOf(6, 10);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        toClaims(ticket.deadline);
        Settlement next = successor();
        cai.approve(address(next), 1_000);
        next.deposit(coordinator, 1_000);

        bytes memory refusal = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(refusal);
            next.redeem(v, sv);
            vm.expectRevert(refusal);
            next.proveShortSettlement(v, sv, SALT);
            vm.expectRevert(refusal);
            vm.prank(miner);
            next.claimTicket(ticket, t, receipt, r);
            if (i == 1) break;
            settlement.redeem(v, sv);
            vm.prank(miner);
            settlement.claimTicket(ticket, t, receipt, r);
            vm.prank(GOVERNOR);
            settlement.retire();
        }
        vm.assertEq(uint256(next.escrowOf(coordinator).balance), 1_000);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
    }

    /// @dev One contradiction is punished by one of two settlements that both have the role.
    function test_H5_evidence_once() public {
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        (Messages.Voucher memory b, bytes memory sb) = voucher(49, 6);
        bytes32 evidence = contradictionId([uint256(50), 5, 49, 6]);
        contradict(50, 5, 49, 6);
        uint256 left = staking.slashableOf(coordinator);
        Settlement next = successor();
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        next.proveContradiction(a, sa, b, sb, SALT);
        // Whatever a slasher accepts, the staking contract has seen this evidence.
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = evidence;
        vm.expectRevert(abi.encodeWithSelector(Slashing.EvidenceSpent.selector, evidence));
        vm.prank(address(next));
        staking.slash(coordinator, 1e18, 2_000, ids);
        vm.assertEq(staking.slashableOf(coordinator), left);
    }

    /// @dev A whole upgrade: the old settlement pays what it owes and lets escrow go, the new one takes over.
    function test_H5_an_upgrade_rehearsed() public {
        prepay(1_000);
        settle(300, 5);
        settlement.collect(coordinator, miner);
        Settlement old = settlement;
        Settlement next = successor();
        vm.prank(GOVERNOR);
        old.retire();
        vm.warp(block.timestamp + CLAIM_DELAY);
        vm.assertEq(old.collect(coordinator, miner), net(300));
        vm.assertEq(redeem(310, 6), 10);
        vm.prank(COORDINATOR_OWNER);
        old.startThaw(coordinator, 690);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        old.withdraw(coordinator);

        settlement = next;
        prepay(500);
        vm.assertEq(redeem(40, 1), 40);
        // The old one loses its roles at last, and still pays what is credited.
        manager.revokeRole(2, address(old));
        manager.revokeRole(5, address(old));
        vm.assertEq(old.payOut(miner), 10);
        vm.assertEq(cai.balanceOf(address(old)), 0);
    }

    // ------------------------------------------------------------------------------------- the order of payments

    /// @dev A voucher for tickets 1 to 4 and a claim of ticket 5 pay both, whichever comes first.
    function test_H6_a_claim_leaves_an_earlier_voucher() public {
        prepay(1_000);
        Messages.Ticket memory ticket = ticketOf(5, 100);
        toClaims(ticket.deadline);
        uint256 snapshot = vm.snapshotState();
        vm.assertEq(redeem(80, 4), 80);
        vm.assertEq(claim(ticket), 100);
        assertFunds(820, 0, 180);
        vm.revertToState(snapshot);
        vm.assertEq(claim(ticket), 100);
        vm.assertEq(redeem(80, 4), 80);
        assertFunds(820, 0, 180);
        // And the voucher that includes everything pays nothing more.
        (Messages.Voucher memory v, bytes memory sv) = voucher(180, 5);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.redeem(v, sv);
    }

    /// @dev The coordinator cannot claim for the miner, which would close the way for tickets with lower numbers.
    function test_H6_nobody_claims_for_the_miner() public {
        prepay(1_000);
        Messages.Ticket memory ticket = ticketOf(9, 100);
        toClaims(ticket.deadline);
        Messages.Receipt memory receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAllowed.selector, miner, coordinator));
        vm.prank(coordinator);
        settlement.claimTicket(ticket, t, receipt, r);
    }

    // ------------------------------------------------------------------------------------------ tickets for nothing

    /// @dev A miner takes tickets, refuses the work, and signs receipts afterwards: the coordinator's lines have voided
    /// them, though they carried no money.
    function test_H7_refused_tickets_pay_nothing() public {
        prepay(1_000e18);
        settle(1e18, 1);
        uint64 deadline = uint64(block.timestamp);
        settle(1e18, 20);
        toClaims(deadline);
        for (uint256 number = 2; number <= 20; ++number) {
            Messages.Ticket memory ticket = ticketOf(number, 10e18);
            ticket.deadline = deadline;
            vm.expectRevert(abi.encodeWithSelector(Vouchers.TicketSettled.selector, number, 20));
            this.claimOutside(ticket);
        }
        assertFunds(999e18, 1e18, 0);
    }

    function claimOutside(Messages.Ticket memory ticket) external {
        claim(ticket);
    }

    // --------------------------------------------------------------------------------------------- friendly batches

    /// @dev All escrow settled with a friend and collected at once: nothing leaves, and a voucher that comes within the
    /// delay is paid out of it before the friend is.
    function test_M4_a_batch_for_a_friend_in_one_block() public {
        newNode(VICTIM_OWNER, VICTIM_KEY, Role.Miner, MINER_STAKE);
        prepay(100e18);
        settle(100e18, 1);
        vm.assertEq(settlement.collect(coordinator, miner), 0);
        vm.expectRevert(abi.encodeWithSelector(Payouts.CollectNotDue.selector, block.timestamp + CLAIM_DELAY));
        settlement.collect(coordinator, miner);
        vm.expectRevert(Accounts.NothingOwed.selector);
        settlement.payOut(miner);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 0);

        vm.warp(block.timestamp + CLAIM_DELAY - 1);
        pay(VICTIM_KEY, 100e18);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
        vm.warp(block.timestamp + 1);
        // What the friend still gets comes out of the owner's stake, five times.
        uint256 before = wealth();
        settlement.collect(coordinator, miner);
        vm.assertEq(before - wealth(), 500e18 - 98e18);
    }

    /// @dev Noting a small amount early does not let a large one out early.
    function test_M4_a_collection_started_in_stock() public {
        prepay(100e18);
        settle(1, 1);
        settlement.collect(coordinator, miner);
        vm.warp(block.timestamp + CLAIM_DELAY);
        settle(100e18, 2);
        vm.assertEq(settlement.collect(coordinator, miner), 1);
        vm.expectPartialRevert(Payouts.CollectNotDue.selector);
        settlement.collect(coordinator, miner);
        vm.assertEq(settlement.promisedOf(coordinator), 100e18 - 1);
    }

    /// @dev Escrow that was promised does not thaw, and what thaws still pays vouchers.
    function test_M4_promises_do_not_thaw() public {
        prepay(100);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 100);
        settle(60, 1);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 40);
        assertFunds(0, 60, 0);
    }

    // ----------------------------------------------------------------------------------------------- odd parties

    /// @dev A deadline in the past is claimable never, so the signers cannot choose one to escape disputes.
    function test_L4_a_deadline_in_the_past() public {
        prepay(100);
        Messages.Ticket memory ticket = ticketOf(1, 10);
        ticket.deadline = uint64(block.timestamp - 30 days);
        vm.expectPartialRevert(Vouchers.TicketExpired.selector);
        this.claimOutside(ticket);
        // As long as it can be claimed, its receipt can be disputed.
        vm.assertEq(settlement.disputeWindow(), WINDOW);
    }

    /// @dev A coordinator's key as the payee of a voucher is never paid.
    function test_L5_a_coordinator_as_payee() public {
        prepay(100);
        Messages.Voucher memory message = voucherFor(coordinator, coordinator, 50, 1);
        settlement.redeem(message, attest(COORDINATOR_KEY, Messages.hash(message)));
        vm.expectRevert(abi.encodeWithSelector(SettlementParameters.NotAMiner.selector, coordinator));
        settlement.payOut(coordinator);
        Account memory account = settlement.accountOf(coordinator, coordinator);
        vm.assertEq(uint256(account.settled), 50);
    }

    /// @dev The offender, who saw the proof coming, can neither take the finder's part with an announcement of its own
    /// nor have it burned.
    function test_L6_the_offender_comes_first() public {
        (Messages.Voucher memory a, bytes memory sa) = voucher(50, 5);
        (Messages.Voucher memory b, bytes memory sb) = voucher(49, 6);
        bytes32 evidence = contradictionId([uint256(50), 5, 49, 6]);
        announce(evidence);
        vm.startPrank(COORDINATOR_OWNER);
        settlement.announce(keccak256(abi.encode(COORDINATOR_OWNER, evidence, SALT)));
        vm.expectRevert(notAnnounced(COORDINATOR_OWNER, evidence, vm.getBlockTimestamp()));
        settlement.proveContradiction(a, sa, b, sb, SALT);
        vm.stopPrank();
        contradict(50, 5, 49, 6);
        vm.assertEq(cai.balanceOf(ALICE), COORDINATOR_STAKE / 10 / 5);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 0);
    }
}
