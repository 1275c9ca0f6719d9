//! What everybody is owed, counted a second time and in another way than the ledger does it.

use std::collections::{BTreeMap, HashMap};

use cuckoo_protocol::{
    Address, TaskId,
    coordinator::{AuditEvent, Event},
    ledger::{Accounts, Terms},
    task::{self, TaskSpec},
};

/// A task that has not ended.
struct Open {
    rates: (u128, u128),
    most: (u128, u128),
    caller: Option<String>,
    /// The ticket that is out for it, and its attempt.
    ticket: Option<(Address, u64, u32)>,
    losses: u32,
    /// The ticket is not paid before its audit has ended.
    holds: bool,
}

impl Open {
    fn new(spec: &TaskSpec) -> Self {
        let prompt: usize = spec.messages.iter().map(|message| message.content.len() + 32).sum();
        Self {
            rates: (spec.rate.prompt(), spec.rate.completion()),
            most: (prompt as u128 + 512, spec.sampling.max_tokens.into()),
            caller: spec.caller.clone(),
            ticket: None,
            losses: 0,
            holds: false,
        }
    }

    fn cost(&self, prompt: u32, completion: u32) -> u128 {
        let prompt = u128::from(prompt).min(self.most.0) * self.rates.0;
        let thousandths = prompt + u128::from(completion).min(self.most.1) * self.rates.1;
        thousandths / 1_000 + u128::from(!thousandths.is_multiple_of(1_000))
    }

    fn bound(&self) -> u128 {
        self.cost(u32::MAX, u32::MAX)
    }
}

/// The tickets of one miner.
#[derive(Default)]
struct Miner {
    /// The newest voucher that it was told.
    told: Terms,
    /// Tickets after that voucher, with what they owe once they are finished.
    tickets: BTreeMap<u64, Option<u128>>,
    last: u64,
    owed: u128,
}

impl Miner {
    /// What a voucher has to say by these tickets.
    fn terms(&self) -> Terms {
        let mut terms = self.told;
        for (number, owed) in &self.tickets {
            let Some(owed) = owed else { break };
            terms = Terms { through: *number, cumulative: terms.cumulative + owed };
        }
        terms
    }
}

/// All accounts of one coordinator, by what is on its disk.
#[derive(Default)]
pub(crate) struct Books {
    tasks: HashMap<TaskId, Open>,
    miners: BTreeMap<Address, Miner>,
    /// What the ended tasks of each key have cost.
    spent: BTreeMap<String, u128>,
    /// Tickets that wait for an audit, by task: whose, its number, what it will owe, and who is charged.
    held: BTreeMap<TaskId, (Address, u64, u128, Option<String>)>,
    /// Tickets for examinations, by the task that is examined: whose, its number, and what it may cost.
    examinations: BTreeMap<TaskId, (Address, u64, u128)>,
}

