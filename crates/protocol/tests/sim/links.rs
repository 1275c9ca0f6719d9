//! The coordinator's links to miners: who is let in, what becomes of frames, and how output reaches readers.

use alloy::primitives::Address;
use cuckoo_protocol::{
    coordinator::{Input, LeaseId, Offered, ResultError, Session, check},
    task::TaskId,
    wire::{self, Body, CloseCode, RefuseCode},
};

use super::{
    gateway::{Held, Link, Message, Reply},
    lines::{LineId, Side},
    queue::{MS, SECOND},
    world::{Checked, Happening, World},
};

/// The machine hears of progress at most this often.
const PROGRESS: u64 = 250 * MS;
/// The number of a ping that asks for a sign of life.
pub(crate) const ASKED: u64 = 1;
/// How often the coordinator gives a sign of life.
const PING: u64 = 3 * SECOND + 333 * MS;

impl World {
    /// A miner asks to be let in.
    pub(crate) fn answer_knock(&mut self, line: LineId) -> Checked {
        let node = self.peers[self.lines[line].peer].address();
        let now = self.coordinator_clock();
        let Some(process) = &mut self.gateway.process else {
            self.close_line(line, Side::Coordinator);
            return Ok(());
        };
        let code = if !self.chain.head().active.contains(&node) {
            Some(CloseCode::NotRegistered)
        } else if process.machine.suspended(&node, now).is_some() {
            Some(CloseCode::Suspended)
        } else {
            None
        };
        if let Some(code) = code {
            self.send(line, Side::Miner, wire::Close::new(code, "not now"));
            self.close_line(line, Side::Coordinator);
            return Ok(());
        }
        self.lines[line].ends[Side::Coordinator as usize].heard = self.queue.now();
        process.links.insert(line, Link { node, ..Link::default() });
        self.post(Message::Input(Input::Connect { node }, Reply::Login(line)));
        Ok(())
    }

    /// A session is open.
    pub(crate) fn welcome(&mut self, line: LineId, session: Session) {
        let Some(process) = &mut self.gateway.process else { return };
        let Some(link) = process.links.get_mut(&line) else {
            // The connection ended before the machine had heard of it.
            let node = self.peers[self.lines[line].peer].address();
            return self.tell(Input::Disconnect { node, session, reason: "its connection ended".into() });
        };
        link.session = Some(session);
        process.sessions.insert(session, line);
        let prices = process.machine.prices().frames();
        self.send(line, Side::Miner, wire::Welcome { session, silence_ms: 10_000, prices });
        self.queue.after(PING, Happening::Ping { line });
    }

    /// Time for a sign of life.
    pub(crate) fn ping(&mut self, line: LineId) -> Checked {
        let is_open = self.gateway.process.as_ref().is_some_and(|process| process.links.contains_key(&line));
        if is_open && self.lines[line].ends[Side::Coordinator as usize].open {
            self.send(line, Side::Miner, Body::Ping(wire::Ping::default()));
            self.queue.after(PING, Happening::Ping { line });
        }
        Ok(())
    }

    /// A connection is over.
    pub(crate) fn lose_miner(&mut self, line: LineId, reason: &str) {
        let Some(process) = &mut self.gateway.process else { return };
        let Some(link) = process.links.remove(&line) else { return };
        if let Some(session) = link.session {
            process.sessions.remove(&session);
            if self.plan.flaw.forgets_sessions() && self.random.odds(0.3) {
                return;
            }
            self.tell(Input::Disconnect { node: link.node, session, reason: reason.to_owned() });
        }
    }

