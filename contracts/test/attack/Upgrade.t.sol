// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Options} from "../../script/Options.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {DisputeCourt} from "../../src/DisputeCourt.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Settlement} from "../../src/Settlement.sol";
import {State} from "../../src/court/Cases.sol";
import {CourtParameters} from "../../src/court/CourtParameters.sol";
import {Evidence, Item} from "../../src/court/Evidence.sol";
import {Vote} from "../../src/court/Jury.sol";
import {IRandomness} from "../../src/interfaces/IRandomness.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {DeployBase} from "../harness/DeployBase.sol";

/// @dev The rehearsal of docs/upgrade.md, on a public network as it is deployed: contracts are replaced by governance,
/// with its delay, while vouchers, evidence, cases and reserves are on their way.
contract UpgradeTest is DeployBase {
    uint256 private constant DELAY = 14 days;
    uint256 private constant EPOCH = 30 minutes;
    uint256 private constant COORDINATOR_KEY = 0xC00D;
    uint256 private constant MINER_KEY = 0x313E;
    uint256 private constant FIRST_JUROR_KEY = 0x7000;
    uint256 private constant JURORS = 4;
    address private constant COORDINATOR_OWNER = address(0xC0FFEE);
    address private constant MINER_OWNER = address(0x3140);
    address private constant CHALLENGER = address(0xCA11);
    address private constant STRANGER = address(0x5742);
    bytes32 private constant MODEL = "model";

    Settlement private oldSettlement;
    Settlement private newSettlement;
    DisputeCourt private oldCourt;
    DisputeCourt private newCourt;
    address private coordinator;
    address private miner;
    address[] private jurors;

    function setUp() public {
        run(1200);
        (cai, staking, manager) = (CAIToken(address(network.cai)), network.staking, network.authority);
        (oldSettlement, oldCourt) = (network.settlement, network.court);
        vm.prank(ADMIN);
        cai.transfer(address(this), 20_000_000e18);
        coordinator = newNode(COORDINATOR_OWNER, COORDINATOR_KEY, Role.Coordinator, 2_500_000e18);
        miner = newNode(MINER_OWNER, MINER_KEY, Role.Miner, 1_000_000e18);
        bytes32[] memory models = new bytes32[](1);
        models[0] = MODEL;
        for (uint256 i = 0; i < JURORS; ++i) {
            jurors.push(newNode(address(uint160(0x70000 + i)), FIRST_JUROR_KEY + i, Role.Miner, 500_000e18));
            vm.prank(jurors[i]);
            network.jurors.declare(models);
        }
        cai.approve(address(oldSettlement), type(uint256).max);
        oldSettlement.deposit(coordinator, 1_000e18);
        cai.transfer(CHALLENGER, 100_000e18);
        vm.prank(CHALLENGER);
        cai.approve(address(oldCourt), type(uint256).max);
        wait(3 * EPOCH);
    }

    function wait(uint256 time) private {
        vm.warp(vm.getBlockTimestamp() + time);
    }

    // --------------------------------------------------------------------------------------------------- messages

    function attest(address domain, uint256 key, bytes32 structHash) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, Messages.digest(Messages.domain(block.chainid, domain), structHash));
        return abi.encodePacked(r, s, v);
    }

    function voucher(uint256 cumulative, uint64 through)
        private
        view
        returns (Messages.Voucher memory message, bytes memory signature)
    {
        message = Messages.Voucher(coordinator, miner, uint128(cumulative), through);
        signature = attest(address(oldSettlement), COORDINATOR_KEY, Messages.hash(message));
    }

    function itemOf(uint64 number, bytes32 output) private view returns (Item memory item) {
        address domain = address(oldSettlement);
        item.ticket.coordinator = coordinator;
        item.ticket.miner = miner;
        item.ticket.number = number;
        item.ticket.model = MODEL;
        item.ticket.price = 10e18;
        item.ticket.completionRate = 1_000e18;
        item.ticket.deadline = uint64(vm.getBlockTimestamp());
        item.ticketSignature = attest(domain, COORDINATOR_KEY, Messages.hash(item.ticket));
        item.receipt.ticket = Messages.digest(Messages.domain(block.chainid, domain), Messages.hash(item.ticket));
        item.receipt.outputCommitment = output;
        item.receipt.completionTokens = 10;
        item.receiptSignature = attest(domain, MINER_KEY, Messages.hash(item.receipt));
    }

    function proofId(Item memory item) private view returns (bytes32) {
        return keccak256(abi.encode(keccak256("equivocation"), item.receipt.ticket, miner));
    }

    function prove(DisputeCourt court, Item memory a, Item memory b) private returns (uint256 taken) {
        announceEarlier(court, address(this), proofId(a));
        return court.proveEquivocation(
            a.ticket, a.ticketSignature, a.receipt, a.receiptSignature, b.receipt, b.receiptSignature, SALT
        );
    }

    function open(DisputeCourt court, Item memory item) private returns (bytes32) {
        Item[] memory items = new Item[](1);
        items[0] = item;
        vm.prank(CHALLENGER);
        return court.open(items, "bundles");
    }

    // ------------------------------------------------------------------------------------------------- governance

    function schedule(address target, bytes memory call) private {
        vm.prank(ADMIN);
        manager.schedule(target, call, 0);
    }

    function execute(address target, bytes memory call) private {
        vm.prank(ADMIN);
        manager.execute(target, call);
    }

    function grantOf(uint64 role, address to) private pure returns (bytes memory) {
        return abi.encodeCall(AccessManager.grantRole, (role, to, 0));
    }

    function retirement() private pure returns (bytes memory) {
        return abi.encodeWithSignature("retire()");
    }

    function governed(address target, bytes4 first, bytes4 second) private pure returns (bytes memory) {
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (first, second);
        return abi.encodeCall(AccessManager.setTargetFunctionRole, (target, selectors, Roles.GOVERNOR));
    }

    function courtFor(Settlement settlement) private returns (DisputeCourt) {
        Options memory chosen = options();
        return new DisputeCourt(
            staking,
            address(settlement),
            network.jurors,
            network.randomness,
            address(manager),
            chosen.terms,
            chosen.parameters
        );
    }

    /// @dev What `manager` is asked to do in an upgrade of both contracts, in the order of its execution.
    function plan() private view returns (address[] memory targets, bytes[] memory calls) {
        (targets, calls) = (new address[](7), new bytes[](7));
        for (uint256 i = 0; i < 5; ++i) {
            targets[i] = address(manager);
        }
        calls[0] = grantOf(Roles.SLASHER, address(newSettlement));
        calls[1] = grantOf(Roles.PAYMENT, address(newSettlement));
        calls[2] = grantOf(Roles.SLASHER, address(newCourt));
        calls[3] = governed(address(newSettlement), newSettlement.setFaultBps.selector, newSettlement.retire.selector);
        calls[4] = governed(address(newCourt), newCourt.setParameters.selector, newCourt.retire.selector);
        (targets[5], calls[5]) = (address(oldSettlement), retirement());
        (targets[6], calls[6]) = (address(oldCourt), retirement());
    }

    function deploySuccessors() private {
        newSettlement = new Settlement(staking, address(manager), 2 days, 3 days, 4 hours, 1_000);
        newCourt = courtFor(newSettlement);
    }

    // ------------------------------------------------------------------------------ a settlement and a court (H-5)

    /// Vouchers, credit, escrow, evidence and an open case of the old contracts survive the change, each exactly once.
    function test_H5_a_settlement_and_a_court_are_replaced() public {
        oldWork();
        deploySuccessors();
        (address[] memory targets, bytes[] memory calls) = plan();
        for (uint256 i = 0; i < calls.length; ++i) {
            schedule(targets[i], calls[i]);
        }
        wait(DELAY);

        // The last hour of the old contracts: an offence is punished, and a case is opened.
        (Item memory a, Item memory b) = (itemOf(10, "a"), itemOf(10, "b"));
        vm.assertGt(prove(oldCourt, a, b), 0);
        Item memory disputed = itemOf(11, "false");
        bytes32 id = open(oldCourt, disputed);
        for (uint256 i = 0; i < calls.length; ++i) {
            execute(targets[i], calls[i]);
        }

        assertNothingIsValidTwice(a, b, disputed);
        assertOldPaysWhatItOwes();
        assertOldTakesNothingNew();
        concludeOldCase(id, disputed);
        assertNewWorks();
        revokeOldRoles();
    }

    /// @dev A voucher that is paid, a batch that is not collected, and a voucher that is still in the miner's drawer.
    function oldWork() private {
        (Messages.Voucher memory message, bytes memory signature) = voucher(100e18, 1);
        oldSettlement.redeem(message, signature);
        vm.prank(coordinator);
        oldSettlement.settle(coordinator, abi.encodePacked(miner, uint96(150e18), uint64(2)));
        vm.assertEq(oldSettlement.promisedOf(coordinator), 50e18);
    }

    function assertNothingIsValidTwice(Item memory a, Item memory b, Item memory disputed) private {
        (Messages.Voucher memory message, bytes memory signature) = voucher(100e18, 1);
        bytes memory bad = abi.encodeWithSelector(Signatures.BadSignature.selector, coordinator);
        vm.expectRevert(bad);
        newSettlement.redeem(message, signature);
        vm.prank(MINER_OWNER);
        vm.expectRevert(bad);
        newSettlement.claimTicket(
            disputed.ticket, disputed.ticketSignature, disputed.receipt, disputed.receiptSignature
        );
        (Messages.Voucher memory lower, bytes memory lowerSignature) = voucher(90e18, 1);
        vm.expectRevert(bad);
        newSettlement.proveContradiction(message, signature, lower, lowerSignature, "");

        assertFails(newCourt, bad, a, b);
        Item[] memory items = new Item[](1);
        items[0] = disputed;
        vm.expectRevert(bad);
        newCourt.open(items, "");
    }

    function assertFails(DisputeCourt court, bytes memory failure, Item memory a, Item memory b) private {
        announceEarlier(court, address(this), proofId(a));
        vm.expectRevert(failure);
        court.proveEquivocation(
            a.ticket, a.ticketSignature, a.receipt, a.receiptSignature, b.receipt, b.receiptSignature, SALT
        );
    }

    /// @dev The old settlement pays the voucher in the drawer, the batch and the thawed rest.
    function assertOldPaysWhatItOwes() private {
        (Messages.Voucher memory message, bytes memory signature) = voucher(180e18, 3);
        vm.assertEq(oldSettlement.redeem(message, signature), 30e18);
        vm.assertEq(oldSettlement.creditOf(miner), 130e18);
        oldSettlement.collect(coordinator, miner);
        wait(4 hours);
        uint256 before = cai.balanceOf(MINER_OWNER);
        oldSettlement.collect(coordinator, miner);
        // All 180, less the 2% that is burned.
        vm.assertEq(cai.balanceOf(MINER_OWNER) - before, 176.4e18);
        vm.startPrank(COORDINATOR_OWNER);
        oldSettlement.startThaw(coordinator, 820e18);
        wait(3 days);
        oldSettlement.withdraw(coordinator);
        vm.stopPrank();
        vm.assertEq(cai.balanceOf(COORDINATOR_OWNER), 820e18);
        vm.assertEq(cai.balanceOf(address(oldSettlement)), 0, "nothing is left behind");
    }

    function assertOldTakesNothingNew() private {
        vm.expectRevert(SettlementParameters.IsRetired.selector);
        oldSettlement.deposit(coordinator, 1);
        vm.expectRevert(SettlementParameters.IsRetired.selector);
        vm.prank(coordinator);
        oldSettlement.settle(coordinator, abi.encodePacked(miner, type(uint96).max, uint64(1)));
        // Tickets can still be declared void, so that nobody claims them.
        vm.prank(coordinator);
        oldSettlement.settle(coordinator, "");
        Item[] memory items = new Item[](1);
        items[0] = itemOf(12, "later");
        vm.expectRevert(CourtParameters.Retired.selector);
        oldCourt.open(items, "");
    }

    /// @dev The case was opened before the old court was retired, and lapsed while its escrow thawed: its time is fixed.
    function concludeOldCase(bytes32 id, Item memory disputed) private {
        vm.assertEq(oldCourt.openCases(), 1);
        oldCourt.resolve(id);
        vm.assertEq(uint256(oldCourt.caseOf(id).state), uint256(State.Void));
        vm.assertEq(oldCourt.openCases(), 0);
        vm.assertGt(oldCourt.withdrawBond(id, CHALLENGER), 0);
        vm.assertEq(cai.balanceOf(address(oldCourt)), 0);
        // A void case can be opened again, but not at a court that was retired.
        Item[] memory items = new Item[](1);
        items[0] = disputed;
        vm.expectRevert(CourtParameters.Retired.selector);
        oldCourt.open(items, "");
    }

    /// @dev The successors slash, charge, and report payments.
    function assertNewWorks() private {
        cai.approve(address(newSettlement), 10e18);
        newSettlement.deposit(coordinator, 10e18);
        Messages.Voucher memory message = Messages.Voucher(coordinator, miner, 30e18, 1);
        bytes memory signature = attest(address(newSettlement), COORDINATOR_KEY, Messages.hash(message));
        uint256 own = staking.ownStakeOf(coordinator);
        vm.assertEq(newSettlement.redeem(message, signature), 30e18);
        vm.assertEq(own - staking.ownStakeOf(coordinator), 100e18, "20 that escrow lacked, five times");
        (bool member,) = manager.hasRole(Roles.PAYMENT, address(newSettlement));
        vm.assertTrue(member);
    }

    /// @dev Without its role the old settlement pays from escrow alone, and the old court slashes nobody.
    function revokeOldRoles() private {
        bytes memory first = abi.encodeCall(AccessManager.revokeRole, (Roles.SLASHER, address(oldSettlement)));
        bytes memory second = abi.encodeCall(AccessManager.revokeRole, (Roles.SLASHER, address(oldCourt)));
        schedule(address(manager), first);
        schedule(address(manager), second);
        wait(DELAY);
        execute(address(manager), first);
        execute(address(manager), second);
        (Messages.Voucher memory message, bytes memory signature) = voucher(200e18, 4);
        uint256 own = staking.ownStakeOf(coordinator);
        vm.expectRevert();
        oldSettlement.redeem(message, signature);
        vm.assertEq(staking.ownStakeOf(coordinator), own);
        vm.assertEq(oldSettlement.accountOf(coordinator, miner).settled, 180e18);
    }

    // -------------------------------------------------------------------------------------------- a court alone (H-5)

    /// A court that judges the same receipts punishes none that its predecessor has punished, by proof or by verdict.
    function test_H5_a_court_alone_is_replaced() public {
        newCourt = courtFor(oldSettlement);
        bytes memory grant = grantOf(Roles.SLASHER, address(newCourt));
        schedule(address(manager), grant);
        wait(DELAY);
        execute(address(manager), grant);
        refreshRecords();

        (Item memory a, Item memory b) = (itemOf(10, "a"), itemOf(10, "b"));
        prove(oldCourt, a, b);
        bytes32 proof = proofId(a);
        vm.assertTrue(staking.isSpent(proof));
        uint256 left = staking.slashableOf(miner);
        assertFails(newCourt, abi.encodeWithSelector(Slashing.EvidenceSpent.selector, proof), a, b);
        // Nor two other receipts for the same ticket.
        assertFails(newCourt, abi.encodeWithSelector(Slashing.EvidenceSpent.selector, proof), a, itemOf(10, "c"));
        vm.assertEq(staking.slashableOf(miner), left);

        Item memory disputed = itemOf(11, "false");
        convict(open(oldCourt, disputed));
        left = staking.slashableOf(miner);
        Item[] memory items = new Item[](1);
        items[0] = disputed;
        bytes32 receipt =
            Messages.digest(Messages.domain(block.chainid, address(oldSettlement)), Messages.hash(disputed.receipt));
        vm.prank(CHALLENGER);
        cai.approve(address(newCourt), type(uint256).max);
        vm.prank(CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(Evidence.AlreadyPunished.selector, receipt));
        newCourt.open(items, "");
        vm.assertEq(staking.slashableOf(miner), left);
        // What was not punished is judged by the new court as well.
        vm.assertTrue(open(newCourt, itemOf(12, "false")) != 0);
    }

    /// @dev The jurors' declarations count for one more unbonding period, from two epochs later on.
    function refreshRecords() private {
        bytes32[] memory models = new bytes32[](1);
        models[0] = MODEL;
        for (uint256 i = 0; i < JURORS; ++i) {
            network.jurors.refresh(jurors[i], models);
        }
        vm.warp(vm.getBlockTimestamp() + 3 * EPOCH);
    }

    /// @dev All jurors say guilty in the first draw; the seed is what the randomness is said to have recorded.
    function convict(bytes32 id) private {
        uint256 epoch = uint256(oldCourt.caseOf(id).epoch) + 1;
        vm.warp(epoch * EPOCH + 1);
        bytes memory call = abi.encodeCall(IRandomness.seedOf, (oldCourt.seedRoundOf(id, 1)));
        vm.mockCall(address(network.randomness), call, abi.encode(keccak256("seed")));
        for (uint256 i = 0; i < JURORS; ++i) {
            vm.assertGt(oldCourt.seatsOf(id, jurors[i]), 0);
            bytes32 commitment = oldCourt.commitmentOf(id, 1, jurors[i], Vote.Guilty, "salt");
            vm.prank(jurors[i]);
            oldCourt.commit(id, commitment);
        }
        wait(EPOCH);
        for (uint256 i = 0; i < JURORS; ++i) {
            vm.prank(jurors[i]);
            oldCourt.reveal(id, Vote.Guilty, "salt");
        }
        wait(EPOCH);
        oldCourt.resolve(id);
        vm.assertEq(uint256(oldCourt.caseOf(id).state), uint256(State.Guilty));
    }

    // --------------------------------------------------------------------------------------------- the reserves (L-10)

    /// Both reserves move to a successor; the period that runs goes on, and the next one is the successor's.
    function test_L10_an_emission_controller_is_replaced() public {
        EmissionController old = network.emission;
        old.startPeriod(Role.Miner);
        uint256 miners = old.reserveOf(Role.Miner);
        uint256 coordinators = old.reserveOf(Role.Coordinator);
        EmissionController successor = new EmissionController(staking, 7 days, address(manager));
        bytes memory grant = grantOf(Roles.EMISSION, address(successor));
        bytes memory roles = governed(address(successor), successor.setHalving.selector, successor.migrate.selector);
        bytes memory move = abi.encodeCall(EmissionController.migrate, (successor));

        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        vm.prank(STRANGER);
        old.migrate(successor);
        schedule(address(manager), grant);
        schedule(address(manager), roles);
        schedule(address(old), move);
        wait(DELAY);
        execute(address(manager), grant);
        execute(address(manager), roles);
        execute(address(old), move);

        vm.assertEq(old.reserveOf(Role.Miner) + old.reserveOf(Role.Coordinator), 0);
        vm.assertEq(cai.balanceOf(address(old)), 0);
        vm.assertEq(successor.reserveOf(Role.Miner), miners);
        vm.assertEq(successor.reserveOf(Role.Coordinator), coordinators);
        uint256 next = successor.nextAmount(Role.Miner);
        vm.assertEq(successor.startPeriod(Role.Miner), next);
        vm.expectRevert();
        old.startPeriod(Role.Miner);
        // And on to the next one.
        EmissionController third = new EmissionController(staking, 7 days, address(manager));
        move = abi.encodeCall(EmissionController.migrate, (third));
        schedule(address(successor), move);
        wait(DELAY);
        execute(address(successor), move);
        vm.assertEq(third.reserveOf(Role.Coordinator), coordinators);
    }

    // ----------------------------------------------------------------------------------------------- cancelled upgrades

    /// A successor that the guardian does not trust never gets its role, and nothing has changed.
    function test_an_upgrade_that_is_cancelled() public {
        deploySuccessors();
        (address[] memory targets, bytes[] memory calls) = plan();
        for (uint256 i = 0; i < calls.length; ++i) {
            schedule(targets[i], calls[i]);
            vm.prank(GUARDIAN);
            manager.cancel(ADMIN, targets[i], calls[i]);
        }
        wait(DELAY);
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.expectRevert();
            execute(targets[i], calls[i]);
        }
        vm.assertFalse(oldSettlement.retired() || oldCourt.retired());
        bytes32[] memory evidence = new bytes32[](1);
        vm.prank(address(newCourt));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(newCourt)));
        staking.slash(miner, 1, 0, evidence);
        oldWork();
    }
}
