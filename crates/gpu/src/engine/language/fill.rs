//! Prompts for filling in the middle, in the form of each family: by the tokens that its tokeniser has for that.

use tokenizers::Tokenizer;

use crate::engine::EngineError;

/// The tokens of a family, by their texts.
struct Form {
    /// Stands before the text before the place.
    before: &'static str,
    /// Stands before the text behind it.
    behind: &'static str,
    /// Stands before what fills the place.
    middle: &'static str,
}

const FORMS: [Form; 4] = [
    // Qwen2.5-Coder, CodeGemma.
    Form { before: "<|fim_prefix|>", behind: "<|fim_suffix|>", middle: "<|fim_middle|>" },
    // StarCoder, Granite.
    Form { before: "<fim_prefix>", behind: "<fim_suffix>", middle: "<fim_middle>" },
    // DeepSeek-Coder.
    Form {
        before: "<\u{ff5c}fim\u{2581}begin\u{ff5c}>",
        behind: "<\u{ff5c}fim\u{2581}hole\u{ff5c}>",
        middle: "<\u{ff5c}fim\u{2581}end\u{ff5c}>",
    },
    // CodeLlama.
    Form { before: "\u{2581}<PRE>", behind: "\u{2581}<SUF>", middle: "\u{2581}<MID>" },
];

/// A character for which every tokeniser has tokens of its own, behind which a text has no blank that is not in it.
const MARK: &str = "\u{263a}";

/// The tokens of a prompt for what stands between two texts. `beginning` is what the tokeniser puts before texts.
pub(in crate::engine) fn prompt(
    tokenizer: &Tokenizer,
    beginning: &[u32],
    before: &str,
    behind: &str,
) -> Result<Vec<u32>, EngineError> {
    let ids = |form: &Form| {
        let id = |text: &str| tokenizer.token_to_id(text);
        Some([id(form.before)?, id(form.behind)?, id(form.middle)?])
    };
    let none = || {
        let reason = "`suffix` is not supported by this model: its tokeniser has no tokens for filling in the middle";
        EngineError::Invalid(reason.into())
    };
    let [first, second, third] = FORMS.iter().find_map(ids).ok_or_else(none)?;
    let text = |text: &str| {
        let encoded = tokenizer.encode_fast(text, false);
        encoded.map(|encoding| encoding.get_ids().to_vec()).map_err(|error| EngineError::Invalid(error.to_string()))
    };
    let marked = text(&format!("{MARK}{behind}"))?;
    let mark = text(MARK)?;
    // Some tokenisers put a blank before a text, which the text behind the place does not have.
    let behind = match marked.strip_prefix(mark.as_slice()) {
        Some(rest) => rest.to_vec(),
        None => text(behind)?,
    };
    Ok([beginning, &[first], &text(before)?, &[second], &behind, &[third]].concat())
}

#[cfg(test)]
mod tests {
    use tokenizers::{AddedToken, ModelWrapper, models::wordlevel::WordLevel, pre_tokenizers::whitespace::Whitespace};

    use super::*;

    /// A tokeniser of a few words, with these tokens beside them.
    fn tokenizer(special: &[&str]) -> Tokenizer {
        let words = ["[UNK]", "def", "f", "end", MARK];
        let vocabulary = (0..).zip(words).map(|(id, word)| (word.to_owned(), id)).collect();
        let model = WordLevel::builder().vocab(vocabulary).unk_token("[UNK]".into()).build().expect("a model");
        let mut tokenizer = Tokenizer::new(ModelWrapper::WordLevel(model));
        tokenizer.with_pre_tokenizer(Some(Whitespace {}));
        let added: Vec<_> = special.iter().map(|text| AddedToken::from((*text).to_owned(), true)).collect();
        tokenizer.add_special_tokens(&added);
        tokenizer
    }

    #[test]
    fn each_family_has_its_own_tokens_around_the_texts() {
        for Form { before, behind, middle } in &FORMS {
            let tokenizer = tokenizer(&[before, behind, middle]);
            let id = |text: &str| tokenizer.token_to_id(text).expect("known");
            let ids = prompt(&tokenizer, &[9], "def f", "end").expect("a prompt");
            assert_eq!(ids, [9, id(before), id("def"), id("f"), id(behind), id("end"), id(middle)], "{before}");
        }
    }

    #[test]
    fn a_tokeniser_without_them_refuses_and_says_what() {
        let refused = prompt(&tokenizer(&["<|fim_prefix|>"]), &[], "def", "end");
        assert!(matches!(&refused, Err(EngineError::Invalid(reason)) if reason.contains("`suffix`")), "{refused:?}");
    }
}
