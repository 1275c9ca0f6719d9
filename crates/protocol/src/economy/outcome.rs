//! What an operation comes to: the contracts' events when it succeeds, their custom error when it does not.

use std::{error::Error, fmt};

use alloy::{primitives::Bytes, sol, sol_types::SolInterface};

sol! {
    /// Every custom error and event that the modelled contracts and their libraries can give, under its own name and with its
    /// own fields.
    #[sol(extra_methods)]
    #[derive(Debug, PartialEq, Eq)]
    interface Contracts {
        // The compiler's own: 0x11 overflow, 0x12 division by zero.
        error Panic(uint256 code);

        // SafeCast, AccessManaged and ERC20 of OpenZeppelin.
        error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);
        error AccessManagedUnauthorized(address caller);
        error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        error ERC20InvalidReceiver(address receiver);
        error ERC20InvalidSpender(address spender);

        // PauseGuard.
        error EntriesPaused();
        error ExitsPaused(uint256 until);
        error AlreadyPaused();
        error NotPaused();
        error PauseTooSoon(uint256 until);

        // NodeRegistry.
        error NodeIsOwner();
        error NodeTaken(address node);
        error UnknownNode(address node);
        error NotActive(address node);
        error NotNodeOwner(address node, address caller);
        error BadNameLength(uint256 length);
        error BadIntroductionLength(uint256 length);
        error BadEndpointLength(uint256 length);
        error Expired(uint256 deadline);

        // Staking, Rewards and PoolMath; UnknownNode and ZeroAmount are Settlement's and EmissionController's too.
        error ZeroAmount();
        error InsufficientFreeStake(uint256 have, uint256 need);
        error InsufficientStake(uint256 have, uint256 need);
        error BelowMinimum(uint256 have, uint256 need);
        error TooManyUnbondings();
        error NothingToRelease();
        error StillUnbonding(uint256 at);
        error RewardTooHigh(uint16 have, uint16 max);
        error NoEvidence();
        error EvidenceSpent(bytes32 evidence);
        error NodeRotatedTo(address next);
        error NotIdleYet(uint256 at);
        error AlreadyIdle(address node);
        error CommissionAbove(uint16 have, uint16 max);
        error CommissionTooHigh(uint16 have, uint16 max);
        error BadDuration(uint64 have, uint64 max);
        error PoolWiped();

        // EmissionController.
        error BadHalving(uint64 have, uint64 min, uint64 max);
        error PeriodRunning(uint256 until);
        error ReserveEmpty(uint256 left);
        error NobodyEarns(uint8 role);
        error BadSuccessor(address successor);

        // Settlement.
        error BadFraction(uint256 have, uint256 min, uint256 max);
        error NotACoordinator(address node);
        error NotAMiner(address node);
        error KeyReplaced(address node);
        error IsRetired();
        error NotAllowed(address node, address caller);
        error EscrowShort(uint256 have, uint256 need);
        error NothingThawing();
        error StillThawing(uint256 availableAt);
        error NothingOwed();
        error NothingPaid(uint256 owed);
        error WrongTicket(bytes32 have, bytes32 need);
        error TicketSettled(uint256 number, uint256 through);
        error TicketNotDue(uint256 claimableAt);
        error TicketExpired(uint256 claimableUntil);
        error NumberTooLarge(uint256 number);
        error CollectNotDue(uint256 availableAt);
        error ClaimOrder(uint256 number, uint256 last);
        error NotAnnounced(bytes32 commitment, uint256 time);
        error AlreadyAnnounced(uint256 expires);
        error NoContradiction();
        error NotShort();
        error AlreadyPunished(uint64 through, uint64 until);
        error NothingToSlash(address node);

        // CAIToken.
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);

        // Staking and what it is made of.
        event Paused(uint256 exitsOpenAt);
        event Unpaused(uint256 nextPauseAt);
        event NodeRegistered(address indexed node, address indexed owner, uint8 indexed role, string name, string introduction, string endpoint);
        event NodeUpdated(address indexed node, string name, string introduction, string endpoint);
        event CommissionAnnounced(address indexed node, uint16 bps, uint256 effectiveAt);
        event RewardPaid(address indexed staker, address indexed node, uint256 reward, uint256 commission);
        event EmissionNotified(uint8 indexed role, uint256 amount, uint256 rate, uint256 end);
        event Deposited(address indexed staker, uint256 amount);
        event Withdrawn(address indexed staker, uint256 amount);
        event Voted(address indexed staker, address indexed node, uint256 amount);
        event Retracted(address indexed staker, address indexed node, uint256 amount, uint256 availableAt);
        event Released(address indexed staker, address indexed node, uint256 amount);
        event NodeWeightChanged(address indexed node, uint8 status, uint128 selfStake, uint128 weight);
        event Slashed(address indexed node, uint256 taken, uint256 ownerLoss, uint256 reward, uint256 left);
        event EvidenceUsed(bytes32 indexed evidence, address indexed node);
        event Charged(address indexed node, uint256 fromActive, uint256 fromUnbonding, uint256 reward);
        event NodeRotated(address indexed oldKey, address indexed newKey, uint256 signsUntil);
        event NodeIdle(address indexed node, uint256 tip, address indexed by);
        event NodeBusy(address indexed node);

        // EmissionController.
        event Funded(uint8 indexed role, address indexed from, uint256 amount);
        event PeriodStarted(uint8 indexed role, uint256 amount, uint256 left, uint256 nextPeriodAt);
        event HalvingSet(uint64 halving);
        event Migrated(uint8 indexed role, address indexed successor, uint256 amount);

        // Settlement.
        event EscrowDeposited(address indexed coordinator, address indexed from, uint256 amount);
        event ThawStarted(address indexed coordinator, uint256 amount, uint256 availableAt);
        event EscrowWithdrawn(address indexed coordinator, address indexed to, uint256 amount);
        event Settled(address indexed coordinator, uint256 total, bytes lines);
        event SettlementRetired();
        event CollectStarted(address indexed coordinator, address indexed miner, uint256 amount, uint256 availableAt);
        event Collected(address indexed coordinator, address indexed miner, uint256 amount);
        event PaidOut(address indexed miner, address indexed to, uint256 amount, uint256 burned);
        event VoucherRedeemed(address indexed coordinator, address indexed miner, uint256 cumulative, uint256 through, uint256 paid);
        event TicketClaimed(address indexed coordinator, address indexed miner, bytes32 indexed ticket, uint256 number, uint256 paid);
        event DeficitCharged(address indexed coordinator, address indexed miner, uint256 deficit, uint256 taken, uint256 reward);
        event EvidenceAnnounced(bytes32 indexed commitment, uint256 expires);
        event FaultProven(address indexed coordinator, address indexed miner, address indexed finder, bytes32 evidence, uint256 through, uint256 until, uint256 taken, uint256 reward);
        event FaultBpsSet(uint16 faultBps);
    }
}

/// Why an operation was refused: the custom error that the contract reverts with, with its numbers.
pub use Contracts::ContractsErrors as Refusal;
/// What a successful operation did, in order: the contracts' events, the token's transfers included.
pub use Contracts::ContractsEvents as Effect;

pub(super) type Outcome<T> = Result<T, Refusal>;

impl Refusal {
    /// The error's name in the contract, such as `BelowMinimum`.
    pub fn name(&self) -> &'static str {
        Self::name_by_selector(self.selector()).unwrap_or(Self::NAME)
    }

    /// The data that the contract reverts with.
    pub fn data(&self) -> Bytes {
        self.abi_encode().into()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the contract refuses: {}", self.name())
    }
}

impl Error for Refusal {}
