// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Vm} from "forge-std/Vm.sol";
import {Wiring} from "../../script/Wiring.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Staking} from "../../src/Staking.sol";
import {Finders} from "../../src/libraries/Finders.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";

/// @dev What the tests share. It is smaller than forge-std's Test, so the tests compile in half the time.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant MINER_MINIMUM = 20_000e18;
    uint256 internal constant COORDINATOR_MINIMUM = 2_000_000e18;
    uint64 internal constant UNBONDING = 7 days;
    bytes32 internal constant SALT = "salt";

    /// @dev Holds the whole supply.
    address internal immutable treasury = address(this);
    CAIToken internal cai;
    Staking internal staking;
    /// @dev This test contract administers the manager, and has every role of the staking contract.
    AccessManager internal manager;
    uint256 private _proofs;

    function deploy() internal {
        vm.chainId(31337);
        vm.warp(1_800_000_000);
        cai = new CAIToken(treasury);
        manager = new AccessManager(address(this));
        staking = new Staking(cai, 100, UNBONDING, address(manager));
        takeRoles();
    }

    /// @dev Wires the staking contract, and gives this contract every role that it knows.
    function takeRoles() internal {
        Wiring.staking(manager, staking);
        manager.grantRole(Roles.SLASHER, address(this), 0);
        manager.grantRole(Roles.EMISSION, address(this), 0);
        manager.grantRole(Roles.PAUSER, address(this), 0);
        manager.grantRole(Roles.PAYMENT, address(this), 0);
    }

    /// @dev Ids of evidence that was not used before.
    function evidence() internal returns (bytes32[] memory ids) {
        ids = new bytes32[](1);
        ids[0] = keccak256(abi.encode("evidence", ++_proofs));
    }

    /// @dev Slashes with evidence of its own; the reward comes here.
    function slash(address node, uint256 amount, uint16 rewardBps) internal returns (uint256 taken, uint256 reward) {
        return staking.slash(node, amount, rewardBps, evidence());
    }

    /// @dev A finder has announced a proof in time: a minute ago, unless an earlier announcement still counted then.
    function announceEarlier(Finders at, address finder, bytes32 proof) internal {
        bytes32 commitment = keccak256(abi.encode(finder, proof, SALT));
        uint256 time = vm.getBlockTimestamp();
        uint256 then = time - at.ANNOUNCE_DELAY();
        uint256 before = at.announcedAt(commitment);
        if (before != 0 && then <= before + at.ANNOUNCE_EXPIRY()) return;
        vm.warp(then);
        at.announce(commitment);
        vm.warp(time);
    }

    /// @dev The error of a proof that was announced out of time, or never.
    /// @param time When; 0 if never.
    function notAnnounced(address finder, bytes32 proof, uint256 time) internal pure returns (bytes memory) {
        bytes32 commitment = keccak256(abi.encode(finder, proof, SALT));
        return abi.encodeWithSelector(Finders.NotAnnounced.selector, commitment, time);
    }

    /// @dev Streams `amount` to the stakers of a role.
    function emission(Role role, uint256 amount, uint64 duration) internal {
        cai.approve(address(staking), amount);
        staking.notifyEmission(role, amount, duration);
    }

    /// @dev Gives `staker` free stake.
    function fund(address staker, uint256 amount) internal {
        cai.transfer(staker, amount);
        vm.startPrank(staker);
        cai.approve(address(staking), amount);
        staking.deposit(amount);
        vm.stopPrank();
    }

    /// @dev Registers the node of a key with plain metadata; the owner needs the free stake.
    function register(address owner, uint256 key, Role role, uint256 selfStake) internal returns (address node) {
        node = vm.addr(key);
        bytes memory signature = signRegister(key, owner, role, block.timestamp);
        vm.prank(owner);
        staking.register(node, role, selfStake, "name", "hello", "https://node", block.timestamp, signature);
    }

    /// @dev Replaces a node's key by another one; the metadata is plain.
    function rotate(address owner, address node, uint256 key) internal returns (address newKey) {
        newKey = vm.addr(key);
        bytes memory signature = signRegister(key, owner, staking.roleOf(node), block.timestamp);
        vm.prank(owner);
        staking.rotate(node, newKey, "name", "hello", "https://node", block.timestamp, signature);
    }

    /// @dev Funds and registers.
    function newNode(address owner, uint256 key, Role role, uint256 selfStake) internal returns (address) {
        fund(owner, selfStake);
        return register(owner, key, role, selfStake);
    }

    /// @dev The node's signature over the metadata that `register` uses.
    function signRegister(uint256 key, address owner, Role role, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        address node = vm.addr(key);
        bytes32 metadata = keccak256(abi.encode("name", "hello", "https://node"));
        return
            sign(
                key,
                Messages.hash(Messages.Register(node, owner, uint8(role), metadata, staking.nonces(node), deadline))
            );
    }

    function sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, Messages.digest(Messages.domain(block.chainid, address(staking)), structHash));
        return abi.encodePacked(r, s, v);
    }

    function signPermit(uint256 key, uint256 amount, uint256 deadline)
        internal
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        address owner = vm.addr(key);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(staking),
                amount,
                cai.nonces(owner),
                deadline
            )
        );
        return vm.sign(key, Messages.digest(cai.DOMAIN_SEPARATOR(), structHash));
    }

    /// @dev Folds a fuzzed number into a range, both ends included.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        if (value >= low && value <= high) return value;
        uint256 size = high - low + 1;
        return size == 0 ? value : low + value % size;
    }
}
