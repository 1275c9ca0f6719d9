//! What a coordinator does next about the cases that it wants: by what the chain says of them, what its operator wants, and what it may
//! spend. It is asked again at every block, so that what has taken effect is not done again.

use std::collections::BTreeMap;

use alloy::primitives::B256;
use serde::{Deserialize, Serialize};

use super::audits::Accusation;
use crate::{Cai, court::State};

/// Whether a coordinator opens cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Never.
    Off,
    /// Those that an operator orders.
    Ask,
    /// All that it wants.
    Auto,
}

/// What a coordinator may spend on cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Means {
    /// Whether it opens cases.
    pub mode: Mode,
    /// The most that is in bonds of open cases at once; `None` for all that the node key holds.
    pub budget: Option<Cai>,
}

/// What the chain says of one case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// Whether it is open, and how it ended.
    pub state: State,
    /// How often it was opened.
    pub attempts: u32,
    /// The coordinator is a challenger of the present attempt.
    pub is_ours: bool,
    /// What each challenger of that attempt has posted.
    pub posted: Cai,
    /// What the coordinator can get back from closed attempts.
    pub owed: Cai,
    /// What it costs to open it now.
    pub price: Cai,
    /// Stake is left behind the accused.
    pub is_slashable: bool,
    /// Its bundles are here, so that jurors can get them.
    pub has_evidence: bool,
}

/// What the chain says of the court and of the coordinator's money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Docket {
    /// Time of the block, in seconds since the Unix epoch.
    pub now: u64,
    /// Seconds after a ticket's deadline in which its receipt can be disputed.
    pub window: u64,
    /// The court takes no new cases.
    pub is_retired: bool,
    /// CAI of the node key.
    pub balance: Cai,
    /// CAI that the court may take from it.
    pub allowance: Cai,
    /// The cases, by id.
    pub cases: BTreeMap<B256, Filed>,
}

/// What to do about a case: a transaction of the node key, or an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Let the court take this bond.
    Approve(Cai),
    /// Open the case, or open it again.
    Open,
    /// It is wanted no longer, for this reason.
    Close(String),
}

/// Where a case that is wanted stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Status {
    /// It is about to be opened.
    #[error("it is being opened, with a bond of {0}")]
    Opening(Cai),
    /// It is open.
    #[error("it is before the court, with a bond of {0}")]
    Open(Cai),
    /// Somebody else has opened it.
    #[error("somebody else has brought it before the court")]
    Others,
    /// An operator has to say so.
    #[error("it waits for an order to open it, with a bond of {0}")]
    Waits(Cai),
    /// The operator wants none.
    #[error("this coordinator opens no cases")]
    Off,
    /// The budget does not allow it.
    #[error("its bond of {price} is more than the {left} that are left of the budget")]
    OverBudget {
        /// What it costs.
        price: Cai,
        /// What is left.
        left: Cai,
    },
    /// The node key does not hold enough.
    #[error("its bond of {price} is more than the {balance} that the node key holds")]
    Poor {
        /// What it costs.
        price: Cai,
        /// What there is.
        balance: Cai,
    },
    /// Nothing can be slashed.
    #[error("no stake is left behind the miner")]
    NothingToSlash,
    /// The jury could not judge.
    #[error("the evidence is not kept here, so a jury could not judge")]
    NoEvidence,
    /// The court is retired.
    #[error("the court takes no new cases")]
    Retired,
    /// What closed attempts have left of the bonds comes first: the node gets it back as every party of a case does.
    #[error("what is left of its bond, {0}, is got back")]
    Withdrawing(Cai),
    /// It is over.
    #[error("{0}")]
    Over(String),
}

/// A case, where it stands, and what is to be done about it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The case.
    pub case: B256,
    /// Where it stands.
    pub status: Status,
    /// What to do. At most one case is being opened at once: what the court may take is for one bond.
    pub next: Option<Move>,
}

/// What to do about each case that is wanted, in order of their ids. A case that the docket does not have is left out.
pub fn plan<'a>(means: &Means, accusations: impl IntoIterator<Item = &'a Accusation>, docket: &Docket) -> Vec<Planned> {
    let is_open = |filed: &&Filed| filed.state == State::Open && filed.is_ours;
    let posted: Cai = docket.cases.values().filter(is_open).map(|filed| filed.posted).sum();
    let left = means.budget.map(|budget| budget.checked_sub(posted).unwrap_or_default());
    let mut is_opening = false;
    let known = accusations.into_iter().filter_map(|accusation| Some((accusation, docket.cases.get(&accusation.id)?)));
    known
        .map(|(accusation, filed)| {
            let (status, mut next) = situation(means, accusation, filed, docket, left);
            if matches!(status, Status::Opening(_)) && std::mem::replace(&mut is_opening, true) {
                next = None;
            }
            Planned { case: accusation.id, status, next }
        })
        .collect()
}

