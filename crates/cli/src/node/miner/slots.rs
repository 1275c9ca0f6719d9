//! Which coordinator may use how many of the miner's places: the free ones are offered to coordinators drawn by stake.

use std::collections::{BTreeMap, HashMap};

use alloy::primitives::Address;
use rand::{Rng, RngCore};

/// The places of every model.
#[derive(Debug, Default)]
pub struct Grants {
    models: BTreeMap<String, Places>,
}

#[derive(Debug, Default)]
struct Places {
    capacity: u32,
    /// Taken now, by coordinator.
    taken: HashMap<Address, u32>,
    /// Offered and not taken, by coordinator.
    offered: HashMap<Address, u32>,
}

impl Places {
    fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.taken.values().sum())
    }
}

impl Grants {
    /// With this many places per model.
    pub fn new(capacities: impl IntoIterator<Item = (String, u32)>) -> Self {
        let places = |(model, capacity)| (model, Places { capacity, ..Default::default() });
        Self { models: capacities.into_iter().map(places).collect() }
    }

    /// Draws anew who is offered the free places: each place goes to one coordinator, with probability proportional to its
    /// weight. Places are drawn one by one up to 1,024; of more, everybody gets the share of its weight.
    pub fn draw(&mut self, coordinators: &[(Address, u128)], random: &mut impl RngCore) {
        let total: u128 = coordinators.iter().map(|(_, weight)| weight).sum();
        for places in self.models.values_mut() {
            places.offered.clear();
            if total == 0 {
                continue;
            }
            if let [(only, _)] = coordinators {
                places.offered.insert(*only, places.free());
                continue;
            }
            for _ in 0..places.free().min(1024) {
                let mut drawn = random.random_range(0..total);
                for (coordinator, weight) in coordinators {
                    if drawn < *weight {
                        *places.offered.entry(*coordinator).or_default() += 1;
                        break;
                    }
                    drawn -= weight;
                }
            }
            for (coordinator, weight) in coordinators {
                let rest = u128::from(places.free().saturating_sub(1024));
                // Weights stay below 2^90 and places below 2^32.
                *places.offered.entry(*coordinator).or_default() += (rest * weight / total) as u32;
            }
        }
    }

    /// Leases that a coordinator may have at once: those it has and those it is offered. By model.
    pub fn granted(&self, coordinator: &Address) -> Vec<(String, u32, u32)> {
        let of = |places: &Places| {
            let count = |by: &HashMap<Address, u32>| by.get(coordinator).copied().unwrap_or(0);
            count(&places.taken) + count(&places.offered).min(places.free())
        };
        self.models.iter().map(|(model, places)| (model.clone(), of(places), places.capacity)).collect()
    }

    /// Takes a place, if one is free. It has to be given back.
    pub fn take(&mut self, model: &str, coordinator: Address) -> bool {
        let Some(places) = self.models.get_mut(model) else { return false };
        if places.free() == 0 {
            return false;
        }
        *places.taken.entry(coordinator).or_default() += 1;
        if let Some(offered) = places.offered.get_mut(&coordinator) {
            *offered = offered.saturating_sub(1);
        }
        true
    }

    /// Gives a place back, to be offered again to the same coordinator until the next draw.
    pub fn give_back(&mut self, model: &str, coordinator: Address) {
        let Some(places) = self.models.get_mut(model) else { return };
        if let Some(taken) = places.taken.get_mut(&coordinator)
            && *taken > 0
        {
            *taken -= 1;
            *places.offered.entry(coordinator).or_default() += 1;
        }
    }

    /// Free places and all places, by model.
    pub fn free(&self) -> Vec<(String, u32, u32)> {
        self.models.iter().map(|(model, places)| (model.clone(), places.free(), places.capacity)).collect()
    }

    /// Places taken now, of all models.
    pub fn running(&self) -> u32 {
        self.models.values().flat_map(|places| places.taken.values()).sum()
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    const FIRST: Address = Address::repeat_byte(1);
    const SECOND: Address = Address::repeat_byte(2);

    fn granted(grants: &Grants, coordinator: &Address) -> u32 {
        grants.granted(coordinator)[0].1
    }

    #[test]
    fn coordinators_get_places_in_proportion_to_their_stake() {
        let mut random = StdRng::seed_from_u64(1);
        let mut grants = Grants::new([("m".to_owned(), 1)]);
        let mut first = 0;
        for _ in 0..10_000 {
            grants.draw(&[(FIRST, 3_000_000), (SECOND, 1_000_000)], &mut random);
            assert_eq!(granted(&grants, &FIRST) + granted(&grants, &SECOND), 1);
            first += granted(&grants, &FIRST);
        }
        assert!((7_300..7_700).contains(&first), "{first}");
    }

    #[test]
    fn the_only_coordinator_gets_everything() {
        let mut grants = Grants::new([("m".to_owned(), 4_000)]);
        grants.draw(&[(FIRST, 1)], &mut StdRng::seed_from_u64(1));
        assert_eq!(granted(&grants, &FIRST), 4_000);
    }

    #[test]
    fn no_place_is_given_twice() {
        let mut grants = Grants::new([("m".to_owned(), 2)]);
        grants.draw(&[(FIRST, 1), (SECOND, 1)], &mut StdRng::seed_from_u64(1));
        assert!(grants.take("m", FIRST) && grants.take("m", SECOND));
        assert!(!grants.take("m", FIRST), "both places are taken");
        assert!(!grants.take("other", FIRST));
        assert_eq!((granted(&grants, &FIRST), granted(&grants, &SECOND)), (1, 1));
        grants.give_back("m", FIRST);
        assert_eq!(grants.running(), 1);
        assert!(grants.take("m", SECOND));
    }
}
