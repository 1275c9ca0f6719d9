//! The table of the forms in which models write thoughts and calls.

use super::{json, literals, part::Function, tagged};
use crate::task::tools::Call;

/// What stands before and after a thought at the beginning of an answer.
pub(super) const THOUGHTS: [(&str, &str); 5] = [
    // Qwen3, DeepSeek R1 and V3.1, GLM 4.5, MiniMax M2.
    ("<think>", "</think>"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Gemma 4.
    ("<|channel>thought", "<channel|>"),
    // Seed-OSS.
    ("<seed:think>", "</seed:think>"),
    // Command A Reasoning.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
];

/// Where calls of a form may stand.
#[derive(Clone, Copy)]
pub(super) enum Stands {
    /// Behind words, or at the beginning.
    Anywhere,
    /// They are the whole answer: of the text so far, this says whether they may be in it.
    Alone(fn(&str, &[Function]) -> bool),
}

/// A form of calls.
#[derive(Clone, Copy)]
pub(super) struct CallForm {
    /// What they begin with.
    pub(super) begin: &'static str,
    pub(super) stands: Stands,
    /// Reads them from their beginning to the end of the answer; `None` where they are not calls of these functions.
    pub(super) read: Read,
}

type Read = fn(&str, &[Function]) -> Option<Vec<Call>>;

const fn anywhere(begin: &'static str, read: Read) -> CallForm {
    CallForm { begin, stands: Stands::Anywhere, read }
}

const fn alone(begin: &'static str, may_be: fn(&str, &[Function]) -> bool, read: Read) -> CallForm {
    CallForm { begin, stands: Stands::Alone(may_be), read }
}

/// All forms but that of gpt-oss, whose calls are messages of their own, see [`super::harmony`].
pub(super) static CALLS: [CallForm; 17] = [
    // Hermes, Qwen 2.5 and 3 (JSON), Qwen3-Coder (a tag for each argument), GLM 4.x (keys and values).
    anywhere("<tool_call>", tagged::read_blocks),
    // Llama 3.1, and Qwen3-Coder where it leaves out what stands around it.
    anywhere("<function=", tagged::read_functions),
    // Mistral, before and since the eleventh version of its tokeniser.
    anywhere("[TOOL_CALLS]", tagged::read_mistral),
    // DeepSeek V3, R1 and V3.1; the outer mark is missing now and then.
    anywhere("<｜tool▁calls▁begin｜>", tagged::read_deepseek),
    anywhere("<｜tool▁call▁begin｜>", tagged::read_deepseek),
    // DeepSeek V3.2 and MiniMax M2.
    anywhere("<｜DSML｜function_calls>", tagged::read_invocations),
    anywhere("<minimax:tool_call>", tagged::read_invocations),
    // Kimi K2.
    anywhere("<|tool_calls_section_begin|>", tagged::read_kimi),
    // Llama 3.x (JSON) and 4 (Python).
    anywhere("<|python_tag|>", json::read_marked),
    anywhere("<|python_start|>", literals::read_marked),
    // Phi-4-mini and Granite.
    anywhere("<|tool_call|>", json::read_marked),
    // Gemma 3.
    anywhere("```tool_code", literals::read_fenced),
    alone("```json", json::may_be_fenced, json::read_fenced),
    // Gemma 4 and FunctionGemma.
    anywhere("<|tool_call>", literals::read_gemma),
    anywhere("<start_function_call>", literals::read_gemma),
    // Llama 3.x and Gemma 3, and every model that is held to a schema.
    alone("{", json::may_be, json::read),
    // Several of the same; Llama 4 and Gemma 3 write Python in brackets.
    alone("[", literals::may_be_list, literals::read_list),
];

/// The form of the calls that a text with nothing before it may consist of, even if only its beginning is there.
pub(super) fn at_beginning(said: &str, functions: &[Function]) -> Option<&'static CallForm> {
    CALLS.iter().find(|form| match form.stands {
        Stands::Anywhere => false,
        Stands::Alone(may_be) if said.starts_with(form.begin) => may_be(said, functions),
        Stands::Alone(_) => form.begin.starts_with(said),
    })
}

/// What the calls begin with that may stand behind words.
pub(super) fn begins() -> impl Iterator<Item = &'static str> {
    CALLS.iter().filter(|form| matches!(form.stands, Stands::Anywhere)).map(|form| form.begin)
}

/// The first place in a text where calls may begin, and their form.
pub(super) fn find(text: &str) -> Option<(usize, &'static CallForm)> {
    let forms = CALLS.iter().filter(|form| matches!(form.stands, Stands::Anywhere));
    forms.filter_map(|form| Some((text.find(form.begin)?, form))).min_by_key(|(at, _)| *at)
}

/// See [`super::MARKS`].
pub const MARKS: [&str; 48] = [
    "<think>",
    "</think>",
    "[THINK]",
    "[/THINK]",
    "<|channel>",
    "<channel|>",
    "<seed:think>",
    "</seed:think>",
    "<|START_THINKING|>",
    "<|END_THINKING|>",
    "<tool_call>",
    "</tool_call>",
    "<arg_key>",
    "</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "[TOOL_CALLS]",
    "[CALL_ID]",
    "[ARGS]",
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁end｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁sep｜>",
    "｜DSML｜",
    "<minimax:tool_call>",
    "</minimax:tool_call>",
    "<|tool_calls_section_begin|>",
    "<|tool_calls_section_end|>",
    "<|tool_call_begin|>",
    "<|tool_call_end|>",
    "<|tool_call_argument_begin|>",
    "<|python_tag|>",
    "<|python_start|>",
    "<|python_end|>",
    "<|tool_call|>",
    "<|/tool_call|>",
    "<|tool_call>",
    "<tool_call|>",
    "<|\"|>",
    "<start_function_call>",
    "<end_function_call>",
    "<escape>",
    // Harmony's: `end`, `call` and `return` may end an answer, and then they are not part of it.
    "<|channel|>",
    "<|message|>",
    "<|start|>",
    "<|constrain|>",
    "<|end|>",
];

/// See [`super::TURNS`].
pub const TURNS: [&str; 5] = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>", "<|end|>"];
