// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IRandomness} from "../../src/interfaces/IRandomness.sol";
import {DrandRandomness} from "../../src/randomness/DrandRandomness.sol";
import {RandomnessBase} from "../harness/RandomnessBase.sol";

/// @dev Rounds of a network whose key is 1, and rounds of drand's evmnet as it published them.
contract DrandRandomnessTest is RandomnessBase {
    uint64 private constant GENESIS = 1_727_521_075;
    uint64 private constant PERIOD = 3;
    uint256 private constant FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    DrandRandomness private drand;
    DrandRandomness private evmnet;

    function setUp() public {
        drand = new DrandRandomness(generator(), GENESIS, PERIOD);
        evmnet = new DrandRandomness(
            [
                0x0557ec32c2ad488e4d4f6008f89a346f18492092ccc0d594610de2732c8b808f,
                0x07e1d1d335df83fa98462005690372c643340060d205306a9aa8106b6bd0b382,
                0x297d3a4f9749b33eb2d904c9d9ebf17224150ddd7abd7567a9bec6c74480ee0b,
                0x0095685ae3a85ba243747b1b2f426049010f6b73a0cf1d389351d5aaaa1047f6
            ],
            GENESIS,
            PERIOD
        );
    }

    function refused(DrandRandomness source, uint64 round, uint256[2] memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(DrandRandomness.BadRoundSignature.selector, round));
        source.record(round, signature);
        vm.assertEq(source.seedOf(round), 0);
    }

    // -------------------------------------------------------------------------------------------------- recording

    function test_a_round() public {
        uint256[2] memory signature = signRound(1, 7);
        bytes32 seed = keccak256(abi.encode(signature[0], signature[1]));
        vm.assertEq(drand.seedOf(7), 0);
        vm.expectEmit(address(drand));
        emit IRandomness.RoundRecorded(7, seed);
        drand.record(7, signature);
        vm.assertEq(drand.seedOf(7), seed);
        vm.assertEq(drand.seedOf(8), 0);
    }

    /// @dev Rounds that drand's evmnet has published, the first one and the ten-millionth.
    function test_rounds_of_evmnet() public {
        uint256[2] memory first = [
            0x11f812d738a36b2210dc88c2d635ad8039588205f42445d6de09e6530165c346,
            0x2a23aca348c84badcf8df5321ac24577b7963d5b0d780bc4626baedb45cde373
        ];
        uint256[2] memory later = [
            0x2c7b65b5acfe55256910ca71cf0a0fa71ac34c2a1167f86a22930a03e70ebec0,
            0x0f7a530796e7ee38600b06da0390634a9b154e3eebc3b323dde2111e1c8ebdf3
        ];
        refused(evmnet, 2, first);
        refused(evmnet, 1, later);
        evmnet.record(1, first);
        evmnet.record(10_000_000, later);
        vm.assertEq(evmnet.seedOf(1), keccak256(abi.encode(first)));
        vm.assertEq(evmnet.seedOf(10_000_000), keccak256(abi.encode(later)));
    }

    function test_a_round_is_recorded_once() public {
        uint256[2] memory signature = signRound(1, 7);
        drand.record(7, signature);
        vm.expectRevert(abi.encodeWithSelector(DrandRandomness.RoundKnown.selector, 7));
        drand.record(7, signature);
    }

    function test_another_round() public {
        refused(drand, 8, signRound(1, 7));
    }

    function test_another_key() public {
        refused(drand, 7, signRound(2, 7));
        refused(evmnet, 7, signRound(1, 7));
    }

    function test_not_a_point() public {
        uint256[2] memory signature = signRound(1, 7);
        signature[0] ^= 1;
        refused(drand, 7, signature);
        refused(drand, 7, [uint256(0), 0]);
        refused(drand, 7, [uint256(1), 1]);
    }

    /// @dev A coordinate has one form, so a round has one value.
    function test_coordinates_are_reduced() public {
        uint256[2] memory signature = signRound(1, 7);
        refused(drand, 7, [signature[0] + FIELD, signature[1]]);
        refused(drand, 7, [signature[0], signature[1] + FIELD]);
    }

    /// @dev The other point with the same x is another signature.
    function test_the_negated_point() public {
        uint256[2] memory signature = signRound(1, 7);
        refused(drand, 7, [signature[0], FIELD - signature[1]]);
    }

    function testFuzz_every_round(uint64 round) public {
        drand.record(round, signRound(1, round));
        vm.assertTrue(drand.seedOf(round) != 0);
    }

    /// @dev The whole call, with what a transaction costs before it begins.
    function test_gas() public {
        uint256[2] memory signature = signRound(1, 10_000_000);
        uint256 gas = gasleft();
        drand.record(10_000_000, signature);
        gas -= gasleft();
        vm.assertLe(gas + 21_000 + 100 * 16, 250_000);
    }

    // ------------------------------------------------------------------------------------------------- parameters

    function test_constructor_keeps_what_it_was_given() public view {
        vm.assertEq(uint256(drand.genesis()), GENESIS);
        vm.assertEq(uint256(drand.period()), PERIOD);
        uint256[4] memory key = drand.publicKey();
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(key[i], generator()[i]);
        }
    }

    /// @dev A pairing that failed proves nothing, whatever came back from it.
    function test_a_pairing_that_fails() public {
        uint256[2] memory signature = signRound(1, 7);
        vm.mockCallRevert(address(8), bytes(""), abi.encode(1));
        refused(drand, 7, signature);
        vm.clearMockedCalls();
        drand.record(7, signature);
    }

    function test_constructor_checks_the_key() public {
        uint256[4] memory key = generator();
        key[3] ^= 1;
        vm.expectRevert(DrandRandomness.BadPublicKey.selector);
        new DrandRandomness(key, GENESIS, PERIOD);
        // As drand publishes it, the imaginary part first.
        key = [GENERATOR_X1, GENERATOR_X0, GENERATOR_Y1, GENERATOR_Y0];
        vm.expectRevert(DrandRandomness.BadPublicKey.selector);
        new DrandRandomness(key, GENESIS, PERIOD);
        vm.expectRevert(DrandRandomness.BadPeriod.selector);
        new DrandRandomness(generator(), GENESIS, 0);
    }

    /// @dev The first round that is published 30 seconds after a time or later.
    function test_round_after() public view {
        vm.assertEq(uint256(drand.roundAfter(0)), 1);
        vm.assertEq(uint256(drand.roundAfter(GENESIS - 30)), 1);
        vm.assertEq(uint256(drand.roundAfter(GENESIS - 29)), 2);
        vm.assertEq(uint256(drand.roundAfter(GENESIS - 27)), 2);
        vm.assertEq(uint256(drand.roundAfter(GENESIS - 26)), 3);
        vm.assertEq(uint256(drand.roundAfter(GENESIS)), 11);
    }

    function testFuzz_round_after(uint256 time) public view {
        time = uint256(GENESIS) + time % 1e12;
        uint256 published = uint256(GENESIS) + (uint256(drand.roundAfter(time)) - 1) * PERIOD;
        vm.assertGe(published, time + 30);
        vm.assertLt(published, time + 30 + PERIOD);
    }
}