fn situation(
    means: &Means,
    accusation: &Accusation,
    filed: &Filed,
    docket: &Docket,
    left: Option<Cai>,
) -> (Status, Option<Move>) {
    let over = |reason: &str| (Status::Over(reason.to_owned()), Some(Move::Close(reason.to_owned())));
    match filed.state {
        State::Open if filed.is_ours => return (Status::Open(filed.posted), None),
        State::Open => return (Status::Others, None),
        _ if !filed.owed.is_zero() => return (Status::Withdrawing(filed.owed), None),
        State::Guilty => return over("the jury found the miner guilty"),
        State::Innocent => return over("the jury found the miner innocent"),
        State::None | State::Void => {}
    }
    if accusation.last(docket.window) < docket.now {
        return over(match filed.state {
            State::Void => "it ended without a verdict, and its receipts are too old to open it again",
            _ => "it was not opened, and its receipts are too old by now",
        });
    }
    let price = filed.price;
    let is_ordered = means.mode == Mode::Auto || accusation.ordered > filed.attempts;
    let status = match left {
        _ if means.mode == Mode::Off => Status::Off,
        _ if docket.is_retired => Status::Retired,
        _ if !filed.is_slashable => Status::NothingToSlash,
        _ if !filed.has_evidence => Status::NoEvidence,
        _ if !is_ordered => Status::Waits(price),
        Some(left) if price > left => Status::OverBudget { price, left },
        _ if price > docket.balance => Status::Poor { price, balance: docket.balance },
        _ if docket.allowance < price => return (Status::Opening(price), Some(Move::Approve(price))),
        _ => return (Status::Opening(price), Some(Move::Open)),
    };
    (status, None)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256};
    use proptest::prelude::*;

    use super::*;
    use crate::{coordinator::Exhibit, message::Ticket, task::TaskId};

    fn accusation(id: u8, deadline: u64, ordered: u32) -> Accusation {
        let exhibit = Exhibit {
            task: TaskId(B256::repeat_byte(id)),
            digest: B256::repeat_byte(id),
            ticket: Ticket { deadline, ..Ticket::default() },
            ticket_signature: Default::default(),
            receipt: Default::default(),
            receipt_signature: Default::default(),
        };
        Accusation {
            id: B256::repeat_byte(id),
            miner: Address::repeat_byte(id),
            manifest: B256::ZERO,
            why: String::new(),
            at: 0,
            exhibits: vec![exhibit],
            ordered,
        }
    }

    fn new(price: u64) -> Filed {
        Filed { price: Cai::from_whole(price), is_slashable: true, has_evidence: true, ..Filed::default() }
    }

    fn docket(cases: impl IntoIterator<Item = (u8, Filed)>) -> Docket {
        Docket {
            now: 100,
            window: 50,
            balance: Cai::from_whole(100),
            cases: cases.into_iter().map(|(id, filed)| (B256::repeat_byte(id), filed)).collect(),
            ..Docket::default()
        }
    }

    const AUTO: Means = Means { mode: Mode::Auto, budget: None };

    fn one(means: &Means, ordered: u32, docket: &Docket) -> (Status, Option<Move>) {
        let planned = plan(means, &[accusation(1, 60, ordered)], docket);
        (planned[0].status.clone(), planned[0].next.clone())
    }

    #[test]
    fn a_case_is_approved_opened_followed_and_closed() {
        let mut docket = docket([(1, new(7))]);
        let price = Cai::from_whole(7);
        assert_eq!(one(&AUTO, 0, &docket), (Status::Opening(price), Some(Move::Approve(price))));
        docket.allowance = price;
        assert_eq!(one(&AUTO, 0, &docket).1, Some(Move::Open));
        let mut set = |filed| docket.cases.insert(B256::repeat_byte(1), filed);
        set(Filed { state: State::Open, attempts: 1, is_ours: true, posted: price, ..new(14) });
        assert_eq!(one(&AUTO, 0, &docket), (Status::Open(price), None));
        let mut set = |filed| docket.cases.insert(B256::repeat_byte(1), filed);
        set(Filed { state: State::Guilty, attempts: 1, owed: price, ..new(14) });
        assert_eq!(one(&AUTO, 0, &docket), (Status::Withdrawing(price), None));
        let mut set = |filed| docket.cases.insert(B256::repeat_byte(1), filed);
        set(Filed { state: State::Guilty, attempts: 1, ..new(14) });
        assert!(matches!(one(&AUTO, 0, &docket).1, Some(Move::Close(reason)) if reason.contains("guilty")));
    }

    #[test]
    fn a_void_case_is_opened_again_while_its_receipts_are_new_enough() {
        let void = Filed { state: State::Void, attempts: 1, ..new(14) };
        let mut docket = docket([(1, Filed { owed: Cai::from_whole(3), ..void })]);
        assert_eq!(one(&AUTO, 0, &docket), (Status::Withdrawing(Cai::from_whole(3)), None));
        docket.cases.insert(B256::repeat_byte(1), void);
        assert_eq!(one(&AUTO, 0, &docket).1, Some(Move::Approve(Cai::from_whole(14))));
        docket.now = 110;
        assert!(matches!(one(&AUTO, 0, &docket).0, Status::Opening(_)), "the last second");
        docket.now = 111;
        assert!(matches!(one(&AUTO, 0, &docket).1, Some(Move::Close(reason)) if reason.contains("without a verdict")));
    }

    #[test]
    fn an_order_is_for_one_attempt_and_off_opens_nothing() {
        let ask = Means { mode: Mode::Ask, budget: None };
        let fresh = docket([(1, new(7))]);
        assert_eq!(one(&ask, 0, &fresh), (Status::Waits(Cai::from_whole(7)), None));
        assert!(one(&ask, 1, &fresh).1.is_some());
        let again = docket([(1, Filed { state: State::Void, attempts: 1, ..new(14) })]);
        assert_eq!(one(&ask, 1, &again).1, None);
        assert!(one(&ask, 2, &again).1.is_some());
        let off = Means { mode: Mode::Off, budget: None };
        assert_eq!(one(&off, 9, &fresh), (Status::Off, None));
        // What is too old is forgotten all the same, once nothing of a bond is left.
        let left = docket([(1, Filed { state: State::Void, owed: Cai::from_whole(1), ..new(14) })]);
        assert_eq!(one(&off, 0, &Docket { now: 111, ..left }).1, None);
        assert!(matches!(one(&off, 0, &Docket { now: 111, ..fresh }).1, Some(Move::Close(_))));
    }

    #[test]
    fn nothing_is_opened_that_cannot_be_won_or_paid() {
        let status = |filed: Filed, change: fn(&mut Docket)| {
            let mut docket = docket([(1, filed)]);
            change(&mut docket);
            let means = Means { budget: Some(Cai::from_whole(50)), ..AUTO };
            let (status, next) = one(&means, 0, &docket);
            assert_eq!(next, None);
            status
        };
        assert_eq!(status(new(7), |docket| docket.is_retired = true), Status::Retired);
        assert_eq!(status(Filed { is_slashable: false, ..new(7) }, |_| {}), Status::NothingToSlash);
        assert_eq!(status(Filed { has_evidence: false, ..new(7) }, |_| {}), Status::NoEvidence);
        assert!(matches!(status(new(51), |_| {}), Status::OverBudget { .. }));
        assert!(matches!(status(new(7), |docket| docket.balance = Cai::from_whole(6)), Status::Poor { .. }));
        let others = Filed { state: State::Open, attempts: 1, ..new(7) };
        assert_eq!(status(others, |_| {}), Status::Others, "its own case, and that of others, is not joined");
        // A case of which the chain was not asked is not touched.
        assert_eq!(plan(&AUTO, &[accusation(1, 60, 0)], &docket([])), []);
    }

    proptest! {
        /// Whatever comes, bonds that are open at once stay within the budget and the balance, and one case is opened at a time.
        #[test]
        fn bonds_stay_within_the_budget(
            prices in prop::collection::vec((1u64..40, any::<bool>()), 1..12),
            budget in 0u64..100,
            mut balance in 0u64..200,
        ) {
            let means = Means { mode: Mode::Auto, budget: Some(Cai::from_whole(budget)) };
            let accusations: Vec<_> = (0..prices.len()).map(|at| accusation(at as u8 + 1, 60, 0)).collect();
            let mut docket = docket(prices.iter().enumerate().map(|(at, (price, _))| (at as u8 + 1, new(*price))));
            for _ in 0..100 {
                docket.balance = Cai::from_whole(balance);
                let planned = plan(&means, &accusations, &docket);
                let moves: Vec<_> = planned.iter().filter_map(|planned| Some((planned.case, planned.next.clone()?))).collect();
                prop_assert!(moves.len() <= 1);
                let Some((case, next)) = moves.into_iter().next() else { break };
                match next {
                    Move::Approve(bond) => docket.allowance = bond,
                    Move::Open => {
                        let filed = docket.cases.get_mut(&case).expect("it is known");
                        prop_assert!(filed.state == State::None && docket.allowance >= filed.price);
                        let price: U256 = filed.price.base_units() / U256::from(10u64.pow(18));
                        prop_assert!(price <= U256::from(balance));
                        balance -= price.to::<u64>();
                        docket.allowance = Cai::ZERO;
                        *filed = Filed { state: State::Open, attempts: 1, is_ours: true, posted: filed.price, ..*filed };
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
                let open: Cai =
                    docket.cases.values().filter(|filed| filed.state == State::Open).map(|filed| filed.posted).sum();
                prop_assert!(open <= Cai::from_whole(budget));
            }
        }
    }
}
