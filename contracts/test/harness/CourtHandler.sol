// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Case, State} from "../../src/court/Cases.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Item} from "../../src/court/Evidence.sol";
import {Ballot, Draw, Outcome, Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev Cases over a miner's receipts, six jurors that vote as it comes, challengers that join, stake that moves, and
/// everybody who tries everything at any time. Calls that may fail are tried; what fails must not fail by a panic. A
/// voter that has nothing to do with anybody stands behind the accused.
contract CourtHandler is CourtBase {
    uint256 private constant TICKETS = 9;
    uint64 private constant DEADLINE = 1_800_000_000 + 3 * EPOCH;
    address private constant VOTER = address(0x707E);

    bytes32[] public cases;
    uint256 public donated;
    string public violation;
    /// @dev How often something happened, so that a test can tell that it does.
    mapping(string what => uint256) public census;
    /// @dev All that the owner of the accused could control.
    uint256 public wealthAtFirst;

    address[4] private people = [ALICE, BOB, jurorOwner(0), MINER_OWNER];
    mapping(bytes32 id => Case) private known;
    mapping(bytes32 receipt => uint256) private punished;
    mapping(bytes32 id => mapping(uint256 round => mapping(address juror => Vote))) private votes;

    constructor() {
        deployCourt();
        declareAs(miner, MODEL);
        fund(MINER_OWNER, 5_000_000e18);
        vm.prank(MINER_OWNER);
        staking.vote(miner, 5_000_000e18, 0);
        voteFor(miner, VOTER, 20_000_000e18);
        for (uint256 i = 0; i < people.length; ++i) {
            rich(people[i]);
            cai.transfer(people[i], 20_000_000e18);
        }
        wealthAtFirst = wealth();
    }

    function casesCount() external view returns (uint256) {
        return cases.length;
    }

    /// @dev Remembers that a call failed by a panic.
    function examine(bytes memory reason) private {
        if (bytes4(reason) == 0x4e487b71) violation = "panic";
    }

    function allowed(Case memory was, Case memory is_) private pure returns (bool) {
        if (is_.round < was.round) return false;
        if (was.state == State.Guilty || was.state == State.Innocent) return is_.state == was.state;
        if (was.state == State.Void) return is_.state == State.Void || is_.round > was.round;
        return is_.state != State.None;
    }

    /// @dev States of cases only move forward.
    modifier watched() {
        _;
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory current = court.caseOf(cases[i]);
            if (!allowed(known[cases[i]], current)) violation = "a case moved back";
            known[cases[i]] = current;
        }
    }

    function some(uint256 seed) private returns (bool) {
        if (cases.length == 0) return false;
        id = cases[seed % cases.length];
        return true;
    }

    // --------------------------------------------------------------------------------------------------- parties

    /// @dev One to three receipts of neighbouring tickets, so that sets overlap.
    function open(uint256 seed) external watched {
        uint256 first = seed % TICKETS;
        uint256 count = 1 + (seed >> 8) % 3;
        Item[] memory items = new Item[](count);
        for (uint256 i = 0; i < count; ++i) {
            Messages.Ticket memory t = ticketOf(first + i, 1e18);
            (t.model, t.deadline) = (MODEL, DEADLINE);
            Messages.Receipt memory r = receiptOf(t, "output");
            uint256 at = i;
            for (; at > 0 && digestOf(Messages.hash(items[at - 1].receipt)) > digestOf(Messages.hash(r)); --at) {
                items[at] = items[at - 1];
            }
            items[at] = itemOf(t, r);
        }
        bytes32 key = idOf(items);
        bool fresh = court.caseOf(key).state == State.None;
        uint256 held = cai.balanceOf(address(court));
        uint256 bond = court.bondFor(key, miner);
        vm.prank(people[(seed >> 16) % 4]);
        try court.open(items, bytes32(seed)) {
            if (fresh) cases.push(key);
            else ++census["again"];
            if (cai.balanceOf(address(court)) - held != bond) violation = "a bond was not taken";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function join(uint256 seed) external watched {
        if (!some(seed)) return;
        vm.prank(people[(seed >> 16) % 4]);
        try court.join(id, bytes32(seed)) {
            ++census["join"];
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function withdrawOne(uint256 seed) external watched {
        if (!some(seed)) return;
        address who = people[(seed >> 16) % 4];
        uint256 owed = court.bondOf(id, who);
        uint256 had = cai.balanceOf(who);
        try court.withdrawBond(id, who) returns (uint256 amount) {
            ++census["withdrawal"];
            if (amount != owed || cai.balanceOf(who) - had != owed) violation = "a bond went astray";
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function equivocate(uint256 number, bytes32 output) external watched {
        Messages.Ticket memory t = ticketOf(100 + number % 3, 1);
        t.deadline = DEADLINE;
        Messages.Receipt memory a = receiptOf(t, "output");
        Messages.Receipt memory b = receiptOf(t, output);
        (bytes memory st, bytes memory sa, bytes memory sb) = (signTicket(t), signReceipt(a), signReceipt(b));
        announceEarlier(court, address(this), equivocationId(a.ticket));
        try court.proveEquivocation(t, st, a, sa, b, sb, SALT) {
            if (++punished[a.ticket] != 1) violation = "evidence was used twice";
            ++census["equivocation"];
        } catch (bytes memory reason) {
            examine(reason);
        }
    }

    function setParameters(uint96 bond, uint16 falsified, uint96 dock) external {
        vm.prank(GOVERNOR);
        court.setParameters(
            Parameters(
                uint96(bound(bond, 10e18, 100_000e18)),
                uint16(bound(falsified, 0, 100)),
                100,
                uint16(bound(falsified, 100, 3_000)),
                uint96(bound(dock, 0, 1_000e18))
            )
        );
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 1, 1e18);
        cai.transfer(address(court), amount);
        donated += amount;
    }

    // ---------------------------------------------------------------------------------------------------- jurors

    /// @dev Some seconds, or to the beginning of the next epoch, where seeds are usually recorded.
    function pass(uint256 seed) external {
        if (seed % 3 == 0) {
            vm.warp(vm.getBlockTimestamp() + seed % EPOCH);
            return;
        }
        toEpoch(now_() + 1, seed % 3);
        if (seed % 7 != 0) randomness.set(uint64(now_() * EPOCH), keccak256(abi.encode(seed)));
    }

    function move(uint256 seed) external watched {
        uint256 i = seed % JURORS;
        uint256 amount = 1 + (seed >> 16) % 50_000e18;
        if ((seed >> 8) % 4 == 0) {
            vm.prank(jurorOwner(i));
            try staking.retract(jurors[i], amount) {} catch {}
        } else if ((seed >> 8) % 4 == 1) {
            registry.refresh(jurors[i], new bytes32[](0));
        } else if ((seed >> 8) % 4 == 2) {
            vm.prank(jurors[i]);
            try registry.undeclare(one(MODEL)) {} catch {}
        } else {
            vm.prank(jurors[i]);
            try registry.declare(one(MODEL)) {} catch {}
        }
    }

    function summon(uint256 seed) external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 4 == 0) continue;
            try court.summon(cases[i], jurors) returns (uint256 fee) {
                if (fee != 0) ++census["summons"];
                Case memory entry = court.caseOf(cases[i]);
                if (entry.fees > entry.bond / 10) violation = "summons cost too much";
            } catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    /// @dev Each case leans to one side, so that there are verdicts.
    function commit(uint256 seed) external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            for (uint256 j = 0; j < JURORS; ++j) {
                seed = uint256(keccak256(abi.encode(seed)));
                if (seed % 5 == 0) continue;
                // A draw that nobody has closed yet becomes the next one by the first commitment. Recorded logs hold
                // those of calls that failed, so that one must not fail.
                uint256 round = court.caseOf(cases[i]).round;
                if (now_() == uint256(court.caseOf(cases[i]).epoch) + 4 && round % 2 == 1) {
                    if (court.seatsOf(cases[i], jurors[j]) == 0) continue;
                    ++round;
                }
                uint256 lean = (seed >> 8) % 6 == 0 ? seed >> 16 : uint256(keccak256(abi.encode(cases[i], round)));
                Vote vote = Vote(3 + lean % 3);
                bytes32 commitment = court.commitmentOf(cases[i], round, jurors[j], vote, SALT);
                vm.prank(jurors[j]);
                try court.commit(cases[i], commitment) {
                    votes[cases[i]][round][jurors[j]] = vote;
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
                if (seed % 5 == 0) continue;
                vm.prank(jurors[j]);
                try court.reveal(cases[i], votes[cases[i]][round][jurors[j]], SALT) {
                    ++census["reveal"];
                } catch (bytes memory reason) {
                    examine(reason);
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------------- verdicts

    function resolveAll() external watched {
        for (uint256 i = 0; i < cases.length; ++i) {
            id = cases[i];
            uint256 stake = staking.slashableOf(miner);
            bytes32[] memory fresh = unspent();
            try court.resolve(id) {
                Case memory current = court.caseOf(id);
                Outcome outcome = court.drawOf(id, current.round).outcome;
                uint256 taken = stake - staking.slashableOf(miner);
                if (current.state != State.Guilty && taken != 0) violation = "slashed without a verdict";
                if (taken > stake * current.falsifiedBps / 10_000) violation = "slashed too much";
                if (taken != 0) _notePunishment(fresh);
                if (current.state == State.Open) ++census["second draw"];
                else if (outcome == Outcome.None) ++census["none"];
                else if (outcome == Outcome.Guilty) ++census["guilty"];
                else if (outcome == Outcome.Innocent) ++census["innocent"];
                else ++census["unavailable"];
            } catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    /// @dev The receipts of the current case that nobody was punished for so far; the others stay at zero.
    function unspent() private view returns (bytes32[] memory receipts) {
        receipts = court.receiptsOf(id);
        for (uint256 i = 0; i < receipts.length; ++i) {
            if (staking.isSpent(receipts[i])) receipts[i] = 0;
        }
    }

    /// @dev A case over some receipts that were punished before is about the others alone.
    function _notePunishment(bytes32[] memory fresh) private {
        ++census["slash"];
        bool any = false;
        for (uint256 i = 0; i < fresh.length; ++i) {
            if (fresh[i] == 0) continue;
            any = true;
            if (!staking.isSpent(fresh[i])) violation = "punished, and evidence left";
            if (++punished[fresh[i]] != 1) violation = "a receipt was punished twice";
        }
        if (!any) violation = "punished without evidence";
    }

    function settle(uint256 seed) external watched {
        if (!some(seed)) return;
        uint256 round = 1 + (seed >> 8) % (uint256(court.caseOf(id).round) + 1);
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 stake = staking.ownStakeOf(jurors[i]);
            Ballot memory cast = ballot(round, i);
            Draw memory draw_ = drawnIn(round);
            try court.settleJuror(id, round, jurors[i]) returns (uint256 reward, uint256 docked) {
                if (reward != 0) ++census["reward"];
                if (docked != 0) ++census["docked"];
                if (reward != 0 && docked != 0) violation = "rewarded and docked";
                if (reward != 0 && reward != uint256(draw_.rewardPerSeat) * cast.seats) violation = "another reward";
                if (stake - staking.ownStakeOf(jurors[i]) > docked + 1) violation = "a juror lost more";
                if (docked > uint256(draw_.jurorDock) * cast.seats) violation = "docked too much";
            } catch (bytes memory reason) {
                examine(reason);
            }
        }
    }

    // --------------------------------------------------------------------------------------------------- views

    /// @dev What the court holds, and what it owes: bonds of open cases, what challengers can withdraw, and rewards.
    function audit() external view returns (uint256 held, uint256 owed) {
        held = cai.balanceOf(address(court));
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes32 key = cases[i];
            Case memory entry = court.caseOf(key);
            if (entry.state == State.Open) owed += entry.bond * court.challengersOf(key).length - entry.fees;
            for (uint256 j = 0; j < people.length; ++j) {
                owed += court.bondOf(key, people[j]);
            }
            for (uint256 round = 1; round <= entry.round; ++round) {
                Draw memory draw_ = court.drawOf(key, round);
                for (uint256 j = 0; j < JURORS; ++j) {
                    Ballot memory cast = court.ballotOf(key, round, jurors[j]);
                    if (wins(cast.vote, draw_.outcome)) owed += uint256(draw_.rewardPerSeat) * cast.seats;
                }
            }
        }
    }

    function wins(Vote vote, Outcome outcome) private pure returns (bool) {
        return outcome >= Outcome.Guilty && uint256(vote) == uint256(outcome) + 1;
    }

    /// @dev Revealed seats, counted one by one, are those of the draw, until jurors are settled.
    function seatsAgree() external view returns (bool) {
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory entry = court.caseOf(cases[i]);
            if (entry.state != State.Open) continue;
            uint256[7] memory seats;
            for (uint256 j = 0; j < JURORS; ++j) {
                Ballot memory cast = court.ballotOf(cases[i], entry.round, jurors[j]);
                seats[uint256(cast.vote)] += cast.seats;
            }
            Draw memory draw_ = court.drawOf(cases[i], entry.round);
            if (seats[3] != draw_.guilty || seats[4] != draw_.innocent || seats[5] != draw_.unavailable) return false;
        }
        return true;
    }

    /// @dev Every closed draw pays its winning side the one rate, or what half of the bonds allow.
    function ratesAgree() external view returns (bool) {
        for (uint256 i = 0; i < cases.length; ++i) {
            Case memory entry = court.caseOf(cases[i]);
            if (entry.state == State.Open || entry.state == State.None) continue;
            Draw memory draw_ = court.drawOf(cases[i], entry.round);
            uint256 winners = draw_.outcome == Outcome.Guilty
                ? draw_.guilty
                : draw_.outcome == Outcome.Innocent ? draw_.innocent : draw_.unavailable;
            if (draw_.outcome < Outcome.Guilty) {
                if (draw_.rewardPerSeat != 0) return false;
                continue;
            }
            uint256 bonds = uint256(entry.bond) * court.challengersOf(cases[i]).length;
            uint256 rate = uint256(entry.bond) / 2 / (3 * SEATS);
            uint256 most = (bonds / 2 - entry.fees) / winners;
            if (draw_.rewardPerSeat != (rate < most ? rate : most)) return false;
        }
        return true;
    }

    function openCount() external view returns (uint256 count) {
        for (uint256 i = 0; i < cases.length; ++i) {
            if (court.caseOf(cases[i]).state == State.Open) ++count;
        }
    }

    function openCases() external view returns (uint256) {
        return court.openCases();
    }

    /// @dev Neither the accused nor a challenger has revealed a vote in a case of its own.
    function partiesAreOut() external view returns (bool) {
        for (uint256 i = 0; i < cases.length; ++i) {
            uint256 round = court.caseOf(cases[i]).round;
            if (court.ballotOf(cases[i], round, miner).seats != 0) return false;
            address[] memory challengers = court.challengersOf(cases[i]);
            for (uint256 j = 0; j < challengers.length; ++j) {
                if (challengers[j] != jurorOwner(0)) continue;
                Vote vote = court.ballotOf(cases[i], round, jurors[0]).vote;
                if (vote == Vote.Guilty || vote == Vote.Innocent || vote == Vote.Unavailable) return false;
            }
        }
        return true;
    }

    /// @dev What everybody but the accused's voter has: challengers, jurors, summoners, the accused's owner, the court.
    function wealth() public view returns (uint256 sum) {
        sum = cai.balanceOf(address(this)) + cai.balanceOf(address(court)) + staking.ownStakeOf(miner);
        sum += cai.balanceOf(ALICE) + cai.balanceOf(BOB) + cai.balanceOf(MINER_OWNER);
        for (uint256 i = 0; i < JURORS; ++i) {
            sum += cai.balanceOf(jurorOwner(i)) + staking.ownStakeOf(jurors[i]);
        }
    }

    /// @dev Time passes until every case is closed, every juror settled and every bond withdrawn.
    function finish() external {
        for (uint256 i = 0; i < cases.length; ++i) {
            id = cases[i];
            Case memory entry = court.caseOf(id);
            uint256 over = (uint256(entry.epoch) + 6) * EPOCH;
            if (vm.getBlockTimestamp() < over) vm.warp(over);
            if (entry.state == State.Open) court.resolve(id);
            if (court.caseOf(id).state == State.Open) violation = "a case does not end";
            for (uint256 round = 1; round <= entry.round + 1; ++round) {
                settleAll(round);
            }
            for (uint256 j = 0; j < people.length; ++j) {
                if (court.bondOf(id, people[j]) != 0) court.withdrawBond(id, people[j]);
            }
        }
    }
}
