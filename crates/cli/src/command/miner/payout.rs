//! `cuckoo miner payout|redeem|claim`: collects what coordinators owe a miner without their help, and proves their faults. A running
//! miner does the same with the plan of [`cuckoo_protocol::miner::payout`].

use std::collections::BTreeSet;

use cuckoo_protocol::{
    Address, B256, Cai, U256,
    amount::DECIMALS,
    chain::Call,
    contract::{Role, Settlement, Staking},
    miner::{
        Claim,
        payout::{Books, Kept, Pair, Plan, Reason, Step, Taken, Wait, plan},
    },
};
use serde::Serialize;

use super::earnings;
use crate::{
    account::{
        earlier_keys::with_earlier_keys,
        node_reference::{NodeReference, find_node, read_registry},
        session::{Sent, Session, Summary},
    },
    args::TransactionOptions,
    command::{
        escrow::{self, Collected, PaidOut},
        shared::{moved::Moved, steps::Steps},
    },
    context::Context,
    host::{clock::moment, env},
    node::{
        announcements::{AnnouncementError, Announcements},
        miner::payout::{Announced, call_of, read_books},
    },
    terminal::{Error, Result},
};

/// Options of `cuckoo miner payout`.
#[derive(Debug, clap::Args)]
pub(super) struct PayoutArgs {
    #[command(flatten)]
    kept: earnings::Kept,
    /// How the transactions are sent; there is one for each thing that can be done.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Options of `cuckoo miner redeem`.
#[derive(Debug, clap::Args)]
pub(super) struct RedeemArgs {
    /// Coordinator whose voucher to redeem, by address or name [default: every coordinator]
    coordinator: Option<NodeReference>,
    #[command(flatten)]
    kept: earnings::Kept,
    /// How the transactions are sent; there is one for each coordinator, and one that pays all of them out.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Options of `cuckoo miner claim`.
#[derive(Debug, clap::Args)]
pub(super) struct ClaimArgs {
    #[command(flatten)]
    kept: earnings::Kept,
    /// How the transactions are sent; there is one for each voucher, one for each ticket, and one that pays all of them out.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Which steps a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Redeem,
    Claim,
    Everything,
}

impl Scope {
    const fn includes(self, step: &Step) -> bool {
        match step {
            Step::Redeem { .. } | Step::PayOut { .. } => true,
            Step::Claim { .. } => !matches!(self, Self::Redeem),
            Step::Announce { .. } | Step::Prove { .. } | Step::Collect { .. } => matches!(self, Self::Everything),
        }
    }
}

/// What was done, and what has to wait.
#[derive(Debug, Default, Serialize)]
struct Earned {
    /// What each voucher was worth, before the burn.
    redeemed: Vec<Moved>,
    /// What each ticket was worth, before the burn.
    claimed: Vec<Claimed>,
    /// The steps of collecting what coordinators have settled.
    collected: Vec<Collected>,
    /// The payments to the miners' owners, but for those of a collection.
    paid: Vec<PaidOut>,
    /// The steps of proving coordinators' faults.
    proofs: Vec<Proof>,
    /// What has to wait.
    waits: Vec<Waiting>,
}

impl Earned {
    /// All transactions.
    fn transactions(&self) -> impl Iterator<Item = &Sent> {
        let proofs = self.proofs.iter().map(|proof| &proof.transaction);
        let claimed = self.claimed.iter().map(|claimed| &claimed.moved);
        let credited = self.redeemed.iter().chain(claimed).map(|moved| &moved.transaction);
        let collected = self.collected.iter().map(|collected| &collected.transaction);
        proofs.chain(credited).chain(collected).chain(self.paid.iter().map(|paid| &paid.transaction))
    }

