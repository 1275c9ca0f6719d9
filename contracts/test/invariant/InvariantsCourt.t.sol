// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, State} from "../../src/court/Cases.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Ballot, Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {CourtBase} from "../harness/CourtBase.sol";
import {FuzzSelector} from "./InvariantsPayments.t.sol";

/// @dev Cases over a miner's receipts, six jurors that vote as it comes, and everybody who tries everything at any
/// time. Calls that may fail are tried; what fails must not fail by a panic.
contract CourtHandler is CourtBase {
    uint256 private constant TICKETS = 40;

    bytes32[] public cases;
    uint256 public donated;
    string public violation;
    /// How often something happened, so that a test can tell that it does.
    mapping(string what => uint256) public census;

    mapping(bytes32 id => State) private known;
    mapping(uint256 number => bool) private proven;
    mapping(bytes32 id => mapping(uint256 round => mapping(address juror => bool))) private votes;

    constructor() {
        deployCourt();
        fund(MINER_OWNER, 5_000_000e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 5_000_000e18);
        cai.transfer(ALICE, 10_000_000e18);
    }

    /// @dev Remembers that a call failed by a panic.
    function examine(bytes memory reason) private {
        if (bytes4(reason) == 0x4e487b71) violation = "panic";
    }

    modifier watched() {
        _;
        for (uint256 i = 0; i < cases.length; ++i) {
            State state = court.caseOf(cases[i]).state;
            if (known[cases[i]] != State.Open && state != known[cases[i]]) violation = "a verdict changed";
            known[cases[i]] = state;
            if (court.ballotOf(cases[i], 1, miner).seats != 0) violation = "the accused sat";
            if (court.ballotOf(cases[i], 2, miner).seats != 0) violation = "the accused sat";
        }
    }

    function openOne(uint256 number) external watched {
        number %= TICKETS;
        Messages.Ticket memory order = ticketOf(number, 1);
        order.deadline = 1_800_000_000;
        Messages.Receipt memory answer = receiptOf(order, "output");
        bytes32 key = digestOf(Messages.hash(answer));
        (bytes memory t, bytes memory r) = (signTicket(order), signReceipt(answer));
        uint256 held = cai.balanceOf(address(court));
        uint96 bond = court.parameters().bond;
        vm.prank(ALICE);
        try court.open(order, t, answer, r, "") {
            if (known[key] != State.None) violation = "a receipt was tried twice";
            cases.push(key);
            known[key] = State.Open;
            if (cai.balanceOf(address(court)) - held != bond) violation = "a bond was not taken";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function equivocate(uint256 number, bytes32 output) external watched {
        number %= TICKETS;
        Messages.Ticket memory order = ticketOf(number, 1);
        order.deadline = 1_800_000_000;
        Messages.Receipt memory a = receiptOf(order, "output");
        Messages.Receipt memory b = receiptOf(order, output);
        (bytes memory t, bytes memory sa, bytes memory sb) = (signTicket(order), signReceipt(a), signReceipt(b));
        // Small, so that stake remains for other actions.
        Parameters memory terms = court.parameters();
        uint256 stake = staking.slashableOf(miner);
        try court.proveEquivocation(order, t, a, sa, b, sb) returns (uint256 taken) {
            if (proven[number]) violation = "evidence was used twice";
            proven[number] = true;
            ++census["equivocation"];
            if (taken != stake * terms.equivocationBps / 10_000) violation = "a slash of another size";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function setParameters(uint96 bond, uint16 falsified, uint16 juror) external {
        vm.prank(GOVERNOR);
        court.setParameters(
            Parameters(
                uint96(bound(bond, 10e18, 100_000e18)),
                100,
                uint16(bound(falsified, 100, 1_000)),
                uint16(bound(juror, 0, 100))
            )
        );
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 1, 1e18);
        cai.transfer(address(court), amount);
        donated += amount;
    }

    /// @dev Some blocks, or to the beginning of the next epoch.
    function pass(uint256 seed) external {
        uint256 next = (block.number / EPOCH + 1) * EPOCH;
        vm.roll(seed % 3 == 0 ? block.number + seed % 40 : next + seed % 3);
    }

    function record() external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            try court.recordSeed(cases[i]) {}
            catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    /// @dev Each case leans to one side, so that there are verdicts.
    function commit(uint256 seed) external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            uint256 round = court.caseOf(cases[i]).round;
            for (uint256 j = 0; j < JURORS; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                if (seed % 4 == 0) continue;
                bool guilty = (seed >> 8) % 8 == 0 ? seed >> 255 == 0 : uint256(cases[i]) % 2 == 0;
                bytes32 commitment = court.commitmentOf(cases[i], round, jurors[j], guilty, SALT);
                vm.prank(jurors[j]);
                try court.commit(cases[i], commitment) {
                    votes[cases[i]][round][jurors[j]] = guilty;
                } catch (bytes memory reason) {
                    examine(reason);
                }
            }
        }
    }

    function reveal(uint256 seed) external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            uint256 round = court.caseOf(cases[i]).round;
            for (uint256 j = 0; j < JURORS; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                if (seed % 4 == 0) continue;
                bool guilty = votes[cases[i]][round][jurors[j]];
                vm.prank(jurors[j]);
                try court.reveal(cases[i], guilty, SALT) {}
                catch (bytes memory reason) {
                    examine(reason);
                }
            }
        }
    }

    function resolveAll() external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory old = court.caseOf(cases[i]);
            uint256 had = cai.balanceOf(ALICE);
            uint256 stake = staking.slashableOf(miner);
            try court.resolve(cases[i]) {
                Case memory current = court.caseOf(cases[i]);
                uint256 taken = stake - staking.slashableOf(miner);
                uint256 got = cai.balanceOf(ALICE) - had;
                if (current.state == State.Guilty) {
                    ++census["guilty"];
                    if (taken != stake * old.falsifiedBps / 10_000) violation = "a slash of another size";
                    if (got != old.bond + taken / 5 / 2) violation = "a challenger was paid wrongly";
                    if (old.guiltySeats * 3 < (old.guiltySeats + old.innocentSeats) * 2) violation = "no two thirds";
                } else {
                    if (taken != 0) violation = "slashed without a verdict";
                    if (got != (current.state == State.Void ? old.bond : 0)) violation = "a bond went astray";
                    if (current.state == State.Innocent) ++census["innocent"];
                    else if (current.state == State.Void) ++census["void"];
                    else ++census["second draw"];
                }
            } catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    function settle(uint256 seed) external watched {
        if (cases.length == 0) return;
        bytes32 key = cases[seed % cases.length];
        for (uint256 i = 0; i < JURORS; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 stake = staking.slashableOf(jurors[i]);
            uint256 had = cai.balanceOf(jurorOwner(i));
            try court.settleJuror(key, 1 + seed % 2, jurors[i]) returns (uint256 reward, uint256 docked) {
                if (reward != 0) ++census["reward"];
                if (docked != 0) ++census["docked"];
                if (reward != 0 && docked != 0) violation = "rewarded and docked";
                if (cai.balanceOf(jurorOwner(i)) - had != reward) violation = "a reward went astray";
                if (stake - staking.slashableOf(jurors[i]) != docked) violation = "a juror was docked wrongly";
                if (docked > stake / 100) violation = "docked too much";
            } catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    // --------------------------------------------------------------------------------------------------- views

    /// @dev What the court holds, and what it owes: bonds of open cases and rewards not paid yet.
    function audit() external view returns (uint256 held, uint256 owed) {
        held = cai.balanceOf(address(court));
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory entry = court.caseOf(cases[i]);
            if (entry.state == State.Open) owed += entry.bond;
            if (entry.state == State.Open || entry.state == State.Void) continue;
            Vote right = entry.state == State.Guilty ? Vote.Guilty : Vote.Innocent;
            for (uint256 j = 0; j < JURORS; ++j) {
                Ballot memory ballot = court.ballotOf(cases[i], entry.round, jurors[j]);
                if (ballot.vote == right) owed += uint256(entry.rewardPerSeat) * ballot.seats;
            }
        }
    }

    /// @dev Revealed seats, counted one by one, are those of the case.
    function seatsAgree() external view returns (bool) {
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory entry = court.caseOf(cases[i]);
            if (entry.state != State.Open) continue;
            (uint256 guilty, uint256 innocent) = (0, 0);
            for (uint256 j = 0; j < JURORS; ++j) {
                Ballot memory ballot = court.ballotOf(cases[i], entry.round, jurors[j]);
                if (ballot.vote == Vote.Guilty) guilty += ballot.seats;
                if (ballot.vote == Vote.Innocent) innocent += ballot.seats;
            }
            if (guilty != entry.guiltySeats || innocent != entry.innocentSeats) return false;
        }
        return true;
    }

    /// @dev The sum of all CAI in the network, to the wei.
    function scattered() external view returns (bool) {
        uint256 sum = cai.balanceOf(address(this)) + cai.balanceOf(ALICE) + cai.balanceOf(MINER_OWNER)
            + cai.balanceOf(address(court)) + cai.balanceOf(address(staking)) + cai.balanceOf(BURN);
        for (uint256 i = 0; i < JURORS; ++i) {
            sum += cai.balanceOf(jurorOwner(i));
        }
        return sum == cai.totalSupply();
    }

    /// @dev Time passes until every case is closed and every juror settled.
    function finish() external {
        for (uint256 i = 0; i < cases.length; ++i) {
            id = cases[i];
            for (uint256 round = 0; round < 2 && court.caseOf(id).state == State.Open; ++round) {
                if (court.caseOf(id).seed == 0) {
                    uint256 epoch = block.number / EPOCH + 1;
                    toEpoch(epoch < drawEpoch() ? drawEpoch() : epoch, 1);
                    court.recordSeed(id);
                }
                uint256 over = (drawEpoch() + 2) * EPOCH;
                if (block.number < over) vm.roll(over);
                court.resolve(id);
            }
            for (uint256 round = 1; round <= 2; ++round) {
                for (uint256 j = 0; j < JURORS; ++j) {
                    Ballot memory ballot = court.ballotOf(id, round, jurors[j]);
                    if (ballot.seats != 0 && ballot.vote != Vote.Settled) court.settleJuror(id, round, jurors[j]);
                }
            }
        }
    }
}

