//! What an event of audits changes in the book and in the accounts, in the machine as in the state that a journal comes to.

use super::{book::Book, event::AuditEvent};
use crate::ledger::{Accounts, Ended};

/// Takes in an event. Returns the tickets that it ends.
pub(in crate::coordinator) fn apply(book: &mut Book, accounts: &mut Accounts, event: &AuditEvent) -> Vec<Ended> {
    let held = |task| book.audit(task).filter(|audit| audit.holds).map(|audit| (audit.due.miner, audit.due.number));
    let assigned = |task| book.audit(task).and_then(|audit| audit.assigned);
    let ended: Vec<Option<Ended>> = match event {
        AuditEvent::Due(due) => {
            if due.holds {
                accounts.hold(&due.task);
            }
            vec![]
        }
        AuditEvent::Assigned { auditor, number, bound, .. } => {
            accounts.commission(*auditor, *number, *bound);
            vec![]
        }
        AuditEvent::Returned { task, .. } => {
            assigned(task).map(|assigned| accounts.repay(&assigned.auditor, assigned.number, 0)).into_iter().collect()
        }
        AuditEvent::Examined { task, owed, .. } => {
            assigned(task).map(|given| accounts.repay(&given.auditor, given.number, *owed)).into_iter().collect()
        }
        AuditEvent::Cleared { task } | AuditEvent::Overdue { task } | AuditEvent::Dropped { task, .. } => {
            held(task).map(|(miner, number)| accounts.clear(&miner, number)).into_iter().collect()
        }
        AuditEvent::Off => {
            let mut held: Vec<_> = accounts.held().map(|(miner, number, _)| (miner, number)).collect();
            held.sort_unstable();
            held.into_iter().map(|(miner, number)| accounts.clear(&miner, number)).collect()
        }
        AuditEvent::Confirmed { miner, .. } => {
            let of = |(holder, number, _): (_, u64, u128)| (holder == *miner).then_some(number);
            let mut numbers: Vec<_> = accounts.held().filter_map(of).collect();
            numbers.sort_unstable();
            numbers.into_iter().map(|number| accounts.confirm(miner, number)).collect()
        }
        AuditEvent::Epoch { .. }
        | AuditEvent::Rate { .. }
        | AuditEvent::Suspected { .. }
        | AuditEvent::Acquitted { .. }
        | AuditEvent::Lapsed { .. }
        | AuditEvent::Accused(_)
        | AuditEvent::Ordered { .. }
        | AuditEvent::Closed { .. }
        | AuditEvent::Reinstated { .. } => vec![],
    };
    book.apply(event);
    ended.into_iter().flatten().collect()
}
