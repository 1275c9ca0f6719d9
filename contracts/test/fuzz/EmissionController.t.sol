// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Roles} from "../../src/libraries/Roles.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {EmissionBase} from "../harness/EmissionBase.sol";

/// @dev Periods of any length, begun at any time.
contract EmissionControllerFuzz is EmissionBase {
    /// @dev However it is called, a reserve is never overdrawn, and what left it is in the stream.
    function testFuzz_never_more_than_the_reserve(
        uint64 period,
        uint64 halving,
        uint96 reserve,
        uint32[16] calldata waits
    ) public {
        controller = create(uint64(bound(period, 60, 90 days)));
        manager.grantRole(Roles.GOVERNOR, address(this), 0);
        controller.setHalving(uint64(bound(halving, 365 days, 3_650 days)));
        uint256 funded = bound(reserve, 1, MINING);
        controller.fund(Role.Miner, funded);
        uint256 sum;
        for (uint256 i = 0; i < waits.length; ++i) {
            try controller.startPeriod(Role.Miner) returns (uint256 amount) {
                sum += amount;
            } catch {}
            vm.assertEq(controller.reserveOf(Role.Miner) + sum, funded);
            vm.assertEq(cai.balanceOf(address(controller)), funded - sum);
            vm.warp(vm.getBlockTimestamp() + waits[i] % 365 days);
        }
        vm.assertEq(staking.streamOf(Role.Miner).unpaid, sum);
        vm.assertLe(sum, funded);
    }
}
