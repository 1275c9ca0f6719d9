//! Rules of the shells that are broken on purpose, to see that a run notices. Rules of the machines are broken in their sources, see
//! `mutants`.

use std::str::FromStr;

/// A rule that is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// None is.
    #[default]
    None,
    /// What a turn promises is told before the turn is durable.
    TellsEarly,
    /// The journal loses the draws of some turns, and keeps their leases.
    DropsDraws,
    /// The link forgets to say that a session is over.
    ForgetsSessions,
    /// The miner's record takes a second, different digest for an attempt.
    SignsTwice,
    /// Miners are offered attempts before these are durable.
    OffersEarly,
    /// Readers are given what a new attempt says without a comparison with what they were given.
    Splices,
}

impl Flaw {
    /// All that can be broken.
    pub(crate) const ALL: [Self; 6] =
        [Self::TellsEarly, Self::DropsDraws, Self::ForgetsSessions, Self::SignsTwice, Self::OffersEarly, Self::Splices];

    /// See [`Self::TellsEarly`].
    pub(crate) fn tells_early(self) -> bool {
        self == Self::TellsEarly
    }

    /// See [`Self::DropsDraws`].
    pub(crate) fn drops_draws(self) -> bool {
        self == Self::DropsDraws
    }

    /// See [`Self::ForgetsSessions`].
    pub(crate) fn forgets_sessions(self) -> bool {
        self == Self::ForgetsSessions
    }

    /// See [`Self::SignsTwice`].
    pub(crate) fn signs_twice(self) -> bool {
        self == Self::SignsTwice
    }

    /// See [`Self::OffersEarly`].
    pub(crate) fn offers_early(self) -> bool {
        self == Self::OffersEarly
    }

    /// See [`Self::Splices`].
    pub(crate) fn splices(self) -> bool {
        self == Self::Splices
    }
}

impl FromStr for Flaw {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|flaw| format!("{flaw:?}") == text);
        found.ok_or_else(|| format!("{text} is none of {:?}", Self::ALL))
    }
}
