// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Network} from "../../script/Checks.sol";
import {Options} from "../../script/Options.sol";
import {Wiring} from "../../script/Wiring.sol";
import {Faucet} from "../../src/Faucet.sol";
import {Parameters} from "../../src/court/CourtParameters.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {DrandRandomness} from "../../src/randomness/DrandRandomness.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {DeployBase} from "../harness/DeployBase.sol";

/// @dev Every assertion after a deployment can fail: each answer of a contract is replaced by a wrong one, and noticed.
contract DeployChecksTest is DeployBase {
    address private constant WRONG = address(0xBAD);

    function setUp() public {
        run(1210);
    }

    /// @dev The check fails with `sentence` if `target` answers `call` with `answer`.
    function assertNoticed(address target, bytes memory call, bytes memory answer, string memory sentence) private {
        vm.mockCall(target, call, answer);
        assertFails(sentence);
        vm.clearMockedCalls();
    }

    function assertNoticed(address target, string memory getter, uint256 answer, string memory sentence) private {
        assertNoticed(target, abi.encodeWithSignature(getter), abi.encode(answer), sentence);
    }

    function test_addresses() public {
        address[4] memory managed =
            [address(network.staking), address(network.emission), address(network.settlement), address(network.court)];
        string[4] memory names = ["staking", "emission", "settlement", "court"];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory call = abi.encodeCall(IAccessManaged.authority, ());
            assertNoticed(managed[i], call, abi.encode(WRONG), string.concat(names[i], " obeys the manager"));
            call = abi.encodeWithSignature("cai()");
            assertNoticed(managed[i], call, abi.encode(WRONG), string.concat(names[i], " holds the token"));
        }
        uint256 wrong = uint160(WRONG);
        assertNoticed(address(network.emission), "staking()", wrong, "emission streams to staking");
        assertNoticed(address(network.settlement), "staking()", wrong, "settlement charges at staking");
        assertNoticed(address(network.court), "staking()", wrong, "court slashes at staking");
        assertNoticed(address(network.court), "settlement()", wrong, "court judges receipts of settlement");
        assertNoticed(address(network.court), "randomness()", wrong, "court draws by randomness");
        address evidence = address(network.court.evidence());
        assertNoticed(evidence, "settlement()", wrong, "court checks evidence");
        assertNoticed(evidence, "staking()", wrong, "court checks evidence");
        assertNoticed(evidence, "window()", 1, "court checks evidence");
        assertNoticed(address(network.court), "jurors()", wrong, "court knows the jurors");
        assertNoticed(address(network.jurors), "staking()", wrong, "jurors have stake at staking");
        assertNoticed(network.faucet, "cai()", wrong, "faucet gives the token");
        assertNoticed(network.faucet, "admin()", wrong, "faucet is ADMIN's");
    }

    function test_token_and_manager_asked_for() public {
        script.set("CAI", vm.toString(WRONG));
        assertFails("the token is CAI's");
        script.set("CAI", "");
        script.set("AUTHORITY", vm.toString(WRONG));
        assertFails("the manager is AUTHORITY's");
    }

    function test_parameters() public {
        assertNoticed(address(network.staking), "epochSeconds()", 1, "EPOCH is 1800");
        assertNoticed(address(network.staking), "unbondingPeriod()", 1, "UNBONDING is 604800");
        assertNoticed(address(network.emission), "period()", 1, "PERIOD is 604800");
        assertNoticed(address(network.settlement), "disputeWindow()", 1, "DISPUTE_WINDOW is 172800");
        assertNoticed(address(network.court), "window()", 1, "DISPUTE_WINDOW of the court is 172800");
        assertNoticed(address(network.settlement), "thawPeriod()", 1, "THAW is 259200");
        assertNoticed(address(network.settlement), "claimDelay()", 1, "CLAIM_DELAY is 14400");
        assertNoticed(address(network.settlement), "faultBps()", 1, "FAULT_BPS is 1000");
        assertNoticed(address(network.settlement), "retired()", 1, "nothing is retired");
        assertNoticed(address(network.court), "retired()", 1, "nothing is retired");
        assertNoticed(address(network.court), "seats()", 1, "SEATS is 31");
        assertNoticed(address(network.court), "minimumJury()", 1, "MINIMUM_JURY is");
        assertNoticed(address(network.staking), "pausedAt()", 1, "nothing is paused");
        assertNoticed(network.faucet, "dripAmount()", 1, "FAUCET_DRIP is");
        assertNoticed(network.faucet, "cooldown()", 1, "FAUCET_COOLDOWN is 86400");
        assertNoticed(network.faucet, "dailyCap()", 1, "FAUCET_DAILY is");
        assertNoticed(network.faucet, "gasAmount()", 1, "FAUCET_GAS is");
        assertNoticed(network.faucet, "workBits()", 1, "FAUCET_WORK_BITS is 20");
    }

    function test_prices_of_disputes() public {
        string[5] memory names = ["BOND", "BOND_BPS", "EQUIVOCATION_BPS", "FALSIFIED_BPS", "JUROR_DOCK"];
        for (uint256 i = 0; i < 5; ++i) {
            Parameters memory wrong = network.court.parameters();
            if (i == 0) wrong.bond += 1;
            if (i == 1) wrong.bondBps += 1;
            if (i == 2) wrong.equivocationBps += 1;
            if (i == 3) wrong.falsifiedBps += 1;
            if (i == 4) wrong.jurorDock += 1;
            bytes memory call = abi.encodeWithSignature("parameters()");
            assertNoticed(address(network.court), call, abi.encode(wrong), string.concat(names[i], " is"));
        }
    }

    /// Relations are checked by what the contracts say, so they fail even where the options agree.
    function test_relations() public {
        script.set("CLAIM_DELAY", "172800");
        assertNoticed(address(network.settlement), "claimDelay()", 2 days, "CLAIM_DELAY < DISPUTE_WINDOW");
        script.set("CLAIM_DELAY", "");
        script.set("THAW", "172800");
        assertNoticed(address(network.settlement), "thawPeriod()", 2 days, "DISPUTE_WINDOW < THAW");
        script.set("THAW", "");
        script.set("UNBONDING", "183600");
        assertNoticed(address(network.staking), "unbondingPeriod()", 183_600, "+ 6 EPOCH < UNBONDING");
        script.set("UNBONDING", "864000");
        assertNoticed(address(network.staking), "unbondingPeriod()", 10 days, "stakers can be out before any change");
        script.set("UNBONDING", "");
        assertNoticed(address(network.staking), "MAX_EXIT_PAUSE()", 14 days, "exits pause for at most 72 hours");
    }

    function test_randomness() public {
        address drand = address(network.randomness);
        for (uint256 i = 0; i < 4; ++i) {
            uint256[4] memory key = DrandRandomness(drand).publicKey();
            key[i] ^= 1;
            assertNoticed(drand, abi.encodeWithSignature("publicKey()"), abi.encode(key), "a word of DRAND_KEY is");
        }
        assertNoticed(drand, "genesis()", 1, "DRAND_GENESIS is 1727521075");
        assertNoticed(drand, "period()", 1, "DRAND_PERIOD is 3");
        script.set("RANDOMNESS", "block");
        assertFails("randomness is of the chain's blocks");
        script.set("RANDOMNESS", "");
        vm.warp(1_727_521_075);
        assertFails("the drand network has begun");
    }

    /// Each restricted function belongs to one role, and to no other.
    function test_functions() public {
        assertFunction(address(network.staking), "slash(address,uint256,uint16,bytes32[])", "slash is SLASHER's");
        assertFunction(address(network.staking), "charge(address,uint256,uint16)", "charge is SLASHER's");
        assertFunction(address(network.staking), "recordPayment(address,address)", "recordPayment is PAYMENT's");
        assertFunction(address(network.staking), "notifyEmission(uint8,uint256,uint64)", "notifyEmission is EMISSION's");
        assertFunction(address(network.staking), "pause()", "pause is PAUSER's");
        assertFunction(address(network.staking), "unpause()", "unpause is PAUSER's");
        assertFunction(address(network.emission), "setHalving(uint64)", "setHalving is GOVERNOR's");
        assertFunction(address(network.emission), "migrate(address)", "migrate is GOVERNOR's");
        assertFunction(address(network.settlement), "setFaultBps(uint16)", "setFaultBps is GOVERNOR's");
        assertFunction(address(network.settlement), "retire()", "settlement's retire is GOVERNOR's");
        assertFunction(
            address(network.court), "setParameters((uint96,uint16,uint16,uint16,uint96))", "setParameters is GOVERNOR's"
        );
        assertFunction(address(network.court), "retire()", "court's retire is GOVERNOR's");
        address[4] memory targets =
            [address(network.staking), address(network.emission), address(network.settlement), address(network.court)];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory call = abi.encodeCall(AccessManager.isTargetClosed, (targets[i]));
            assertNoticed(address(network.authority), call, abi.encode(true), "no contract is closed");
        }
    }

    function assertFunction(address target, string memory signature, string memory sentence) private {
        bytes4 selector = bytes4(keccak256(bytes(signature)));
        bytes memory call = abi.encodeCall(AccessManager.getTargetFunctionRole, (target, selector));
        uint64 right = network.authority.getTargetFunctionRole(target, selector);
        for (uint64 role = 0; role <= Roles.GUARDIAN; ++role) {
            if (role != right) assertNoticed(address(network.authority), call, abi.encode(role), sentence);
        }
    }

    /// Everybody who took part, and every role: who has one that was not given, or lacks one that was, is noticed.
    function test_members() public {
        address[11] memory everybody = [
            address(script),
            ADMIN,
            PAUSER,
            GUARDIAN,
            address(network.staking),
            address(network.emission),
            address(network.settlement),
            address(network.court),
            address(network.jurors),
            address(network.randomness),
            network.faucet
        ];
        uint256 memberships = 0;
        for (uint64 role = 0; role <= Roles.GUARDIAN; ++role) {
            for (uint256 i = 0; i < everybody.length; ++i) {
                (bool member, uint32 delay) = network.authority.hasRole(role, everybody[i]);
                if (member) ++memberships;
                bytes memory call = abi.encodeCall(AccessManager.hasRole, (role, everybody[i]));
                assertNoticed(address(network.authority), call, abi.encode(!member, delay), "");
                if (member) {
                    assertNoticed(address(network.authority), call, abi.encode(true, delay + 1), ", with a delay of ");
                }
            }
        }
        // ADMIN two, two slashers, and one of each other role.
        vm.assertEq(memberships, 8);
    }

    function test_guardian() public {
        address manager = address(network.authority);
        for (uint64 role = Roles.GOVERNOR; role <= Roles.PAYMENT; ++role) {
            bytes memory call = abi.encodeCall(AccessManager.getRoleGuardian, (role));
            assertNoticed(manager, call, abi.encode(0), "GUARDIAN cancels calls of role");
            call = abi.encodeCall(AccessManager.getRoleAdmin, (role));
            assertNoticed(manager, call, abi.encode(Roles.PAUSER), "ADMIN alone grants role");
        }
        bytes4[] memory selectors = Wiring.guarded();
        for (uint256 i = 0; i < selectors.length; ++i) {
            bytes memory call = abi.encodeCall(AccessManager.getTargetFunctionRole, (manager, selectors[i]));
            assertNoticed(manager, call, abi.encode(0), "GUARDIAN cancels the manager's ");
        }
        bytes memory revoke =
            abi.encodeCall(AccessManager.getTargetFunctionRole, (manager, AccessManager.revokeRole.selector));
        assertNoticed(manager, revoke, abi.encode(Roles.GOVERNOR), "GUARDIAN cannot cancel its own removal");
    }

    function test_money() public {
        address emission_ = address(network.emission);
        for (uint8 role = 1; role <= 2; ++role) {
            bytes memory call = abi.encodeWithSignature("reserveOf(uint8)", role);
            assertNoticed(
                emission_, call, abi.encode(1), role == uint8(Role.Miner) ? "MINING_RESERVE" : "STAKING_RESERVE"
            );
            call = abi.encodeWithSignature("nextPeriodAt(uint8)", role);
            assertNoticed(emission_, call, abi.encode(1), "no period has begun");
        }
        bytes memory balance = abi.encodeWithSignature("balanceOf(address)", network.faucet);
        assertNoticed(address(network.cai), balance, abi.encode(1), "FAUCET_CAI is");
        balance = abi.encodeWithSignature("balanceOf(address)", address(script));
        assertNoticed(address(network.cai), balance, abi.encode(1), "the sender's CAI is 0");
    }
}
