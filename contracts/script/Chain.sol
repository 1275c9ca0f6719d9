// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {OptionsReader} from "./Options.sol";

/// @notice Asks the chain, through its RPC, whether it can carry the network. A simulation alone would not tell: it runs
/// on this machine, by the rules that Forge knows.
abstract contract Chain is OptionsReader {
    /// @dev Two answers of an RPC may be some blocks apart.
    uint256 private constant BLOCKS_APART = 64;

    /// @notice Refuses a chain on which the contracts would not work, or juries could be steered.
    /// @param drand Whether randomness comes from a drand network.
    function inspect(bool drand) public {
        // TSTORE(0, 1), then TLOAD(0).
        if (decode(ask("eth_call", '[{"data":"0x60015f5d5f5c5f5260205ff3"},"latest"]')) != 1) {
            revert Refused("The chain has no transient storage (EIP-1153), which the guards against reentrancy need");
        }
        if (drand) {
            // The pairing of no points is true.
            string memory pairing = '[{"to":"0x0000000000000000000000000000000000000008","data":"0x"},"latest"]';
            if (decode(ask("eth_call", pairing)) != 1) {
                revert Refused("The chain has no pairing precompile (EIP-197), which checks the signatures of drand");
            }
            return;
        }
        // ArbSys.arbBlockNumber()
        string memory arbitrum = '[{"to":"0x0000000000000000000000000000000000000064","data":"0xa3b1b31d"},"latest"]';
        if (ask("eth_call", arbitrum).length >= 32) {
            revert Refused("RANDOMNESS=block on an Arbitrum chain: one sequencer makes its blocks; use RANDOMNESS=drand");
        }
        // NUMBER, as contracts see it.
        uint256 seen = decode(ask("eth_call", '[{"data":"0x435f5260205ff3"},"latest"]'));
        uint256 told = decode(ask("eth_blockNumber", "[]"));
        if ((seen > told ? seen - told : told - seen) > BLOCKS_APART) {
            revert Refused("RANDOMNESS=block on a chain whose contracts see another chain's blocks; use RANDOMNESS=drand");
        }
    }

    /// @dev The RPC's answer; empty if it refuses the call.
    function ask(string memory method, string memory arguments) internal virtual returns (bytes memory) {
        try vm.rpc(method, arguments) returns (bytes memory answer) {
            return answer;
        } catch {
            return "";
        }
    }

    /// @dev A number, big-endian, in as many bytes as the RPC gave it.
    function decode(bytes memory answer) private pure returns (uint256 value) {
        for (uint256 i = 0; i < answer.length; ++i) {
            value = value << 8 | uint8(answer[i]);
        }
    }
}
