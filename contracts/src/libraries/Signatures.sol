// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Messages} from "./Messages.sol";

/// @title Checks of the network's signed messages
/// @notice A message has one accepted signature: 65 bytes `r | s | v`, `v` 27 or 28, low `s`.
/// @dev The domain is built from the chain id at every call, so a fork of the chain has a domain of its own at once.
library Signatures {
    /// @notice The signature is not this signer's, is not over this message, or is not in the one accepted form.
    /// @param signer Address whose signature was expected.
    error BadSignature(address signer);

    /// @notice Reverts unless `signature` is the coordinator's of this ticket.
    /// @return digest The ticket's digest, by which a receipt names it.
    function check(address staking, Messages.Ticket memory ticket, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = _check(staking, Messages.hash(ticket), ticket.coordinator, signature);
    }

    /// @notice Reverts unless `signature` is `miner`'s of this receipt.
    /// @return digest The receipt's digest.
    function check(address staking, Messages.Receipt memory receipt, address miner, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = _check(staking, Messages.hash(receipt), miner, signature);
    }

    /// @notice Reverts unless `signature` is the coordinator's of this voucher.
    /// @return digest The voucher's digest.
    function check(address staking, Messages.Voucher memory voucher, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = _check(staking, Messages.hash(voucher), voucher.coordinator, signature);
    }

    function _check(address staking, bytes32 structHash, address signer, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        digest = Messages.digest(Messages.domain(block.chainid, staking), structHash);
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure != ECDSA.RecoverError.NoError || recovered != signer) revert BadSignature(signer);
    }
}