    /// A frame from a miner.
    pub(crate) fn hear_miner(&mut self, line: LineId, body: Body) -> Checked {
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let Some(link) = process.links.get_mut(&line) else { return Ok(()) };
        let Some(session) = link.session else { return Ok(()) };
        let node = link.node;
        let lease = |lease: &wire::Lease| lease.parse().map_err(|error| error.to_string());
        match body {
            Body::Slots(slots) => {
                if slots.sequence <= link.slots {
                    self.reject(line, "the sequence number of the slots does not grow");
                    return Ok(());
                }
                link.slots = slots.sequence;
                let offers = slots.models.iter().map(offered).collect::<Result<Vec<_>, String>>()?;
                self.tell(Input::Slots { node, session, offers, devices: slots.devices });
            }
            Body::Accept(accepted) => {
                let (task, attempt) = lease(&accepted)?;
                if let Some(lease) = self.lease_of(line, task, attempt) {
                    self.tell(Input::Started { lease });
                }
            }
            Body::Refuse(refuse) => {
                let (task, attempt) = lease(&refuse.lease.unwrap_or_default())?;
                if let Some(lease) = self.lease_of(line, task, attempt) {
                    let code = RefuseCode::try_from(refuse.code).unwrap_or(RefuseCode::Failed);
                    self.tell(Input::Refused { lease, code, reason: refuse.reason });
                }
            }
            Body::Chunk(mut chunk) => {
                let (task, attempt) = lease(&chunk.lease.take().unwrap_or_default())?;
                self.chunk(line, task, attempt, chunk)?;
            }
            Body::Result(mut result) => {
                let (task, attempt) = lease(&result.lease.take().unwrap_or_default())?;
                self.result(line, node, (task, attempt), &result)?;
            }
            Body::Drain(_) => self.tell(Input::Drained { node, session }),
            Body::Ping(ping) => self.send(line, Side::Miner, Body::Pong(ping)),
            Body::Pong(wire::Ping { number: ASKED, .. }) => self.tell(Input::Heard { node, session }),
            Body::Pong(_) => {}
            Body::Close(_) => {
                self.close_line(line, Side::Coordinator);
                self.lose_miner(line, "it closed the session");
            }
            _ => self.reject(line, "a miner does not send this frame"),
        }
        Ok(())
    }

    fn reject(&mut self, line: LineId, reason: &str) {
        self.send(line, Side::Miner, wire::Close::new(CloseCode::Protocol, reason));
        self.close_line(line, Side::Coordinator);
        self.lose_miner(line, reason);
    }

    /// The lease by which a miner speaks of an attempt; `None` where it has none.
    fn lease_of(&mut self, line: LineId, task: TaskId, attempt: u32) -> Option<LeaseId> {
        let link = self.gateway.process.as_ref()?.links.get(&line)?;
        let lease = link.leases.get(&(task, attempt))?.offer.lease;
        if self.random.odds(self.plan.echoes) {
            self.echoes.push(lease);
        }
        Some(lease)
    }

    fn chunk(&mut self, line: LineId, task: TaskId, attempt: u32, chunk: wire::Chunk) -> Checked {
        let Some(lease) = self.lease_of(line, task, attempt) else { return Ok(()) };
        let now = self.queue.now();
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let Some(stream) = process.streams.get_mut(&task).filter(|stream| stream.lease == Some(lease)) else {
            return Ok(());
        };
        let Some(spec) = process.links.get(&line).and_then(|link| link.leases.get(&(task, attempt))) else {
            return Ok(());
        };
        let is_first = stream.output.tokens() == 0;
        if let Err(reason) = stream.output.push(&spec.offer.spec, chunk) {
            stream.lease = None;
            self.tell(Input::Broken { lease, reason: reason.into() });
            return Ok(());
        }
        let tokens = stream.output.tokens();
        if is_first || now >= stream.progress + PROGRESS {
            stream.progress = now;
            self.tell(Input::Progress { lease, tokens });
        }
        self.relay(task, lease)
    }

    /// Gives readers what is new.
    fn relay(&mut self, task: TaskId, lease: LeaseId) -> Checked {
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let Some(stream) = process.streams.get_mut(&task).filter(|stream| !stream.readers.is_empty()) else {
            return Ok(());
        };
        match stream.output.fresh() {
            Ok(Some(words)) => {
                let readers: Vec<_> = stream.readers.iter().copied().collect();
                for request in readers {
                    self.words(request, task, &words.0)?;
                }
            }
            Ok(None) => {}
            Err(reason) => {
                stream.lease = None;
                self.tell(Input::Diverged { lease, reason: reason.into() });
            }
        }
        Ok(())
    }

