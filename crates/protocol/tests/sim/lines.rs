//! Connections between miners and the coordinator: frames of one connection stay in order; they are late, or lost with everything after
//! them, and each end learns of the end in its own time.

use cuckoo_protocol::wire::Body;

use super::{
    queue::{MS, Micros, SECOND},
    world::{Checked, Happening, World},
};

/// The number of a connection.
pub(crate) type LineId = usize;

/// An end of a connection that has heard nothing for this long gives it up.
pub(crate) const SILENCE: Micros = 10 * SECOND;

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The miner's.
    Miner = 0,
    /// The coordinator's.
    Coordinator = 1,
}

impl Side {
    /// The other end.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Miner => Self::Coordinator,
            Self::Coordinator => Self::Miner,
        }
    }
}

/// What one end sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The process at this end still has it.
    pub(crate) open: bool,
    /// When something arrived last.
    pub(crate) heard: Micros,
    /// When the newest frame on its way to this end arrives.
    arrives: Micros,
    /// What is sent to this end from now on never arrives.
    lost: bool,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Line {
    /// The miner's number.
    pub(crate) peer: usize,
    /// The miner's end and the coordinator's.
    pub(crate) ends: [End; 2],
    /// Not even what is on its way arrives.
    dead: bool,
    latency: Micros,
}

impl World {
    /// A miner opens a connection; nothing is said yet.
    pub(crate) fn open_line(&mut self, peer: usize) -> LineId {
        let now = self.queue.now();
        let end = End { open: true, heard: now, arrives: now, lost: false };
        let latency = self.random.between(50, 20 * MS);
        self.lines.push(Line { peer, ends: [end; 2], dead: false, latency });
        let line = self.lines.len() - 1;
        for side in [Side::Miner, Side::Coordinator] {
            self.queue.after(SILENCE, Happening::Silence { line, side });
        }
        line
    }

    /// When something that is sent now arrives; `None` where it never does.
    fn arrival(&mut self, line: LineId, to: Side) -> Option<Micros> {
        let jitter = if self.random.odds(0.05) { self.random.below(300 * MS) } else { self.random.below(2 * MS) };
        let line = &mut self.lines[line];
        let end = &mut line.ends[to as usize];
        if line.dead || end.lost {
            return None;
        }
        end.arrives = end.arrives.max(self.queue.now() + line.latency + jitter);
        Some(end.arrives)
    }

    /// Sends a frame to one end.
    pub(crate) fn send(&mut self, line: LineId, to: Side, body: impl Into<Body>) {
        if let Some(at) = self.arrival(line, to) {
            self.queue.at(at, Happening::Frame { line, to, body: Box::new(body.into()) });
        }
    }

    /// A miner asks to be let in.
    pub(crate) fn knock(&mut self, line: LineId) {
        if let Some(at) = self.arrival(line, Side::Coordinator) {
            self.queue.at(at, Happening::Knock { line });
        }
    }

    /// One end closes: it hears nothing more, and the other end learns of it after what is on its way to there.
    pub(crate) fn close_line(&mut self, line: LineId, by: Side) {
        let end = &mut self.lines[line].ends[by as usize];
        if !std::mem::replace(&mut end.open, false) {
            return;
        }
        if let Some(at) = self.arrival(line, by.other()) {
            self.queue.at(at, Happening::Hangup { line, side: by.other() });
        }
        self.lines[line].ends[by.other() as usize].lost = true;
    }

    /// What is on its way is gone, and both ends are told within two seconds.
    pub(crate) fn drop_line(&mut self, line: LineId) {
        self.lines[line].dead = true;
        for side in [Side::Miner, Side::Coordinator] {
            let after = self.random.below(2 * SECOND);
            self.queue.after(after, Happening::Hangup { line, side });
        }
    }

    /// Breaks a connection in one of the ways in which networks do it.
    pub(crate) fn break_line(&mut self, line: LineId) {
        match self.random.below(5) {
            0 => self.drop_line(line),
            // Nobody is told.
            1 => self.lines[line].dead = true,
            // One direction is lost.
            2 => self.lines[line].ends[Side::Miner as usize].lost = true,
            3 => self.lines[line].ends[Side::Coordinator as usize].lost = true,
            // Everything comes late, in its order.
            _ => {
                let stall = self.random.below(14 * SECOND);
                let until = self.queue.now() + stall;
                self.lines[line].ends.iter_mut().for_each(|end| end.arrives = end.arrives.max(until));
            }
        }
    }

    /// A frame arrives.
    pub(crate) fn frame(&mut self, line: LineId, to: Side, body: Body) -> Checked {
        let now = self.queue.now();
        let connection = &mut self.lines[line];
        let end = &mut connection.ends[to as usize];
        if connection.dead || !end.open {
            return Ok(());
        }
        end.heard = now;
        match to {
            Side::Coordinator => self.hear_miner(line, body),
            Side::Miner => self.hear_coordinator(line, body),
        }
    }

    /// One end is told that the connection is over.
    pub(crate) fn hangup(&mut self, line: LineId, side: Side) -> Checked {
        if !std::mem::replace(&mut self.lines[line].ends[side as usize].open, false) {
            return Ok(());
        }
        match side {
            Side::Coordinator => self.lose_miner(line, "its connection ended"),
            Side::Miner => self.lose_coordinator(line),
        }
        Ok(())
    }

    /// Whether one end has heard nothing for too long.
    pub(crate) fn silence(&mut self, line: LineId, side: Side) -> Checked {
        let end = self.lines[line].ends[side as usize];
        if !end.open {
            return Ok(());
        }
        if end.heard + SILENCE > self.queue.now() {
            self.queue.at(end.heard + SILENCE, Happening::Silence { line, side });
            return Ok(());
        }
        self.close_line(line, side);
        match side {
            Side::Coordinator => self.lose_miner(line, "nothing was heard for 10 s"),
            Side::Miner => self.lose_coordinator(line),
        }
        Ok(())
    }
}
