//! One decoder of the contracts' custom errors into words.

use std::time::{Duration, UNIX_EPOCH};

use std::fmt;

use alloy::{
    primitives::{Address, Bytes, U256},
    sol_types::{GenericContractError, SolInterface},
};

use crate::{
    Cai, Untrusted,
    contract::{
        AccessManager::AccessManagerErrors as Access, BlockRandomness::BlockRandomnessErrors as Block,
        CAIToken::CAITokenErrors as Token, DisputeCourt::DisputeCourtErrors as Court,
        DrandRandomness::DrandRandomnessErrors as Drand, EmissionController::EmissionControllerErrors as Emission,
        Evidence::EvidenceErrors as Proof, Faucet::FaucetErrors as Drip, JurorRegistry::JurorRegistryErrors as Juror,
        Settlement::SettlementErrors as Payment, Staking::StakingErrors as Stake,
    },
};

/// A contract's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// The error's name in the contract, such as `BelowMinimum`.
    pub name: &'static str,
    /// The error in words.
    pub words: String,
    /// The error's data as the chain returned it.
    pub data: Bytes,
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Revert {
    /// Reads what a call returned on its failure.
    pub fn decode(data: &Bytes) -> Self {
        let (name, words) = words(data);
        Self { name, words, data: data.clone() }
    }

    /// A transaction that used all the gas that it was given.
    pub(super) fn out_of_gas(limit: u64) -> Self {
        let words = format!("it needed more than the {limit} gas that it was given; --gas-limit gives more");
        Self { name: "OutOfGas", words, data: Bytes::new() }
    }
}

fn words(data: &Bytes) -> (&'static str, String) {
    let Some(selector) = data.first_chunk::<4>().copied() else {
        return ("Reverted", "the contract refused without saying why".into());
    };
    // Errors that several contracts share are the staking contract's here, and mean the same everywhere.
    macro_rules! try_contract {
        ($errors:ty, $words:path, $contract:literal) => {
            if let Ok(error) = <$errors>::abi_decode(data) {
                let name = <$errors>::name_by_selector(selector).unwrap_or("Unknown");
                return (name, $words(error).unwrap_or_else(|| format!("the {} refused: {name}", $contract)));
            }
        };
    }
    try_contract!(Stake, staking, "staking contract");
    try_contract!(Drip, faucet, "faucet");
    try_contract!(Token, token, "token");
    try_contract!(Payment, settlement, "settlement contract");
    try_contract!(Court, court, "court");
    try_contract!(Proof, evidence, "court");
    try_contract!(Juror, juror, "registry of jurors");
    try_contract!(Block, block, "source of randomness");
    try_contract!(Drand, drand, "source of randomness");
    try_contract!(Emission, emission, "emission controller");
    try_contract!(Access, access, "access manager");
    match GenericContractError::abi_decode(data) {
        Ok(GenericContractError::Revert(revert)) => {
            ("Error", format!("the contract refused: {}", Untrusted::new(revert.reason)))
        }
        Ok(GenericContractError::Panic(panic)) => ("Panic", format!("the contract failed: {panic}")),
        _ => {
            let selector = alloy::hex::encode(selector);
            ("Unknown", format!("the contract refused with an error that this program does not know (0x{selector})"))
        }
    }
}

fn cai(units: U256) -> Cai {
    Cai::from_base_units(units)
}

/// A moment in RFC 3339, in UTC. One beyond the calendar's end is shown as the last moment that it has. Nothing here knows the
/// present time, so no message says how long it is until then.
fn moment(seconds: U256) -> String {
    let seconds = Duration::from_secs(seconds.saturating_to::<u64>().min(253_402_300_799));
    humantime::format_rfc3339_seconds(UNIX_EPOCH + seconds).to_string()
}

