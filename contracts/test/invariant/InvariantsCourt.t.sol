// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {CourtHandler} from "../harness/CourtHandler.sol";

/// @dev What forge asks for: a contract and the functions of it that it may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @dev Campaigns against a court, one for each property.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: default.invariant.runs = 12
contract CourtInvariants {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    CourtHandler private handler;

    function setUp() public {
        handler = new CourtHandler();
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[18] memory all = [
            CourtHandler.open.selector,
            CourtHandler.open.selector,
            CourtHandler.join.selector,
            CourtHandler.withdrawOne.selector,
            CourtHandler.equivocate.selector,
            CourtHandler.setParameters.selector,
            CourtHandler.donate.selector,
            CourtHandler.pass.selector,
            CourtHandler.pass.selector,
            CourtHandler.pass.selector,
            CourtHandler.move.selector,
            CourtHandler.summon.selector,
            CourtHandler.summon.selector,
            CourtHandler.commit.selector,
            CourtHandler.commit.selector,
            CourtHandler.reveal.selector,
            CourtHandler.resolveAll.selector,
            CourtHandler.settle.selector
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
    function test_the_campaigns_reach_everything() public {
        bytes4[] memory selectors = targetSelectors()[0].selectors;
        uint256 seed = 1;
        for (uint256 i = 0; i < 900; ++i) {
            bytes memory arguments;
            for (uint256 j = 0; j < 3; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                arguments = bytes.concat(arguments, abi.encode(j == 0 ? seed : seed % type(uint16).max));
            }
            bytes4 selector = selectors[(seed >> 32) % selectors.length];
            if (selector == CourtHandler.setParameters.selector) arguments = abi.encode(seed % 1e24, 5, seed % 1e20);
            (bool done,) = address(handler).call(bytes.concat(selector, arguments));
            vm.assertTrue(done);
        }
        everything();
        string[14] memory names = [
            "guilty",
            "innocent",
            "unavailable",
            "none",
            "second draw",
            "again",
            "join",
            "withdrawal",
            "summons",
            "reveal",
            "slash",
            "equivocation",
            "reward",
            "docked"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.census(names[i]), 0, names[i]);
        }
        afterInvariant();
    }

    function everything() private view {
        invariant_bonds_in_are_bonds_out_and_held();
        invariant_revealed_seats_are_counted();
        invariant_one_rate_for_every_verdict();
        invariant_open_cases_are_counted();
        invariant_parties_do_not_judge();
        invariant_the_accused_gains_nothing();
        invariant_nothing_forbidden_happened();
    }

    function invariant_bonds_in_are_bonds_out_and_held() public view {
        (uint256 held, uint256 owed) = handler.audit();
        vm.assertEq(held, owed + handler.donated());
    }

    function invariant_revealed_seats_are_counted() public view {
        vm.assertTrue(handler.seatsAgree());
    }

    /// @dev F7: a seat on the winning side gets the same, whatever the verdict.
    function invariant_one_rate_for_every_verdict() public view {
        vm.assertTrue(handler.ratesAgree());
    }

    function invariant_open_cases_are_counted() public view {
        vm.assertEq(handler.openCases(), handler.openCount());
    }

    function invariant_parties_do_not_judge() public view {
        vm.assertTrue(handler.partiesAreOut());
    }

    /// @dev C-1: the accused's owner, also as challenger, juror, summoner and finder, never has more than it had; what
    /// its voters lose goes to nobody.
    function invariant_the_accused_gains_nothing() public view {
        vm.assertLe(handler.wealth(), handler.wealthAtFirst() + 1e6);
    }

    /// @dev Cases moved forward only, no receipt was punished twice, nobody was docked more than a dock for each seat,
    /// summons cost a tenth of a bond at most, no call failed by a panic.
    function invariant_nothing_forbidden_happened() public view {
        vm.assertEq(handler.violation(), "");
    }

    /// @dev Every case ends, every juror is settled, every bond leaves, and nothing is left but what was given.
    function afterInvariant() public {
        handler.finish();
        (uint256 held, uint256 owed) = handler.audit();
        vm.assertEq(owed, 0);
        vm.assertEq(held, handler.donated());
        vm.assertEq(handler.violation(), "");
    }
}
