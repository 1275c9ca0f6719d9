//! The coordinator's money on chain: what the contract says of it, and settlements with miners.

use std::{sync::Arc, time::Duration};

use cuckoo_protocol::{
    Address, B256, Cai, U256,
    chain::{Call, ChainError, Client, SendError, Sender},
    contract::{MAX_TICKET, Settlement},
    coordinator::{Coordinator, Funds},
    ledger::Terms,
};
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::shared::Shared;

/// The most miners of one settlement: about 7,000 gas each, 24,000 for a miner that was never settled with (`contracts/snapshots`).
const BATCH: usize = 200;
/// Bytes of an amount in a line of a settlement.
const AMOUNT: usize = 12;
/// This many settlements fit into the delay of claims: some may fail, and each takes its time.
const PERIODS: u32 = 4;
/// The time between two settlements, unless an operator says otherwise, is at most this. It bounds what a settlement costs.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The shortest time between two settlements, on development networks whose claims have hardly any delay.
const SHORTEST: Duration = Duration::from_secs(1);
/// How long a settlement may take to be mined before the next one looks after it.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// Reads what the chain says of a coordinator's money as of a block. `None` where the escrow is as it was known: every settlement and redemption takes something out of it.
pub(super) async fn read_funds(
    client: &Client,
    coordinator: Address,
    known: Option<u128>,
    creditors: impl AsyncFnOnce() -> Vec<Address>,
    block_hash: B256,
) -> Result<Option<Funds>, ChainError> {
    let escrow = client.prepaid(coordinator, block_hash).await?;
    if known == Some(escrow) {
        return Ok(None);
    }
    let miners = creditors().await;
    let settled = read_settled(client, coordinator, &miners, block_hash).await?.into_iter();
    let settled = settled.map(|settled| settled.base_units().saturating_to());
    Ok(Some(Funds { escrow, settled: miners.into_iter().zip(settled).collect() }))
}

/// Reads what the chain has settled for each of these miners, by settlements, vouchers and claims, as of a block.
pub async fn read_settled(
    client: &Client,
    coordinator: Address,
    miners: &[Address],
    block_hash: B256,
) -> Result<Vec<Cai>, ChainError> {
    let settlement = client.network().settlement;
    let calls: Vec<_> = miners.iter().map(|miner| account_of(coordinator, *miner)).collect();
    let accounts = client.read_all_at_block(settlement, calls, block_hash).await?;
    let claimed_of = |&miner: &Address| Settlement::claimedUpToCall { coordinator, miner, number: MAX_TICKET };
    let calls: Vec<_> = miners.iter().map(claimed_of).collect();
    let claimed = client.read_all_at_block(settlement, calls, block_hash).await?;
    let settled = accounts.iter().zip(claimed).map(|(account, claimed)| U256::from(account.settled) + claimed);
    Ok(settled.map(Cai::from_base_units).collect())
}

fn account_of(coordinator: Address, miner: Address) -> Settlement::accountOfCall {
    Settlement::accountOfCall { coordinator, miner }
}

/// A line of a settlement, and what it moves from escrow to what is promised to the miner.
#[derive(Clone, Debug)]
pub struct Line {
    /// The miner.
    pub miner: Address,
    /// Its terms.
    pub terms: Terms,
    /// What is new in them; nothing where only tickets that owe nothing are new.
    pub new: Cai,
}

impl Line {
    /// Bytes of a line: the miner, what it is owed in all, and the last ticket that this covers.
    const LENGTH: usize = 20 + AMOUNT + 8;

    fn pack(&self, lines: &mut Vec<u8>) {
        lines.extend_from_slice(self.miner.as_slice());
        lines.extend_from_slice(&self.terms.cumulative.to_be_bytes()[size_of::<u128>() - AMOUNT..]);
        lines.extend_from_slice(&self.terms.through.to_be_bytes());
    }
}

