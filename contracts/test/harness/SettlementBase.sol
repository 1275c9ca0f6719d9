// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Messages} from "../../src/libraries/Messages.sol";
import {Account} from "../../src/settlement/Accounts.sol";
import {Escrow} from "../../src/settlement/Escrows.sol";
import {Collection} from "../../src/settlement/Payouts.sol";
import {NetworkBase} from "./NetworkBase.sol";

/// @dev What the tests of the settlement share.
abstract contract SettlementBase is NetworkBase {
    function setUp() public virtual {
        deployNetwork();
    }

    // ------------------------------------------------------------------------------------------------- assertions

    function assertEscrow(uint256 balance, uint256 thawing, uint256 availableAt) internal view {
        Escrow memory escrow = settlement.escrowOf(coordinator);
        vm.assertEq(uint256(escrow.balance), balance, "balance");
        vm.assertEq(uint256(escrow.thawing), thawing, "thawing");
        vm.assertEq(uint256(escrow.availableAt), availableAt, "available at");
    }

    function assertAccount(uint256 settled, uint256 withdrawn, uint256 through) internal view {
        Account memory account = settlement.accountOf(coordinator, miner);
        vm.assertEq(uint256(account.settled), settled, "settled");
        vm.assertEq(uint256(account.withdrawn), withdrawn, "withdrawn");
        vm.assertEq(uint256(account.through), through, "through");
    }

    function assertCollection(uint256 amount, uint256 availableAt) internal view {
        Collection memory collection = settlement.collectionOf(coordinator, miner);
        vm.assertEq(uint256(collection.amount), amount, "amount on its way");
        vm.assertEq(uint256(collection.availableAt), availableAt, "payable at");
    }

    /// @dev Where all CAI of the settlement is, while there is one coordinator and one miner.
    function assertFunds(uint256 escrow, uint256 promised, uint256 credit) internal view {
        vm.assertEq(uint256(settlement.escrowOf(coordinator).balance), escrow, "escrow");
        vm.assertEq(settlement.promisedOf(coordinator), promised, "promised");
        vm.assertEq(settlement.creditOf(miner), credit, "credit");
        vm.assertEq(cai.balanceOf(address(settlement)), escrow + promised + credit, "held");
    }

    // ---------------------------------------------------------------------------------------------------- actions

    function line(address to, uint256 cumulative, uint256 through) internal pure returns (bytes memory) {
        return abi.encodePacked(to, uint96(cumulative), uint64(through));
    }

    function settle(uint256 cumulative, uint256 through) internal {
        vm.prank(coordinator);
        settlement.settle(coordinator, line(miner, cumulative, through));
    }

    /// @dev Starts a collection and pays it as soon as that can be done.
    function collect() internal returns (uint256) {
        vm.assertEq(settlement.collect(coordinator, miner), 0);
        vm.warp(vm.getBlockTimestamp() + CLAIM_DELAY);
        return settlement.collect(coordinator, miner);
    }

    /// @dev What an owner gets of a payment.
    function net(uint256 amount) internal pure returns (uint256) {
        return amount - amount * 200 / 10_000;
    }

    /// @dev Leaves the coordinator with `left` of stake.
    function drain(uint256 left) internal {
        exitStake(COORDINATOR_OWNER, coordinator, COORDINATOR_STAKE - left);
    }

    /// @dev To the first second at which tickets with that deadline can be claimed.
    function toClaims(uint256 deadline) internal {
        vm.warp(deadline + CLAIM_DELAY + 1);
    }

    // ----------------------------------------------------------------------------------------------------- proofs

    function contradictionId(uint256[4] memory terms) internal view returns (bytes32) {
        (Messages.Voucher memory a,) = voucher(terms[0], terms[1]);
        (Messages.Voucher memory b,) = voucher(terms[2], terms[3]);
        return keccak256(abi.encode(keccak256("contradiction"), digestOf(Messages.hash(a)), digestOf(Messages.hash(b))));
    }

    function shortId(uint256 cumulative, uint256 through) internal view returns (bytes32) {
        (Messages.Voucher memory message,) = voucher(cumulative, through);
        return keccak256(abi.encode(keccak256("short settlement"), digestOf(Messages.hash(message))));
    }

    /// @dev Alice can prove something from now on.
    function announce(bytes32 evidence) internal {
        announceEarlier(settlement, ALICE, evidence);
    }

    /// @dev Alice proves that two vouchers contradict each other, as she has announced.
    function contradict(uint256 ca, uint256 ta, uint256 cb, uint256 tb) public returns (uint256) {
        (Messages.Voucher memory a, bytes memory sa) = voucher(ca, ta);
        (Messages.Voucher memory b, bytes memory sb) = voucher(cb, tb);
        announce(contradictionId([ca, ta, cb, tb]));
        vm.prank(ALICE);
        return settlement.proveContradiction(a, sa, b, sb, SALT);
    }

    /// @dev Alice proves that less was settled than a voucher states, as she has announced.
    function short(uint256 cumulative, uint256 through) public returns (uint256 paid, uint256 taken) {
        (Messages.Voucher memory message, bytes memory signature) = voucher(cumulative, through);
        announce(shortId(cumulative, through));
        vm.prank(ALICE);
        return settlement.proveShortSettlement(message, signature, SALT);
    }
}
