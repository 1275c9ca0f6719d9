// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Role} from "./staking/NodeRegistry.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Messages} from "./libraries/Messages.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @notice What a coordinator has prepaid.
struct Escrow {
    /// All of it, in wei of CAI.
    uint96 balance;
    /// The part that is on its way out; it still pays.
    uint96 thawing;
    /// When that part can be withdrawn, in Unix seconds.
    uint64 availableAt;
}

/// @notice What one coordinator has settled with one miner, ever.
struct Account {
    /// Paid out or credited, in wei of CAI; never falls.
    uint96 settled;
    /// The part that was paid out.
    uint96 withdrawn;
    /// Tickets with numbers up to this one are accounted for; never falls.
    uint64 through;
}

/// @notice One miner's line of a batch settlement: the terms of a voucher without its signature.
struct Item {
    address miner;
    /// In wei of CAI.
    uint96 cumulative;
    uint64 through;
}

/// @title Payment of miners
/// @notice A coordinator prepays into escrow. Miners are paid by cumulative vouchers, by the coordinator's batches, or,
/// when the coordinator is silent, by an accepted ticket. All three raise one counter per coordinator and miner, so
/// nothing is paid twice. What the escrow cannot pay comes out of the coordinator's stake, at five times its cost.
/// @dev Amounts are in wei of CAI, times in Unix seconds. Every payment goes to the owner of the miner's node as
/// registered in {Staking}, whoever sends the transaction: a stolen node key cannot redirect it, and owners stay
/// readable after a node was removed. The contract's balance is the sum of all escrow and of all that is settled but
/// not withdrawn; tokens sent here without `deposit` are ignored. It needs the role that may call `Staking.slash`.
///
/// What an honest coordinator does, and why no proof here can hit it. It signs vouchers and batches for `(n, C(n))`
/// only, where every ticket up to n is finished and C(n) is what these tickets owe: a function of n that never falls.
/// - Two of its vouchers never contradict: a smaller or equal `through` never has a larger `cumulative`.
/// - Its batches leave `settled >= C(through)`, and so do vouchers paid in full. A voucher that could not be paid in
///   full is the one thing that moves `through` further than `settled`; it is remembered and not held against it.
/// - A ticket is claimable only some time after its deadline. A coordinator that was never answered settles further
///   before that, and the ticket is void. What a miner can lose to a coordinator that does so falsely is the price of
///   the tickets it accepted without a voucher; it stops after a few.
contract Settlement is AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev An {Account} in one word, its first field in the lowest bits, so that each change of it is one write.
    struct Packed {
        uint256 word;
    }

    /// @notice Stake taken per CAI that the escrow could not pay: the miner's fifth of it makes the miner whole.
    uint256 public constant DEFICIT_FACTOR = 5;
    /// @notice The miner's or the finder's part of a slash, in hundredths of a percent.
    uint16 public constant FINDER_BPS = 2_000;
    /// @notice Smallest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MIN_FAULT_BPS = 100;
    /// @notice Largest fraction of a coordinator's stake that a proven fault may cost.
    uint16 public constant MAX_FAULT_BPS = 5_000;
    /// @notice Longest thaw a deployment may choose, in seconds.
    uint64 public constant MAX_THAW_PERIOD = 90 days;

    uint256 private constant BPS = 10_000;
    bytes32 private constant CONTRADICTION = keccak256("contradiction");
    bytes32 private constant SHORT_SETTLEMENT = keccak256("short settlement");

    /// @notice Holds the stake and knows the nodes.
    IStaking public immutable staking;
    /// @notice What everything is paid in.
    IERC20 public immutable cai;
    /// @notice Waiting time between `startThaw` and `withdraw`, in seconds.
    uint64 public immutable thawPeriod;
    /// @notice Seconds after its deadline until an unpaid ticket can be claimed.
    uint64 public immutable claimDelay;

    /// @notice Fraction of a coordinator's slashable stake that a proven fault costs, in hundredths of a percent.
    uint16 public faultBps;

    mapping(address coordinator => Escrow) private _escrows;
    mapping(address coordinator => mapping(address miner => Packed)) private _accounts;
    /// @dev How far vouchers that could not be paid in full have moved `through`.
    mapping(address coordinator => mapping(address miner => uint64)) private _unpaidThrough;
    mapping(bytes32 ticket => uint256 amount) private _claimed;
    mapping(bytes32 evidence => bool) private _proven;

    /// @notice CAI came into an escrow.
    /// @param coordinator Whose.
    /// @param from Who paid.
    /// @param amount How much.
    event EscrowDeposited(address indexed coordinator, address indexed from, uint256 amount);
    /// @notice Escrow began to thaw.
    /// @param coordinator Whose.
    /// @param amount How much more thaws.
    /// @param availableAt When all that thaws can be withdrawn.
    event ThawStarted(address indexed coordinator, uint256 amount, uint256 availableAt);
    /// @notice Thawed escrow was paid out.
    /// @param coordinator Whose.
    /// @param to The coordinator's owner.
    /// @param amount How much.
    event EscrowWithdrawn(address indexed coordinator, address indexed to, uint256 amount);
    /// @notice A batch was settled. The miners and their terms are in the transaction's input.
    /// @param coordinator Who settled.
    /// @param total What moved from escrow to the miners' credit.
    /// @param count Lines of the batch.
    event Settled(address indexed coordinator, uint256 total, uint256 count);
    /// @notice Credit was paid out.
    /// @param coordinator Who had settled.
    /// @param miner Address of the miner's key.
    /// @param to The miner's owner.
    /// @param amount How much.
    event Collected(address indexed coordinator, address indexed miner, address indexed to, uint256 amount);
    /// @notice A voucher was paid.
    /// @param coordinator Who signed it.
    /// @param miner Address of the miner's key.
    /// @param paid To the miner's owner, from escrow and stake together.
    /// @param settled The counter now; less than the voucher's amount if escrow and stake were short.
    /// @param through How far tickets are accounted for now.
    event VoucherRedeemed(
        address indexed coordinator, address indexed miner, uint256 paid, uint256 settled, uint256 through
    );
    /// @notice An unpaid ticket was paid.
    /// @param coordinator Who signed it.
    /// @param miner Who answered it.
    /// @param ticket The ticket's digest.
    /// @param paid To the miner's owner, from escrow and stake together.
    event TicketClaimed(address indexed coordinator, address indexed miner, bytes32 indexed ticket, uint256 paid);
    /// @notice Escrow was short, so stake was slashed.
    /// @param coordinator Whose.
    /// @param miner Whose owner received the reward.
    /// @param deficit What the escrow could not pay.
    /// @param taken Stake slashed.
    /// @param reward What the miner's owner got of it.
    event DeficitCharged(
        address indexed coordinator, address indexed miner, uint256 deficit, uint256 taken, uint256 reward
    );
    /// @notice A coordinator's fault was proven and punished.
    /// @param coordinator Who did it.
    /// @param finder Who proved it.
    /// @param evidence Id of the evidence.
    /// @param taken Stake slashed.
    event FaultProven(address indexed coordinator, address indexed finder, bytes32 indexed evidence, uint256 taken);
    /// @notice What a proven fault costs has changed.
    /// @param faultBps Fraction of the slashable stake, in hundredths of a percent.
    event FaultBpsSet(uint16 faultBps);

    /// @notice The periods do not fit: the thaw must be longer than the dispute window, which must not be shorter than
    /// the delay of claims, and at most 90 days.
    /// @param thawPeriod In seconds.
    /// @param disputeWindow In seconds.
    /// @param claimDelay In seconds.
    error BadPeriods(uint64 thawPeriod, uint64 disputeWindow, uint64 claimDelay);
    /// @notice A fraction is out of its bounds.
    /// @param have The fraction asked for, in hundredths of a percent.
    /// @param min The smallest one.
    /// @param max The largest one.
    error BadFraction(uint256 have, uint256 min, uint256 max);
    /// @notice An amount must not be zero.
    error ZeroAmount();
    /// @notice The node was never registered as a coordinator.
    /// @param node Address of the node's key.
    error NotACoordinator(address node);
    /// @notice The node was never registered.
    /// @param node Address of the node's key.
    error UnknownNode(address node);
    /// @notice The caller may not act for this coordinator.
    /// @param coordinator Address of the coordinator's key.
    /// @param caller The caller.
    error NotAllowed(address coordinator, address caller);
    /// @notice The escrow holds too little.
    /// @param have What there is (for a thaw: what does not thaw yet).
    /// @param need What the call needs.
    error EscrowShort(uint256 have, uint256 need);
    /// @notice No escrow of this coordinator thaws.
    error NothingThawing();
    /// @notice The thaw is not over.
    /// @param availableAt When it will be.
    error StillThawing(uint256 availableAt);
    /// @notice All that this asks for was paid before.
    error NothingOwed();
    /// @notice Neither escrow nor stake is left to pay any of it.
    /// @param owed What is owed.
    error NothingPaid(uint256 owed);
    /// @notice The receipt does not answer the ticket.
    /// @param have The digest that the receipt names.
    /// @param need The ticket's digest.
    error WrongTicket(bytes32 have, bytes32 need);
    /// @notice Tickets up to `through` are accounted for.
    /// @param number The ticket's number.
    /// @param through How far accounts reach.
    error TicketSettled(uint256 number, uint256 through);
    /// @notice The coordinator still has time to settle this ticket.
    /// @param claimableAt When it can be claimed.
    error TicketNotDue(uint256 claimableAt);
    /// @notice The vouchers are of different pairs, or agree.
    error NoContradiction();
    /// @notice No batch settled less than this voucher.
    error NotShort();
    /// @notice This was punished before.
    /// @param evidence Id of the evidence.
    error AlreadyProven(bytes32 evidence);
    /// @notice No stake is left behind the node.
    /// @param node Address of the node's key.
    error NothingToSlash(address node);

    /// @notice Deploys the settlement of a network.
    /// @param staking_ Holds the stake and knows the nodes.
    /// @param authority_ AccessManager of the network.
    /// @param disputeWindow_ Seconds during which results are disputed.
    /// @param thawPeriod_ Waiting time of escrow on its way out; longer than the dispute window, at most 90 days.
    /// @param claimDelay_ Seconds after its deadline until a ticket can be claimed; at most the dispute window.
    /// @param faultBps_ What a proven fault costs, in hundredths of a percent of the slashable stake.
    constructor(
        IStaking staking_,
        address authority_,
        uint64 disputeWindow_,
        uint64 thawPeriod_,
        uint64 claimDelay_,
        uint16 faultBps_
    ) AccessManaged(authority_) {
        if (thawPeriod_ <= disputeWindow_ || thawPeriod_ > MAX_THAW_PERIOD || claimDelay_ > disputeWindow_) {
            revert BadPeriods(thawPeriod_, disputeWindow_, claimDelay_);
        }
        staking = staking_;
        cai = staking_.cai();
        thawPeriod = thawPeriod_;
        claimDelay = claimDelay_;
        _setFaultBps(faultBps_);
    }

    // --------------------------------------------------------------------------------------------------- escrow

    /// @notice Takes CAI from the caller, by allowance, into a coordinator's escrow. Anyone may pay for anyone.
    /// @param coordinator Address of the coordinator's key, of whatever status.
    /// @param amount How much; not 0.
    function deposit(address coordinator, uint256 amount) external nonReentrant {
        _deposit(coordinator, amount);
    }

    /// @notice `deposit` with an EIP-2612 permit for exactly `amount` in place of an allowance.
    /// @dev A permit that someone else submitted first does no harm: the allowance it gave is used.
    /// @param coordinator Address of the coordinator's key, of whatever status.
    /// @param amount How much; not 0.
    /// @param deadline The permit's deadline.
    /// @param v The permit's signature.
    /// @param r The permit's signature.
    /// @param s The permit's signature.
    function depositWithPermit(address coordinator, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        try IERC20Permit(address(cai)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(coordinator, amount);
    }

    /// @notice Starts the thaw of escrow; for the coordinator's owner. What thaws already waits again, with the rest.
    /// @param coordinator Address of the coordinator's key.
    /// @param amount How much more; not 0.
    function startThaw(address coordinator, uint256 amount) external {
        _ownedBy(coordinator, msg.sender);
        if (amount == 0) revert ZeroAmount();
        Escrow memory escrow = _escrows[coordinator];
        uint256 have = escrow.balance - escrow.thawing;
        if (amount > have) revert EscrowShort(have, amount);
        escrow.thawing += uint96(amount);
        escrow.availableAt = uint64(block.timestamp) + thawPeriod;
        _escrows[coordinator] = escrow;
        emit ThawStarted(coordinator, amount, escrow.availableAt);
    }

    /// @notice Pays thawed escrow out to the coordinator's owner, who must be the caller.
    /// @param coordinator Address of the coordinator's key.
    function withdraw(address coordinator) external nonReentrant {
        _ownedBy(coordinator, msg.sender);
        Escrow memory escrow = _escrows[coordinator];
        uint96 amount = escrow.thawing;
        if (amount == 0) revert NothingThawing();
        if (block.timestamp < escrow.availableAt) revert StillThawing(escrow.availableAt);
        _escrows[coordinator] = Escrow(escrow.balance - amount, 0, 0);
        emit EscrowWithdrawn(coordinator, msg.sender, amount);
        cai.safeTransfer(msg.sender, amount);
    }

    /// @notice A coordinator's escrow.
    /// @param coordinator Address of the coordinator's key.
    /// @return escrow What there is and what thaws.
    function escrowOf(address coordinator) external view returns (Escrow memory escrow) {
        return _escrows[coordinator];
    }

    // -------------------------------------------------------------------------------------------------- payment

    /// @notice Settles with many miners at once: moves what is new from escrow to their credit. For the coordinator's
    /// key or its owner. Terms that raise nothing are skipped; there is nothing to undo.
    /// @dev Miners are not checked here: `collect` pays the owner of a registered one. One event for all, because one
    /// each would cost at least 1,300 gas more per miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param items The miners' terms.
    function settle(address coordinator, Item[] calldata items) external nonReentrant {
        if (msg.sender != coordinator) _ownedBy(coordinator, msg.sender);
        mapping(address => Packed) storage accounts = _accounts[coordinator];
        uint256 total;
        // Nothing overflows: `total` is a sum of 96-bit numbers.
        unchecked {
            for (uint256 i = 0; i < items.length; ++i) {
                Item calldata item = items[i];
                (uint256 cumulative, uint256 through) = (item.cumulative, item.through);
                Packed storage account = accounts[item.miner];
                uint256 word = account.word;
                uint256 settled = uint96(word);
                uint256 next = word;
                if (cumulative > settled) {
                    total += cumulative - settled;
                    next = next - settled + cumulative;
                }
                if (through > word >> 192) next = uint256(uint192(next)) | through << 192;
                if (next != word) account.word = next;
            }
        }
        if (total != 0) {
            uint256 have = _escrows[coordinator].balance;
            if (total > have) revert EscrowShort(have, total);
            _spend(coordinator, total);
        }
        emit Settled(coordinator, total, items.length);
    }

    /// @notice Pays a miner's credit with one coordinator to the miner's owner. Anyone may call.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key, of whatever status.
    /// @return paid How much.
    function collect(address coordinator, address miner) external nonReentrant returns (uint256 paid) {
        Account memory account = accountOf(coordinator, miner);
        paid = account.settled - account.withdrawn;
        if (paid == 0) revert NothingOwed();
        account.withdrawn = account.settled;
        _store(coordinator, miner, account);
        address to = _ownerOf(miner);
        emit Collected(coordinator, miner, to, paid);
        cai.safeTransfer(to, paid);
    }

    /// @notice Pays what a voucher says beyond what is settled to the miner's owner. Anyone may call. What escrow and
    /// stake together cannot pay stays owed: the voucher can be redeemed again.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @return paid How much.
    function redeem(Messages.Voucher calldata voucher, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 paid)
    {
        Signatures.check(address(staking), voucher, signature);
        paid = _redeem(voucher);
        if (paid == 0) revert NothingPaid(voucher.cumulative - accountOf(voucher.coordinator, voucher.miner).settled);
    }

    /// @notice Pays a ticket that was accepted and answered but never accounted for, to the miner's owner. Anyone may
    /// call. A later voucher that includes it pays only the difference. What escrow and stake together cannot pay
    /// stays owed: the ticket can be claimed again.
    /// @param ticket The coordinator's order.
    /// @param ticketSignature Its signature by the coordinator's key.
    /// @param receipt The miner's answer.
    /// @param receiptSignature Its signature by the miner's key.
    /// @return paid How much.
    function claimTicket(
        Messages.Ticket calldata ticket,
        bytes calldata ticketSignature,
        Messages.Receipt calldata receipt,
        bytes calldata receiptSignature
    ) external nonReentrant returns (uint256 paid) {
        bytes32 digest = Signatures.check(address(staking), ticket, ticketSignature);
        if (receipt.ticket != digest) revert WrongTicket(receipt.ticket, digest);
        Signatures.check(address(staking), receipt, ticket.miner, receiptSignature);

        Account memory account = accountOf(ticket.coordinator, ticket.miner);
        if (ticket.number <= account.through) revert TicketSettled(ticket.number, account.through);
        uint256 claimableAt = uint256(ticket.deadline) + claimDelay;
        if (block.timestamp <= claimableAt) revert TicketNotDue(claimableAt + 1);
        uint256 owed = ticket.price - _claimed[digest];
        if (owed == 0) revert NothingOwed();

        paid = _pay(ticket.coordinator, ticket.miner, owed);
        if (paid == 0) revert NothingPaid(owed);
        _claimed[digest] += paid;
        account.settled = (account.settled + paid).toUint96();
        account.withdrawn = (account.withdrawn + paid).toUint96();
        _store(ticket.coordinator, ticket.miner, account);
        emit TicketClaimed(ticket.coordinator, ticket.miner, digest, paid);
    }

    /// @notice What is settled between a coordinator and a miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return account The counters.
    function accountOf(address coordinator, address miner) public view returns (Account memory account) {
        uint256 word = _accounts[coordinator][miner].word;
        return Account(uint96(word), uint96(word >> 96), uint64(word >> 192));
    }

    /// @notice What was paid for a ticket by `claimTicket`.
    /// @param ticket The ticket's digest.
    /// @return amount How much.
    function claimedOf(bytes32 ticket) external view returns (uint256 amount) {
        return _claimed[ticket];
    }

    // --------------------------------------------------------------------------------------------------- faults

    /// @notice Punishes a coordinator that promised `a`, and no more than less of it for at least as many tickets. The
    /// caller gets a fifth of what is slashed.
    /// @dev Each voucher serves in one proof only, so one slip is punished once.
    /// @param a The voucher with the larger amount.
    /// @param signatureA Its signature by the coordinator's key.
    /// @param b The voucher that reaches as far or further, with the smaller amount.
    /// @param signatureB Its signature by the coordinator's key.
    /// @return taken Stake slashed.
    function proveContradiction(
        Messages.Voucher calldata a,
        bytes calldata signatureA,
        Messages.Voucher calldata b,
        bytes calldata signatureB
    ) external nonReentrant returns (uint256 taken) {
        bytes32 first = keccak256(abi.encode(CONTRADICTION, Signatures.check(address(staking), a, signatureA)));
        bytes32 second = keccak256(abi.encode(CONTRADICTION, Signatures.check(address(staking), b, signatureB)));
        bool same = a.coordinator == b.coordinator && a.miner == b.miner;
        if (!same || a.through > b.through || a.cumulative <= b.cumulative) revert NoContradiction();
        if (_proven[first]) revert AlreadyProven(first);
        if (_proven[second]) revert AlreadyProven(second);
        _proven[first] = true;
        _proven[second] = true;
        return _punish(a.coordinator, second);
    }

    /// @notice Punishes a coordinator whose batch declared tickets settled for less than its own voucher says, and pays
    /// the miner the difference. The caller gets a fifth of what is slashed.
    /// @dev One declaration is punished once, whatever vouchers it contradicts; `redeem` pays the others.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @return paid What the miner's owner got.
    /// @return taken Stake slashed for the fault, without what a deficit took.
    function proveShortSettlement(Messages.Voucher calldata voucher, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 paid, uint256 taken)
    {
        Signatures.check(address(staking), voucher, signature);
        Account memory account = accountOf(voucher.coordinator, voucher.miner);
        if (
            account.through < voucher.through || account.settled >= voucher.cumulative
                || voucher.through <= _unpaidThrough[voucher.coordinator][voucher.miner]
        ) revert NotShort();
        bytes32 evidence = keccak256(abi.encode(SHORT_SETTLEMENT, voucher.coordinator, voucher.miner, account.through));
        if (_proven[evidence]) revert AlreadyProven(evidence);
        _proven[evidence] = true;
        paid = _redeem(voucher);
        taken = _punish(voucher.coordinator, evidence);
    }

    /// @notice Sets what a proven fault costs; for the network's governors.
    /// @param faultBps_ Fraction of the slashable stake, in hundredths of a percent; 100 to 5,000.
    function setFaultBps(uint16 faultBps_) external restricted {
        _setFaultBps(faultBps_);
    }

    // ------------------------------------------------------------------------------------------------- internals

    function _deposit(address coordinator, uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        _checkCoordinator(coordinator);
        Escrow storage escrow = _escrows[coordinator];
        escrow.balance = (escrow.balance + amount).toUint96();
        emit EscrowDeposited(coordinator, msg.sender, amount);
        cai.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @dev Pays what a checked voucher still asks for, as far as possible, and moves the counters.
    function _redeem(Messages.Voucher calldata voucher) private returns (uint256 paid) {
        Account memory account = accountOf(voucher.coordinator, voucher.miner);
        if (voucher.cumulative <= account.settled) revert NothingOwed();
        uint256 owed = voucher.cumulative - account.settled;
        paid = _pay(voucher.coordinator, voucher.miner, owed);
        account.settled = (account.settled + paid).toUint96();
        account.withdrawn = (account.withdrawn + paid).toUint96();
        if (voucher.through > account.through) {
            // The voucher still accounts for these tickets, so they cannot be claimed on top of the rest of it.
            account.through = voucher.through;
            if (paid != owed) _unpaidThrough[voucher.coordinator][voucher.miner] = voucher.through;
        }
        _store(voucher.coordinator, voucher.miner, account);
        emit VoucherRedeemed(voucher.coordinator, voucher.miner, paid, account.settled, account.through);
    }

    /// @dev Pays up to `owed` to the miner's owner: from escrow, then by a slash whose finder is that owner.
    function _pay(address coordinator, address miner, uint256 owed) private returns (uint256 paid) {
        address to = _ownerOf(miner);
        uint256 have = _escrows[coordinator].balance;
        paid = owed < have ? owed : have;
        if (paid != 0) {
            _spend(coordinator, paid);
            cai.safeTransfer(to, paid);
        }
        uint256 deficit = owed - paid;
        // A miner that signs vouchers has no stake as a coordinator.
        if (deficit != 0 && staking.nodeView(coordinator).role == uint8(Role.Coordinator)) {
            (uint256 taken, uint256 reward) = staking.slash(coordinator, deficit * DEFICIT_FACTOR, to, FINDER_BPS);
            paid += reward;
            emit DeficitCharged(coordinator, miner, deficit, taken, reward);
        }
    }

    /// @dev Slashes the fraction that a fault costs.
    function _punish(address coordinator, bytes32 evidence) private returns (uint256 taken) {
        _checkCoordinator(coordinator);
        uint256 amount = staking.slashableOf(coordinator) * faultBps / BPS;
        if (amount == 0) revert NothingToSlash(coordinator);
        (taken,) = staking.slash(coordinator, amount, msg.sender, FINDER_BPS);
        emit FaultProven(coordinator, msg.sender, evidence, taken);
    }

    /// @dev Takes escrow that is there. What does not thaw pays first.
    function _spend(address coordinator, uint256 amount) private {
        Escrow storage escrow = _escrows[coordinator];
        // At most the balance, so it fits.
        uint96 left = escrow.balance - uint96(amount);
        escrow.balance = left;
        if (escrow.thawing > left) escrow.thawing = left;
    }

    function _store(address coordinator, address miner, Account memory account) private {
        _accounts[coordinator][miner].word =
            account.settled | uint256(account.withdrawn) << 96 | uint256(account.through) << 192;
    }

    function _setFaultBps(uint16 faultBps_) private {
        if (faultBps_ < MIN_FAULT_BPS || faultBps_ > MAX_FAULT_BPS) {
            revert BadFraction(faultBps_, MIN_FAULT_BPS, MAX_FAULT_BPS);
        }
        faultBps = faultBps_;
        emit FaultBpsSet(faultBps_);
    }

    function _checkCoordinator(address node) private view {
        if (staking.nodeView(node).role != uint8(Role.Coordinator)) revert NotACoordinator(node);
    }

    function _ownedBy(address coordinator, address caller) private view {
        if (staking.ownerOf(coordinator) != caller) revert NotAllowed(coordinator, caller);
    }

    function _ownerOf(address node) private view returns (address owner) {
        owner = staking.ownerOf(node);
        if (owner == address(0)) revert UnknownNode(node);
    }
}