fn staking(error: Stake) -> Option<String> {
    Some(match error {
        Stake::BelowMinimum(error) => {
            format!("own stake must be more than {}; it is {}", cai(error.need), cai(error.have))
        }
        Stake::InsufficientFreeStake(error) => {
            format!("this needs {} of free stake; there is {}", cai(error.need), cai(error.have))
        }
        Stake::InsufficientStake(error) => {
            format!("this needs {} of stake behind the node; there is {}", cai(error.need), cai(error.have))
        }
        Stake::NodeTaken(error) => format!("the node key {} was registered before", error.node),
        Stake::UnknownNode(error) => format!("no node {} is registered", error.node),
        Stake::NotActive(error) => format!("the node {} is not active", error.node),
        Stake::NotNodeOwner(error) => format!("the node {} is not owned by {}", error.node, error.caller),
        Stake::NodeIsOwner(_) => "a node needs a key of its own, other than its owner's".into(),
        Stake::BadNodeSignature(_) => "the node key's signature is not accepted".into(),
        Stake::BadNameLength(error) => format!("a name has 1 to 64 bytes; this one has {}", error.length),
        Stake::BadIntroductionLength(error) => {
            format!("an introduction has at most 512 bytes; this one has {}", error.length)
        }
        Stake::BadEndpointLength(error) => {
            format!("an endpoint has at most 256 bytes, and a coordinator has one; this one has {}", error.length)
        }
        Stake::Expired(error) => format!("the signature was good until {} only", moment(error.deadline)),
        Stake::ZeroAmount(_) => "the amount is 0".into(),
        Stake::NothingToRelease(_) => "nothing is unbonding there".into(),
        Stake::StillUnbonding(error) => format!("it is still unbonding until {}", moment(error.at)),
        Stake::TooManyUnbondings(_) => "32 unbondings are open there; release some first".into(),
        Stake::CommissionTooHigh(error) => {
            format!("a commission is at most {}; this is {}", percent(error.max), percent(error.have))
        }
        Stake::EntriesPaused(_) => "the network is paused: nothing can be staked until it goes on".into(),
        Stake::ExitsPaused(error) => {
            format!("the network is paused: stake cannot leave until {} at the latest", moment(error.until))
        }
        Stake::PauseTooSoon(error) => {
            format!("the exits can be closed again from {}", moment(error.until))
        }
        Stake::CommissionAbove(error) => format!(
            "the node takes or has announced a commission of {}, and at most {} was accepted",
            percent(error.have),
            percent(error.max)
        ),
        Stake::NodeRotatedTo(error) => format!("the node has a new key: {}", error.next),
        Stake::NotIdleYet(error) => format!("the node can be marked as idle after {}", moment(error.at)),
        Stake::AlreadyIdle(error) => format!("{} is marked as idle already", error.node),
        Stake::NotACoordinator(error) => format!("{} was never registered as a coordinator", error.node),
        Stake::NotAMiner(error) => format!("{} was never registered as a miner", error.node),
        Stake::EvidenceSpent(_) => "this offence was punished before".into(),
        Stake::PoolWiped(_) => "slashes took all stake behind the node, so it takes no more".into(),
        Stake::AccessManagedUnauthorized(error) => format!("{} has no role that may do that", error.caller),
        _ => return None,
    })
}