    fn result(
        &mut self,
        line: LineId,
        node: Address,
        (task, attempt): (TaskId, u32),
        result: &wire::TaskResult,
    ) -> Checked {
        let Some(lease) = self.lease_of(line, task, attempt) else { return Ok(()) };
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let Some(stream) = process.streams.get(&task).filter(|stream| stream.lease == Some(lease)) else {
            return Ok(());
        };
        let Some(Held { offer, signature }) =
            process.links.get(&line).and_then(|link| link.leases.get(&(task, attempt)))
        else {
            return Ok(());
        };
        let domain = &self.gateway.identity.domain;
        let signs = self.plan.signs;
        let checked = check(domain, offer, signature, &stream.output, result, |receipt, signature| {
            if signs { domain.verify(receipt, signature, node) } else { unsigned(domain, receipt, signature) }
        });
        // Whatever comes after the end of an output is not part of it.
        if let Some(stream) = process.streams.get_mut(&task) {
            stream.lease = None;
        }
        let input = match checked {
            Ok(finished) => Input::Finished { lease, finished: Box::new(finished) },
            Err(ResultError::Broken(reason)) => Input::Broken { lease, reason },
            Err(error @ ResultError::Diverged) => Input::Diverged { lease, reason: error.to_string() },
        };
        if self.random.odds(0.02) {
            self.tell(input.clone());
        }
        self.tell(input);
        Ok(())
    }

    /// An input of a lease or a session that is over comes once more, by a thread that was slow.
    pub(crate) fn echo(&mut self) {
        let lease = if self.echoes.is_empty() || self.random.odds(0.5) {
            // Another attempt, or another session, than the one that there is.
            let Some(mut lease) = self.check.held(&mut self.random) else { return };
            match self.random.below(3) {
                0 => lease.attempt += 1,
                1 => lease.attempt -= 1,
                _ => lease.session -= 1,
            }
            lease
        } else {
            let index = self.random.below(self.echoes.len() as u64) as usize;
            self.echoes.swap_remove(index)
        };
        if !self.check.is_over(&lease) {
            return;
        }
        self.census.echoes += 1;
        let (node, session) = (lease.node, lease.session - 1);
        let reason = || "an echo".to_owned();
        let input = match self.random.below(9) {
            0 => Input::Started { lease },
            1 => Input::Refused { lease, code: RefuseCode::Busy, reason: reason() },
            2 => Input::Refused { lease, code: RefuseCode::Failed, reason: reason() },
            3 => Input::Progress { lease, tokens: 1 },
            4 => Input::Broken { lease, reason: reason() },
            5 => Input::Diverged { lease, reason: reason() },
            6 => Input::Drained { node, session },
            7 => Input::Disconnect { node, session, reason: reason() },
            _ => Input::Slots { node, session, offers: vec![], devices: vec![] },
        };
        self.tell(input);
    }
}

/// Stands for a signature where a run does not sign: the message's digest.
fn unsigned(
    domain: &cuckoo_protocol::message::Domain,
    receipt: &cuckoo_protocol::message::Receipt,
    signature: &[u8],
) -> Result<(), cuckoo_protocol::message::SignatureError> {
    let _ = domain;
    let hash = alloy::sol_types::SolStruct::eip712_hash_struct(receipt);
    if hash.as_slice() == signature { Ok(()) } else { Err(cuckoo_protocol::message::SignatureError::NotCanonical) }
}

fn offered(model: &wire::ModelSlots) -> Result<Offered, String> {
    let manifest = model.manifest().map_err(|error| error.to_string())?;
    Ok(Offered {
        kind: model.kind().map_err(|error| error.to_string())?,
        model: model.name.clone(),
        id: manifest.id(),
        manifest: manifest.into(),
        class: model.class.clone(),
        context: model.context,
        examines: model.examines,
        tokenises: model.tokenises,
        slots: model.granted,
        capacity: model.capacity,
    })
}
