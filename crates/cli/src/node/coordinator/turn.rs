//! What one turn of the decisions comes to: a record for the journal, tickets and vouchers to sign, and what links and
//! applications are told.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::{SignerSync, local::Secp256k1Signer},
};
use cuckoo_protocol::{
    coordinator::{LeaseId, Offer, Session, Statement},
    message::{Acknowledgement, Domain, Message as _, Voucher, sign_batch},
    wire,
};

use super::{
    journal::{self, Release},
    message::{Command, Commands},
    stream::Stream,
};
use crate::node::failpoint;

/// What a turn comes to.
#[derive(Default)]
pub(super) struct Turn {
    /// What becomes durable.
    pub(super) record: journal::Turn,
    /// What runs once it is durable.
    pub(super) releases: Vec<Release>,
    /// Somebody waits for one of the releases.
    pub(super) is_urgent: bool,
    /// A result was applied.
    pub(super) has_result: bool,
    /// What links are told at once.
    commands: BTreeMap<Session, Vec<Command>>,
    /// What they are told of leases, in order, once it is durable: the number of an attempt that a crash takes back is given again.
    leases: BTreeMap<Session, Vec<Command>>,
    /// Where the offers are among these, and the struct hashes of their tickets.
    offers: Vec<(Session, usize, B256)>,
    statements: Vec<Statement>,
}

impl Turn {
    /// Somebody waits for this release.
    pub(super) fn release(&mut self, release: Release) {
        self.releases.push(release);
        self.is_urgent = true;
    }

    /// A command for the link of a session.
    pub(super) fn tell(&mut self, session: Session, command: Command) {
        self.commands.entry(session).or_default().push(command);
    }

    /// An offer for the link of its session, once it is durable. Its ticket is signed with the others of the turn.
    pub(super) fn offer(&mut self, offer: Box<Offer>, stream: Arc<Stream>) {
        let session = offer.lease.session;
        let commands = self.leases.entry(session).or_default();
        self.offers.push((session, commands.len(), offer.ticket.struct_hash()));
        commands.push(Command::Offer { offer, signature: Bytes::new(), stream });
    }

    /// The end of a lease for the link of its session, after the offer.
    pub(super) fn stop(&mut self, lease: LeaseId) {
        self.leases.entry(lease.session).or_default().push(Command::Stop(lease));
    }

