//! What a coordinator owes its miners, from the events of its journal alone.
//!
//! A task reserves its bound when it is accepted. Each lease of it is a ticket with a number; what the ticket owes is known when
//! the lease ends: the cost of what the receipt says, the tokens that an application saw before it took the task back, or
//! nothing. The ticket of an answer that is to be examined stays open until the audit has ended, with what it will owe; a ticket for
//! an examination is nobody's task. A voucher for a miner is `(n, C(n))`: n is the last ticket before the first one that is not finished, and C(n) what
//! all tickets up to n owe. C never falls, so that no two vouchers of one journal contradict each other (`Settlement.sol`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy::primitives::Address;
use serde::{Deserialize, Serialize};

use crate::{
    price::Quote,
    task::{Event, TaskId},
};

/// What a voucher says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Tickets up to this number are accounted for.
    pub through: u64,
    /// What they owe together, in base units of CAI.
    pub cumulative: u128,
}

/// A ticket has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// The miner whose ticket it is.
    pub miner: Address,
    /// The ticket's number.
    pub number: u64,
    /// What vouchers for the miner say in turn, now that this ticket counts: one step a ticket, of increasing numbers.
    pub steps: Vec<Terms>,
}

/// A ticket whose answer was delivered and is to be examined before it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    owed: u128,
    caller: Option<String>,
}

/// What is between a coordinator and one miner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    /// Tickets that are out.
    open: BTreeSet<u64>,
    /// What finished tickets beyond `terms.through` owe.
    finished: BTreeMap<u64, u128>,
    terms: Terms,
    /// Those of `open` that wait for an audit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    held: BTreeMap<u64, Held>,
    /// Those of `open` that are for examinations, with what they may cost.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    examinations: BTreeMap<u64, u128>,
}

impl Account {
    /// A ticket owes this. Returns what vouchers say in turn.
    fn finish(&mut self, number: u64, owed: u128) -> Vec<Terms> {
        let mut steps = vec![];
        if !self.open.remove(&number) {
            return steps;
        }
        self.finished.insert(number, owed);
        let first_open = self.open.first().copied().unwrap_or(u64::MAX);
        while let Some(entry) = self.finished.first_entry()
            && *entry.key() < first_open
        {
            let (number, owed) = entry.remove_entry();
            self.terms.through = number;
            self.terms.cumulative = self.terms.cumulative.saturating_add(owed);
            steps.push(self.terms);
        }
        steps
    }

    fn owed(&self) -> u128 {
        self.finished.values().fold(self.terms.cumulative, |sum, owed| sum.saturating_add(*owed))
    }
}

/// A task that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Reservation {
    quote: Quote,
    caller: Option<String>,
    /// The ticket that is out for it.
    ticket: Option<(Address, u64)>,
    /// The ticket is not paid before an audit has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    holds: bool,
}

/// All accounts of a coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    miners: HashMap<Address, Account>,
    tasks: HashMap<TaskId, Reservation>,
    /// By API key: what it has spent, and what its open tasks may cost.
    callers: HashMap<String, u128>,
    reserved: u128,
    owed: u128,
    last_ticket: u64,
}

impl Accounts {
    /// Takes in an event that the tasks accept. Returns the ticket that it ends, if any.
    pub fn apply(&mut self, event: &Event) -> Option<Ended> {
        let id = event.task();
        let owed = match event {
            Event::Accepted { spec, .. } => {
                let quote = spec.quote();
                self.reserved = self.reserved.saturating_add(quote.bound());
                self.charge(spec.caller.as_deref(), quote.bound());
                self.tasks.insert(id, Reservation { quote, caller: spec.caller.clone(), ticket: None, holds: false });
                return None;
            }
            // Journals from before there were prices have no numbers.
            Event::Leased { ticket: 0, .. } | Event::Started { .. } => return None,
            Event::Leased { miner, ticket, .. } => {
                self.tasks.get_mut(&id)?.ticket = Some((*miner, *ticket));
                self.last_ticket = self.last_ticket.max(*ticket);
                self.miners.entry(*miner).or_default().open.insert(*ticket);
                return None;
            }
            Event::Done { outcome, .. } => {
                self.tasks.get(&id)?.quote.owed(outcome.prompt_tokens, outcome.completion_tokens)
            }
            Event::Cancelled { delivered, .. } => self.tasks.get(&id)?.quote.owed(0, *delivered),
            Event::Refused { .. }
            | Event::Rejected { .. }
            | Event::Lost { .. }
            | Event::Failed { .. }
            | Event::Expired { .. } => 0,
        };
        // Only the answer that was chosen is held, and not the attempt after it.
        if !matches!(event, Event::Done { .. })
            && let Some(task) = self.tasks.get_mut(&id)
        {
            task.holds = false;
        }
        self.finish(&id, owed)
    }