    /// True where something was credited that no transaction here pays out.
    fn is_credit_left(&self) -> bool {
        let mut credited = self.redeemed.iter().chain(self.claimed.iter().map(|claimed| &claimed.moved));
        credited.any(|moved| moved.transaction.block().is_none())
    }
}

#[derive(Debug, Serialize)]
struct Claimed {
    ticket: B256,
    #[serde(flatten)]
    moved: Moved,
}

/// One step of proving a fault.
#[derive(Debug, Serialize)]
struct Proof {
    coordinator: Address,
    miner: Address,
    /// `contradiction` or `short-settlement`.
    fault: &'static str,
    /// `announced` or `proven`.
    step: &'static str,
    transaction: Sent,
}

/// Something that has to wait.
#[derive(Debug, Serialize)]
struct Waiting {
    coordinator: Address,
    miner: Address,
    /// `tickets`, `collection` or `proof`.
    what: &'static str,
    /// How many tickets, where it is tickets.
    #[serde(skip_serializing_if = "Option::is_none")]
    tickets: Option<usize>,
    /// What it is worth, before the burn.
    amount: Cai,
    /// From when it can be done (RFC 3339).
    available_at: String,
    decimals: usize,
}

impl From<&Wait> for Waiting {
    fn from(&Wait { pair: (coordinator, miner), reason, amount, from }: &Wait) -> Self {
        let tickets = match reason {
            Reason::Tickets(count) => Some(count),
            Reason::Collection | Reason::Proof => None,
        };
        let available_at = moment(from);
        Self { coordinator, miner, what: reason.as_str(), tickets, amount, available_at, decimals: DECIMALS }
    }
}

impl Waiting {
    fn text(&self) -> String {
        let Self { coordinator, amount, available_at, .. } = self;
        match (self.what, self.tickets) {
            (_, Some(count)) => format!(
                "{amount} for {count} answered tickets of {coordinator} can be claimed from {available_at}, unless a voucher covers them"
            ),
            ("collection", _) => format!("{amount} that {coordinator} settled is paid from {available_at}"),
            _ => format!("the proof of a fault of {coordinator} is accepted from {available_at}"),
        }
    }
}

/// Runs `cuckoo miner payout`: does whatever can be done for the miner and its owner now.
pub(super) async fn payout(args: PayoutArgs, context: &Context) -> Result<()> {
    let kept = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let (client, caller) = (session.client(), session.address()?);
    let registry = with_earlier_keys(client, read_registry(client).await?).await?;
    let nodes = || registry.nodes.values();
    let mut miners: BTreeSet<_> = kept.pairs().into_iter().map(|(_, miner)| miner).collect();
    let is_own =
        |node: &&cuckoo_protocol::chain::Node| node.role == Role::Miner && [node.owner, node.address].contains(&caller);
    miners.extend(nodes().filter(is_own).map(|node| node.address));
    let coordinators = nodes().filter(|node| node.role == Role::Coordinator).map(|node| node.address);
    let mut pairs = kept.pairs();
    pairs.extend(coordinators.flat_map(|coordinator| miners.iter().map(move |miner| (coordinator, *miner))));
    let (earned, steps) = Turn::new(&session, kept, pairs, Scope::Everything).run().await;
    earned.waits.iter().for_each(|wait| session.printer.say(wait.text()));
    let data = serde_json::to_value(&earned)?;
    steps.finish(&session.printer, &earned, earned.transactions(), || {
        let error = Error::precondition("nothing can be paid out at the moment").data(data);
        match earned.waits.iter().map(|wait| &wait.available_at).min() {
            Some(at) => error.hint(format_args!("the next step is possible from {at}; run this again then")),
            None => error.hint("to see what is owed: cuckoo miner vouchers"),
        }
    })
}

/// Runs `cuckoo miner redeem`: redeems the vouchers and pays them out to the miner's owner.
pub(super) async fn redeem(args: RedeemArgs, context: &Context) -> Result<()> {
    let mut vouchers = args.kept.read()?.vouchers;
    let session = context.session(&args.transaction).await?;
    if let Some(reference) = &args.coordinator {
        let coordinator = find_node(session.client(), reference).await?;
        vouchers.retain(|signed| signed.voucher.coordinator == coordinator);
    }
    let kept = Kept { vouchers, ..Kept::default() };
    let (earned, steps) = Turn::new(&session, kept.clone(), kept.pairs(), Scope::Redeem).run().await;
    steps.finish(&session.printer, &earned, earned.transactions(), || {
        Error::precondition("every voucher is already settled on chain")
            .hint("to pay out what was settled: cuckoo escrow collect")
            .hint("to see what is owed: cuckoo miner vouchers")
    })
}

/// Runs `cuckoo miner claim`: redeems the vouchers, claims answered tickets that their coordinator has left without one, and pays
/// both out to the miner's owner.
pub(super) async fn claim(args: ClaimArgs, context: &Context) -> Result<()> {
    let Kept { vouchers, claims, .. } = args.kept.read()?;
    let session = context.session(&args.transaction).await?;
    let kept = Kept { vouchers, claims, ..Kept::default() };
    let (earned, steps) = Turn::new(&session, kept.clone(), kept.pairs(), Scope::Claim).run().await;
    let first = earned.waits.iter().filter(|wait| wait.tickets.is_some()).map(|wait| &wait.available_at).min();
    steps.finish(&session.printer, &earned, earned.transactions(), || {
        let error = Error::precondition("no answered ticket can be claimed at the moment");
        match first {
            Some(from) => error.hint(format_args!("the first one can be claimed from {from}")),
            None => error.hint("to see what is owed: cuckoo miner vouchers"),
        }
    })
}

impl From<AnnouncementError> for Error {
    fn from(error: AnnouncementError) -> Self {
        match error {
            AnnouncementError::Chain(error) => error.into(),
            AnnouncementError::Salt { .. } => Self::failure(error),
        }
    }
}

/// One run of a command: the plan is made again after each kind of steps.
struct Turn<'a> {
    session: &'a Session,
    kept: Kept,
    pairs: BTreeSet<Pair>,
    scope: Scope,
    announcements: Announcements,
    taken: Taken,
    earned: Earned,
    /// Miners for which this key may claim.
    checked: BTreeSet<Address>,
}

impl<'a> Turn<'a> {
    fn new(session: &'a Session, kept: Kept, pairs: BTreeSet<Pair>, scope: Scope) -> Self {
        let announcements = Announcements::in_directory(env::state_directory());
        let (taken, earned, checked) = Default::default();
        Self { session, kept, pairs, scope, announcements, taken, earned, checked }
    }

