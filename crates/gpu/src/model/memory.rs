//! What a model takes of memory: its weights, and for every token of a running answer its keys and values.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde_json::Value;

use super::weights::weight_files;

/// Bytes of a file's table of tensors at most, as the format has it.
const MAX_TABLE: u64 = 100_000_000;
/// Part of a device's memory that is left to everything else: the engine's own, activations, other programs. mistral.rs puts layers
/// on the CPU where half a gigabyte is not left over.
const SPARE: u64 = 10;
/// The least number of bytes that is left to everything else.
const LEAST_SPARE: u64 = 1 << 30;
/// Tokens that one slot keeps: prompt and answer of most chats. Longer ones share what is left over.
const SLOT_TOKENS: u64 = 4_096;
/// Examinations that run beside the answers, each with as many tokens as a slot.
const EXAMINATIONS: u64 = 1;
/// The most slots, however much memory there is: what more slots would gain is lost in speed.
pub const MOST_SLOTS: u32 = 32;
/// Tokens that are kept of a model that does not say what they take.
const UNKNOWN_TOKENS: u64 = 2 * SLOT_TOKENS;

/// Bytes that a model needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Bytes of the weights, which are loaded once.
    pub weights: u64,
    /// Bytes for each token of each running answer; `None` where the model does not say.
    pub token: Option<u64>,
    /// Tokens that it reads at most, prompt and answer together.
    pub context: Option<u64>,
}

/// The model does not fit into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the model's weights take {:.1} GB of memory, and there are {:.1} GB; hint: a smaller model, or a quantised one",
    *.weights as f64 / 1e9, *.memory as f64 / 1e9
)]
pub struct TooLarge {
    weights: u64,
    memory: u64,
}

impl Need {
    /// Of a directory's model, when each parameter takes `bits`, and each number that is kept of a token `kept` bytes.
    pub fn of_directory(directory: &Path, bits: u64, kept: u64) -> io::Result<Self> {
        let mut parameters = 0u64;
        for path in weight_files(directory)? {
            parameters = parameters.saturating_add(parameters_of(&path)?);
        }
        let config = std::fs::read(directory.join("config.json")).ok();
        let config = config.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()).unwrap_or_default();
        // Models of several parts have the part that writes below.
        let config = if config["text_config"].is_object() { &config["text_config"] } else { &config };
        let weights = u64::try_from(u128::from(parameters) * u128::from(bits) / 8).unwrap_or(u64::MAX);
        let token = numbers_per_token(config).and_then(|numbers| numbers.checked_mul(kept));
        Ok(Self { weights, token, context: config["max_position_embeddings"].as_u64() })
    }

    /// What a quantised file of this many bytes takes, which is loaded as it is.
    #[cfg(feature = "mistralrs")]
    pub fn of_gguf(file: &super::gguf::Gguf, bytes: u64, kept: u64) -> Self {
        let number = |name: &str| {
            let architecture = file.text("general.architecture")?;
            file.number(&format!("{architecture}.{name}")).filter(|number| *number > 0)
        };
        let token = || {
            let heads = number("attention.head_count")?;
            let width = number("attention.key_length").or_else(|| Some(number("embedding_length")? / heads))?;
            let numbers = number("block_count")?.checked_mul(number("attention.head_count_kv").unwrap_or(heads))?;
            numbers.checked_mul(width)?.checked_mul(2)?.checked_mul(kept)
        };
        Self { weights: bytes, token: token(), context: number("context_length") }
    }

    /// Refuses a model that does not fit into this much memory: the kernel would end the engine without a word.
    pub fn check(self, memory: u64) -> Result<(), TooLarge> {
        match self.weights > memory {
            true => Err(TooLarge { weights: self.weights, memory }),
            false => Ok(()),
        }
    }

    /// Answers that can run at once in this much memory beside an examination, at least one; `None` where the model does not say enough.
    pub fn slots(self, memory: u64) -> Option<u32> {
        let sequences = self.spare_tokens(memory)?.checked_div(self.slot_tokens())?;
        u32::try_from(sequences.saturating_sub(EXAMINATIONS).clamp(1, MOST_SLOTS.into())).ok()
    }

    /// Tokens that are to be kept of all that runs: a chat for each slot and one for an examination, or one answer as long as the model
    /// reads where that is more, as far as memory goes.
    pub fn kept(self, memory: Option<u64>, slots: u32) -> u64 {
        match memory.and_then(|memory| self.spare_tokens(memory)) {
            Some(spare) => {
                let sequences = u64::from(slots).saturating_add(EXAMINATIONS);
                self.slot_tokens().saturating_mul(sequences).max(self.context.unwrap_or(0)).min(spare)
            }
            None => UNKNOWN_TOKENS,
        }
    }

    /// The tokens that one slot keeps.
    fn slot_tokens(self) -> u64 {
        self.context.unwrap_or(SLOT_TOKENS).clamp(1, SLOT_TOKENS)
    }

    /// The tokens that fit into memory beside the weights.
    fn spare_tokens(self, memory: u64) -> Option<u64> {
        memory.saturating_sub((memory / SPARE).max(LEAST_SPARE)).saturating_sub(self.weights).checked_div(self.token?)
    }
}

