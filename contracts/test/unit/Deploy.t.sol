// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Deploy} from "../../script/Deploy.s.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Staking} from "../../src/Staking.sol";
import {CourtParameters} from "../../src/court/CourtParameters.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {Slashing} from "../../src/staking/Slashing.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev What the script sets up, on a network of one machine and on a public one.
contract DeployTest is TestBase {
    /// @dev The account that makes the calls; in a test this is the script itself.
    address private sender;

    function run(uint256 chainId) private returns (Deploy.Network memory network) {
        vm.chainId(chainId);
        vm.warp(1_800_000_000);
        Deploy script = new Deploy();
        sender = address(script);
        vm.deal(sender, 100 ether);
        return script.deploy(sender);
    }

    function assertRole(AccessManager authority, uint64 role, address who, bool want, uint32 wantDelay) private view {
        (bool member, uint32 delay) = authority.hasRole(role, who);
        vm.assertEq(member, want, "member");
        vm.assertEq(delay, wantDelay, "delay");
    }

    function assertWired(Deploy.Network memory network) private view {
        AccessManager authority = network.authority;
        address staking_ = address(network.staking);
        vm.assertEq(network.staking.authority(), address(authority));
        vm.assertEq(network.emission.authority(), address(authority));
        vm.assertEq(address(network.emission.staking()), staking_);
        vm.assertEq(address(network.emission.cai()), address(network.cai));
        vm.assertEq(authority.getTargetFunctionRole(staking_, Slashing.slash.selector), Roles.SLASHER);
        vm.assertEq(authority.getTargetFunctionRole(staking_, Staking.notifyEmission.selector), Roles.EMISSION);
        vm.assertEq(authority.getTargetFunctionRole(staking_, Staking.pause.selector), Roles.PAUSER);
        vm.assertEq(authority.getTargetFunctionRole(staking_, Staking.unpause.selector), Roles.PAUSER);
        vm.assertEq(
            authority.getTargetFunctionRole(address(network.emission), EmissionController.setHalving.selector),
            Roles.GOVERNOR
        );
        assertRole(authority, Roles.EMISSION, address(network.emission), true, 0);
        assertRole(authority, Roles.PAUSER, sender, true, 0);
        assertRole(authority, Roles.SLASHER, sender, false, 0);
        assertRole(authority, Roles.SLASHER, address(network.settlement), true, 0);
        assertRole(authority, Roles.SLASHER, address(network.court), true, 0);
        vm.assertEq(network.settlement.authority(), address(authority));
        vm.assertEq(network.court.authority(), address(authority));
        vm.assertEq(address(network.settlement.staking()), staking_);
        vm.assertEq(address(network.court.staking()), staking_);
        vm.assertEq(
            authority.getTargetFunctionRole(address(network.settlement), SettlementParameters.setFaultBps.selector),
            Roles.GOVERNOR
        );
        vm.assertEq(
            authority.getTargetFunctionRole(address(network.court), CourtParameters.setParameters.selector),
            Roles.GOVERNOR
        );
        // Escrow outlasts the disputes over what it pays for.
        vm.assertGt(network.settlement.thawPeriod(), network.court.window());
        assertRole(authority, Roles.EMISSION, sender, false, 0);
    }

    function test_local_network() public {
        Deploy.Network memory network = run(31337);
        assertWired(network);
        assertRole(network.authority, Roles.GOVERNOR, sender, true, 0);
        assertRole(network.authority, 0, sender, true, 0);
        vm.assertEq(network.staking.unbondingPeriod(), 2 minutes);
        vm.assertEq(network.emission.period(), 1 days);
        vm.assertEq(network.cai.balanceOf(network.faucet), 50_000_000e18);

        // The reserves are full, and their first periods run.
        uint256 miners = network.staking.streamOf(Role.Miner).unpaid;
        uint256 coordinators = network.staking.streamOf(Role.Coordinator).unpaid;
        vm.assertGt(miners, 0);
        vm.assertGt(coordinators, 0);
        vm.assertEq(network.emission.reserveOf(Role.Miner) + miners, 300_000_000e18);
        vm.assertEq(network.emission.reserveOf(Role.Coordinator) + coordinators, 110_000_000e18);
        vm.assertEq(network.cai.balanceOf(address(network.staking)), miners + coordinators);
    }

    function test_public_network() public {
        Deploy.Network memory network = run(1);
        assertWired(network);
        assertRole(network.authority, Roles.GOVERNOR, sender, true, 10 days);
        vm.assertEq(network.staking.unbondingPeriod(), 7 days);
        vm.assertEq(network.emission.period(), 7 days);
        vm.assertEq(network.faucet, address(0));
        // The administrator waits as well.
        assertRole(network.authority, 0, sender, true, 10 days);
    }

    /// The client reads the same file in its tests.
    function test_description_has_the_fields_that_clients_know() public {
        Deploy.Network memory network = run(31337);
        string memory json = Deploy(sender).describe(network);
        string memory known = vm.readFile("test/vectors/network.json");
        string[] memory keys = vm.parseJsonKeys(known, "$");
        vm.assertEq(vm.parseJsonKeys(json, "$").length, keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.assertTrue(vm.keyExistsJson(json, string.concat(".", keys[i])), keys[i]);
        }
        vm.assertEq(vm.parseJsonString(json, ".name"), vm.parseJsonString(known, ".name"));
        vm.assertEq(vm.parseJsonUint(json, ".chain_id"), vm.parseJsonUint(known, ".chain_id"));
        vm.assertEq(vm.parseJsonStringArray(json, ".rpc_urls"), vm.parseJsonStringArray(known, ".rpc_urls"));
        vm.assertEq(vm.parseJsonUint(json, ".epoch_blocks"), vm.parseJsonUint(known, ".epoch_blocks"));
        vm.assertEq(vm.parseJsonUint(json, ".block_time_ms"), vm.parseJsonUint(known, ".block_time_ms"));
        vm.assertEq(vm.parseJsonUint(json, ".deployed_at"), block.number);
        vm.assertEq(vm.parseJsonAddress(json, ".staking"), address(network.staking));
        vm.assertEq(vm.parseJsonAddress(json, ".court"), address(network.court));
    }

    /// A public network has no faucet, and its endpoints are not guessed.
    function test_description_of_a_public_network() public {
        Deploy.Network memory network = run(1200);
        string memory json = Deploy(sender).describe(network);
        vm.assertEq(vm.parseJsonString(json, ".name"), "mainnet");
        vm.assertEq(vm.parseJsonStringArray(json, ".rpc_urls").length, 0);
        vm.assertFalse(vm.keyExistsJson(json, ".faucet"));
    }
}