fn settlement(error: Payment) -> Option<String> {
    Some(match error {
        Payment::NotAllowed(error) => format!("the node {} is not owned by {}", error.node, error.caller),
        Payment::KeyReplaced(error) => replaced(error.node),
        Payment::IsRetired(_) => {
            "this settlement contract was retired: it pays what is owed, and takes nothing new".into()
        }
        Payment::EscrowShort(error) => {
            format!("this needs {} of escrow; there is {}", cai(error.need), cai(error.have))
        }
        Payment::NothingThawing(_) => "no escrow of this coordinator is thawing".into(),
        Payment::StillThawing(error) => format!("the escrow is still thawing until {}", moment(error.availableAt)),
        Payment::NothingOwed(_) => "all of it was paid before".into(),
        Payment::NothingPaid(error) => {
            format!("{} is owed, and neither escrow nor stake of the coordinator is left", cai(error.owed))
        }
        Payment::CollectNotDue(error) => {
            format!("the payment was started, and pays from {}", moment(error.availableAt))
        }
        Payment::BadLines(error) => format!("a batch has lines of 40 bytes; this one has {} bytes", error.length),
        Payment::NumberTooLarge(error) => format!("{} is too large for the number of a ticket", error.number),
        Payment::WrongTicket(_) => "the receipt answers another ticket".into(),
        Payment::TicketSettled(error) => {
            format!("ticket {} is accounted for: accounts reach to {}", error.number, error.through)
        }
        Payment::TicketNotDue(error) => {
            format!("the coordinator has time to settle this ticket until {}", moment(error.claimableAt))
        }
        Payment::TicketExpired(error) => {
            format!("the ticket could be claimed until {} only", moment(error.claimableUntil))
        }
        Payment::ClaimOrder(error) => format!(
            "tickets are claimed in ascending order: {} comes before {}, which was claimed",
            error.number, error.last
        ),
        Payment::BadSignature(error) => format!("the signature is not {}'s", error.signer),
        Payment::NoContradiction(_) => "the vouchers do not contradict each other".into(),
        Payment::NotShort(_) => "no batch settled less than this voucher says".into(),
        Payment::AlreadyPunished(error) => format!(
            "the coordinator was punished for this miner up to ticket {}; more can be proven after {}",
            error.through,
            moment(U256::from(error.until))
        ),
        Payment::NotAnnounced(error) => not_announced(error.time),
        Payment::AlreadyAnnounced(error) => announced(error.expires),
        Payment::NothingToSlash(error) => {
            let node = error.node;
            format!("no stake is left behind the node {node}, or it was punished in this unbonding period already")
        }
        _ => return None,
    })
}

fn replaced(node: Address) -> String {
    format!("the key of {node} was replaced, and what it has signed counts no more")
}

/// Why a proof that was announced at `time`, or never, is refused.
fn not_announced(time: U256) -> String {
    if time.is_zero() {
        return "the sender has not announced this proof; announce it first, as `cuckoo dispute prove` does".into();
    }
    format!("this proof was announced at {}, and is accepted from a minute to a day after that", moment(time))
}

fn announced(expires: U256) -> String {
    format!("this was announced before; it can be announced again from {}", moment(expires))
}

fn court(error: Court) -> Option<String> {
    Some(match error {
        Court::NotAnnounced(error) => not_announced(error.time),
        Court::AlreadyAnnounced(error) => announced(error.expires),
        Court::Retired(_) => "this court was retired: it decides its open cases, and takes no new ones".into(),
        Court::AlreadyDisputed(_) => "a dispute over these receipts is open, or was decided".into(),
        Court::NoJury(error) if error.have.is_zero() => "no miner has declared yet that it can judge".into(),
        Court::NoJury(error) => format!(
            "too few miners have declared that they can judge: {} of own stake, and {} is needed",
            cai(error.have),
            cai(error.need)
        ),
        Court::NotOpen(_) => "no such dispute is open".into(),
        Court::JoinClosed(_) => "a dispute can be joined until the epoch of its first draw ends".into(),
        Court::TooManyChallengers(_) => "the dispute has as many challengers as it can have".into(),
        Court::AlreadyChallenger(error) => format!("{} is a challenger of this dispute already", error.challenger),
        Court::NothingToWithdraw(error) => format!("the dispute has nothing for {}", error.challenger),
        Court::SeedUnknown(error) => {
            format!("nobody has recorded the seed of the draw, which is round {}", error.round)
        }
        Court::NotSummonPhase(_) => "jurors are summoned in the first half of a draw's epoch".into(),
        Court::NotCommitPhase(_) => "votes are committed in the epoch of a draw".into(),
        Court::NotRevealPhase(_) => "votes are revealed in the epoch after that of the draw".into(),
        Court::NotOver(_) => "the draw is not over".into(),
        Court::NotJuror(error) => format!("{} has no seat in this draw", error.node),
        Court::AlreadyCommitted(error) => format!("{} has committed already", error.node),
        Court::NothingToReveal(error) => format!("{} has no vote to reveal", error.node),
        Court::BadVote(_) => "a vote is guilty, innocent or unavailable".into(),
        Court::BadReveal(_) => "vote and salt are not those committed to".into(),
        Court::NothingToSettle(error) => format!("{} took no part in this draw, or is settled", error.node),
        Court::OutOfGas(_) => "a call to the staking contract ran out of gas; --gas-limit gives more".into(),
        _ => return None,
    })
}

