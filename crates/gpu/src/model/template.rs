//! Chat templates: a place for tools in those that have none.

/// What templates of ChatML's family, which have none of it, lack for tools: how they are shown to the model, and how their calls and
/// results stand in the conversation. It is Hermes' form, which [`cuckoo_protocol::task::speech`] reads.
const TOOLS: &str = include_str!("tools.jinja");

/// What begins a turn in ChatML.
const TURN: &str = "<|im_start|>";

/// A template with a place for tools, where this one has none and is of ChatML's family. Chats without tools stay as they are, to the
/// letter.
pub fn with_tools(template: &str) -> Option<String> {
    let lacks = template.contains(TURN) && !template.contains("tools");
    lacks.then(|| format!("{}{template}{{%- endif -%}}", TOOLS.trim_end()))
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};
    use serde_json::{Value, json};

    use super::*;

    /// SmolLM2's own, as its GGUF files have it.
    const SMOLLM2: &str = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    fn render(template: &str, messages: &Value, tools: &Value) -> String {
        let environment = Environment::new();
        let context = context! { messages, tools, add_generation_prompt => true };
        environment.render_str(template, context).expect("renders")
    }

    #[test]
    fn chats_without_tools_stay_as_they_are() {
        let template = with_tools(SMOLLM2).expect("has no tools");
        assert_eq!(with_tools(&template), None);
        assert_eq!(with_tools("{{ messages }}"), None);
        let user = json!({"role": "user", "content": "hi\n"});
        let chats = [
            json!([user]),
            json!([{"role": "system", "content": "Be brief."}, user]),
            json!([user, {"role": "assistant", "content": "ho"}, user]),
        ];
        for chat in chats {
            assert_eq!(render(&template, &chat, &Value::Null), render(SMOLLM2, &chat, &Value::Null));
            assert_eq!(render(&template, &chat, &json!([])), render(SMOLLM2, &chat, &json!([])));
        }
    }

    #[test]
    fn tools_calls_and_results_have_their_places() {
        let template = with_tools(SMOLLM2).expect("has no tools");
        let tool = json!({"type": "function", "function": {"name": "time", "parameters": {}}});
        let call = json!({"id": "a", "type": "function", "function": {"name": "time", "arguments": {"zone": 1}}});
        let chat = json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What time is it?"},
            {"role": "assistant", "content": "", "tool_calls": [call, call]},
            {"role": "tool", "tool_call_id": "a", "content": "noon"},
            {"role": "tool", "tool_call_id": "a", "content": "noon"},
            {"role": "assistant", "content": "Noon."},
            {"role": "user", "content": "Sure?"},
        ]);
        let rendered = render(&template, &chat, &json!([tool]));
        let (system, rest) = rendered.split_once("<|im_end|>\n").expect("a system's turn");
        assert!(
            system.starts_with("<|im_start|>system\nBe brief.\n\n") && system.contains(r#""name":"time""#),
            "{system}"
        );
        let called = "<tool_call>\n{\"name\": \"time\", \"arguments\": {\"zone\":1}}\n</tool_call>";
        let said = "<tool_response>\nnoon\n</tool_response>";
        let expected = format!(
            "<|im_start|>user\nWhat time is it?<|im_end|>\n<|im_start|>assistant\n{called}\n{called}<|im_end|>\n\
             <|im_start|>user\n{said}\n{said}<|im_end|>\n<|im_start|>assistant\nNoon.<|im_end|>\n\
             <|im_start|>user\nSure?<|im_end|>\n<|im_start|>assistant\n"
        );
        assert_eq!(rest, expected);
        // Results that are part of a conversation stay in it when no tools are offered any more.
        let rendered = render(&template, &chat, &Value::Null);
        assert!(rendered.starts_with("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n"), "{rendered}");
        assert!(rendered.contains(said) && rendered.contains(called), "{rendered}");
    }
}
