// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Account, Accounts} from "../../src/settlement/Accounts.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {SettlementHarness} from "../harness/SettlementHarness.sol";

/// @dev Knows one owner of all coordinators, and no stake that could be charged.
contract NoStake {
    IERC20 public cai;
    address private immutable owner = msg.sender;
    Role public role = Role.Coordinator;

    constructor(IERC20 cai_) {
        cai = cai_;
    }

    function forget() external {
        role = Role.None;
    }

    function ownerOf(address) external view returns (address) {
        return owner;
    }

    function roleOf(address) external view returns (Role) {
        return role;
    }

    function signs(address) external pure returns (bool) {
        return true;
    }
}

/// @dev The counters of payments, for all amounts and numbers, proven by Halmos (`tools/halmos`). Forge does not run
/// them.
contract SymbolicPaymentsTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant COORDINATOR = address(0xC0);
    address private constant MINER = address(0x31);
    uint64 private constant MAX_NUMBER = type(uint64).max >> 1;

    uint256 private constant PREPAID = 500_000_000e18;

    CAIToken private cai;
    SettlementHarness private settlement;

    function setUp() public {
        cai = new CAIToken(address(this));
        deploy();
    }

    function deploy() private {
        NoStake stake = new NoStake(cai);
        settlement = new SettlementHarness(IStaking(address(stake)), address(this), 2 days, 3 days, 1 hours, 1_000);
        cai.approve(address(settlement), type(uint256).max);
    }

    function prepay(uint256 amount) private {
        settlement.deposit(COORDINATOR, amount);
        NoStake(address(settlement.staking())).forget();
    }

    function settle(uint96 cumulative, uint64 through) private returns (bool done) {
        bytes memory lines = abi.encodePacked(MINER, cumulative, through);
        (done,) = address(settlement).call(abi.encodeCall(Accounts.settle, (COORDINATOR, lines)));
    }

    function redeem(uint128 cumulative, uint64 through) private returns (bool done) {
        Messages.Voucher memory voucher = Messages.Voucher(COORDINATOR, MINER, cumulative, through);
        (done,) = address(settlement).call(abi.encodeCall(SettlementHarness.redeemUnsigned, (voucher)));
    }

    function account() private view returns (Account memory) {
        return settlement.accountOf(COORDINATOR, MINER);
    }

    /// @dev Escrow, promises and credit are all that there is.
    function checkFunds() private view {
        uint256 credit = settlement.creditOf(MINER);
        Account memory now_ = account();
        assert(settlement.escrowOf(COORDINATOR).balance + settlement.promisedOf(COORDINATOR) + credit == PREPAID);
        assert(now_.withdrawn <= now_.settled);
        assert(credit == now_.withdrawn);
    }

    function max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }

    // ------------------------------------------------------------------------------------------------------ checks

    /// @dev The four fields share one word without touching each other.
    function check_an_account_is_read_as_it_was_stored(uint96 settled, uint96 withdrawn, uint64 through, bool claimed)
        public
    {
        vm.assume(through <= MAX_NUMBER);
        settlement.store(COORDINATOR, MINER, Account(settled, withdrawn, through, claimed));
        Account memory read = account();
        assert(read.settled == settled && read.withdrawn == withdrawn);
        assert(read.through == through && read.claimed == claimed);
        assert(settlement.accountOf(MINER, COORDINATOR).settled == 0);
    }

    /// @dev A line raises `settled` to its amount, moves the difference, and touches nothing else in the word.
    function check_a_line_raises_settled(uint96 settled, uint96 withdrawn, uint96 cumulative) public {
        prepay(PREPAID);
        settlement.store(COORDINATOR, MINER, Account(settled, withdrawn, 5, false));
        bool done = settle(cumulative, 5);
        Account memory now_ = account();
        uint256 fresh = cumulative > settled ? cumulative - settled : 0;
        assert(done == (fresh <= PREPAID));
        if (!done) fresh = 0;
        assert(now_.settled == settled + fresh);
        assert(now_.withdrawn == withdrawn && now_.through == 5 && !now_.claimed);
        assert(settlement.promisedOf(COORDINATOR) == fresh);
        assert(settlement.escrowOf(COORDINATOR).balance == PREPAID - fresh);
    }

    /// @dev A line raises `through` to its number, and touches nothing else in the word.
    function check_a_line_raises_through(uint64 before, uint64 through, bool claimed) public {
        vm.assume(before <= MAX_NUMBER);
        settlement.store(COORDINATOR, MINER, Account(type(uint96).max, 7, before, claimed));
        bool done = settle(9, through);
        Account memory now_ = account();
        assert(done == (through <= MAX_NUMBER));
        assert(now_.through == (done ? max(before, through) : before));
        assert(now_.settled == type(uint96).max && now_.withdrawn == 7 && now_.claimed == claimed);
        assert(settlement.promisedOf(COORDINATOR) == 0);
    }

    /// @dev Of a pair with claims, a line pays what is beyond both counters, and keeps the mark.
    function check_a_line_nets_claims(uint64 number, uint96 amount, uint96 cumulative, uint64 through) public {
        vm.assume(number <= MAX_NUMBER && through <= MAX_NUMBER && number > 0 && cumulative <= PREPAID);
        prepay(PREPAID);
        settlement.addClaim(COORDINATOR, MINER, number, amount);
        uint256 paid = number <= through ? amount : 0;
        uint256 fresh = cumulative > paid ? cumulative - paid : 0;
        assert(settlement.owed(COORDINATOR, MINER, cumulative, through) == fresh);
        assert(settle(cumulative, through));
        Account memory now_ = account();
        assert(now_.settled == fresh && now_.through == through && now_.claimed && now_.withdrawn == 0);
        assert(settlement.promisedOf(COORDINATOR) == fresh);
    }

    /// @dev Two claims count for every number from their own on.
    function check_claims_are_summed_by_number(uint64 a, uint96 first, uint64 b, uint96 second, uint64 at) public {
        vm.assume(a > 0 && a <= b && b <= MAX_NUMBER);
        settlement.addClaim(COORDINATOR, MINER, a, first);
        settlement.addClaim(COORDINATOR, MINER, b, second);
        uint256 expected = (a <= at ? uint256(first) : 0) + (b <= at ? uint256(second) : 0);
        assert(settlement.claimedUpTo(COORDINATOR, MINER, at) == expected);
        assert(settlement.lastClaimOf(COORDINATOR, MINER) == b);
    }

    /// @dev A voucher is paid as far as escrow goes, and both counters rise by that.
    function check_a_voucher_pays_what_there_is(uint96 settled, uint128 cumulative) public {
        vm.assume(settled <= PREPAID);
        prepay(PREPAID);
        settlement.store(COORDINATOR, MINER, Account(settled, settled, 5, false));
        bool done = redeem(cumulative, 5);
        Account memory now_ = account();
        assert(done == (cumulative > settled));
        uint256 owed = done ? cumulative - settled : 0;
        uint256 paid = owed < PREPAID ? owed : PREPAID;
        assert(now_.settled == settled + paid && now_.withdrawn == settled + paid);
        assert(settlement.creditOf(MINER) == paid);
        assert(settlement.escrowOf(COORDINATOR).balance == PREPAID - paid);
    }

    /// @dev A voucher moves `through`, and the mark of those that were not paid in full moves with it only then.
    function check_a_voucher_moves_through(uint64 before, uint64 through, bool enough) public {
        vm.assume(before <= MAX_NUMBER);
        prepay(PREPAID);
        settlement.store(COORDINATOR, MINER, Account(3, 3, before, false));
        bool done = redeem(uint128(PREPAID + (enough ? 3 : 4)), through);
        assert(done == (through <= MAX_NUMBER));
        bool moved = done && through > before;
        assert(account().through == (moved ? through : before));
        assert(settlement.unpaidThroughOf(COORDINATOR, MINER) == (moved && !enough ? through : 0));
    }

    /// @dev A voucher and a batch of a coordinator by the rules leave the same counters in either order.
    function check_a_voucher_and_a_batch_in_either_order(
        uint96 voucher,
        uint64 voucherThrough,
        uint96 batch,
        uint64 batchThrough
    ) public {
        vm.assume(voucherThrough <= MAX_NUMBER && batchThrough <= MAX_NUMBER);
        // C(n) is a function of n that never falls.
        vm.assume(
            voucherThrough < batchThrough
                ? voucher <= batch
                : voucherThrough > batchThrough ? voucher >= batch : voucher == batch
        );
        vm.assume(max(voucher, batch) <= PREPAID);
        SettlementHarness first = settlement;
        prepay(PREPAID);
        redeem(voucher, voucherThrough);
        assert(settle(batch, batchThrough));
        checkFunds();
        deploy();
        prepay(PREPAID);
        assert(settle(batch, batchThrough));
        redeem(voucher, voucherThrough);
        checkFunds();
        Account memory one = first.accountOf(COORDINATOR, MINER);
        Account memory other = account();
        assert(one.settled == other.settled && one.settled == max(voucher, batch));
        // A voucher that owes nothing is refused, and accounts for no tickets.
        assert(one.through == other.through || max(voucher, batch) == batch);
    }
}
