//! What slashes and charges have taken, from whom and for what: read from the contracts' events alone, so that any endpoint will do.

use std::collections::BTreeMap;

use alloy::{
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    chain::{Client, Registry, decode_event},
    contract::{
        DisputeCourt::{DisputeOpened, DisputeResolved, EquivocationProven, JurorSettled},
        Settlement::{DeficitCharged, FaultProven},
        Staking::{Charged, Released, Slashed, Voted},
    },
};
use futures::future::try_join_all;
use serde::Serialize;

use super::earlier_keys::read_earlier_keys;
use crate::{
    host::clock::moment,
    terminal::{Error, Result},
};

/// The court's number for a case that ended with a verdict of guilty.
const GUILTY: u8 = 2;
/// The same for innocent.
const INNOCENT: u8 = 3;

/// Why stake was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "cause", rename_all = "kebab-case")]
pub enum Cause {
    /// A jury found the miner guilty of false answers.
    Dispute {
        /// The case.
        dispute: B256,
    },
    /// The miner was a juror and did not answer a summons, did not reveal its vote, or voted against the verdict.
    Juror {
        /// The case.
        dispute: B256,
    },
    /// The miner signed two receipts for one ticket.
    TwoReceipts {
        /// Id of the evidence.
        evidence: B256,
    },
    /// The coordinator contradicted its own voucher, or settled less than it says.
    FalseVoucher {
        /// The miner that the voucher is for.
        miner: Address,
    },
    /// The coordinator's escrow did not pay for a miner's work.
    Deficit {
        /// The miner.
        miner: Address,
    },
    /// A contract that the network's description does not name.
    Unknown,
}

impl Cause {
    /// The cause in words that follow an amount.
    pub fn words(&self) -> String {
        match self {
            Self::Dispute { dispute } => format!("guilty in the dispute {dispute}"),
            Self::Juror { dispute } => format!("docked as a juror of the dispute {dispute}"),
            Self::TwoReceipts { .. } => "two receipts for one ticket".to_owned(),
            Self::FalseVoucher { miner } => format!("a false voucher to the miner {miner}"),
            Self::Deficit { miner } => format!("unpaid work of the miner {miner}"),
            Self::Unknown => "a contract that this network's description does not name".to_owned(),
        }
    }
}

/// One slash, which takes the same part of all stake behind a node, or one charge, which takes stake of the node's owner alone.
#[derive(Clone, Debug, Serialize)]
pub struct Loss {
    /// The node, by its present key.
    pub node: Address,
    /// Its name.
    pub name: Untrusted,
    /// Everything that was taken, the owner's part and the voters'.
    pub taken: Cai,
    /// The owner's part of it.
    pub owner_loss: Cai,
    /// The part of everybody else with stake behind the node, by what each had there. A charge takes nothing of it.
    pub voters_loss: Cai,
    /// What was paid out of the owner's part to the contract that punishes; everything else was burned.
    pub reward: Cai,
    /// What was left behind the node after a slash; none for a charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<Cai>,
    /// What it was taken for.
    #[serde(flatten)]
    pub cause: Cause,
    /// When, in seconds since the Unix epoch.
    #[serde(skip)]
    pub time: Option<u64>,
    /// When (RFC 3339).
    pub at: String,
    /// The number of its block.
    pub block: u64,
    /// The transaction.
    pub transaction: B256,
    #[serde(skip)]
    order: (u64, u64),
}

impl Loss {
    /// True where voters lost their part; false for a charge, which takes stake of the owner alone.
    pub fn is_slash(&self) -> bool {
        self.left.is_some()
    }
}

/// Cases against one miner, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// Cases that are open.
    pub open: usize,
    /// Cases with the verdict guilty.
    pub guilty: usize,
    /// Cases with the verdict innocent.
    pub innocent: usize,
    /// Cases without a verdict.
    pub void: usize,
}

impl Verdicts {
    /// The cases in words, such as `1 open, 2 guilty`; `-` where there never was one.
    pub fn words(&self) -> String {
        let counts = [(self.open, "open"), (self.guilty, "guilty"), (self.innocent, "innocent"), (self.void, "void")];
        let words: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if words.is_empty() { "-".to_owned() } else { words.join(", ") }
    }
}