    /// Takes every step that can be taken, whatever becomes of the others.
    async fn run(mut self) -> (Earned, Steps) {
        let mut steps = Steps::default();
        while steps.go_on() {
            let look = self.look().await;
            let Some((plan, announced)) = steps.take(&self.session.printer, "reading what is owed", look) else {
                break;
            };
            self.earned.waits = plan.waits.iter().map(Waiting::from).collect();
            if plan.steps.is_empty() {
                break;
            }
            for step in plan.batch() {
                let (id, name) = (step.id(), name_of(&step));
                if !self.taken.allows(&id) {
                    continue;
                }
                let outcome = Box::pin(self.take(step, &announced)).await;
                match steps.take(&self.session.printer, name, outcome) {
                    Some(()) => self.taken.note_done(id),
                    None if steps.go_on() => self.taken.note_refused(id),
                    None => break,
                }
            }
        }
        if self.earned.is_credit_left() {
            self.session.printer.hint("what is credited is then paid out with: cuckoo escrow collect");
        }
        (self.earned, steps)
    }

    async fn look(&self) -> Result<(Plan, Announced)> {
        let client = self.session.client();
        let (books, announced) = match self.scope {
            Scope::Everything => {
                let finder = self.session.address()?;
                read_books(client, &self.kept, &self.pairs, finder, &self.announcements).await?
            }
            // A voucher that a proof would pay as well is redeemed, since that is what was asked for.
            Scope::Redeem | Scope::Claim => {
                let mut books: Books = client.books(&self.kept, &self.pairs).await?;
                books.accounts.values_mut().for_each(|account| account.is_short = false);
                (books, Announced::new())
            }
        };
        let mut plan = plan(&self.kept, &books, &client.domain(), &self.taken);
        plan.steps.retain(|step| self.scope.includes(step));
        Ok((plan, announced))
    }

