//! A miner's state, and what its shell reads of it.

use std::collections::BTreeSet;

use super::{
    board::Board,
    credit::Credits,
    identity::{Identity, Model},
    leases::Leases,
    links::Links,
    order::Claim,
    slots::Slots,
};
use crate::{
    message::{SignedAcknowledgement, SignedVoucher},
    wire,
};

/// A miner's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Miner {
    pub(super) identity: Identity,
    pub(super) links: Links,
    pub(super) slots: Slots,
    pub(super) credits: Credits,
    pub(super) leases: Leases,
    pub(super) board: Board,
    pub(super) devices: Vec<wire::Device>,
    /// Models whose engine works, while results can be signed.
    pub(super) capable: BTreeSet<String>,
    pub(super) draining: bool,
    pub(super) generation: u64,
}

impl Miner {
    /// A miner that starts, with the vouchers of earlier processes and the answered tickets that none of them covers. No model can
    /// run before [`super::Input::Capable`] says so.
    pub fn new(
        mut identity: Identity,
        vouchers: &[SignedVoucher],
        claims: &[Claim],
        acknowledgements: &[SignedAcknowledgement],
    ) -> Self {
        identity.models.sort_by(|one, other| one.name().cmp(other.name()));
        let totals = identity.models.iter().map(|model| (model.name().to_owned(), model.slots));
        Self {
            links: Links::default(),
            slots: Slots::new(totals),
            credits: Credits::new(
                vouchers,
                claims,
                acknowledgements,
                identity.address,
                identity.domain,
                identity.terms,
            ),
            leases: Leases::default(),
            board: Board::default(),
            devices: vec![],
            capable: BTreeSet::new(),
            draining: false,
            generation: 0,
            identity,
        }
    }

    /// Grows with everything that happens.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The models that it serves, in order of their names.
    pub fn models(&self) -> &[Model] {
        &self.identity.models
    }

    /// Slots that are taken now.
    pub fn running(&self) -> u32 {
        self.slots.running()
    }

    /// The active coordinators at which it is logged in.
    pub fn linked(&self) -> usize {
        self.links.weights().len()
    }

    /// The accounts of coordinators.
    pub const fn credits(&self) -> &Credits {
        &self.credits
    }
}
