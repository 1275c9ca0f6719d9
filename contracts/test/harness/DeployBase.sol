// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Checks, Network} from "../../script/Checks.sol";
import {Deploy} from "../../script/Deploy.s.sol";
import {Options, OptionsReader} from "../../script/Options.sol";
import {TestBase} from "./TestBase.sol";

/// @dev The script with an environment and a chain of its own, so that tests neither share variables nor need an RPC.
contract DeployUnderTest is Deploy {
    mapping(string name => string) private _variables;
    mapping(bytes32 question => bytes) private _answers;

    constructor() {
        // A chain that can carry the network and numbers its own blocks.
        answer(TRANSIENT, hex"01");
        answer(PAIRING, hex"01");
        answer(NUMBER, hex"1234");
        answer("[]", hex"1235");
    }

    string public constant TRANSIENT = '[{"data":"0x60015f5d5f5c5f5260205ff3"},"latest"]';
    string public constant NUMBER = '[{"data":"0x435f5260205ff3"},"latest"]';
    string public constant PAIRING = '[{"to":"0x0000000000000000000000000000000000000008","data":"0x"},"latest"]';
    string public constant ARBITRUM =
        '[{"to":"0x0000000000000000000000000000000000000064","data":"0xa3b1b31d"},"latest"]';

    receive() external payable {}

    function set(string memory name, string memory value) public {
        _variables[name] = value;
    }

    function answer(string memory question, bytes memory value) public {
        _answers[keccak256(bytes(question))] = value;
    }

    function variable(string memory name) internal view override returns (string memory) {
        return _variables[name];
    }

    function ask(string memory, string memory question) internal view override returns (bytes memory) {
        return _answers[keccak256(bytes(question))];
    }
}

/// @dev What the tests of the deployment share: the script is the account that makes the calls.
abstract contract DeployBase is TestBase {
    address internal constant ADMIN = address(0xAD);
    address internal constant PAUSER = address(0x9A);
    address internal constant GUARDIAN = address(0x6D);

    DeployUnderTest internal script;
    Network internal network;

    /// @dev A script on a chain, with the people that a public chain needs.
    function prepare(uint256 chainId) internal {
        vm.chainId(chainId);
        vm.warp(1_800_000_000);
        script = new DeployUnderTest();
        vm.deal(address(script), 100 ether);
        if (chainId == 31337) return;
        name("ADMIN", ADMIN);
        name("PAUSER", PAUSER);
        name("GUARDIAN", GUARDIAN);
    }

    /// @dev Names a contract.
    function name(string memory variable, address who) internal {
        vm.etch(who, hex"00");
        script.set(variable, vm.toString(who));
    }

    function options() internal view returns (Options memory) {
        return script.readOptions(address(script));
    }

    /// @dev Deploys as the script would, with every check.
    function run(uint256 chainId) internal {
        prepare(chainId);
        run();
    }

    /// @dev The same, with what has been set.
    function run() internal {
        Options memory chosen = options();
        script.refuse(chosen);
        script.inspect(chosen.randomness.drand);
        network = script.deploy(chosen);
        script.check(network, chosen);
    }

    /// @dev The script refuses what the environment says now; the reason contains `reason`.
    function assertRefused(string memory reason) internal {
        try script.readOptions(address(script)) returns (Options memory chosen) {
            try script.refuse(chosen) {
                revert(string.concat("not refused: ", reason));
            } catch (bytes memory failure) {
                assertReason(failure, OptionsReader.Refused.selector, reason);
            }
        } catch (bytes memory failure) {
            assertReason(failure, OptionsReader.Refused.selector, reason);
        }
    }

    /// @dev The check fails on the network as it is now, with this sentence.
    function assertFails(string memory sentence) internal {
        try script.check(network, options()) {
            revert(string.concat("not noticed: ", sentence));
        } catch (bytes memory failure) {
            assertReason(failure, Checks.CheckFailed.selector, sentence);
        }
    }

    function assertReason(bytes memory failure, bytes4 selector, string memory want) internal {
        vm.assertEq(bytes4(failure), selector, want);
        bytes memory arguments = new bytes(failure.length - 4);
        for (uint256 i = 0; i < arguments.length; ++i) {
            arguments[i] = failure[i + 4];
        }
        string memory have = abi.decode(arguments, (string));
        vm.assertTrue(vm.contains(have, want), string.concat("`", have, "` does not say `", want, "`"));
    }
}