impl Books {
    /// Takes in an event that is on the disk.
    pub(crate) fn apply(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Task(event) => self.apply_task(event),
            Event::Audit(event) => self.apply_audit(event),
            Event::Bound(_) => Ok(()),
        }
    }

    fn apply_audit(&mut self, event: &AuditEvent) -> Result<(), String> {
        match event {
            AuditEvent::Due(due) if due.holds => {
                let task = self.tasks.get_mut(&due.task).ok_or("a ticket is held of a task that is over")?;
                if task.ticket != Some((due.miner, due.number, due.attempt)) {
                    return Err(format!("{due:?} holds another ticket than {:?}", task.ticket));
                }
                task.holds = true;
                Ok(())
            }
            AuditEvent::Assigned { task, auditor, number, bound, .. } => {
                let account = self.miners.entry(*auditor).or_default();
                if *number <= account.last {
                    return Err(format!("ticket {number} of {auditor} is not larger than {}", account.last));
                }
                account.last = *number;
                account.tickets.insert(*number, None);
                let before = self.examinations.insert(*task, (*auditor, *number, *bound));
                before.map_or(Ok(()), |before| Err(format!("{task} is examined twice at once: {before:?}")))
            }
            AuditEvent::Returned { task, .. } => self.end_examination(task, 0),
            AuditEvent::Examined { task, owed, .. } => self.end_examination(task, *owed),
            AuditEvent::Cleared { task } | AuditEvent::Overdue { task } | AuditEvent::Dropped { task, .. } => {
                self.end_hold(*task, true)
            }
            AuditEvent::Off => {
                self.held.keys().copied().collect::<Vec<_>>().into_iter().try_for_each(|task| self.end_hold(task, true))
            }
            AuditEvent::Confirmed { miner, .. } => {
                let of = |(task, (holder, ..)): (&TaskId, &(Address, _, _, _))| (holder == miner).then_some(*task);
                let held: Vec<_> = self.held.iter().filter_map(of).collect();
                held.into_iter().try_for_each(|task| self.end_hold(task, false))
            }
            _ => Ok(()),
        }
    }

    /// A ticket that was held is paid, or owes nothing.
    fn end_hold(&mut self, task: TaskId, pays: bool) -> Result<(), String> {
        let Some((miner, number, owed, caller)) = self.held.remove(&task) else { return Ok(()) };
        let owed = if pays { owed } else { 0 };
        if let Some(caller) = caller {
            *self.spent.entry(caller).or_default() += owed;
        }
        self.pay(miner, number, owed)
    }

    fn end_examination(&mut self, task: &TaskId, owed: u128) -> Result<(), String> {
        // The coordinator's own auditor has no tickets.
        let Some((auditor, number, bound)) = self.examinations.remove(task) else { return Ok(()) };
        if owed > bound {
            return Err(format!("an examination by {auditor} costs {owed}, and {bound} at most"));
        }
        self.pay(auditor, number, owed)
    }

    /// A ticket is finished.
    fn pay(&mut self, miner: Address, number: u64, owed: u128) -> Result<(), String> {
        let account = self.miners.entry(miner).or_default();
        match account.tickets.get_mut(&number) {
            Some(open @ None) => *open = Some(owed),
            known => return Err(format!("ticket {number} of {miner} is finished again: {known:?}")),
        }
        account.owed += owed;
        Ok(())
    }

    fn apply_task(&mut self, event: &task::Event) -> Result<(), String> {
        use task::Event;
        let id = event.task();
        if let Event::Accepted { spec, .. } = event {
            return match self.tasks.insert(id, Open::new(spec)) {
                Some(_) => Err(format!("task {id} is accepted twice")),
                None => Ok(()),
            };
        }
        let task = self.tasks.get_mut(&id).ok_or_else(|| format!("{event:?} comes after the end of its task"))?;
        let owed = match event {
            Event::Leased { miner, ticket, attempt, .. } => {
                let account = self.miners.entry(*miner).or_default();
                if *ticket <= account.last {
                    return Err(format!("ticket {ticket} of {miner} is not larger than {}", account.last));
                }
                account.last = *ticket;
                account.tickets.insert(*ticket, None);
                let before = task.ticket.replace((*miner, *ticket, *attempt));
                return before.map_or(Ok(()), |before| Err(format!("task {id} has two tickets: {before:?}")));
            }
            Event::Done { outcome, attempt, .. } => {
                let answered = &outcome.receipt.ticket;
                if task.ticket != Some((answered.miner, answered.number, answered.attempt))
                    || answered.attempt != *attempt
                    || answered.task != id.0
                {
                    return Err(format!("task {id} is done by a receipt for {answered:?}, not for {:?}", task.ticket));
                }
                let receipt = &outcome.receipt.receipt;
                task.cost(receipt.promptTokens, receipt.completionTokens)
            }
            Event::Cancelled { delivered, .. } => task.cost(0, *delivered),
            _ => 0,
        };
        if let Event::Started { .. } = event {
            return Ok(());
        }
        let (ticket, caller, holds) = (task.ticket.take(), task.caller.clone(), task.holds);
        task.losses += u32::from(matches!(event, Event::Lost { .. }));
        // A task that two miners have lost is over.
        let goes_on =
            matches!(event, Event::Refused { .. } | Event::Rejected { .. } | Event::Lost { .. }) && task.losses < 2;
        if !goes_on {
            self.tasks.remove(&id);
        }
        match ticket {
            Some((miner, number, _)) if holds => {
                self.held.insert(id, (miner, number, owed, caller));
                Ok(())
            }
            Some((miner, number, _)) => {
                if let Some(caller) = caller {
                    *self.spent.entry(caller).or_default() += owed;
                }
                self.pay(miner, number, owed)
            }
            None => Ok(()),
        }
    }

    /// A voucher leaves for a miner.
    pub(crate) fn tell(&mut self, miner: Address, terms: Terms) -> Result<(), String> {
        let account = self.miners.entry(miner).or_default();
        let before = account.told;
        if terms.through < before.through || terms.cumulative < before.cumulative {
            return Err(format!("{miner} was told {before:?} and then {terms:?}"));
        }
        let mut sum = before.cumulative;
        while let Some(first) = account.tickets.first_entry()
            && *first.key() <= terms.through
        {
            let (number, owed) = first.remove_entry();
            sum += owed.ok_or_else(|| format!("the voucher {terms:?} of {miner} covers the open ticket {number}"))?;
        }
        if sum != terms.cumulative {
            return Err(format!("the voucher {terms:?} of {miner} covers tickets that owe {sum}"));
        }
        account.told = terms;
        Ok(())
    }

    /// Compares all accounts with those that the ledger keeps.
    pub(crate) fn compare(&self, accounts: &Accounts) -> Result<(), String> {
        let wrong = |what: &str, ours: &dyn std::fmt::Debug, theirs: &dyn std::fmt::Debug| {
            Err(format!("{what}: the events come to {ours:?}, and the ledger has {theirs:?}"))
        };
        let mut theirs: Vec<_> = accounts.iter().collect();
        theirs.sort_unstable_by_key(|(miner, ..)| *miner);
        let ours: Vec<_> = self.miners.iter().map(|(miner, account)| (*miner, account.terms(), account.owed)).collect();
        if ours != theirs {
            return wrong("the miners' accounts", &ours, &theirs);
        }
        let owed: u128 = self.miners.values().map(|account| account.owed).sum();
        if owed != accounts.owed() {
            return wrong("what is owed in all", &owed, &accounts.owed());
        }
        let held: u128 = self.held.values().map(|(_, _, owed, _)| owed).sum();
        let reserved = self.tasks.values().map(Open::bound).sum::<u128>() + held + self.examinations();
        if reserved != accounts.reserved() {
            return wrong("what is reserved", &reserved, &accounts.reserved());
        }
        let mut callers = self.spent.clone();
        for task in self.tasks.values() {
            if let Some(caller) = &task.caller {
                *callers.entry(caller.clone()).or_default() += task.bound();
            }
        }
        for (_, _, owed, caller) in self.held.values() {
            if let Some(caller) = caller {
                *callers.entry(caller.clone()).or_default() += owed;
            }
        }
        for (caller, charged) in callers {
            if charged != accounts.charged(&caller) {
                return wrong(&format!("what {caller} is charged"), &charged, &accounts.charged(&caller));
            }
        }
        Ok(())
    }

    /// True when no task is open and no ticket waits for an audit.
    pub(crate) fn is_settled(&self) -> bool {
        self.tasks.is_empty() && self.held.is_empty()
    }

    /// What examinations that have not ended may cost.
    pub(crate) fn examinations(&self) -> u128 {
        self.examinations.values().map(|(_, _, bound)| bound).sum()
    }

    /// Tasks that have not ended.
    pub(crate) fn open(&self) -> usize {
        self.tasks.len()
    }
}