fn evidence(error: Proof) -> Option<String> {
    Some(match error {
        Proof::WindowClosed(error) => format!("the receipt could be disputed until {} only", moment(error.at)),
        Proof::BadReceiptCount(error) => format!("a dispute is over 1 to 32 receipts; these are {}", error.count),
        Proof::NotAscending(_) => "the receipts are not in ascending order, or one is there twice".into(),
        Proof::MixedCase(_) => "all receipts of a dispute are by one miner and for one model".into(),
        Proof::AlreadyPunished(error) => format!("the receipt {} was punished before", error.receipt),
        Proof::SameReceipt(_) => "both receipts say the same".into(),
        _ => return None,
    })
}

fn juror(error: Juror) -> Option<String> {
    Some(match error {
        Juror::NotAnActiveMiner(error) => format!("{} is not the key of an active miner", error.node),
        Juror::GeneralIsImplied(_) => {
            "the hash of all zeros is not a model: a miner that declares any model counts for all".into()
        }
        Juror::NotDeclared(error) => format!("{} has not declared the model {}", error.node, error.manifest),
        _ => return None,
    })
}

fn block(error: Block) -> Option<String> {
    Some(match error {
        Block::RoundKnown(error) => format!("round {} is recorded already", error.round),
        Block::UnknownBlock(_) => "the chain does not know this block, or has forgotten its hash".into(),
        Block::NotTheParent(_) => "the other header is not that of the block before".into(),
        Block::NotTheFirstBlock(error) => format!("the block is not the first one at or after {}", error.round),
        _ => return None,
    })
}

fn drand(error: Drand) -> Option<String> {
    Some(match error {
        Drand::BadRoundSignature(error) => format!("the signature of round {} is not the network's", error.round),
        _ => return None,
    })
}

fn emission(error: Emission) -> Option<String> {
    Some(match error {
        Emission::PeriodRunning(error) => format!("the present period runs until {}", moment(error.until)),
        Emission::NobodyEarns(_) => "no node of this role earns, so no period begins".into(),
        Emission::ReserveEmpty(error) => format!("the reserve has {} left, too little for a period", cai(error.left)),
        _ => return None,
    })
}

fn access(error: Access) -> Option<String> {
    Some(match error {
        Access::AccessManagerUnauthorizedAccount(error) => format!("{} has no role that may do that", error.msgsender),
        Access::AccessManagerUnauthorizedCall(error) => format!("{} may not make this call", error.caller),
        Access::AccessManagerNotReady(_) => "what was scheduled has to wait longer".into(),
        Access::AccessManagerNotScheduled(_) => "this has to be scheduled first".into(),
        Access::AccessManagerExpired(_) => "what was scheduled has expired".into(),
        _ => return None,
    })
}

