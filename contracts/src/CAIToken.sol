// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title CAI, the token of the Cuckoo network
/// @notice ERC-20 with EIP-2612 permits, 18 decimals, fixed supply and no owner: nothing can mint, pause or seize it.
contract CAIToken is ERC20, ERC20Permit {
    /// @notice All CAI there will ever be, in wei of CAI (1e18 per CAI).
    uint256 public constant SUPPLY = 1_000_000_000e18;

    /// @notice Mints the whole supply.
    /// @param treasury Receiver of the whole supply.
    constructor(address treasury) ERC20("Cuckoo AI", "CAI") ERC20Permit("Cuckoo AI") {
        _mint(treasury, SUPPLY);
    }
}
