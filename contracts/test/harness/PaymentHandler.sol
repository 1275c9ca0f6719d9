// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../../src/Settlement.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Account} from "../../src/settlement/Accounts.sol";
import {Escrow} from "../../src/settlement/Escrows.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {PaymentReplay} from "./PaymentReplay.sol";
import {SettlementHarness} from "./SettlementHarness.sol";
import {SettlementBase} from "./SettlementBase.sol";

/// @dev Two coordinators and three miners. The first coordinator signs anything, thaws and exits; together with the
/// first miner and a finder it tries to take its voters' stake, which is up to a thousand times its own. The second
/// coordinator follows the rules, and everybody tries to prove the contrary. Calls that may fail are tried; what fails
/// must not fail by a panic. Sums are kept from what calls return and from balances, apart from the contract's counters.
contract PaymentHandler is SettlementBase {
    uint256 public constant MINERS = 3;
    uint256 public constant VOTES = 100_000_000e18;
    uint256 private constant HONEST_KEY = 0xC00E;
    uint256 private constant FIRST_MINER_KEY = 0x6000;
    address private constant HONEST_OWNER = address(0xC0FFEF);
    address private constant VOTER = address(0x707E);

    address public honest;
    address[] public miners;

    uint256 public donated;
    uint256 public withdrawn;
    /// What came out of stake, by the settlement's balance.
    uint256 public rewarded;
    /// What went to owners and was burned, by the settlement's balance.
    uint256 public paidOut;
    mapping(address from => uint256) public deposited;
    /// What the operators' wealth was before anything happened.
    uint256 public startWealth;
    string public violation;
    /// How often something happened, so that a test can tell that it does.
    mapping(string what => uint256) public census;

    /// Largest amount that a coordinator signed or settled for a miner, and tickets claimed beside it.
    mapping(address from => mapping(address to => uint256)) public signed;
    mapping(address from => mapping(address to => uint256)) public claimed;
    mapping(bytes32 ticket => uint256) private claimedOf;
    mapping(address from => mapping(address to => Account)) private before;
    mapping(address from => mapping(address to => uint256)) private claimedBefore;

    /// The honest coordinator's tickets with each miner: C(n) for every n, when each was due, and which were claimed.
    mapping(address to => uint256[]) private sums;
    mapping(address to => uint64[]) private deadlines;
    mapping(address to => mapping(uint256 number => bool)) private honestlyClaimed;

    PaymentReplay private model;
    bytes32[] private commitments;
    bytes32[] private tickets;

    constructor() {
        deployNetwork();
        honest = newNode(HONEST_OWNER, HONEST_KEY, Role.Coordinator, COORDINATOR_STAKE);
        miners.push(miner);
        for (uint256 i = 1; i < MINERS; ++i) {
            miners.push(newNode(address(uint160(0x6000 + i)), FIRST_MINER_KEY + i, Role.Miner, MINER_STAKE));
        }
        for (uint256 i = 0; i < MINERS; ++i) {
            sums[miners[i]].push(0);
            deadlines[miners[i]].push(0);
        }
        voteFor(coordinator, VOTER, VOTES);
        cai.approve(address(settlement), type(uint256).max);
        startWealth = wealth();
    }

    function setUp() public override {}

    function newSettlement() internal override returns (Settlement) {
        return new SettlementHarness(staking, address(manager), WINDOW, THAW, CLAIM_DELAY, FAULT_BPS);
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
        uint256 claims = settlement.claimedUpTo(from, to, type(uint64).max);
        if (now_.settled < old.settled) violation = "settled fell";
        if (now_.withdrawn < old.withdrawn) violation = "withdrawn fell";
        if (now_.through < old.through) violation = "through fell";
        if (claims < claimedBefore[from][to]) violation = "claimed fell";
        if (now_.claimed != (claims != 0)) violation = "the mark of claims is wrong";
        before[from][to] = now_;
        claimedBefore[from][to] = claims;
    }

    /// @dev Lets a model follow the events.
    function follow(PaymentReplay model_) external {
        model = model_;
    }

    /// @dev The model gets the events so far.
    function tell() public {
        if (address(model) != address(0)) model.replay(vm.getRecordedLogs(), address(settlement));
    }

    /// @dev Remembers that a call failed by a panic. Forge records what a failed call had emitted: that is dropped.
    function examine(bytes memory reason) private {
        if (address(model) != address(0)) vm.getRecordedLogs();
        if (bytes4(reason) == 0x4e487b71) violation = "panic";
    }

    function pick(uint256 seed) private view returns (address) {
        return miners[seed % MINERS];
    }

    function keyOf(address node) private view returns (uint256) {
        if (node == miners[0]) return MINER_KEY;
        return node == miners[1] ? FIRST_MINER_KEY + 1 : FIRST_MINER_KEY + 2;
    }

    function keyFrom(address from) private view returns (uint256) {
        return from == honest ? HONEST_KEY : COORDINATOR_KEY;
    }

    function noteSigned(address from, address to, uint256 amount) private {
        if (amount > signed[from][to]) signed[from][to] = amount;
    }

    function held() private view returns (uint256) {
        return cai.balanceOf(address(settlement));
    }

    function put(address from, uint256 amount) private {
        settlement.deposit(from, amount);
        deposited[from] += amount;
    }

    // ------------------------------------------------------------------------------------------------- actions

    function deposit(uint256 amount) external watched {
        put(coordinator, bound(amount, 1, 10_000e18));
    }

    function startThaw(uint256 amount) external watched {
        Escrow memory escrow = settlement.escrowOf(coordinator);
        uint256 have = escrow.balance - escrow.thawing;
        // A new thaw makes what thaws already wait again, so most wait for the one before.
        if (have == 0 || (escrow.thawing != 0 && amount % 4 != 0)) return;
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, bound(amount, 1, have));
    }

    function withdraw() external watched {
        uint256 had = held();
        tell();
        vm.prank(COORDINATOR_OWNER);
        try settlement.withdraw(coordinator) {
            withdrawn += had - held();
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
        vm.warp(vm.getBlockTimestamp() + time % 1 days);
    }

    /// @dev Stake of the careless coordinator's owner comes and goes; its voters stay.
    function moveStake(uint256 seed) external {
        uint256 have = staking.stakeOf(coordinator, COORDINATOR_OWNER);
        if (seed % 3 == 0 && have > 1) {
            if (staking.unbondings(coordinator, COORDINATOR_OWNER).length < 32) {
                vm.prank(COORDINATOR_OWNER);
                staking.retract(coordinator, have - have / 26);
            }
        } else if (seed % 3 == 1) {
            vm.prank(COORDINATOR_OWNER);
            try staking.release(coordinator) {} catch {}
        }
    }

    /// @dev Anything the careless coordinator may sign, up to a fifth of all the stake behind it.
    function redeemAny(uint256 seed, uint256 amount, uint256 through) external watched {
        uint256 most = seed % 5 == 0 ? VOTES / 5 : 20_000e18;
        redeemFor(voucherFor(coordinator, pick(seed / 5), bound(amount, 0, most), through % 64));
    }

    function redeemFor(Messages.Voucher memory message) private {
        bytes memory signature = attest(keyFrom(message.coordinator), Messages.hash(message));
        (uint256 had, uint256 credit) = (held(), settlement.creditOf(message.miner));
        tell();
        try settlement.redeem(message, signature) returns (uint256 paid) {
            noteSigned(message.coordinator, message.miner, message.cumulative);
            if (settlement.creditOf(message.miner) - credit != paid) violation = "credited elsewhere";
            ++census[message.coordinator == honest ? "honest voucher" : "voucher"];
            if (held() != had) ++census["deficit"];
            rewarded += held() - had;
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function settleAny(uint256 seed, uint256 amount, uint256 through) external watched {
        address[2] memory to = [pick(seed), pick(seed / MINERS)];
        uint256[2] memory amounts = [bound(amount, 0, 20_000e18), bound(amount / 7, 0, 20_000e18)];
        bytes memory lines = bytes.concat(line(to[0], amounts[0], through % 64), line(to[1], amounts[1], through % 61));
        tell();
        vm.prank(coordinator);
        try settlement.settle(coordinator, lines) {
            ++census["batch"];
            noteSigned(coordinator, to[0], amounts[0]);
            noteSigned(coordinator, to[1], amounts[1]);
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function collect(uint256 seed, bool fromHonest) external watched {
        (address from, address to) = (fromHonest ? honest : coordinator, pick(seed));
        (uint256 had, uint256 stake) = (held(), staking.slashableOf(from));
        tell();
        try settlement.collect(from, to) returns (uint256 paid) {
            ++census[paid == 0 ? "collection started" : "collection"];
            uint256 reward = (stake - staking.slashableOf(from)) / 5;
            rewarded += reward;
            paidOut += had + reward - held();
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function payOut(uint256 seed) external watched {
        address to = pick(seed);
        (uint256 had, uint256 credit) = (held(), settlement.creditOf(to));
        tell();
        try settlement.payOut(to) returns (uint256 paid) {
            ++census["payment"];
            paidOut += had - held();
            if (had - held() != credit || paid != credit - credit / 50) violation = "paid another amount";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    /// @dev The ticket is due, and the same each time it is rebuilt on one day.
    function claimAny(uint256 seed, uint256 number, uint256 price) external watched {
        uint64 deadline = uint64(vm.getBlockTimestamp() / 1 days * 1 days - CLAIM_DELAY - 1);
        claimFor(coordinator, pick(seed), number % 80, bound(price, 0, 1_000e18), deadline);
    }

    function claimFor(address from, address to, uint256 number, uint256 price, uint64 deadline)
        private
        returns (bool done)
    {
        Messages.Ticket memory order = ticketOf(number, price);
        order.coordinator = from;
        order.miner = to;
        order.deadline = deadline;
        Messages.Receipt memory answer = receiptOf(order, "output");
        bytes memory t = attest(keyFrom(from), Messages.hash(order));
        bytes memory r = attest(keyOf(to), Messages.hash(answer));
        tickets.push(answer.ticket);
        uint256 had = held();
        tell();
        vm.prank(to);
        try settlement.claimTicket(order, t, answer, r) returns (uint256 paid) {
            done = true;
            claimed[from][to] += paid;
            ++census[from == honest ? "honest claim" : "claim"];
            rewarded += held() - had;
            claimedOf[answer.ticket] += paid;
            if (claimedOf[answer.ticket] > price) violation = "a ticket was paid twice";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function announceAndProve(address from, address to, uint256[4] memory terms) private returns (bool proven) {
        Messages.Voucher memory a = voucherFor(from, to, terms[0], terms[1]);
        Messages.Voucher memory b = voucherFor(from, to, terms[2], terms[3]);
        (bytes32 ha, bytes32 hb) = (Messages.hash(a), Messages.hash(b));
        (bytes memory sa, bytes memory sb) = (attest(keyFrom(from), ha), attest(keyFrom(from), hb));
        bytes32 evidence = keccak256(abi.encode(keccak256("contradiction"), digestOf(ha), digestOf(hb)));
        tryToAnnounce(evidence);
        evidence = keccak256(abi.encode(keccak256("short settlement"), digestOf(ha)));
        tryToAnnounce(evidence);
        vm.warp(vm.getBlockTimestamp() + 60);
        tell();
        vm.prank(ALICE);
        try settlement.proveContradiction(a, sa, b, sb, SALT) {
            proven = true;
            ++census["contradiction"];
        } catch (bytes memory reason) {
            examine(reason);
        }
        uint256 had = held();
        tell();
        vm.prank(ALICE);
        try settlement.proveShortSettlement(a, sa, SALT) returns (uint256, uint256) {
            proven = true;
            ++census["short settlement"];
            noteSigned(from, to, a.cumulative);
            rewarded += held() - had;
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function tryToAnnounce(bytes32 evidence) private {
        bytes32 commitment = keccak256(abi.encode(ALICE, evidence, SALT));
        commitments.push(commitment);
        try settlement.announce(commitment) {} catch {}
    }

    function accuseCareless(uint256 seed, uint256 ca, uint256 ta, uint256 cb, uint256 tb) external watched {
        announceAndProve(coordinator, pick(seed), [bound(ca, 0, 20_000e18), ta % 64, bound(cb, 0, 20_000e18), tb % 64]);
    }

    // ------------------------------------------------------------------------------- a coordinator by the rules

    /// @dev The next ticket: it was answered, or it owes nothing. The escrow is filled up before it is given.
    function honestTicket(uint256 seed, uint256 price) external watched {
        address to = pick(seed);
        price = seed % 4 == 0 ? 0 : bound(price, 1, 100e18);
        put(honest, price + 1);
        sums[to].push(sums[to][sums[to].length - 1] + price);
        deadlines[to].push(uint64(vm.getBlockTimestamp()));
    }

    /// @dev Redeems a voucher that the honest coordinator has signed.
    function honestVoucher(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number %= sums[to].length;
        redeemFor(voucherFor(honest, to, sums[to][number], number));
    }

    /// @dev The honest coordinator settles up to some ticket.
    function honestBatch(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number %= sums[to].length;
        vm.prank(honest);
        settlement.settle(honest, line(to, sums[to][number], number));
        noteSigned(honest, to, sums[to][number]);
        ++census["honest batch"];
    }

    /// @dev A miner claims one of its tickets that is owed.
    function honestClaim(uint256 seed, uint256 number) external watched {
        address to = pick(seed);
        number = 1 + number % sums[to].length;
        if (number == sums[to].length) return;
        uint256 price = sums[to][number] - sums[to][number - 1];
        if (claimFor(honest, to, number, price, deadlines[to][number])) honestlyClaimed[to][number] = true;
    }

    /// @dev Any two vouchers that it has signed, in any order, as proof of a fault.
    function accuseHonest(uint256 seed, uint256 a, uint256 b) external watched {
        address to = pick(seed);
        uint256 count = sums[to].length;
        (a, b) = (a % count, b % count);
        if (announceAndProve(honest, to, [sums[to][a], a, sums[to][b], b])) {
            violation = "an honest coordinator was punished";
        }
        ++census["accusation"];
    }

    // --------------------------------------------------------------------------------------------------- views

    function target() external view returns (Settlement) {
        return settlement;
    }

    /// @dev The evidence that was announced and the tickets that were offered for a claim.
    function offered() external view returns (bytes32[] memory, bytes32[] memory) {
        return (commitments, tickets);
    }

    function coordinators() public view returns (address[2] memory) {
        return [coordinator, honest];
    }

    function honestStake() external view returns (uint256) {
        return staking.slashableOf(honest);
    }

    function balance() external view returns (uint256) {
        return held();
    }

    /// @dev All that the careless coordinator's operators and their finder have, and could have.
    function wealth() public view returns (uint256 sum) {
        sum = cai.balanceOf(COORDINATOR_OWNER) + cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE);
        sum += staking.freeStakeOf(COORDINATOR_OWNER) + staking.freeStakeOf(MINER_OWNER);
        sum += staking.ownStakeOf(coordinator) + staking.ownStakeOf(miner);
        sum += settlement.escrowOf(coordinator).balance + settlement.promisedOf(coordinator);
        sum += settlement.creditOf(miner);
    }

    /// @dev What others have given the operators: escrow, and the honest coordinator's payments for work.
    function given() external view returns (uint256) {
        return deposited[coordinator] + settlement.accountOf(honest, miner).withdrawn
            + settlement.claimedUpTo(honest, miner, type(uint64).max);
    }

    /// @dev What the honest coordinator's miner must have been paid and promised by now, by its tickets alone: all up to
    /// the furthest that was settled, and the claimed ones beyond.
    function expectedFromHonest(address to) external view returns (uint256 amount) {
        uint256 through = settlement.accountOf(honest, to).through;
        amount = sums[to][through];
        for (uint256 number = through + 1; number < sums[to].length; ++number) {
            if (honestlyClaimed[to][number]) amount += sums[to][number] - sums[to][number - 1];
        }
    }

    function lastOf(address to) public view returns (uint256 number, uint256 cumulative) {
        number = sums[to].length - 1;
        cumulative = sums[to][number];
    }

    // ---------------------------------------------------------------------------------- what must be possible

    /// @dev The honest coordinator's miner is paid all that it is owed, by a voucher and a collection.
    function payHonestly(address to) external returns (uint256 paid) {
        (uint256 number, uint256 cumulative) = lastOf(to);
        Messages.Voucher memory message = voucherFor(honest, to, cumulative, number);
        tell();
        try settlement.redeem(message, attest(HONEST_KEY, Messages.hash(message))) {} catch {}
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(vm.getBlockTimestamp() + CLAIM_DELAY);
            tell();
            try settlement.collect(honest, to) {} catch {}
            vm.warp(vm.getBlockTimestamp() + CLAIM_DELAY);
            tell();
            try settlement.collect(honest, to) {} catch {}
        }
        Account memory account = settlement.accountOf(honest, to);
        return account.withdrawn + settlement.claimedUpTo(honest, to, type(uint64).max);
    }

    /// @dev Both owners take all their escrow out, one thaw later. Returns what is left.
    function leave() external returns (uint256 left) {
        address[2] memory owners = [COORDINATOR_OWNER, HONEST_OWNER];
        for (uint256 i = 0; i < 2; ++i) {
            address from = coordinators()[i];
            Escrow memory escrow = settlement.escrowOf(from);
            vm.startPrank(owners[i]);
            if (escrow.balance != escrow.thawing) settlement.startThaw(from, escrow.balance - escrow.thawing);
            vm.warp(vm.getBlockTimestamp() + THAW);
            if (escrow.balance != 0) settlement.withdraw(from);
            vm.stopPrank();
            left += settlement.escrowOf(from).balance;
        }
    }
}