    /// Releases what a task has reserved: it has ended.
    pub fn close(&mut self, id: &TaskId) {
        let Some(task) = self.tasks.remove(id) else { return };
        let bound = task.quote.bound();
        self.reserved = self.reserved.saturating_sub(bound);
        if let Some(charged) = task.caller.and_then(|caller| self.callers.get_mut(&caller)) {
            *charged = charged.saturating_sub(bound);
        }
    }

    fn charge(&mut self, caller: Option<&str>, amount: u128) {
        if let Some(caller) = caller {
            let charged = self.callers.entry(caller.to_owned()).or_default();
            *charged = charged.saturating_add(amount);
        }
    }

    /// A ticket owes this much. Without one nobody worked, and nothing is owed.
    fn finish(&mut self, id: &TaskId, owed: u128) -> Option<Ended> {
        let task = self.tasks.get_mut(id)?;
        let (miner, number) = task.ticket.take()?;
        let (caller, holds) = (task.caller.clone(), task.holds);
        let account = self.miners.entry(miner).or_default();
        if holds {
            account.held.insert(number, Held { owed, caller: caller.clone() });
            self.charge(caller.as_deref(), owed);
            self.reserved = self.reserved.saturating_add(owed);
            return Some(Ended { miner, number, steps: vec![] });
        }
        let steps = account.finish(number, owed);
        self.charge(caller.as_deref(), owed);
        self.owed = self.owed.saturating_add(owed);
        Some(Ended { miner, number, steps })
    }

    /// The ticket that is out for a task stays open after its answer, until [`Self::clear`] or [`Self::confirm`].
    pub fn hold(&mut self, id: &TaskId) {
        if let Some(task) = self.tasks.get_mut(id).filter(|task| task.ticket.is_some()) {
            task.holds = true;
        }
    }

    /// A ticket that was held is paid.
    pub fn clear(&mut self, miner: &Address, number: u64) -> Option<Ended> {
        let account = self.miners.get_mut(miner)?;
        let Held { owed, .. } = account.held.remove(&number)?;
        let steps = account.finish(number, owed);
        self.reserved = self.reserved.saturating_sub(owed);
        self.owed = self.owed.saturating_add(owed);
        Some(Ended { miner: *miner, number, steps })
    }

    /// A ticket that was held owes nothing: its answer is false. Who asked for it is not charged.
    pub fn confirm(&mut self, miner: &Address, number: u64) -> Option<Ended> {
        let account = self.miners.get_mut(miner)?;
        let Held { owed, caller } = account.held.remove(&number)?;
        let steps = account.finish(number, 0);
        self.reserved = self.reserved.saturating_sub(owed);
        if let Some(charged) = caller.and_then(|caller| self.callers.get_mut(&caller)) {
            *charged = charged.saturating_sub(owed);
        }
        Some(Ended { miner: *miner, number, steps })
    }

    /// A miner is given a ticket for an examination that may cost this much, in base units. No key pays for it.
    pub fn commission(&mut self, auditor: Address, number: u64, bound: u128) {
        let account = self.miners.entry(auditor).or_default();
        account.open.insert(number);
        account.examinations.insert(number, bound);
        self.reserved = self.reserved.saturating_add(bound);
        self.last_ticket = self.last_ticket.max(number);
    }

