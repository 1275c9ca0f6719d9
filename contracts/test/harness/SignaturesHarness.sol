// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";

/// @dev The library's functions, with signatures in calldata as contracts receive them.
contract SignaturesHarness {
    function check(address domain, bytes32 structHash, address signer, bytes calldata signature)
        external
        view
        returns (bytes32)
    {
        return Signatures.check(domain, structHash, signer, signature);
    }

    function checkTicket(address domain, Messages.Ticket calldata ticket, bytes calldata signature)
        external
        view
        returns (bytes32)
    {
        return Signatures.check(domain, ticket, signature);
    }

    function checkReceipt(address domain, Messages.Receipt calldata receipt, address miner, bytes calldata signature)
        external
        view
        returns (bytes32)
    {
        return Signatures.check(domain, receipt, miner, signature);
    }

    function checkVoucher(address domain, Messages.Voucher calldata voucher, bytes calldata signature)
        external
        view
        returns (bytes32)
    {
        return Signatures.check(domain, voucher, signature);
    }

    function root(bytes32 structHash, bytes calldata path) external pure returns (bytes32) {
        return Signatures.root(structHash, path);
    }
}
