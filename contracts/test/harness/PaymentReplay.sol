// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Vm} from "forge-std/Vm.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Finders} from "../../src/libraries/Finders.sol";
import {Accounts} from "../../src/settlement/Accounts.sol";
import {Escrows} from "../../src/settlement/Escrows.sol";
import {Payouts} from "../../src/settlement/Payouts.sol";
import {SettlementParameters} from "../../src/settlement/SettlementParameters.sol";
import {Vouchers} from "../../src/settlement/Vouchers.sol";

/// @dev The state of a settlement as its events tell it, and nothing else: a model of its own, which does not use the
/// contract's code.
contract PaymentReplay {
    struct Funds {
        uint256 balance;
        uint256 thawing;
        uint256 availableAt;
        uint256 promised;
    }

    struct Pair {
        uint256 settled;
        uint256 withdrawn;
        uint256 through;
        uint256 unpaidThrough;
        uint256 collecting;
        uint256 collectableAt;
        uint256 punishedThrough;
        uint256 punishedUntil;
        uint256[] claimNumbers;
        uint256[] claimAmounts;
    }

    mapping(address coordinator => Funds) public funds;
    mapping(address coordinator => mapping(address miner => Pair)) private pairs;
    mapping(address miner => uint256) public credits;
    mapping(bytes32 ticket => uint256) public claimedOf;
    mapping(bytes32 commitment => uint256) public announced;
    uint256 public faultBps;
    bool public retired;
    address public authority;
    mapping(bytes32 event_ => uint256) public count;

    /// @dev What stake has just paid towards the payment that the next event tells of.
    uint256 private charged;

    function pairOf(address coordinator, address miner) external view returns (Pair memory) {
        return pairs[coordinator][miner];
    }

    function claimedUpTo(address coordinator, address miner, uint256 number) public view returns (uint256 sum) {
        Pair storage pair = pairs[coordinator][miner];
        for (uint256 i = 0; i < pair.claimNumbers.length; ++i) {
            if (pair.claimNumbers[i] <= number) sum += pair.claimAmounts[i];
        }
    }

    function replay(Vm.Log[] calldata logs, address settlement) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != settlement) continue;
            ++count[logs[i].topics[0]];
            apply_(logs[i]);
        }
    }

    function apply_(Vm.Log calldata log) private {
        bytes32 kind = log.topics[0];
        address a = log.topics.length > 1 ? address(uint160(uint256(log.topics[1]))) : address(0);
        address b = log.topics.length > 2 ? address(uint160(uint256(log.topics[2]))) : address(0);
        if (kind == Escrows.EscrowDeposited.selector) {
            funds[a].balance += abi.decode(log.data, (uint256));
        } else if (kind == Escrows.ThawStarted.selector) {
            (uint256 amount, uint256 at) = abi.decode(log.data, (uint256, uint256));
            funds[a].thawing += amount;
            funds[a].availableAt = at;
        } else if (kind == Escrows.EscrowWithdrawn.selector) {
            funds[a].balance -= abi.decode(log.data, (uint256));
            funds[a].thawing = 0;
            funds[a].availableAt = 0;
        } else if (kind == Accounts.Settled.selector) {
            (uint256 total, bytes memory lines) = abi.decode(log.data, (uint256, bytes));
            settled(a, total, lines);
        } else if (kind == Payouts.DeficitCharged.selector) {
            (,, charged) = abi.decode(log.data, (uint256, uint256, uint256));
        } else if (kind == Vouchers.VoucherRedeemed.selector) {
            (uint256 cumulative, uint256 through, uint256 paid) = abi.decode(log.data, (uint256, uint256, uint256));
            redeemed(a, b, cumulative, through, paid);
        } else if (kind == Vouchers.TicketClaimed.selector) {
            (uint256 number, uint256 paid) = abi.decode(log.data, (uint256, uint256));
            pairs[a][b].claimNumbers.push(number);
            pairs[a][b].claimAmounts.push(paid);
            claimedOf[log.topics[3]] += paid;
            credits[b] += paid;
            take(a, paid, false);
        } else if (kind == Payouts.CollectStarted.selector) {
            (pairs[a][b].collecting, pairs[a][b].collectableAt) = abi.decode(log.data, (uint256, uint256));
        } else if (kind == Payouts.Collected.selector) {
            uint256 amount = abi.decode(log.data, (uint256));
            pairs[a][b].withdrawn += amount;
            credits[b] += amount;
            take(a, amount, true);
            pairs[a][b].collecting = 0;
            pairs[a][b].collectableAt = 0;
        } else if (kind == Payouts.PaidOut.selector) {
            (uint256 amount, uint256 burned) = abi.decode(log.data, (uint256, uint256));
            credits[a] -= amount + burned;
        } else if (kind == Settlement.FaultProven.selector) {
            (, uint256 through, uint256 until,,) = abi.decode(log.data, (bytes32, uint256, uint256, uint256, uint256));
            (pairs[a][b].punishedThrough, pairs[a][b].punishedUntil) = (through, until);
        } else if (kind == Finders.EvidenceAnnounced.selector) {
            announced[log.topics[1]] = abi.decode(log.data, (uint256)) - 1 days;
        } else if (kind == SettlementParameters.FaultBpsSet.selector) {
            faultBps = abi.decode(log.data, (uint16));
        } else if (kind == SettlementParameters.SettlementRetired.selector) {
            retired = true;
        } else if (kind == IAccessManaged.AuthorityUpdated.selector) {
            authority = abi.decode(log.data, (address));
        } else {
            revert("an event that the model does not know");
        }
    }

    function settled(address coordinator, uint256 total, bytes memory lines) private {
        uint256 sum;
        for (uint256 at = 0; at < lines.length; at += 40) {
            uint256 number;
            for (uint256 i = 32; i < 40; ++i) {
                number = number << 8 | uint8(lines[at + i]);
            }
            uint256 head;
            for (uint256 i = 0; i < 32; ++i) {
                head = head << 8 | uint8(lines[at + i]);
            }
            Pair storage pair = pairs[coordinator][address(uint160(head >> 96))];
            uint256 paid = pair.settled + claimedUpTo(coordinator, address(uint160(head >> 96)), number);
            if (uint96(head) > paid) {
                sum += uint96(head) - paid;
                pair.settled += uint96(head) - paid;
            }
            if (number > pair.through) pair.through = number;
        }
        require(sum == total, "the total is not the sum of its lines");
        takeEscrow(coordinator, total);
        funds[coordinator].promised += total;
    }

    function redeemed(address coordinator, address miner, uint256 cumulative, uint256 through, uint256 paid) private {
        Pair storage pair = pairs[coordinator][miner];
        uint256 owed = cumulative - pair.settled - claimedUpTo(coordinator, miner, through);
        pair.settled += paid;
        pair.withdrawn += paid;
        credits[miner] += paid;
        if (through > pair.through) {
            pair.through = through;
            if (paid != owed) pair.unpaidThrough = through;
        }
        take(coordinator, paid, false);
    }

    /// @dev What stake did not pay came from escrow and promises.
    function take(address coordinator, uint256 paid, bool promisedFirst) private {
        uint256 left = paid - charged;
        charged = 0;
        Funds storage from = funds[coordinator];
        if (promisedFirst) left -= takePromised(from, left);
        uint256 escrow = left < from.balance ? left : from.balance;
        takeEscrow(coordinator, escrow);
        left -= escrow;
        left -= takePromised(from, left);
        require(left == 0, "more was paid than there was");
    }

    function takePromised(Funds storage from, uint256 left) private returns (uint256 taken) {
        taken = left < from.promised ? left : from.promised;
        from.promised -= taken;
    }

    function takeEscrow(address coordinator, uint256 amount) private {
        Funds storage from = funds[coordinator];
        from.balance -= amount;
        if (from.thawing > from.balance) from.thawing = from.balance;
    }
}