    async fn take(&mut self, step: Step, announced: &Announced) -> Result<()> {
        let session = self.session;
        match step {
            Step::Announce { .. } | Step::Prove { .. } => {
                self.earned.proofs.push(prove(session, &step, announced).await?)
            }
            Step::Redeem { signed, .. } => {
                self.earned.redeemed.extend(escrow::redeem_voucher(session, signed).await?);
            }
            Step::Claim { claim, owed } => {
                let miner = claim.ticket.miner;
                if !self.checked.contains(&miner) {
                    check_claimant(session, miner).await?;
                    self.checked.insert(miner);
                }
                self.earned.claimed.push(claim_one(session, *claim, owed).await?);
            }
            Step::Collect { pair: (coordinator, miner), .. } => {
                self.earned.collected.push(escrow::collect_one(session, coordinator, miner, true).await?);
            }
            Step::PayOut { miner, .. } => self.earned.paid.extend(escrow::pay_out(session, miner).await?),
        }
        Ok(())
    }
}

/// How a refusal of a step is introduced.
fn name_of(step: &Step) -> String {
    match step {
        Step::Announce { fault, .. } => format!("announcing a fault of {}", fault.voucher().coordinator),
        Step::Prove { fault, .. } => format!("proving a fault of {}", fault.voucher().coordinator),
        Step::Redeem { signed, .. } => format!("redeeming the voucher of {}", signed.voucher.coordinator),
        Step::Claim { claim, .. } => format!("claiming ticket {} of {}", claim.ticket.number, claim.ticket.coordinator),
        Step::Collect { pair: (coordinator, miner), .. } => {
            format!("collecting what {coordinator} settled with {miner}")
        }
        Step::PayOut { miner, .. } => format!("paying the owner of {miner}"),
    }
}

/// Announces or proves a fault.
async fn prove(session: &Session, step: &Step, announced: &Announced) -> Result<Proof> {
    let (fault, done) = match step {
        Step::Prove { fault, .. } => (fault, "proven"),
        Step::Announce { fault, .. } => (fault, "announced"),
        _ => return Err(Error::failure("this step proves nothing")),
    };
    let (coordinator, miner) = (fault.voucher().coordinator, fault.voucher().miner);
    let call = call_of(step, session.client().network().settlement, announced)
        .ok_or_else(|| Error::failure("the announcement was not read"))?;
    let transaction = session.submit(&Summary::new(step.to_string()).line("miner", miner), &call).await?;
    if let Some(block) = transaction.block() {
        session.printer.ok(format_args!("a fault of {coordinator} is {done} in block {block}"));
    }
    Ok(Proof { coordinator, miner, fault: fault.as_str(), step: done, transaction })
}

/// Only the miner's own key or its owner may claim.
async fn check_claimant(session: &Session, miner: Address) -> Result<()> {
    let caller = session.address()?;
    let staking = session.client().network().staking;
    let owner = session.client().read(staking, &Staking::ownerOfCall { node: miner }).await?;
    if caller == miner || owner == caller {
        return Ok(());
    }
    Err(Error::precondition(format_args!(
        "only the miner's own key or its owner may claim; {miner} belongs to {owner}"
    ))
    .hint("sign as one of them: --account NAME"))
}

/// Claims one ticket.
async fn claim_one(session: &Session, claim: Claim, owed: Cai) -> Result<Claimed> {
    let client = session.client();
    let contract = client.network().settlement;
    let (ticket, number, miner) = (client.domain().digest(&claim.ticket), claim.ticket.number, claim.ticket.miner);
    let step = Step::Claim { claim: Box::new(claim), owed };
    let summary = Summary::new(step.to_string()).line("miner", miner);
    let call: Call = step.call(contract, None).ok_or_else(|| Error::failure("a claim needs no announcement"))?;
    let before = client.read(contract, &Settlement::claimedOfCall { ticket }).await?;
    let transaction = session.submit(&summary, &call).await?;
    let mut moved = Moved::new(owed, Some(miner), transaction);
    if let Some(block) = moved.transaction.block() {
        let after = client.read(contract, &Settlement::claimedOfCall { ticket }).await;
        let after: U256 = after.map_err(|error| moved.transaction.followed_by(error))?;
        moved.amount = Cai::from_base_units(after.saturating_sub(before));
        session
            .printer
            .ok(format_args!("{} for ticket {number} was credited to {miner} in block {block}", moved.amount));
    }
    Ok(Claimed { ticket, moved })
}
