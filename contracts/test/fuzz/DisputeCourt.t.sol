// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {DisputeCourtBase} from "../harness/DisputeCourtBase.sol";

/// @dev Any votes, of which any part is revealed.
contract DisputeCourtFuzz is DisputeCourtBase {
    /// @dev Quorum and majority, to the seat.
    function testFuzz_verdicts(uint256 votes, uint256 shown) public {
        openAndDraw();
        verdict(votes, shown);
    }
}
