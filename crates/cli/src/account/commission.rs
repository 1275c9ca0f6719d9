//! A node's commission as somebody is shown it who stakes there, and the most that they accept.

use cuckoo_protocol::{
    Address,
    chain::Client,
    contract::Staking::{commissionOfCall, commissionOfReturn},
};

use crate::{
    args::Percent,
    host::clock::moment,
    terminal::{Error, Result},
};

/// The commission of one node.
#[derive(Clone, Debug)]
pub struct Commission {
    /// In force, in hundredths of a percent.
    pub now: Percent,
    /// Announced, and when it takes effect, in seconds since the Unix epoch.
    pub next: Option<(Percent, u64)>,
}

impl From<commissionOfReturn> for Commission {
    fn from(found: commissionOfReturn) -> Self {
        let next = (found.nextAt != 0).then_some((Percent(found.nextBps), found.nextAt));
        Self { now: Percent(found.bps), next }
    }
}

impl Commission {
    /// Reads it as of the newest block.
    pub async fn read(client: &Client, node: Address) -> Result<Self> {
        Ok(client.read(client.network().staking, &commissionOfCall { node }).await?.into())
    }

    /// The most that a voter accepts: what the voter says, or the higher one of what is in force and what is announced. The
    /// contract refuses the vote where the node has announced more in the meantime.
    pub fn accepted(&self, node: Address, most: Option<Percent>) -> Result<Percent> {
        let highest = self.next.map_or(self.now, |(next, _)| next.max(self.now));
        match most {
            Some(most) if most < highest => Err(Error::precondition(format_args!(
                "the commission of {node} is {self}, and --max-commission is {most} %"
            ))
            .hint("compare the commissions of all nodes: cuckoo vote leaderboard")),
            Some(most) => Ok(most),
            None => Ok(highest),
        }
    }
}

impl std::fmt::Display for Commission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.next {
            Some((next, at)) => write!(f, "{} % ({next} % from {} on)", self.now, moment(at)),
            None => write!(f, "{} %", self.now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voter_accepts_what_was_shown_and_no_more() {
        let node = Address::repeat_byte(1);
        let quiet = Commission { now: Percent(250), next: None };
        assert_eq!(quiet.accepted(node, None).expect("shown"), Percent(250));
        assert_eq!(quiet.accepted(node, Some(Percent(300))).expect("more is accepted"), Percent(300));
        assert!(quiet.accepted(node, Some(Percent(249))).is_err());
        let rising = Commission { now: Percent(250), next: Some((Percent(1_000), 86_400)) };
        assert_eq!(rising.accepted(node, None).expect("shown"), Percent(1_000));
        assert!(rising.accepted(node, Some(Percent(999))).is_err());
        assert_eq!(rising.to_string(), "2.50 % (10.00 % from 1970-01-02T00:00:00Z on)");
        let falling = Commission { next: Some((Percent(0), 86_400)), ..quiet };
        assert_eq!(falling.accepted(node, None).expect("shown"), Percent(250), "the higher one is in force");
    }
}
