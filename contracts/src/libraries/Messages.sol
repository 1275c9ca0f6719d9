// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title The network's signed messages
/// @notice EIP-712 types of everything that a node or a coordinator signs. The domain is
/// `{name: "Cuckoo", version: "1", chainId, verifyingContract}`. A {Register} is signed for the {Staking} contract, which
/// is never replaced; everything else is signed for the {Settlement} contract, so that nothing signed for one settlement
/// is good at its successor.
/// @dev Every field is a value type, so `abi.encode(typeHash, message)` is the EIP-712 encoding. Amounts are in wei of
/// CAI, times in Unix seconds. A struct's fields and its type string must be changed together.
library Messages {
    /// @notice A node key agrees to be registered by an owner.
    struct Register {
        address node;
        address owner;
        uint8 role;
        /// keccak256(abi.encode(name, introduction, endpoint))
        bytes32 metadata;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A node opens a session with a coordinator.
    struct Login {
        address node;
        address coordinator;
        bytes32 audience;
        bytes32 challenge;
        address sessionKey;
        uint64 issued;
        uint64 expires;
    }

    /// @notice A coordinator's order to a miner, signed before the work.
    struct Ticket {
        address coordinator;
        address miner;
        bytes32 task;
        uint32 attempt;
        /// Greater than that of any earlier ticket of this coordinator for this miner.
        uint64 number;
        bytes32 model;
        bytes32 promptCommitment;
        bytes32 parameters;
        /// The most that the task can cost.
        uint128 price;
        /// Wei of CAI per 1,000 tokens of the prompt.
        uint128 promptRate;
        /// Wei of CAI per 1,000 generated tokens; an image counts as one token.
        uint128 completionRate;
        uint64 deadline;
    }

    /// @notice A miner's statement of its result.
    struct Receipt {
        /// EIP-712 digest of the ticket.
        bytes32 ticket;
        bytes32 outputCommitment;
        bytes32 auditCommitment;
        uint32 promptTokens;
        uint32 completionTokens;
        uint8 finishReason;
    }

    /// @notice A coordinator owes a miner `cumulative` in total for the tickets with numbers up to `through`, and for
    /// no others. Tickets up to that number which it does not pay are owed nothing.
    struct Voucher {
        address coordinator;
        address miner;
        uint128 cumulative;
        uint64 through;
    }

    /// @notice An auditor's finding about a receipt.
    struct Verdict {
        /// EIP-712 digest of the receipt.
        bytes32 receipt;
        address auditor;
        uint8 outcome;
        bytes32 evidence;
    }

    /// @notice Many messages of one signer, signed at once: the root of a Merkle tree of them, see {Signatures}.
    struct Batch {
        bytes32 root;
    }

    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant REGISTER_TYPEHASH =
        keccak256("Register(address node,address owner,uint8 role,bytes32 metadata,uint256 nonce,uint256 deadline)");
    bytes32 internal constant LOGIN_TYPEHASH = keccak256(
        "Login(address node,address coordinator,bytes32 audience,bytes32 challenge,address sessionKey,uint64 issued,uint64 expires)"
    );
    bytes32 internal constant TICKET_TYPEHASH = keccak256(
        "Ticket(address coordinator,address miner,bytes32 task,uint32 attempt,uint64 number,bytes32 model,bytes32 promptCommitment,bytes32 parameters,uint128 price,uint128 promptRate,uint128 completionRate,uint64 deadline)"
    );
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(bytes32 ticket,bytes32 outputCommitment,bytes32 auditCommitment,uint32 promptTokens,uint32 completionTokens,uint8 finishReason)"
    );
    bytes32 internal constant VOUCHER_TYPEHASH =
        keccak256("Voucher(address coordinator,address miner,uint128 cumulative,uint64 through)");
    bytes32 internal constant VERDICT_TYPEHASH =
        keccak256("Verdict(bytes32 receipt,address auditor,uint8 outcome,bytes32 evidence)");
    bytes32 internal constant BATCH_TYPEHASH = keccak256("Batch(bytes32 root)");

    /// @dev Rates are for this many tokens.
    uint256 internal constant RATE_TOKENS = 1_000;

    /// @notice EIP-712 struct hash.
    function hash(Register memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(REGISTER_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Login memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(LOGIN_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Ticket memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(TICKET_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Receipt memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Voucher memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(VOUCHER_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Verdict memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(VERDICT_TYPEHASH, message));
    }

    /// @notice EIP-712 struct hash.
    function hash(Batch memory message) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_TYPEHASH, message));
    }

    /// @notice What an answer costs: its tokens at the ticket's rates, rounded up, and at most the ticket's price.
    /// @return amount In wei of CAI.
    function cost(Ticket memory ticket, Receipt memory receipt) internal pure returns (uint256 amount) {
        // Products of 32 and 128 bits.
        amount = uint256(receipt.promptTokens) * ticket.promptRate + uint256(receipt.completionTokens)
            * ticket.completionRate;
        amount = (amount + RATE_TOKENS - 1) / RATE_TOKENS;
        if (amount > ticket.price) amount = ticket.price;
    }

    /// @notice Domain separator of the messages that are signed for a contract.
    function domain(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Cuckoo"), keccak256("1"), chainId, verifyingContract));
    }

    /// @notice The digest that is signed: the struct hash bound to a domain.
    function digest(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(domainSeparator, structHash);
    }
}
