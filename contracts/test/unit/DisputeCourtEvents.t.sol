// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {JurorRegistry} from "../../src/JurorRegistry.sol";
import {Case, Cases, State} from "../../src/court/Cases.sol";
import {CourtParameters, Parameters} from "../../src/court/CourtParameters.sol";
import {Ballot, Draw, Jury, Outcome, Vote} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {CourtHandler} from "../harness/CourtHandler.sol";

/// @dev L-2: whoever reads the logs from the first block on knows everything that the court and its registry know. The
/// court is driven at random; a second set of books is kept from its logs alone, and compared with its views.
contract DisputeCourtEventsTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    CourtHandler private handler;
    DisputeCourt private court;
    JurorRegistry private registry;

    Parameters private parameters;
    bytes32[] private cases;
    mapping(bytes32 id => Case) private book;
    mapping(bytes32 id => address[]) private challengers;
    mapping(bytes32 id => bytes32[]) private receipts;
    mapping(bytes32 id => mapping(address challenger => uint256)) private owed;
    mapping(bytes32 id => mapping(uint256 round => Draw)) private draws;
    mapping(bytes32 id => mapping(uint256 round => mapping(address juror => Ballot))) private ballots;
    uint256 private opened;

    address[] private nodes;
    mapping(address node => bool) private seen;
    mapping(address node => mapping(bytes32 manifest => bool)) private declared;
    mapping(address node => mapping(bytes32 manifest => uint256)) private stakes;

    function setUp() public {
        vm.recordLogs();
        handler = new CourtHandler();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == CourtParameters.ParametersSet.selector) court = DisputeCourt(logs[i].emitter);
            if (topic == JurorRegistry.ManifestDeclared.selector) registry = JurorRegistry(logs[i].emitter);
        }
        fold(logs);
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_logs_rebuild_everything(uint256 seed) public {
        bytes4[15] memory selectors = [
            CourtHandler.open.selector,
            CourtHandler.open.selector,
            CourtHandler.join.selector,
            CourtHandler.withdrawOne.selector,
            CourtHandler.pass.selector,
            CourtHandler.pass.selector,
            CourtHandler.pass.selector,
            CourtHandler.move.selector,
            CourtHandler.summon.selector,
            CourtHandler.commit.selector,
            CourtHandler.commit.selector,
            CourtHandler.reveal.selector,
            CourtHandler.resolveAll.selector,
            CourtHandler.settle.selector,
            CourtHandler.setParameters.selector
        ];
        for (uint256 i = 0; i < 120; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes4 selector = selectors[(seed >> 64) % selectors.length];
            bytes memory arguments = selector == CourtHandler.setParameters.selector
                ? abi.encode(seed % 1e22, seed % 100, seed % 1e20)
                : abi.encode(seed);
            (bool done,) = address(handler).call(bytes.concat(selector, arguments));
            vm.assertTrue(done);
            fold(vm.getRecordedLogs());
        }
        compare();
        compareRegistry();
    }

    // ------------------------------------------------------------------------------------------------ second books

    function fold(Vm.Log[] memory logs) private {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter == address(court)) foldCourt(logs[i]);
            if (logs[i].emitter == address(registry)) foldRegistry(logs[i]);
        }
    }

    function foldRegistry(Vm.Log memory log) private {
        address node = address(uint160(uint256(log.topics[1])));
        if (!seen[node]) nodes.push(node);
        seen[node] = true;
        bytes32 topic = log.topics[0];
        if (topic == JurorRegistry.ManifestDeclared.selector) declared[node][log.topics[2]] = true;
        if (topic == JurorRegistry.ManifestUndeclared.selector) declared[node][log.topics[2]] = false;
        if (topic == JurorRegistry.StakeRecorded.selector) {
            (, stakes[node][log.topics[2]]) = abi.decode(log.data, (uint256, uint256));
        }
    }

    function foldCourt(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == CourtParameters.ParametersSet.selector) {
            parameters = abi.decode(log.data, (Parameters));
        }
        if (log.topics.length < 2) return;
        bytes32 id = log.topics[1];
        if (topic == Cases.DisputeOpened.selector) foldOpening(id, log);
        address who = log.topics.length > 2 ? address(uint160(uint256(log.topics[2]))) : address(0);
        if (topic == Cases.DisputeJoined.selector) challengers[id].push(who);
        if (topic == Cases.BondWithdrawn.selector) owed[id][who] -= abi.decode(log.data, (uint256));
        if (topic == Jury.SummonsPaid.selector) book[id].fees += uint96(abi.decode(log.data, (uint256)));
        if (topic == Jury.Redrawn.selector) {
            (uint256 next, uint256 epoch) = abi.decode(log.data, (uint256, uint256));
            vm.assertEq(epoch, uint256(book[id].epoch) + 4);
            close(id, Outcome.None, 0);
            book[id].round = uint16(next);
        }
        if (topic == Jury.JurorSummoned.selector || topic == Jury.VoteCommitted.selector) {
            (uint256 round, uint256 seats) = abi.decode(log.data, (uint256, uint256));
            bool committed = topic == Jury.VoteCommitted.selector;
            ballots[id][round][who] = Ballot("", uint8(seats), committed ? Vote.Committed : Vote.Summoned);
        }
        if (topic == Jury.VoteRevealed.selector) foldVote(id, who, log.data);
        if (topic == Verdicts.DisputeResolved.selector) foldVerdict(id, log.data);
        if (topic == Verdicts.JurorSettled.selector) {
            (uint256 round,,, uint256 tip) = abi.decode(log.data, (uint256, uint256, uint256, uint256));
            ballots[id][round][who].vote = Vote.Settled;
            book[id].tips += uint96(tip);
        }
    }

    function foldOpening(bytes32 id, Vm.Log memory log) private {
        (bytes32 manifest, uint64 epoch, uint256 bond,,, bytes32[] memory list) =
            abi.decode(log.data, (bytes32, uint64, uint256, bytes32, bytes32[], bytes32[]));
        vm.assertEq(id, keccak256(abi.encode(list)));
        Case storage entry = book[id];
        if (entry.state == State.None) cases.push(id);
        entry.accused = address(uint160(uint256(log.topics[2])));
        entry.manifest = manifest;
        entry.epoch = uint40(epoch);
        entry.bond = uint96(bond);
        entry.state = State.Open;
        entry.round = (entry.round + 1) / 2 * 2 + 1;
        entry.falsifiedBps = parameters.falsifiedBps;
        entry.jurorDock = uint72(parameters.jurorDock);
        (entry.fees, entry.tips) = (0, 0);
        delete challengers[id];
        challengers[id].push(address(uint160(uint256(log.topics[3]))));
        receipts[id] = list;
        ++opened;
    }

    function foldVote(bytes32 id, address juror, bytes memory data) private {
        (uint256 round, Vote vote, uint256 seats) = abi.decode(data, (uint256, Vote, uint256));
        ballots[id][round][juror].vote = vote;
        Draw storage draw = draws[id][round];
        if (vote == Vote.Guilty) draw.guilty += uint24(seats);
        else if (vote == Vote.Innocent) draw.innocent += uint24(seats);
        else draw.unavailable += uint24(seats);
    }

    function foldVerdict(bytes32 id, bytes memory data) private {
        (State state,, uint256 perSeat, uint256 refund) = abi.decode(data, (State, uint256, uint256, uint256));
        Outcome outcome = Outcome.None;
        if (state == State.Guilty) outcome = Outcome.Guilty;
        else if (state == State.Innocent) outcome = Outcome.Innocent;
        else if (perSeat != 0) outcome = Outcome.Unavailable;
        close(id, outcome, perSeat);
        book[id].state = state;
        for (uint256 i = 0; i < challengers[id].length; ++i) {
            owed[id][challengers[id][i]] += refund;
        }
        --opened;
    }

    function close(bytes32 id, Outcome outcome, uint256 perSeat) private {
        Draw storage draw = draws[id][book[id].round];
        (draw.outcome, draw.rewardPerSeat, draw.jurorDock) = (outcome, uint96(perSeat), book[id].jurorDock);
    }

    // ----------------------------------------------------------------------------------------------- comparison

    function compare() private view {
        vm.assertEq(abi.encode(court.parameters()), abi.encode(parameters));
        vm.assertEq(court.openCases(), opened);
        vm.assertEq(cases.length, handler.casesCount());
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes32 id = cases[i];
            vm.assertEq(id, handler.cases(i));
            Case memory have = court.caseOf(id);
            Case memory want = book[id];
            // What the jury is drawn from follows from the registry's logs and the tickets.
            (want.records, want.firstTotal, want.secondTotal) = (have.records, have.firstTotal, have.secondTotal);
            vm.assertEq(abi.encode(have), abi.encode(want), "case");
            vm.assertEq(abi.encode(court.challengersOf(id)), abi.encode(challengers[id]), "challengers");
            vm.assertEq(abi.encode(court.receiptsOf(id)), abi.encode(receipts[id]), "receipts");
            for (uint256 j = 0; j < challengers[id].length; ++j) {
                address who = challengers[id][j];
                vm.assertEq(court.bondOf(id, who), owed[id][who], "bond");
            }
            for (uint256 round = 1; round <= have.round; ++round) {
                vm.assertEq(abi.encode(court.drawOf(id, round)), abi.encode(draws[id][round]), "draw");
                for (uint256 j = 0; j < nodes.length; ++j) {
                    Ballot memory cast = court.ballotOf(id, round, nodes[j]);
                    vm.assertEq(uint256(cast.seats), ballots[id][round][nodes[j]].seats, "seats");
                    vm.assertEq(uint256(cast.vote), uint256(ballots[id][round][nodes[j]].vote), "vote");
                }
            }
        }
    }

    function compareRegistry() private view {
        bytes32[2] memory manifests = [bytes32("model"), bytes32(0)];
        uint256 epoch = vm.getBlockTimestamp() / 30 minutes;
        for (uint256 m = 0; m < 2; ++m) {
            uint256 sum = 0;
            for (uint256 i = 0; i < nodes.length; ++i) {
                uint256 stake = stakes[nodes[i]][manifests[m]];
                vm.assertEq(registry.stakeRecorded(manifests[m], nodes[i], epoch), stake, "stake");
                vm.assertEq(registry.isDeclared(nodes[i], manifests[m]), declared[nodes[i]]["model"], "declared");
                sum += stake;
            }
            vm.assertEq(registry.totalRecorded(manifests[m], epoch), sum, "total");
        }
        vm.assertGt(nodes.length, 6);
    }
}
