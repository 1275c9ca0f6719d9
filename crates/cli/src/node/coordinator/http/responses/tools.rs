//! The tools of a response as functions of a chat: those in a namespace have a joined name, and those that take a text or a command
//! have it as their arguments.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::super::{
    error::ApiError,
    translate::{Chat, only, shown, unsupported, wrong},
};

/// What stands between a namespace and a name in the name that a model sees.
const BETWEEN: &str = "__";
/// The name by which a model sees the shell of the application's machine.
pub(super) const SHELL: &str = "local_shell";

/// What an application offers beside the tools that it runs itself, and a model can do without: nobody runs them here. `tool_search`
/// finds tools that are shown later; here all are shown at once.
const OPTIONAL: [&str; 3] = ["web_search", "image_generation", "tool_search"];

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A `function_call` with arguments.
    Function,
    /// A `custom_tool_call` with a text.
    Custom,
    /// A `local_shell_call` with a command.
    Shell,
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) kind: Kind,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Tool {
    /// The name by which the model sees it.
    fn seen(&self) -> String {
        join(self.namespace.as_deref(), &self.name)
    }

    /// Whether this is what an entry of `allowed_tools`, or a choice, names.
    fn is_named_by(&self, entry: &Value) -> bool {
        let field = |name: &str| entry.get(name).and_then(Value::as_str);
        let same_namespace = || field("namespace").is_none_or(|wanted| self.namespace.as_deref() == Some(wanted));
        match field("type") {
            Some("namespace") => self.namespace.is_some() && self.namespace.as_deref() == field("name"),
            Some("function") => self.kind == Kind::Function && field("name") == Some(&self.name) && same_namespace(),
            Some("custom") => self.kind == Kind::Custom && field("name") == Some(&self.name) && same_namespace(),
            Some(SHELL) => self.kind == Kind::Shell,
            _ => false,
        }
    }
}

/// The name by which a model sees a tool.
pub(super) fn join(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        None | Some("") => name.to_owned(),
        Some(namespace) => format!("{}{BETWEEN}{name}", namespace.trim_end_matches('_')),
    }
}

/// The arguments of a call of a tool that takes a text.
pub(super) fn text_arguments(input: &Value) -> String {
    json!({ "input": input }).to_string()
}

/// The tools of a response, as its request has written them.
#[derive(Clone, Debug, Default)]
pub(super) struct Toolbox(Vec<(String, Tool)>);

impl Toolbox {
    /// Of tools that were read before.
    pub(super) fn of(tools: Option<&Value>) -> Self {
        let tools = tools.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let read = tools.iter().flat_map(|tool| match tool.get("type").and_then(Value::as_str) {
            Some("namespace") => {
                let inner = tool.get("tools").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                inner.iter().filter_map(|inner| identify(inner, tool.get("name")?.as_str())).collect()
            }
            _ => Vec::from_iter(identify(tool, None)),
        });
        Self(read.map(|tool| (tool.seen(), tool)).collect())
    }

    /// The tool that the model has called by this name.
    pub(super) fn find(&self, seen: &str) -> Tool {
        let known = self.0.iter().find(|(name, _)| name == seen).map(|(_, tool)| tool.clone());
        known.unwrap_or_else(|| Tool { kind: Kind::Function, namespace: None, name: seen.to_owned() })
    }
}

fn identify(tool: &Value, namespace: Option<&str>) -> Option<Tool> {
    let kind = match tool.get("type")?.as_str()? {
        "function" => Kind::Function,
        "custom" => Kind::Custom,
        SHELL => Kind::Shell,
        _ => return None,
    };
    let name = if kind == Kind::Shell { SHELL } else { tool.get("name")?.as_str()? };
    Some(Tool { kind, namespace: namespace.map(str::to_owned), name: name.to_owned() })
}

