//! What a coordinator charges and pays per model.

use std::collections::BTreeMap;

use crate::{price::Rate, wire};

/// Rates by model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    models: BTreeMap<String, Rate>,
    default: Rate,
    /// What a request of a batch costs, in percent, by model; under the empty name for those that have no rate of their own.
    batches: BTreeMap<String, u8>,
}

impl Prices {
    /// The rates of some models, and the one of all others.
    pub const fn new(models: BTreeMap<String, Rate>, default: Rate) -> Self {
        Self { models, default, batches: BTreeMap::new() }
    }

    /// With what requests of batches cost, in percent of the others: by model, and under the empty name for those that have no rate
    /// of their own. Where nothing is said, they cost the same.
    #[must_use]
    pub fn with_batches(self, percent: BTreeMap<String, u8>) -> Self {
        Self { batches: percent, ..self }
    }

    /// What a model costs.
    pub fn rate(&self, model: &str) -> Rate {
        self.models.get(model).copied().unwrap_or(self.default)
    }

    /// What a model costs where its task belongs to a batch.
    pub fn batch_rate(&self, model: &str) -> Rate {
        let name = if self.models.contains_key(model) { model } else { "" };
        self.rate(model).percent(self.batches.get(name).copied().unwrap_or(100))
    }

    /// True where nothing costs anything.
    pub fn are_free(&self) -> bool {
        self.default.is_free() && self.models.values().all(|rate| rate.is_free())
    }

    /// For miners: the least that each model pays, and under the empty name the least of all others.
    pub fn frames(&self) -> Vec<wire::Price> {
        let frame = |name: &str| {
            let rate = self.batch_rate(name);
            wire::Price {
                model: name.to_owned(),
                prompt: rate.prompt().to_be_bytes().to_vec(),
                completion: rate.completion().to_be_bytes().to_vec(),
            }
        };
        self.models.keys().map(|name| frame(name)).chain([frame("")]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_its_own_rate_or_the_default_and_miners_hear_of_both() {
        let (own, default) = (Rate::new(0, 5).expect("a rate"), Rate::new(1_000, 0).expect("a rate"));
        let prices = Prices::new([("a.b".to_owned(), own)].into(), default);
        assert_eq!((prices.rate("a.b"), prices.rate("other")), (own, default));
        assert!(Prices::default().rate("other").is_free());
        assert!(Prices::default().are_free() && !prices.are_free());
        let told = prices.frames().into_iter().map(|price| (price.model, price.completion[15])).collect::<Vec<_>>();
        assert_eq!(told, [("a.b".to_owned(), 5), (String::new(), 0)]);
    }

    #[test]
    fn a_batch_has_a_price_of_its_own_and_miners_hear_of_the_least() {
        let rate = |units| Rate::new(units, units).expect("a rate");
        let prices = Prices::new([("own".to_owned(), rate(100)), ("full".to_owned(), rate(100))].into(), rate(9));
        assert_eq!(prices.batch_rate("other"), rate(9));
        let prices = prices.with_batches([("own".to_owned(), 25), (String::new(), 50)].into());
        let of = |model| (prices.rate(model), prices.batch_rate(model));
        assert_eq!(of("own"), (rate(100), rate(25)));
        assert_eq!(of("full"), (rate(100), rate(100)), "a table of its own is in the place of the default as a whole");
        assert_eq!(of("other"), (rate(9), rate(5)));
        let told: Vec<_> = prices.frames().into_iter().map(|price| (price.model, price.prompt[15])).collect();
        assert_eq!(told, [("full".to_owned(), 100), ("own".to_owned(), 25), (String::new(), 5)]);
    }
}
