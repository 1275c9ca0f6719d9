// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {State} from "../../src/court/Cases.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {NetworkBase} from "./NetworkBase.sol";

/// @dev A network with a jury: six more miners with most of the weight.
abstract contract CourtBase is NetworkBase {
    uint256 internal constant JURORS = 6;
    uint256 internal constant JUROR_STAKE = 500_000e18;
    bytes32 internal constant SALT = "salt";
    uint256 internal constant FIRST_JUROR_KEY = 0x7000;

    address[] internal jurors;
    bytes32 internal id;
    Messages.Ticket internal ticket;
    Messages.Receipt internal receipt;

    function deployCourt() internal {
        deployNetwork();
        for (uint256 i = 0; i < JURORS; ++i) {
            jurors.push(newNode(jurorOwner(i), FIRST_JUROR_KEY + i, Role.Miner, JUROR_STAKE));
        }
        cai.transfer(ALICE, 20 * BOND);
        vm.prank(ALICE);
        cai.approve(address(court), type(uint256).max);
        ticket = ticketOf(1, 1e18);
        receipt = receiptOf(ticket, "output");
        id = digestOf(Messages.hash(receipt));
    }

    function jurorOwner(uint256 i) internal pure returns (address) {
        return address(uint160(0x70000 + i));
    }

    /// @dev Moves to a block of an epoch.
    function toEpoch(uint256 epoch, uint256 blocks) internal {
        vm.roll(epoch * EPOCH + blocks);
    }

    function openCase() internal {
        vm.prank(ALICE);
        challenge(ticket, receipt);
    }

    function drawEpoch() internal view returns (uint256) {
        return court.caseOf(id).epoch;
    }

    /// @dev Records the seed, in the first block in which that can be done.
    function draw() internal {
        toEpoch(drawEpoch(), 1);
        court.recordSeed(id);
    }

    /// @dev Opens a case whose first draw gave seats to at least two jurors.
    function openAndDraw() internal {
        openCase();
        draw();
        vm.assertGe(drawnJurors(), 2, "choose another first block");
    }

    function drawnJurors() internal view returns (uint256 count) {
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.seatsOf(id, jurors[i]) != 0) ++count;
        }
    }

    function commitAs(address juror, bool guilty) internal {
        bytes32 commitment = court.commitmentOf(id, court.caseOf(id).round, juror, guilty, SALT);
        vm.prank(juror);
        court.commit(id, commitment);
    }

    function revealAs(address juror, bool guilty) internal {
        vm.prank(juror);
        court.reveal(id, guilty, SALT);
    }

    /// @dev All drawn jurors commit; those whose bit is set say guilty.
    function commitAll(uint256 votes) internal returns (uint256 guiltySeats, uint256 innocentSeats) {
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 seats = court.seatsOf(id, jurors[i]);
            if (seats == 0) continue;
            bool guilty = votes >> i & 1 == 1;
            commitAs(jurors[i], guilty);
            if (guilty) guiltySeats += seats;
            else innocentSeats += seats;
        }
    }

    /// @dev All who committed reveal, in the middle of the next epoch.
    function revealAll(uint256 votes) internal {
        toEpoch(drawEpoch() + 1, EPOCH / 2);
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.ballotOf(id, court.caseOf(id).round, jurors[i]).seats != 0) {
                revealAs(jurors[i], votes >> i & 1 == 1);
            }
        }
    }

    function resolve() internal {
        toEpoch(drawEpoch() + 2, 0);
        court.resolve(id);
    }

    /// @dev From the opening to the verdict of the first draw; every juror votes by its bit.
    function trial(uint256 votes) internal returns (uint256 guiltySeats, uint256 innocentSeats) {
        openAndDraw();
        (guiltySeats, innocentSeats) = commitAll(votes);
        revealAll(votes);
        resolve();
    }

    function stateIs(State state) internal view {
        vm.assertEq(uint256(court.caseOf(id).state), uint256(state), "state");
    }

    function settleAll(uint256 round) internal returns (uint256 rewards, uint256 docked) {
        for (uint256 i = 0; i < JURORS; ++i) {
            if (court.ballotOf(id, round, jurors[i]).seats == 0) continue;
            (uint256 reward, uint256 loss) = court.settleJuror(id, round, jurors[i]);
            rewards += reward;
            docked += loss;
        }
    }
}
