// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BLS} from "@kevincharm/bls-bn254/contracts/BLS.sol";
import {Vm} from "forge-std/Vm.sol";

/// @dev A drand network of one member: its key is a number that the test knows.
abstract contract RandomnessBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The key 1: the generator of G2.
    uint256 internal constant GENERATOR_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 internal constant GENERATOR_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 internal constant GENERATOR_Y0 = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;
    uint256 internal constant GENERATOR_Y1 = 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;

    /// @dev The message of a round as a point.
    function pointOf(uint64 round) internal view returns (uint256[2] memory) {
        bytes memory message = abi.encodePacked(keccak256(abi.encodePacked(round)));
        return BLS.hashToPoint("BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_", message);
    }

    /// @dev The signature of a round with a key: the message's point times the key.
    function signRound(uint256 key, uint64 round) internal view returns (uint256[2] memory signature) {
        uint256[2] memory point = pointOf(round);
        (bool done, bytes memory result) = address(7).staticcall(abi.encode(point[0], point[1], key));
        vm.assertTrue(done);
        (signature[0], signature[1]) = abi.decode(result, (uint256, uint256));
    }

    function generator() internal pure returns (uint256[4] memory) {
        return [GENERATOR_X0, GENERATOR_X1, GENERATOR_Y0, GENERATOR_Y1];
    }
}
