// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {InvariantBase} from "../harness/InvariantBase.sol";

/// @dev Long random histories of all operations, read from their events alone.
contract StakingEventsTest is InvariantBase {
    uint256 private seed;

    function setUp() public {
        build();
    }

    function lossy() internal pure override returns (bool) {
        return true;
    }

    function draw() private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return seed;
    }

    function step() private {
        uint256 what = draw() % 24;
        (uint256 a, uint256 b, uint256 c) = (draw() % 4, draw(), draw());
        if (what < 2) handler.deposit(a, b);
        else if (what == 2) handler.withdraw(a, b % 1e24);
        else if (what < 5) handler.registerNode(a, b, c % 2 == 0, c % 3_000_000e18);
        else if (what < 7) handler.vote(a, b, c);
        else if (what == 7) handler.depositAndVote(a, b, c);
        else if (what == 8) handler.retract(a, b, c, c % 8 == 0);
        else if (what == 9) handler.release(a, b);
        else if (what == 10 && c % 8 == 0) handler.deregister(a, 0);
        else if (what == 11) handler.claim(a, b);
        else if (what == 12) handler.announceCommission(a, b, uint16(c));
        else if (what == 13) handler.startPeriod(a, b % 2 == 0);
        else if (what == 14) handler.pause(b % 2 == 0);
        else if (what == 15) handler.rotate(a, b, c);
        else if (what == 16) handler.markIdle(a, b);
        else if (what < 19) handler.recordPayment(a, b, c % 2 == 0);
        else if (what == 19) handler.charge(a, b, uint16(c));
        else if (what == 20) handler.slash(a, b, uint16(c), c % 2 == 0);
        else if (what == 21) handler.slashAgain(a, b);
        else handler.pass(b);
    }

    /// @dev Everyone has stake and a node: two coordinators and two miners.
    function begin() private {
        for (uint256 i = 0; i < 4; ++i) {
            handler.deposit(i, 15_000_000e18);
            handler.registerNode(i, i, i < 2, i < 2 ? 2_500_000e18 : 30_000e18);
        }
    }

    /// @dev The model agrees with the contract at every step of any history.
    /// forge-config: default.fuzz.runs = 8
    function testFuzz_events_tell_the_state(uint256 seed_) public {
        seed = seed_;
        begin();
        for (uint256 i = 0; i < 150; ++i) {
            step();
            vm.assertEq(handler.model().compare(target, actors), "", "differs");
        }
        vm.assertGt(handler.model().events(), 60, "events");
    }

    /// @dev What random histories really reach: each thing that a property is about happens often.
    function test_histories_reach_everything() public {
        seed = 7;
        begin();
        for (uint256 i = 0; i < 2_500; ++i) {
            step();
        }
        vm.assertEq(handler.model().compare(target, actors), "", "differs");
        string[10] memory things = [
            "slash",
            "slash with votes beyond ten times the own stake",
            "slashAgain",
            "charge",
            "rotate",
            "markIdle",
            "recordPayment",
            "pause",
            "deregister",
            "votes beyond the leverage"
        ];
        for (uint256 i = 0; i < things.length; ++i) {
            vm.assertGe(handler.reached(things[i]), i < 8 ? 3 : 1, things[i]);
        }
    }

    /// @dev A model that missed one event differs: the comparison is not empty.
    function test_a_model_without_an_event_differs() public {
        handler.deposit(0, 10_000_000e18);
        handler.registerNode(0, 0, true, 1_000_000e18);
        vm.assertEq(handler.model().compare(target, actors), "", "differs");
        cai.approve(address(target), 1e18);
        target.deposit(1e18);
        address[] memory me = new address[](1);
        me[0] = address(this);
        vm.assertEq(handler.model().compare(target, me), "free stake");
    }
}