/// Everything that the contracts have ever taken, and the cases against each miner.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Slashes and charges, oldest first.
    pub losses: Vec<Loss>,
    cases: BTreeMap<Address, Verdicts>,
    /// The keys that nodes had before, with those that they have now.
    current: BTreeMap<Address, Address>,
}

impl Record {
    /// What was taken from a node, oldest first.
    pub fn of(&self, node: Address) -> impl Iterator<Item = &Loss> {
        self.losses.iter().filter(move |loss| loss.node == node)
    }

    /// The cases against a miner, under any of its keys.
    pub fn cases(&self, miner: Address) -> Verdicts {
        self.cases.get(&miner).copied().unwrap_or_default()
    }
}

/// What a staker lost in one slash or charge.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// The staker's part of what was taken.
    pub amount: Cai,
    /// True where the staker owns the node.
    pub own: bool,
    /// The whole of it.
    #[serde(flatten)]
    pub loss: Loss,
}

/// Reads everything that was ever taken, as of the registry's block.
pub async fn read_record(client: &Client, registry: &Registry) -> Result<Record> {
    let network = client.network();
    let contracts = [Some(network.staking), Some(network.settlement), network.court];
    let kinds = [
        Slashed::SIGNATURE_HASH,
        Charged::SIGNATURE_HASH,
        DisputeOpened::SIGNATURE_HASH,
        DisputeResolved::SIGNATURE_HASH,
        EquivocationProven::SIGNATURE_HASH,
        JurorSettled::SIGNATURE_HASH,
        FaultProven::SIGNATURE_HASH,
        DeficitCharged::SIGNATURE_HASH,
    ];
    let filter = Filter::new().address(contracts.into_iter().flatten().collect::<Vec<_>>());
    let logs = client.history_until(filter.event_signature(kinds.to_vec()), registry.block).await?;
    let mut record = Record { current: read_earlier_keys(client, registry).await?, ..Record::default() };
    let mut cases: BTreeMap<B256, (Address, u8)> = BTreeMap::new();
    for (at, log) in logs.iter().enumerate() {
        let staking = log.address() == network.staking;
        match log.topic0() {
            Some(&DisputeOpened::SIGNATURE_HASH) if !staking => {
                let event: DisputeOpened = decode_event(log)?;
                cases.insert(event.id, (event.accused, 0));
            }
            Some(&DisputeResolved::SIGNATURE_HASH) if !staking => {
                let event: DisputeResolved = decode_event(log)?;
                if let Some((_, state)) = cases.get_mut(&event.id) {
                    *state = event.state;
                }
            }
            Some(&Slashed::SIGNATURE_HASH) if staking => {
                let event: Slashed = decode_event(log)?;
                let mut loss = new(log, event.node, event.taken, event.ownerLoss, event.reward)?;
                loss.left = Some(Cai::from_base_units(event.left));
                record.losses.push(Loss { cause: cause(log, &logs[at + 1..])?, ..loss });
            }
            Some(&Charged::SIGNATURE_HASH) if staking => {
                let event: Charged = decode_event(log)?;
                let taken = event.fromActive.saturating_add(event.fromUnbonding);
                let loss = new(log, event.node, taken, taken, event.reward)?;
                record.losses.push(Loss { cause: cause(log, &logs[at + 1..])?, ..loss });
            }
            _ => {}
        }
    }
    for (accused, state) in cases.into_values() {
        let verdicts = record.cases.entry(record.current.get(&accused).copied().unwrap_or(accused)).or_default();
        *match state {
            0 => &mut verdicts.open,
            GUILTY => &mut verdicts.guilty,
            INNOCENT => &mut verdicts.innocent,
            _ => &mut verdicts.void,
        } += 1;
    }
    for loss in &mut record.losses {
        loss.node = record.current.get(&loss.node).copied().unwrap_or(loss.node);
        loss.name = registry.node(&loss.node).map(|node| node.name.clone()).unwrap_or_default();
    }
    let times = try_join_all(record.losses.iter().map(async |loss| match loss.time {
        Some(time) => Ok(time),
        None => match client.block(loss.block).await? {
            Some(block) => Ok(block.timestamp),
            None => Err(Error::unavailable(format_args!("the endpoint lacks block {}", loss.block))),
        },
    }));
    let times = times.await?;
    for (loss, time) in record.losses.iter_mut().zip(times) {
        (loss.time, loss.at) = (Some(time), moment(time));
    }
    Ok(record)
}

