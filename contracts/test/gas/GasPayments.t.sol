// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Signatures} from "../../src/libraries/Signatures.sol";
import {SettlementBase} from "../harness/SettlementBase.sol";

/// @dev Checks one receipt's signature, and keeps its digest.
contract ReceiptChecker {
    bytes32 public last;

    function check(Messages.Receipt calldata receipt, address miner, bytes calldata signature) external {
        last = Signatures.check(address(0xCC), receipt, miner, signature);
    }
}

/// @dev What payments cost: whole transactions, with their 21,000 and calldata, each against cold storage.
/// forge-config: default.isolate = true
contract GasPaymentsTest is SettlementBase {
    function setUp() public override {
        deployNetwork();
        prepay(1_000_000e18);
        // Owners and burn address have CAI already.
        cai.transfer(MINER_OWNER, 1);
        cai.transfer(BURN, 1);
    }

    /// @dev The whole cost of the transaction before, as a snapshot; at most `ceiling`.
    function check(string memory name, uint256 ceiling) private {
        uint256 used = vm.snapshotGasLastCall("payments", name);
        vm.assertLe(used, ceiling, name);
        // The measured cost is that of a whole transaction.
        vm.assertGe(used, 21_000, name);
    }

    function test_gas_redeem() public {
        redeem(12.3e18, 1_700_000_000 << 16);
        check("redeem, first", 95_000);
        redeem(23.4e18, (1_700_000_000 << 16) + 9);
        check("redeem, steady", 60_000);
        // With a claim, the sum of earlier claims is looked up.
        Messages.Ticket memory ticket = ticketOf((1_700_000_000 << 16) + 11, 1e18);
        toClaims(ticket.deadline);
        claim(ticket);
        redeem(30e18, (1_700_000_000 << 16) + 20);
        check("redeem, after a claim", 70_000);
    }

    function test_gas_redeem_from_stake() public {
        redeem(12.3e18, 1);
        redeem(1_000_010e18, 2);
        check("redeem, with a deficit", 150_000);
    }

    function batch(uint256 cumulative, uint256 through) private {
        bytes memory lines;
        for (uint256 i = 0; i < 100; ++i) {
            lines = bytes.concat(lines, line(vm.addr(0x5000 + i), cumulative, through));
        }
        vm.prank(coordinator);
        settlement.settle(coordinator, lines);
    }

    function test_gas_settle() public {
        batch(12.3456789e18, 1_700_000_000 << 16);
        check("settle, 100 new miners", 2_500_000);
        batch(23.456789e18, (1_700_000_000 << 16) + 77);
        check("settle, 100 known miners", 700_000);
    }

    function test_gas_collect() public {
        settle(5e18, 1);
        settlement.collect(coordinator, miner);
        check("collect, first step", 70_000);
        vm.warp(block.timestamp + CLAIM_DELAY);
        settle(6e18, 2);
        settlement.collect(coordinator, miner);
        check("collect, with the next", 130_000);
        vm.warp(block.timestamp + CLAIM_DELAY);
        settlement.collect(coordinator, miner);
        check("collect, last", 130_000);
    }

    /// @dev To tell {Staking} that neither node is idle costs 31,600 of it.
    function test_gas_pay_out() public {
        redeem(5e18, 1);
        settlement.payOut(miner);
        check("payOut", 90_000);
    }

    function test_gas_claim_ticket() public {
        toClaims(block.timestamp);
        Messages.Ticket memory first = ticketOf(1, 10e18);
        first.deadline -= CLAIM_DELAY + 1;
        redeem(1e18, 0);
        claim(first);
        check("claimTicket, first", 150_000);
        first.number = 2;
        claim(first);
        check("claimTicket, steady", 130_000);
    }

    function test_gas_escrow() public {
        cai.approve(address(settlement), type(uint256).max);
        settlement.deposit(coordinator, 1e18);
        check("deposit", 75_000);
        vm.prank(COORDINATOR_OWNER);
        settlement.startThaw(coordinator, 1e18);
        check("startThaw", 45_000);
        cai.transfer(COORDINATOR_OWNER, 1);
        vm.warp(block.timestamp + THAW);
        vm.prank(COORDINATOR_OWNER);
        settlement.withdraw(coordinator);
        check("withdraw", 60_000);
    }

    function test_gas_faults() public {
        announce(contradictionId([uint256(50), 5, 49, 6]));
        check("announce", 50_000);
        cai.transfer(ALICE, 1);
        contradict(50, 5, 49, 6);
        check("proveContradiction", 245_000);
    }

    /// @dev A receipt in a batch of 4,096 costs at most 15,000 gas more than one that is signed alone.
    function test_gas_batched_receipt() public {
        Messages.Receipt memory receipt = receiptOf(ticketOf(1, 1e18), "output");
        bytes32 domain = Messages.domain(block.chainid, address(0xCC));
        bytes memory alone = signed(Messages.digest(domain, Messages.hash(receipt)));
        new ReceiptChecker().check(receipt, miner, alone);
        uint256 plain = vm.snapshotGasLastCall("payments", "receipt, signed alone");

        bytes memory path;
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0), Messages.hash(receipt)));
        for (uint256 i = 0; i < 12; ++i) {
            bytes32 sibling = keccak256(abi.encode("sibling", i));
            path = bytes.concat(path, sibling);
            hash = hash < sibling
                ? keccak256(abi.encodePacked(bytes1(0x01), hash, sibling))
                : keccak256(abi.encodePacked(bytes1(0x01), sibling, hash));
        }
        bytes memory root = signed(Messages.digest(domain, Messages.hash(Messages.Batch(hash))));
        new ReceiptChecker().check(receipt, miner, bytes.concat(root, path));
        check("receipt, in a batch of 4096", plain + 15_000);
    }

    function signed(bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(MINER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }
}