/// The lines of a settlement that would change something: miners whose terms are ahead of the chain, in money or in tickets. A
/// ticket that owes nothing has to be settled too: until then its miner can claim it.
pub async fn due(
    client: &Client,
    settlement: Address,
    coordinator: Address,
    accounts: &[(Address, Terms)],
) -> Result<Vec<Line>, ChainError> {
    let block = client.head().await?.hash;
    let calls: Vec<_> = accounts.iter().map(|(miner, _)| account_of(coordinator, *miner)).collect();
    let on_chain = client.read_all_at_block(settlement, calls, block).await?;
    let claimed_of = |&(miner, Terms { through: number, .. }): &(Address, Terms)| Settlement::claimedUpToCall {
        coordinator,
        miner,
        number,
    };
    let calls: Vec<_> = accounts.iter().map(claimed_of).collect();
    let claimed = client.read_all_at_block(settlement, calls, block).await?;
    let line = |((&(miner, terms), account), claimed): ((&(Address, Terms), Settlement::Account), U256)| {
        let paid = U256::from(account.settled).saturating_add(claimed);
        let new = Cai::from_base_units(U256::from(terms.cumulative).saturating_sub(paid));
        // More than every CAI there is: a journal that says so is wrong, and the contract has no room for it.
        let fits = terms.cumulative >> (8 * AMOUNT) == 0;
        (fits && (!new.is_zero() || terms.through > account.through)).then_some(Line { miner, terms, new })
    };
    Ok(accounts.iter().zip(on_chain).zip(claimed).filter_map(line).collect())
}

/// A settlement of these lines in one transaction: what it moves in all, what it is called, and the call.
pub fn settlement_call(settlement: Address, coordinator: Address, lines: &[Line]) -> (Cai, String, Call) {
    let total = lines.iter().map(|line| line.new).sum();
    let mut packed = Vec::with_capacity(lines.len() * Line::LENGTH);
    lines.iter().for_each(|line| line.pack(&mut packed));
    let call = Call::new(settlement, &Settlement::settleCall { coordinator, lines: packed.into() });
    (total, format!("Settle {total} with {} miners", lines.len()), call)
}

/// The lines by transaction. Those without new money, which void tickets before their miners can claim them, come first and by
/// themselves: a batch that the escrow cannot pay is refused whole.
pub fn batches(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let (void, owed): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.new.is_zero());
    [void, owed].iter().flat_map(|lines| lines.chunks(BATCH)).map(<[Line]>::to_vec).collect()
}

/// How often to settle: what the operator says, or a fitting time. Refused where a miner could claim a ticket that owes nothing
/// before the coordinator has settled it.
pub(super) async fn check_period(client: &Client, every: Option<Duration>) -> Result<Option<Duration>, PeriodError> {
    let delay = client.read(client.network().settlement, &Settlement::claimDelayCall {}).await?;
    let period = period(delay, every)?;
    if period.is_none() {
        tracing::warn!(
            "nothing is settled by itself; miners can claim tickets that owe nothing before you settle them"
        );
    }
    Ok(period)
}

/// The period for a delay of claims in seconds; `None` for never.
fn period(delay: u64, every: Option<Duration>) -> Result<Option<Duration>, PeriodError> {
    let longest = (Duration::from_secs(delay) / PERIODS).max(SHORTEST);
    match every {
        None => Ok(Some(longest.min(LONGEST))),
        Some(every) if every.is_zero() => Ok(None),
        Some(every) if every > longest => Err(PeriodError::TooLong { every, longest }),
        Some(every) => Ok(Some(every)),
    }
}

/// Why a period of settlement is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum PeriodError {
    /// The chain cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// Miners could claim tickets before they are settled.
    #[error(
        "settling every {} is too rare: on this network miners can claim a ticket soon after its deadline, and four settlements \
         have to fit in between",
        humantime::format_duration(*every)
    )]
    TooLong {
        /// The period that was asked for.
        every: Duration,
        /// The longest one that is accepted.
        longest: Duration,
    },
}

/// Settles at once and then at regular times, with the node's own key and coin: a coordinator that restarts often would else settle
/// nothing in time. A failure is logged, and the next settlement tries again.
pub(super) async fn settle_regularly(
    shared: Arc<Shared>,
    sender: Sender,
    settlement: Address,
    every: Duration,
    stop: CancellationToken,
) {
    let mut interval = time::interval(every);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        match stop.run_until_cancelled(Box::pin(settle_all(&shared, &sender, settlement))).await {
            None => return,
            Some(Ok(())) => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "cannot settle; the vouchers stay valid, and the next settlement tries again");
            }
        }
    }
}

