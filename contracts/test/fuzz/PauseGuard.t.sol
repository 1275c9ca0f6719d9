// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {FreeStake} from "../../src/staking/FreeStake.sol";
import {PauseBase} from "../harness/PauseBase.sol";

/// @dev Pauses at any time.
contract PauseGuardFuzz is PauseBase {
    /// @dev Exits are never closed for longer than 14 days in a row, and stay open for 14 days in between, for any
    /// attempts of a pauser. BOB checks ten times between two attempts.
    function testFuzz_exits(uint32[24] calldata waits) public {
        bool closed;
        uint256 closedFor;
        uint256 openFor = 14 days;
        for (uint256 i = 0; i < waits.length; ++i) {
            try staking.pause() {} catch {}
            if (waits[i] % 3 == 0) try staking.unpause() {} catch {}
            uint256 step = waits[i] % 10 days / 10;
            for (uint256 j = 0; j < 10; ++j) {
                bool open = exits();
                // Exits that opened by themselves did so at most a step before BOB saw it.
                if (!open && !closed) vm.assertGe(openFor, 13 days, "open for too short");
                (closedFor, openFor) = (open ? 0 : closed ? closedFor + step : step, open ? openFor + step : 0);
                vm.assertLe(closedFor, 15 days, "closed for too long");
                closed = !open;
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