/// Reads `tools`, `tool_choice` and `parallel_tool_calls`. Returns the tools that the model is shown, as the request has them.
pub(super) fn read(fields: &Map<String, Value>, chat: &mut Chat) -> Result<Value, ApiError> {
    let all = match fields.get("tools") {
        None => &[][..],
        Some(Value::Array(all)) => all,
        Some(_) => return Err(wrong("tools", "is not an array")),
    };
    let (needless, served): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(_, tool)| is_optional(tool));
    // Who offers nothing else asks for just this.
    if let (Some((index, tool)), true) = (needless.first(), served.is_empty()) {
        return Err(refuse(&format!("tools[{index}]"), tool));
    }
    let mut functions = vec![];
    for (index, tool) in &served {
        read_tool(&format!("tools[{index}]"), tool, None, &mut functions)?;
    }
    if let Some(again) = find_clash(&functions) {
        return Err(wrong(&again.place, "would be seen by the model under the name of another tool"));
    }
    let choice = read_choice(fields.get("tool_choice"), &mut functions)?;
    let parallel = fields.get("parallel_tool_calls").cloned().unwrap_or_default();
    if !parallel.is_boolean() && !parallel.is_null() {
        return Err(wrong("parallel_tool_calls", "is neither true nor false"));
    }
    if functions.is_empty() && choice.as_str().is_none_or(|choice| choice != "required") && !choice.is_object() {
        // Nothing can be called, whatever is chosen.
        return Ok(json!([]));
    }
    if !functions.is_empty() {
        chat.set_tools(functions.into_iter().map(|read| (read.place, read.function)));
        chat.set("parallel_tool_calls", parallel);
    }
    chat.set("tool_choice", choice);
    Ok(served.into_iter().map(|(_, tool)| tool.clone()).collect())
}

/// A tool's name, and a namespace's, has at most this many characters.
const MAX_NAME: usize = 64;

/// A tool that was read.
struct Read {
    place: String,
    tool: Tool,
    /// As a chat has it.
    function: Value,
}

/// A tool that the model would see under the name of one before it, and that is another.
fn find_clash(functions: &[Read]) -> Option<&Read> {
    let mut known: HashMap<String, &Tool> = HashMap::new();
    functions.iter().find(|read| known.insert(read.tool.seen(), &read.tool).is_some_and(|known| *known != read.tool))
}

fn is_optional(tool: &Value) -> bool {
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or_default();
    // Some are named with the day since which they are as they are.
    OPTIONAL.iter().any(|optional| kind == *optional || kind.strip_prefix(optional).is_some_and(is_suffix))
}

fn is_suffix(rest: &str) -> bool {
    rest.starts_with("_preview") || rest.starts_with("_20")
}

fn refuse(at: &str, tool: &Value) -> ApiError {
    let kind = shown(tool.get("type").unwrap_or(&Value::Null));
    let hint = "hint: only tools that the application runs itself are called: function, custom, namespace, local_shell";
    unsupported(at, &format!("is the tool `{kind}`, which this network does not have; {hint}"))
}

/// Reads a tool, which may be several in a namespace.
fn read_tool(at: &str, tool: &Value, namespace: Option<&str>, read: &mut Vec<Read>) -> Result<(), ApiError> {
    let fields = tool.as_object().ok_or_else(|| wrong(at, "is not an object"))?;
    let Some(kind) = fields.get("type").and_then(Value::as_str) else {
        return Err(wrong(at, "has no `type` that is a string"));
    };
    let function = match kind {
        "function" => read_function(at, fields)?,
        "custom" => read_custom(at, fields)?,
        SHELL if namespace.is_none() => {
            only(at, fields, &[&["type"]])?;
            shell()
        }
        "namespace" if namespace.is_none() => return read_namespace(at, fields, read),
        _ => return Err(refuse(at, tool)),
    };
    if let Some(name) = fields.get("name").and_then(Value::as_str) {
        check_name(at, name)?;
    }
    let Some(tool) = identify(tool, namespace) else {
        return Err(wrong(format!("{at}.name"), "is not a string"));
    };
    let mut function = function;
    function.insert("name".into(), tool.seen().into());
    read.push(Read { place: at.to_owned(), tool, function: json!({"type": "function", "function": function}) });
    Ok(())
}

