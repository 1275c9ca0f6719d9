// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Account, Item} from "../../src/settlement/Accounts.sol";
import {Escrow} from "../../src/settlement/Escrows.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {CourtBase} from "../harness/CourtBase.sol";

/// @dev The functions that forge calls at random.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev Two coordinators and three miners. The first coordinator signs anything, thaws and exits; the second follows
/// the rules, and everybody tries to prove the contrary. Calls that may fail are tried; what fails must not fail by a
/// panic. Sums are kept from what calls return and from balances, apart from the contract's own counters.
contract PaymentHandler is CourtBase {
    uint256 public constant MINERS = 3;
    uint256 private constant HONEST_KEY = 0xC00E;
    address private constant HONEST_OWNER = address(0xC0FFEF);

    address public honest;
    address[] public miners;

    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public donated;
    /// The amounts paid for deficits, measured by the balances of miners' owners.
    uint256 public rewarded;
    string public violation;
    /// How often something happened, so that a test can tell that it does.
    mapping(string what => uint256) public census;

    /// Largest amount that a coordinator signed or settled for a miner, and tickets claimed on top.
    mapping(address from => mapping(address to => uint256)) public signed;
    mapping(address from => mapping(address to => uint256)) public claimed;
    mapping(bytes32 ticket => uint256) private claimedOf;
    mapping(address from => mapping(address to => Account)) private before;

    /// The honest coordinator's tickets with each miner: C(n) for every n.
    mapping(address to => uint256[]) private sums;

    constructor() {
        deployCourt();
        honest = newNode(HONEST_OWNER, HONEST_KEY, Role.Coordinator, COORDINATOR_STAKE);
        miners.push(miner);
        miners.push(jurors[0]);
        miners.push(jurors[1]);
        for (uint256 i = 0; i < MINERS; ++i) {
            sums[miners[i]].push(0);
        }
        cai.approve(address(settlement), type(uint256).max);
    }

    modifier watched() {
        _;
        for (uint256 i = 0; i < MINERS; ++i) {
            watch(coordinator, miners[i]);
            watch(honest, miners[i]);
        }
    }

    function watch(address from, address to) private {
        Account memory now_ = settlement.accountOf(from, to);
        Account memory old = before[from][to];
        if (now_.settled < old.settled) violation = "settled fell";
        if (now_.withdrawn < old.withdrawn) violation = "withdrawn fell";
        if (now_.through < old.through) violation = "through fell";
        before[from][to] = now_;
    }

    /// @dev Remembers that a call failed by a panic.
    function examine(bytes memory reason) private {
        if (bytes4(reason) == 0x4e487b71) violation = "panic";
    }

    function pick(uint256 seed) private view returns (address) {
        return miners[seed % MINERS];
    }

    function keyOf(address node) private view returns (uint256) {
        if (node == miners[0]) return MINER_KEY;
        return node == miners[1] ? FIRST_JUROR_KEY : FIRST_JUROR_KEY + 1;
    }

    function keyFrom(address from) private view returns (uint256) {
        return from == honest ? HONEST_KEY : COORDINATOR_KEY;
    }

    function noteSigned(address from, address to, uint256 amount) private {
        if (amount > signed[from][to]) signed[from][to] = amount;
    }

    // ------------------------------------------------------------------------------------------------- actions

    function deposit(uint256 amount) external watched {
        amount = bound(amount, 1, 10_000e18);
        settlement.deposit(coordinator, amount);
        deposited += amount;
    }

    function startThaw(uint256 amount) external watched {
        Escrow memory escrow = settlement.escrowOf(coordinator);
        uint256 have = escrow.balance - escrow.thawing;
        if (have == 0) return;
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, bound(amount, 1, have));
    }

    function withdraw() external watched {
        uint256 had = cai.balanceOf(COORDINATOR_OWNER);
        vm.prank(COORDINATOR_OWNER);
        try settlement.withdraw(coordinator) {
            withdrawn += cai.balanceOf(COORDINATOR_OWNER) - had;
            ++census["withdrawal"];
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 1, 1e18);
        cai.transfer(address(settlement), amount);
        donated += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + time % 2 days);
    }

    /// @dev Stake of the careless coordinator comes and goes.
    function moveStake(uint256 seed) external {
        uint256 have = staking.stakeOf(coordinator, COORDINATOR_OWNER);
        if (seed % 3 == 0 && have > 1) {
            vm.startPrank(COORDINATOR_OWNER);
            if (staking.unbondings(coordinator, COORDINATOR_OWNER).length < 32) {
                staking.retract(coordinator, have - have / 1_000_000);
            }
            vm.stopPrank();
        } else if (seed % 3 == 1) {
            vm.prank(COORDINATOR_OWNER);
            try staking.release(coordinator) {} catch {}
        }
    }

    /// @dev Anything the careless coordinator may sign.
    function redeemAny(uint256 seed, uint256 amount, uint256 through) external watched {
        address to = pick(seed);
        Messages.Voucher memory message = voucherFor(coordinator, to, bound(amount, 0, 20_000e18), through % 64);
        pay(message);
    }

    function pay(Messages.Voucher memory message) private {
        bytes memory signature = sign(keyFrom(message.coordinator), Messages.hash(message));
        address owner = staking.ownerOf(message.miner);
        uint256 had = cai.balanceOf(owner);
        uint256 escrow = settlement.escrowOf(message.coordinator).balance;
        try settlement.redeem(message, signature) returns (uint256 paid) {
            noteSigned(message.coordinator, message.miner, message.cumulative);
            if (cai.balanceOf(owner) - had != paid) violation = "paid elsewhere";
            ++census["voucher"];
            uint256 reward = paid - (escrow - settlement.escrowOf(message.coordinator).balance);
            if (reward != 0) ++census["deficit"];
            rewarded += reward;
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function settleAny(uint256 seed, uint256 amount, uint256 through) external watched {
        Item[] memory items = new Item[](2);
        items[0] = Item(pick(seed), uint96(bound(amount, 0, 20_000e18)), uint64(through % 64));
        items[1] = Item(pick(seed / MINERS), uint96(bound(amount / 7, 0, 20_000e18)), uint64(through % 61));
        vm.prank(coordinator);
        try settlement.settle(coordinator, items) {
            ++census["batch"];
            for (uint256 i = 0; i < items.length; ++i) {
                noteSigned(coordinator, items[i].miner, items[i].cumulative);
            }
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function collect(uint256 seed, bool fromHonest) external watched {
        try settlement.collect(fromHonest ? honest : coordinator, pick(seed)) {
            ++census["collection"];
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function claimAny(uint256 seed, uint256 number, uint256 price) external watched {
        claimOf(coordinator, pick(seed), number % 80, bound(price, 0, 1_000e18));
    }

    function claimOf(address from, address to, uint256 number, uint256 price) private {
        Messages.Ticket memory order = ticketOf(number, price);
        order.coordinator = from;
        order.miner = to;
        // The ticket is long due, and it is the same each time it is rebuilt.
        order.deadline = 1_700_000_000;
        Messages.Receipt memory answer = receiptOf(order, "output");
        bytes memory t = sign(keyFrom(from), Messages.hash(order));
        bytes memory r = sign(keyOf(to), Messages.hash(answer));
        uint256 escrow = settlement.escrowOf(from).balance;
        try settlement.claimTicket(order, t, answer, r) returns (uint256 paid) {
            claimed[from][to] += paid;
            ++census[from == honest ? "honest claim" : "claim"];
            rewarded += paid - (escrow - settlement.escrowOf(from).balance);
            claimedOf[answer.ticket] += paid;
            if (claimedOf[answer.ticket] > price) violation = "a ticket was paid twice";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function accuse(address from, address to, uint256[4] memory terms) private returns (bool proven) {
        Messages.Voucher memory a = voucherFor(from, to, terms[0], terms[1]);
        Messages.Voucher memory b = voucherFor(from, to, terms[2], terms[3]);
        bytes memory sa = sign(keyFrom(from), Messages.hash(a));
        bytes memory sb = sign(keyFrom(from), Messages.hash(b));
        try settlement.proveContradiction(a, sa, b, sb) {
            proven = true;
            ++census["contradiction"];
        } catch (bytes memory reason) {
            examine(reason);
        }
        uint256 escrow = settlement.escrowOf(from).balance;
        try settlement.proveShortSettlement(a, sa) returns (uint256 paid, uint256) {
            proven = true;
            ++census["short settlement"];
            noteSigned(from, to, a.cumulative);
            rewarded += paid - (escrow - settlement.escrowOf(from).balance);
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function accuseCareless(uint256 seed, uint256 ca, uint256 ta, uint256 cb, uint256 tb) external watched {
        accuse(coordinator, pick(seed), [bound(ca, 0, 20_000e18), ta % 64, bound(cb, 0, 20_000e18), tb % 64]);
    }

    // ------------------------------------------------------------------------------- a coordinator by the rules

    /// @dev The next ticket: it was answered, or it owes nothing. The escrow is filled up before it is given.
    function honestTicket(uint256 seed, uint256 price) external watched {
        address to = pick(seed);
        price = seed % 4 == 0 ? 0 : bound(price, 1, 100e18);
        settlement.deposit(honest, price + 1);
        deposited += price + 1;
        sums[to].push(sums[to][sums[to].length - 1] + price);
    }

    /// @dev Redeems a voucher that the honest coordinator has signed.
    function honestVoucher(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number %= sums[to].length;
        pay(voucherFor(honest, to, sums[to][number], number));
    }

    /// @dev The honest coordinator settles up to some ticket.
    function honestBatch(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number %= sums[to].length;
        Item[] memory items = new Item[](1);
        items[0] = Item(to, uint96(sums[to][number]), uint64(number));
        vm.prank(honest);
        settlement.settle(honest, items);
        noteSigned(honest, to, sums[to][number]);
    }

    /// @dev A miner claims one of its tickets that is owed.
    function honestClaim(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number = 1 + number % sums[to].length;
        if (number == sums[to].length) return;
        claimOf(honest, to, number, sums[to][number] - sums[to][number - 1]);
    }

    /// @dev Any two vouchers that it has signed, in any order, as proof of a fault.
    function accuseHonest(uint256 seed, uint256 a, uint256 b) external watched {
        address to = pick(seed);
        uint256 count = sums[to].length;
        (a, b) = (a % count, b % count);
        if (accuse(honest, to, [sums[to][a], a, sums[to][b], b])) violation = "an honest coordinator was punished";
        ++census["accusation"];
    }

    function owedByHonest(address to) external view returns (uint256) {
        return sums[to][sums[to].length - 1];
    }

    // --------------------------------------------------------------------------------------------------- views

    function contracts() external view returns (Settlement, DisputeCourt) {
        return (settlement, court);
    }

    struct Sums {
        uint256 balance;
        uint256 escrow;
        uint256 credit;
        uint256 withdrawn;
    }

    /// @dev All values that the contract's views return.
    function audit() external view returns (Sums memory all) {
        all.balance = cai.balanceOf(address(settlement));
        address[2] memory from = [coordinator, honest];
        for (uint256 i = 0; i < from.length; ++i) {
            Escrow memory escrow = settlement.escrowOf(from[i]);
            vm.assertLe(uint256(escrow.thawing), escrow.balance, "thawing escrow is escrow");
            all.escrow += escrow.balance;
            for (uint256 j = 0; j < MINERS; ++j) {
                Account memory account = settlement.accountOf(from[i], miners[j]);
                vm.assertLe(uint256(account.withdrawn), account.settled, "withdrawn is settled");
                vm.assertLe(
                    uint256(account.settled),
                    signed[from[i]][miners[j]] + claimed[from[i]][miners[j]],
                    "settled is signed or claimed"
                );
                all.credit += account.settled - account.withdrawn;
                all.withdrawn += account.withdrawn;
            }
        }
    }

    function paidOut() external view returns (uint256 sum) {
        for (uint256 i = 0; i < MINERS; ++i) {
            sum += cai.balanceOf(staking.ownerOf(miners[i]));
        }
    }

    function honestStake() external view returns (uint256) {
        return staking.slashableOf(honest);
    }

    function supply() external view returns (uint256, uint256) {
        return (cai.totalSupply(), cai.SUPPLY());
    }
}

/// forge-config: default.invariant.fail-on-revert = true
contract PaymentInvariants is CourtBase {
    PaymentHandler private handler;

    function setUp() public {
        handler = new PaymentHandler();
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[17] memory all = [
            PaymentHandler.deposit.selector,
            PaymentHandler.startThaw.selector,
            PaymentHandler.withdraw.selector,
            PaymentHandler.donate.selector,
            PaymentHandler.pass.selector,
            PaymentHandler.moveStake.selector,
            PaymentHandler.redeemAny.selector,
            PaymentHandler.settleAny.selector,
            PaymentHandler.collect.selector,
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

    /// @dev What the campaign is meant to reach does happen when its calls come at random.
    function test_the_campaign_reaches_everything() public {
        FuzzSelector[] memory targets = this.targetSelectors();
        bytes4[] memory selectors = targets[0].selectors;
        uint256 seed = 1;
        for (uint256 i = 0; i < 1_500; ++i) {
            bytes memory arguments;
            for (uint256 j = 0; j < 5; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                arguments = bytes.concat(arguments, abi.encode(seed));
            }
            bytes4 selector = selectors[seed % selectors.length];
            if (selector == PaymentHandler.collect.selector) {
                arguments = abi.encode(seed, seed >> 128 & 1);
            }
            (bool done,) = address(handler).call(bytes.concat(selector, arguments));
            vm.assertTrue(done);
            if (i % 100 == 0) invariant_payments();
        }
        string[10] memory names = [
            "withdrawal",
            "voucher",
            "deficit",
            "batch",
            "collection",
            "claim",
            "honest claim",
            "contradiction",
            "short settlement",
            "accusation"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.census(names[i]), 0, names[i]);
        }
    }

    /// @dev One campaign for all: running each alone would take that many times as long.
    function invariant_payments() public view {
        PaymentHandler.Sums memory all = handler.audit();
        checkSolvent(all);
        checkConserved(all);
        checkPaidToOwnersOnce(all);
        checkHonestUnharmed();
        vm.assertEq(handler.violation(), "");
        (uint256 supply, uint256 expected) = handler.supply();
        vm.assertEq(supply, expected);
    }

    /// @dev The balance is all escrow and all credit, to the wei.
    function checkSolvent(PaymentHandler.Sums memory all) private view {
        vm.assertEq(all.balance, all.escrow + all.credit + handler.donated(), "balance");
    }

    /// @dev What came in, by deposits and from stake, is there, with the miners, or went back.
    function checkConserved(PaymentHandler.Sums memory all) private view {
        vm.assertEq(
            handler.deposited() + handler.rewarded(),
            all.escrow + all.credit + all.withdrawn + handler.withdrawn(),
            "conservation"
        );
    }

    /// @dev Miners' owners hold what the counters say was paid out, so nothing went elsewhere or twice.
    function checkPaidToOwnersOnce(PaymentHandler.Sums memory all) private view {
        vm.assertEq(handler.paidOut(), all.withdrawn, "paid out");
    }

    /// @dev A coordinator that follows the rules keeps its stake, whatever the others try, and never pays more than it
    /// owes.
    function checkHonestUnharmed() private view {
        vm.assertEq(handler.honestStake(), COORDINATOR_STAKE, "honest stake");
        (Settlement target,) = handler.contracts();
        for (uint256 i = 0; i < 3; ++i) {
            address to = handler.miners(i);
            vm.assertLe(
                uint256(target.accountOf(handler.honest(), to).settled), handler.owedByHonest(to), "honest debts"
            );
        }
    }
}
