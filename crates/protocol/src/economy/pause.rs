//! A pause that cannot hold anyone's money (`PauseGuard.sol`).

use alloy::primitives::U256;

use super::{
    entry::Pause,
    outcome::{Contracts, Outcome},
    state::{Call, Permission},
};

/// Longest time that a pause closes the exits, in seconds.
const MAX_EXIT_PAUSE: u64 = 72 * 60 * 60;
/// Shortest time from the beginning of a pause to that of the next, in seconds.
const MIN_PAUSE_GAP: u64 = 30 * 24 * 60 * 60;

impl Call<'_> {
    /// Refuses what brings stake in during a pause.
    pub(super) fn entries_open(&self) -> Outcome<()> {
        if self.economy.tables.pause.get(()).since != 0 {
            return Err(Contracts::EntriesPaused {}.into());
        }
        Ok(())
    }

    /// Refuses what takes stake or rewards out during the first part of a pause.
    pub(super) fn exits_open(&self) -> Outcome<()> {
        let Pause { since, .. } = self.economy.tables.pause.get(());
        if since != 0 && self.now.time < since + MAX_EXIT_PAUSE {
            return Err(Contracts::ExitsPaused { until: U256::from(since + MAX_EXIT_PAUSE) }.into());
        }
        Ok(())
    }

    pub(super) fn pause(&mut self) -> Outcome<()> {
        self.restricted(self.caller, Permission::Pauser)?;
        let pause = self.economy.tables.pause.get(());
        if pause.since != 0 {
            return Err(Contracts::AlreadyPaused {}.into());
        }
        if self.now.time < pause.next_at {
            return Err(Contracts::PauseTooSoon { until: U256::from(pause.next_at) }.into());
        }
        self.economy.tables.pause.set((), Pause { since: self.now.time, next_at: self.now.time + MIN_PAUSE_GAP });
        self.emit(Contracts::Paused { exitsOpenAt: U256::from(self.now.time + MAX_EXIT_PAUSE) });
        Ok(())
    }

    pub(super) fn unpause(&mut self) -> Outcome<()> {
        self.restricted(self.caller, Permission::Pauser)?;
        let Pause { since, next_at } = self.economy.tables.pause.get(());
        if since == 0 {
            return Err(Contracts::NotPaused {}.into());
        }
        self.economy.tables.pause.set((), Pause { since: 0, next_at });
        self.emit(Contracts::Unpaused { nextPauseAt: U256::from(next_at) });
        Ok(())
    }
}