fn read_namespace(at: &str, fields: &Map<String, Value>, read: &mut Vec<Read>) -> Result<(), ApiError> {
    only(at, fields, &[&["type", "name", "description", "tools"]])?;
    let Some(name) = fields.get("name").and_then(Value::as_str) else {
        return Err(wrong(format!("{at}.name"), "is not a string"));
    };
    check_name(at, name)?;
    if fields.get("description").is_some_and(|description| !description.is_string() && !description.is_null()) {
        return Err(wrong(format!("{at}.description"), "is not a string"));
    }
    let Some(tools) = fields.get("tools").and_then(Value::as_array) else {
        return Err(wrong(format!("{at}.tools"), "is not an array"));
    };
    for (index, tool) in tools.iter().enumerate() {
        read_tool(&format!("{at}.tools[{index}]"), tool, Some(name), read)?;
    }
    Ok(())
}

/// A name that is joined with another is as long as a chat's tool may have one.
fn check_name(at: &str, name: &str) -> Result<(), ApiError> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_letter) {
        true => Ok(()),
        false => Err(wrong(format!("{at}.name"), &format!("is not of 1 to {MAX_NAME} letters, digits, `_` and `-`"))),
    }
}

/// What tools have beyond what a chat has: that they are shown later, who else may call them, and what they return.
const BEYOND: [&str; 4] = ["defer_loading", "allowed_callers", "output_schema", "async"];

fn check_beyond(at: &str, fields: &Map<String, Value>) -> Result<(), ApiError> {
    let given = |name: &str| fields.get(name).filter(|value| !value.is_null());
    let is_caller = |caller: &Value| caller == "direct" || caller == "programmatic";
    let fits = |callers: &Vec<Value>| callers.contains(&json!("direct")) && callers.iter().all(is_caller);
    if given("allowed_callers").is_some_and(|callers| !callers.as_array().is_some_and(fits)) {
        return Err(unsupported(
            format!("{at}.allowed_callers"),
            "must have `direct`: the model calls all tools itself",
        ));
    }
    if given("output_schema").is_some_and(|schema| !schema.is_object()) {
        return Err(wrong(format!("{at}.output_schema"), "is not an object"));
    }
    if given("defer_loading").is_some_and(|defers| !defers.is_boolean()) {
        return Err(wrong(format!("{at}.defer_loading"), "is neither true nor false"));
    }
    match fields.get("async") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(()),
        Some(_) => Err(unsupported(format!("{at}.async"), "must be false: an answer ends with its calls")),
    }
}

fn read_function(at: &str, fields: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    only(at, fields, &[&["type", "name", "description", "parameters", "strict"], &BEYOND])?;
    check_beyond(at, fields)?;
    let mut function = fields.clone();
    function.retain(|name, _| name != "type" && !BEYOND.contains(&name.as_str()));
    Ok(function)
}

/// A tool that takes a text. The model is shown the grammar of the text, which nothing holds it to.
fn read_custom(at: &str, fields: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    only(at, fields, &[&["type", "name", "description", "format"], &BEYOND])?;
    check_beyond(at, fields)?;
    let mut description = match fields.get("description") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(wrong(format!("{at}.description"), "is not a string")),
    };
    let format = fields.get("format").filter(|format| !format.is_null());
    let of_format = |name: &str| format.and_then(|format| format.get(name)?.as_str());
    match (format.is_some(), of_format("type"), of_format("syntax"), of_format("definition")) {
        (false, ..) | (_, Some("text"), ..) => {}
        (_, Some("grammar"), Some(syntax @ ("lark" | "regex")), Some(definition)) => {
            let space = if description.is_empty() { "" } else { "\n\n" };
            description += &format!("{space}`input` is a text of this grammar ({syntax}):\n{definition}");
        }
        _ => {
            let what = "must have the `type` text, or the `type` grammar with a `syntax` and a `definition`";
            return Err(wrong(format!("{at}.format"), what));
        }
    }
    let parameters = json!({
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
        "additionalProperties": false,
    });
    Ok(Map::from_iter([("description".into(), description.into()), ("parameters".into(), parameters)]))
}

/// The function by which a model sees the application's shell.
fn shell() -> Map<String, Value> {
    let parameters = json!({
        "type": "object",
        "properties": {
            "command": {"type": "array", "items": {"type": "string"}, "description": "The program and its arguments."},
            "working_directory": {"type": "string"},
            "timeout_ms": {"type": "integer"},
        },
        "required": ["command"],
        "additionalProperties": false,
    });
    let description = "Runs a command on the user's machine and returns its output.";
    Map::from_iter([("description".into(), description.into()), ("parameters".into(), parameters)])
}