    /// The ticket for an examination owes this much, in base units, and at most what it was given out for.
    pub fn repay(&mut self, auditor: &Address, number: u64, owed: u128) -> Option<Ended> {
        let account = self.miners.get_mut(auditor)?;
        let bound = account.examinations.remove(&number)?;
        let owed = owed.min(bound);
        let steps = account.finish(number, owed);
        self.reserved = self.reserved.saturating_sub(bound);
        self.owed = self.owed.saturating_add(owed);
        Some(Ended { miner: *auditor, number, steps })
    }

    /// Tickets that wait for an audit, by miner and number, with what they will owe if it finds nothing, in base units.
    pub fn held(&self) -> impl Iterator<Item = (Address, u64, u128)> {
        self.miners
            .iter()
            .flat_map(|(miner, account)| account.held.iter().map(|(number, held)| (*miner, *number, held.owed)))
    }

    /// What a miner's tickets that wait for an audit will owe if it finds nothing, in base units.
    pub fn held_of(&self, miner: &Address) -> u128 {
        self.miners.get(miner).map_or(0, |account| account.held.values().map(|held| held.owed).sum())
    }

    /// What a voucher for a miner says now. Nothing is to be signed before the events that led here are durable.
    pub fn terms(&self, miner: &Address) -> Terms {
        self.miners.get(miner).map(|account| account.terms).unwrap_or_default()
    }

    /// Every miner that ever had a ticket, with its terms and with what it is owed in all, finished tickets behind an open one
    /// included; in base units.
    pub fn iter(&self) -> impl Iterator<Item = (Address, Terms, u128)> {
        self.miners.iter().map(|(miner, account)| (*miner, account.terms, account.owed()))
    }

    /// What all miners together were ever owed, in base units.
    pub fn owed(&self) -> u128 {
        self.owed
    }

    /// What the tasks that have not ended may cost, with what waits for audits and what examinations may cost, in base units.
    pub fn reserved(&self) -> u128 {
        self.reserved
    }

    /// What an API key has spent, what waits for audits, and what its tasks that have not ended may cost, in base units.
    pub fn charged(&self, caller: &str) -> u128 {
        self.callers.get(caller).copied().unwrap_or(0)
    }

