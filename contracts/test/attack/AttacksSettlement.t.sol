// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Staking} from "../../src/Staking.sol";
import {Cases, State} from "../../src/court/Cases.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Jury} from "../../src/court/Jury.sol";
import {Verdicts} from "../../src/court/Verdicts.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {Accounts, Item} from "../../src/settlement/Accounts.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {CourtBase} from "../harness/CourtBase.sol";

/// @dev Makes a call while it moves tokens, and can refuse to move them.
contract TrickToken is ERC20("Trick", "T") {
    address private target;
    bytes private attack;
    bytes public failure;
    bool public refusing;

    constructor() {
        _mint(msg.sender, 1_000_000_000e18);
    }

    function arm(address target_, bytes calldata attack_) external {
        (target, attack) = (target_, attack_);
        failure = "";
    }

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !refusing && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length == 0) return;
        (, bytes memory result) = target.call(attack);
        failure = result;
    }
}

/// @dev The attacks of the project's checklist that concern payments, evidence and juries, by their numbers.
contract AttacksSettlementTest is CourtBase {
    uint256 private constant ALL = type(uint256).max;

    function setUp() public {
        deployCourt();
    }

    function equivocation()
        private
        view
        returns (Messages.Receipt memory a, bytes memory sa, Messages.Receipt memory b, bytes memory sb)
    {
        (a, b) = (receipt, receiptOf(ticket, "other"));
        (sa, sb) = (signReceipt(a), signReceipt(b));
    }

    /// @dev One receipt in both halves of the evidence, or one voucher, is not evidence.
    function test_D1_both_halves_identical() public {
        (Messages.Receipt memory a, bytes memory sa,,) = equivocation();
        bytes memory t = signTicket(ticket);
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.SameReceipt.selector, id));
        court.proveEquivocation(ticket, t, a, sa, a, sa);
        (Messages.Voucher memory v, bytes memory s) = voucher(50, 5);
        vm.expectRevert(Settlement.NoContradiction.selector);
        settlement.proveContradiction(v, s, v, s);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
        vm.assertEq(staking.slashableOf(coordinator), COORDINATOR_STAKE);
    }

    /// @dev The halves swapped, or with a third receipt, are the same evidence.
    function test_D1_evidence_in_another_order() public {
        (Messages.Receipt memory a, bytes memory sa, Messages.Receipt memory b, bytes memory sb) = equivocation();
        bytes memory t = signTicket(ticket);
        court.proveEquivocation(ticket, t, a, sa, b, sb);
        bytes32 evidence = keccak256(abi.encode(keccak256("equivocation"), receipt.ticket, miner));
        bytes memory refusal = abi.encodeWithSelector(DisputeCourt.AlreadyProven.selector, evidence);
        vm.expectRevert(refusal);
        court.proveEquivocation(ticket, t, b, sb, a, sa);
        b = receiptOf(ticket, "a third");
        sb = signReceipt(b);
        vm.expectRevert(refusal);
        court.proveEquivocation(ticket, t, a, sa, b, sb);
    }

    function test_D2_evidence_replayed_after_the_slash() public {
        (Messages.Receipt memory a, bytes memory sa, Messages.Receipt memory b, bytes memory sb) = equivocation();
        bytes memory t = signTicket(ticket);
        court.proveEquivocation(ticket, t, a, sa, b, sb);
        uint256 left = staking.slashableOf(miner);
        vm.warp(block.timestamp + 365 days);
        vm.roll(block.number + 1_000_000);
        bytes32 evidence = keccak256(abi.encode(keccak256("equivocation"), receipt.ticket, miner));
        vm.expectRevert(abi.encodeWithSelector(DisputeCourt.AlreadyProven.selector, evidence));
        court.proveEquivocation(ticket, t, a, sa, b, sb);
        vm.assertEq(staking.slashableOf(miner), left);

        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        (Messages.Voucher memory w, bytes memory sw) = voucher(49, 5);
        settlement.proveContradiction(v, sv, w, sw);
        left = staking.slashableOf(coordinator);
        evidence = keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(v))));
        vm.expectRevert(abi.encodeWithSelector(Settlement.AlreadyProven.selector, evidence));
        settlement.proveContradiction(v, sv, w, sw);
        vm.assertEq(staking.slashableOf(coordinator), left);
    }

    /// @dev What was signed for another chain or another staking contract proves and pays nothing here.
    function test_D3_evidence_of_another_network() public {
        prepay(100);
        (Messages.Receipt memory a, bytes memory sa, Messages.Receipt memory b, bytes memory sb) = equivocation();
        bytes memory t = signTicket(ticket);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);

        bytes memory refusal = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        vm.chainId(1337);
        vm.expectRevert(refusal);
        settlement.redeem(v, sv);
        vm.expectRevert(refusal);
        court.proveEquivocation(ticket, t, a, sa, b, sb);
        vm.expectRevert(refusal);
        court.open(ticket, t, a, sa, "");
        vm.chainId(31337);

        Staking here = staking;
        staking = new Staking(cai, EPOCH, UNBONDING, address(manager));
        sv = sign(COORDINATOR_KEY, Messages.hash(v));
        t = signTicket(ticket);
        staking = here;
        vm.expectRevert(refusal);
        settlement.redeem(v, sv);
        vm.expectRevert(refusal);
        court.open(ticket, t, a, sa, "");
    }

    /// @dev Offend, retract at once, and be disputed in the last second of the window: the stake is still there when
    /// the second draw has decided, as slowly as the network's clock allows.
    function test_D4_retracted_stake_is_slashed_by_the_last_verdict() public {
        vm.warp(ticket.deadline);
        vm.prank(MINER_OWNER);
        staking.retract(miner, MINER_STAKE);
        uint256 out = block.timestamp + UNBONDING;

        vm.warp(uint256(ticket.deadline) + WINDOW);
        uint256 start = block.timestamp;
        uint256 first = block.number;
        openCase();
        draw();
        resolve();
        draw();
        commitAll(ALL);
        revealAll(ALL);
        toEpoch(drawEpoch() + 2, 0);
        vm.warp(start + (block.number - first) * MAX_BLOCK_TIME);
        vm.assertLt(block.timestamp, out);
        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, out));
        vm.prank(MINER_OWNER);
        staking.release(miner);
        court.resolve(id);
        stateIs(State.Guilty);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE * 8 / 10);
        vm.warp(out);
        vm.prank(MINER_OWNER);
        staking.release(miner);
        vm.assertEq(staking.freeStakeOf(MINER_OWNER), MINER_STAKE * 8 / 10);
    }

    /// @dev At the window's last second a receipt can be disputed, a second later it cannot.
    function test_D5_the_end_of_the_window() public {
        uint256 last = uint256(ticket.deadline) + WINDOW;
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.startPrank(ALICE);
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Cases.WindowClosed.selector, last));
        court.open(ticket, t, receipt, r, "");
        vm.warp(last);
        court.open(ticket, t, receipt, r, "");
    }

    /// @dev At one moment escrow is thawing or out, never both.
    function test_D5_the_end_of_a_thaw() public {
        prepay(100);
        vm.startPrank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 100);
        uint256 at = vm.getBlockTimestamp() + THAW;
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Escrows.StillThawing.selector, at));
        settlement.withdraw(coordinator);
        vm.warp(at);
        // A voucher that comes first is paid first.
        vm.stopPrank();
        redeem(30, 1);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 70);
    }

    /// @dev Debts larger than all that is left take all that is left.
    function test_D7_a_deficit_larger_than_the_stake() public {
        exitStake(COORDINATOR_OWNER, coordinator, COORDINATOR_STAKE - 10e18);
        vm.assertEq(redeem(1_000_000e18, 1), 2e18);
        vm.assertEq(staking.slashableOf(coordinator), 0);
    }

    /// @dev A coordinator that pays its own miner through a deficit, or proves its own fault, loses four fifths.
    function test_D9_paying_oneself_out_of_the_stake() public {
        uint256 had = cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE);
        uint256 stake = staking.slashableOf(coordinator);
        redeem(100_000e18, 1);
        (Messages.Voucher memory v, bytes memory sv) = voucher(200_000e18, 5);
        (Messages.Voucher memory w, bytes memory sw) = voucher(100_000e18, 5);
        vm.prank(ALICE);
        settlement.proveContradiction(v, sv, w, sw);
        uint256 gained = cai.balanceOf(MINER_OWNER) + cai.balanceOf(ALICE) - had;
        uint256 lost = stake - staking.slashableOf(coordinator);
        vm.assertEq(gained * 5, lost);
    }

    /// @dev Convicting oneself pays back a tenth of the slash at most.
    function test_D9_convicting_oneself() public {
        uint256 had = cai.balanceOf(ALICE);
        trial(ALL);
        uint256 lost = MINER_STAKE - staking.slashableOf(miner);
        vm.assertEq((cai.balanceOf(ALICE) - had) * 10, lost);
    }

    function test_D18_reentrancy() public {
        TrickToken trick = new TrickToken();
        cai = CAIToken(address(trick));
        staking = new Staking(cai, EPOCH, UNBONDING, address(manager));
        settlement = new Settlement(staking, address(manager), WINDOW, THAW, 0, FAULT_BPS);
        court = new DisputeCourt(staking, address(manager), SEATS, WINDOW, MAX_BLOCK_TIME, defaults());
        newNode(COORDINATOR_OWNER, COORDINATOR_KEY, Role.Coordinator, COORDINATOR_STAKE);
        newNode(MINER_OWNER, MINER_KEY, Role.Miner, MINER_STAKE);
        cai.approve(address(settlement), type(uint256).max);
        cai.approve(address(court), type(uint256).max);
        ticket.number = 10;
        receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        (Messages.Voucher memory v, bytes memory sv) = voucher(70, 7);

        bytes[8] memory attacks = [
            abi.encodeCall(Escrows.deposit, (coordinator, 1)),
            abi.encodeCall(Escrows.depositWithPermit, (coordinator, 1, 0, 0, 0, 0)),
            abi.encodeCall(Escrows.withdraw, (coordinator)),
            abi.encodeCall(Accounts.settle, (coordinator, new Item[](0))),
            abi.encodeCall(Accounts.collect, (coordinator, miner)),
            abi.encodeCall(Vouchers.redeem, (v, sv)),
            abi.encodeCall(Vouchers.claimTicket, (ticket, t, receipt, r)),
            abi.encodeCall(Settlement.proveShortSettlement, (v, sv))
        ];
        for (uint256 i = 0; i < attacks.length; ++i) {
            trick.arm(address(settlement), attacks[i]);
            settlement.deposit(coordinator, 100);
            guarded(trick);
            redeem(10 * (i + 1), i + 1);
            guarded(trick);
        }
        vm.assertEq(trick.balanceOf(MINER_OWNER), 80);

        attacks[0] = abi.encodeCall(Cases.open, (ticket, t, receipt, r, ""));
        attacks[1] = abi.encodeCall(DisputeCourt.proveEquivocation, (ticket, t, receipt, r, receipt, r));
        attacks[2] = abi.encodeCall(Verdicts.resolve, (id));
        attacks[3] = abi.encodeCall(Verdicts.settleJuror, (id, 1, miner));
        for (uint256 i = 0; i < 4; ++i) {
            ticket.number = uint64(20 + i);
            receipt = receiptOf(ticket, "output");
            (t, r) = (signTicket(ticket), signReceipt(receipt));
            trick.arm(address(court), attacks[i]);
            court.open(ticket, t, receipt, r, "");
            guarded(trick);
        }
        vm.assertEq(trick.balanceOf(address(court)), 4 * BOND);
    }

    function guarded(TrickToken trick) private view {
        vm.assertEq(bytes4(trick.failure()), bytes4(keccak256("ReentrancyGuardReentrantCall()")));
    }

    /// @dev A token that reports failure by its return value moves no counter.
    function test_D19_a_token_that_returns_false() public {
        TrickToken trick = new TrickToken();
        cai = CAIToken(address(trick));
        staking = new Staking(cai, EPOCH, UNBONDING, address(manager));
        settlement = new Settlement(staking, address(manager), WINDOW, THAW, 0, FAULT_BPS);
        newNode(COORDINATOR_OWNER, COORDINATOR_KEY, Role.Coordinator, COORDINATOR_STAKE);
        newNode(MINER_OWNER, MINER_KEY, Role.Miner, MINER_STAKE);
        prepay(100);
        trick.approve(address(settlement), 100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(70, 7);
        trick.refuse(true);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(trick));
        vm.expectRevert(failed);
        settlement.deposit(coordinator, 10);
        vm.expectRevert(failed);
        settlement.redeem(v, sv);
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 100);
        vm.assertEq(uint256(settlement.accountOf(coordinator, miner).settled), 0);
        trick.refuse(false);
        settlement.redeem(v, sv);
    }

    /// @dev No account of the network decides a case, stops it, or takes what others posted.
    function test_D23_no_privilege_over_a_case() public {
        openCase();
        address[3] memory powers = [address(this), GOVERNOR, address(manager)];
        for (uint256 i = 0; i < powers.length; ++i) {
            vm.startPrank(powers[i]);
            vm.expectRevert(Verdicts.NotOver.selector);
            court.resolve(id);
            vm.expectRevert(Jury.NotCommitPhase.selector);
            court.commit(id, "");
            vm.expectRevert(Jury.NotRevealPhase.selector);
            court.reveal(id, true, "");
            vm.stopPrank();
        }
        // The most that the administrator can close are the parameters.
        manager.setTargetClosed(address(court), true);
        manager.setTargetClosed(address(settlement), true);
        draw();
        commitAll(0);
        revealAll(0);
        resolve();
        stateIs(State.Innocent);
        prepay(10);
        redeem(10, 1);
    }

    function test_D24_setters_and_slashes_by_role() public {
        address[4] memory others = [ALICE, COORDINATOR_OWNER, coordinator, address(this)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, others[i]);
            vm.expectRevert(refusal);
            settlement.setFaultBps(200);
            vm.expectRevert(refusal);
            court.setParameters(Parameters(BOND, 100, 100, 0));
            vm.expectRevert(refusal);
            staking.slash(miner, 1, others[i], 0);
            vm.stopPrank();
        }
    }

    /// @dev A court that lost its role cannot slash any more, and its successor can: that is the way to replace it.
    function test_D24_a_replaced_court() public {
        manager.revokeRole(Roles.SLASHER, address(court));
        (Messages.Receipt memory a, bytes memory sa, Messages.Receipt memory b, bytes memory sb) = equivocation();
        bytes memory t = signTicket(ticket);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(court)));
        court.proveEquivocation(ticket, t, a, sa, b, sb);
        court = new DisputeCourt(staking, address(manager), 3, WINDOW, MAX_BLOCK_TIME, defaults());
        manager.grantRole(Roles.SLASHER, address(court), 0);
        court.proveEquivocation(ticket, t, a, sa, b, sb);
    }

    /// @dev Every unfounded dispute costs its challenger a whole bond, and the accused gains by it.
    function test_D25_dispute_spam() public {
        uint256 had = cai.balanceOf(ALICE);
        for (uint256 i = 0; i < 3; ++i) {
            ticket.number = uint64(100 + i);
            receipt = receiptOf(ticket, "output");
            id = digestOf(Messages.hash(receipt));
            trial(0);
            stateIs(State.Innocent);
        }
        vm.assertEq(had - cai.balanceOf(ALICE), 3 * BOND);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 3 * BOND / 2);
        vm.assertEq(staking.slashableOf(miner), MINER_STAKE);
    }

    /// @dev One receipt is tried once, whoever challenges it.
    function test_D25_one_case_per_receipt() public {
        trial(0);
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.expectRevert(abi.encodeWithSelector(Cases.AlreadyDisputed.selector, id));
        vm.prank(ALICE);
        court.open(ticket, t, receipt, r, "");
    }

    /// @dev A case against a miner without stake is refused before it costs jurors their time.
    function test_D25_nothing_to_gain() public {
        exitStake(MINER_OWNER, miner, MINER_STAKE);
        ticket.deadline = uint64(block.timestamp);
        receipt = receiptOf(ticket, "output");
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.expectRevert(abi.encodeWithSelector(Cases.NothingToSlash.selector, miner));
        vm.prank(ALICE);
        court.open(ticket, t, receipt, r, "");
    }

    /// @dev A voucher with the payer or the payee changed is nobody's.
    function test_D26_changed_payer_or_payee() public {
        prepay(100);
        address second = vm.addr(0xC00E);
        newNode(address(0xC2), 0xC00E, Role.Coordinator, COORDINATOR_STAKE);
        cai.approve(address(settlement), 100);
        settlement.deposit(second, 100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        settlement.redeem(v, sv);
        v.coordinator = second;
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, second));
        settlement.redeem(v, sv);
        v.coordinator = coordinator;
        v.miner = jurors[0];
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.redeem(v, sv);
        vm.assertEq(cai.balanceOf(MINER_OWNER), 50);
        vm.assertEq(uint256(settlement.escrowOf(second).balance), 100);
    }

    /// @dev One debt, offered as voucher, batch and ticket in every order, is paid once.
    function test_D26_paid_once_whichever_way() public {
        prepay(1_000);
        ticket.price = 10;
        vm.warp(block.timestamp + CLAIM_DELAY + 1);
        uint256 snapshot = vm.snapshotState();
        for (uint256 order = 0; order < 6; ++order) {
            for (uint256 i = 0; i < 3; ++i) {
                // The permutations of three.
                uint256 way =
                    i == 0 ? order / 2 : i == 1 ? (order / 2 + 1 + order % 2) % 3 : (order / 2 + 2 - order % 2) % 3;
                try this.pay(way) {} catch {}
            }
            if (settlement.accountOf(coordinator, miner).withdrawn == 0) settlement.collect(coordinator, miner);
            vm.assertEq(cai.balanceOf(MINER_OWNER), 10);
            vm.assertEq(uint256(settlement.accountOf(coordinator, miner).settled), 10);
            vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 990);
            vm.revertToState(snapshot);
        }
    }

    function pay(uint256 way) external {
        if (way == 0) {
            redeem(10, 1);
        } else if (way == 1) {
            Item[] memory items = new Item[](1);
            items[0] = Item(miner, 10, 1);
            vm.prank(coordinator);
            settlement.settle(coordinator, items);
        } else {
            claim(ticket);
        }
    }

    /// @dev CAI sent without `deposit` belongs to nobody's escrow and to no juror.
    function test_D29_donations() public {
        cai.transfer(address(settlement), 5e18);
        cai.transfer(address(court), 7e18);
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), 0);
        trial(ALL);
        settleAll(1);
        vm.assertEq(cai.balanceOf(address(court)), 7e18);
        vm.assertEq(cai.balanceOf(address(settlement)), 5e18);
    }

    /// @dev After a fork of the chain, the other side's signatures are worth nothing here, and new ones are good.
    function test_D30_a_fork_has_its_own_domain() public {
        prepay(100);
        (Messages.Voucher memory v, bytes memory sv) = voucher(50, 5);
        vm.chainId(1210);
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator));
        settlement.redeem(v, sv);
        redeem(50, 5);
        receipt = receiptOf(ticket, "output");
        id = digestOf(Messages.hash(receipt));
        openCase();
        stateIs(State.Open);
    }
}
