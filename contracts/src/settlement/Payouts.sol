// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Attempts} from "../libraries/Attempts.sol";
import {Finders} from "../libraries/Finders.sol";
import {Role} from "../staking/NodeRegistry.sol";
import {Account, Accounts} from "./Accounts.sol";

/// @notice A payment of what batches have promised to a miner, on its way.
struct Collection {
    /// In wei of CAI; 0 if none was started.
    uint96 amount;
    /// When it can be paid, in Unix seconds.
    uint64 availableAt;
}

/// @title Payment of miners' owners
/// @notice A miner's credit is what vouchers and claims have paid to it; `payOut` pays it to the miner's owner. What
/// batches have promised is paid by `collect`, in two steps: a coordinator decides alone what a batch says, so other
/// miners have the claim delay to bring their vouchers and tickets, which come first. Of everything that is paid, 2% is
/// burned, so that paying oneself costs something.
/// @dev What a coordinator owes is paid out of its escrow and what it has promised, then out of its owner's stake.
abstract contract Payouts is Accounts, Finders {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @notice Part of every payment to a miner's owner that is burned, in hundredths of a percent.
    uint256 public constant BURN_BPS = 200;
    /// @notice Stake taken per CAI that escrow could not pay: a fifth of the charge is paid, which is that CAI.
    uint256 public constant DEFICIT_FACTOR = 5;

    uint256 internal constant BPS = 10_000;

    /// @dev What vouchers and claims have paid to a miner, and by whom the last part of it. One slot.
    struct Credit {
        uint96 amount;
        address coordinator;
    }

    mapping(address miner => Credit) private _credits;
    mapping(address coordinator => mapping(address miner => Collection)) private _collections;

    /// @notice A payment of what batches have promised was started. It replaces any one before.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @param amount The amount, in wei of CAI.
    /// @param availableAt When it can be paid, in Unix seconds.
    event CollectStarted(address indexed coordinator, address indexed miner, uint256 amount, uint256 availableAt);
    /// @notice What batches had promised was paid, together with the miner's credit: see {PaidOut}.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @param amount The amount, in wei of CAI, before the burn.
    event Collected(address indexed coordinator, address indexed miner, uint256 amount);
    /// @notice A miner's owner was paid all of the miner's credit.
    /// @param miner Address of the miner's key.
    /// @param to The miner's owner.
    /// @param amount What the owner received, in wei of CAI.
    /// @param burned What was burned on top of it.
    event PaidOut(address indexed miner, address indexed to, uint256 amount, uint256 burned);
    /// @notice Escrow was short, so the coordinator's owner paid out of its stake.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the key of the miner that is paid.
    /// @param deficit What escrow could not pay.
    /// @param taken Stake taken from the coordinator's owner.
    /// @param reward The part of it that pays the miner; the rest was burned.
    event DeficitCharged(
        address indexed coordinator, address indexed miner, uint256 deficit, uint256 taken, uint256 reward
    );

    /// @notice Neither escrow nor stake is left to pay any of the amount.
    /// @param owed The amount owed.
    error NothingPaid(uint256 owed);
    /// @notice The payment was started, and waits for vouchers and claims that come first.
    /// @param availableAt When it can be paid, in Unix seconds.
    error CollectNotDue(uint256 availableAt);

    /// @notice Pays what a coordinator's batches have promised to a miner, to the miner's owner. Anyone may call. The
    /// first call starts the payment; a call after the claim delay pays, together with the miner's credit, and starts
    /// the payment of what was promised since. Without a claim delay, one call does both.
    /// @dev It pays as much as there is and keeps the rest for the next call. It also tells {Staking} that neither of the
    /// two nodes is idle, as `payOut` does; redemptions and claims do not, because that would cost each of them up to
    /// 32,000 gas. So a miner stays busy by being paid out at least once a week, and a coordinator by having paid it.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key, whatever its status.
    /// @return paid What the owner received, in wei of CAI; 0 if the payment was started only.
    function collect(address coordinator, address miner) external nonReentrant returns (uint256 paid) {
        address to = _payeeOf(miner);
        Account memory account = accountOf(coordinator, miner);
        uint256 credit = account.settled - account.withdrawn;
        Collection memory collection = _collections[coordinator][miner];
        if (collection.amount == 0) {
            if (credit == 0) revert NothingOwed();
            collection = _startCollection(coordinator, miner, credit);
            if (claimDelay != 0) return 0;
        }
        if (block.timestamp < collection.availableAt) revert CollectNotDue(collection.availableAt);

        uint256 amount = _take(coordinator, miner, collection.amount, true);
        if (amount == 0) revert NothingPaid(collection.amount);
        account.withdrawn += uint96(amount);
        _store(coordinator, miner, account);
        emit Collected(coordinator, miner, amount);
        credit -= amount;
        if (credit == 0) delete _collections[coordinator][miner];
        else _startCollection(coordinator, miner, credit);
        return _payOut(coordinator, miner, to, amount + _credits[miner].amount);
    }

    /// @notice Pays a miner's credit, from vouchers and claims, to the miner's owner. Anyone may call. It tells {Staking}
    /// that neither the miner nor the last coordinator that it was credited by is idle.
    /// @param miner Address of the miner's key, whatever its status.
    /// @return paid What the owner received, in wei of CAI.
    function payOut(address miner) external nonReentrant returns (uint256 paid) {
        address to = _payeeOf(miner);
        Credit memory credit = _credits[miner];
        if (credit.amount == 0) revert NothingOwed();
        return _payOut(credit.coordinator, miner, to, credit.amount);
    }

    /// @notice What vouchers and claims have paid to a miner, and `payOut` pays out at once.
    /// @param miner Address of the miner's key.
    /// @return amount The amount, in wei of CAI, before the burn.
    function creditOf(address miner) external view returns (uint256 amount) {
        return _credits[miner].amount;
    }

    /// @notice The payment of what batches have promised that was started.
    /// @param coordinator Address of the coordinator's key.
    /// @param miner Address of the miner's key.
    /// @return collection The amount and when it can be paid; both 0 if none was started.
    function collectionOf(address coordinator, address miner) external view returns (Collection memory collection) {
        return _collections[coordinator][miner];
    }

    // ------------------------------------------------------------------------------------------------- internals

    /// @dev Takes up to `owed` from a coordinator and credits the miner with it. Credit of another coordinator is reported
    /// now, because the slot forgets that one.
    function _pay(address coordinator, address miner, uint256 owed) internal returns (uint256 paid) {
        Credit memory before = _credits[miner];
        paid = _take(coordinator, miner, owed, false);
        if (paid == 0) return 0;
        _credits[miner] = Credit((before.amount + paid).toUint96(), coordinator);
        if (before.amount != 0 && before.coordinator != coordinator) _report(before.coordinator, miner);
    }

    /// @dev Takes up to `owed` from a coordinator: from its escrow and from what it has promised, in either order, then
    /// from its owner's stake.
    function _take(address coordinator, address miner, uint256 owed, bool promisedFirst)
        private
        returns (uint256 taken)
    {
        if (promisedFirst) taken = _takePromised(coordinator, owed);
        taken += _takeEscrow(coordinator, owed - taken);
        if (!promisedFirst) taken += _takePromised(coordinator, owed - taken);
        taken += _charge(coordinator, miner, owed - taken);
    }

    function _takePromised(address coordinator, uint256 amount) private returns (uint256 taken) {
        if (amount == 0) return 0;
        uint256 have = _promised[coordinator];
        taken = amount < have ? amount : have;
        if (taken != 0) _promised[coordinator] = have - taken;
    }

    function _takeEscrow(address coordinator, uint256 amount) private returns (uint256 taken) {
        if (amount == 0) return 0;
        uint256 have = _escrows[coordinator].balance;
        taken = amount < have ? amount : have;
        if (taken != 0) _spend(coordinator, taken);
    }

    /// @dev Pays a deficit out of the stake of the coordinator's owner, as far as it goes. If {Staking} refuses, for
    /// example because this settlement lost its role, what escrow has paid counts all the same.
    function _charge(address coordinator, address miner, uint256 deficit) private returns (uint256 paid) {
        // A miner that signs vouchers has no stake as a coordinator.
        if (deficit == 0 || staking.roleOf(coordinator) != Role.Coordinator) return 0;
        uint256 before = gasleft();
        try staking.charge(coordinator, deficit * DEFICIT_FACTOR, REWARD_BPS) returns (uint256 taken, uint256 reward) {
            if (taken == 0) return 0;
            emit DeficitCharged(coordinator, miner, deficit, taken, reward);
            return reward;
        } catch {
            Attempts.check(before);
        }
    }

    /// @dev Tells {Staking} that neither node is idle. If it refuses, the payment takes place all the same.
    function _report(address coordinator, address miner) private {
        uint256 before = gasleft();
        try staking.recordPayment(coordinator, miner) {}
        catch {
            Attempts.check(before);
        }
    }

    function _startCollection(address coordinator, address miner, uint256 amount)
        private
        returns (Collection memory collection)
    {
        collection = Collection(amount.toUint96(), uint64(block.timestamp) + claimDelay);
        _collections[coordinator][miner] = collection;
        emit CollectStarted(coordinator, miner, amount, collection.availableAt);
    }

    /// @dev Pays `amount`, all of the miner's credit included, to the miner's owner, and reports it.
    function _payOut(address coordinator, address miner, address to, uint256 amount) private returns (uint256 paid) {
        uint256 burned = amount * BURN_BPS / BPS;
        paid = amount - burned;
        if (_credits[miner].amount != 0) delete _credits[miner];
        emit PaidOut(miner, to, paid, burned);
        _report(coordinator, miner);
        cai.safeTransfer(to, paid);
        if (burned != 0) cai.safeTransfer(BURN, burned);
    }

    /// @dev Owner of a miner, whatever its status: a stolen node key cannot redirect a payment.
    function _payeeOf(address miner) private view returns (address to) {
        if (staking.roleOf(miner) != Role.Miner) revert NotAMiner(miner);
        return staking.ownerOf(miner);
    }
}
