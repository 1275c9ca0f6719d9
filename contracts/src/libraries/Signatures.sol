// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Messages} from "./Messages.sol";

/// @title Checks of the network's signed messages
/// @notice A message is signed alone, or in a batch with others of the same signer.
/// - Alone: 65 bytes `r | s | v` over the message's EIP-712 digest, `v` 27 or 28, low `s`.
/// - In a batch: the same 65 bytes over the digest of {Messages.Batch}, followed by the message's path to the batch's
///   root, 1 to 12 words of 32 bytes, from the leaf upwards.
/// @dev The tree: a leaf is `keccak256(0x00 | structHash)`, an inner node is `keccak256(0x01 | lower | higher)` of its two
/// children in numerical order. A batch of one is a message signed alone. Leaves and nodes start with different bytes,
/// so neither can pass for the other; a struct hash starts with its type, so no message can pass for one of another
/// type; both forms bind chain and contract through the domain. The domain is built from the chain id at every call, so
/// a fork of the chain has a domain of its own at once.
library Signatures {
    /// @notice Longest path of a message in a batch, in words; a batch has at most 4,096 messages.
    uint256 internal constant MAX_DEPTH = 12;

    uint256 private constant LENGTH = 65;
    uint256 private constant WORD = 32;

    /// @notice The signature is not this signer's, is not over this message, or is not in an accepted form.
    /// @param signer Address whose signature was expected.
    error BadSignature(address signer);

    /// @notice Reverts unless `signature` is the coordinator's of this ticket.
    /// @param domain The contract that the message is signed for: a {Settlement}.
    /// @return digest The ticket's digest, by which a receipt names it.
    function check(address domain, Messages.Ticket memory ticket, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = check(domain, Messages.hash(ticket), ticket.coordinator, signature);
    }

    /// @notice Reverts unless `signature` is `miner`'s of this receipt.
    /// @param domain The contract that the message is signed for: a {Settlement}.
    /// @return digest The receipt's digest.
    function check(address domain, Messages.Receipt memory receipt, address miner, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = check(domain, Messages.hash(receipt), miner, signature);
    }

    /// @notice Reverts unless `signature` is the coordinator's of this voucher.
    /// @param domain The contract that the message is signed for: a {Settlement}.
    /// @return digest The voucher's digest.
    function check(address domain, Messages.Voucher memory voucher, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        digest = check(domain, Messages.hash(voucher), voucher.coordinator, signature);
    }

    /// @notice Reverts unless `signature` is `signer`'s of the message with this struct hash, alone or in a batch.
    /// @param domain The contract that the message is signed for.
    /// @return digest The message's own EIP-712 digest, however it was signed.
    function check(address domain, bytes32 structHash, address signer, bytes calldata signature)
        internal
        view
        returns (bytes32 digest)
    {
        bytes32 separator = Messages.domain(block.chainid, domain);
        digest = Messages.digest(separator, structHash);
        bytes32 signed = digest;
        if (signature.length > LENGTH) {
            bytes calldata path = signature[LENGTH:];
            if (path.length % WORD != 0 || path.length > MAX_DEPTH * WORD) revert BadSignature(signer);
            signed = Messages.digest(separator, Messages.hash(Messages.Batch(root(structHash, path))));
            signature = signature[:LENGTH];
        }
        // The third return value only explains the failure.
        // slither-disable-next-line unused-return
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(signed, signature);
        if (failure != ECDSA.RecoverError.NoError || recovered != signer) revert BadSignature(signer);
    }

    /// @notice The root of the batch in which the message with this struct hash has this path.
    /// @param path Whole words of 32 bytes, from the leaf upwards.
    function root(bytes32 structHash, bytes calldata path) internal pure returns (bytes32 hash) {
        hash = keccak256(abi.encodePacked(bytes1(0x00), structHash));
        for (uint256 i = 0; i < path.length; i += WORD) {
            bytes32 sibling = bytes32(path[i:]);
            (bytes32 lower, bytes32 higher) = hash < sibling ? (hash, sibling) : (sibling, hash);
            hash = keccak256(abi.encodePacked(bytes1(0x01), lower, higher));
        }
    }
}
