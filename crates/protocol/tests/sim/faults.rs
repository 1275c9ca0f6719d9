//! The menu of faults, and the end of a run.

use cuckoo_protocol::{Address, coordinator::Input, task::State};

use super::{
    peers::Peer,
    queue::SECOND,
    world::{Checked, Happening, World},
};

/// Milliseconds by which clocks are set wrongly.
const HOUR: i64 = 3_600_000;

impl World {
    /// Something goes wrong.
    pub(crate) fn fault(&mut self) -> Checked {
        if self.apps.left == 0 {
            return Ok(());
        }
        let menu = self.plan.menu;
        let pause = self.random.below(2 * menu.pace);
        self.queue.after(pause, Happening::Fault);
        let mut drawn = self.random.below(menu.weights.iter().sum());
        let mut choice = 0;
        while drawn >= menu.weights[choice] {
            drawn -= menu.weights[choice];
            choice += 1;
        }
        let peer = self.random.below(self.peers.len() as u64) as usize;
        match choice {
            // Now, or when the next turn is about to be synced.
            // With notice: new tasks are refused, and a little later the process ends.
            0 if self.random.odds(0.1) => {
                self.tell(Input::Drain);
                let generation = self.gateway.generation;
                let after = self.random.below(5 * SECOND);
                self.queue.after(after, Happening::Kill { generation });
            }
            0 if self.random.odds(0.5) => return self.kill_coordinator(),
            0 => self.doomed = true,
            1 => self.kill_miner(peer),
            2 => {
                if let Some(line) = self.peers[peer].line() {
                    self.census.cuts += 1;
                    self.break_line(line);
                }
            }
            3 => {
                self.census.jumps += 1;
                let jump = self.random.one(&[-2_000, -200, 200, 2_000, -HOUR, HOUR]);
                if jump.abs() < HOUR {
                    self.gateway.skew += jump;
                } else {
                    self.census.hours += 1;
                    self.gateway.wrong = jump;
                    self.set_right(None);
                }
            }
            4 => {
                self.census.jumps += 1;
                let jump = self.random.one(&[-60_000, -2_000, 2_000, 60_000, -HOUR, HOUR]);
                if jump.abs() < HOUR {
                    self.peers[peer].skew += jump;
                } else {
                    self.census.hours += 1;
                    self.peers[peer].wrong = jump;
                    self.set_right(Some(peer));
                }
            }
            5 => {
                self.census.full_disks += 1;
                self.gateway.disk.full = true;
                self.tell(Input::Disk { full: true });
                let until = self.random.below(8 * SECOND);
                self.queue.after(until, Happening::Space { peer: None });
            }
            6 => {
                self.census.full_disks += 1;
                self.peers[peer].record.full = true;
                self.capable(peer);
                let until = self.random.below(8 * SECOND);
                self.queue.after(until, Happening::Space { peer: Some(peer) });
            }
            7 => {
                if self.peers[peer].machine.is_some() {
                    let line = self.open_line(peer);
                    self.knock(line);
                }
            }
            8 => self.echo(),
            _ => self.break_all(),
        }
        Ok(())
    }

    /// A clock that was set wrongly is set right later.
    fn set_right(&mut self, peer: Option<usize>) {
        let after = self.random.below(120 * SECOND);
        self.queue.after(after, Happening::SetRight { peer });
    }

    /// A proxy restarts: all connections are over at once, and each end hears of it in its own time. That is no miner's fault.
    fn break_all(&mut self) {
        self.census.cuts += 1;
        let open = |line: &usize| self.lines[*line].ends.iter().any(|end| end.open);
        let broken: Vec<_> = (0..self.lines.len()).filter(open).collect();
        let nodes = broken.iter().map(|line| self.peers[self.lines[*line].peer].address()).collect();
        self.check.blameless = (self.coordinator_clock(), self.queue.now() + 2 * SECOND, nodes);
        broken.into_iter().for_each(|line| self.drop_line(line));
    }

    /// Faults are over: whoever is down comes back by itself.
    pub(crate) fn mend(&mut self) {
        self.gateway.disk.full = false;
        self.tell(Input::Disk { full: false });
        for peer in 0..self.peers.len() {
            self.peers[peer].record.full = false;
            (self.peers[peer].skew, self.peers[peer].wrong) = (0, 0);
            self.peers[peer].clock = None;
            self.capable(peer);
        }
    }

    /// The last checks.
    pub(crate) fn end(&mut self) -> Checked {
        let Some(process) = self.gateway.process.take() else {
            return Err("the coordinator did not come back".into());
        };
        if self.gateway.disk.is_quiet() {
            self.check.compare(&process.machine, true)?;
        }
        let connected: Vec<_> = process.machine.connected().into_iter().map(|(node, _)| node).collect();
        self.check.repeat(process)?;
        let disk = &self.gateway.disk;
        self.check.finish(&disk.replayed, &disk.log, self.queue.now())?;
        for task in disk.replayed.tasks.iter() {
            let end = match &task.state {
                State::Failed { fault, .. } => format!("failed {fault:?}"),
                state => state.name().to_owned(),
            };
            *self.census.ends.entry(end).or_default() += 1;
        }
        let counts = disk.replayed.audits.counts();
        self.census.audits += counts.due;
        self.census.miners_examined += counts.examined;
        self.census.confirmed += counts.confirmed;
        self.census.acquitted += counts.acquitted;
        self.census.overdue += counts.overdue;
        self.check_found()?;
        self.census.runs = 1;
        self.check_miners(&connected)
    }

    /// What miners think that they are owed is what they were told, but for answers that nobody took.
    fn check_miners(&self, connected: &[Address]) -> Checked {
        let hears = |peer: &&Peer| peer.machine.is_some() && connected.contains(&peer.address());
        for peer in &self.peers {
            let running = peer.machine.as_ref().map_or(0, |machine| machine.running());
            if running > 0 {
                return Err(format!("{} has {running} slots taken, and nothing is open", peer.address()));
            }
        }
        for peer in self.peers.iter().filter(|peer| peer.temper.is_honest()).filter(hears) {
            for (ticket, owed) in peer.unpaid() {
                let task = cuckoo_protocol::TaskId(ticket.task);
                let kept = self.gateway.disk.replayed.tasks.get(&task).map(|task| &task.state);
                if let Some(State::Done { miner, outcome }) = kept
                    && *miner == ticket.miner
                    && outcome.receipt.ticket == *ticket
                {
                    return Err(format!("{miner} was never paid {owed} for ticket {}", ticket.number));
                }
            }
        }
        Ok(())
    }
}