/// Numbers that are kept of a token: a key and a value for every layer and every head that has its own.
fn numbers_per_token(config: &Value) -> Option<u64> {
    let number = |name: &str| config[name].as_u64().filter(|number| *number > 0);
    let heads = number("num_attention_heads")?;
    let width = number("head_dim").or_else(|| Some(number("hidden_size")? / heads))?;
    let numbers = number("num_hidden_layers")?.checked_mul(number("num_key_value_heads").unwrap_or(heads))?;
    numbers.checked_mul(width)?.checked_mul(2)
}

/// Parameters by a file's table of tensors, which stands before them.
fn parameters_of(path: &Path) -> io::Result<u64> {
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, format!("{}: no table of tensors", path.display()));
    let mut file = File::open(path)?;
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| malformed())?;
    let length = u64::from_le_bytes(length);
    if length > MAX_TABLE {
        return Err(malformed());
    }
    let table: serde_json::Map<String, Value> =
        serde_json::from_reader(io::BufReader::new(file).take(length)).map_err(|_| malformed())?;
    let tensors = table.iter().filter(|(name, _)| *name != "__metadata__");
    let mut sizes = tensors.map(|(_, tensor)| {
        let shape = tensor["shape"].as_array()?.iter();
        shape.map(Value::as_u64).try_fold(1u64, |product, side| product.checked_mul(side?))
    });
    sizes.try_fold(0u64, |sum, size| sum.checked_add(size?)).ok_or_else(malformed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const GB: u64 = 1_000_000_000;

    /// A file whose table promises tensors that are not there.
    fn write(directory: &Path, table: &str) {
        let bytes = [&(table.len() as u64).to_le_bytes(), table.as_bytes()].concat();
        fs::write(directory.join("model.safetensors"), bytes).expect("written");
    }

    #[test]
    fn weights_are_counted_by_the_table_of_tensors() {
        let folder = tempfile::tempdir().expect("a directory");
        let table = r#"{"__metadata__": {"format": "pt"}, "a": {"dtype": "BF16", "shape": [4000, 1000000], "data_offsets": [0, 1]},
            "b": {"dtype": "F32", "shape": [], "data_offsets": [1, 2]}}"#;
        write(folder.path(), table);
        let need = Need::of_directory(folder.path(), 16, 2).expect("reads");
        assert_eq!(need, Need { weights: 8 * GB + 2, ..Need::default() });
        assert_eq!(need.check(9 * GB), Ok(()));
        let refused = need.check(6 * GB).expect_err("too large").to_string();
        assert!(refused.contains("8.0 GB of memory, and there are 6.0 GB"), "{refused}");
        for table in [
            "",
            "[]",
            "{",
            r#"{"a": {"shape": [-1]}}"#,
            r#"{"a": {"shape": [18446744073709551615, 2]}}"#,
            r#"{"a": 1}"#,
        ] {
            write(folder.path(), table);
            assert!(Need::of_directory(folder.path(), 16, 2).is_err(), "{table}");
        }
    }

    #[test]
    fn slots_follow_from_what_is_left() {
        // Qwen3-8B: 36 layers, 8 heads of 128 with keys and values of their own, 2 bytes: 147,456 bytes per token.
        let folder = tempfile::tempdir().expect("a directory");
        write(folder.path(), r#"{"a": {"dtype": "BF16", "shape": [8190, 1000000], "data_offsets": [0, 1]}}"#);
        let config = r#"{"num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "hidden_size": 4096,
            "max_position_embeddings": 40960}"#;
        fs::write(folder.path().join("config.json"), config).expect("written");
        let need = Need::of_directory(folder.path(), 16, 2).expect("reads");
        assert_eq!(need.token, Some(147_456));
        // One sequence more than there are answers fits in, for an examination, unless there is room for one alone.
        assert_eq!([18, 24, 80].map(|memory| need.slots(memory * GB)), [Some(1), Some(7), Some(32)]);
        let room = |memory: u64| need.kept(Some(memory * GB), need.slots(memory * GB).expect("it says")) / 4_096;
        assert_eq!([24, 80].map(room), [8, 33]);
        assert_eq!(Need { weights: 0, ..need }.kept(Some(2 * GB), 8), (2 * GB - (1 << 30)) / 147_456);
        // A model that reads less needs less.
        assert_eq!(Need { context: Some(2_048), ..need }.slots(24 * GB), Some(16));
        // Every slot has its chat; where there are few, one answer can be as long as the model reads, or as there is room for.
        assert_eq!([1, 8, 32].map(|slots| need.kept(Some(80 * GB), slots)), [40_960, 40_960, 135_168]);
        assert_eq!([1, 8, 32].map(|slots| need.kept(Some(24 * GB), slots)), [35_400, 35_400, 35_400]);
        let unknown = Need { weights: GB, ..Need::default() };
        assert_eq!((unknown.slots(80 * GB), unknown.kept(Some(80 * GB), 8), need.kept(None, 8)), (None, 8_192, 8_192));
    }

    #[cfg(feature = "mistralrs")]
    #[test]
    fn needs_a_model_whose_quantised_file_says_what_its_tokens_take() {
        let path = std::env::var_os("CUCKOO_TEST_GGUF").expect("`make model` has fetched one");
        let file = super::super::gguf::Gguf::open(Path::new(&path)).expect("reads");
        // SmolLM2-135M: 30 layers, 3 heads of 64 with keys and values of their own.
        let need = Need::of_gguf(&file, 100_000_000, 2);
        assert_eq!(need, Need { weights: 100_000_000, token: Some(30 * 3 * 64 * 2 * 2), context: Some(8_192) });
    }
}