    /// What each API key is charged, see [`Accounts::charged`].
    pub fn callers(&self) -> impl Iterator<Item = (String, crate::Cai)> + '_ {
        self.callers.iter().map(|(caller, charged)| (caller.clone(), crate::Cai::from(*charged)))
    }

    /// The largest number that a ticket had.
    pub fn last_ticket(&self) -> u64 {
        self.last_ticket
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        price::Rate,
        task::{Effect, Task, Tasks, tests::any_event},
    };

    /// The events that the tasks accept, with prices and with numbers for the tickets.
    fn journal(events: Vec<Event>) -> Vec<Event> {
        let (mut tasks, mut number) = (Tasks::default(), 0);
        let mut journal = vec![];
        for mut event in events {
            match &mut event {
                Event::Accepted { spec, .. } => {
                    let spec = Arc::make_mut(spec);
                    spec.rate = Rate::new(700, 1_300).expect("a rate");
                    spec.caller = Some("shop".into());
                }
                Event::Leased { ticket, .. } => {
                    number += 1;
                    *ticket = number;
                }
                Event::Cancelled { delivered, .. } => *delivered = 3,
                _ => {}
            }
            if tasks.apply(&event).is_ok() {
                journal.push(event);
            }
        }
        journal
    }

    fn step(tasks: &mut Tasks, accounts: &mut Accounts, event: &Event) {
        accounts.apply(event);
        for effect in tasks.apply(event).expect("it was accepted before") {
            if let Effect::Ended(id) = effect {
                accounts.close(&id);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        /// However tasks end, what each says that it cost adds up to what the account was charged, after a restart as well.
        #[test]
        fn what_tasks_say_that_they_cost_is_what_is_charged(
            events in proptest::collection::vec(any_event(), 0..80),
            delivered in proptest::collection::vec(0u32..5_000, 80),
        ) {
            let (mut tasks, mut accounts) = (Tasks::default(), Accounts::default());
            for (mut event, seen) in journal(events).into_iter().zip(delivered) {
                if let Event::Cancelled { delivered, .. } = &mut event {
                    *delivered = seen;
                }
                step(&mut tasks, &mut accounts, &event);
            }
            let written = serde_json::to_vec(&tasks.iter().collect::<Vec<_>>()).expect("is written");
            let tasks: Vec<Task> = serde_json::from_slice(&written).expect("is read");
            let open = tasks.iter().filter(|task| !task.state.is_terminal()).map(|task| task.spec.quote().bound());
            let open = open.sum::<u128>();
            let costs: u128 = tasks.iter().map(Task::cost).sum();
            prop_assert_eq!(costs + open, accounts.charged("shop"));
            for task in tasks.iter().filter(|task| task.state.is_terminal()) {
                prop_assert!(task.cost() == 0 || task.miner().is_some(), "somebody is paid");
                prop_assert!(task.cost() <= task.spec.quote().bound());
                let (prompt, completion) = task.usage();
                prop_assert!(task.cost() == 0 || prompt + completion > 0);
            }
        }
    }

    proptest! {
        #[test]
        fn vouchers_never_contradict_each_other_and_nothing_stays_reserved(
            events in proptest::collection::vec(any_event(), 0..120),
        ) {
            let (mut tasks, mut accounts) = (Tasks::default(), Accounts::default());
            let mut said: HashMap<Address, BTreeMap<u64, u128>> = HashMap::new();
            for event in journal(events) {
                step(&mut tasks, &mut accounts, &event);
                let open: u128 =
                    tasks.iter().filter(|task| !task.state.is_terminal()).map(|task| task.spec.quote().bound()).sum();
                prop_assert_eq!(accounts.reserved(), open);
                prop_assert_eq!(accounts.charged("shop"), accounts.owed() + open);
                prop_assert_eq!(tasks.iter().map(|task| task.cost()).sum::<u128>(), accounts.owed());
                prop_assert_eq!(accounts.iter().map(|(_, _, owed)| owed).sum::<u128>(), accounts.owed());
                for (miner, terms, owed) in accounts.iter() {
                    prop_assert!(terms.cumulative <= owed);
                    let said = said.entry(miner).or_default();
                    // One amount for each number, and never less for a later one.
                    prop_assert_eq!(*said.entry(terms.through).or_insert(terms.cumulative), terms.cumulative);
                    prop_assert!(said.values().is_sorted());
                    let held = tasks.iter().any(|task| !task.state.is_terminal() && task.state.miner() == Some(miner));
                    prop_assert!(held || terms.cumulative == owed, "all that is finished is in the voucher");
                }
            }
        }

        #[test]
        fn what_is_written_down_is_read_back(events in proptest::collection::vec(any_event(), 0..60)) {
            let (mut tasks, mut accounts) = (Tasks::default(), Accounts::default());
            for event in journal(events) {
                step(&mut tasks, &mut accounts, &event);
            }
            let written = serde_json::to_vec(&(tasks.iter().collect::<Vec<_>>(), &accounts)).expect("is written");
            let (list, read): (Vec<Task>, Accounts) = serde_json::from_slice(&written).expect("is read");
            prop_assert_eq!((Tasks::restore(list, tasks.next_sequence()), read), (tasks, accounts));
        }
    }

    #[test]
    fn a_ticket_that_is_out_holds_up_those_after_it() {
        let miner = Address::repeat_byte(1);
        let mut account = Account::default();
        for number in [3, 5, 8] {
            account.open.insert(number);
        }
        account.finish(5, 50);
        account.finish(8, 80);
        assert_eq!((account.terms, account.owed()), (Terms::default(), 130));
        account.finish(3, 0);
        account.finish(3, 99);
        assert_eq!(account.terms, Terms { through: 8, cumulative: 130 });
        assert_eq!(Accounts::default().terms(&miner), Terms::default());
    }
}