    /// What a miner is to hear once all that is recorded is durable.
    pub(super) fn state(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Signs the turn's tickets, vouchers and acknowledgements with one signature. Returns the leases whose tickets cannot be signed, which are taken
    /// out, and the reason.
    pub(super) fn sign(
        &mut self,
        signer: &Secp256k1Signer,
        domain: &Domain,
        links: &HashMap<Session, Commands>,
    ) -> Option<(Vec<LeaseId>, String)> {
        if self.offers.is_empty() && self.statements.is_empty() {
            return None;
        }
        let coordinator = signer.address();
        let statements = mem::take(&mut self.statements);
        let vouchers: Vec<_> = statements.iter().map(|statement| voucher(coordinator, statement)).collect();
        if vouchers.iter().any(Option::is_some) {
            failpoint::point(failpoint::VOUCHER);
        }
        let mut hashes: Vec<_> = self.offers.iter().map(|(_, _, hash)| *hash).collect();
        hashes.extend(vouchers.iter().flatten().map(|voucher| voucher.struct_hash()));
        hashes.extend(statements.iter().flat_map(|statement| {
            acknowledgements(coordinator, statement).map(|acknowledgement| acknowledgement.struct_hash())
        }));
        let signatures = match sign_batch(|digest| signer.sign_hash_sync(digest), domain, &hashes) {
            Ok(signatures) => signatures,
            Err(error) => return Some((self.take_offers(), format!("the tickets cannot be signed: {error}"))),
        };
        let mut signatures = signatures.into_iter();
        for ((session, index, _), signed) in mem::take(&mut self.offers).into_iter().zip(signatures.by_ref()) {
            let command = self.leases.get_mut(&session).and_then(|commands| commands.get_mut(index));
            if let Some(Command::Offer { signature, .. }) = command {
                *signature = signed;
            }
        }
        let vouchers: Vec<_> =
            vouchers.into_iter().map(|voucher| Some(frame(&voucher?, &signatures.next()?))).collect();
        for (statement, voucher) in statements.into_iter().zip(vouchers) {
            let acknowledged: Vec<_> = acknowledgements(coordinator, &statement)
                .zip(signatures.by_ref())
                .map(|(acknowledgement, signature)| acknowledged(&acknowledgement, &signature))
                .collect();
            let Some(link) = links.get(&statement.session).cloned() else { continue };
            let command = Command::Statement { acknowledged, voucher };
            // Nobody waits for it, and the link may be gone.
            self.releases.push(Box::new(move || drop(link.send(vec![command]))));
        }
        None
    }

    /// Takes the offers out of the commands.
    fn take_offers(&mut self) -> Vec<LeaseId> {
        self.offers.clear();
        let mut leases = vec![];
        for commands in self.leases.values_mut() {
            commands.retain(|command| match command {
                Command::Offer { offer, .. } => {
                    leases.push(offer.lease);
                    false
                }
                _ => true,
            });
        }
        leases
    }

    /// Makes a release of what links are told of leases, the first one: miners wait for their work. Returns the leases that are offered.
    pub(super) fn give(&mut self, links: &HashMap<Session, Commands>) -> Vec<LeaseId> {
        let (mut given, mut told) = (vec![], vec![]);
        for (session, commands) in mem::take(&mut self.leases) {
            let Some(link) = links.get(&session).cloned() else { continue };
            given.extend(commands.iter().filter_map(|command| match command {
                Command::Offer { offer, .. } => Some(offer.lease),
                _ => None,
            }));
            told.push((link, commands));
        }
        if !told.is_empty() {
            // A link that is gone says so itself.
            self.releases.insert(0, Box::new(move || told.into_iter().for_each(|(link, told)| drop(link.send(told)))));
        }
        self.is_urgent |= !given.is_empty();
        given
    }

    /// Sends each link all that the turn has for it at once. A link that was told to close is forgotten.
    pub(super) fn send(&mut self, links: &mut HashMap<Session, Commands>) {
        for (session, commands) in mem::take(&mut self.commands) {
            let closes = commands.iter().any(|command| matches!(command, Command::Close(..)));
            if let Some(link) = links.get(&session) {
                // A link that is gone says so itself.
                let _ = link.send(commands);
            }
            if closes {
                links.remove(&session);
            }
        }
    }
}

/// What a statement's voucher says; `None` where nothing is owed.
fn voucher(coordinator: Address, statement: &Statement) -> Option<Voucher> {
    let terms = statement.terms.as_ref()?;
    Some(Voucher { coordinator, miner: statement.miner, cumulative: terms.cumulative, through: terms.through })
}

fn frame(voucher: &Voucher, signature: &Bytes) -> wire::Voucher {
    wire::Voucher {
        cumulative: voucher.cumulative.to_be_bytes().to_vec(),
        signature: signature.to_vec(),
        through: voucher.through,
    }
}

/// What a statement says of results: those that cost something, since no miner waits for the others.
fn acknowledgements(coordinator: Address, statement: &Statement) -> impl Iterator<Item = Acknowledgement> {
    let miner = statement.miner;
    statement.settled.iter().filter(|settled| settled.owed > 0).map(move |settled| Acknowledgement {
        coordinator,
        miner,
        number: settled.number,
        receipt: settled.receipt,
        owed: settled.owed,
    })
}

fn acknowledged(acknowledgement: &Acknowledgement, signature: &Bytes) -> wire::Acknowledged {
    wire::Acknowledged {
        number: acknowledgement.number,
        receipt: acknowledgement.receipt.to_vec(),
        owed: acknowledgement.owed.to_be_bytes().to_vec(),
        signature: signature.to_vec(),
    }
}
