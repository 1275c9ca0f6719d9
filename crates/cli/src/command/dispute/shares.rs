//! Who gets and loses what by a case, for each way in which it can end: the court's arithmetic, to the wei.

use cuckoo_protocol::{Cai, U256};
use serde::Serialize;

/// The part of an owner's loss that a slash pays out, in hundredths of a percent, as in the court.
const REWARD_BPS: u64 = 2_000;
/// A case without a verdict costs each challenger this part of its bond.
const VOID_PART: u64 = 10;
/// The second draw has this many times the seats of the first; what a seat gets is reckoned by it.
const WIDENING: u64 = 3;
const BPS: u64 = 10_000;

/// How a case can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ending {
    /// The jury finds an answer false.
    Guilty,
    /// The jury finds that all answers can be honest.
    Innocent,
    /// Two draws bring no verdict.
    NoVerdict,
    /// A third of the seats could not get the evidence.
    NoEvidence,
}

impl Ending {
    pub(super) const ALL: [Self; 4] = [Self::Guilty, Self::Innocent, Self::NoVerdict, Self::NoEvidence];

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Guilty => "guilty",
            Self::Innocent => "innocent",
            Self::NoVerdict => "no verdict",
            Self::NoEvidence => "no evidence",
        }
    }
}

/// What the shares depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// What each challenger has posted.
    pub(super) bond: U256,
    /// How many they are.
    pub(super) challengers: u64,
    /// What was paid for summoning jurors.
    pub(super) fees: U256,
    /// Seats of a first draw.
    pub(super) seats: u64,
    /// What a verdict of guilty takes from everybody with stake behind the accused.
    pub(super) taken: U256,
    /// The owner's part of that.
    pub(super) owner_loss: U256,
}

/// Who gets and loses what by one ending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Shares {
    pub(super) ending: Ending,
    /// What is taken from everybody with stake behind the accused.
    pub(super) taken: Cai,
    /// The owner's part of it.
    pub(super) owner_loss: Cai,
    /// The voters' part of it, by what each has there.
    pub(super) voters_loss: Cai,
    /// What the accused's owner gets out of the bonds.
    pub(super) accused_gets: Cai,
    /// What each challenger gets, its own bond included.
    pub(super) challenger_gets: Cai,
    /// What a juror gets for each seat on the winning side.
    pub(super) seat_gets: Cai,
    /// What is burned of the bonds and of the slash.
    pub(super) burned: Cai,
}

impl Terms {
    /// The shares if a case ends so with this number of seats on the winning side.
    pub(super) fn shares(&self, ending: Ending, winners: u64) -> Shares {
        let (count, winners) = (U256::from(self.challengers.max(1)), U256::from(winners));
        let bonds = self.bond * count;
        let most = (bonds / U256::from(2)).saturating_sub(self.fees);
        let seat = self.seat(ending, winners, most);
        let pay = seat * winners;
        let mut left = bonds.saturating_sub(self.fees).saturating_sub(pay);
        let (mut taken, mut owner_loss, mut reward, mut accused) = (U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO);
        let refund = match ending {
            Ending::NoVerdict => {
                let fees = self.fees.div_ceil(count);
                self.bond.saturating_sub(self.bond / U256::from(VOID_PART)).saturating_sub(fees)
            }
            Ending::NoEvidence => self.bond / U256::from(2),
            Ending::Innocent => {
                accused = bonds / U256::from(2);
                left = left.saturating_sub(accused);
                U256::ZERO
            }
            Ending::Guilty => {
                (taken, owner_loss) = (self.taken, self.owner_loss);
                reward = owner_loss * U256::from(REWARD_BPS) / U256::from(BPS);
                let rest = reward / U256::from(2);
                let cost = self.fees + pay;
                let refund = (left + reward - rest + cost.min(rest)) / count;
                left += reward;
                refund
            }
        };
        let burned = left.saturating_sub(refund * count) + taken.saturating_sub(reward);
        let cai = Cai::from_base_units;
        Shares {
            ending,
            taken: cai(taken),
            owner_loss: cai(owner_loss),
            voters_loss: cai(taken.saturating_sub(owner_loss)),
            accused_gets: cai(accused),
            challenger_gets: cai(refund),
            seat_gets: cai(seat),
            burned: cai(burned),
        }
    }