/// Where an event is in the chain: the numbers of its block and in it.
fn place(log: &Log) -> Result<(u64, u64)> {
    log.block_number.zip(log.log_index).ok_or_else(without_place)
}

fn without_place() -> Error {
    Error::unavailable("the endpoint gave an event without its place in the chain")
}

/// A loss whose cause and time are to be found; endpoints need not say when a log's block was.
fn new(log: &Log, node: Address, taken: U256, owner: U256, reward: U256) -> Result<Loss> {
    let order = place(log)?;
    let transaction = log.transaction_hash.ok_or_else(without_place)?;
    Ok(Loss {
        node,
        name: Untrusted::default(),
        taken: Cai::from_base_units(taken),
        owner_loss: Cai::from_base_units(owner),
        voters_loss: Cai::from_base_units(taken.saturating_sub(owner)),
        reward: Cai::from_base_units(reward),
        left: None,
        cause: Cause::Unknown,
        time: log.block_timestamp,
        at: String::new(),
        block: order.0,
        transaction,
        order,
    })
}

/// The contract that has stake taken tells why in the same transaction, after the staking contract has told that it was taken.
fn cause(log: &Log, later: &[Log]) -> Result<Cause> {
    let staking = log.address();
    let same = later.iter().take_while(|later| later.transaction_hash == log.transaction_hash);
    for log in same {
        return Ok(match log.topic0() {
            _ if log.address() == staking => Cause::Unknown,
            Some(&DisputeResolved::SIGNATURE_HASH) => {
                Cause::Dispute { dispute: decode_event::<DisputeResolved>(log)?.id }
            }
            Some(&JurorSettled::SIGNATURE_HASH) => Cause::Juror { dispute: decode_event::<JurorSettled>(log)?.id },
            Some(&EquivocationProven::SIGNATURE_HASH) => {
                Cause::TwoReceipts { evidence: decode_event::<EquivocationProven>(log)?.evidence }
            }
            Some(&FaultProven::SIGNATURE_HASH) => {
                Cause::FalseVoucher { miner: decode_event::<FaultProven>(log)?.miner }
            }
            Some(&DeficitCharged::SIGNATURE_HASH) => {
                Cause::Deficit { miner: decode_event::<DeficitCharged>(log)?.miner }
            }
            _ => continue,
        });
    }
    Ok(Cause::Unknown)
}

/// Reads what a staker lost of what was taken, oldest first.
pub async fn read_shares(client: &Client, staker: Address, registry: &Registry, record: &Record) -> Result<Vec<Share>> {
    if record.losses.is_empty() {
        return Ok(vec![]);
    }
    let filter = Filter::new().address(client.network().staking);
    let filter = filter.event_signature(vec![Voted::SIGNATURE_HASH, Released::SIGNATURE_HASH]);
    let mut moves = vec![];
    for log in client.history_until(filter.topic1(staker.into_word()), registry.block).await? {
        let order = place(&log)?;
        let (node, amount, is_vote) = match log.topic0() {
            Some(&Voted::SIGNATURE_HASH) => {
                decode_event::<Voted>(&log).map(|event| (event.node, event.amount, true))?
            }
            _ => decode_event::<Released>(&log).map(|event| (event.node, event.amount, false))?,
        };
        let node = record.current.get(&node).copied().unwrap_or(node);
        moves.push(Move { order, node, amount, is_vote });
    }
    let owns = |node: Address| registry.node(&node).is_some_and(|node| node.owner == staker);
    Ok(shares(&moves, &record.losses, owns))
}

