// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Finders} from "../../src/libraries/Finders.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Takes any evidence that was announced.
contract FindersHarness is Finders {
    function prove(bytes32 evidence, bytes32 salt) external view {
        _checkAnnounced(evidence, salt);
    }
}

/// @dev Who can prove what, and when.
contract FindersTest is TestBase {
    address private constant ALICE = address(0xA11CE);
    address private constant MALLORY = address(0xBAD);
    bytes32 private constant EVIDENCE = "evidence";
    uint256 private constant START = 1_800_000_000;

    FindersHarness private finders;

    function setUp() public {
        vm.warp(START);
        finders = new FindersHarness();
    }

    function commitment(address finder) private pure returns (bytes32) {
        return keccak256(abi.encode(finder, EVIDENCE, SALT));
    }

    function announce(address finder) private {
        finders.announce(commitment(finder));
    }

    function accepted(address finder) private {
        vm.prank(finder);
        finders.prove(EVIDENCE, SALT);
    }

    /// @param time When the commitment was announced.
    function refused(address finder, bytes32 evidence, bytes32 salt, uint256 time) private {
        bytes32 unknown = keccak256(abi.encode(finder, evidence, salt));
        vm.expectRevert(abi.encodeWithSelector(Finders.NotAnnounced.selector, unknown, time));
        vm.prank(finder);
        finders.prove(evidence, salt);
    }

    function test_announced_evidence_is_proven() public {
        vm.expectEmit(address(finders));
        emit Finders.EvidenceAnnounced(commitment(ALICE), START + 1 days);
        announce(ALICE);
        vm.assertEq(finders.announcedAt(commitment(ALICE)), START);
        vm.warp(START + 60);
        accepted(ALICE);
        vm.warp(START + 1 days);
        accepted(ALICE);
    }

    function test_never_announced() public {
        vm.assertEq(finders.announcedAt(commitment(ALICE)), 0);
        refused(ALICE, EVIDENCE, SALT, 0);
    }

    function test_proven_too_early() public {
        announce(ALICE);
        refused(ALICE, EVIDENCE, SALT, START);
        vm.warp(START + 59);
        refused(ALICE, EVIDENCE, SALT, START);
        vm.warp(START + 60);
        accepted(ALICE);
    }

    function test_proven_too_late() public {
        announce(ALICE);
        vm.warp(START + 1 days + 1);
        refused(ALICE, EVIDENCE, SALT, START);
    }

    /// @dev The commitment binds the finder, the evidence and the salt.
    function test_another_announcement_does_not_count() public {
        announce(ALICE);
        vm.warp(START + 60);
        refused(MALLORY, EVIDENCE, SALT, 0);
        refused(ALICE, "another", SALT, 0);
        refused(ALICE, EVIDENCE, "another", 0);
        accepted(ALICE);
    }

    /// @dev Whoever copies a proof announces it too late, and keeps nobody from proving it.
    function test_a_copier_is_refused() public {
        announce(ALICE);
        vm.warp(START + 60);
        announce(MALLORY);
        refused(MALLORY, EVIDENCE, SALT, START + 60);
        accepted(ALICE);
    }

    /// @dev Announcing somebody's commitment again does not make it younger.
    function test_an_announcement_is_not_reset() public {
        announce(ALICE);
        vm.warp(START + 60);
        vm.expectRevert(abi.encodeWithSelector(Finders.AlreadyAnnounced.selector, START + 1 days + 1));
        vm.prank(MALLORY);
        announce(ALICE);
        accepted(ALICE);
    }

    function test_an_expired_announcement_is_made_again() public {
        announce(ALICE);
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(Finders.AlreadyAnnounced.selector, START + 1 days + 1));
        announce(ALICE);
        uint256 again = START + 1 days + 1;
        vm.warp(again);
        announce(ALICE);
        vm.warp(again + 59);
        refused(ALICE, EVIDENCE, SALT, again);
        vm.warp(again + 60);
        accepted(ALICE);
    }

    /// @dev A proof is accepted from a minute to a day after its announcement.
    function testFuzz_times(uint256 age) public {
        age = bound(age, 0, 2 days);
        announce(ALICE);
        vm.warp(START + age);
        if (age < 60 || age > 1 days) refused(ALICE, EVIDENCE, SALT, START);
        else accepted(ALICE);
    }
}