/// A share in hundredths of a percent, as text.
fn percent(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

fn faucet(error: Drip) -> Option<String> {
    Some(match error {
        Drip::FaucetCooldown(error) => {
            format!("the faucet serves this address again from {}", moment(error.availableAt))
        }
        Drip::FaucetDailyCap(error) => {
            format!(
                "the faucet has given out all of today's {}; it goes on at {}",
                cai(error.cap),
                moment(error.availableAt)
            )
        }
        Drip::FaucetEmpty(error) => {
            format!("the faucet holds {} and would need {}", cai(error.have), cai(error.need))
        }
        Drip::BadWork(error) => format!(
            "the work for this request was not done: the hash has to begin with {} zero bits, for this day and address",
            error.bits
        ),
        Drip::NotAllowed(error) => format!("{} may not do that with the faucet", error.caller),
        _ => return None,
    })
}

fn token(error: Token) -> Option<String> {
    let account = |account: Address, what: &str, have: U256, need: U256| {
        format!("{account} {what} {}, this needs {}", cai(have), cai(need))
    };
    Some(match error {
        Token::ERC20InsufficientBalance(error) => account(error.sender, "has", error.balance, error.needed),
        Token::ERC20InsufficientAllowance(error) => account(error.spender, "may take", error.allowance, error.needed),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloy::sol_types::{Revert as Words, SolError};

    use super::*;
    use alloy::primitives::B256;

    use crate::contract::{
        BlockRandomness, CAIToken, DisputeCourt, DrandRandomness, EmissionController, Evidence, Faucet, JurorRegistry,
        Settlement, Staking,
    };

    fn shown(error: impl SolError) -> (&'static str, String) {
        let revert = Revert::decode(&error.abi_encode().into());
        (revert.name, revert.words)
    }

    #[test]
    fn custom_errors_become_sentences() {
        let twenty = Cai::from_whole(20_000).base_units();
        assert_eq!(
            shown(Staking::BelowMinimum { have: twenty, need: twenty }),
            ("BelowMinimum", "own stake must be more than 20,000 CAI; it is 20,000 CAI".into())
        );
        assert_eq!(shown(Staking::InvalidRole {}), ("InvalidRole", "the staking contract refused: InvalidRole".into()));
        assert_eq!(
            shown(Staking::CommissionTooHigh { have: 5_001, max: 5_000 }).1,
            "a commission is at most 50.00 %; this is 50.01 %"
        );
        assert_eq!(
            shown(Settlement::EscrowShort { have: U256::ZERO, need: twenty }),
            ("EscrowShort", "this needs 20,000 CAI of escrow; there is 0 CAI".into())
        );
        assert_eq!(shown(DisputeCourt::JoinClosed {}).0, "JoinClosed");
        assert_eq!(
            shown(Staking::CommissionAbove { have: 1_000, max: 250 }).1,
            "the node takes or has announced a commission of 10.00 %, and at most 2.50 % was accepted"
        );
        let commitment = B256::ZERO;
        assert_eq!(
            shown(DisputeCourt::NotAnnounced { commitment, time: U256::ZERO }).1,
            "the sender has not announced this proof; announce it first, as `cuckoo dispute prove` does"
        );
        let early = shown(Settlement::NotAnnounced { commitment, time: U256::from(60) }).1;
        assert!(early.ends_with("and is accepted from a minute to a day after that"), "{early}");
        // The same name in two contracts with other arguments.
        assert!(shown(Settlement::AlreadyPunished { through: 7, until: 60 }).1.contains("up to ticket 7"));
        assert!(shown(Evidence::AlreadyPunished { receipt: B256::ZERO }).1.contains("was punished before"));
        assert!(shown(JurorRegistry::NotAnActiveMiner { node: Address::ZERO }).1.ends_with("of an active miner"));
        assert!(shown(DrandRandomness::BadRoundSignature { round: 9 }).1.contains("round 9"));
        assert!(shown(BlockRandomness::UnknownBlock { hash: B256::ZERO }).1.contains("forgotten"));
        assert_eq!(
            shown(EmissionController::PeriodRunning { until: U256::from(7) }),
            ("PeriodRunning", "the present period runs until 1970-01-01T00:00:07Z".into())
        );
        // The same name with other arguments is another error.
        let (one, two) = (Address::repeat_byte(1), Address::repeat_byte(2));
        assert!(shown(Faucet::NotAllowed { caller: one }).1.ends_with("with the faucet"));
        let foreign = shown(Settlement::NotAllowed { node: one, caller: two });
        assert!(foreign.1.contains("is not owned by"), "{foreign:?}");
        assert_eq!(shown(Faucet::FaucetEmpty { have: U256::ZERO, need: twenty }).0, "FaucetEmpty");
        let short = CAIToken::ERC20InsufficientBalance { sender: Address::ZERO, balance: U256::ZERO, needed: twenty };
        assert_eq!(shown(short).0, "ERC20InsufficientBalance");
    }

    #[test]
    fn words_of_strangers_are_shown_harmlessly() {
        let (name, text) = shown(Words::from("bad\u{1b}[31m".to_owned()));
        assert_eq!((name, text.as_str()), ("Error", "the contract refused: bad\\u{1b}[31m"));
        assert_eq!(Revert::decode(&Bytes::new()).name, "Reverted");
        assert_eq!(Revert::decode(&Bytes::from_static(&[1, 2, 3, 4, 5])).name, "Unknown");
    }
}
