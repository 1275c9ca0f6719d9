// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {Vm} from "forge-std/Vm.sol";
import {IRandomness} from "../../src/interfaces/IRandomness.sol";
import {BlockRandomness} from "../../src/randomness/BlockRandomness.sol";

/// @dev Headers of blocks that the chain is made to know.
contract BlockRandomnessTest {
    using RLP for RLP.Encoder;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant START = 1_800_000_000;

    BlockRandomness private blocks;
    /// Headers of the blocks 1,000 to 1,004, at 0, 5, 5, 12 and 14 seconds.
    bytes[5] private headers;

    function setUp() public {
        blocks = new BlockRandomness();
        vm.roll(1_010);
        uint256[5] memory times = [uint256(0), 5, 5, 12, 14];
        bytes32 parent = "genesis";
        for (uint256 i = 0; i < 5; ++i) {
            headers[i] = header(parent, 1_000 + i, START + times[i]);
            parent = keccak256(headers[i]);
            vm.setBlockhash(1_000 + i, parent);
        }
    }

    /// @dev A header of 21 fields, as of Prague.
    function header(bytes32 parent, uint256 number, uint256 time) private pure returns (bytes memory) {
        RLP.Encoder memory list = RLP.encoder();
        list.push(parent).push(bytes32("ommers")).push(address(0xC01)).push(bytes32("state"));
        list.push(bytes32("transactions")).push(bytes32("receipts")).push(new bytes(256));
        list.push(uint256(0)).push(number).push(uint256(30_000_000)).push(uint256(21_000)).push(time);
        list.push(bytes("extra")).push(bytes32("randao")).push(bytes(hex"0000000000000000")).push(uint256(7));
        list.push(bytes32("withdrawals")).push(uint256(0)).push(uint256(0)).push(bytes32("beacon"));
        list.push(bytes32("requests"));
        return list.encode();
    }

    function at(uint256 time) private pure returns (uint64) {
        return uint64(START + time);
    }

    function test_the_first_block_of_a_second() public {
        vm.expectEmit(address(blocks));
        emit IRandomness.RoundRecorded(at(5), keccak256(headers[1]));
        blocks.record(at(5), headers[0], headers[1]);
        vm.assertEq(blocks.seedOf(at(5)), keccak256(headers[1]));
        vm.assertEq(blocks.seedOf(at(4)), 0);
    }

    /// @dev Seconds without a block have the value of the next one that came.
    function test_a_second_without_a_block() public {
        for (uint256 time = 6; time <= 12; ++time) {
            blocks.record(at(time), headers[2], headers[3]);
            vm.assertEq(blocks.seedOf(at(time)), keccak256(headers[3]));
        }
    }

    /// @dev Whoever records it, and with whatever blocks: no others are accepted.
    function test_no_other_block_has_the_value() public {
        for (uint256 time = 0; time <= 15; ++time) {
            uint256 accepted = 0;
            uint256 snapshot = vm.snapshotState();
            for (uint256 i = 0; i < 5; ++i) {
                for (uint256 j = 0; j < 5; ++j) {
                    try blocks.record(at(time), headers[i], headers[j]) {
                        ++accepted;
                        vm.assertEq(j, time <= 5 ? 1 : time <= 12 ? 3 : 4);
                    } catch {}
                    vm.revertToState(snapshot);
                }
            }
            // The block before the first one is not known here; after the last one there is none.
            vm.assertEq(accepted, time == 0 || time > 14 ? 0 : 1);
        }
    }

    function test_a_round_is_recorded_once() public {
        blocks.record(at(5), headers[0], headers[1]);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.RoundKnown.selector, at(5)));
        blocks.record(at(5), headers[0], headers[1]);
    }

    function test_another_parent() public {
        bytes32 have = keccak256(headers[1]);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.NotTheParent.selector, have, keccak256(headers[2])));
        blocks.record(at(6), headers[1], headers[3]);
        bytes memory forged = header("genesis", 1_000, START + 1);
        vm.expectRevert(
            abi.encodeWithSelector(BlockRandomness.NotTheParent.selector, keccak256(forged), keccak256(headers[0]))
        );
        blocks.record(at(5), forged, headers[1]);
    }

    function test_another_second() public {
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.NotTheFirstBlock.selector, START, at(6), START + 5));
        blocks.record(at(6), headers[0], headers[1]);
        // Two blocks of one second: the first one counts.
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.NotTheFirstBlock.selector, START + 5, at(5), START + 5));
        blocks.record(at(5), headers[1], headers[2]);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.NotTheFirstBlock.selector, START, at(0), START + 5));
        blocks.record(at(0), headers[0], headers[1]);
    }

    function test_a_block_that_the_chain_does_not_know() public {
        bytes memory forged = header(keccak256(headers[4]), 1_005, START + 20);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.UnknownBlock.selector, keccak256(forged)));
        blocks.record(at(20), headers[4], forged);
        // Nor one that is yet to come, nor the block that the call is in.
        forged = header(keccak256(headers[4]), 1_010, START + 20);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.UnknownBlock.selector, keccak256(forged)));
        blocks.record(at(20), headers[4], forged);
        forged = header(keccak256(headers[4]), 5_000, START + 20);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.UnknownBlock.selector, keccak256(forged)));
        blocks.record(at(20), headers[4], forged);
    }

    function test_what_is_no_header() public {
        vm.expectRevert();
        blocks.record(at(5), headers[0], "");
        vm.expectRevert();
        blocks.record(at(5), headers[0], hex"c0");
        vm.expectRevert();
        blocks.record(at(5), "", headers[1]);
    }

    /// @dev Hashes of the last 8,191 blocks come from the history contract, where the chain has one.
    function test_older_blocks() public {
        bytes memory first = header("x", 2_000, START + 100);
        bytes memory second = header(keccak256(first), 2_001, START + 101);
        vm.roll(9_000);
        vm.expectRevert(abi.encodeWithSelector(BlockRandomness.UnknownBlock.selector, keccak256(second)));
        blocks.record(at(101), first, second);
        vm.mockCall(HISTORY, abi.encode(uint256(2_001)), abi.encode(keccak256(second)));
        blocks.record(at(101), first, second);
        vm.assertEq(blocks.seedOf(at(101)), keccak256(second));
    }

    function test_round_after() public view {
        vm.assertEq(uint256(blocks.roundAfter(START)), START);
        vm.assertEq(uint256(blocks.roundAfter(START + 1)), START + 1);
    }
}
