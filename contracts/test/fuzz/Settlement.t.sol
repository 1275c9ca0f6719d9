// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Account, Accounts} from "../../src/settlement/Accounts.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Payments and deficits of any amount, in any order.
contract SettlementFuzz is SettlementBase {
    uint256 private constant TICKETS = 8;

    enum Way {
        Voucher,
        Batch,
        Claim
    }

    struct Operation {
        Way way;
        uint256 number;
    }

    /// @dev Of ticket n, and of all tickets up to n.
    uint256[TICKETS + 1] private costs;
    uint256[TICKETS + 1] private sums;
    uint64 private deadline;

    // ------------------------------------------------------------------------------------------------------- order

    /// @dev Up to six vouchers, batches and claims of the tickets 1 to 8 pay the same in every order in which a miner
    /// can bring them: what is owed up to the furthest voucher or batch, and the claimed tickets beyond.
    /// forge-config: default.fuzz.runs = 128
    function testFuzz_every_order_pays_the_same(uint256 seed) public {
        Operation[] memory operations = plan(seed);
        uint256 expected = owed(operations);
        prepayFor(operations, seed);
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < 6; ++i) {
            shuffle(operations, uint256(keccak256(abi.encode(seed, "order", i))));
            for (uint256 j = 0; j < operations.length; ++j) {
                attempt(operations[j]);
                checkHeld();
            }
            vm.assertEq(payEverything(), expected, "paid in all");
            // Nothing more comes out, whatever is tried again.
            for (uint256 j = 0; j < operations.length; ++j) {
                attempt(operations[j]);
            }
            vm.assertEq(settlement.creditOf(miner) + settlement.promisedOf(coordinator), 0, "paid again");
            vm.revertToState(snapshot);
        }
    }

    /// @dev All orders of four operations that the audit named: two vouchers and two claims.
    function test_all_orders_of_two_vouchers_and_two_claims() public {
        deadline = uint64(block.timestamp);
        for (uint256 i = 1; i <= TICKETS; ++i) {
            costs[i] = 10 * i;
            sums[i] = sums[i - 1] + costs[i];
        }
        toClaims(deadline);
        prepay(10_000);
        uint256 snapshot = vm.snapshotState();
        for (uint256 order = 0; order < 256; ++order) {
            Operation[4] memory all = [
                Operation(Way.Voucher, 3), Operation(Way.Voucher, 5), Operation(Way.Claim, 4), Operation(Way.Claim, 7)
            ];
            uint256[4] memory picks = [order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3];
            if ((1 << picks[0] | 1 << picks[1] | 1 << picks[2] | 1 << picks[3]) != 15) continue;
            // The claims of a miner are in ascending order.
            bool seven;
            bool descending;
            for (uint256 i = 0; i < 4; ++i) {
                if (picks[i] == 3) seven = true;
                if (picks[i] == 2 && seven) descending = true;
            }
            if (descending) continue;
            for (uint256 i = 0; i < 4; ++i) {
                attempt(all[picks[i]]);
            }
            vm.assertEq(settlement.creditOf(miner), sums[5] + costs[7]);
            vm.revertToState(snapshot);
        }
    }

    function plan(uint256 seed) private returns (Operation[] memory operations) {
        deadline = uint64(block.timestamp);
        for (uint256 i = 1; i <= TICKETS; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, "cost", i)));
            // A quarter of the tickets was refused or failed, and costs nothing.
            costs[i] = draw % 4 == 0 ? 0 : draw >> 8 & 0xFFFFFFFF;
            sums[i] = sums[i - 1] + costs[i];
        }
        toClaims(deadline);
        operations = new Operation[](1 + seed % 6);
        for (uint256 i = 0; i < operations.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, "operation", i)));
            operations[i] = Operation(Way(draw % 3), 1 + (draw >> 8) % TICKETS);
        }
    }

    function owed(Operation[] memory operations) private view returns (uint256 amount) {
        uint256 furthest;
        for (uint256 i = 0; i < operations.length; ++i) {
            if (operations[i].way != Way.Claim && operations[i].number > furthest) furthest = operations[i].number;
        }
        amount = sums[furthest];
        bool[TICKETS + 1] memory counted;
        for (uint256 i = 0; i < operations.length; ++i) {
            uint256 number = operations[i].number;
            if (operations[i].way != Way.Claim || number <= furthest || counted[number]) continue;
            counted[number] = true;
            amount += costs[number];
        }
    }

    /// @dev Enough for everything, or, if no batch needs it, as much as chance will have it: stake pays the rest.
    function prepayFor(Operation[] memory operations, uint256 seed) private {
        bool batches;
        for (uint256 i = 0; i < operations.length; ++i) {
            if (operations[i].way == Way.Batch) batches = true;
        }
        uint256 all = sums[TICKETS] + 1;
        prepay(batches ? all : bound(seed >> 16, 1, all));
    }

    function shuffle(Operation[] memory operations, uint256 seed) private pure {
        for (uint256 i = operations.length - 1; i > 0; --i) {
            uint256 j = seed % (i + 1);
            (operations[i], operations[j]) = (operations[j], operations[i]);
            seed >>= 8;
        }
        // Claims keep their places, in ascending order of their numbers.
        for (uint256 i = 0; i < operations.length; ++i) {
            for (uint256 j = i + 1; j < operations.length; ++j) {
                bool claims = operations[i].way == Way.Claim && operations[j].way == Way.Claim;
                if (claims && operations[j].number < operations[i].number) {
                    (operations[i], operations[j]) = (operations[j], operations[i]);
                }
            }
        }
    }

    /// @dev Brings one operation. It may be refused only because it is paid already.
    function attempt(Operation memory operation) private {
        try this.perform(operation) {}
        catch (bytes memory reason) {
            bytes4 why = bytes4(reason);
            bool paid =
                why == Accounts.NothingOwed.selector || why == bytes4(keccak256("TicketSettled(uint256,uint256)"));
            bool repeated = why == bytes4(keccak256("ClaimOrder(uint256,uint256)"));
            vm.assertTrue(paid || repeated, "refused for another reason");
        }
    }

    function perform(Operation calldata operation) external {
        uint256 number = operation.number;
        if (operation.way == Way.Voucher) {
            redeem(sums[number], number);
        } else if (operation.way == Way.Batch) {
            settle(sums[number], number);
        } else {
            Messages.Ticket memory ticket = ticketOf(number, costs[number]);
            ticket.deadline = deadline;
            claim(ticket);
        }
    }

    function checkHeld() private view {
        uint256 held =
            settlement.escrowOf(coordinator).balance + settlement.promisedOf(coordinator) + settlement.creditOf(miner);
        vm.assertEq(cai.balanceOf(address(settlement)), held, "held");
    }

    /// @dev Pays the miner all it is owed. Returns what left the contract, the burned part included.
    function payEverything() private returns (uint256 paid) {
        uint256 before = cai.balanceOf(address(settlement));
        if (settlement.promisedOf(coordinator) != 0) collect();
        else if (settlement.creditOf(miner) != 0) settlement.payOut(miner);
        paid = before - cai.balanceOf(address(settlement));
        vm.assertEq(cai.balanceOf(MINER_OWNER), net(paid), "the owner's part");
    }

    /// @dev The amount paid is the largest amount signed, in any order of vouchers and batches.
    function testFuzz_paid_is_the_largest_amount(uint256 seed, uint8 count) public {
        prepay(1_000_000);
        uint256 largest;
        for (uint256 i = 0; i < count % 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 cumulative = seed % 1_000_000;
            if (cumulative > largest) {
                if (seed >> 255 == 0) redeem(cumulative, 0);
                else settle(cumulative, 0);
                largest = cumulative;
            } else {
                settle(cumulative, 0);
                vm.expectRevert(Accounts.NothingOwed.selector);
                this.redeemOutside(cumulative, 0);
            }
        }
        vm.assertEq(settlement.promisedOf(coordinator) + settlement.creditOf(miner), largest);
        assertEscrow(1_000_000 - largest, 0, 0);
        if (largest != 0) vm.assertEq(payEverything(), largest);
    }

    function redeemOutside(uint256 cumulative, uint256 through) external {
        redeem(cumulative, through);
    }

    // ----------------------------------------------------------------------------------------------------- amounts

    /// @dev The miner and the burn address together get what left escrow and stake, however large the deficit is.
    function testFuzz_deficits_are_conserved(uint256 escrow, uint256 stake, uint256 owed_) public {
        escrow = bound(escrow, 1, 1_000e18);
        stake = bound(stake, 0, 5_000e18);
        owed_ = bound(owed_, 1, 3_000e18);
        prepay(escrow);
        drain(stake);
        uint256 burned = cai.balanceOf(BURN);
        uint256 paid = redeem(owed_, 1);
        vm.assertEq(settlement.creditOf(miner), paid);
        vm.assertLe(paid, owed_);
        uint256 deficit = owed_ > escrow ? owed_ - escrow : 0;
        uint256 taken = deficit * 5 < stake ? deficit * 5 : stake;
        vm.assertEq(paid, owed_ - deficit + taken / 5);
        vm.assertEq(cai.balanceOf(BURN) - burned, taken - taken / 5);
        vm.assertEq(staking.slashableOf(coordinator), stake - taken);
    }

    /// @dev Lines are read as they are packed, for any keys and amounts, and a repeated line counts once.
    function testFuzz_lines(address[8] calldata miners, uint64[8] calldata amounts, uint64[8] calldata numbers) public {
        prepay(8 * uint256(type(uint64).max));
        bytes memory lines;
        for (uint256 i = 0; i < 8; ++i) {
            lines = bytes.concat(lines, line(miners[i], amounts[i], numbers[i] >> 1));
        }
        vm.startPrank(coordinator);
        settlement.settle(coordinator, lines);
        uint256 promised = settlement.promisedOf(coordinator);
        settlement.settle(coordinator, lines);
        vm.assertEq(settlement.promisedOf(coordinator), promised, "settled twice");
        uint256 sum;
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount;
            uint256 number;
            bool before;
            for (uint256 j = 0; j < 8; ++j) {
                if (miners[j] != miners[i]) continue;
                if (j < i) before = true;
                if (amounts[j] > amount) amount = amounts[j];
                if (numbers[j] >> 1 > number) number = numbers[j] >> 1;
            }
            Account memory account = settlement.accountOf(coordinator, miners[i]);
            vm.assertEq(uint256(account.settled), amount);
            vm.assertEq(uint256(account.through), number);
            vm.assertEq(uint256(account.withdrawn), 0);
            vm.assertFalse(account.claimed);
            if (!before) sum += amount;
        }
        vm.assertEq(promised, sum);
    }

    /// @dev A claim costs what the receipt counts, rounded up, and never more than the ticket's price.
    function testFuzz_costs(uint128 price, uint128 promptRate, uint128 completionRate, uint32 prompt, uint32 completion)
        public
        pure
    {
        Messages.Ticket memory ticket;
        Messages.Receipt memory receipt;
        (ticket.price, ticket.promptRate, ticket.completionRate) = (price, promptRate, completionRate);
        (receipt.promptTokens, receipt.completionTokens) = (prompt, completion);
        uint256 cost = Messages.cost(ticket, receipt);
        uint256 exact = uint256(prompt) * promptRate + uint256(completion) * completionRate;
        vm.assertLe(cost, price);
        if (cost == price) vm.assertLe(uint256(price) * 1_000, exact + 999);
        else vm.assertTrue(cost * 1_000 >= exact && cost * 1_000 < exact + 1_000);
    }

    /// @dev Collections in any rhythm pay all that was promised, once, and nothing before its time.
    function testFuzz_collections(uint256 seed, uint8 steps) public {
        prepay(1_000_000);
        uint256 settled;
        uint256 start = block.timestamp;
        for (uint256 i = 0; i < steps % 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0) {
                settled += (seed >> 8) % 50_000;
                settle(settled, i);
            } else if (seed % 3 == 1) {
                vm.warp(vm.getBlockTimestamp() + (seed >> 8) % CLAIM_DELAY);
            } else {
                try settlement.collect(coordinator, miner) {} catch {}
            }
            uint256 paid = settlement.accountOf(coordinator, miner).withdrawn;
            if (vm.getBlockTimestamp() < start + CLAIM_DELAY) vm.assertEq(paid, 0, "paid before the delay");
            checkHeld();
        }
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(vm.getBlockTimestamp() + CLAIM_DELAY);
            try settlement.collect(coordinator, miner) {} catch {}
            vm.warp(vm.getBlockTimestamp() + CLAIM_DELAY);
            try settlement.collect(coordinator, miner) {} catch {}
        }
        assertFunds(1_000_000 - settled, 0, 0);
    }
}