/// What a shell is to do, of the arguments of a call.
pub(super) fn shell_action(arguments: &str) -> Value {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    let field = |name: &str| arguments.get(name).cloned().unwrap_or_default();
    let command = match field("command") {
        Value::Array(words) => words.into_iter().filter(Value::is_string).collect(),
        Value::String(word) => json!([word]),
        _ => json!([]),
    };
    json!({
        "type": "exec",
        "command": command,
        "env": {},
        "timeout_ms": field("timeout_ms"),
        "working_directory": field("working_directory"),
        "user": null,
    })
}

/// The arguments of a call that a shell's action was made of.
pub(super) fn shell_arguments(action: Option<&Value>) -> String {
    let mut arguments = Map::new();
    for name in ["command", "working_directory", "timeout_ms"] {
        if let Some(value) = action.and_then(|action| action.get(name)).filter(|value| !value.is_null()) {
            arguments.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(arguments).to_string()
}

/// The text that a tool is given, of the arguments of a call.
pub(super) fn input_text(arguments: &str) -> String {
    let read: Value = serde_json::from_str(arguments).unwrap_or_default();
    read.get("input").and_then(Value::as_str).unwrap_or(arguments).to_owned()
}

/// Reads `tool_choice` as a chat has it. Where it allows some tools only, the others are left out.
fn read_choice(choice: Option<&Value>, functions: &mut Vec<Read>) -> Result<Value, ApiError> {
    let named = |functions: &[Read], choice: &Value| {
        let found = functions.iter().find(|read| read.tool.is_named_by(choice));
        let none = || wrong("tool_choice", "names a tool that is not in `tools`");
        Ok(json!({"type": "function", "function": {"name": found.ok_or_else(none)?.tool.seen()}}))
    };
    let unknown = || {
        let what = "must be one of: none, auto, required, {\"type\": \"function\", \"name\": ...}, \
                    {\"type\": \"custom\", \"name\": ...}, {\"type\": \"local_shell\"}, {\"type\": \"allowed_tools\", ...}";
        wrong("tool_choice", what)
    };
    match choice {
        None => Ok(Value::Null),
        Some(choice @ Value::Object(fields)) => match fields.get("type").and_then(Value::as_str) {
            Some("function" | "custom" | SHELL) => named(functions, choice),
            Some("allowed_tools") => {
                let Some(allowed) = fields.get("tools").and_then(Value::as_array) else {
                    return Err(wrong("tool_choice.tools", "is not an array"));
                };
                functions.retain(|read| allowed.iter().any(|entry| read.tool.is_named_by(entry)));
                Ok(fields.get("mode").cloned().unwrap_or_default())
            }
            _ => Err(unknown()),
        },
        Some(Value::String(choice)) if ["none", "auto", "required"].contains(&choice.as_str()) => Ok(json!(choice)),
        Some(_) => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tools: Value) -> Result<(Value, Value), ApiError> {
        let mut chat = Chat::new(&[]);
        let fields = Map::from_iter([("tools".to_owned(), tools)]);
        let served = read(&fields, &mut chat)?;
        Ok((served, chat.field("tools").cloned().unwrap_or_default()))
    }

    fn names(functions: &Value) -> Vec<&str> {
        let functions = functions.as_array().expect("functions");
        functions.iter().map(|function| function["function"]["name"].as_str().expect("a name")).collect()
    }

    #[test]
    fn tools_become_functions_and_their_calls_find_back() {
        let tools = json!([
            {"type": "function", "name": "exec", "strict": false, "parameters": {"type": "object"}},
            {"type": "namespace", "name": "agents", "description": "Helpers.", "tools": [
                {"type": "function", "name": "close", "strict": false, "parameters": {"type": "object"}, "defer_loading": true},
                {"type": "custom", "name": "say"},
            ]},
            {"type": "custom", "name": "patch", "description": "Patches.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /x/"}},
            {"type": "local_shell"},
            {"type": "web_search", "external_web_access": false},
            {"type": "web_search_preview_2025_03_11"},
        ]);
        let (served, functions) = of(tools.clone()).expect("are valid");
        assert_eq!(names(&functions), ["exec", "agents__close", "agents__say", "patch", "local_shell"]);
        assert_eq!(served, json!(tools.as_array().expect("an array")[..4]));
        let text = functions[3]["function"]["description"].as_str().expect("a description");
        assert!(text.starts_with("Patches.") && text.ends_with("start: /x/"), "{text}");
        let toolbox = Toolbox::of(Some(&served));
        let tool = |kind, namespace: Option<&str>, name: &str| Tool {
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(toolbox.find("agents__close"), tool(Kind::Function, Some("agents"), "close"));
        assert_eq!(toolbox.find("agents__say"), tool(Kind::Custom, Some("agents"), "say"));
        assert_eq!(toolbox.find("local_shell"), tool(Kind::Shell, None, "local_shell"));
        assert_eq!(toolbox.find("exec"), tool(Kind::Function, None, "exec"));
    }

    #[test]
    fn what_nobody_runs_is_left_out_beside_other_tools_and_refused_alone() {
        let function = json!({"type": "function", "name": "a"});
        for kind in ["web_search", "web_search_2025_08_26", "image_generation", "tool_search"] {
            let (served, functions) = of(json!([{"type": kind}, function])).expect(kind);
            assert_eq!((served, names(&functions)), (json!([function]), vec!["a"]), "{kind}");
            assert_eq!(of(json!([{"type": kind}])).expect_err(kind).param.as_deref(), Some("tools[0]"));
        }
        for kind in ["file_search", "code_interpreter", "mcp", "computer", "shell", "apply_patch", "web_searching"] {
            let error = of(json!([function, {"type": kind}])).expect_err(kind);
            assert_eq!(error.param.as_deref(), Some("tools[1]"), "{kind}");
            assert!(error.message.contains(kind), "{}", error.message);
        }
    }

    #[test]
    fn tools_that_do_not_fit_are_refused_by_their_place() {
        let inner = |tool: Value| json!([{"type": "namespace", "name": "n", "description": "", "tools": [tool]}]);
        let function = json!({"type": "function", "name": "a"});
        for (tools, param) in [
            (json!([3]), "tools[0]"),
            (json!([{"name": "a"}]), "tools[0]"),
            (json!([function, {"type": "custom", "name": "a"}]), "tools[1]"),
            (json!([{"type": "function", "name": "n__a"}, inner(function.clone())[0]]), "tools[1].tools[0]"),
            (inner(json!({"type": "function"})), "tools[0].tools[0].name"),
            (inner(json!({"type": "namespace", "name": "m", "tools": []})), "tools[0].tools[0]"),
            (inner(json!({"type": "local_shell"})), "tools[0].tools[0]"),
            (json!([{"type": "namespace", "name": "", "tools": []}]), "tools[0].name"),
            (json!([{"type": "namespace", "name": "n"}]), "tools[0].tools"),
            (
                json!([{"type": "custom", "name": "a", "format": {"type": "grammar", "syntax": "lark"}}]),
                "tools[0].format",
            ),
            (json!([{"type": "function", "name": "a", "async": true}]), "tools[0].async"),
            (
                json!([{"type": "function", "name": "a", "allowed_callers": ["programmatic"]}]),
                "tools[0].allowed_callers",
            ),
        ] {
            assert_eq!(of(tools.clone()).expect_err(&tools.to_string()).param.as_deref(), Some(param), "{tools}");
        }
    }

    #[test]
    fn a_shell_gets_a_command_and_says_later_what_it_got() {
        let arguments = json!({"command": ["ls", "-l"], "working_directory": "/tmp"}).to_string();
        let action = shell_action(&arguments);
        assert_eq!((&action["command"], &action["timeout_ms"]), (&json!(["ls", "-l"]), &Value::Null));
        assert_eq!(shell_arguments(Some(&action)), arguments);
        assert_eq!(shell_action("ls")["command"], json!([]));
        assert_eq!((input_text(r#"{"input": "a"}"#), input_text("b")), ("a".to_owned(), "b".to_owned()));
    }
}
