// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Finders} from "../../src/libraries/Finders.sol";
import {Item} from "../../src/court/Evidence.sol";
import {Case, State} from "../../src/court/Cases.sol";
import {Vote} from "../../src/court/Jury.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {CourtBase} from "./CourtBase.sol";

/// @dev One offender with every part that a person can play at once: owner and keys of a coordinator and of a miner, two
/// jurors, a finder and two challengers. Behind its miner and its coordinator others have put a thousand times its own
/// stake, which come and go. It signs, settles, proves, disputes and judges whatever it likes, in any order, replaces the
/// keys of its nodes, and signs with new and old ones. Six jurors are not its own: four are honest and vote as the
/// evidence of a case has it, and two never turn up; the honest ones hold twice the stake of the offender's jurors, and
/// the absent ones as much as those. Calls that the contracts refuse change nothing.
contract OffenderHandler is CourtBase {
    address public constant MINER_VOTER = address(0xF07E1);
    address public constant COORDINATOR_VOTER = address(0xF07E2);
    /// @dev Jurors by their index: first the offender's, then the honest ones, then those who are away.
    uint256 public constant OWN_JURORS = 2;
    uint256 public constant HONEST_JURORS = 4;
    uint256 public constant ABSENT_JURORS = 2;
    /// @dev Stake of others behind the offender's miner and its coordinator, as a multiple of its own.
    uint256 public constant LEVERAGE = 1_000;
    uint256 private constant DAY = 1 days;
    uint256 private constant FIRST_NEW_KEY = 0x9E3000;
    /// @dev Keys that are replaced in one network at most, so that its wealth is still counted quickly.
    uint256 private constant MOST_ROTATIONS = 8;

    /// @dev Rounding favours the pool, and so by less than a wei a call its owner.
    int256 private constant DUST = 1e3;

    /// @notice What the offender has won too much, if it has.
    string public violation;
    /// @dev How often something happened, so that a test can tell that it does.
    mapping(string what => uint256) public census;

    address[] private group;
    /// @dev The current keys of its nodes: coordinator, miner, jurors.
    address[] private nodes;
    /// @dev All keys that its nodes have had, in the same order.
    mapping(uint256 node => address[]) private history;
    /// @dev The private key of each of these.
    mapping(address node => uint256) private secret;
    /// @dev All keys that jurors have had, its own and others', and which are its own.
    address[] private seated;
    mapping(address juror => bool) private isOwn;
    uint256 private rotations;
    uint256 private highest;
    /// @dev What the honest jurors find in the evidence of the current case.
    Vote private truth;
    /// @dev What the offender has won or lost by the current case, from its opening on.
    int256 private byCase;

    constructor() {
        deployCourt();
        // More CAI than there is: a coordinator needs a five-hundredth of it, and what counts is what votes are to stake.
        vm.store(address(cai), keccak256(abi.encode(address(this), 0)), bytes32(uint256(10_000_000_000e18)));
        for (uint256 i = JURORS; i < OWN_JURORS + HONEST_JURORS + ABSENT_JURORS; ++i) {
            jurors.push(newNode(jurorOwner(i), FIRST_JUROR_KEY + i, Role.Miner, JUROR_STAKE));
            declareAs(jurors[i], MODEL);
        }
        vm.warp(vm.getBlockTimestamp() + 3 * EPOCH);
        group = [COORDINATOR_OWNER, coordinator, MINER_OWNER, miner, ALICE, BOB, jurorOwner(0), jurorOwner(1)];
        nodes = [coordinator, miner, jurors[0], jurors[1]];
        for (uint256 i = 0; i < group.length; ++i) {
            cai.transfer(group[i], 100_000e18);
            approveAll(group[i]);
        }
        secret[coordinator] = COORDINATOR_KEY;
        secret[miner] = MINER_KEY;
        for (uint256 i = 0; i < nodes.length; ++i) {
            history[i].push(nodes[i]);
        }
        seated = jurors;
        for (uint256 i = 0; i < OWN_JURORS; ++i) {
            isOwn[jurors[i]] = true;
        }
        voteFor(miner, MINER_VOTER, LEVERAGE * MINER_STAKE);
        voteFor(coordinator, COORDINATOR_VOTER, LEVERAGE * COORDINATOR_STAKE);
    }

    /// @dev For what is not before the court: no call may pay anything.
    modifier alone() {
        uint256 before = wealth();
        _;
        if (int256(wealth()) - int256(before) > DUST) violation = "a call paid";
    }

    /// @dev For the steps of a case: the case as a whole may not. Tips come before what the offender loses by it.
    modifier inCase() {
        uint256 before = wealth();
        _;
        byCase += int256(wealth()) - int256(before);
        if (byCase > DUST && court.caseOf(id).state != State.Open) violation = "a case paid";
    }

    /// @notice All that the offender has or can still get out of the payments and the court: those hold nobody else's.
    function wealth() public view returns (uint256 sum) {
        sum = cai.balanceOf(address(settlement)) + cai.balanceOf(address(court));
        for (uint256 i = 0; i < group.length; ++i) {
            sum += cai.balanceOf(group[i]) + staking.freeStakeOf(group[i]);
        }
        for (uint256 i = 0; i < nodes.length; ++i) {
            sum += staking.ownStakeOf(nodes[i]);
        }
    }

    // ------------------------------------------------------------------------------------------------ payments

    function prepay(uint256 amount, uint256 who) external alone {
        prank(who);
        try settlement.deposit(coordinator, bound(amount, 1, 50_000e18)) {
            note("deposit");
        } catch {}
    }

    function redeemVoucher(uint256 cumulative, uint256 through) external alone {
        Messages.Voucher memory v = any(cumulative, through);
        try settlement.redeem(v, attest(secret[coordinator], Messages.hash(v))) {
            note("voucher");
            if (coordinator != nodes[0]) note("voucher of an old key");
        } catch {}
    }

    function settleBatch(uint256 cumulative, uint256 through) external alone {
        Messages.Voucher memory v = any(cumulative, through);
        vm.prank(coordinator);
        try settlement.settle(coordinator, abi.encodePacked(miner, uint96(v.cumulative), v.through)) {
            note("batch");
        } catch {}
    }

    function claimAnswer(uint256 number, uint256 price) external alone {
        Messages.Ticket memory t = ticketOf(bound(number, 1, 200), bound(price, 1, 1_000_000e18));
        t.deadline = uint64(vm.getBlockTimestamp() - DAY);
        Messages.Receipt memory r = receiptOf(t, "output");
        (bytes memory a, bytes memory b) = (signTicket(t), signReceipt(r));
        vm.prank(miner);
        try settlement.claimTicket(t, a, r, b) {
            note("claim");
        } catch {}
    }

    function collect(bool all) external alone {
        if (all) {
            try settlement.payOut(miner) {
                note("payment");
            } catch {}
        } else {
            try settlement.collect(coordinator, miner) {
                note("collection");
            } catch {}
        }
    }

    function takeEscrow(uint256 amount, bool start) external alone {
        vm.prank(COORDINATOR_OWNER);
        if (start) {
            try settlement.startThaw(coordinator, bound(amount, 1, 50_000e18)) {} catch {}
        } else {
            try settlement.withdraw(coordinator) {
                note("withdrawal");
            } catch {}
        }
    }

    // -------------------------------------------------------------------------------------------------- proofs

    function contradict(uint256 cumulative, uint256 through, uint256 who) external alone {
        Messages.Voucher memory a = any(cumulative, through);
        Messages.Voucher memory b = voucherFor(coordinator, miner, a.cumulative - 1, a.through);
        bytes memory signatureA = attest(secret[coordinator], Messages.hash(a));
        bytes memory signatureB = attest(secret[coordinator], Messages.hash(b));
        bytes32 evidence =
            keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(a)), digestOf(Messages.hash(b))));
        announce(settlement, evidence, who);
        prank(who);
        try settlement.proveContradiction(a, signatureA, b, signatureB, SALT) {
            note("contradiction");
        } catch {}
    }

    function fallShort(uint256 cumulative, uint256 through, uint256 who) external alone {
        Messages.Voucher memory v = any(cumulative, through);
        bytes memory signature = attest(secret[coordinator], Messages.hash(v));
        announce(settlement, keccak256(abi.encode(keccak256("short settlement"), digestOf(Messages.hash(v)))), who);
        prank(who);
        try settlement.proveShortSettlement(v, signature, SALT) {
            note("short settlement");
        } catch {}
    }

    function equivocate(uint256 number, uint256 who) external alone {
        Messages.Ticket memory t = ticketOf(number, 1e18);
        (Messages.Receipt memory a, Messages.Receipt memory b) = (receiptOf(t, "one"), receiptOf(t, "two"));
        (bytes memory s, bytes memory x, bytes memory y) = (signTicket(t), signReceipt(a), signReceipt(b));
        announce(court, equivocationId(a.ticket), who);
        prank(who);
        try court.proveEquivocation(t, s, a, x, b, y, SALT) {
            note("equivocation");
            if (miner != nodes[1]) note("equivocation of an old key");
        } catch {}
    }

    // --------------------------------------------------------------------------------------------------- court

    /// @dev A case over one of its own results, which is false, true, or cannot be told.
    function accuse(uint256 who, uint256 evidence) external {
        State state = court.caseOf(id).state;
        if (state == State.Open) return;
        // A decided case makes room for one over another receipt.
        if (state != State.Void) {
            (ticket, receipt) = order(++highest + 1_000);
            id = idOf(receipt);
            byCase = 0;
            truth = evidence % 8 < 4 ? Vote.Guilty : evidence % 8 < 7 ? Vote.Innocent : Vote.Unavailable;
        }
        // The receipt may be of another key than the one in use.
        address inUse = miner;
        miner = ticket.miner;
        Item[] memory items = itemsOf(ticket, receipt);
        miner = inUse;
        prank(who);
        try court.open(items, "bundles") {
            note("case");
        } catch {}
    }

    function join(uint256 who) external inCase {
        prank(who);
        try court.join(id, "bundles") {
            note("join");
        } catch {}
    }

    /// @dev A draw, from its seed to its votes. The offender's jurors vote in one of four ways each, by two bits of
    /// `votes`, and may keep their votes to themselves; in one of eight draws the honest ones are as much at odds.
    function judge(uint256 votes, uint256 silent, uint256 who) external inCase {
        Case memory entry = court.caseOf(id);
        if (entry.state != State.Open || now_() > drawEpoch()) return;
        if (now_() < drawEpoch()) draw();
        else recordSeed();
        prank(who);
        try court.summon(id, jurors) {
            note("summons");
        } catch {}
        uint256 present = OWN_JURORS + HONEST_JURORS;
        Vote[] memory cast = new Vote[](present);
        bool odds = votes >> 100 & 7 == 0;
        for (uint256 i = 0; i < present; ++i) {
            cast[i] = i < OWN_JURORS || odds ? voteOf(votes, i) : truth;
            if (cast[i] == Vote.None) continue;
            bytes32 commitment = court.commitmentOf(id, roundNow(), jurors[i], cast[i], SALT);
            vm.prank(jurors[i]);
            try court.commit(id, commitment) {} catch {}
        }
        toEpoch(drawEpoch() + 1, 1);
        for (uint256 i = 0; i < present; ++i) {
            if (i < OWN_JURORS && silent >> i & 3 == 3) continue;
            vm.prank(jurors[i]);
            try court.reveal(id, cast[i], SALT) {
                note("vote");
            } catch {}
        }
        toEpoch(drawEpoch() + 2, 1);
        close(odds);
    }

    /// @dev Closes a draw and notes what it brought, such as that a false result found as such brought no verdict.
    function close(bool odds) private {
        uint256 stakeBefore = staking.slashableOf(miner);
        try court.resolve(id) {} catch {}
        State state = court.caseOf(id).state;
        if (state == State.Open) note("second draw");
        if (state == State.Guilty) note("guilty");
        if (state == State.Innocent) note("innocent");
        if (state == State.Void) note("void");
        if (staking.slashableOf(miner) < stakeBefore) note("slash");
        bool hung = state == State.Open || state == State.Void;
        if (!odds && hung && truth == Vote.Guilty) note("escape");
    }

    function lapseCase() external inCase {
        if (court.caseOf(id).state != State.Open) return;
        uint256 over = uint256(court.caseOf(id).epoch) + 6;
        if (now_() < over) toEpoch(over, 0);
        court.resolve(id);
        note("void");
    }

    /// @dev The offender settles every juror that can be settled, and takes the tips.
    function settleJurors(uint256 who) external inCase {
        uint256 last = court.caseOf(id).round;
        for (uint256 round = 1; round <= last; ++round) {
            for (uint256 i = 0; i < seated.length; ++i) {
                prank(who);
                try court.settleJuror(id, round, seated[i]) returns (uint256 reward, uint256 docked) {
                    if (docked != 0) note(isOwn[seated[i]] ? "its juror docked" : "docked");
                    if (reward != 0 && !isOwn[seated[i]]) note("honest juror paid");
                } catch {}
            }
        }
    }

    function takeBonds() external inCase {
        for (uint256 i = 0; i < group.length; ++i) {
            try court.withdrawBond(id, group[i]) {
                note("bond");
            } catch {}
        }
    }

    // --------------------------------------------------------------------------------------------------- stake

    function retract(uint256 which, uint256 amount) external alone {
        (address node, address owner) = own(which);
        uint256 most = staking.stakeOf(node, owner);
        if (most == 0) return;
        vm.prank(owner);
        try staking.retract(node, bound(amount, 1, most)) {
            note("retraction");
        } catch {}
    }

    function release(uint256 which) external alone {
        (address node, address owner) = own(which);
        vm.startPrank(owner);
        try staking.release(node) {
            note("release");
        } catch {}
        uint256 free = staking.freeStakeOf(owner);
        if (free != 0) staking.withdraw(free);
        vm.stopPrank();
    }

    function stake(uint256 which, uint256 amount) external alone {
        (address node, address owner) = own(which);
        vm.prank(owner);
        try staking.depositAndVote(node, bound(amount, 1, 100_000e18), 5_000) {
            note("stake");
        } catch {}
    }

    /// @dev A part of the voters leaves, and releases what has waited; or others come in the place of those who left.
    function moveVotes(uint256 amount, bool ofMiner, bool out) external alone {
        (address node, address voter) = ofMiner ? (nodes[1], MINER_VOTER) : (nodes[0], COORDINATOR_VOTER);
        uint256 behind = staking.stakeOf(node, voter);
        if (out && behind != 0) {
            vm.startPrank(voter);
            try staking.retract(node, bound(amount, 1, behind)) {} catch {}
            try staking.release(node) {} catch {}
            vm.stopPrank();
        }
        uint256 most = LEVERAGE * (ofMiner ? MINER_STAKE : COORDINATOR_STAKE);
        if (!out && behind < most) {
            amount = bound(amount, 1, most - behind);
            fund(voter, amount);
            vm.prank(voter);
            try staking.vote(node, amount, 5_000) {
                note("votes come back");
            } catch {}
        }
    }

    /// @dev One of its nodes gets another key, which it signs with from now on. A juror's declares what the old one did.
    function replaceKey(uint256 which) external alone {
        if (rotations == MOST_ROTATIONS) return;
        uint256 i = which % nodes.length;
        address old = nodes[i];
        uint256 key = FIRST_NEW_KEY + ++rotations;
        address next = rotate(staking.ownerOf(old), old, key);
        (secret[next], nodes[i]) = (key, next);
        history[i].push(next);
        group.push(next);
        approveAll(next);
        uint256 half = cai.balanceOf(old) / 2;
        vm.prank(old);
        cai.transfer(next, half);
        if (i == 0) coordinator = next;
        if (i == 1) miner = next;
        if (i >= 2) {
            jurors[i - 2] = next;
            seated.push(next);
            isOwn[next] = true;
            bytes32[] memory manifests = one(MODEL);
            vm.prank(next);
            try registry.declare(manifests) {} catch {}
        }
        note("rotation");
    }

    /// @dev From now on it signs with any of the keys that its coordinator and its miner have had.
    function chooseKeys(uint256 ofCoordinator, uint256 ofMiner) external {
        coordinator = history[0][ofCoordinator % history[0].length];
        miner = history[1][ofMiner % history[1].length];
    }

    /// @dev All jurors' records are renewed, so that they never run out.
    function pass(uint256 time) external {
        bytes32[] memory manifests = one(MODEL);
        for (uint256 i = 0; i < jurors.length; ++i) {
            // A key that came after its node had lost its stake has declared nothing.
            try registry.refresh(jurors[i], manifests) {} catch {}
        }
        vm.warp(vm.getBlockTimestamp() + bound(time, 1, 3 * DAY));
    }

    // ------------------------------------------------------------------------------------------------- helpers

    function note(string memory what) private {
        ++census[what];
    }

    function signTicket(Messages.Ticket memory t) internal view override returns (bytes memory) {
        return attest(secret[t.coordinator], Messages.hash(t));
    }

    function signReceipt(Messages.Receipt memory r) internal view override returns (bytes memory) {
        return attest(secret[miner], Messages.hash(r));
    }

    function approveAll(address who) private {
        vm.startPrank(who);
        cai.approve(address(court), type(uint256).max);
        cai.approve(address(settlement), type(uint256).max);
        cai.approve(address(staking), type(uint256).max);
        vm.stopPrank();
    }

    function prank(uint256 who) private {
        vm.prank(group[who % group.length]);
    }

    function own(uint256 which) private view returns (address node, address owner) {
        node = nodes[which % nodes.length];
        owner = staking.ownerOf(node);
    }

    /// @dev A statement that the contracts may believe, around where the account stands.
    function any(uint256 cumulative, uint256 through) private view returns (Messages.Voucher memory) {
        uint256 settled = settlement.accountOf(coordinator, miner).settled;
        uint256 reached = settlement.accountOf(coordinator, miner).through;
        return voucherFor(
            coordinator,
            miner,
            bound(cumulative, settled / 2 + 1, settled + (through % 8 == 0 ? 1_000_000e18 : 2_000e18)),
            bound(through, reached / 2, reached + 20)
        );
    }

    function announce(Finders at, bytes32 evidence, uint256 who) private {
        at.announce(keccak256(abi.encode(group[who % group.length], evidence, SALT)));
        vm.warp(vm.getBlockTimestamp() + 61);
    }
}
