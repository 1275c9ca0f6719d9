// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Wiring} from "../../script/Wiring.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of the emission controller share.
abstract contract EmissionBase is TestBase {
    uint256 internal constant MINING = 300_000_000e18;

    EmissionController internal controller;

    function setUp() public {
        deploy();
        controller = create(7 days);
    }

    function create(uint64 period) internal returns (EmissionController made) {
        made = new EmissionController(staking, period, address(manager));
        Wiring.emission(manager, made);
        cai.approve(address(made), type(uint256).max);
    }
}
