// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {StakingBase} from "../harness/StakingBase.sol";

/// @dev How nodes are registered, updated and removed.
contract StakingNodesTest is StakingBase {
    function test_register() public {
        fund(ALICE, MINER_STAKE + 5);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectEmit(address(staking));
        emit NodeRegistry.NodeRegistered(node, ALICE, Role.Miner, "name", "hello", "https://node");
        vm.expectEmit(address(staking));
        emit Votes.Voted(ALICE, node, MINER_STAKE);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE);
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_STAKE, "name", "hello", "https://node", block.timestamp, signature);

        NodeView memory info = staking.nodeView(node);
        vm.assertEq(info.node, node);
        vm.assertEq(info.owner, ALICE);
        vm.assertEq(info.role, 1);
        vm.assertEq(info.status, 1);
        vm.assertEq(info.registeredAt, block.timestamp);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE);
        vm.assertEq(staking.freeStakeOf(ALICE), 5);
        vm.assertEq(staking.stakeOf(node, ALICE), MINER_STAKE);
        vm.assertEq(staking.nonces(node), 1);
        vm.assertEq(staking.nodeCount(Role.Miner), 1);
        vm.assertEq(staking.nodeCount(Role.Coordinator), 0);
    }

    function test_one_owner_may_own_several_nodes() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        newNode(ALICE, OTHER_KEY, Role.Coordinator, COORDINATOR_MINIMUM + 1);
        vm.assertEq(staking.nodeView(node).owner, ALICE);
        vm.assertEq(staking.nodeView(vm.addr(OTHER_KEY)).owner, ALICE);
    }

    function test_register_own_stake_is_above_the_minimum() public {
        fund(ALICE, 3_000_000e18);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(Staking.BelowMinimum.selector, MINER_MINIMUM, MINER_MINIMUM));
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_MINIMUM, "name", "hello", "https://node", block.timestamp, signature);

        signature = signRegister(NODE_KEY, ALICE, Role.Coordinator, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(Staking.BelowMinimum.selector, COORDINATOR_MINIMUM, COORDINATOR_MINIMUM));
        vm.prank(ALICE);
        staking.register(
            node, Role.Coordinator, COORDINATOR_MINIMUM, "name", "hello", "https://node", block.timestamp, signature
        );
    }

    function test_register_needs_free_stake() public {
        fund(ALICE, MINER_MINIMUM);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, MINER_MINIMUM, MINER_STAKE));
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_STAKE, "name", "hello", "https://node", block.timestamp, signature);
    }

    /// @dev For registrations that are refused before the signature is checked.
    function registerUnsigned(address owner, Role role) private {
        vm.prank(owner);
        staking.register(node, role, MINER_STAKE, "name", "hello", "https://node", block.timestamp, "");
    }

    function test_register_refuses_the_owners_own_key() public {
        vm.expectRevert(NodeRegistry.NodeIsOwner.selector);
        registerUnsigned(node, Role.Miner);
    }

    function test_register_refuses_a_known_node() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        registerUnsigned(BOB, Role.Miner);

        vm.prank(ALICE);
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NodeTaken.selector, node));
        registerUnsigned(ALICE, Role.Coordinator);
    }

    function test_register_refuses_other_roles() public {
        vm.expectRevert(NodeRegistry.InvalidRole.selector);
        registerUnsigned(ALICE, Role.None);
        // A number that is not a role does not decode.
        bytes memory call = abi.encodeCall(
            Staking.register, (node, Role.Miner, MINER_STAKE, "name", "", "", block.timestamp, new bytes(65))
        );
        call[4 + 63] = 0x03;
        vm.prank(ALICE);
        (bool accepted, bytes memory result) = address(staking).call(call);
        vm.assertFalse(accepted);
        vm.assertEq(result.length, 0);
    }

    function test_register_refuses_a_late_signature() public {
        fund(ALICE, MINER_STAKE);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp - 1);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.Expired.selector, block.timestamp - 1));
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_STAKE, "name", "hello", "https://node", block.timestamp - 1, signature);
    }

    function test_register_refuses_signatures_of_something_else() public {
        fund(ALICE, MINER_STAKE);
        uint256 deadline = vm.getBlockTimestamp();
        bytes memory good = signRegister(NODE_KEY, ALICE, Role.Miner, deadline);
        // Other metadata, role, deadline, owner, key.
        attempt(good, "other", Role.Miner, deadline);
        attempt(good, "name", Role.Coordinator, deadline);
        attempt(good, "name", Role.Miner, deadline + 1);
        attempt(signRegister(NODE_KEY, BOB, Role.Miner, deadline), "name", Role.Miner, deadline);
        attempt(signRegister(OTHER_KEY, ALICE, Role.Miner, deadline), "name", Role.Miner, deadline);
        // Another nonce.
        bytes32 metadata = keccak256(abi.encode("name", "hello", "https://node"));
        bytes32 structHash = Messages.hash(Messages.Register(node, ALICE, 1, metadata, 1, deadline));
        attempt(sign(NODE_KEY, structHash), "name", Role.Miner, deadline);
        // Another contract, another chain.
        Staking same = staking;
        staking = new Staking(cai, 100, UNBONDING, address(this));
        bytes memory elsewhere = signRegister(NODE_KEY, ALICE, Role.Miner, deadline);
        staking = same;
        attempt(elsewhere, "name", Role.Miner, deadline);
        vm.chainId(1210);
        attempt(good, "name", Role.Miner, deadline);
        vm.chainId(31337);
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_STAKE, "name", "hello", "https://node", deadline, good);
    }

    function test_register_accepts_one_form_of_a_signature() public {
        fund(ALICE, MINER_STAKE);
        bytes memory good = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := mload(add(good, 32))
            s := mload(add(good, 64))
        }
        uint8 v = uint8(good[64]);
        // The other root, the compact form, v as 0 or 1, a missing byte.
        bytes32 high = bytes32(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141 - uint256(s));
        attempt(abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)), "name", Role.Miner, block.timestamp);
        bytes32 compact = bytes32(uint256(s) | uint256(v - 27) << 255);
        attempt(abi.encodePacked(r, compact), "name", Role.Miner, block.timestamp);
        attempt(abi.encodePacked(r, s, v - 27), "name", Role.Miner, block.timestamp);
        attempt(abi.encodePacked(r, s), "name", Role.Miner, block.timestamp);
        attempt("", "name", Role.Miner, block.timestamp);
        vm.prank(ALICE);
        staking.register(node, Role.Miner, MINER_STAKE, "name", "hello", "https://node", block.timestamp, good);
    }

    function test_metadata_lengths() public {
        string memory long = string(new bytes(513));
        fund(ALICE, 3_000_000e18);
        bytes memory none = new bytes(65);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadNameLength.selector, 0));
        staking.register(node, Role.Miner, MINER_STAKE, "", "", "", block.timestamp, none);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadNameLength.selector, 65));
        staking.register(node, Role.Miner, MINER_STAKE, string(new bytes(65)), "", "", block.timestamp, none);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadIntroductionLength.selector, 513));
        staking.register(node, Role.Miner, MINER_STAKE, "n", long, "", block.timestamp, none);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadEndpointLength.selector, 257));
        staking.register(node, Role.Miner, MINER_STAKE, "n", "", string(new bytes(257)), block.timestamp, none);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadEndpointLength.selector, 0));
        staking.register(node, Role.Coordinator, MINER_STAKE, "n", "", "", block.timestamp, none);

        // The longest ones pass, and so does a miner without an endpoint: only the signature is wrong.
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        staking.register(
            node,
            Role.Coordinator,
            MINER_STAKE,
            string(new bytes(64)),
            string(new bytes(512)),
            string(new bytes(256)),
            block.timestamp,
            none
        );
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        staking.register(node, Role.Miner, MINER_STAKE, "n", "", "", block.timestamp, none);
    }

    function test_update() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.expectEmit(address(staking));
        emit NodeRegistry.NodeUpdated(node, "new", "text", "");
        vm.prank(ALICE);
        staking.update(node, "new", "text", "");

        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, BOB));
        vm.prank(BOB);
        staking.update(node, "new", "text", "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, node));
        vm.prank(node);
        staking.update(node, "new", "text", "");
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.update(BOB, "new", "text", "");

        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadNameLength.selector, 0));
        staking.update(node, "", "text", "");
        staking.retract(node, MINER_STAKE);
        staking.update(node, "inactive", "", "");
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.update(node, "gone", "", "");
    }

    function test_update_keeps_a_coordinators_endpoint() public {
        address coordinator = newNode(ALICE, NODE_KEY, Role.Coordinator, COORDINATOR_MINIMUM + 1);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.BadEndpointLength.selector, 0));
        vm.prank(ALICE);
        staking.update(coordinator, "name", "", "");
    }

    function test_deregister() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.prank(BOB);
        staking.vote(node, 10e18, 5_000);

        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotNodeOwner.selector, node, BOB));
        vm.prank(BOB);
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.deregister(BOB);

        expectWeight(node, Status.Removed, MINER_STAKE, 0);
        vm.startPrank(ALICE);
        staking.deregister(node);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.deregister(node);
        vm.stopPrank();
        assertNode(node, Status.Removed, MINER_STAKE, 0);

        // No stake can come in any more, not even the owner's; all stake can leave.
        fund(ALICE, 1e18);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.vote(node, 1e18, 5_000);
        expectWeight(node, Status.Removed, 0, 0);
        staking.retract(node, MINER_STAKE);
        vm.stopPrank();
        vm.prank(BOB);
        staking.retract(node, 10e18);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(ALICE);
        staking.release(node);
        vm.prank(BOB);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(ALICE), MINER_STAKE + 1e18);
        vm.assertEq(staking.freeStakeOf(BOB), 10e18);
        assertNode(node, Status.Removed, 0, 0);
    }
}
