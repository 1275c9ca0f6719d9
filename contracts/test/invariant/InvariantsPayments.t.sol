// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Account} from "../../src/settlement/Accounts.sol";
import {Escrow} from "../../src/settlement/Escrows.sol";
import {PaymentHandler} from "../harness/PaymentHandler.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev The functions that forge calls at random.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev What holds whatever is done, one property a campaign. The handler watches every call besides.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: default.invariant.runs = 10
contract PaymentInvariants is TestBase {
    PaymentHandler private handler;
    Settlement private settlement;
    address[] private miners;

    function setUp() public {
        handler = new PaymentHandler();
        settlement = handler.target();
        for (uint256 i = 0; i < handler.MINERS(); ++i) {
            miners.push(handler.miners(i));
        }
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[18] memory all = [
            PaymentHandler.deposit.selector,
            PaymentHandler.startThaw.selector,
            PaymentHandler.withdraw.selector,
            PaymentHandler.donate.selector,
            PaymentHandler.pass.selector,
            PaymentHandler.moveStake.selector,
            PaymentHandler.redeemAny.selector,
            PaymentHandler.settleAny.selector,
            PaymentHandler.collect.selector,
            PaymentHandler.payOut.selector,
            PaymentHandler.claimAny.selector,
            PaymentHandler.accuseCareless.selector,
            PaymentHandler.honestTicket.selector,
            PaymentHandler.honestTicket.selector,
            PaymentHandler.honestVoucher.selector,
            PaymentHandler.honestBatch.selector,
            PaymentHandler.honestClaim.selector,
            PaymentHandler.accuseHonest.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](all.length));
        for (uint256 i = 0; i < all.length; ++i) {
            targets[0].selectors[i] = all[i];
        }
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev What the campaigns are meant to reach does happen when their calls come at random.
    function test_the_campaign_reaches_everything() public {
        bytes4[] memory selectors = this.targetSelectors()[0].selectors;
        uint256 seed = 1;
        for (uint256 i = 0; i < 1_500; ++i) {
            bytes memory arguments;
            for (uint256 j = 0; j < 5; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                arguments = bytes.concat(arguments, abi.encode(seed));
            }
            bytes4 selector = selectors[seed % selectors.length];
            if (selector == PaymentHandler.collect.selector) arguments = abi.encode(seed, seed >> 128 & 1);
            (bool done,) = address(handler).call(bytes.concat(selector, arguments));
            vm.assertTrue(done);
            if (i % 100 == 0) checkAll();
        }
        string[14] memory names = [
            "withdrawal",
            "voucher",
            "deficit",
            "batch",
            "collection started",
            "collection",
            "payment",
            "claim",
            "honest voucher",
            "honest batch",
            "honest claim",
            "contradiction",
            "short settlement",
            "accusation"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.census(names[i]), 0, names[i]);
        }
    }

    function checkAll() private {
        invariant_the_balance_is_escrow_promises_and_credit();
        invariant_what_came_in_is_there_or_was_paid();
        invariant_counters_only_rise();
        invariant_withdrawn_is_settled();
        invariant_settled_is_signed();
        invariant_claims_are_counted_once();
        invariant_promises_are_to_somebody();
        invariant_collections_are_promised();
        invariant_thawing_escrow_is_escrow();
        invariant_payments_do_not_depend_on_their_order();
        invariant_an_honest_coordinator_keeps_its_stake();
        invariant_an_honest_coordinator_pays_what_it_owes();
        invariant_operators_never_gain();
        invariant_everything_owed_is_paid();
        invariant_escrow_can_leave();
    }

    /// @dev To the wei, whatever was sent without a deposit apart.
    function invariant_the_balance_is_escrow_promises_and_credit() public view {
        vm.assertEq(handler.balance(), funds() + handler.donated(), "balance");
    }

    function funds() private view returns (uint256 sum) {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2; ++i) {
            sum += settlement.escrowOf(from[i]).balance + settlement.promisedOf(from[i]);
        }
        for (uint256 i = 0; i < miners.length; ++i) {
            sum += settlement.creditOf(miners[i]);
        }
    }

    /// @dev Nobody is paid more than what was deposited and charged.
    function invariant_what_came_in_is_there_or_was_paid() public view {
        address[2] memory from = handler.coordinators();
        vm.assertEq(
            handler.deposited(from[0]) + handler.deposited(from[1]) + handler.rewarded(),
            funds() + handler.paidOut() + handler.withdrawn(),
            "conservation"
        );
    }

    /// @dev And no call panics, pays a ticket twice, or credits somebody else.
    function invariant_counters_only_rise() public view {
        vm.assertEq(handler.violation(), "");
    }

    function invariant_withdrawn_is_settled() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2 * miners.length; ++i) {
            Account memory account = settlement.accountOf(from[i % 2], miners[i / 2]);
            vm.assertLe(uint256(account.withdrawn), account.settled);
        }
    }

    function invariant_settled_is_signed() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2 * miners.length; ++i) {
            Account memory account = settlement.accountOf(from[i % 2], miners[i / 2]);
            vm.assertLe(uint256(account.settled), handler.signed(from[i % 2], miners[i / 2]));
        }
    }

    function invariant_claims_are_counted_once() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2 * miners.length; ++i) {
            (address a, address b) = (from[i % 2], miners[i / 2]);
            vm.assertEq(settlement.claimedUpTo(a, b, type(uint64).max), handler.claimed(a, b));
            uint64 last = settlement.lastClaimOf(a, b);
            vm.assertEq(settlement.claimedUpTo(a, b, last), handler.claimed(a, b));
            if (last != 0) vm.assertLt(settlement.claimedUpTo(a, b, last - 1), handler.claimed(a, b));
        }
    }

    function invariant_promises_are_to_somebody() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2; ++i) {
            uint256 sum;
            for (uint256 j = 0; j < miners.length; ++j) {
                Account memory account = settlement.accountOf(from[i], miners[j]);
                sum += account.settled - account.withdrawn;
            }
            vm.assertLe(settlement.promisedOf(from[i]), sum);
        }
    }

    function invariant_collections_are_promised() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2 * miners.length; ++i) {
            Account memory account = settlement.accountOf(from[i % 2], miners[i / 2]);
            vm.assertLe(
                uint256(settlement.collectionOf(from[i % 2], miners[i / 2]).amount), account.settled - account.withdrawn
            );
        }
    }

    function invariant_thawing_escrow_is_escrow() public view {
        address[2] memory from = handler.coordinators();
        for (uint256 i = 0; i < 2; ++i) {
            Escrow memory escrow = settlement.escrowOf(from[i]);
            vm.assertLe(uint256(escrow.thawing), escrow.balance);
        }
    }

    /// @dev What the honest coordinator's miners were paid and promised follows from its tickets alone.
    function invariant_payments_do_not_depend_on_their_order() public view {
        address from = handler.honest();
        for (uint256 i = 0; i < miners.length; ++i) {
            uint256 total = settlement.accountOf(from, miners[i]).settled
                + settlement.claimedUpTo(from, miners[i], type(uint64).max);
            vm.assertEq(total, handler.expectedFromHonest(miners[i]));
        }
    }

    /// @dev Whatever the others try to prove, and however they claim.
    function invariant_an_honest_coordinator_keeps_its_stake() public view {
        vm.assertEq(handler.honestStake(), 2_500_000e18);
    }

    function invariant_an_honest_coordinator_pays_what_it_owes() public view {
        address from = handler.honest();
        for (uint256 i = 0; i < miners.length; ++i) {
            (, uint256 cumulative) = handler.lastOf(miners[i]);
            uint256 total = settlement.accountOf(from, miners[i]).settled
                + settlement.claimedUpTo(from, miners[i], type(uint64).max);
            vm.assertLe(total, cumulative);
        }
    }

    /// @dev A coordinator, its own miner and its own finder never end with more than they had and were given, though
    /// others have staked up to a thousand times as much behind it. Rounding leaves a few wei with them.
    function invariant_operators_never_gain() public view {
        vm.assertLe(handler.wealth(), handler.startWealth() + handler.given() + 1e6);
    }

    /// @dev Of an honest coordinator, whose escrow suffices, every miner gets all that it is owed.
    function invariant_everything_owed_is_paid() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < miners.length; ++i) {
            (, uint256 cumulative) = handler.lastOf(miners[i]);
            vm.assertEq(handler.payHonestly(miners[i]), cumulative);
        }
        vm.revertToState(snapshot);
    }

    function invariant_escrow_can_leave() public {
        uint256 snapshot = vm.snapshotState();
        vm.assertEq(handler.leave(), 0);
        vm.revertToState(snapshot);
    }
}
