// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Vm} from "forge-std/Vm.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Staking} from "../../src/Staking.sol";
import {Pool, PoolMath} from "../../src/libraries/PoolMath.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";

/// @dev Properties for every caller and every amount, proven by Halmos (`tools/halmos`): who may call what, that free
/// stake is what was paid in, that pauses end, and what moves in a pool. Forge does not run them; products and quotients of
/// two unknowns are left to its fuzzing.
contract SymbolicTest {
    using PoolMath for Pool;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    CAIToken private cai;
    Staking private staking;

    function setUp() public {
        cai = new CAIToken(address(this));
        staking = new Staking(cai, 100, 7 days, address(new AccessManager(address(this))));
    }

    function check_nobody_without_the_role_can_slash(address caller, address node, uint256 amount, uint16 bps) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool done,) = address(staking).call(abi.encodeCall(Slashing.slash, (node, amount, bps, new bytes32[](1))));
        assert(!done);
    }

    function check_nobody_without_the_role_can_stream(address caller, uint256 amount, uint64 duration) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool done,) = address(staking).call(abi.encodeCall(Staking.notifyEmission, (Role.Miner, amount, duration)));
        assert(!done);
    }

    function check_nobody_without_the_role_can_pause(address caller) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool done,) = address(staking).call(abi.encodeCall(staking.pause, ()));
        assert(!done);
    }

    function check_a_deposit_is_what_was_paid(uint256 amount) public {
        uint256 before = cai.balanceOf(address(this));
        cai.approve(address(staking), type(uint256).max);
        (bool done,) = address(staking).call(abi.encodeCall(FreeStake.deposit, (amount)));
        uint256 paid = before - cai.balanceOf(address(this));
        assert(staking.freeStakeOf(address(this)) == paid);
        assert(cai.balanceOf(address(staking)) == paid);
        assert(!done ? paid == 0 : paid == amount);
    }

    function check_a_withdrawal_takes_no_more_than_there_is(uint256 deposited, uint256 taken) public {
        cai.approve(address(staking), type(uint256).max);
        vm.assume(deposited > 0 && deposited <= cai.balanceOf(address(this)));
        staking.deposit(deposited);
        (bool done,) = address(staking).call(abi.encodeCall(FreeStake.withdraw, (taken)));
        assert(!done || taken <= deposited);
        assert(staking.freeStakeOf(address(this)) == (done ? deposited - taken : deposited));
        assert(cai.balanceOf(address(staking)) == staking.freeStakeOf(address(this)));
    }

    function check_nobody_withdraws_the_stake_of_another(address thief, uint256 deposited, uint256 taken) public {
        vm.assume(thief != address(this) && deposited > 0 && deposited <= cai.balanceOf(address(this)));
        cai.approve(address(staking), type(uint256).max);
        staking.deposit(deposited);
        vm.prank(thief);
        (bool done,) = address(staking).call(abi.encodeCall(FreeStake.withdraw, (taken)));
        assert(!done);
        assert(staking.freeStakeOf(address(this)) == deposited);
    }

    function check_nobody_without_the_role_can_charge(address caller, address node, uint256 amount, uint16 bps) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool done,) = address(staking).call(abi.encodeCall(Slashing.charge, (node, amount, bps)));
        assert(!done);
    }

    function check_nobody_without_the_role_can_record_payments(address caller, address from, address to) public {
        vm.assume(caller != address(this));
        vm.prank(caller);
        (bool done,) = address(staking).call(abi.encodeCall(Idleness.recordPayment, (from, to)));
        assert(!done);
    }

    // ------------------------------------------------------------------------------------------------------ pauses

    function check_exits_open_after_72_hours(uint64 later) public {
        cai.approve(address(staking), 1);
        staking.deposit(1);
        vm.warp(1_800_000_000);
        staking.pause();
        vm.warp(uint256(1_800_000_000) + later);
        (bool done,) = address(staking).call(abi.encodeCall(FreeStake.withdraw, (1)));
        assert(done == (later >= 72 hours));
    }

    function check_pauses_begin_30_days_apart(uint40 ended, uint40 later) public {
        vm.assume(later >= ended);
        vm.warp(1_800_000_000);
        staking.pause();
        vm.warp(uint256(1_800_000_000) + ended);
        staking.unpause();
        vm.warp(uint256(1_800_000_000) + later);
        (bool done,) = address(staking).call(abi.encodeCall(Staking.pause, ()));
        assert(done == (later >= 30 days));
    }

    // ------------------------------------------------------------------------------------------------------- pools

    function check_a_loss_takes_tokens_only(uint128 tokens, uint128 shares, uint256 amount) public pure {
        Pool memory pool = Pool(tokens, shares, shares, 0);
        uint128 taken = pool.lose(amount);
        assert(taken == (amount < tokens ? amount : tokens));
        assert(pool.tokens == tokens - taken);
        assert(pool.shares == shares && pool.activeShares == shares);
    }

    function check_a_spent_pool_stays_spent(uint96 tokens, uint104 shares, uint96 amount) public pure {
        Pool memory pool = Pool(tokens, shares, 0, 0);
        bool before = pool.spent();
        pool.lose(amount);
        assert(!before || pool.spent());
    }

    function check_unbonding_moves_no_tokens(uint128 active, uint128 own, uint128 part, bool mine) public pure {
        vm.assume(own <= active && part <= (mine ? own : active - own));
        Pool memory pool = Pool(active, active, active, own);
        pool.unbond(part, mine);
        assert(pool.tokens == active && pool.shares == active);
        assert(pool.activeShares == active - part);
        assert(pool.ownShares == (mine ? own - part : own));
        assert(pool.ownShares <= pool.activeShares);
    }

    function check_an_empty_pool_sells_at_one(uint128 tokens, bool mine) public pure {
        Pool memory pool;
        assert(pool.join(tokens, mine) == tokens);
        assert(pool.tokens == tokens && pool.shares == tokens && pool.activeShares == tokens);
        assert(pool.ownShares == (mine ? tokens : 0));
    }
}
