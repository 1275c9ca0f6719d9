// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Fines} from "./libraries/Fines.sol";
import {Messages} from "./libraries/Messages.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Account} from "./settlement/Accounts.sol";
import {Vouchers} from "./settlement/Vouchers.sol";
import {Role, Status} from "./staking/NodeRegistry.sol";

/// @notice The last punishment of a coordinator for what it told one miner.
struct Punishment {
    /// Evidence counts only if all of it is about tickets beyond this number.
    uint64 through;
    /// Until this second nothing more is punished, in Unix seconds; 0 if nothing ever was.
    uint64 until;
}

/// @title Payment of miners
/// @notice A coordinator prepays into escrow. Miners are paid by cumulative vouchers, by the coordinator's batches, or,
/// when the coordinator is silent, by an accepted ticket. All three are counted so that nothing is paid twice, whatever
/// comes first. What escrow cannot pay comes out of the stake of the coordinator's owner, at five times the amount.
/// @dev Amounts are in wei of CAI, times in Unix seconds. Every message is signed for this contract's address, so a
/// successor pays and punishes nothing that was signed here. Every payment goes to the owner of the miner's node as
/// registered in {Staking}, regardless of the transaction's sender: a stolen node key cannot redirect it, and owners
/// stay readable after a node was removed. The contract's balance is the sum of all escrow, of all that is promised by
/// batches, and of all credit of miners; tokens sent here without `deposit` are ignored. It needs the role that may
/// call `Staking.slash` and `Staking.charge`, and the one that may call `Staking.recordPayment`. Its events tell every
/// balance and counter.
///
/// No proof here can succeed against an honest coordinator. It signs vouchers and batches for `(n, C(n))` only, where
/// every ticket up to n is finished and C(n) is the amount owed for these tickets, a function of n that never falls.
/// - Two of its vouchers never contradict: a smaller or equal `through` never has a larger `cumulative`.
/// - Its batches leave `settled` and what was claimed up to `through` together at C(through) or more, and so do vouchers
///   paid in full. Only a voucher that could not be paid in full moves `through` further than that; the contract
///   remembers it and does not count it as a fault.
/// - A ticket is claimable only some time after its deadline. A coordinator that received no answer settles further
///   before that, which voids the ticket. A miner whose coordinator abuses this can lose only the price of the tickets
///   that it accepted without a voucher, and it stops accepting after a few.
///
/// A coordinator that lost its last vouchers, for example when it was restored from a backup, may sign many that
/// contradict earlier ones. For each miner it is punished for that once, and for all of them together it loses at most
/// half of its stake in an unbonding period.
contract Settlement is Vouchers {
    using Fines for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    bytes32 private constant CONTRADICTION = keccak256("contradiction");
    bytes32 private constant SHORT_SETTLEMENT = keccak256("short settlement");

    mapping(address coordinator => mapping(address miner => Punishment)) private _punishments;
    /// @dev What proven faults have cost a coordinator, summed up by time.
    mapping(address coordinator => Checkpoints.Trace208) private _lost;

    /// @notice A coordinator's fault was proven and punished.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the key of the miner that it told something untrue.
    /// @param finder Address that proved it.
    /// @param evidence Id of the evidence.
    /// @param through Later evidence about this pair must be about tickets beyond this number.
    /// @param until Until then, nothing more about this pair is punished.
    /// @param taken Stake slashed.
    /// @param reward What the finder received.
    event FaultProven(
        address indexed coordinator,
        address indexed miner,
        address indexed finder,
        bytes32 evidence,
        uint256 through,
        uint256 until,
        uint256 taken,
        uint256 reward
    );

    /// @notice The vouchers belong to different pairs of coordinator and miner, or do not contradict each other.
    error NoContradiction();
    /// @notice No batch settled less than this voucher states.
    error NotShort();
    /// @notice The coordinator was punished for this before, or too short a time ago.
    /// @param through The evidence must be about tickets beyond this number.
    /// @param until Nothing is punished until then, in Unix seconds.
    error AlreadyPunished(uint64 through, uint64 until);
    /// @notice No stake is left behind the node, or faults have cost half of it in this unbonding period.
    /// @param node Address of the node's key.
    error NothingToSlash(address node);

    /// @notice Deploys the settlement of a network.
    /// @param staking_ Holds the stake and knows the nodes.
    /// @param authority_ AccessManager of the network.
    /// @param disputeWindow_ Seconds after a ticket's deadline during which its receipt is disputed.
    /// @param thawPeriod_ Waiting time of escrow on its way out; longer than the dispute window, at most 90 days.
    /// @param claimDelay_ Seconds after its deadline until a ticket can be claimed, and until a batch's credit is paid;
    /// shorter than the dispute window.
    /// @param faultBps_ What a proven fault costs, in hundredths of a percent of the slashable stake.
    constructor(
        IStaking staking_,
        address authority_,
        uint64 disputeWindow_,
        uint64 thawPeriod_,
        uint64 claimDelay_,
        uint16 faultBps_
    ) AccessManaged(authority_) {
        if (claimDelay_ >= disputeWindow_ || disputeWindow_ >= thawPeriod_ || thawPeriod_ > MAX_THAW_PERIOD) {
            revert BadPeriods(thawPeriod_, disputeWindow_, claimDelay_);
        }
        staking = staking_;
        cai = staking_.cai();
        disputeWindow = disputeWindow_;
        thawPeriod = thawPeriod_;
        claimDelay = claimDelay_;
        _setFaultBps(faultBps_);
    }

    /// @notice Punishes a coordinator that signed voucher `a`, and voucher `b` with a smaller amount for at least as
    /// many tickets. The caller, who has announced the evidence, gets a fifth of what the coordinator's owner loses.
    /// @dev The id of the evidence is `keccak256(abi.encode(keccak256("contradiction"), digest of a, digest of b))`. One
    /// slip is punished once: for a dispute window nothing more about this pair is, and afterwards only what is about
    /// later tickets, if the coordinator was active and so had much to lose.
    /// @param a The voucher with the larger amount.
    /// @param signatureA Its signature by the coordinator's key.
    /// @param b The voucher that reaches as far or further, with the smaller amount.
    /// @param signatureB Its signature by the coordinator's key.
    /// @param salt The word in the announced commitment; see {announce}.
    /// @return taken Stake slashed.
    function proveContradiction(
        Messages.Voucher calldata a,
        bytes calldata signatureA,
        Messages.Voucher calldata b,
        bytes calldata signatureB,
        bytes32 salt
    ) external nonReentrant returns (uint256 taken) {
        bytes32 first = Signatures.check(address(this), a, signatureA);
        bytes32 second = Signatures.check(address(this), b, signatureB);
        bool same = a.coordinator == b.coordinator && a.miner == b.miner;
        if (!same || a.through > b.through || a.cumulative <= b.cumulative) revert NoContradiction();
        return _punish(a, b.through, keccak256(abi.encode(CONTRADICTION, first, second)), salt);
    }

    /// @notice Punishes a coordinator that declared tickets settled for less than its own voucher says, and pays the
    /// miner the difference. The caller, who has announced the evidence, gets a fifth of what the coordinator's owner
    /// loses by the punishment.
    /// @dev The id of the evidence is `keccak256(abi.encode(keccak256("short settlement"), digest of the voucher))`. It is
    /// punished as a contradiction is, and as little twice; `redeem` pays other vouchers. Claims of any tickets up to
    /// `through` count for the coordinator here, since it may have taken some of them for void.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @param salt The word in the announced commitment; see {announce}.
    /// @return paid The amount paid into the miner's credit.
    /// @return taken Stake slashed for the fault, not counting what was charged for a deficit.
    function proveShortSettlement(Messages.Voucher calldata voucher, bytes calldata signature, bytes32 salt)
        external
        nonReentrant
        returns (uint256 paid, uint256 taken)
    {
        bytes32 digest = Signatures.check(address(this), voucher, signature);
        (address coordinator, address miner) = (voucher.coordinator, voucher.miner);
        Account memory account = accountOf(coordinator, miner);
        if (
            account.through < voucher.through || voucher.through <= _unpaidThrough[coordinator][miner]
                || _owed(coordinator, miner, account, voucher.cumulative, account.through) == 0
        ) revert NotShort();
        (, paid) = _redeem(voucher);
        taken = _punish(voucher, account.through, keccak256(abi.encode(SHORT_SETTLEMENT, digest)), salt);
    }

    /// @notice The last punishment of a coordinator for what it told one miner.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return punishment All zero if there was none.
    function punishmentOf(address coordinator, address miner) external view returns (Punishment memory punishment) {
        return _punishments[coordinator][miner];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Slashes the fraction that a fault costs, unless the fault is part of one that was punished.
    /// @param voucher The part of the evidence that is about the lowest number.
    /// @param through The highest number that the evidence is about.
    function _punish(Messages.Voucher calldata voucher, uint64 through, bytes32 evidence, bytes32 salt)
        private
        returns (uint256 taken)
    {
        (address coordinator, address miner) = (voucher.coordinator, voucher.miner);
        _checkCoordinator(coordinator);
        // Else a thief of the key makes up as many miners as it likes.
        if (staking.roleOf(miner) != Role.Miner) revert NotAMiner(miner);
        _checkSigns(coordinator);
        _checkAnnounced(evidence, salt);
        Punishment memory last = _punishments[coordinator][miner];
        if (last.until != 0 && (block.timestamp <= last.until || voucher.through <= last.through)) {
            revert AlreadyPunished(last.through, last.until);
        }
        if (through > MAX_NUMBER) revert NumberTooLarge(through);
        // The signer chooses the number, so a punishment that costs next to nothing excuses no later tickets.
        if (staking.nodeView(coordinator).status != uint8(Status.Active)) through = last.through;
        uint64 until = uint64(block.timestamp) + disputeWindow;
        _punishments[coordinator][miner] = Punishment(through, until);

        uint256 amount =
            _lost[coordinator].bounded(staking.slashableOf(coordinator), faultBps, staking.unbondingPeriod());
        if (amount == 0) revert NothingToSlash(coordinator);
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = evidence;
        uint256 reward;
        (taken, reward) = staking.slash(coordinator, amount, REWARD_BPS, ids);
        _lost[coordinator].add(taken);
        emit FaultProven(coordinator, miner, msg.sender, evidence, through, until, taken, reward);
        if (reward != 0) cai.safeTransfer(msg.sender, reward);
    }
}
