// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {SignaturesHarness} from "../harness/SignaturesHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Compares the library with the golden vectors that the Rust side writes and checks too.
contract MessagesVectorsTest is TestBase {
    string private constant PATH = "test/vectors/messages.json";

    string[6] private types = ["Register", "Login", "Ticket", "Receipt", "Voucher", "Verdict"];
    string private json;
    SignaturesHarness private harness;

    function setUp() public {
        deploy();
        json = vm.readFile(PATH);
        harness = new SignaturesHarness();
    }

    function test_domain() public {
        vm.assertEq(vm.parseJsonString(json, ".domain.name"), "Cuckoo");
        vm.assertEq(vm.parseJsonString(json, ".domain.version"), "1");
        // The deployed contract's domain is the library's.
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(31337, address(staking)));
        vm.chainId(1210);
        vm.assertEq(staking.DOMAIN_SEPARATOR(), Messages.domain(1210, address(staking)));
    }

    function test_hashes_and_signers() public view {
        address signer = vm.parseJsonAddress(json, ".signer");
        bytes32 domain = fileDomain();
        for (uint256 i = 0; i < types.length; ++i) {
            vm.assertEq(vm.parseJsonString(json, at(i, ".type")), types[i]);
            bytes32 structHash = hash(i);
            vm.assertEq(structHash, vm.parseJsonBytes32(json, at(i, ".structHash")), types[i]);
            bytes32 digest = Messages.digest(domain, structHash);
            vm.assertEq(digest, vm.parseJsonBytes32(json, at(i, ".digest")), types[i]);
            vm.assertEq(ECDSA.recover(digest, signature(i)), signer, types[i]);
        }
        vm.assertFalse(vm.keyExistsJson(json, at(types.length, "")), "one vector per type");
    }

    /// @dev Each signature is good for its own type, chain and contract only.
    function test_signatures_are_separated() public view {
        address signer = vm.parseJsonAddress(json, ".signer");
        uint256 chainId = vm.parseJsonUint(json, ".domain.chainId");
        address verifier = vm.parseJsonAddress(json, ".domain.verifyingContract");
        bytes32[3] memory domains = [
            fileDomain(),
            Messages.domain(chainId + 1, verifier),
            Messages.domain(chainId, address(uint160(verifier) + 1))
        ];
        for (uint256 i = 0; i < types.length; ++i) {
            for (uint256 j = 0; j < types.length; ++j) {
                for (uint256 k = 0; k < domains.length; ++k) {
                    bool good = recovered(Messages.digest(domains[k], hash(j)), signature(i)) == signer;
                    vm.assertEq(good, i == j && k == 0);
                }
            }
        }
    }

    function test_batch_message() public view {
        bytes32 structHash = Messages.hash(Messages.Batch(vm.parseJsonBytes32(json, ".batch.message.root")));
        vm.assertEq(structHash, vm.parseJsonBytes32(json, ".batch.structHash"));
        bytes32 digest = Messages.digest(fileDomain(), structHash);
        vm.assertEq(digest, vm.parseJsonBytes32(json, ".batch.digest"));
        bytes memory sig = vm.parseJsonBytes(json, ".batch.signature");
        vm.assertEq(ECDSA.recover(digest, sig), vm.parseJsonAddress(json, ".signer"));
    }

    /// @dev Every type under both contracts' domains: each signature is good for its own digest only.
    function test_matrix() public view {
        address signer = vm.parseJsonAddress(json, ".signer");
        for (uint256 i = 0; i < 14; ++i) {
            address verifier = vm.parseJsonAddress(
                json, string.concat(".domains.", vm.parseJsonString(json, entry("matrix", i, ".domain")))
            );
            string memory typeName = vm.parseJsonString(json, entry("matrix", i, ".type"));
            bytes32 structHash = i % 7 == 6 ? vm.parseJsonBytes32(json, ".batch.structHash") : hash(i % 7);
            vm.assertEq(typeName, i % 7 == 6 ? "Batch" : types[i % 7]);
            bytes32 digest = Messages.digest(Messages.domain(31337, verifier), structHash);
            vm.assertEq(digest, vm.parseJsonBytes32(json, entry("matrix", i, ".digest")), typeName);
            for (uint256 j = 0; j < 14; ++j) {
                bytes memory sig = vm.parseJsonBytes(json, entry("matrix", j, ".signature"));
                vm.assertEq(recovered(digest, sig) == signer, i == j, typeName);
            }
        }
        vm.assertFalse(vm.keyExistsJson(json, entry("matrix", 14, "")));
    }

    /// @dev Signatures of members of batches of many sizes, as the other side makes them.
    function test_batches() public view {
        address signer = vm.parseJsonAddress(json, ".signer");
        address verifier = vm.parseJsonAddress(json, ".domain.verifyingContract");
        uint256 members;
        for (uint256 i = 0; vm.keyExistsJson(json, entry("batches", i, "")); ++i) {
            for (uint256 j = 0; vm.keyExistsJson(json, member(i, j, "")); ++j) {
                bytes32 structHash = vm.parseJsonBytes32(json, member(i, j, ".structHash"));
                bytes memory sig = vm.parseJsonBytes(json, member(i, j, ".signature"));
                vm.assertEq(harness.check(verifier, structHash, signer, sig), Messages.digest(fileDomain(), structHash));
                ++members;
            }
        }
        vm.assertEq(members, 22, "members of batches in the file");
    }

    /// @dev What the other side refuses is refused here.
    function test_refused_batches() public {
        address signer = vm.parseJsonAddress(json, ".signer");
        address verifier = vm.parseJsonAddress(json, ".domain.verifyingContract");
        uint256 count;
        for (; vm.keyExistsJson(json, entry("refused", count, "")); ++count) {
            bytes32 structHash = vm.parseJsonBytes32(json, entry("refused", count, ".structHash"));
            bytes memory sig = vm.parseJsonBytes(json, entry("refused", count, ".signature"));
            vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, signer));
            harness.check(verifier, structHash, signer, sig);
        }
        vm.assertEq(count, 9, "refusals in the file");
    }

    function test_costs() public view {
        uint256 count;
        for (; vm.keyExistsJson(json, entry("costs", count, "")); ++count) {
            Messages.Ticket memory ticket;
            Messages.Receipt memory receipt;
            ticket.price = uint128(vm.parseJsonUint(json, entry("costs", count, ".price")));
            ticket.promptRate = uint128(vm.parseJsonUint(json, entry("costs", count, ".promptRate")));
            ticket.completionRate = uint128(vm.parseJsonUint(json, entry("costs", count, ".completionRate")));
            receipt.promptTokens = uint32(vm.parseJsonUint(json, entry("costs", count, ".promptTokens")));
            receipt.completionTokens = uint32(vm.parseJsonUint(json, entry("costs", count, ".completionTokens")));
            vm.assertEq(Messages.cost(ticket, receipt), vm.parseJsonUint(json, entry("costs", count, ".cost")));
        }
        vm.assertEq(count, 12, "costs in the file");
    }

    function entry(string memory list, uint256 i, string memory rest) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "]", rest);
    }

    function member(uint256 i, uint256 j, string memory rest) private pure returns (string memory) {
        return entry("batches", i, string.concat(".members[", vm.toString(j), "]", rest));
    }

    function fileDomain() private view returns (bytes32) {
        return Messages.domain(
            vm.parseJsonUint(json, ".domain.chainId"), vm.parseJsonAddress(json, ".domain.verifyingContract")
        );
    }

    function recovered(bytes32 digest, bytes memory sig) private pure returns (address who) {
        (who,,) = ECDSA.tryRecover(digest, sig);
    }

    function at(uint256 i, string memory rest) private pure returns (string memory) {
        return string.concat(".vectors[", vm.toString(i), "]", rest);
    }

    function signature(uint256 i) private view returns (bytes memory) {
        return vm.parseJsonBytes(json, at(i, ".signature"));
    }

    function number(uint256 i, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(json, at(i, string.concat(".message.", field)));
    }

    function account(uint256 i, string memory field) private view returns (address) {
        return vm.parseJsonAddress(json, at(i, string.concat(".message.", field)));
    }

    function word(uint256 i, string memory field) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, at(i, string.concat(".message.", field)));
    }

    function hash(uint256 i) private view returns (bytes32) {
        if (i == 0) {
            Messages.Register memory m;
            m.node = account(i, "node");
            m.owner = account(i, "owner");
            m.role = uint8(number(i, "role"));
            m.metadata = word(i, "metadata");
            m.nonce = number(i, "nonce");
            m.deadline = number(i, "deadline");
            return Messages.hash(m);
        }
        if (i == 1) {
            Messages.Login memory m;
            m.node = account(i, "node");
            m.coordinator = account(i, "coordinator");
            m.audience = word(i, "audience");
            m.challenge = word(i, "challenge");
            m.sessionKey = account(i, "sessionKey");
            m.issued = uint64(number(i, "issued"));
            m.expires = uint64(number(i, "expires"));
            return Messages.hash(m);
        }
        if (i == 2) {
            Messages.Ticket memory m;
            m.coordinator = account(i, "coordinator");
            m.miner = account(i, "miner");
            m.task = word(i, "task");
            m.attempt = uint32(number(i, "attempt"));
            m.number = uint64(number(i, "number"));
            m.model = word(i, "model");
            m.promptCommitment = word(i, "promptCommitment");
            m.parameters = word(i, "parameters");
            m.price = uint128(number(i, "price"));
            m.promptRate = uint128(number(i, "promptRate"));
            m.completionRate = uint128(number(i, "completionRate"));
            m.deadline = uint64(number(i, "deadline"));
            return Messages.hash(m);
        }
        if (i == 3) {
            Messages.Receipt memory m;
            m.ticket = word(i, "ticket");
            m.outputCommitment = word(i, "outputCommitment");
            m.auditCommitment = word(i, "auditCommitment");
            m.promptTokens = uint32(number(i, "promptTokens"));
            m.completionTokens = uint32(number(i, "completionTokens"));
            m.finishReason = uint8(number(i, "finishReason"));
            return Messages.hash(m);
        }
        if (i == 4) {
            return Messages.hash(
                Messages.Voucher(
                    account(i, "coordinator"),
                    account(i, "miner"),
                    uint128(number(i, "cumulative")),
                    uint64(number(i, "through"))
                )
            );
        }
        return Messages.hash(
            Messages.Verdict(
                word(i, "receipt"), account(i, "auditor"), uint8(number(i, "outcome")), word(i, "evidence")
            )
        );
    }
}
