// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Finders} from "../../src/libraries/Finders.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Holds rewards and pays them for any evidence.
contract FindersHarness is Finders {
    function pay(IERC20 token, bytes32 evidence, bytes32 salt, uint256 reward) external returns (uint256) {
        return _payFinder(token, evidence, salt, reward);
    }
}

/// @dev Who is paid for evidence.
contract FindersTest is TestBase {
    address private constant ALICE = address(0xA11CE);
    address private constant MALLORY = address(0xBAD);
    bytes32 private constant EVIDENCE = "evidence";
    bytes32 private constant SALT = "salt";

    FindersHarness private finders;

    function setUp() public {
        vm.warp(1_800_000_000);
        cai = new CAIToken(treasury);
        finders = new FindersHarness();
        cai.transfer(address(finders), 100);
    }

    function commitment(address finder) private pure returns (bytes32) {
        return keccak256(abi.encode(finder, EVIDENCE, SALT));
    }

    function prove(address finder, bytes32 evidence, bytes32 salt) private returns (uint256) {
        vm.prank(finder);
        return finders.pay(cai, evidence, salt, 10);
    }

    function assertBurned(uint256 amount) private view {
        vm.assertEq(cai.balanceOf(finders.BURN()), amount);
        vm.assertEq(cai.balanceOf(address(finders)), 100 - amount);
    }

    function test_announced_evidence_is_paid() public {
        uint256 start = vm.getBlockTimestamp();
        vm.expectEmit(address(finders));
        emit Finders.EvidenceAnnounced(commitment(ALICE), start + 1 days);
        finders.announce(commitment(ALICE));
        vm.assertEq(finders.announcedAt(commitment(ALICE)), start);
        vm.warp(start + 60);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 10);
        vm.assertEq(cai.balanceOf(ALICE), 10);
        vm.assertEq(cai.balanceOf(finders.BURN()), 0);
    }

    function test_announced_too_late() public {
        finders.announce(commitment(ALICE));
        vm.warp(block.timestamp + 59);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 0);
        assertBurned(10);
    }

    function test_announced_too_early() public {
        uint256 start = vm.getBlockTimestamp();
        finders.announce(commitment(ALICE));
        vm.warp(start + 1 days + 1);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 0);
        vm.warp(start + 1 days);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 10);
        vm.assertEq(cai.balanceOf(finders.BURN()), 10);
    }

    function test_never_announced() public {
        vm.assertEq(finders.announcedAt(commitment(ALICE)), 0);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 0);
        assertBurned(10);
    }

    /// @dev The commitment binds the finder, the evidence and the salt.
    function test_another_announcement_does_not_count() public {
        finders.announce(commitment(ALICE));
        vm.warp(block.timestamp + 60);
        vm.assertEq(prove(MALLORY, EVIDENCE, SALT), 0);
        vm.assertEq(prove(ALICE, "another", SALT), 0);
        vm.assertEq(prove(ALICE, EVIDENCE, "another"), 0);
        assertBurned(30);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 10);
    }

    /// @dev Announcing somebody's commitment again does not make it younger.
    function test_an_announcement_is_not_reset() public {
        uint256 start = vm.getBlockTimestamp();
        finders.announce(commitment(ALICE));
        vm.warp(start + 60);
        vm.expectRevert(abi.encodeWithSelector(Finders.AlreadyAnnounced.selector, start + 1 days + 1));
        vm.prank(MALLORY);
        finders.announce(commitment(ALICE));
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 10);
    }

    function test_an_expired_announcement_is_made_again() public {
        uint256 start = vm.getBlockTimestamp();
        finders.announce(commitment(ALICE));
        vm.warp(start + 1 days);
        vm.expectRevert(abi.encodeWithSelector(Finders.AlreadyAnnounced.selector, start + 1 days + 1));
        finders.announce(commitment(ALICE));
        vm.warp(start + 1 days + 1);
        finders.announce(commitment(ALICE));
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 0);
        vm.warp(start + 1 days + 61);
        vm.assertEq(prove(ALICE, EVIDENCE, SALT), 10);
    }

    function test_no_reward_moves_nothing() public {
        finders.announce(commitment(ALICE));
        vm.warp(block.timestamp + 60);
        vm.prank(ALICE);
        vm.assertEq(finders.pay(cai, EVIDENCE, SALT, 0), 0);
        assertBurned(0);
    }
}
