// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {SignaturesHarness} from "../harness/SignaturesHarness.sol";
import {TestBase} from "../harness/TestBase.sol";

/// @dev Messages signed alone and in batches. Trees are built here from the leaves up, apart from the library.
contract SignaturesTest is TestBase {
    uint256 private constant KEY = 0x313E;
    uint256 private constant OTHER_KEY = 0x313F;
    address private constant DOMAIN = address(0xCC);

    SignaturesHarness private harness;
    address private signer;

    function setUp() public {
        vm.chainId(31337);
        harness = new SignaturesHarness();
        signer = vm.addr(KEY);
    }

    // ------------------------------------------------------------------------------------------------------ trees

    function leaf(bytes32 structHash) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", structHash));
    }

    function inner(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(hex"01", a, b)) : keccak256(bytes.concat(hex"01", b, a));
    }

    /// @dev The path of one message in the tree of all, and the root. A node without a neighbour moves up as it is.
    function tree(bytes32[] memory messages, uint256 index) private pure returns (bytes memory path, bytes32 root) {
        bytes32[] memory level = new bytes32[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) {
            level[i] = leaf(messages[i]);
        }
        while (level.length > 1) {
            if (index ^ 1 < level.length) path = bytes.concat(path, level[index ^ 1]);
            bytes32[] memory next = new bytes32[]((level.length + 1) / 2);
            for (uint256 i = 0; i < next.length; ++i) {
                next[i] = 2 * i + 1 < level.length ? inner(level[2 * i], level[2 * i + 1]) : level[2 * i];
            }
            level = next;
            index /= 2;
        }
        root = level[0];
    }

    function hashes(uint256 count) private pure returns (bytes32[] memory messages) {
        messages = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            messages[i] = Messages.hash(Messages.Voucher(address(1), address(2), uint128(i), uint64(i)));
        }
    }

    function signIn(uint256 key, address domain, bytes32 structHash) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, Messages.digest(Messages.domain(block.chainid, domain), structHash));
        return abi.encodePacked(r, s, v);
    }

    function signRoot(bytes32 root) private view returns (bytes memory) {
        return signIn(KEY, DOMAIN, Messages.hash(Messages.Batch(root)));
    }

    function good(bytes32 structHash, bytes memory signature) private view {
        bytes32 digest = Messages.digest(Messages.domain(block.chainid, DOMAIN), structHash);
        vm.assertEq(harness.check(DOMAIN, structHash, signer, signature), digest);
    }

    function bad(bytes32 structHash, bytes memory signature) private {
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, signer));
        harness.check(DOMAIN, structHash, signer, signature);
    }

    // ------------------------------------------------------------------------------------------------------ tests

    function test_signed_alone() public {
        bytes32 message = hashes(1)[0];
        bytes memory signature = signIn(KEY, DOMAIN, message);
        good(message, signature);
        bad(message, signIn(OTHER_KEY, DOMAIN, message));
        bad(message, signIn(KEY, address(0xCD), message));
        vm.chainId(1);
        bad(message, signature);
        vm.chainId(31337);
        for (uint256 length = 0; length < 65; ++length) {
            bad(message, cut(signature, length));
        }
    }

    function cut(bytes memory data, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[i];
        }
    }

    /// @dev Every message of every batch up to 33 is good with its own path, and its digest is its own.
    function test_every_message_of_small_batches() public {
        for (uint256 count = 2; count <= 33; ++count) {
            bytes32[] memory messages = hashes(count);
            (, bytes32 root) = tree(messages, 0);
            bytes memory signature = signRoot(root);
            for (uint256 i = 0; i < count; ++i) {
                (bytes memory path,) = tree(messages, i);
                good(messages[i], bytes.concat(signature, path));
                // The path of one message is of no use to another.
                bad(messages[(i + 1) % count], bytes.concat(signature, path));
            }
        }
    }

    /// @dev Paths of 1 to 12 words are accepted, and one of 13 is not.
    function test_depths() public {
        bytes32 message = hashes(1)[0];
        bytes32 root = leaf(message);
        bytes memory path;
        for (uint256 depth = 1; depth <= 13; ++depth) {
            bytes32 sibling = keccak256(abi.encode("sibling", depth));
            path = bytes.concat(path, sibling);
            root = inner(root, sibling);
            vm.assertEq(harness.root(message, path), root);
            bytes memory signature = bytes.concat(signRoot(root), path);
            if (depth <= 12) good(message, signature);
            else bad(message, signature);
        }
    }

    /// @dev Each word of the path counts: changed, left out, repeated, or in another order.
    function test_wrong_siblings() public {
        bytes32[] memory messages = hashes(16);
        (bytes memory path, bytes32 root) = tree(messages, 5);
        bytes memory signature = signRoot(root);
        good(messages[5], bytes.concat(signature, path));
        for (uint256 i = 0; i < path.length; i += 32) {
            bytes memory changed = bytes.concat(signature, path);
            changed[65 + i] ^= 0x01;
            bad(messages[5], changed);
            changed = bytes.concat(signature, path);
            changed[65 + i + 31] ^= 0x80;
            bad(messages[5], changed);
        }
        for (uint256 length = 0; length < path.length; ++length) {
            bad(messages[5], bytes.concat(signature, cut(path, length)));
        }
        bad(messages[5], bytes.concat(signature, path, hex"00"));
        bad(messages[5], bytes.concat(signature, path, bytes32(0)));
        bad(messages[5], bytes.concat(signature, path, path));
    }

    /// @dev A batch's own signature without a path is one over a batch message, and not over a message in it.
    function test_a_root_signature_alone() public {
        bytes32[] memory messages = hashes(2);
        (, bytes32 root) = tree(messages, 0);
        bad(messages[0], signRoot(root));
        // A batch of one has no path of its own: it is signed alone.
        bad(messages[0], signRoot(leaf(messages[0])));
    }

    /// @dev Neither an inner node nor a leaf passes for a message, with what is left of a path.
    function test_nodes_are_no_messages() public {
        bytes32[] memory messages = hashes(4);
        (, bytes32 root) = tree(messages, 0);
        bytes memory signature = signRoot(root);
        bytes32 left = inner(leaf(messages[0]), leaf(messages[1]));
        bytes32 right = inner(leaf(messages[2]), leaf(messages[3]));
        bad(left, bytes.concat(signature, right));
        bad(root, signature);
        bad(leaf(messages[0]), bytes.concat(signature, leaf(messages[1]), right));
        // Nor is a signed leaf of one level the root of another.
        bad(left, bytes.concat(signRoot(leaf(left)), bytes32(0)));
    }

    /// @dev A message may stand in its batch twice, and next to the largest and the smallest hash.
    function test_extreme_siblings() public {
        bytes32[] memory messages = hashes(2);
        messages[1] = messages[0];
        (bytes memory path, bytes32 root) = tree(messages, 0);
        good(messages[0], bytes.concat(signRoot(root), path));
        bytes32[2] memory siblings = [bytes32(0), bytes32(type(uint256).max)];
        for (uint256 i = 0; i < 2; ++i) {
            good(messages[0], bytes.concat(signRoot(inner(leaf(messages[0]), siblings[i])), siblings[i]));
        }
    }

    /// @dev A batch binds its signer, chain and contract as a single signature does.
    function test_batches_of_others() public {
        bytes32[] memory messages = hashes(4);
        (bytes memory path, bytes32 root) = tree(messages, 2);
        bytes32 batch = Messages.hash(Messages.Batch(root));
        bad(messages[2], bytes.concat(signIn(OTHER_KEY, DOMAIN, batch), path));
        bad(messages[2], bytes.concat(signIn(KEY, address(0xCD), batch), path));
        bytes memory signature = bytes.concat(signIn(KEY, DOMAIN, batch), path);
        good(messages[2], signature);
        vm.chainId(1);
        bad(messages[2], signature);
    }

    /// @dev The signature of the root must itself be in the one accepted form.
    function test_forms_of_a_batchs_signature() public {
        bytes32[] memory messages = hashes(2);
        (bytes memory path, bytes32 root) = tree(messages, 0);
        bytes32 digest =
            Messages.digest(Messages.domain(block.chainid, DOMAIN), Messages.hash(Messages.Batch(root)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        good(messages[0], abi.encodePacked(r, s, v, path));
        bytes32 high = bytes32(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141 - uint256(s));
        bad(messages[0], abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27), path));
        bad(messages[0], abi.encodePacked(r, s, v - 27, path));
        bad(messages[0], abi.encodePacked(r, s, uint8(29), path));
        // A signature that recovers to nobody is not valid for the zero address.
        vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, address(0)));
        harness.check(DOMAIN, messages[0], address(0), abi.encodePacked(r, s, uint8(29), path));
    }

    /// @dev Messages of every type, in one batch, under their own checks and under those of the others.
    function test_types_are_separated_in_a_batch() public {
        Messages.Ticket memory ticket;
        ticket.coordinator = signer;
        Messages.Receipt memory receipt;
        Messages.Voucher memory voucher;
        voucher.coordinator = signer;
        bytes32[] memory messages = new bytes32[](3);
        (messages[0], messages[1], messages[2]) =
            (Messages.hash(ticket), Messages.hash(receipt), Messages.hash(voucher));
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            (bytes memory path, bytes32 root) = tree(messages, i);
            signatures[i] = bytes.concat(signRoot(root), path);
        }
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                if (i != j) vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, signer));
                if (j == 0) harness.checkTicket(DOMAIN, ticket, signatures[i]);
                else if (j == 1) harness.checkReceipt(DOMAIN, receipt, signer, signatures[i]);
                else harness.checkVoucher(DOMAIN, voucher, signatures[i]);
            }
        }
    }

    /// @dev Every type under every domain: a signature is good for its own only.
    function test_matrix_of_types_and_domains() public {
        bytes32[7] memory types = [
            Messages.hash(Messages.Register(signer, signer, 1, 0, 0, 0)),
            Messages.hash(Messages.Login(signer, signer, 0, 0, signer, 0, 0)),
            Messages.hash(ticketOfZeros()),
            Messages.hash(Messages.Receipt(0, 0, 0, 0, 0, 0)),
            Messages.hash(Messages.Voucher(signer, signer, 0, 0)),
            Messages.hash(Messages.Verdict(0, signer, 0, 0)),
            Messages.hash(Messages.Batch(0))
        ];
        address[2] memory domains = [address(0xCC), address(0xDD)];
        for (uint256 i = 0; i < 14; ++i) {
            bytes memory signature = signIn(KEY, domains[i / 7], types[i % 7]);
            for (uint256 j = 0; j < 14; ++j) {
                if (i != j) vm.expectRevert(abi.encodeWithSelector(Signatures.BadSignature.selector, signer));
                harness.check(domains[j / 7], types[j % 7], signer, signature);
            }
        }
    }

    function ticketOfZeros() private pure returns (Messages.Ticket memory ticket) {}

    /// @dev Whatever bytes come as a signature, they are good only if they were made for the message.
    function testFuzz_no_other_bytes(bytes calldata signature, uint256 seed) public {
        bytes32 message = keccak256(abi.encode(seed));
        bad(message, signature);
    }

    function testFuzz_any_batch(uint256 count, uint256 index, uint256 seed) public view {
        count = bound(count, 2, 64);
        index = bound(index, 0, count - 1);
        bytes32[] memory messages = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            messages[i] = keccak256(abi.encode(seed, i));
        }
        (bytes memory path, bytes32 root) = tree(messages, index);
        good(messages[index], bytes.concat(signRoot(root), path));
    }
}
