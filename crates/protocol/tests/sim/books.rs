//! What everybody is owed, counted a second time and in another way than the ledger does it.

use std::collections::{BTreeMap, HashMap};

use cuckoo_protocol::{
    Address, TaskId,
    ledger::{Accounts, Terms},
    task::{Event, TaskSpec},
};

/// A task that has not ended.
struct Open {
    rates: (u128, u128),
    most: (u128, u128),
    caller: Option<String>,
    /// The ticket that is out for it, and its attempt.
    ticket: Option<(Address, u64, u32)>,
    losses: u32,
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
}

impl Books {
    /// Takes in an event that is on the disk.
    pub(crate) fn apply(&mut self, event: &Event) -> Result<(), String> {
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
        if let Some((miner, number, _)) = task.ticket.take() {
            let account = self.miners.entry(miner).or_default();
            match account.tickets.get_mut(&number) {
                Some(open @ None) => *open = Some(owed),
                known => return Err(format!("ticket {number} of {miner} is finished again: {known:?}")),
            }
            account.owed += owed;
            if let Some(caller) = &task.caller {
                *self.spent.entry(caller.clone()).or_default() += owed;
            }
        }
        task.losses += u32::from(matches!(event, Event::Lost { .. }));
        // A task that two miners have lost is over.
        let goes_on = matches!(event, Event::Refused { .. } | Event::Lost { .. }) && task.losses < 2;
        if !goes_on {
            self.tasks.remove(&id);
        }
        Ok(())
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
        let reserved: u128 = self.tasks.values().map(Open::bound).sum();
        if reserved != accounts.reserved() {
            return wrong("what is reserved", &reserved, &accounts.reserved());
        }
        let mut callers = self.spent.clone();
        for task in self.tasks.values() {
            if let Some(caller) = &task.caller {
                *callers.entry(caller.clone()).or_default() += task.bound();
            }
        }
        for (caller, charged) in callers {
            if charged != accounts.charged(&caller) {
                return wrong(&format!("what {caller} is charged"), &charged, &accounts.charged(&caller));
            }
        }
        Ok(())
    }

    /// Tasks that have not ended.
    pub(crate) fn open(&self) -> usize {
        self.tasks.len()
    }
}
