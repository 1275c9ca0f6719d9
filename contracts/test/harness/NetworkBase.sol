// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Wiring} from "../../script/Wiring.sol";
import {CAIToken} from "../../src/CAIToken.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Staking} from "../../src/Staking.sol";
import {Messages} from "../../src/libraries/Messages.sol";
import {Roles} from "../../src/libraries/Roles.sol";
import {Role} from "../../src/staking/NodeRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @dev A network that pays: token, AccessManager, Staking and Settlement as they are deployed, one coordinator and one
/// miner, and everything that they sign.
abstract contract NetworkBase is TestBase {
    uint64 internal constant EPOCH = 30 minutes;
    uint64 internal constant WINDOW = 2 days;
    uint64 internal constant THAW = 3 days;
    uint64 internal constant CLAIM_DELAY = 4 hours;
    uint16 internal constant FAULT_BPS = 1_000;
    uint256 internal constant COORDINATOR_STAKE = 2_500_000e18;
    uint256 internal constant MINER_STAKE = 30_000e18;

    uint256 internal constant COORDINATOR_KEY = 0xC00D;
    uint256 internal constant MINER_KEY = 0x313E;
    address internal constant COORDINATOR_OWNER = address(0xC0FFEE);
    address internal constant MINER_OWNER = address(0x3140);
    address internal constant ALICE = address(0xA11CE);
    address internal constant GOVERNOR = address(0x60F);
    address internal constant BURN = 0x000000000000000000000000000000000000dEaD;

    Settlement internal settlement;
    address internal coordinator;
    address internal miner;

    function deployNetwork() internal {
        vm.chainId(31337);
        vm.warp(1_800_000_000);
        cai = new CAIToken(treasury);
        manager = new AccessManager(address(this));
        staking = new Staking(cai, EPOCH, UNBONDING, address(manager));
        settlement = newSettlement();
        Wiring.staking(manager, staking);
        Wiring.settlement(manager, settlement);
        manager.grantRole(Roles.GOVERNOR, GOVERNOR, 0);

        coordinator = newNode(COORDINATOR_OWNER, COORDINATOR_KEY, Role.Coordinator, COORDINATOR_STAKE);
        miner = newNode(MINER_OWNER, MINER_KEY, Role.Miner, MINER_STAKE);
    }

    function newSettlement() internal virtual returns (Settlement) {
        return new Settlement(staking, address(manager), WINDOW, THAW, CLAIM_DELAY, FAULT_BPS);
    }

    function prepay(uint256 amount) internal {
        cai.approve(address(settlement), amount);
        settlement.deposit(coordinator, amount);
    }

    /// @dev Takes stake out of a node's pool by its owner, all the way to the owner's account.
    function exitStake(address owner, address node, uint256 amount) internal {
        vm.startPrank(owner);
        staking.retract(node, amount);
        vm.warp(block.timestamp + UNBONDING);
        staking.release(node);
        staking.withdraw(amount);
        vm.stopPrank();
    }

    /// @dev Somebody's stake behind a node, at whatever commission.
    function voteFor(address node, address voter, uint256 amount) internal {
        fund(voter, amount);
        vm.prank(voter);
        staking.vote(node, amount, 5_000);
    }

    // ------------------------------------------------------------------------------------------------- messages

    /// @dev A signature of a message that is signed for the settlement.
    function attest(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(structHash));
        return abi.encodePacked(r, s, v);
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return Messages.digest(Messages.domain(block.chainid, address(settlement)), structHash);
    }

    function voucherFor(address from, address to, uint256 cumulative, uint256 through)
        internal
        pure
        returns (Messages.Voucher memory)
    {
        return Messages.Voucher(from, to, uint128(cumulative), uint64(through));
    }

    function voucher(uint256 cumulative, uint256 through)
        internal
        view
        returns (Messages.Voucher memory message, bytes memory signature)
    {
        message = voucherFor(coordinator, miner, cumulative, through);
        signature = attest(COORDINATOR_KEY, Messages.hash(message));
    }

    function redeem(uint256 cumulative, uint256 through) internal returns (uint256) {
        (Messages.Voucher memory message, bytes memory signature) = voucher(cumulative, through);
        return settlement.redeem(message, signature);
    }

    /// @dev A ticket whose rates are so high that every answer costs its whole price.
    function ticketOf(uint256 number, uint256 price) internal view returns (Messages.Ticket memory ticket) {
        ticket.coordinator = coordinator;
        ticket.miner = miner;
        ticket.task = keccak256(abi.encode("task", number));
        ticket.number = uint64(number);
        ticket.price = uint128(price);
        ticket.promptRate = type(uint96).max;
        ticket.completionRate = type(uint96).max;
        ticket.deadline = uint64(block.timestamp);
    }

    function receiptOf(Messages.Ticket memory ticket, bytes32 output)
        internal
        view
        returns (Messages.Receipt memory receipt)
    {
        receipt.ticket = digestOf(Messages.hash(ticket));
        receipt.outputCommitment = output;
        receipt.promptTokens = 12;
        receipt.completionTokens = 30;
        receipt.finishReason = 1;
    }

    function signTicket(Messages.Ticket memory ticket) internal view virtual returns (bytes memory) {
        return attest(COORDINATOR_KEY, Messages.hash(ticket));
    }

    function signReceipt(Messages.Receipt memory receipt) internal view virtual returns (bytes memory) {
        return attest(MINER_KEY, Messages.hash(receipt));
    }

    /// @dev The miner's key claims a ticket with an answer.
    function claim(Messages.Ticket memory ticket) internal returns (uint256) {
        return claim(ticket, receiptOf(ticket, "output"));
    }

    function claim(Messages.Ticket memory ticket, Messages.Receipt memory receipt) internal returns (uint256) {
        (bytes memory t, bytes memory r) = (signTicket(ticket), signReceipt(receipt));
        vm.prank(miner);
        return settlement.claimTicket(ticket, t, receipt, r);
    }
}
