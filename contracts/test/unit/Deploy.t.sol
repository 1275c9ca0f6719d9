// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Network} from "../../script/Checks.sol";
import {Options, OptionsReader} from "../../script/Options.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Faucet} from "../../src/Faucet.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {DrandRandomness} from "../../src/randomness/DrandRandomness.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DeployBase} from "../harness/DeployBase.sol";

/// @dev What the script sets up, on a network of one machine and on a public one, and what it refuses.
contract DeployTest is DeployBase {
    // -------------------------------------------------------------------------------------------------- defaults

    function test_local_network() public {
        run(31337);
        vm.assertEq(network.staking.epochSeconds(), 10);
        vm.assertEq(network.staking.unbondingPeriod(), 2 minutes);
        vm.assertEq(network.emission.period(), 1 days);
        vm.assertEq(network.settlement.disputeWindow(), 30);
        vm.assertEq(network.settlement.claimDelay(), 20);
        vm.assertEq(network.settlement.thawPeriod(), 1 minutes);
        vm.assertEq(network.court.seats(), 31);
        vm.assertEq(network.court.minimumJury(), 0);
        vm.assertEq(network.randomness.roundAfter(12_345), 12_345);
        vm.assertEq(Faucet(payable(network.faucet)).workBits(), 8);
        vm.assertEq(network.cai.balanceOf(network.faucet), 50_000_000e18);
        vm.assertEq(network.faucet.balance, 10 ether);
        // One machine, one account.
        assertRole(Roles.GOVERNOR, address(script), true, 0);
        assertRole(Roles.GUARDIAN, address(script), true, 0);
        assertRole(0, address(script), true, 0);
    }

    function test_public_network() public {
        run(1200);
        vm.assertEq(network.staking.epochSeconds(), 1_800);
        vm.assertEq(network.staking.unbondingPeriod(), 7 days);
        vm.assertEq(network.emission.period(), 7 days);
        vm.assertEq(network.settlement.disputeWindow(), 2 days);
        vm.assertEq(network.settlement.claimDelay(), 4 hours);
        vm.assertEq(network.settlement.thawPeriod(), 3 days);
        vm.assertEq(network.settlement.faultBps(), 1_000);
        vm.assertEq(network.court.seats(), 31);
        vm.assertEq(network.court.minimumJury(), 200_000e18);
        vm.assertEq(network.court.parameters().bond, 1_000e18);
        vm.assertEq(network.court.parameters().bondBps, 50);
        vm.assertEq(network.court.parameters().jurorDock, 20e18);
        vm.assertEq(network.faucet, address(0));
        assertRole(0, ADMIN, true, 14 days);
        assertRole(Roles.GOVERNOR, ADMIN, true, 14 days);
        assertRole(Roles.PAUSER, PAUSER, true, 0);
        assertRole(Roles.GUARDIAN, GUARDIAN, true, 0);
        // The sender keeps nothing, and the treasury what the reserves left.
        for (uint64 role = 0; role <= Roles.GUARDIAN; ++role) {
            assertRole(role, address(script), false, 0);
        }
        vm.assertEq(network.cai.balanceOf(address(script)), 0);
        vm.assertEq(network.cai.balanceOf(ADMIN), 590_000_000e18);
    }

    /// A test network has a faucet, whose requests cost work.
    function test_test_network() public {
        run(1210);
        vm.assertEq(Faucet(payable(network.faucet)).workBits(), 20);
        vm.assertEq(Faucet(payable(network.faucet)).admin(), ADMIN);
        vm.assertEq(network.cai.balanceOf(ADMIN), 540_000_000e18);
    }

    /// M-2: the reserves are full, and no period has begun before anybody earns.
    function test_no_period_begins() public {
        run(1200);
        vm.assertEq(network.emission.reserveOf(Role.Miner), 300_000_000e18);
        vm.assertEq(network.emission.reserveOf(Role.Coordinator), 110_000_000e18);
        vm.assertEq(network.emission.nextPeriodAt(Role.Miner), 0);
        vm.assertEq(network.staking.streamOf(Role.Miner).unpaid, 0);
        vm.assertEq(network.staking.streamOf(Role.Coordinator).unpaid, 0);
    }

    /// The default key is evmnet's, in the order that the library wants: a round that it signed is accepted.
    function test_default_randomness_accepts_a_real_round() public {
        run(1200);
        DrandRandomness drand = DrandRandomness(address(network.randomness));
        uint256[2] memory signature = [
            0x2c7b65b5acfe55256910ca71cf0a0fa71ac34c2a1167f86a22930a03e70ebec0,
            0x0f7a530796e7ee38600b06da0390634a9b154e3eebc3b323dde2111e1c8ebdf3
        ];
        drand.record(10_000_000, signature);
        vm.assertEq(drand.seedOf(10_000_000), keccak256(abi.encode(signature)));
        signature[0] ^= 1;
        vm.expectRevert(abi.encodeWithSelector(DrandRandomness.BadRoundSignature.selector, 10_000_001));
        drand.record(10_000_001, signature);
    }

    function test_every_variable_is_read() public {
        prepare(1210);
        string[2][22] memory given = [
            ["DELAY", "1300000"],
            ["EPOCH", "600"],
            ["UNBONDING", "500000"],
            ["PERIOD", "86400"],
            ["MINING_RESERVE", "1000"],
            ["STAKING_RESERVE", "2000"],
            ["DISPUTE_WINDOW", "90000"],
            ["THAW", "100000"],
            ["CLAIM_DELAY", "9000"],
            ["FAULT_BPS", "700"],
            ["DRAND_GENESIS", "1700000000"],
            ["DRAND_PERIOD", "30"],
            ["SEATS", "7"],
            ["MINIMUM_JURY", "5"],
            ["BOND", "20000000000000000000"],
            ["BOND_BPS", "60"],
            ["EQUIVOCATION_BPS", "4000"],
            ["FALSIFIED_BPS", "3000"],
            ["JUROR_DOCK", "3"],
            ["FAUCET_WORK_BITS", "11"],
            ["NETWORK", "trial"],
            ["RPC_URLS", "https://a,https://b"]
        ];
        for (uint256 i = 0; i < given.length; ++i) {
            script.set(given[i][0], given[i][1]);
        }
        name("TREASURY", address(0x7EA));
        Options memory chosen = options();
        network = script.deploy(chosen);
        script.check(network, chosen);
        assertRole(0, ADMIN, true, 1_300_000);
        vm.assertEq(network.staking.epochSeconds(), 600);
        vm.assertEq(network.staking.unbondingPeriod(), 500_000);
        vm.assertEq(network.emission.period(), 86_400);
        vm.assertEq(network.emission.reserveOf(Role.Miner), 1_000);
        vm.assertEq(network.emission.reserveOf(Role.Coordinator), 2_000);
        vm.assertEq(network.settlement.disputeWindow(), 90_000);
        vm.assertEq(network.settlement.thawPeriod(), 100_000);
        vm.assertEq(network.settlement.claimDelay(), 9_000);
        vm.assertEq(network.settlement.faultBps(), 700);
        vm.assertEq(DrandRandomness(address(network.randomness)).genesis(), 1_700_000_000);
        vm.assertEq(DrandRandomness(address(network.randomness)).period(), 30);
        vm.assertEq(network.court.seats(), 7);
        vm.assertEq(network.court.minimumJury(), 5);
        vm.assertEq(network.court.parameters().bond, 20e18);
        vm.assertEq(network.court.parameters().bondBps, 60);
        vm.assertEq(network.court.parameters().equivocationBps, 4_000);
        vm.assertEq(network.court.parameters().falsifiedBps, 3_000);
        vm.assertEq(network.court.parameters().jurorDock, 3);
        vm.assertEq(Faucet(payable(network.faucet)).workBits(), 11);
        vm.assertEq(network.cai.balanceOf(address(0x7EA)), 1_000_000_000e18 - 50_000_000e18 - 3_000);
        vm.assertEq(chosen.name, "trial");
        vm.assertEq(chosen.rpcUrls.length, 2);
        vm.assertEq(chosen.rpcUrls[1], "https://b");
    }

    /// A token and a manager in use are taken; the sender administers the manager and keeps doing so.
    function test_token_and_manager_in_use() public {
        prepare(1200);
        address treasury_ = address(0x7EA);
        CAIToken token = new CAIToken(treasury_);
        AccessManager authority = new AccessManager(address(script));
        script.set("CAI", vm.toString(address(token)));
        script.set("AUTHORITY", vm.toString(address(authority)));
        Options memory chosen = options();
        script.refuse(chosen);
        network = script.deploy(chosen);
        script.check(network, chosen);
        vm.assertEq(address(network.cai), address(token));
        vm.assertEq(network.staking.authority(), address(authority));
        vm.assertEq(token.balanceOf(treasury_), token.SUPPLY());
        assertRole(0, address(script), true, 0);
        assertRole(Roles.SLASHER, address(network.court), true, 0);
    }

    // -------------------------------------------------------------------------------------------------- refusals

    function test_people_must_be_named_on_a_public_network() public {
        string[3] memory people = ["ADMIN", "PAUSER", "GUARDIAN"];
        for (uint256 i = 0; i < people.length; ++i) {
            prepare(1200);
            script.set(people[i], "");
            assertRefused(string.concat(people[i], " is not set"));
            script.set(people[i], vm.toString(address(0xE0A)));
            assertRefused(string.concat(people[i], " has no code"));
            script.set("ALLOW_EOA", "true");
            script.refuse(options());
        }
    }

    function test_powers_are_apart() public {
        prepare(1200);
        name("PAUSER", ADMIN);
        assertRefused("PAUSER is ADMIN");
        name("PAUSER", PAUSER);
        name("GUARDIAN", ADMIN);
        assertRefused("GUARDIAN is ADMIN");
        // Not even an accepted private key may be both.
        script.set("ALLOW_EOA", "true");
        assertRefused("GUARDIAN is ADMIN");
    }

    /// M-1: the delay is longer than a pause, the unbonding period and three days together.
    function test_delay_outlasts_pause_and_unbonding() public {
        prepare(1200);
        script.set("DELAY", vm.toString(uint256(13 days)));
        assertRefused("at least 1123201");
        script.set("DELAY", vm.toString(uint256(13 days + 1)));
        script.refuse(options());
        script.set("UNBONDING", vm.toString(uint256(7 days + 1)));
        assertRefused("DELAY must exceed");
    }

    /// A case that ended without a verdict can be opened again: the window has room for two.
    function test_the_window_has_room_for_two_cases() public {
        prepare(1200);
        script.set("DISPUTE_WINDOW", "21599");
        script.set("CLAIM_DELAY", "900");
        assertRefused(
            "DISPUTE_WINDOW must be at least 12 EPOCH, so that a case without a verdict can be opened again: at least 21600"
        );
        script.set("DISPUTE_WINDOW", "21600");
        run();
        vm.assertGe(network.settlement.disputeWindow(), 2 * network.court.CASE_EPOCHS() * 1_800);
        // One machine's window is as short as anybody likes.
        prepare(31337);
        script.refuse(options());
        vm.assertLt(options().disputeWindow, 12 * options().epoch);
    }

    function test_treasury_is_not_the_sender() public {
        prepare(1200);
        script.set("TREASURY", vm.toString(address(script)));
        assertRefused("TREASURY is the sender");
    }

    function test_values_that_make_no_sense() public {
        string[4][5] memory cases = [
            ["RANDOMNESS", "dice", "RANDOMNESS=dice is unknown", "drand"],
            ["DRAND_KEY", "0x0102", "DRAND_KEY must have 128 bytes", ""],
            ["FAULT_BPS", "65536", "FAULT_BPS is too large: at most 65535", "1000"],
            ["FAUCET_WORK_BITS", "33", "FAUCET_WORK_BITS is too large: at most 32", "32"],
            ["DELAY", "4294967296", "DELAY is too large", ""]
        ];
        for (uint256 i = 0; i < cases.length; ++i) {
            prepare(1210);
            script.set(cases[i][0], cases[i][1]);
            assertRefused(cases[i][2]);
            script.set(cases[i][0], cases[i][3]);
            script.refuse(options());
        }
    }

    /// The constructors refuse periods that do not fit together.
    function test_periods_that_do_not_fit() public {
        string[2][3] memory cases = [["CLAIM_DELAY", "172800"], ["THAW", "172800"], ["EPOCH", "72000"]];
        for (uint256 i = 0; i < cases.length; ++i) {
            prepare(1200);
            script.set(cases[i][0], cases[i][1]);
            Options memory chosen = options();
            vm.expectRevert();
            script.deploy(chosen);
        }
    }

    // ------------------------------------------------------------------------------------------------- the chain

    /// H-4: blocks do not draw juries where a sequencer makes them, or where contracts see another chain's numbers.
    function test_blocks_of_others_draw_no_juries() public {
        prepare(1210);
        script.inspect(false);
        script.answer(script.ARBITRUM(), abi.encode(uint256(77)));
        assertUnfit(false, "on an Arbitrum chain");
        // A beacon does not care.
        script.inspect(true);

        prepare(1210);
        script.answer(script.NUMBER(), hex"1000");
        assertUnfit(false, "see another chain's blocks");
        script.answer(script.NUMBER(), hex"11f5");
        script.inspect(false);
        script.answer(script.NUMBER(), hex"11f4");
        assertUnfit(false, "see another chain's blocks");
        script.answer(script.NUMBER(), hex"1276");
        assertUnfit(false, "see another chain's blocks");
    }

    function test_chain_lacks_what_contracts_need() public {
        prepare(1210);
        script.answer(script.TRANSIENT(), "");
        assertUnfit(true, "no transient storage");
        assertUnfit(false, "no transient storage");
        prepare(1210);
        script.answer(script.PAIRING(), "");
        assertUnfit(true, "no pairing precompile");
        script.inspect(false);
    }

    function assertUnfit(bool drand, string memory reason) private {
        try script.inspect(drand) {
            revert(string.concat("not refused: ", reason));
        } catch (bytes memory failure) {
            assertReason(failure, OptionsReader.Refused.selector, reason);
        }
    }

    // ----------------------------------------------------------------------------------------------- description

    /// The client reads the same file in its tests.
    function test_description_has_the_fields_that_clients_know() public {
        run(31337);
        string memory json = script.describe(network, options());
        string memory known = vm.readFile("test/vectors/network.json");
        string[] memory keys = vm.parseJsonKeys(known, "$");
        vm.assertEq(vm.parseJsonKeys(json, "$").length, keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            vm.assertTrue(vm.keyExistsJson(json, string.concat(".", keys[i])), keys[i]);
        }
        vm.assertEq(vm.parseJsonString(json, ".name"), vm.parseJsonString(known, ".name"));
        vm.assertEq(vm.parseJsonUint(json, ".chain_id"), vm.parseJsonUint(known, ".chain_id"));
        vm.assertEq(vm.parseJsonStringArray(json, ".rpc_urls"), vm.parseJsonStringArray(known, ".rpc_urls"));
        vm.assertEq(vm.parseJsonUint(json, ".epoch_seconds"), vm.parseJsonUint(known, ".epoch_seconds"));
        vm.assertEq(vm.parseJsonString(json, ".randomness_kind"), vm.parseJsonString(known, ".randomness_kind"));
        vm.assertEq(vm.parseJsonUint(json, ".block_time_ms"), vm.parseJsonUint(known, ".block_time_ms"));
        vm.assertEq(vm.parseJsonUint(json, ".deployed_at"), block.number);
        vm.assertEq(vm.parseJsonAddress(json, ".staking"), address(network.staking));
        vm.assertEq(vm.parseJsonAddress(json, ".court"), address(network.court));
        vm.assertEq(vm.parseJsonAddress(json, ".randomness"), address(network.randomness));
    }

    /// A public network has no faucet, and its endpoints are not guessed.
    function test_description_of_a_public_network() public {
        run(1200);
        string memory json = script.describe(network, options());
        vm.assertEq(vm.parseJsonString(json, ".name"), "mainnet");
        vm.assertEq(vm.parseJsonString(json, ".randomness_kind"), "drand");
        vm.assertEq(vm.parseJsonStringArray(json, ".rpc_urls").length, 0);
        vm.assertFalse(vm.keyExistsJson(json, ".faucet"));
    }

    /// What was written is read back and checked; a file that names another contract is noticed.
    function test_verify_reads_what_was_written() public {
        // No network of anybody's.
        run(7_777_777);
        string memory file = "deployments/7777777.json";
        vm.writeJson(script.describe(network, options()), file);
        vm.prank(address(script));
        script.verify();
        Network memory other = network;
        other.settlement = script.deploy(options()).settlement;
        vm.writeJson(script.describe(other, options()), file);
        vm.prank(address(script));
        vm.expectRevert();
        script.verify();
        vm.removeFile(file);
    }

    /// The dry run's explanation needs no chain.
    function test_explanation() public {
        prepare(1200);
        script.explain(options());
        prepare(31337);
        script.explain(options());
    }

    function assertRole(uint64 role, address who, bool want, uint32 wantDelay) private view {
        (bool member, uint32 delay) = network.authority.hasRole(role, who);
        vm.assertEq(member, want, "member");
        vm.assertEq(delay, wantDelay, "delay");
    }
}
