// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Uses up whatever gas it is given.
contract GasBurner {
    fallback() external {
        assembly {
            invalid()
        }
    }
}
