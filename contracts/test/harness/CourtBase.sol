// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Wiring} from "../../script/Wiring.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {JurorRegistry} from "../../src/JurorRegistry.sol";
import {Case, State} from "../../src/court/Cases.sol";
import {Parameters, Terms} from "../../src/court/CourtParameters.sol";
import {Item} from "../../src/court/Evidence.sol";
import {Ballot, Draw, Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {KnownRandomness} from "./KnownRandomness.sol";
import {NetworkBase} from "./NetworkBase.sol";

/// @dev A network with a court: six more miners that have declared a model, each with a sixth of the declared stake, and
/// so about five seats of a first draw.
abstract contract CourtBase is NetworkBase {
    uint256 internal constant JURORS = 6;
    uint256 internal constant SEATS = 31;
    uint256 internal constant JUROR_STAKE = 500_000e18;
    uint256 internal constant FIRST_JUROR_KEY = 0x7000;
    uint96 internal constant BOND = 1_000e18;
    uint96 internal constant DOCK = 20e18;
    /// @dev What a seat on the winning side gets of the smallest bond.
    uint256 internal constant SEAT_REWARD = uint256(BOND) / 2 / (3 * SEATS);
    /// @dev What summoning one node pays of the smallest bond.
    uint256 internal constant FEE = uint256(BOND) / 10 / (4 * SEATS);
    bytes32 internal constant MODEL = "model";
    address internal constant BOB = address(0xB0B);

    /// @dev Votes of all six jurors, two bits each: 1 guilty, 2 innocent, 3 unavailable, 0 does not vote.
    uint256 internal constant GUILTY = 0x555;
    uint256 internal constant INNOCENT = 0xAAA;
    uint256 internal constant UNAVAILABLE = 0xFFF;

    DisputeCourt internal court;
    JurorRegistry internal registry;
    KnownRandomness internal randomness;
    address[] internal jurors;
    bytes32 internal id;
    Messages.Ticket internal ticket;
    Messages.Receipt internal receipt;
    /// @dev Epoch in which the jurors declared the model.
    uint256 internal declaredIn;

    function deployCourt() internal {
        deployNetwork();
        randomness = new KnownRandomness();
        registry = new JurorRegistry(staking);
        court = newCourt(SEATS);
        for (uint256 i = 0; i < JURORS; ++i) {
            jurors.push(newNode(jurorOwner(i), FIRST_JUROR_KEY + i, Role.Miner, JUROR_STAKE));
            declareAs(jurors[i], MODEL);
        }
        declaredIn = now_();
        vm.warp(block.timestamp + 3 * EPOCH);
        rich(ALICE);
        rich(BOB);
        (ticket, receipt) = order(1);
        id = idOf(receipt);
    }

    /// @dev Id of the evidence that the miner signed two receipts for a ticket.
    function equivocationId(bytes32 ticketDigest) internal view returns (bytes32) {
        return keccak256(abi.encode(keccak256("equivocation"), ticketDigest, miner));
    }

    function newCourt(uint256 seats) internal returns (DisputeCourt made) {
        made = new DisputeCourt(
            staking, address(settlement), registry, randomness, address(manager), terms(seats), defaults()
        );
        Wiring.court(manager, made);
    }

    function terms(uint256 seats) internal pure returns (Terms memory) {
        return Terms({seats: seats, window: WINDOW, minimumJury: 200_000e18});
    }

    function defaults() internal pure returns (Parameters memory) {
        return Parameters({bond: BOND, bondBps: 50, equivocationBps: 5_000, falsifiedBps: 2_000, jurorDock: DOCK});
    }

    function rich(address who) internal {
        cai.transfer(who, 1_000 * uint256(BOND));
        vm.prank(who);
        cai.approve(address(court), type(uint256).max);
    }

    function jurorOwner(uint256 i) internal pure returns (address) {
        return address(uint160(0x70000 + i));
    }

    function declareAs(address node, bytes32 manifest) internal {
        vm.prank(node);
        registry.declare(one(manifest));
    }

    /// @dev Everybody's declarations count for one more unbonding period.
    function refreshRecords() internal {
        for (uint256 i = 0; i < JURORS; ++i) {
            registry.refresh(jurors[i], one(MODEL));
        }
    }

    function one(bytes32 word) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = word;
    }

    function one(address node) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = node;
    }

    // ----------------------------------------------------------------------------------------------------- time

    function now_() internal view returns (uint256) {
        return vm.getBlockTimestamp() / EPOCH;
    }

    /// @dev Moves to `time` seconds after the beginning of an epoch.
    function toEpoch(uint256 epoch, uint256 time) internal {
        vm.warp(epoch * EPOCH + time);
    }

    function roundNow() internal view returns (uint256) {
        return court.caseOf(id).round;
    }

    function drawEpoch() internal view returns (uint256) {
        Case memory entry = court.caseOf(id);
        return uint256(entry.epoch) + (entry.round % 2 == 1 ? 1 : 4);
    }

    // ------------------------------------------------------------------------------------------------ evidence

    /// @dev A ticket for the model, and its receipt.
    function order(uint256 number) internal view returns (Messages.Ticket memory t, Messages.Receipt memory r) {
        t = ticketOf(number, 1e18);
        t.model = MODEL;
        r = receiptOf(t, "output");
    }

    function idOf(Messages.Receipt memory r) internal view returns (bytes32) {
        return keccak256(abi.encode(one(digestOf(Messages.hash(r)))));
    }

    function itemOf(Messages.Ticket memory t, Messages.Receipt memory r) internal view returns (Item memory) {
        return Item(t, signTicket(t), r, signReceipt(r));
    }

    function itemsOf(Messages.Ticket memory t, Messages.Receipt memory r) internal view returns (Item[] memory items) {
        items = new Item[](1);
        items[0] = itemOf(t, r);
    }

    /// @dev The receipts of tickets `first` and so on, in order.
    function itemsOf(uint256 first, uint256 count) internal view returns (Item[] memory items) {
        items = new Item[](count);
        for (uint256 i = 0; i < count; ++i) {
            (Messages.Ticket memory t, Messages.Receipt memory r) = order(first + i);
            uint256 at = i;
            for (; at > 0 && digestOf(Messages.hash(items[at - 1].receipt)) > digestOf(Messages.hash(r)); --at) {
                items[at] = items[at - 1];
            }
            items[at] = itemOf(t, r);
        }
    }

    function idOf(Item[] memory items) internal view returns (bytes32) {
        bytes32[] memory receipts = new bytes32[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            receipts[i] = digestOf(Messages.hash(items[i].receipt));
        }
        return keccak256(abi.encode(receipts));
    }

    // --------------------------------------------------------------------------------------------------- a case

    function openCase() internal {
        openAs(ALICE, itemsOf(ticket, receipt));
    }

    function openAs(address who, Item[] memory items) internal returns (bytes32) {
        vm.prank(who);
        id = court.open(items, "bundles");
        return id;
    }

    /// @dev Records the seed of the current draw, at the beginning of its epoch.
    function draw() internal {
        toEpoch(drawEpoch(), 1);
        recordSeed();
    }

    function recordSeed() internal {
        uint64 round = court.seedRoundOf(id, roundNow());
        randomness.set(round, keccak256(abi.encode("seed", round)));
    }

    function openAndDraw() internal {
        openCase();
        draw();
    }

    function summonAll() internal returns (uint256 fee) {
        return court.summon(id, jurors);
    }

    function commitAs(address juror, Vote vote) internal {
        bytes32 commitment = court.commitmentOf(id, roundNow(), juror, vote, SALT);
        vm.prank(juror);
        court.commit(id, commitment);
    }

    function revealAs(address juror, Vote vote) internal {
        vm.prank(juror);
        court.reveal(id, vote, SALT);
    }

    function voteOf(uint256 votes, uint256 i) internal pure returns (Vote) {
        uint256 bits = votes >> 2 * i & 3;
        return bits == 0 ? Vote.None : Vote(bits + 2);
    }

    /// @dev Drawn jurors commit to their votes.
    function commitAll(uint256 votes) internal {
        for (uint256 i = 0; i < JURORS; ++i) {
            if (voteOf(votes, i) == Vote.None || court.seatsOf(id, jurors[i]) == 0) continue;
            commitAs(jurors[i], voteOf(votes, i));
        }
    }

    /// @dev Those who committed reveal, in the middle of the next epoch.
    function revealAll(uint256 votes) internal {
        toEpoch(drawEpoch() + 1, EPOCH / 2);
        for (uint256 i = 0; i < JURORS; ++i) {
            if (ballot(roundNow(), i).vote == Vote.Committed) revealAs(jurors[i], voteOf(votes, i));
        }
    }

    function resolve() internal {
        uint256 over = (drawEpoch() + 2) * EPOCH;
        if (vm.getBlockTimestamp() < over) vm.warp(over);
        court.resolve(id);
    }

    /// @dev The current draw from its seed to its end; nobody is summoned.
    function ballots(uint256 votes) internal {
        draw();
        commitAll(votes);
        revealAll(votes);
        resolve();
    }

    /// @dev From the opening to the end of the first draw.
    function trial(uint256 votes) internal {
        openCase();
        ballots(votes);
    }

    /// @dev Two draws that nobody attends.
    function lapse() internal {
        toEpoch(uint256(court.caseOf(id).epoch) + 6, 0);
        court.resolve(id);
    }

    // ---------------------------------------------------------------------------------------------------- views

    function ballot(uint256 round, uint256 i) internal view returns (Ballot memory) {
        return court.ballotOf(id, round, jurors[i]);
    }

    function drawnIn(uint256 round) internal view returns (Draw memory) {
        return court.drawOf(id, round);
    }

    function stateIs(State state) internal view {
        vm.assertEq(uint256(court.caseOf(id).state), uint256(state), "state");
    }

    function settleAll(uint256 round) internal returns (uint256 rewards, uint256 docked) {
        for (uint256 i = 0; i < JURORS; ++i) {
            Vote vote = ballot(round, i).vote;
            if (vote == Vote.None || vote == Vote.Settled) continue;
            (uint256 reward, uint256 loss) = court.settleJuror(id, round, jurors[i]);
            rewards += reward;
            docked += loss;
        }
    }
}
