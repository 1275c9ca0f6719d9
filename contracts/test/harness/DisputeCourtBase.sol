// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Item} from "../../src/court/Evidence.sol";
import {Draw, Outcome, Vote} from "../../src/court/Jury.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev What the tests of the court share.
abstract contract DisputeCourtBase is CourtBase {
    function setUp() public virtual {
        deployCourt();
    }

    function expect(bytes4 selector) internal {
        vm.expectRevert(abi.encodeWithSelector(selector));
    }

    function expect(bytes4 selector, address node) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, node));
    }

    function expect(bytes4 selector, bytes32 word) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, word));
    }

    /// @dev Signs everything before the call that is expected to fail.
    function openLater(address who, Item[] memory items) internal {
        vm.prank(who);
        court.open(items, "bundles");
    }

    function aJuror() internal view returns (address) {
        return jurors[0];
    }

    function withdraw(address who) internal returns (uint256 amount) {
        if (court.bondOf(id, who) == 0) return 0;
        return court.withdrawBond(id, who);
    }

    /// @dev What the rules say about a draw, seat by seat.
    function expected(Draw memory draw, uint256 seats) internal pure returns (Outcome) {
        (uint256 g, uint256 i, uint256 u) = (draw.guilty, draw.innocent, draw.unavailable);
        if (u * 3 >= seats) return Outcome.Unavailable;
        if ((g + i + u) * 2 < seats) return Outcome.None;
        if (g >= 2 * i) return Outcome.Guilty;
        if (i >= 2 * g) return Outcome.Innocent;
        return Outcome.None;
    }

    /// @dev Votes of the first draw, of which only a part is revealed; the outcome is what the rules say, and when all
    /// is paid the court is empty.
    function verdict(uint256 votes, uint256 shown) internal {
        commitAll(votes);
        toEpoch(drawEpoch() + 1, 0);
        for (uint256 i = 0; i < JURORS; ++i) {
            if (shown >> i & 1 == 1 && ballot(1, i).vote == Vote.Committed) revealAs(jurors[i], voteOf(votes, i));
        }
        Draw memory before = drawnIn(1);
        resolve();
        Outcome outcome = expected(before, SEATS);
        vm.assertEq(uint256(drawnIn(1).outcome), uint256(outcome), "outcome");
        if (outcome == Outcome.Guilty) stateIs(State.Guilty);
        else if (outcome == Outcome.Innocent) stateIs(State.Innocent);
        else if (outcome == Outcome.Unavailable) stateIs(State.Void);
        else stateIs(State.Open);
        settleAll(1);
        if (outcome == Outcome.None) return;
        withdraw(ALICE);
        vm.assertEq(cai.balanceOf(address(court)), 0, "everything left");
    }
}