/// Stake that a staker put behind a node, or that left it after it had unbonded.
#[derive(Clone, Copy, Debug)]
struct Move {
    order: (u64, u64),
    node: Address,
    amount: U256,
    is_vote: bool,
}

/// What a staker lost: what it had behind each node is followed through its votes, through what it took back, and through each
/// slash, which takes the same part of everything behind a node. The contract counts in shares, so this is exact but for a few wei.
fn shares(moves: &[Move], losses: &[Loss], owns: impl Fn(Address) -> bool) -> Vec<Share> {
    let mut held: BTreeMap<Address, U256> = BTreeMap::new();
    let mut moves = moves.iter().peekable();
    let mut found = vec![];
    for loss in losses {
        while let Some(earlier) = moves.next_if(|earlier| earlier.order < loss.order) {
            let stake = held.entry(earlier.node).or_default();
            *stake = match earlier.is_vote {
                true => stake.saturating_add(earlier.amount),
                false => stake.saturating_sub(earlier.amount),
            };
        }
        let own = owns(loss.node);
        let Some(stake) = held.get_mut(&loss.node).filter(|stake| own || !stake.is_zero()) else { continue };
        let taken = loss.taken.base_units();
        let part = match loss.left {
            _ if own => loss.owner_loss.base_units(),
            Some(left) => {
                stake.saturating_mul(taken).checked_div(taken.saturating_add(left.base_units())).unwrap_or_default()
            }
            None => U256::ZERO,
        };
        *stake = stake.saturating_sub(part);
        if !part.is_zero() {
            found.push(Share { amount: Cai::from_base_units(part), own, loss: loss.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Address = Address::repeat_byte(1);

    fn loss(order: u64, taken: u64, owner: u64, left: Option<u64>) -> Loss {
        let units = |units: u64| Cai::from_base_units(U256::from(units));
        Loss {
            node: NODE,
            name: Untrusted::default(),
            taken: units(taken),
            owner_loss: units(owner),
            voters_loss: units(taken - owner),
            reward: Cai::ZERO,
            left: left.map(units),
            cause: Cause::Unknown,
            time: Some(1),
            at: String::new(),
            block: order,
            transaction: B256::ZERO,
            order: (order, 0),
        }
    }

    fn moved(order: u64, node: Address, amount: u64, is_vote: bool) -> Move {
        Move { order: (order, 0), node, amount: U256::from(amount), is_vote }
    }

    fn amounts(moves: &[Move], losses: &[Loss], own: bool) -> Vec<u64> {
        shares(moves, losses, |_| own).iter().map(|share| share.amount.base_units().to()).collect()
    }

    #[test]
    fn voters_lose_by_what_they_have_and_only_of_what_they_have_at_the_time() {
        let other = Address::repeat_byte(2);
        let moves = [
            moved(1, NODE, 100, true),
            moved(1, other, 900, true),
            // It comes after the first slash, of a fifth, and before the second, of a half.
            moved(5, NODE, 20, true),
            moved(7, NODE, 40, false),
        ];
        let losses = [loss(3, 200, 100, Some(800)), loss(6, 500, 0, Some(500)), loss(8, 10, 10, Some(90))];
        assert_eq!(amounts(&moves, &losses, false), [20, 50, 1], "of 100, of 80 + 20, of 50 - 40");
        assert_eq!(amounts(&moves[1..2], &losses, false), [0u64; 0], "another node's voter");
        assert_eq!(amounts(&[moved(9, NODE, 5, true)], &losses, false), [0u64; 0], "it came later");
    }

    #[test]
    fn charges_take_from_the_owner_alone() {
        let losses = [loss(3, 30, 30, None), loss(4, 200, 70, Some(800))];
        let moves = [moved(1, NODE, 100, true)];
        assert_eq!(amounts(&moves, &losses, true), [30, 70], "the contract says what the owner lost");
        assert_eq!(amounts(&moves, &losses, false), [20]);
    }

    #[test]
    fn cases_are_told_in_words() {
        assert_eq!(Verdicts::default().words(), "-");
        assert_eq!(Verdicts { open: 1, guilty: 2, innocent: 0, void: 3 }.words(), "1 open, 2 guilty, 3 void");
    }
}
