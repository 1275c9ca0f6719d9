// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {FreeStake} from "../../src/staking/FreeStake.sol";
import {PauseBase} from "../harness/PauseBase.sol";

/// @dev Pauses at any time.
contract PauseGuardFuzz is PauseBase {
    /// @dev Exits are never closed for longer than 72 hours in a row, nor in any 30 days, for any attempts of a pauser.
    /// BOB looks ten times between two attempts.
    function testFuzz_exits(uint32[24] calldata waits) public {
        uint256 closedFor;
        uint256 began;
        for (uint256 i = 0; i < waits.length; ++i) {
            try staking.pause() {
                if (began != 0) vm.assertGe(vm.getBlockTimestamp(), began + 30 days, "again too soon");
                began = vm.getBlockTimestamp();
            } catch {}
            if (waits[i] % 3 == 0) try staking.unpause() {} catch {}
            uint256 step = waits[i] % 10 days / 10;
            for (uint256 j = 0; j < 10; ++j) {
                bool open = exits();
                vm.assertTrue(open || vm.getBlockTimestamp() < began + 72 hours, "closed for too long");
                closedFor = open ? 0 : closedFor + step;
                vm.assertLe(closedFor, 72 hours + step, "closed for too long");
                vm.warp(vm.getBlockTimestamp() + step);
            }
        }
    }

    /// @dev Whether BOB can withdraw.
    function exits() private returns (bool accepted) {
        uint256 state = vm.snapshotState();
        vm.prank(BOB);
        (accepted,) = address(staking).call(abi.encodeCall(FreeStake.withdraw, (1)));
        vm.revertToStateAndDelete(state);
    }
}
