//! The transactions before the court that are on their way: each is on disk before anybody sees it, is followed until it is over,
//! and is not sent a second time meanwhile. Nothing waits for one, so that none keeps another from its deadline.

use alloy::primitives::B256;
use cuckoo_protocol::chain::{Call, ChainError, Confirmed, Intent, SendError, Sender, Terms};
use tokio::task::JoinSet;

use crate::node::failpoint;

/// Points at which a test can end the process: before the endpoint has a transaction, and when it has it.
pub type Points = (&'static str, &'static str);

/// A transaction that is over.
#[derive(Debug)]
pub struct Ended {
    /// What it was, in words.
    pub title: String,
    /// What came of it.
    pub result: Result<Confirmed, SendError>,
}

#[derive(Debug)]
struct Sent {
    title: String,
    call: Call,
    /// The block that it is in, once it is in one.
    block: Option<u64>,
}

/// The transactions of which what they do cannot be seen yet.
#[derive(Debug, Default)]
struct OnTheirWay(Vec<Sent>);

impl OnTheirWay {
    fn add(&mut self, title: String, call: Call) {
        self.0.push(Sent { title, call, block: None });
    }

    fn has(&self, call: &Call) -> bool {
        self.0.iter().any(|sent| sent.call == *call)
    }

    fn has_titled(&self, title: &str) -> bool {
        self.0.iter().any(|sent| sent.title == title)
    }

    /// A call is in this block, or does nothing.
    fn end(&mut self, call: &Call, block: Option<u64>) {
        match block {
            None => self.0.retain(|sent| sent.call != *call),
            block => self.0.iter_mut().filter(|sent| sent.call == *call).for_each(|sent| sent.block = block),
        }
    }

    /// From here on everything is seen as of this block.
    fn seen(&mut self, block: u64) {
        self.0.retain(|sent| sent.block.is_none_or(|mined| mined > block));
    }
}

/// Follows a transaction until it is over, however long that takes: as long as it may be in a block, there is no other one.
async fn finish(sender: &Sender, intent: &Intent) -> Result<Confirmed, SendError> {
    loop {
        match sender.finish(intent).await?.into_confirmed(sender.patience()) {
            Err(error @ SendError::Unconfirmed { .. }) => tracing::warn!(%error, title = intent.title, "still waiting"),
            over => return over,
        }
    }
}

/// One key's transactions before the court.
#[derive(Debug)]
pub struct Transactions {
    sender: Sender,
    sent: OnTheirWay,
    followed: JoinSet<(Call, Ended)>,
}

impl Transactions {
    /// Those that this sender's key sends.
    pub fn new(sender: Sender) -> Self {
        Self { sender, sent: OnTheirWay::default(), followed: JoinSet::new() }
    }

    /// Follows what earlier processes have left open with this key.
    pub async fn resume(&mut self) -> Result<(), ChainError> {
        for intent in self.sender.resume().await? {
            if !self.is_on_its_way(&intent.call()) {
                self.follow(intent);
            }
        }
        Ok(())
    }

    /// True from when a call is sent until what it has done can be seen, or until it is known that it does nothing.
    pub fn is_on_its_way(&self, call: &Call) -> bool {
        self.sent.has(call)
    }

    /// The same of any call that is called so in the outbox.
    pub fn is_titled_on_its_way(&self, title: &str) -> bool {
        self.sent.has_titled(title)
    }

    /// From here on everything is seen as of this block.
    pub fn seen(&mut self, block: u64) {
        self.sent.seen(block);
    }

    /// Sends a call, unless it is on its way. `title` is what the outbox calls it. Returns whether it was sent now.
    pub async fn send(&mut self, title: String, call: Call, points: Option<Points>) -> Result<bool, ChainError> {
        if self.is_on_its_way(&call) {
            return Ok(false);
        }
        let (sender, simulation) = self.sender.simulate(&call).await?;
        let terms = Terms { title, nonce: None, max_fee: None, patience: sender.patience() };
        let stored = |_: B256| {
            if let Some((before, _)) = points {
                failpoint::point(before);
            }
        };
        let intent = sender.submit(&call, &simulation, &terms, stored).await?;
        if let Some((_, after)) = points {
            failpoint::point(after);
        }
        self.follow(intent);
        Ok(true)
    }

    fn follow(&mut self, intent: Intent) {
        let (call, sender) = (intent.call(), self.sender.clone());
        self.sent.add(intent.title.clone(), call.clone());
        self.followed.spawn(async move {
            let result = finish(&sender, &intent).await;
            (call, Ended { title: intent.title, result })
        });
    }

    /// The next one that is over; pending while none is on its way.
    pub async fn ended(&mut self) -> Ended {
        loop {
            match self.followed.join_next().await {
                Some(Ok((call, ended))) => {
                    self.sent.end(&call, ended.result.as_ref().ok().map(|confirmed| confirmed.block));
                    return ended;
                }
                // What was aborted, or has panicked, is looked after at the next start.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256};
    use cuckoo_protocol::{contract::DisputeCourt::summonCall, court::Step};

    use super::{super::act, *};

    fn summon(nodes: &[u8]) -> (String, Call) {
        let (case, nodes) = (B256::repeat_byte(7), nodes.iter().map(|node| Address::repeat_byte(*node)).collect());
        let step = Step::Summon { case, nodes };
        let title = act::title(&step);
        let Step::Summon { nodes, .. } = step else { unreachable!("it is a summons") };
        (title, Call::new(Address::ZERO, &summonCall { id: case, nodes }))
    }

    #[test]
    fn jurors_are_summoned_once_also_when_one_of_them_has_come_by_itself() {
        let mut sent = OnTheirWay::default();
        let ((title, call), (now, other)) = (summon(&[1, 2, 3]), summon(&[2, 3]));
        sent.add(title, call.clone());
        assert!(sent.has(&call) && !sent.has(&other) && sent.has_titled(&now));
        sent.end(&call, Some(9));
        sent.seen(8);
        assert!(sent.has_titled(&now), "what it has done cannot be seen yet");
        sent.seen(9);
        assert!(!sent.has_titled(&now));
        sent.add(now.clone(), other.clone());
        sent.end(&other, None);
        assert!(!sent.has_titled(&now), "it does nothing");
    }
}
