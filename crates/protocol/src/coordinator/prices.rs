//! What a coordinator charges and pays per model.

use std::collections::BTreeMap;

use crate::{price::Rate, wire};

/// Rates by model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    models: BTreeMap<String, Rate>,
    default: Rate,
}

impl Prices {
    /// The rates of some models, and the one of all others.
    pub const fn new(models: BTreeMap<String, Rate>, default: Rate) -> Self {
        Self { models, default }
    }

    /// What a model costs.
    pub fn rate(&self, model: &str) -> Rate {
        self.models.get(model).copied().unwrap_or(self.default)
    }

    /// True where nothing costs anything.
    pub fn are_free(&self) -> bool {
        self.default.is_free() && self.models.values().all(|rate| rate.is_free())
    }

    /// For miners: each model's, and the default under the empty name.
    pub fn frames(&self) -> Vec<wire::Price> {
        let frame = |name: &str, rate: Rate| wire::Price {
            model: name.to_owned(),
            prompt: rate.prompt().to_be_bytes().to_vec(),
            completion: rate.completion().to_be_bytes().to_vec(),
        };
        let models = self.models.iter().map(|(name, rate)| frame(name, *rate));
        models.chain([frame("", self.default)]).collect()
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
}
