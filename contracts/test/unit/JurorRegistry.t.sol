// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {JurorRegistry} from "../../src/JurorRegistry.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Who can judge what, by epoch.
contract JurorRegistryTest is DisputeCourtBase {
    address private constant OWNER = address(0xE1);
    bytes32 private constant GENERAL = 0;

    address private node;
    bytes32[3] private manifests = [bytes32("a"), "b", MODEL];
    /// @dev Every key that there has been, and whose it is.
    address[] private keys;
    uint256[] private holders;

    function setUp() public override {
        super.setUp();
        node = newNode(OWNER, 0xE1, Role.Miner, 100_000e18);
    }

    function two(bytes32 a, bytes32 b) private pure returns (bytes32[] memory list) {
        list = new bytes32[](2);
        (list[0], list[1]) = (a, b);
    }

    function recorded(bytes32 manifest) private view returns (uint256) {
        return registry.stakeRecorded(manifest, node, now_());
    }

    function test_declare() public {
        uint256 general = registry.totalRecorded(GENERAL, now_());
        vm.expectEmit(address(registry));
        emit JurorRegistry.ManifestDeclared(node, "a");
        vm.expectEmit(address(registry));
        emit JurorRegistry.StakeRecorded(node, "a", now_(), 100_000e18);
        vm.prank(node);
        registry.declare(two("a", "b"));
        vm.assertTrue(registry.isDeclared(node, "a"));
        vm.assertTrue(registry.isDeclared(node, "b"));
        vm.assertTrue(registry.isDeclared(node, GENERAL));
        vm.assertFalse(registry.isDeclared(node, "c"));
        vm.assertEq(recorded("a"), 100_000e18);
        vm.assertEq(registry.totalRecorded("b", now_()), 100_000e18);
        vm.assertEq(registry.ownerStakeRecorded("b", OWNER, now_()), 100_000e18);
        // However many manifests a node declares, it counts once among all.
        vm.assertEq(registry.totalRecorded(GENERAL, now_()) - general, 100_000e18);
    }

    function test_only_active_miners_declare() public {
        expect(JurorRegistry.NotAnActiveMiner.selector, ALICE);
        declareAs(ALICE, "a");
        expect(JurorRegistry.NotAnActiveMiner.selector, coordinator);
        declareAs(coordinator, "a");
        // The owner is not the key.
        expect(JurorRegistry.NotAnActiveMiner.selector, OWNER);
        declareAs(OWNER, "a");
        vm.prank(OWNER);
        staking.retract(node, 80_000e18);
        expect(JurorRegistry.NotAnActiveMiner.selector, node);
        declareAs(node, "a");
    }

    function test_general_is_implied() public {
        vm.expectRevert(JurorRegistry.GeneralIsImplied.selector);
        declareAs(node, GENERAL);
        vm.prank(node);
        registry.declare(new bytes32[](0));
        vm.assertFalse(registry.isDeclared(node, GENERAL));
        vm.assertEq(recorded(GENERAL), 0);
    }

    function test_declare_again_refreshes() public {
        declareAs(node, "a");
        fund(OWNER, 50_000e18);
        vm.prank(OWNER);
        staking.vote(node, 50_000e18, 0);
        vm.assertEq(recorded("a"), 100_000e18);
        declareAs(node, "a");
        vm.assertEq(recorded("a"), 150_000e18);
        vm.assertEq(recorded(GENERAL), 150_000e18);
        // It is declared once: one declaration less is none.
        vm.prank(node);
        registry.undeclare(one("a"));
        vm.assertFalse(registry.isDeclared(node, GENERAL));
    }

    function test_undeclare() public {
        vm.prank(node);
        registry.declare(two("a", "b"));
        uint256 general = registry.totalRecorded(GENERAL, now_());
        vm.expectEmit(address(registry));
        emit JurorRegistry.ManifestUndeclared(node, "a");
        vm.expectEmit(address(registry));
        emit JurorRegistry.StakeRecorded(node, "a", now_(), 0);
        vm.prank(node);
        registry.undeclare(one("a"));
        vm.assertFalse(registry.isDeclared(node, "a"));
        vm.assertEq(registry.totalRecorded("a", now_()), 0);
        vm.assertEq(registry.totalRecorded(GENERAL, now_()), general, "b is left");
        vm.prank(node);
        registry.undeclare(one("b"));
        vm.assertEq(general - registry.totalRecorded(GENERAL, now_()), 100_000e18);
    }

    /// @dev A node that has left is recorded as nothing once; after that there is nothing to record.
    function test_nothing_is_recorded_of_nothing() public {
        declareAs(node, "a");
        vm.prank(OWNER);
        staking.retract(node, 100_000e18);
        vm.warp(vm.getBlockTimestamp() + EPOCH);
        registry.refresh(node, one("a"));
        vm.assertEq(recorded("a"), 0);
        uint256 then = registry.recordedAt("a", node, now_());
        vm.assertEq(then, now_());
        vm.warp(vm.getBlockTimestamp() + EPOCH);
        vm.recordLogs();
        registry.refresh(node, one("a"));
        vm.assertEq(vm.getRecordedLogs().length, 0);
        vm.assertEq(registry.recordedAt("a", node, now_()), then);
        // It can be taken back all the same.
        vm.prank(node);
        registry.undeclare(one("a"));
        vm.assertFalse(registry.isDeclared(node, GENERAL));
    }

    function test_undeclare_what_was_declared_only() public {
        declareAs(node, "a");
        vm.expectRevert(abi.encodeWithSelector(JurorRegistry.NotDeclared.selector, node, bytes32("b")));
        vm.prank(node);
        registry.undeclare(one("b"));
        vm.expectRevert(abi.encodeWithSelector(JurorRegistry.NotDeclared.selector, node, bytes32("a")));
        vm.prank(node);
        registry.undeclare(two("a", "a"));
    }

    function test_a_removed_node_can_undeclare() public {
        declareAs(node, "a");
        vm.prank(OWNER);
        staking.deregister(node);
        vm.prank(node);
        registry.undeclare(one("a"));
        vm.assertEq(recorded("a"), 0);
    }

    /// @dev Anyone writes down that stake has left, or came back.
    function test_anyone_refreshes() public {
        declareAs(node, "a");
        vm.prank(OWNER);
        staking.retract(node, 50_000e18);
        vm.prank(BOB);
        registry.refresh(node, one("a"));
        vm.assertEq(recorded("a"), 50_000e18);
        vm.assertEq(registry.totalRecorded("a", now_()), 50_000e18);
        vm.assertEq(recorded(GENERAL), 50_000e18);
        vm.prank(OWNER);
        staking.retract(node, 40_000e18);
        vm.prank(BOB);
        registry.refresh(node, one("a"));
        vm.assertEq(recorded("a"), 0, "not active");
        vm.assertTrue(registry.isDeclared(node, "a"));
        fund(OWNER, 90_000e18);
        vm.prank(OWNER);
        staking.vote(node, 90_000e18, 0);
        registry.refresh(node, one("a"));
        vm.assertEq(recorded("a"), 100_000e18);
    }

    function test_refresh_declared_manifests_only() public {
        vm.expectRevert(abi.encodeWithSelector(JurorRegistry.NotDeclared.selector, node, bytes32("a")));
        registry.refresh(node, one("a"));
        registry.refresh(node, new bytes32[](0));
        vm.assertEq(recorded(GENERAL), 0);
    }

    /// @dev Refreshing what has not changed renews it, here and for `GENERAL`.
    function test_refresh_without_a_change() public {
        declareAs(node, "a");
        uint256 first = now_();
        toEpoch(first + 5, 0);
        vm.recordLogs();
        registry.refresh(node, one("a"));
        vm.assertEq(vm.getRecordedLogs().length, 2);
        vm.assertEq(registry.recordedAt("a", node, first + 4), first);
        vm.assertEq(registry.recordedAt("a", node, first + 5), first + 5);
        vm.assertEq(registry.totalRecorded("a", first + 5), registry.totalRecorded("a", first));
    }

    /// @dev A record counts for less than an unbonding period, in which no stake gets from one node to another: so the same
    /// stake cannot stand behind many nodes, to be put behind those that a seed has favoured.
    function test_a_record_expires() public {
        declareAs(node, "a");
        uint256 first = now_();
        uint256 validity = registry.validity();
        vm.assertEq(validity, UNBONDING / EPOCH);
        uint256 stake = registry.stakeRecorded("a", node, first);
        vm.assertEq(registry.weightOf("a", node, first + validity - 1), stake);
        vm.assertEq(registry.weightOf("a", node, first + validity), 0);
        toEpoch(first + validity, 0);
        registry.refresh(node, one("a"));
        vm.assertEq(registry.weightOf("a", node, first + validity), stake);
    }

    /// @dev Stake that was behind one node when it declared, and got behind another, is drawn once.
    function test_moved_stake_is_drawn_once() public {
        declareAs(node, "a");
        address sibling = newNode(OWNER, 0xE3, Role.Miner, 30_000e18);
        vm.startPrank(OWNER);
        staking.retract(node, 70_000e18);
        vm.warp(vm.getBlockTimestamp() + UNBONDING);
        staking.release(node);
        staking.vote(sibling, 70_000e18, 5_000);
        vm.stopPrank();
        declareAs(sibling, "a");
        // It goes back once a seed is known.
        vm.startPrank(OWNER);
        staking.retract(sibling, 70_000e18);
        vm.stopPrank();
        uint256 epoch = now_();
        vm.assertEq(registry.weightOf("a", node, epoch), 0);
        vm.assertEq(registry.weightOf("a", sibling, epoch), 30_000e18);
    }

    /// @dev A record counts from its epoch on; an epoch keeps its last one.
    function test_records_are_kept_by_epoch() public {
        uint256 first = now_();
        declareAs(node, "a");
        vm.prank(OWNER);
        staking.retract(node, 10_000e18);
        registry.refresh(node, one("a"));
        toEpoch(first + 5, 0);
        vm.prank(OWNER);
        staking.retract(node, 20_000e18);
        registry.refresh(node, one("a"));
        vm.assertEq(registry.stakeRecorded("a", node, first - 1), 0);
        vm.assertEq(registry.stakeRecorded("a", node, first), 90_000e18);
        vm.assertEq(registry.stakeRecorded("a", node, first + 4), 90_000e18);
        vm.assertEq(registry.stakeRecorded("a", node, first + 5), 70_000e18);
        vm.assertEq(registry.totalRecorded("a", first + 4), 90_000e18);
        vm.assertEq(registry.ownerStakeRecorded("a", OWNER, first + 5), 70_000e18);
    }

    function test_owners_add_up() public {
        address sibling = newNode(OWNER, 0xE2, Role.Miner, 30_000e18);
        declareAs(node, "a");
        declareAs(sibling, "a");
        vm.assertEq(registry.ownerStakeRecorded("a", OWNER, now_()), 130_000e18);
        vm.assertEq(registry.totalRecorded("a", now_()), 130_000e18);
        vm.prank(sibling);
        registry.undeclare(one("a"));
        vm.assertEq(registry.ownerStakeRecorded("a", OWNER, now_()), 100_000e18);
    }

    /// @dev A key that was replaced has no stake; the new key declares for itself.
    function test_a_replaced_key() public {
        declareAs(node, "a");
        address next = rotate(OWNER, node, 0x5EED);
        expect(JurorRegistry.NotAnActiveMiner.selector, node);
        declareAs(node, "a");
        vm.assertEq(registry.weightOf("a", node, now_()), 0);
        vm.assertEq(registry.weightOf("a", next, now_()), 0);
        // It is new to every epoch before: nobody looks for a key that a seed favours.
        uint256 before = now_();
        toEpoch(before + 1, 0);
        declareAs(next, "a");
        vm.assertEq(registry.totalRecorded("a", now_()), 100_000e18);
        vm.assertEq(registry.weightOf("a", next, now_()), 100_000e18);
        vm.assertEq(registry.weightOf("a", next, before), 0);
        vm.assertEq(registry.stakeRecorded("a", node, before), 100_000e18);
    }

    /// @dev Whether or not the new key declares anything, anyone writes down that the old one has no stake.
    function test_anyone_refreshes_a_replaced_key() public {
        uint256 general = registry.totalRecorded(GENERAL, now_());
        declareAs(node, "a");
        rotate(OWNER, node, 0x5EED);
        vm.assertEq(registry.totalRecorded("a", now_()), 100_000e18);
        vm.prank(BOB);
        registry.refresh(node, one("a"));
        vm.assertEq(registry.totalRecorded("a", now_()), 0);
        vm.assertEq(registry.totalRecorded(GENERAL, now_()), general);
    }

    /// @dev However often a key is replaced, in one epoch or over many, its stake is in the sums once.
    function test_H2_rotated_keys_leave_no_stake() public {
        uint256 others = registry.totalRecorded(GENERAL, now_());
        for (uint256 i = 1; i <= 12; ++i) {
            declareAs(node, "a");
            vm.assertEq(registry.totalRecorded("a", now_()), 100_000e18);
            vm.assertEq(registry.ownerStakeRecorded("a", OWNER, now_()), 100_000e18);
            vm.assertEq(registry.totalRecorded(GENERAL, now_()) - others, 100_000e18);
            vm.assertEq(registry.ownerStakeRecorded(GENERAL, OWNER, now_()), 100_000e18);
            if (i % 3 == 0) toEpoch(now_() + i, 0);
            node = rotate(OWNER, node, 0x5EED00 + i);
        }
    }

    /// @dev What the new key does not declare stays behind the old one until somebody refreshes it, and is there once.
    function test_a_new_key_declares_a_part() public {
        vm.prank(node);
        registry.declare(two("a", "b"));
        address next = rotate(OWNER, node, 0x5EED);
        vm.expectEmit(address(registry));
        emit JurorRegistry.ManifestUndeclared(node, "a");
        vm.expectEmit(address(registry));
        emit JurorRegistry.StakeRecorded(node, "a", now_(), 0);
        vm.expectEmit(address(registry));
        emit JurorRegistry.StakeRecorded(node, GENERAL, now_(), 0);
        vm.expectEmit(address(registry));
        emit JurorRegistry.StakeRecorded(next, GENERAL, now_(), 100_000e18);
        declareAs(next, "a");
        vm.assertFalse(registry.isDeclared(node, "a"));
        vm.assertTrue(registry.isDeclared(node, "b"));
        vm.assertEq(recorded("b"), 100_000e18);
        vm.assertEq(recorded(GENERAL), 0);
        // The key after it takes back what both have left.
        address third = rotate(OWNER, next, 0x5EEE);
        vm.prank(third);
        registry.declare(two("b", "a"));
        vm.assertFalse(registry.isDeclared(node, GENERAL));
        vm.assertFalse(registry.isDeclared(next, GENERAL));
        vm.assertEq(registry.totalRecorded("a", now_()), 100_000e18);
        vm.assertEq(registry.totalRecorded("b", now_()), 100_000e18);
        vm.assertEq(registry.ownerStakeRecorded(GENERAL, OWNER, now_()), 100_000e18);
    }

    /// @dev A key that has declared something takes back what it adds later, too.
    function test_a_new_key_declares_more_and_more() public {
        vm.prank(node);
        registry.declare(two("a", "b"));
        address next = rotate(OWNER, node, 0x5EED);
        declareAs(next, "c");
        declareAs(next, "b");
        vm.assertEq(registry.totalRecorded("b", now_()), 100_000e18);
        vm.assertEq(recorded("a"), 100_000e18);
        declareAs(next, "a");
        vm.assertEq(registry.totalRecorded("a", now_()), 100_000e18);
        vm.assertFalse(registry.isDeclared(node, GENERAL));
    }

    /// @dev Nodes that one owner registered in one second are told apart: each loses its own replaced keys' records only.
    function test_siblings_of_one_second() public {
        address sibling = newNode(OWNER, 0xE2, Role.Miner, 30_000e18);
        vm.assertEq(staking.nodeView(sibling).registeredAt, staking.nodeView(node).registeredAt);
        declareAs(node, "a");
        declareAs(sibling, "a");
        vm.assertEq(registry.totalRecorded("a", now_()), 130_000e18);
        for (uint256 i = 0; i < 4; ++i) {
            node = rotate(OWNER, node, 0x5EED00 + i);
            declareAs(node, "a");
            vm.assertEq(registry.totalRecorded("a", now_()), 130_000e18);
            sibling = rotate(OWNER, sibling, 0x5EEE00 + i);
            declareAs(sibling, "a");
            vm.assertEq(registry.totalRecorded("a", now_()), 130_000e18);
            vm.assertEq(registry.ownerStakeRecorded(GENERAL, OWNER, now_()), 130_000e18);
        }
        vm.assertTrue(registry.isDeclared(node, "a"));
        vm.assertTrue(registry.isDeclared(sibling, "a"));
    }

    /// @dev However long the chain of keys, and however often each has changed its mind, the last one's declaration costs
    /// the same.
    function test_a_long_history_costs_a_declaration_nothing() public {
        for (uint256 i = 1; i <= 60; ++i) {
            declareAs(node, "a");
            node = rotate(OWNER, node, 0x5EED00 + i);
        }
        for (uint256 i = 0; i < 60; ++i) {
            declareAs(node, "a");
            vm.prank(node);
            registry.undeclare(one("a"));
        }
        address next = rotate(OWNER, node, 0x5EED);
        uint256 gas = gasleft();
        declareAs(next, "a");
        vm.assertLt(gas - gasleft(), 400_000);
    }

    function test_weight_is_the_lesser_of_then_and_now() public {
        declareAs(node, "a");
        uint256 epoch = now_();
        vm.assertEq(registry.weightOf("a", node, epoch), 100_000e18);
        vm.assertEq(registry.weightOf("a", node, epoch - 1), 0);
        fund(OWNER, 1e18);
        vm.prank(OWNER);
        staking.vote(node, 1e18, 0);
        vm.assertEq(registry.weightOf("a", node, epoch), 100_000e18);
        vm.prank(OWNER);
        staking.retract(node, 2e18);
        vm.assertEq(registry.weightOf("a", node, epoch), 99_999e18);
    }

    function test_panels() public {
        declareAs(node, "a");
        uint256 epoch = now_();
        address[] memory nobody = new address[](2);
        (bytes32 manifest, uint128 total) = registry.panelFor("a", epoch, nobody, 100_000e18);
        vm.assertEq(manifest, "a");
        vm.assertEq(uint256(total), 100_000e18);
        (manifest, total) = registry.panelFor("a", epoch, nobody, 100_000e18 + 1);
        vm.assertEq(manifest, GENERAL);
        vm.assertEq(uint256(total), JURORS * JUROR_STAKE + 100_000e18);
        nobody[1] = OWNER;
        (manifest, total) = registry.panelFor("a", epoch, nobody, 0);
        vm.assertEq(manifest, GENERAL);
        vm.assertEq(uint256(total), JURORS * JUROR_STAKE);
    }

    /// @dev After any history, the sums are those of the nodes' keys, and no node is in one with more than its stake,
    /// however often its key was replaced.
    function testFuzz_sums(uint256 seed) public {
        delete keys;
        delete holders;
        for (uint256 i = 0; i < JURORS; ++i) {
            keys.push(jurors[i]);
            holders.push(i);
        }
        for (uint256 i = 0; i < 40; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            step(seed % keys.length, manifests[(seed >> 8) % 3], seed >> 16);
            vm.warp(vm.getBlockTimestamp() + (seed >> 64) % EPOCH);
        }
        for (uint256 epoch = now_(); epoch + 10 > now_(); --epoch) {
            for (uint256 m = 0; m < 4; ++m) {
                checkSums(m == 3 ? GENERAL : manifests[m], epoch);
            }
        }
    }

    /// @dev Something that a key's node, its owner or anybody does; what is refused changes nothing.
    function step(uint256 at, bytes32 what, uint256 seed) private {
        (address who, uint256 holder) = (keys[at], holders[at]);
        uint256 kind = seed % 6;
        if (kind == 0) {
            vm.prank(jurorOwner(holder));
            try staking.retract(who, (seed >> 16) % 50_000e18 + 1) {} catch {}
        } else if (kind == 1) {
            vm.prank(who);
            try registry.undeclare(one(what)) {} catch {}
        } else if (kind == 2) {
            try registry.refresh(who, one(what)) {} catch {}
        } else if (kind == 3) {
            jurors[holder] = rotate(jurorOwner(holder), jurors[holder], 0x5EED00 + keys.length);
            keys.push(jurors[holder]);
            holders.push(holder);
        } else {
            // A key that was replaced is refused, so the one after it comes.
            if (seed >> 16 & 1 == 0) who = jurors[holder];
            vm.prank(who);
            try registry.declare(kind == 4 ? one(what) : two(what, "a")) {} catch {}
        }
    }

    function checkSums(bytes32 manifest, uint256 epoch) private view {
        uint256 sum = 0;
        for (uint256 i = 0; i < JURORS; ++i) {
            uint256 stake = 0;
            for (uint256 k = 0; k < keys.length; ++k) {
                if (holders[k] != i) continue;
                uint256 part = registry.stakeRecorded(manifest, keys[k], epoch);
                stake += part;
                if (keys[k] == jurors[i] || !registry.isDeclared(jurors[i], manifest)) continue;
                if (epoch == now_()) vm.assertEq(part, 0, "of an earlier key");
            }
            vm.assertLe(stake, JUROR_STAKE, "twice");
            vm.assertEq(registry.ownerStakeRecorded(manifest, jurorOwner(i), epoch), stake);
            sum += stake;
        }
        vm.assertEq(registry.totalRecorded(manifest, epoch), sum);
    }
}
