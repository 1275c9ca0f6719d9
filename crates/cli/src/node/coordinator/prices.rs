//! What a coordinator charges and pays per model: a file that its operator writes.
//!
//! ```toml
//! [default]
//! prompt = "0.1"        # CAI per 1,000 tokens of the prompt
//! completion = "0.4"    # CAI per 1,000 generated tokens
//! batch = "50%"         # what requests of batches cost of that
//!
//! ["smollm2-135m-instruct"]
//! completion = "0.02"   # and its prompts are free
//!
//! ["flux"]
//! image = "0.5"         # CAI per image, for each begun 20 steps of 1024x1024 pixels
//! ```

use std::{collections::BTreeMap, fs, io, path::Path};

use cuckoo_protocol::{Cai, Untrusted, coordinator::Prices, price::Rate};
use toml_edit::{Document, TableLike};

/// The table for models that have none of their own.
const DEFAULT: &str = "default";

/// Why a price list is not read. Everything in it has to be understood: a typing error in a price list costs money.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// The file cannot be read.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not valid TOML: {problem}")]
    Toml {
        /// The file.
        path: String,
        /// The parser's reason.
        problem: String,
    },
    /// A model's table is wrong.
    #[error("{path}: `{model}`{problem}")]
    Model {
        /// The file.
        path: String,
        /// The table's name.
        model: Untrusted,
        /// What is wrong with it, as it goes on behind its name.
        problem: String,
    },
}

/// Reads a file.
pub fn read(file: &Path) -> Result<Prices, PricesError> {
    let path = file.display().to_string();
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(reason) => return Err(PricesError::Unreadable { path, reason }),
    };
    let document = match Document::parse(text.as_str()) {
        Ok(document) => document,
        Err(error) => return Err(PricesError::Toml { path, problem: error.message().to_owned() }),
    };
    let (mut models, mut default, mut batches) = (BTreeMap::new(), Rate::default(), BTreeMap::new());
    for (name, item) in document.iter() {
        let wrong = |problem| PricesError::Model { path: path.clone(), model: Untrusted::new(name), problem };
        let table = item.as_table_like().ok_or_else(|| wrong(" is not a table".to_owned()))?;
        let (rate, batch) = read_rate(table).map_err(|problem| wrong(format!(": {problem}")))?;
        if let Some(percent) = batch {
            batches.insert(if name == DEFAULT { String::new() } else { name.to_owned() }, percent);
        }
        match name {
            DEFAULT => default = rate,
            _ => drop(models.insert(name.to_owned(), rate)),
        }
    }
    Ok(Prices::new(models, default).with_batches(batches))
}

/// A rate, and what requests of batches cost of it in percent.
fn read_rate(table: &dyn TableLike) -> Result<(Rate, Option<u8>), String> {
    let (mut amounts, mut batch) = ([None::<Cai>; 3], None);
    for (key, item) in table.iter() {
        let place = match key {
            "prompt" => Some(&mut amounts[0]),
            "completion" => Some(&mut amounts[1]),
            "image" => Some(&mut amounts[2]),
            "batch" => None,
            other => {
                let other = Untrusted::new(other);
                return Err(format!("`{other}` is not one of `prompt`, `completion`, `image` and `batch`"));
            }
        };
        let text = item
            .as_str()
            .ok_or_else(|| format!("`{key}` is not a string; numbers with a decimal point are not exact"))?;
        match place {
            Some(place) => *place = Some(text.parse().map_err(|error| format!("`{key}`: {error}"))?),
            None => {
                batch = Some(read_percent(text).ok_or("`batch` is not a whole percentage from \"1%\" to \"100%\"")?)
            }
        }
    }
    let [prompt, completion, image] = amounts;
    let completion = match (completion, image) {
        (Some(_), Some(_)) => return Err("a model that makes images takes `image`, not `completion`".into()),
        (None, Some(image)) => Rate::per_image(image),
        (completion, None) => Ok(completion.unwrap_or_default()),
    };
    let rate = completion.and_then(|completion| Rate::from_amounts(prompt.unwrap_or_default(), completion));
    rate.map(|rate| (rate, batch)).map_err(|error| error.to_string())
}

fn read_percent(text: &str) -> Option<u8> {
    let percent = text.strip_suffix('%')?.trim_end().parse().ok()?;
    (1..=100).contains(&percent).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Prices, PricesError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), text).expect("written");
        super::read(file.path())
    }

    #[test]
    fn a_model_has_its_own_rate_or_the_default() {
        let prices = read("[default]\nprompt = \"1000wei\"\n[\"a.b\"]\ncompletion = \"0.5\"\n").expect("prices");
        assert_eq!(prices.rate("other"), Rate::new(1_000, 0).expect("a rate"));
        assert_eq!(prices.rate("a.b"), Rate::new(0, 5 * 10u128.pow(17)).expect("a rate"));
        assert!(Prices::default().rate("other").is_free());
        assert_eq!(read("").expect("no prices"), Prices::default());
        let batches =
            read("[default]\nprompt = \"100wei\"\nbatch = \"50%\"\n[\"a.b\"]\nprompt = \"9wei\"").expect("prices");
        let of = |model| batches.batch_rate(model).prompt();
        assert_eq!((of("other"), of("a.b"), batches.rate("other").prompt()), (50, 9, 100));
        let image = read("[flux]\nimage = \"0.5\"\nprompt = \"1wei\"").expect("prices").rate("flux");
        assert_eq!((image.image(), image.prompt()), (5 * 10u128.pow(17), 1));
        assert_eq!(image.quote(&[], 1).owed(0, 1), image.image());
    }

    #[test]
    fn a_typing_error_is_an_error() {
        for (text, problem) in [
            ("[default]\npromt = \"1\"", "`promt`"),
            ("[default]\nprompt = 0.5", "not exact"),
            ("[default]\nprompt = \"-1\"", "not an amount"),
            ("[default]\nprompt = \"1000000001\"", "at most"),
            ("prompt = \"1\"", "not a table"),
            ("[default", "not valid TOML"),
            ("[flux]\nimage = \"1\"\ncompletion = \"1\"", "not `completion`"),
            ("[flux]\nimage = \"1000001\"", "at most"),
            ("[default]\nbatch = \"0%\"", "whole percentage"),
            ("[default]\nbatch = \"50\"", "whole percentage"),
            ("[default]\nbatch = 50", "not a string"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.to_string().contains(problem), "{text}: {error}");
        }
    }
}
