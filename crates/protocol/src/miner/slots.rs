//! Which coordinator may use how many of the miner's slots: the free ones are offered to coordinators drawn by stake.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use crate::entropy::Entropy;

/// At most this many slots of a model are drawn for one by one.
const DRAWN: u32 = 1_024;

/// The slots of every model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    models: BTreeMap<String, State>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    total: u32,
    /// Taken now, by coordinator.
    taken: BTreeMap<Address, u32>,
    /// Offered and not taken, by coordinator.
    offered: BTreeMap<Address, u32>,
}

impl State {
    fn free(&self) -> u32 {
        self.total.saturating_sub(self.taken.values().sum())
    }

    /// The slots that a coordinator has taken or is offered.
    fn of(&self, coordinator: &Address) -> u32 {
        let count = |by: &BTreeMap<Address, u32>| by.get(coordinator).copied().unwrap_or(0);
        count(&self.taken) + count(&self.offered).min(self.free())
    }

    fn draw(&mut self, coordinators: &[(Address, u128)], total_weight: u128, entropy: &mut impl Entropy) {
        self.offered.clear();
        if total_weight == 0 {
            return;
        }
        let free = self.free();
        if let [(only, _)] = coordinators {
            self.offered.insert(*only, free);
            return;
        }
        for _ in 0..free.min(DRAWN) {
            let mut drawn = entropy.below(total_weight);
            for (coordinator, weight) in coordinators {
                if drawn < *weight {
                    *self.offered.entry(*coordinator).or_default() += 1;
                    break;
                }
                drawn -= weight;
            }
        }
        let rest = u128::from(free.saturating_sub(DRAWN));
        for (coordinator, weight) in coordinators {
            // Weights stay below 2^90 and slots below 2^32.
            *self.offered.entry(*coordinator).or_default() += (rest * weight / total_weight) as u32;
        }
    }
}

impl Slots {
    /// Starts with this many slots per model, all of them free.
    pub fn new(totals: impl IntoIterator<Item = (String, u32)>) -> Self {
        let state = |(model, total)| (model, State { total, ..Default::default() });
        Self { models: totals.into_iter().map(state).collect() }
    }

    /// Draws again which coordinators are offered the free slots: each slot goes to one coordinator, with probability
    /// proportional to its weight. Beyond 1,024 slots of a model, every coordinator gets the share of its weight instead.
    pub fn draw(&mut self, coordinators: &[(Address, u128)], entropy: &mut impl Entropy) {
        let total_weight: u128 = coordinators.iter().map(|(_, weight)| weight).sum();
        self.models.values_mut().for_each(|state| state.draw(coordinators, total_weight, entropy));
    }

    /// The leases of a model that a coordinator may have at once: those that it has and those that it is offered.
    pub fn of(&self, model: &str, coordinator: &Address) -> u32 {
        self.models.get(model).map_or(0, |state| state.of(coordinator))
    }

    /// The free slots of a model.
    pub fn free(&self, model: &str) -> u32 {
        self.models.get(model).map_or(0, State::free)
    }

    /// Takes a slot, if one is free. It has to be given back.
    pub fn take(&mut self, model: &str, coordinator: Address) -> bool {
        let Some(state) = self.models.get_mut(model) else { return false };
        if state.free() == 0 {
            return false;
        }
        *state.taken.entry(coordinator).or_default() += 1;
        if let Some(offered) = state.offered.get_mut(&coordinator) {
            *offered = offered.saturating_sub(1);
        }
        true
    }

    /// Gives a slot back. It is offered to the same coordinator again until the next draw.
    pub fn give_back(&mut self, model: &str, coordinator: Address) {
        let Some(state) = self.models.get_mut(model) else { return };
        if let Some(taken) = state.taken.get_mut(&coordinator)
            && *taken > 0
        {
            *taken -= 1;
            *state.offered.entry(coordinator).or_default() += 1;
        }
    }

    /// The slots of all models that are taken now.
    pub fn running(&self) -> u32 {
        self.models.values().flat_map(|state| state.taken.values()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::tests::Counter;

    const FIRST: Address = Address::repeat_byte(1);
    const SECOND: Address = Address::repeat_byte(2);

    fn slots_of(slots: &Slots, coordinator: &Address) -> u32 {
        slots.of("m", coordinator)
    }

    #[test]
    fn coordinators_get_slots_in_proportion_to_their_stake() {
        let mut entropy = Counter(1);
        let mut slots = Slots::new([("m".to_owned(), 1)]);
        let mut first = 0;
        for _ in 0..10_000 {
            slots.draw(&[(FIRST, 3_000_000), (SECOND, 1_000_000)], &mut entropy);
            assert_eq!(slots_of(&slots, &FIRST) + slots_of(&slots, &SECOND), 1);
            first += slots_of(&slots, &FIRST);
        }
        assert!((7_300..7_700).contains(&first), "{first}");
    }

    #[test]
    fn beyond_a_thousand_slots_every_coordinator_gets_its_share() {
        let mut slots = Slots::new([("m".to_owned(), 101_024)]);
        slots.draw(&[(FIRST, 3), (SECOND, 1)], &mut Counter(1));
        let (first, second) = (slots_of(&slots, &FIRST), slots_of(&slots, &SECOND));
        assert_eq!(first + second, 101_024);
        assert!((75_600..75_900).contains(&first), "{first}");
    }

    #[test]
    fn the_only_coordinator_gets_everything() {
        let mut slots = Slots::new([("m".to_owned(), 4_000)]);
        slots.draw(&[(FIRST, 1)], &mut Counter(1));
        assert_eq!(slots_of(&slots, &FIRST), 4_000);
    }

    #[test]
    fn no_slot_is_given_twice() {
        let mut slots = Slots::new([("m".to_owned(), 2)]);
        slots.draw(&[(FIRST, 1), (SECOND, 1)], &mut Counter(1));
        assert!(slots.take("m", FIRST) && slots.take("m", SECOND));
        assert!(!slots.take("m", FIRST), "both slots are taken");
        assert!(!slots.take("other", FIRST));
        assert_eq!((slots_of(&slots, &FIRST), slots_of(&slots, &SECOND)), (1, 1));
        slots.give_back("m", FIRST);
        assert_eq!(slots.running(), 1);
        assert!(slots.take("m", SECOND));
    }
}
