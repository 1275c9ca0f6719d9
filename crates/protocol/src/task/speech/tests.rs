//! Answers as the models' published templates have them, and what they are made of.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::task::tools::write_call;

fn functions() -> Arc<[Function]> {
    let properties = json!({
        "city": {"type": "string"}, "days": {"type": "integer"}, "zip": {"type": "string"}, "tags": {"type": "array"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    });
    let weather = json!({"type": "object", "properties": properties});
    let function = |name: &str, parameters: Value| Function { name: name.into(), parameters, strict: false };
    vec![function("weather", weather), function("time", Value::Null)].into()
}

fn call(name: &str, arguments: Value) -> Call {
    Call { name: name.into(), arguments: arguments.to_string() }
}

#[test]
fn what_breaks_a_strict_function_s_schema_is_no_call() {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let of = |strict: bool, text: &str| {
        let function = Function { name: "weather".into(), parameters: parameters.clone(), strict };
        Speech::of(text, &vec![function].into())
    };
    let right = r#"<tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call>"#;
    let wrong = r#"I look. <tool_call>{"name": "weather", "arguments": {"town": "Paris"}}</tool_call>"#;
    let tagged = "<function=weather>\n<parameter=town>\nParis\n</parameter>\n</function>";
    for text in [right, wrong, tagged] {
        assert_eq!(of(false, text).calls.len(), 1, "{text}");
        assert_eq!(of(true, text).calls.len(), usize::from(text == right), "{text}");
    }
    // It is told as the model wrote it.
    assert_eq!(of(true, wrong).words, wrong);
}

/// Every family's form of the same call, with a thought or words before it where the family writes some: text, thought, words, and
/// how often the call is made.
const FIXTURES: &[(&str, &str, &str, &str, usize)] = &[
    (
        "Qwen3",
        "<think>\nParis, 3 days.\n</think>\n\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}}\n</tool_call>",
        "Paris, 3 days.",
        "",
        1,
    ),
    (
        "Qwen3 without a thought",
        "<think>\n\n</think>\n\nI look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}}\n</tool_call>",
        "",
        "I look.",
        1,
    ),
    (
        "Hermes",
        "<tool_call>\n{\"arguments\": {\"city\": \"Paris\", \"days\": 3}, \"name\": \"weather\"}\n</tool_call>\n<tool_call>\n{\"arguments\": {\"city\": \"Paris\", \"days\": 3}, \"name\": \"weather\"}\n</tool_call>",
        "",
        "",
        2,
    ),
    (
        "Qwen3-Coder",
        "I look.\n\n<tool_call>\n<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
        "",
        "I look.",
        1,
    ),
    (
        "Qwen3-Coder, cut short",
        "<function=weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
        "",
        "",
        1,
    ),
    (
        "GLM 4.5",
        "\n<think>Paris.</think>\n<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
        "Paris.",
        "",
        1,
    ),
    (
        "GLM 4.7",
        "<think>Paris.</think><tool_call>weather<arg_key>city</arg_key><arg_value>Paris</arg_value><arg_key>days</arg_key><arg_value>3</arg_value></tool_call>",
        "Paris.",
        "",
        1,
    ),
    ("Llama 3.x", "{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 3}}", "", "", 1),
    (
        "Llama 3.x, twice",
        "{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 3}}; {\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 3}}",
        "",
        "",
        2,
    ),
    (
        "Llama 3.1 with a tag",
        "<|python_tag|>{\"type\": \"function\", \"function\": \"weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 3}}",
        "",
        "",
        1,
    ),
    ("Llama 3.1 with a function", "<function=weather>{\"city\": \"Paris\", \"days\": 3}</function>", "", "", 1),
    (
        "Llama 4",
        "<|python_start|>[weather(city=\"Paris\", days=3), weather(city='Paris', days=3)]<|python_end|>",
        "",
        "",
        2,
    ),
    ("Llama 4 without marks", "[weather(city=\"Paris\", days=3)]", "", "", 1),
    (
        "Mistral v3",
        "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}, \"id\": \"VvvODy9mT\"}]",
        "",
        "",
        1,
    ),
    (
        "Mistral v11",
        "I look.[TOOL_CALLS]weather[CALL_ID]VvvODy9mT[ARGS]{\"city\": \"Paris\", \"days\": 3}[TOOL_CALLS]weather[ARGS]{\"city\": \"Paris\", \"days\": 3}",
        "",
        "I look.",
        2,
    ),
    ("Magistral", "[THINK]Paris.[/THINK][TOOL_CALLS]weather{\"city\": \"Paris\", \"days\": 3}", "Paris.", "", 1),
    ("Gemma 3 in a list", "[weather(city=\"Paris\", days=3)]\n", "", "", 1),
    ("Gemma 3 in a fence", "Sure.\n```tool_code\nprint(weather(city=\"Paris\", days=3))\n```", "", "Sure.", 1),
    (
        "Gemma 3 in JSON",
        "```json\n{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\", \"days\": 3}}\n```",
        "",
        "",
        1,
    ),
    (
        "Gemma 4",
        "<|channel>thought\nParis.\n<channel|><|tool_call>call:weather{city:<|\"|>Paris<|\"|>,days:3}<tool_call|>",
        "Paris.",
        "",
        1,
    ),
    (
        "FunctionGemma",
        "<start_function_call>call:weather{city:<escape>Paris<escape>,days:3}<end_function_call>",
        "",
        "",
        1,
    ),
    (
        "DeepSeek V3",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"city\": \"Paris\", \"days\": 3}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        "",
        1,
    ),
    (
        "DeepSeek R1",
        "<think>\nParis.\n</think>\n\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"city\": \"Paris\", \"days\": 3}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{\"city\": \"Paris\", \"days\": 3}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "Paris.",
        "",
        2,
    ),
    (
        "DeepSeek V3.1",
        "I look.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": \"Paris\", \"days\": 3}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "",
        "I look.",
        1,
    ),
    (
        "DeepSeek V3.2",
        "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"weather\">\n<｜DSML｜parameter name=\"city\" string=\"true\">Paris</｜DSML｜parameter>\n<｜DSML｜parameter name=\"days\" string=\"false\">3</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
        "",
        "",
        1,
    ),
    (
        "MiniMax M2",
        "<think>\nParis.\n</think>\n\n<minimax:tool_call>\n<invoke name=\"weather\">\n<parameter name=\"city\">Paris</parameter>\n<parameter name=\"days\">3</parameter>\n</invoke>\n</minimax:tool_call>",
        "Paris.",
        "",
        1,
    ),
    (
        "Kimi K2",
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{\"city\": \"Paris\", \"days\": 3}<|tool_call_end|><|tool_calls_section_end|>",
        "",
        "",
        1,
    ),
    (
        "Phi-4-mini",
        "<|tool_call|>[{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\", \"days\": 3}}]<|/tool_call|>",
        "",
        "",
        1,
    ),
    (
        "gpt-oss",
        "<|channel|>analysis<|message|>Paris.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{\"city\":\"Paris\",\"days\":3}<|call|>",
        "Paris.",
        "",
        1,
    ),
    (
        "gpt-oss with a preamble",
        "<|channel|>analysis<|message|>Paris.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{\"city\":\"Paris\",\"days\":3}",
        "Paris.",
        "I look.",
        1,
    ),
    (
        "gpt-oss that answers",
        "<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>Noon.",
        "Easy.",
        "Noon.",
        0,
    ),
    ("Qwen3 that answers", "<think>\nEasy.\n</think>\n\nNoon.", "Easy.", "Noon.", 0),
    ("cut off in a thought", "<think>\nLet me see", "Let me see", "", 0),
    ("cut off in a header", "<|channel|>analysis<|message|>Easy.<|end|><|start|>assi", "Easy.", "", 0),
];

#[test]
fn every_family_s_thoughts_words_and_calls_are_told_apart() {
    for (family, text, thought, words, count) in FIXTURES.iter().copied() {
        let calls = vec![call("weather", json!({"city": "Paris", "days": 3})); count];
        let found = Speech::of(text, &functions());
        let found = (found.thought.as_str(), found.words.as_str(), found.calls);
        assert_eq!(found, (thought, words, calls), "{family}: {text}");
    }
}

#[test]
fn arguments_keep_their_types() {
    for (text, arguments) in [
        // A text that looks like a number stays one where the schema says so.
        (
            "<tool_call>weather\n<arg_key>zip</arg_key>\n<arg_value>01234</arg_value>\n<arg_key>note</arg_key><arg_value>7</arg_value></tool_call>",
            json!({"zip": "01234", "note": "7"}),
        ),
        (
            "<function=weather><parameter=tags>\n[1, \"a\"]\n</parameter><parameter=city>\n a\nb \n</parameter></function>",
            json!({"tags": [1, "a"], "city": " a\nb "}),
        ),
        (
            "[weather(city='d\\'Or \"x\"', days=-2, tags=[1.5, None, True, {'a': (1,)}])]",
            json!({"city": "d'Or \"x\"", "days": -2, "tags": [1.5, null, true, {"a": [1]}]}),
        ),
        (
            "{\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": \\\"</tool_call>\\\"}\"}",
            json!({"city": "</tool_call>"}),
        ),
        (
            "<tool_call>{\"name\": \"weather\", \"arguments\": {\"city\": \"</tool_call>\"}}</tool_call>",
            json!({"city": "</tool_call>"}),
        ),
        (
            "<|tool_call>call:weather{tags:[<|\"|>a, b<|\"|>,{x:true}],city:<|\"|>P<|\"|>}<tool_call|>",
            json!({"tags": ["a, b", {"x": true}], "city": "P"}),
        ),
    ] {
        assert_eq!(Speech::of(text, &functions()).calls, [call("weather", arguments)], "{text}");
    }
    let both = write_call(&call("weather", json!({"city": "Paris"}))) + "\n" + &write_call(&call("time", json!({})));
    assert_eq!(
        Speech::of(&both, &functions()).calls,
        [call("weather", json!({"city": "Paris"})), call("time", json!({}))]
    );
}

#[test]
fn what_is_no_call_stays_text() {
    for text in [
        "",
        "Paris is sunny.",
        "  \n",
        "[]",
        "{}",
        r#"{"name": "rm", "arguments": {}}"#,
        r#"{"name": "weather", "arguments": "Paris"}"#,
        r#"{"name": "weather", "argum"#,
        r#"<tool_call>{"name": "rm", "arguments": {}}</tool_call>"#,
        r#"<tool_call>{"name": "time", "arguments": {}}</tool_call> and so on"#,
        "<tool_call>",
        "</tool_call>",
        "[TOOL_CALLS]",
        "[rm(a=1)]",
        "[weather(1)]",
        "```json\n{\"a\": 1}\n```",
        "It thinks in <think> and </think>.",
        "[1](https://example.com)",
        "<|tool_call>call:weather{",
    ] {
        let found = Speech::of(text, &functions());
        assert_eq!((found.words.as_str(), found.thought.as_str(), found.calls.len()), (text, "", 0));
        let found = Speech::of(text, &Arc::default());
        assert_eq!((found.words.as_str(), found.calls.len()), (text, 0), "without tools");
    }
    let deep = format!("[weather(tags={}", "[".repeat(100_000));
    assert_eq!(Speech::of(&deep, &functions()).words, deep);
}

#[test]
fn nothing_is_held_back_but_what_may_belong_to_something_else() {
    let shown = |pieces: &[&str]| {
        let mut listener = Listener::new(functions());
        pieces.iter().map(|piece| listener.push(piece)).collect::<Vec<_>>().concat()
    };
    let words = |text: &str| vec![Part::Words(text.into())];
    assert_eq!(shown(&["Hi"]), words("Hi"));
    assert_eq!(shown(&["a <b>c"]), words("a <b>c"));
    assert_eq!(shown(&["a <tool"]), words("a"));
    assert_eq!(shown(&["{\"na"]), []);
    assert_eq!(shown(&["{\"answer\": 1"]), words("{\"answer\": 1"));
    assert_eq!(shown(&["[wea"]), []);
    assert_eq!(shown(&["[we", " are"]), words("[we are"));
    assert_eq!(shown(&["```json\n{\"a\""]), words("```json\n{\"a\""));
    assert_eq!(shown(&["<t"]), []);
    assert_eq!(shown(&["<this"]), words("<this"));
    assert_eq!(shown(&["<think>\n", "so", " it"]), [Part::Thought("so".into()), Part::Thought(" it".into())]);
    assert_eq!(shown(&["<|channel|>final<|message|>No", "on"]), [Part::Words("No".into()), Part::Words("on".into())]);
}

#[test]
fn the_part_of_a_text_that_is_thought_is_known() {
    for (text, length) in [
        ("Noon.", 0),
        ("", 0),
        ("<think>abc</think>Noon.", 18),
        ("<think>abc", 10),
        ("<think>abc \n", 12),
        ("<think>abc</think>\n\n", 20),
        ("<|channel|>analysis<|message|>abc<|end|><|start|>assistant<|channel|>final<|message|>Noon.", 40),
        ("<|channel|>final<|message|>Noon.", 0),
    ] {
        assert_eq!(thought_length(text), length, "{text}");
    }
}

/// Takes a text apart in pieces of these lengths.
fn in_pieces(text: &str, cuts: &[usize], functions: &Arc<[Function]>) -> Speech {
    let mut listener = Listener::new(Arc::clone(functions));
    let mut speech = Speech::default();
    let (mut begin, mut cuts) = (0, cuts.iter().cycle());
    while begin < text.len() {
        let length = cuts.next().map_or(text.len(), |cut| (*cut).max(1));
        let end = (begin + length..).find(|&end| end >= text.len() || text.is_char_boundary(end)).expect("an end");
        let end = end.min(text.len());
        speech.add(listener.push(&text[begin..end]));
        begin = end;
    }
    let (parts, calls) = listener.finish();
    speech.add(parts);
    Speech { calls, ..speech }
}

proptest! {
    #[test]
    fn however_a_text_is_cut_it_is_made_of_the_same(which in 0usize..64, cuts in prop::collection::vec(1usize..12, 1..8)) {
        let (family, text, ..) = FIXTURES[which % FIXTURES.len()];
        prop_assert_eq!(in_pieces(text, &cuts, &functions()), Speech::of(text, &functions()), "{}", family);
    }

    /// Texts of marks and other things in any order: none panics, and cutting does not matter.
    #[test]
    fn no_text_is_taken_apart_in_two_ways(
        pieces in prop::collection::vec((0usize..90, "[a-z{}\\[\\]\"():, \n]{0,6}"), 0..10),
        cuts in prop::collection::vec(1usize..9, 1..6),
        called: bool,
    ) {
        let marks = |index: usize| MARKS.get(index).copied().unwrap_or(["weather", "{\"name\"", "<|call|>", "```json\n"][index % 4]);
        let text: String = pieces.iter().map(|(index, text)| format!("{}{text}", marks(*index))).collect();
        let functions = if called { functions() } else { Arc::default() };
        let whole = Speech::of(&text, &functions);
        prop_assert_eq!(in_pieces(&text, &cuts, &functions), whole);
    }

    /// Without marks a text is words, all of them.
    #[test]
    fn words_are_kept_as_they_are(text in "[^<\\[{`]{0,60}", cuts in prop::collection::vec(1usize..9, 1..6)) {
        let expected = Speech { words: text.clone(), ..Speech::default() };
        prop_assert_eq!(in_pieces(&text, &cuts, &functions()), expected);
    }
}
