// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Vm} from "forge-std/Vm.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Staking} from "../../src/Staking.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";

/// @dev Properties for every caller and every amount, proven by Halmos (`tools/halmos`): who may call what, and that
/// free stake is what was paid in. Forge does not run them; products of two unknowns are left to its fuzzing.
contract SymbolicTest {
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
}
