// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {NodeRegistry, NodeView, Role, Status} from "../../src/staking/NodeRegistry.sol";
import {Unbonding, Votes} from "../../src/staking/Votes.sol";
import {StakingHarness} from "../harness/StakingHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Calls back into Staking while it moves tokens.
contract HostileToken is ERC20("Hostile", "H") {
    Staking public staking;
    bytes public attack;
    bytes public failure;

    function arm(Staking staking_, bytes calldata attack_) external {
        (staking, attack) = (staking_, attack_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length != 0) {
            (, failure) = address(staking).call(attack);
        }
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

contract StakingTest is TestBase {
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);
    uint256 private constant NODE_KEY = 0xE0DE;
    uint256 private constant OTHER_KEY = 0xE0DF;
    uint256 private constant MINER_STAKE = MINER_MINIMUM + 1;

    address private node;

    function setUp() public {
        deploy();
        node = vm.addr(NODE_KEY);
    }

    function assertNode(address who, Status status, uint256 selfStake, uint256 weight) private view {
        NodeView memory info = staking.nodeView(who);
        vm.assertEq(uint256(info.status), uint256(status), "status");
        vm.assertEq(uint256(info.selfStake), selfStake, "own stake");
        vm.assertEq(uint256(info.weight), weight, "weight");
    }

    function expectWeight(address who, Status status, uint256 selfStake, uint256 weight) private {
        vm.expectEmit(address(staking));
        emit Votes.NodeWeightChanged(who, status, uint128(selfStake), uint128(weight));
    }

    // ---------------------------------------------------------------------------------------------- deployment

    function test_constructor_keeps_parameters() public view {
        vm.assertEq(address(staking.cai()), address(cai));
        vm.assertEq(staking.epochBlocks(), 100);
        vm.assertEq(staking.unbondingPeriod(), UNBONDING);
        vm.assertEq(staking.authority(), address(manager));
        vm.assertEq(staking.MINER_MINIMUM(), MINER_MINIMUM);
        vm.assertEq(staking.COORDINATOR_MINIMUM(), COORDINATOR_MINIMUM);
        vm.assertEq(staking.minimumStake(Role.Miner), MINER_MINIMUM);
        vm.assertEq(staking.minimumStake(Role.Coordinator), COORDINATOR_MINIMUM);
        // The code that measures coverage is larger.
        if (!vm.isContext(VmSafe.ForgeContext.Coverage)) vm.assertLe(address(staking).code.length, 24_576);
    }

    function test_constructor_bounds() public {
        vm.expectRevert(Staking.BadToken.selector);
        new Staking(IERC20(BOB), 1, 1, address(this));
        vm.expectRevert(Staking.BadEpochBlocks.selector);
        new Staking(cai, 0, 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, 0, 30 days));
        new Staking(cai, 1, 0, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, 30 days + 1, 30 days));
        new Staking(cai, 1, 30 days + 1, address(this));
        vm.expectRevert(abi.encodeWithSelector(Staking.BadUnbondingPeriod.selector, type(uint64).max, 30 days));
        new Staking(cai, 1, type(uint64).max, address(this));
        vm.expectRevert(Staking.ZeroAddress.selector);
        new Staking(cai, 1, 1, address(0));
        HostileToken huge = new HostileToken();
        huge.mint(BOB, type(uint96).max);
        new Staking(huge, 1, 1, BOB);
        huge.mint(BOB, 1);
        vm.expectRevert(Staking.BadToken.selector);
        new Staking(huge, 1, 1, BOB);
        new Staking(cai, 1, 1, BOB);
        new Staking(cai, type(uint64).max, 30 days, BOB);
    }

    function test_authority_moves_only_by_itself() public {
        staking = new Staking(cai, 100, UNBONDING, address(this));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, BOB));
        vm.prank(BOB);
        staking.setAuthority(address(cai));
        staking.setAuthority(address(cai));
        vm.assertEq(staking.authority(), address(cai));
    }

    // ---------------------------------------------------------------------------------------------- free stake

    function test_deposit_and_withdraw() public {
        cai.transfer(ALICE, 10e18);
        vm.startPrank(ALICE);
        cai.approve(address(staking), 10e18);
        vm.expectEmit(address(staking));
        emit FreeStake.Deposited(ALICE, 10e18);
        staking.deposit(10e18);
        vm.assertEq(staking.freeStakeOf(ALICE), 10e18);
        vm.assertEq(cai.balanceOf(address(staking)), 10e18);

        vm.expectEmit(address(staking));
        emit FreeStake.Withdrawn(ALICE, 4e18);
        staking.withdraw(4e18);
        vm.assertEq(staking.freeStakeOf(ALICE), 6e18);
        vm.assertEq(cai.balanceOf(ALICE), 4e18);

        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 6e18, 6e18 + 1));
        staking.withdraw(6e18 + 1);
    }

    function test_deposit_needs_allowance() public {
        cai.transfer(ALICE, 1);
        vm.expectRevert();
        vm.prank(ALICE);
        staking.deposit(1);
        vm.assertEq(staking.freeStakeOf(ALICE), 0);
    }

    function test_zero_amounts() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.startPrank(ALICE);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.deposit(0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.withdraw(0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.vote(node, 0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.depositAndVote(node, 0);
        vm.expectRevert(FreeStake.ZeroAmount.selector);
        staking.retract(node, 0);
    }

    function test_donations_are_ignored() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        cai.transfer(address(staking), 5e18);
        vm.assertEq(staking.freeStakeOf(address(this)), 0);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE);
        vm.assertEq(staking.stakeOf(node, ALICE), MINER_STAKE);
    }

    function test_deposit_with_permit() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
        vm.assertEq(staking.freeStakeOf(carol), 5e18);
    }

    function test_permit_submitted_first_by_another_does_no_harm() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        cai.permit(carol, address(staking), 5e18, block.timestamp, v, r, s);
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
        vm.assertEq(staking.freeStakeOf(carol), 5e18);
    }

    function test_bad_permit_gives_no_allowance() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(8, 5e18, block.timestamp);
        vm.expectRevert();
        vm.prank(carol);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
    }

    /// @dev Someone else's permit cannot be used to deposit in one's own name.
    function test_permit_is_the_callers_own() public {
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.expectRevert();
        vm.prank(BOB);
        staking.depositWithPermit(5e18, block.timestamp, v, r, s);
    }

    // -------------------------------------------------------------------------------------------- registration

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

    /// @dev For what is refused before the signature is looked at.
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
        // A number that is no role does not decode.
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

    function attempt(bytes memory signature, string memory name, Role role, uint256 deadline) private {
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        vm.prank(ALICE);
        staking.register(node, role, MINER_STAKE, name, "hello", "https://node", deadline, signature);
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
        staking.vote(node, 10e18);

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

        // Nothing goes in any more, not even the owner's; everything comes out.
        fund(ALICE, 1e18);
        vm.startPrank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        staking.vote(node, 1e18);
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

    // --------------------------------------------------------------------------------------------------- votes

    function test_vote() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.expectEmit(address(staking));
        emit Votes.Voted(BOB, node, 6e18);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 6e18);
        vm.prank(BOB);
        staking.vote(node, 6e18);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18);
        vm.assertEq(staking.stakeOf(node, BOB), 6e18);

        vm.expectRevert(abi.encodeWithSelector(FreeStake.InsufficientFreeStake.selector, 4e18, 5e18));
        vm.prank(BOB);
        staking.vote(node, 5e18);
        fund(ALICE, 1e18);
        expectWeight(node, Status.Active, MINER_STAKE + 1e18, MINER_STAKE + 7e18);
        vm.prank(ALICE);
        staking.vote(node, 1e18);
    }

    function test_vote_for_an_unknown_node() public {
        fund(BOB, 1e18);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, node));
        vm.prank(BOB);
        staking.vote(node, 1e18);
    }

    function test_vote_for_an_inactive_node_is_the_owners() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 2e18);
        vm.prank(BOB);
        staking.vote(node, 1e18);
        expectWeight(node, Status.Inactive, MINER_MINIMUM, 0);
        vm.prank(ALICE);
        staking.retract(node, 1);

        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.NotActive.selector, node));
        vm.prank(BOB);
        staking.vote(node, 1e18);

        fund(ALICE, 1);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 1e18);
        vm.prank(ALICE);
        staking.vote(node, 1);
    }

    function test_owner_below_the_minimum_stays_inactive() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(ALICE, 2);
        vm.startPrank(ALICE);
        staking.retract(node, 3);
        expectWeight(node, Status.Inactive, MINER_MINIMUM, 0);
        staking.vote(node, 2);
        vm.stopPrank();
    }

    function test_deposit_and_vote() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        cai.transfer(BOB, 5e18);
        vm.startPrank(BOB);
        cai.approve(address(staking), 5e18);
        vm.expectEmit(address(staking));
        emit FreeStake.Deposited(BOB, 5e18);
        vm.expectEmit(address(staking));
        emit Votes.Voted(BOB, node, 5e18);
        staking.depositAndVote(node, 5e18);
        vm.stopPrank();
        vm.assertEq(staking.freeStakeOf(BOB), 0);
        vm.assertEq(staking.stakeOf(node, BOB), 5e18);
        vm.assertEq(cai.balanceOf(BOB), 0);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE + 5e18);
    }

    function test_deposit_and_vote_with_permit() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        address carol = vm.addr(7);
        cai.transfer(carol, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = signPermit(7, 5e18, block.timestamp);
        vm.prank(carol);
        staking.depositAndVoteWithPermit(node, 5e18, block.timestamp, v, r, s);
        vm.assertEq(staking.stakeOf(node, carol), 5e18);
        vm.assertEq(cai.balanceOf(address(staking)), MINER_STAKE + 5e18);
    }

    // ----------------------------------------------------------------------------------------------- unbonding

    function test_retract_and_release() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.startPrank(BOB);
        staking.vote(node, 10e18);
        uint256 at = vm.getBlockTimestamp() + UNBONDING;
        vm.expectEmit(address(staking));
        emit Votes.Retracted(BOB, node, 4e18, at);
        expectWeight(node, Status.Active, MINER_STAKE, MINER_STAKE + 6e18);
        staking.retract(node, 4e18);
        vm.assertEq(staking.stakeOf(node, BOB), 6e18);
        vm.assertEq(staking.freeStakeOf(BOB), 0);

        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, at));
        staking.release(node);
        vm.warp(at);
        vm.expectEmit(address(staking));
        emit Votes.Released(BOB, node, 4e18);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 4e18);
        vm.expectRevert(Votes.NothingToRelease.selector);
        staking.release(node);
        staking.withdraw(4e18);
        vm.assertEq(cai.balanceOf(BOB), 4e18);
    }

    function test_release_takes_the_matured_requests_only() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 10e18);
        vm.startPrank(BOB);
        staking.vote(node, 10e18);
        uint256 start = vm.getBlockTimestamp();
        staking.retract(node, 1e18);
        staking.retract(node, 2e18);
        vm.warp(start + 1 days);
        staking.retract(node, 3e18);
        vm.warp(start + 2 days);
        staking.retract(node, 4e18);

        vm.warp(start + UNBONDING);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 3e18);
        Unbonding[] memory open = staking.unbondings(node, BOB);
        vm.assertEq(open.length, 2);
        vm.assertEq(open[0].amount, 3e18);
        vm.assertEq(open[0].shares, 3e18);
        vm.assertEq(open[0].availableAt, start + 1 days + UNBONDING);
        vm.assertEq(open[1].amount, 4e18);
        vm.assertEq(open[1].availableAt, start + 2 days + UNBONDING);

        vm.expectRevert(abi.encodeWithSelector(Votes.StillUnbonding.selector, start + 1 days + UNBONDING));
        staking.release(node);
        vm.warp(start + 2 days + UNBONDING);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 10e18);
        vm.assertEq(staking.unbondings(node, BOB).length, 0);
    }

    function test_retract_needs_stake() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        vm.expectRevert(abi.encodeWithSelector(NodeRegistry.UnknownNode.selector, BOB));
        staking.retract(BOB, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, 0, 1));
        vm.prank(BOB);
        staking.retract(node, 1);
        vm.expectRevert(abi.encodeWithSelector(Votes.InsufficientStake.selector, MINER_STAKE, MINER_STAKE + 1));
        vm.prank(ALICE);
        staking.retract(node, MINER_STAKE + 1);
    }

    function test_open_requests_are_limited_per_staker_and_node() public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        newNode(ALICE, OTHER_KEY, Role.Miner, MINER_STAKE);
        fund(BOB, 100);
        vm.startPrank(BOB);
        staking.vote(node, 90);
        staking.vote(vm.addr(OTHER_KEY), 10);
        for (uint256 i = 0; i < 32; ++i) {
            staking.retract(node, 1);
        }
        vm.expectRevert(Votes.TooManyUnbondings.selector);
        staking.retract(node, 1);
        staking.retract(vm.addr(OTHER_KEY), 1);
        vm.stopPrank();
        // Another staker's list is another list.
        vm.prank(ALICE);
        staking.retract(node, 1);

        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(BOB);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 32);
        staking.retract(node, 58);
        vm.assertEq(staking.stakeOf(node, BOB), 0);
    }

    function test_own_stake_at_the_minimum_deactivates() public {
        newNode(ALICE, NODE_KEY, Role.Coordinator, COORDINATOR_MINIMUM + 2);
        expectWeight(node, Status.Active, COORDINATOR_MINIMUM + 1, COORDINATOR_MINIMUM + 1);
        vm.startPrank(ALICE);
        staking.retract(node, 1);
        expectWeight(node, Status.Inactive, COORDINATOR_MINIMUM, 0);
        staking.retract(node, 1);
        assertNode(node, Status.Inactive, COORDINATOR_MINIMUM, 0);
    }

    // --------------------------------------------------------------------------------------------------- views

    function test_weights_in_pages() public {
        for (uint256 i = 0; i < 5; ++i) {
            newNode(ALICE, 0x100 + i, Role.Miner, MINER_STAKE + i);
        }
        newNode(BOB, 0x200, Role.Coordinator, COORDINATOR_MINIMUM + 1);
        vm.prank(ALICE);
        staking.retract(vm.addr(0x101), 2);

        vm.assertEq(staking.nodeCount(Role.Miner), 5);
        NodeView[] memory page = staking.weights(Role.Miner, 0, type(uint256).max);
        vm.assertEq(page.length, 5);
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(page[i].node, vm.addr(0x100 + i));
            vm.assertEq(uint256(page[i].weight), i == 1 ? 0 : MINER_STAKE + i);
            vm.assertEq(page[i].status, i == 1 ? 2 : 1);
            vm.assertEq(abi.encode(page[i]), abi.encode(staking.nodeView(page[i].node)));
        }
        page = staking.weights(Role.Miner, 3, 1);
        vm.assertEq(page.length, 1);
        vm.assertEq(page[0].node, vm.addr(0x103));
        vm.assertEq(staking.weights(Role.Miner, 4, 9).length, 1);
        vm.assertEq(staking.weights(Role.Miner, 5, 9).length, 0);
        vm.assertEq(staking.weights(Role.Miner, 0, 0).length, 0);
        vm.assertEq(staking.weights(Role.Miner, type(uint256).max, type(uint256).max).length, 0);
        vm.assertEq(staking.weights(Role.Coordinator, 0, 9).length, 1);
        vm.assertEq(staking.weights(Role.None, 0, 9).length, 0);
    }

    function test_views_of_an_unknown_node() public view {
        NodeView memory info = staking.nodeView(node);
        vm.assertEq(info.node, node);
        vm.assertEq(info.owner, address(0));
        vm.assertEq(info.status, 0);
        vm.assertEq(staking.stakeOf(node, ALICE), 0);
        vm.assertEq(staking.unbondings(node, ALICE).length, 0);
        vm.assertEq(staking.nonces(node), 0);
    }

    // -------------------------------------------------------------------------------------------------- safety

    function test_token_callbacks_cannot_reenter() public {
        HostileToken hostile = new HostileToken();
        Staking target = new Staking(hostile, 1, 1, address(this));
        hostile.mint(address(this), 10);
        hostile.approve(address(target), 10);
        bytes4 reentered = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        bytes[5] memory attacks = [
            abi.encodeCall(FreeStake.deposit, (1)),
            abi.encodeCall(FreeStake.depositWithPermit, (1, 0, 0, 0, 0)),
            abi.encodeCall(FreeStake.withdraw, (1)),
            abi.encodeCall(Votes.depositAndVote, (node, 1)),
            abi.encodeCall(Votes.depositAndVoteWithPermit, (node, 1, 0, 0, 0, 0))
        ];
        for (uint256 i = 0; i < attacks.length; ++i) {
            hostile.arm(target, attacks[i]);
            target.deposit(2);
            vm.assertEq(bytes4(hostile.failure()), reentered);
            target.withdraw(1);
            vm.assertEq(bytes4(hostile.failure()), reentered);
        }
        vm.assertEq(target.freeStakeOf(address(this)), 5);
    }

    /// @dev A loss takes the same fraction from active and unbonding stake, whoever's it is.
    function test_losses_reach_every_share() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 10_000e18);
        vm.startPrank(BOB);
        staking.vote(node, 10_000e18);
        staking.retract(node, 4_000e18);
        vm.stopPrank();

        expectWeight(node, Status.Active, 27_000e18, 32_400e18);
        staking.slash(node, 4_000e18, address(0), 0);
        vm.assertEq(staking.stakeOf(node, ALICE), 27_000e18);
        vm.assertEq(staking.stakeOf(node, BOB), 5_400e18);
        vm.assertEq(staking.unbondings(node, BOB)[0].amount, 3_600e18);
        expectWeight(node, Status.Inactive, 18_000e18, 0);
        staking.slash(node, 12_000e18, address(0), 0);

        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(BOB);
        staking.release(node);
        vm.assertEq(staking.freeStakeOf(BOB), 2_400e18);
        staking.retract(node, 3_600e18);
        vm.assertEq(harness.sharesOf(node, BOB), 0);
        vm.stopPrank();

        // New stake pays today's price; the owner comes back.
        fund(ALICE, 2_001e18);
        vm.prank(ALICE);
        staking.vote(node, 2_001e18);
        assertNode(node, Status.Active, 20_001e18, 20_001e18);
    }

    /// @dev The wei that rounding leaves behind at a release is announced.
    function test_release_announces_rounding() public {
        StakingHarness harness = new StakingHarness(cai, UNBONDING, address(manager));
        staking = harness;
        takeRoles();
        newNode(ALICE, NODE_KEY, Role.Miner, 30_000e18);
        fund(BOB, 2);
        vm.startPrank(BOB);
        staking.vote(node, 2);
        staking.retract(node, 1);
        vm.stopPrank();
        staking.slash(node, 1, address(0), 0);
        vm.warp(block.timestamp + UNBONDING);
        uint256 before = staking.nodeView(node).weight;
        vm.expectEmit(address(staking));
        emit Votes.Released(BOB, node, 0);
        expectWeight(node, Status.Active, 30_000e18, 30_000e18 + 1);
        vm.prank(BOB);
        staking.release(node);
        vm.assertEq(staking.nodeView(node).weight, before + 1);
    }

    // ---------------------------------------------------------------------------------------------------- fuzz

    function testFuzz_all_comes_back(uint256 deposited, uint256 voted, uint256 retracted) public {
        newNode(ALICE, NODE_KEY, Role.Miner, MINER_STAKE);
        deposited = bound(deposited, 1, 100_000_000e18);
        voted = bound(voted, 1, deposited);
        retracted = bound(retracted, 1, voted);
        fund(BOB, deposited);
        vm.startPrank(BOB);
        staking.vote(node, voted);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE + voted);
        staking.retract(node, retracted);
        assertNode(node, Status.Active, MINER_STAKE, MINER_STAKE + voted - retracted);
        if (voted > retracted) staking.retract(node, voted - retracted);
        vm.warp(block.timestamp + UNBONDING);
        staking.release(node);
        staking.withdraw(deposited);
        vm.assertEq(cai.balanceOf(BOB), deposited);
        vm.assertEq(cai.balanceOf(address(staking)), MINER_STAKE);
    }

    function testFuzz_status_follows_the_own_stake(bool coordinator, uint256 stake, uint256 taken) public {
        Role role = coordinator ? Role.Coordinator : Role.Miner;
        uint256 minimum = staking.minimumStake(role);
        stake = bound(stake, minimum + 1, 100_000_000e18);
        taken = bound(taken, 1, stake);
        newNode(ALICE, NODE_KEY, role, stake);
        vm.prank(ALICE);
        staking.retract(node, taken);
        bool active = stake - taken > minimum;
        assertNode(node, active ? Status.Active : Status.Inactive, stake - taken, active ? stake - taken : 0);
    }

    /// @dev Flipping any bit of a signature, or changing its length, spoils it.
    function testFuzz_signatures_are_exact(uint256 position, bytes calldata noise) public {
        fund(ALICE, MINER_STAKE);
        bytes memory signature = signRegister(NODE_KEY, ALICE, Role.Miner, block.timestamp);
        bytes memory longer = bytes.concat(signature, noise);
        if (noise.length != 0) attempt(longer, "name", Role.Miner, block.timestamp);
        position = bound(position, 0, 65 * 8 - 1);
        signature[position / 8] ^= bytes1(uint8(1 << (position % 8)));
        attempt(signature, "name", Role.Miner, block.timestamp);
    }
}
