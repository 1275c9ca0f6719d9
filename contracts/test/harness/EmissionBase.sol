// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Wiring} from "../../script/Wiring.sol";
import {EmissionController} from "../../src/EmissionController.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @dev What the tests of the emission controller share.
abstract contract EmissionBase is TestBase {
    uint256 internal constant MINING = 300_000_000e18;

    address internal constant OWNER = address(0xA11CE);

    EmissionController internal controller;
    address internal miner;

    function setUp() public {
        deploy();
        controller = create(7 days);
        // A period needs somebody who earns.
        miner = newNode(OWNER, 0xE0DE, Role.Miner, 30_000e18);
        newNode(OWNER, 0xE0DF, Role.Coordinator, 2_500_000e18);
    }

    function create(uint64 period) internal returns (EmissionController made) {
        made = new EmissionController(staking, period, address(manager));
        Wiring.emission(manager, made);
        cai.approve(address(made), type(uint256).max);
    }
}
