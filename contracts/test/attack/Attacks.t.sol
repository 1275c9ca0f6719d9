// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Faucet} from "../../src/Faucet.sol";
import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {FreeStake} from "../../src/staking/FreeStake.sol";
import {Idleness} from "../../src/staking/Idleness.sol";
import {NodeRegistry, Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {Votes} from "../../src/staking/Votes.sol";
import {AttackBase} from "../harness/AttackBase.sol";

/// @dev Calls back into Staking whenever it moves, as an ERC-777 or a malicious token would.
contract CallingToken is ERC20("Calling", "C") {
    address private victim;
    bytes private attack;
    bytes public failure;
    bool public accepted;

    function arm(address victim_, bytes calldata attack_) external {
        (victim, attack, accepted) = (victim_, attack_, false);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (attack.length != 0) (accepted, failure) = victim.call(attack);
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev Returns false instead of reverting.
contract FalseToken is ERC20("False", "F") {
    bool public honest = true;

    function setHonest(bool honest_) external {
        honest = honest_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return honest && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return honest && super.transferFrom(from, to, value);
    }
}

/// @dev Attacks by hostile tokens, by forged or replayed messages, on the faucet, and by donations.
contract AttacksTest is AttackBase {
    // ----------------------------------------------------------------------------------- D18, D19: hostile tokens

    function test_D18_reentrancy() public {
        CallingToken token = new CallingToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        staking = target;
        takeRoles();
        token.mint(address(this), 1_000_000e18);
        token.approve(address(target), type(uint256).max);
        target.deposit(100_000e18);
        bytes memory signature = signRegister(OTHER_KEY, address(this), Role.Miner, block.timestamp);
        address other = vm.addr(OTHER_KEY);
        target.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, signature);
        target.notifyEmission(Role.Miner, 100_000e18, 100_000);

        bytes[10] memory attacks = [
            abi.encodeCall(FreeStake.deposit, (1)),
            abi.encodeCall(FreeStake.depositWithPermit, (1, 0, 0, 0, 0)),
            abi.encodeCall(FreeStake.withdraw, (1)),
            abi.encodeCall(Votes.depositAndVote, (other, 1, 5_000)),
            abi.encodeCall(Votes.depositAndVoteWithPermit, (other, 1, 5_000, 0, 0, 0, 0)),
            abi.encodeCall(Staking.claim, (other)),
            abi.encodeCall(Slashing.slash, (other, 1, 0, new bytes32[](1))),
            abi.encodeCall(Slashing.charge, (other, 1, 0)),
            abi.encodeCall(Idleness.markIdle, (other)),
            abi.encodeCall(Staking.notifyEmission, (Role.Miner, 1, 1))
        ];
        manager.grantRole(Roles.SLASHER, address(token), 0);
        manager.grantRole(Roles.EMISSION, address(token), 0);
        for (uint256 i = 0; i < attacks.length; ++i) {
            wait(1);
            token.arm(address(target), attacks[i]);
            target.claim(other);
            assertRefused(token);
            target.withdraw(1);
            assertRefused(token);
            target.deposit(1);
            assertRefused(token);
            target.depositAndVote(other, 1, 5_000);
            assertRefused(token);
            slash(other, 5, 2_000);
            assertRefused(token);
            staking.charge(other, 5, 2_000);
            assertRefused(token);
            target.notifyEmission(Role.Miner, 1, 1_000);
            assertRefused(token);
        }
    }

    function assertRefused(CallingToken token) private view {
        vm.assertFalse(token.accepted());
        vm.assertEq(
            bytes4(token.failure()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, "reentered"
        );
    }

    /// @dev The calls that move no tokens can be made from a token, and find the books in order.
    function test_D18_read_only_reentrancy() public {
        CallingToken token = new CallingToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        staking = target;
        takeRoles();
        token.mint(address(token), 10e18);
        token.mint(address(this), 100_000e18);
        token.approve(address(target), type(uint256).max);
        target.deposit(50_000e18);
        bytes memory signature = signRegister(OTHER_KEY, address(this), Role.Miner, block.timestamp);
        address other = vm.addr(OTHER_KEY);
        target.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, signature);
        // While a slash pays its reward, the stake is gone already.
        token.arm(address(target), abi.encodeCall(Slashing.slashableOf, (other)));
        slash(other, 1_000e18, 2_000);
        vm.assertEq(abi.decode(token.failure(), (uint256)), 29_000e18);
        token.arm(address(target), abi.encodeCall(FreeStake.freeStakeOf, (address(this))));
        target.withdraw(20_000e18);
        vm.assertEq(abi.decode(token.failure(), (uint256)), 0);
    }

    function test_D19_token_that_returns_false() public {
        FalseToken token = new FalseToken();
        Staking target = new Staking(token, 1, 1, address(manager));
        token.mint(address(this), 100);
        token.approve(address(target), 100);
        target.deposit(50);
        token.setHonest(false);
        bytes memory failure = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token));
        vm.expectRevert(failure);
        target.deposit(50);
        vm.expectRevert(failure);
        target.withdraw(50);
        vm.assertEq(target.freeStakeOf(address(this)), 50);
    }

    // ------------------------------------------------------------------------------------------------- D27 to D30

    /// @dev What the contract verifies is what {Messages} describes; the vectors that other implementations share are
    /// tested beside it.
    function test_D27_type_hashes() public view {
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(block.chainid, address(staking)));
        Messages.Register memory message = Messages.Register(node, ALICE, 1, bytes32(uint256(7)), 3, 9);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Register(address node,address owner,uint8 role,bytes32 metadata,uint256 nonce,uint256 deadline)"
                ),
                node,
                ALICE,
                1,
                7,
                3,
                9
            )
        );
        vm.assertEq(Messages.hash(message), structHash);
        vm.assertEq(
            Messages.digest(staking.DOMAIN_SEPARATOR(), structHash),
            keccak256(abi.encodePacked(hex"1901", staking.DOMAIN_SEPARATOR(), structHash))
        );
    }

    /// @dev However many addresses ask, again and again, a day's cap is exact.
    function test_D28_faucet_drain() public {
        Faucet faucet = new Faucet(cai, 25_000e18, 1 days, 1_000_000e18, 0, address(this), 0);
        cai.transfer(address(faucet), 50_000_000e18);
        for (uint160 i = 1; i <= 60; ++i) {
            address to = address(0xFA00 + i);
            vm.prank(MALLORY);
            (bool accepted,) = address(faucet).call(abi.encodeCall(Faucet.request, (to, 0)));
            vm.assertEq(accepted, i <= 40);
            vm.prank(MALLORY);
            (accepted,) = address(faucet).call(abi.encodeCall(Faucet.request, (to, 0)));
            vm.assertFalse(accepted);
        }
        vm.assertEq(cai.balanceOf(address(faucet)), 49_000_000e18);
    }

    /// @dev Neither CAI nor the native coin that is sent here counts for anyone.
    function test_D29_donations() public {
        emission(Role.Miner, 1_000e18, 1_000);
        vm.deal(address(this), 1 ether);
        (bool accepted,) = address(staking).call{value: 1 ether}("");
        vm.assertFalse(accepted);
        bytes memory before = books();
        cai.transfer(address(staking), 1_000_000e18);
        vm.deal(address(staking), 1 ether);
        vm.assertEq(books(), before);
        wait(1_000);
        uint256 earned = claim(ALICE);
        vm.assertApproxEqAbs(earned, 1_000e18, 1e6);
        retract(ALICE, 30_000e18);
        wait(UNBONDING);
        release(ALICE);
        vm.assertEq(staking.freeStakeOf(ALICE), 30_000e18);
        vm.assertEq(cai.balanceOf(address(staking)), 1_000_000e18 + 30_000e18 + 1_000e18 - earned);
    }

    function books() private view returns (bytes memory) {
        return abi.encode(
            staking.nodeView(node),
            staking.stakeOf(node, ALICE),
            staking.slashableOf(node),
            staking.totalWeight(Role.Miner),
            staking.streamOf(Role.Miner),
            staking.freeStakeOf(ALICE)
        );
    }

    /// @dev After a fork the domain differs, so a signature for one chain is not valid on the other.
    function test_D30_chain_id_changes() public {
        fund(BOB, 60_000e18);
        bytes32 before = staking.DOMAIN_SEPARATOR();
        bytes memory old = signRegister(OTHER_KEY, BOB, Role.Miner, block.timestamp);
        vm.chainId(1210);
        vm.assertNotEq(staking.DOMAIN_SEPARATOR(), before);
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(1210, address(staking)));
        address other = vm.addr(OTHER_KEY);
        vm.expectRevert(NodeRegistry.BadNodeSignature.selector);
        vm.prank(BOB);
        staking.register(other, Role.Miner, 30_000e18, "name", "hello", "https://node", block.timestamp, old);
        register(BOB, OTHER_KEY, Role.Miner, 30_000e18);
        vm.assertEq(staking.nodeView(other).owner, BOB);
        vm.chainId(31337);
        vm.assertEq(staking.DOMAIN_SEPARATOR(), before);
    }
}
