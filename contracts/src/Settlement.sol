// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Messages} from "./libraries/Messages.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Account} from "./settlement/Accounts.sol";
import {Vouchers} from "./settlement/Vouchers.sol";

/// @title Payment of miners
/// @notice A coordinator prepays into escrow. Miners are paid by cumulative vouchers, by the coordinator's batches, or,
/// when the coordinator is silent, by an accepted ticket. All three raise one counter per coordinator and miner, so
/// nothing is paid twice. What the escrow cannot pay comes out of the coordinator's stake, at five times the amount.
/// @dev Amounts are in wei of CAI, times in Unix seconds. Every payment goes to the owner of the miner's node as
/// registered in {Staking}, regardless of the transaction's sender: a stolen node key cannot redirect it, and owners
/// stay readable after a node was removed. The contract's balance is the sum of all escrow and of all that is settled
/// but not withdrawn; tokens sent here without `deposit` are ignored. It needs the role that may call `Staking.slash`.
///
/// No proof here can succeed against an honest coordinator. It signs vouchers and batches for `(n, C(n))` only, where
/// every ticket up to n is finished and C(n) is the amount owed for these tickets, a function of n that never falls.
/// - Two of its vouchers never contradict: a smaller or equal `through` never has a larger `cumulative`.
/// - Its batches leave `settled >= C(through)`, and so do vouchers paid in full. Only a voucher that could not be paid
///   in full moves `through` further than `settled`; the contract remembers it and does not count it as a fault.
/// - A ticket is claimable only some time after its deadline. A coordinator that received no answer settles further
///   before that, which voids the ticket. A miner whose coordinator abuses this can lose only the price of the tickets
///   that it accepted without a voucher, and it stops accepting after a few.
contract Settlement is Vouchers {
    /// @notice Longest thaw a deployment may choose, in seconds.
    uint64 public constant MAX_THAW_PERIOD = 90 days;

    uint256 private constant BPS = 10_000;
    bytes32 private constant CONTRADICTION = keccak256("contradiction");
    bytes32 private constant SHORT_SETTLEMENT = keccak256("short settlement");

    mapping(bytes32 evidence => bool) private _proven;

    /// @notice A coordinator's fault was proven and punished.
    /// @param coordinator Address of the coordinator's key.
    /// @param finder Address that proved it.
    /// @param evidence Id of the evidence.
    /// @param taken Stake slashed.
    event FaultProven(address indexed coordinator, address indexed finder, bytes32 indexed evidence, uint256 taken);

    /// @notice The periods do not fit together. The thaw must be longer than the dispute window and at most 90 days;
    /// the delay of claims must be at most the dispute window.
    /// @param thawPeriod In seconds.
    /// @param disputeWindow In seconds.
    /// @param claimDelay In seconds.
    error BadPeriods(uint64 thawPeriod, uint64 disputeWindow, uint64 claimDelay);
    /// @notice The vouchers belong to different pairs of coordinator and miner, or do not contradict each other.
    error NoContradiction();
    /// @notice No batch settled less than this voucher states.
    error NotShort();
    /// @notice This offence was punished before.
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

    /// @notice Punishes a coordinator that signed voucher `a`, and voucher `b` with a smaller amount for at least as
    /// many tickets. The caller gets a fifth of what is slashed.
    /// @dev Each voucher can be used in one proof only, so one mistake is punished once.
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
    /// @dev One declaration is punished once, however many vouchers it contradicts; `redeem` pays the others.
    /// @param voucher The coordinator's statement.
    /// @param signature Its EIP-712 signature by the coordinator's key.
    /// @return paid The amount paid to the miner's owner.
    /// @return taken Stake slashed for the fault, not counting what was slashed for a deficit.
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

    /// @dev Slashes the fraction that a fault costs.
    function _punish(address coordinator, bytes32 evidence) private returns (uint256 taken) {
        _checkCoordinator(coordinator);
        uint256 amount = staking.slashableOf(coordinator) * faultBps / BPS;
        if (amount == 0) revert NothingToSlash(coordinator);
        (taken,) = staking.slash(coordinator, amount, msg.sender, FINDER_BPS);
        emit FaultProven(coordinator, msg.sender, evidence, taken);
    }
}