    /// One rate for every ending that has winners, as far as half of the bonds reaches.
    fn seat(&self, ending: Ending, winners: U256, most: U256) -> U256 {
        if ending == Ending::NoVerdict || winners.is_zero() {
            return U256::ZERO;
        }
        let rate = self.bond / U256::from(2) / U256::from((WIDENING * self.seats).max(1));
        if rate * winners > most { most / winners } else { rate }
    }
}

/// What a verdict takes: a fraction in hundredths of a percent of what is behind the accused, and together with what verdicts took in
/// the last unbonding period at most half of it.
pub(super) fn taken(slashable: U256, falsified_bps: u16, recent: U256) -> U256 {
    let most = slashable.saturating_add(recent) / U256::from(2);
    let amount = slashable.saturating_mul(U256::from(falsified_bps)) / U256::from(BPS);
    amount.min(most.saturating_sub(recent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cai(whole: u64) -> U256 {
        Cai::from_whole(whole).base_units()
    }

    fn terms(challengers: u64) -> Terms {
        Terms { bond: cai(1_000), challengers, fees: U256::ZERO, seats: 31, taken: cai(8_000), owner_loss: cai(8_000) }
    }

    /// Everything that comes in leaves: bonds and what was taken are what everybody gets and what is burned.
    fn balanced(terms: &Terms, ending: Ending, winners: u64) {
        let shares = terms.shares(ending, winners);
        let count = U256::from(terms.challengers);
        let gone = [
            shares.accused_gets.base_units(),
            shares.challenger_gets.base_units() * count,
            shares.seat_gets.base_units() * U256::from(winners),
            shares.burned.base_units(),
            terms.fees,
        ];
        let came = terms.bond * count + shares.taken.base_units();
        assert_eq!(gone.into_iter().sum::<U256>(), came, "{shares:?}");
    }

    #[test]
    fn what_comes_in_leaves_by_every_ending() {
        for challengers in [1, 2, 3, 8] {
            for fees in [U256::ZERO, cai(100), U256::from(77)] {
                for (ending, winners) in
                    [(Ending::Guilty, 31), (Ending::Innocent, 93), (Ending::NoVerdict, 0), (Ending::NoEvidence, 40)]
                {
                    balanced(&Terms { fees, ..terms(challengers) }, ending, winners);
                }
            }
        }
    }

    #[test]
    fn the_court_s_rule_divides_bonds_and_loss() {
        let two = terms(2);
        let guilty = two.shares(Ending::Guilty, 31);
        assert_eq!(
            guilty.challenger_gets,
            Cai::from_whole(1_400),
            "its bond, and half of a fifth of 8,000 in two parts"
        );
        assert_eq!((guilty.taken, guilty.voters_loss), (Cai::from_whole(8_000), Cai::ZERO));
        let innocent = two.shares(Ending::Innocent, 31);
        assert_eq!((innocent.accused_gets, innocent.challenger_gets), (Cai::from_whole(1_000), Cai::ZERO));
        assert_eq!(innocent.seat_gets, guilty.seat_gets, "no verdict pays a juror better");
        let summoned = Terms { fees: cai(50), ..two };
        assert_eq!(summoned.shares(Ending::NoVerdict, 0).challenger_gets, Cai::from_whole(875));
        assert_eq!(two.shares(Ending::NoEvidence, 40).challenger_gets, Cai::from_whole(500));
        // A miner without own stake brings no reward: the challengers bear what the jury costs.
        let voters = Terms { owner_loss: U256::ZERO, ..terms(1) };
        let guilty = voters.shares(Ending::Guilty, 31);
        assert_eq!(guilty.voters_loss, Cai::from_whole(8_000));
        assert!(guilty.challenger_gets < Cai::from_whole(1_000));
    }

    #[test]
    fn jurors_get_at_most_half_of_the_bonds() {
        let one = terms(1);
        let seat = one.shares(Ending::Guilty, 31).seat_gets.base_units();
        assert_eq!(seat, cai(500) / U256::from(93));
        let many = one.shares(Ending::Guilty, 200).seat_gets.base_units();
        assert_eq!(many, cai(500) / U256::from(200));
    }

    #[test]
    fn verdicts_take_half_of_the_stake_in_a_period_at_most() {
        assert_eq!(taken(cai(40_000), 2_000, U256::ZERO), cai(8_000));
        // 40,000 before, of which 16,000 were taken: 4,000 more are half.
        assert_eq!(taken(cai(24_000), 2_000, cai(16_000)), cai(4_000));
        assert_eq!(taken(cai(20_000), 2_000, cai(20_000)), U256::ZERO);
        assert_eq!(taken(U256::ZERO, 2_000, U256::ZERO), U256::ZERO);
    }

    const PAGE: &str = include_str!("../../../../../contracts/docs/court.md");
    const GAS: &str = include_str!("../../../../../contracts/snapshots/court.json");

    /// The steps of a case, who takes them, and their names in the snapshots of gas.
    const STEPS: [(&str, &str, &[&str]); 16] = [
        ("offer a node for juries, for each model", "a juror, once", &["declare, one manifest more"]),
        ("renew the offer", "a juror, once in an unbonding period", &["refresh, unchanged"]),
        ("allow the bond", "a challenger", &["approve a bond"]),
        ("open over one receipt", "a challenger", &["open, one receipt"]),
        ("open over 32 receipts", "a challenger", &["open, 32 receipts"]),
        ("join", "a challenger", &["join"]),
        ("add evidence", "anybody", &["add evidence"]),
        ("record the seed", "anybody", &["record a round of drand"]),
        ("summon six nodes", "anybody, for a fee", &["summon, 6 nodes"]),
        ("commit, summoned before", "a juror", &["commit, summoned"]),
        ("commit, not summoned", "a juror", &["commit, not summoned"]),
        ("reveal", "a juror", &["reveal"]),
        (
            "count the votes: guilty, innocent, void",
            "anybody",
            &["resolve, guilty", "resolve, innocent", "resolve, void"],
        ),
        ("count the votes: guilty of 32 receipts", "anybody", &["resolve, guilty of 32 receipts"]),
        ("settle a juror: paid, docked", "anybody, for a tip if docked", &["settle, a reward", "settle, a dock"]),
        ("withdraw a bond", "anybody, for the challenger", &["withdraw a bond"]),
    ];

    fn grouped(gas: &str) -> String {
        Cai::from_whole(gas.parse().expect("a number")).to_string().replace(" CAI", "")
    }

    #[test]
    fn the_page_says_what_each_step_costs() {
        let gas: std::collections::BTreeMap<String, String> = serde_json::from_str(GAS).expect("snapshots");
        let mut table = "| Step | Taken by | Gas |\n|---|---|---|\n".to_owned();
        for (step, who, names) in STEPS {
            let costs: Vec<_> = names.iter().map(|name| grouped(&gas[*name])).collect();
            table.push_str(&format!("| {step} | {who} | {} |\n", costs.join("; ")));
        }
        assert!(PAGE.contains(&table), "contracts/docs/court.md needs this table:\n{table}");
    }

    /// To hundredths, with a sign.
    fn change(before: u64, after: Cai) -> String {
        let (before, after) = (cai(before), after.base_units());
        let (sign, difference) = if after < before { ("-", before - after) } else { ("+", after - before) };
        let cut = difference - difference % U256::from(10u64.pow(16));
        if cut.is_zero() { "0".to_owned() } else { format!("{sign}{}", Cai::from_base_units(cut)).replace(" CAI", "") }
    }

    #[test]
    fn the_page_says_what_each_ending_brings() {
        let terms = Terms { taken: taken(cai(60_000), 2_000, U256::ZERO), ..terms(1) };
        let mut table = "| Ending | Challenger | Accused's owner | Its voters | A winning seat | Burned |\n".to_owned();
        table.push_str("|---|---|---|---|---|---|\n");
        for ending in Ending::ALL {
            let shares = terms.shares(ending, if ending == Ending::NoVerdict { 0 } else { 31 });
            let loss = |loss: Cai| change(0, loss).replace('+', "-");
            let owner =
                if shares.owner_loss.is_zero() { change(0, shares.accused_gets) } else { loss(shares.owner_loss) };
            table.push_str(&format!(
                "| {} | {} | {owner} | {} | {} | {} |\n",
                ending.words(),
                change(1_000, shares.challenger_gets),
                loss(shares.voters_loss),
                change(0, shares.seat_gets),
                change(0, shares.burned).replace('+', ""),
            ));
        }
        assert!(PAGE.contains(&table), "contracts/docs/court.md needs this table:\n{table}");
    }
}
