//! The coordinator's operator: ends pauses before their time, and orders cases before the court, which end one day.

use cuckoo_protocol::coordinator::Input;

use super::world::World;

impl World {
    /// What the operator does while a block is mined.
    pub(crate) fn operate(&mut self) {
        let Some(process) = &self.gateway.process else { return };
        let book = process.machine.audits();
        let cases: Vec<_> = book.accusations().map(|accusation| (accusation.id, accusation.ordered)).collect();
        let paused = self.peers.iter().map(|peer| peer.address()).filter(|miner| process.machine.is_paused(miner));
        let paused: Vec<_> = paused.collect();
        for miner in paused {
            if self.random.odds(0.05) {
                self.tell(Input::Lift { miner });
            }
        }
        for (case, ordered) in cases {
            if self.random.odds(0.1) {
                // It may have been ordered before, by a command whose answer was lost.
                let attempt = ordered + u32::from(self.random.odds(0.8));
                self.tell(Input::CaseOrdered { case, attempt });
            } else if self.random.odds(0.02) {
                self.tell(Input::CaseClosed { case, reason: "the court has decided".to_owned() });
            }
        }
    }
}