/// Settles everything that is due. A batch that the contract refuses does not keep the others back; the first refusal is returned
/// at the end.
async fn settle_all(shared: &Shared, sender: &Sender, settlement: Address) -> Result<(), SendError> {
    let read =
        |machine: &Coordinator| machine.accounts().iter().map(|(miner, terms, _)| (miner, terms)).collect::<Vec<_>>();
    let accounts = shared.handle.read_durable(read).await;
    sender.resume().await?;
    let lines = due(sender.client(), settlement, shared.address(), &accounts).await?;
    let mut refused = None;
    for batch in batches(lines) {
        let miners = batch.len();
        let (total, title, call) = settlement_call(settlement, shared.address(), &batch);
        match Box::pin(sender.send(title, &call)).await {
            Ok(_) => tracing::info!(%total, miners, "settled"),
            Err(error @ (SendError::Chain(ChainError::Reverts(_)) | SendError::Reverted { .. })) => {
                tracing::warn!(%error, %total, miners, "a batch of the settlement is refused");
                refused.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    refused.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_forty_bytes_in_the_order_of_the_contract() {
        let terms = Terms { through: 0x0102, cumulative: 0x0a0b };
        let line = Line { miner: Address::repeat_byte(0xee), terms, new: Cai::ZERO };
        let (_, title, call) = settlement_call(Address::ZERO, Address::ZERO, &[line.clone(), line]);
        let expected = [&[0xee; 20][..], &[0; 10], &[0x0a, 0x0b], &[0; 6], &[1, 2]].concat();
        assert_eq!(expected.len(), Line::LENGTH);
        let data = alloy::hex::encode(&call.data);
        assert!(data.contains(&alloy::hex::encode([&expected[..], &expected].concat())), "{data}");
        assert_eq!(title, "Settle 0 CAI with 2 miners");
    }

    #[test]
    fn lines_without_new_money_are_settled_first_and_by_themselves() {
        let line = |miner: u8, new: u64| Line {
            miner: Address::repeat_byte(miner),
            terms: Terms { through: 1, cumulative: new.into() },
            new: Cai::from_base_units(U256::from(new)),
        };
        let sizes = |batches: &[Vec<Line>]| batches.iter().map(Vec::len).collect::<Vec<_>>();
        let mixed = batches(vec![line(1, 5), line(2, 0), line(3, 6), line(4, 0)]);
        let miners =
            mixed.iter().map(|batch| batch.iter().map(|line| line.miner[0]).collect()).collect::<Vec<Vec<_>>>();
        assert_eq!(miners, [[2, 4], [1, 3]]);
        assert!(batches(vec![]).is_empty());
        let many = [vec![line(1, 0); 3], vec![line(2, 1); BATCH + 1]].concat();
        assert_eq!(sizes(&batches(many)), [3, BATCH, 1]);
    }

    #[test]
    fn the_shortest_period_is_accepted_however_short_the_delay() {
        let seconds = Duration::from_secs;
        for delay in 0..4 {
            assert!(matches!(period(delay, None), Ok(Some(every)) if every == SHORTEST), "{delay}");
            assert!(matches!(period(delay, Some(SHORTEST)), Ok(Some(every)) if every == SHORTEST), "{delay}");
            let refused = period(delay, Some(seconds(2)));
            assert!(
                matches!(refused, Err(PeriodError::TooLong { longest, .. }) if longest == SHORTEST),
                "{delay}: {refused:?}"
            );
            assert!(matches!(period(delay, Some(seconds(0))), Ok(None)), "{delay}");
        }
        assert!(matches!(period(20, Some(seconds(5))), Ok(Some(_))));
        assert!(matches!(period(20, Some(seconds(6))), Err(PeriodError::TooLong { .. })));
        assert!(matches!(period(1_000_000, None), Ok(Some(LONGEST))));
    }
}
