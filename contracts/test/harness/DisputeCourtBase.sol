// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev What the tests of the court share.
abstract contract DisputeCourtBase is CourtBase {
    uint256 internal constant ALL = type(uint256).max;

    function setUp() public {
        deployCourt();
    }

    function expect(bytes4 selector) internal {
        vm.expectRevert(abi.encodeWithSelector(selector));
    }

    function expect(bytes4 selector, address node) internal {
        vm.expectRevert(abi.encodeWithSelector(selector, node));
    }

    function challengeExternally(Messages.Ticket memory t, Messages.Receipt memory r) external {
        vm.prank(ALICE);
        court.open(t, signTicket(t), r, signReceipt(r), "evidence");
    }

    function aJuror() internal view returns (address) {
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) != 0) return jurors[i];
        }
        revert("nobody was drawn");
    }

    function verdict(uint256 votes, uint256 shown) internal {
        commitAll(votes);
        toEpoch(12, 0);
        (uint256 guilty, uint256 innocent) = (0, 0);
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 seats = court.ballotOf(id, 1, jurors[i]).seats;
            if (seats == 0 || shown >> i & 1 == 0) continue;
            revealAs(jurors[i], votes >> i & 1 == 1);
            if (votes >> i & 1 == 1) guilty += seats;
            else innocent += seats;
        }
        resolve();
        bool quorum = guilty + innocent >= 3;
        if (quorum && 2 * innocent <= guilty) stateIs(State.Guilty);
        else if (quorum && 2 * guilty <= innocent) stateIs(State.Innocent);
        else stateIs(State.Open);
        if (court.caseOf(id).state == State.Open) return;
        settleAll(1);
        vm.assertEq(cai.balanceOf(address(court)), 0);
    }
}
