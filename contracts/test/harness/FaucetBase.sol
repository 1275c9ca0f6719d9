// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Faucet} from "../../src/Faucet.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of the faucet share.
abstract contract FaucetBase is TestBase {
    uint256 internal constant DRIP = 25_000e18;
    uint64 internal constant COOLDOWN = 1 hours;
    uint256 internal constant DAILY = 100_000e18;
    uint256 internal constant GAS = 0.5 ether;
    address internal constant BOB = address(0xB0B);
    address internal constant ADMIN = address(0xAD);

    Faucet internal faucet;

    function setUp() public {
        deploy();
        faucet = make(0);
        cai.transfer(address(faucet), 50_000_000e18);
        vm.deal(address(faucet), 10 ether);
    }

    function make(uint8 workBits) internal returns (Faucet) {
        return new Faucet(cai, DRIP, COOLDOWN, DAILY, GAS, ADMIN, workBits);
    }

    /// @dev A nonce that a request for `to` is accepted with today.
    function work(Faucet target, address to) internal view returns (uint256 nonce) {
        uint8 bits = target.workBits();
        bytes memory start = abi.encode(block.chainid, address(target), to, block.timestamp / 1 days);
        while (uint256(keccak256(bytes.concat(start, bytes32(nonce)))) >> (256 - bits) != 0) {
            ++nonce;
        }
    }
}