/// forge-config: default.invariant.fail-on-revert = true
contract CourtInvariants is CourtBase {
    CourtHandler private handler;

    function setUp() public {
        handler = new CourtHandler();
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[13] memory all = [
            CourtHandler.openOne.selector,
            CourtHandler.openOne.selector,
            CourtHandler.equivocate.selector,
            CourtHandler.setParameters.selector,
            CourtHandler.donate.selector,
            CourtHandler.pass.selector,
            CourtHandler.pass.selector,
            CourtHandler.record.selector,
            CourtHandler.record.selector,
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

    /// @dev What the campaign is meant to reach does happen when its calls come at random.
    function test_the_campaign_reaches_everything() public {
        FuzzSelector[] memory targets = this.targetSelectors();
        bytes4[] memory selectors = targets[0].selectors;
        uint256 seed = 1;
        for (uint256 i = 0; i < 600; ++i) {
            bytes memory arguments;
            for (uint256 j = 0; j < 3; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                arguments = bytes.concat(arguments, abi.encode(seed % type(uint16).max));
            }
            (bool done,) = address(handler).call(bytes.concat(selectors[seed % selectors.length], arguments));
            vm.assertTrue(done);
            if (i % 100 == 0) invariant_court();
        }
        string[7] memory names = ["guilty", "innocent", "void", "second draw", "equivocation", "reward", "docked"];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.census(names[i]), 0, names[i]);
        }
    }

    /// @dev One campaign for all: running each alone would take that many times as long.
    function invariant_court() public view {
        (uint256 held, uint256 owed) = handler.audit();
        vm.assertEq(held, owed + handler.donated(), "bonds and rewards");
        vm.assertTrue(handler.seatsAgree(), "seats");
        vm.assertTrue(handler.scattered(), "supply");
        vm.assertEq(handler.violation(), "");
    }

    /// @dev Every case ends, every juror is settled, and nothing is left.
    function afterInvariant() public {
        handler.finish();
        (uint256 held, uint256 owed) = handler.audit();
        vm.assertEq(owed, 0);
        vm.assertEq(held, handler.donated());
    }
}
