//! The engine behind a URL, against a small server that behaves well and badly.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use cuckoo_gpu::{Engine, EngineError, EngineSpec, GenerateRequest, engine::OpenAiConfig, start};
use cuckoo_protocol::task::{
    Bias, ChatMessage, ChatRole, FinishReason, ImageSize, Kind, Micros, Sampling, SignedMicros, TokenQuestion, kind,
    speech::{Function, Speech},
    tools::Call,
};
use futures::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::timeout,
};

use crate::{continuation, request, run};

/// What the server does with a chat request.
#[derive(Clone)]
enum Answer {
    /// These pieces of an event stream, one packet each, then the end.
    Pieces(Vec<String>),
    /// These pieces and then silence.
    Hang(Vec<String>),
    /// A status line and a JSON body.
    Plain(&'static str, &'static str),
    /// What this says is wrong with a request, with the status 400, or else these pieces.
    Ruled(fn(&serde_json::Value) -> Option<&'static str>, Vec<String>),
    /// The tokens of a text or a chat, which are its bytes, and nothing else.
    Tokens,
    /// These models, and nothing else.
    Listed(&'static str),
}

/// What vLLM says of tokens.
fn tell_tokens(path: &str, body: &serde_json::Value) -> String {
    if path == "/detokenize" {
        let tokens = body["tokens"].as_array().expect("tokens").iter();
        let text: String = tokens.map(|token| char::from(token.as_u64().expect("a number") as u8)).collect();
        return serde_json::json!({ "prompt": text }).to_string();
    }
    let text = body["prompt"].as_str().map_or_else(|| body["messages"].to_string(), str::to_owned);
    let tokens: Vec<_> = text.bytes().collect();
    serde_json::json!({"count": tokens.len(), "max_model_len": 4096, "tokens": tokens, "token_strs": null}).to_string()
}

struct Server {
    address: SocketAddr,
    /// The bodies of the chat requests.
    bodies: mpsc::UnboundedReceiver<serde_json::Value>,
    /// A message for each chat connection that the client has closed.
    closed: mpsc::UnboundedReceiver<()>,
    _task: JoinSet<()>,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (bodies_sender, bodies) = mpsc::unbounded_channel();
        let (closed_sender, closed) = mpsc::unbounded_channel();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                connections.spawn(serve(socket, answer.clone(), bodies_sender.clone(), closed_sender.clone()));
            }
        });
        Self { address, bodies, closed, _task: task }
    }

    async fn engine(&self) -> Arc<dyn Engine> {
        self.engine_that_waits(60).await
    }

    /// One that gives the server up after so many seconds without a word.
    async fn engine_that_waits(&self, seconds: u64) -> Arc<dyn Engine> {
        let mut config = OpenAiConfig::new(format!("http://{}", self.address).parse().expect("an address"));
        config.slots = 1;
        config.idle_timeout_s = seconds;
        start(EngineSpec::OpenAi(config)).await.expect("connects")
    }
}

async fn serve(
    mut socket: TcpStream,
    answer: Answer,
    bodies: mpsc::UnboundedSender<serde_json::Value>,
    closed: mpsc::UnboundedSender<()>,
) {
    let mut received = Vec::new();
    let (head, body) = loop {
        let mut buffer = [0; 4096];
        let count = socket.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return;
        }
        received.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let plain = |status: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    };
    if head.starts_with("GET /v1/models ") {
        let usual = r#"{"object":"list","data":[{"id":"tiny","max_model_len":4096},{"id":"other"}]}"#;
        let list = if let Answer::Listed(list) = answer { list } else { usual };
        let _ = socket.write_all(plain("200 OK", list).as_bytes()).await;
        return;
    }
    let mut body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let path = head.split(' ').nth(1).expect("a path");
    if path.ends_with("tokenize") {
        let told = match &answer {
            Answer::Tokens => plain("200 OK", &tell_tokens(path, &body)),
            _ => plain("404 Not Found", "{}"),
        };
        let _ = socket.write_all(told.as_bytes()).await;
        return;
    }
    body["path"] = path.into();
    let wrong = match &answer {
        Answer::Ruled(rule, _) => rule(&body),
        _ => None,
    };
    let _ = bodies.send(body);
    if let Some(wrong) = wrong {
        let _ = socket.write_all(plain("400 Bad Request", wrong).as_bytes()).await;
        return;
    }
    let (pieces, hangs) = match answer {
        Answer::Plain(status, body) => {
            let _ = socket.write_all(plain(status, body).as_bytes()).await;
            return;
        }
        Answer::Pieces(pieces) | Answer::Ruled(_, pieces) => (pieces, false),
        Answer::Hang(pieces) => (pieces, true),
        Answer::Tokens | Answer::Listed(_) => return,
    };
    socket.set_nodelay(true).expect("a socket");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let _ = socket.write_all(head.as_bytes()).await;
    for piece in pieces {
        let _ = socket.write_all(piece.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    if hangs {
        let _ = socket.read(&mut [0; 16]).await;
        let _ = closed.send(());
    }
}

fn delta(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text } }] }))
}

fn end(reason: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": reason }] }))
}

const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5,\"total_tokens\":16}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[tokio::test]
async fn a_whole_answer_with_usage() {
    let pieces = [": hi\r\n\r\n".into(), delta("Hé"), delta("llo"), end("stop"), USAGE.into(), DONE.into()];
    // Cut in the middle of everything, also of a character.
    let whole = pieces.concat();
    let mut server =
        Server::start(Answer::Pieces(whole.split_inclusive(['a', ':', '}']).map(str::to_owned).collect())).await;
    let engine = server.engine().await;
    let models = engine.models();
    assert_eq!((models.len(), models[0].context_length, models[1].context_length), (2, 4_096, 8_192));
    assert_eq!(models[0].manifest.weights, "external:tiny");
    let mut asked = request("tiny", "hello", 9);
    asked.sampling.stop = vec!["\n".into()];
    let output = run(&*engine, asked).await;
    let finish = output.finish();
    assert_eq!(output.text, "Héllo");
    assert_eq!((finish.reason, finish.prompt_tokens, finish.completion_tokens), (FinishReason::Stop, 11, 5));
    let body = server.bodies.recv().await.expect("a body");
    assert_eq!(body["stream_options"]["include_usage"], true);
    assert_eq!((&body["max_tokens"], &body["seed"], &body["stop"][0]), (&9.into(), &7.into(), &"\n".into()));
    assert_eq!(body["messages"][0]["role"], "user");
    assert_eq!(body["path"], "/v1/chat/completions");
}

#[tokio::test]
async fn a_text_is_continued_as_it_is_and_stands_alone() {
    let piece = |text: &str| format!("data: {}\n\n", serde_json::json!({"choices": [{"index": 0, "text": text}]}));
    let pieces = vec![piece("upon"), piece(" a time"), end("length"), USAGE.into(), DONE.into()];
    let mut server = Server::start(Answer::Pieces(pieces)).await;
    let engine = server.engine().await;
    let output = run(&*engine, continuation("tiny", "Once ", 9)).await;
    assert_eq!((output.text.as_str(), output.finish().reason), ("upon a time", FinishReason::Length));
    let body = server.bodies.recv().await.expect("a body");
    assert_eq!((&body["path"], &body["prompt"]), (&"/v1/completions".into(), &"Once ".into()));
    assert!(body.get("messages").is_none(), "{body}");
    // What is neutral is not said: not every server knows it.
    for name in ["top_k", "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty", "logit_bias"] {
        assert!(body.get(name).is_none(), "{name}: {body}");
    }
    let mut ruled = continuation("tiny", "[1,2]", 9);
    ruled.messages[0].role = ChatRole::Ids;
    ruled.sampling = Sampling {
        top_k: 5,
        min_p: Micros(250_000),
        frequency_penalty: SignedMicros(-500_000),
        presence_penalty: SignedMicros(1_500_000),
        repetition_penalty: Micros(1_250_000),
        logit_bias: vec![Bias { id: 7, logits: SignedMicros(-100_000_000) }],
        ..ruled.sampling
    };
    assert_eq!(run(&*engine, ruled.clone()).await.text, "upon a time");
    let body = server.bodies.recv().await.expect("a body");
    let said = |name: &str| body[name].clone();
    assert_eq!((said("prompt"), said("top_k"), said("min_p")), (serde_json::json!([1, 2]), 5.into(), 0.25.into()));
    assert_eq!((said("frequency_penalty"), said("presence_penalty")), ((-0.5).into(), 1.5.into()));
    assert_eq!((said("repetition_penalty"), said("logit_bias")), (1.25.into(), serde_json::json!({"7": -100.0})));
    let echoed = Sampling { echo: true, ..ruled.sampling.clone() };
    let error = engine.generate(GenerateRequest { sampling: echoed, ..ruled.clone() }).await.err().expect("is refused");
    assert!(error.is_request_fault() && error.to_string().contains("mistral.rs"), "{error}");
    ruled.sampling.top_logprobs = Some(0);
    let error = engine.generate(ruled).await.err().expect("is refused");
    assert!(error.is_request_fault() && error.to_string().contains("`logprobs`"), "{error}");
    let mut mixed = request("tiny", "hello", 9);
    mixed.messages.extend(continuation("tiny", "Once ", 9).messages);
    let error = engine.generate(mixed).await.err().expect("is refused");
    assert!(error.is_request_fault(), "{error}");
}

fn call_delta(call: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"tool_calls\":[{call}]}},\"finish_reason\":null}}]}}\n\n")
}

#[tokio::test]
async fn calls_that_the_server_has_read_become_text_again() {
    let pieces = [
        delta("I look."),
        call_delta(r#"{"index":0,"id":"a","type":"function","function":{"name":"time","arguments":""}}"#),
        call_delta(r#"{"index":0,"function":{"arguments":"{\"zone\":"}}"#),
        call_delta(r#"{"index":0,"function":{"arguments":"1}"}}"#),
        call_delta(r#"{"index":1,"id":"b","type":"function","function":{"name":"time","arguments":"{}"}}"#),
        end("tool_calls"),
        DONE.into(),
    ];
    let mut server = Server::start(Answer::Pieces(pieces.into())).await;
    let mut asked = request("tiny", "What time is it?", 99);
    let tools = r#"[{"type":"function","function":{"name":"time"}}]"#;
    asked.messages.insert(0, ChatMessage { role: ChatRole::Tools, content: tools.into() });
    let engine = server.engine().await;
    let output = run(&*engine, asked.clone()).await;
    let call = |arguments: &str| Call { name: "time".into(), arguments: arguments.into() };
    let calls = vec![call(r#"{"zone":1}"#), call("{}")];
    let time = Function { name: "time".into(), ..Function::default() };
    let speech = Speech::of(&output.text, &vec![time].into());
    assert_eq!((speech.words.as_str(), speech.calls), ("I look.", calls));
    assert_eq!(output.finish().reason, FinishReason::Stop);
    let body = server.bodies.recv().await.expect("a body");
    assert_eq!(body["tools"].to_string(), tools);
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(1), "{body}");
}

fn usage(prompt: &str, completion: &str) -> String {
    format!(
        "data: {{\"choices\":null,\"usage\":{{\"prompt_tokens\":{prompt},\"completion_tokens\":{completion}}}}}\n\n"
    )
}

fn thought(name: &str, text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": { name: text, "content": null } }] }))
}

/// What servers get wrong, where it is clear what they mean.
#[tokio::test]
async fn slips_of_servers_are_forgiven() {
    let empty_delta = "data: {\"choices\":[{\"delta\":null,\"finish_reason\":\"stop\"}]}\n\n";
    let call =
        |index: &str| call_delta(&format!("{{{index}\"function\":{{\"name\":\"time\",\"arguments\":\"{{}}\"}}}}"));
    let called = "<tool_call>\n{\"name\":\"time\",\"arguments\":{}}\n</tool_call>";
    for (pieces, text, tokens) in [
        (vec![delta("a"), end("stop"), usage("5", "3"), DONE.into()], "a", 3),
        (vec![delta("a"), end("stop"), usage("5", "null"), DONE.into()], "a", 1),
        (vec![delta("a"), empty_delta.into(), DONE.into()], "a", 1),
        (vec![delta("a"), DONE.into()], "a", 1),
        (vec![delta("a"), end("eos"), DONE.into()], "a", 1),
        (vec![call(""), end("tool_calls"), DONE.into()], called, 1),
        (vec![call("\"index\":1,"), end("tool_calls"), DONE.into()], called, 1),
        (vec![call("\"index\":0,"), call_delta("{\"index\":0,\"function\":null}"), end("tool_calls")], called, 2),
        (vec![call_delta("{\"id\":\"a\",\"function\":{\"name\":\"time\"}}"), end("tool_calls")], called, 1),
    ] {
        let server = Server::start(Answer::Pieces(pieces.clone())).await;
        let output = run(&*server.engine().await, request("tiny", "hello", 9)).await;
        assert_eq!(output.error, None, "{pieces:?}");
        let finish = output.finish();
        assert_eq!((output.text.as_str(), finish.completion_tokens), (text, tokens), "{pieces:?}");
        assert_eq!(finish.reason, FinishReason::Stop, "{pieces:?}");
    }
}

#[tokio::test]
async fn what_cut_an_answer_off_is_no_end() {
    for reason in ["abort", "error", "insufficient_system_resource", "repetition", "tool_calls"] {
        let server = Server::start(Answer::Pieces(vec![delta("a"), end(reason), USAGE.into(), DONE.into()])).await;
        let output = run(&*server.engine().await, request("tiny", "hello", 9)).await;
        assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{reason}: {:?}", output.error);
    }
}

#[tokio::test]
async fn thoughts_that_the_server_takes_apart_are_put_back() {
    for name in ["reasoning", "reasoning_content"] {
        let pieces = vec![thought(name, "Let me"), thought(name, " see."), delta("No"), delta("on."), end("stop")];
        let server = Server::start(Answer::Pieces(pieces)).await;
        // A text that stops an answer stops no thought.
        let mut asked = request("tiny", "hello", 9);
        asked.sampling.stop = vec!["see".into()];
        let output = run(&*server.engine().await, asked).await;
        assert_eq!(output.text, "<think>\nLet me see.\n</think>\n\nNoon.");
        let speech = Speech::of(&output.text, &Arc::default());
        assert_eq!((speech.thought.as_str(), speech.words.as_str()), ("Let me see.", "Noon."));
    }
    let server = Server::start(Answer::Pieces(vec![thought("reasoning", "Let me"), end("length")])).await;
    let output = run(&*server.engine().await, request("tiny", "hello", 1)).await;
    assert_eq!((output.text.as_str(), output.finish().reason), ("<think>\nLet me", FinishReason::Length));
}

#[tokio::test]
async fn an_image_is_shown_in_its_place() {
    let mut server = Server::start(Answer::Pieces(vec![delta("An egg."), end("stop"), DONE.into()])).await;
    let engine = server.engine().await;
    let part = |role, content: &str| ChatMessage { role, content: content.into() };
    let mut asked = request("tiny", "or a stone?", 9);
    let png = "iVBORw0KGgo=";
    asked.messages.splice(0..0, [part(ChatRole::Part, "An egg"), part(ChatRole::Image, png)]);
    assert_eq!(run(&*engine, asked).await.text, "An egg.");
    let body = server.bodies.recv().await.expect("a body");
    let url = format!("data:image/png;base64,{png}");
    let expected = serde_json::json!([{"role": "user", "content": [
        {"type": "text", "text": "An egg"},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": "or a stone?"},
    ]}]);
    assert_eq!(body["messages"], expected);
}

#[tokio::test]
async fn without_usage_chunks_are_counted() {
    let server =
        Server::start(Answer::Pieces(vec![delta("a"), delta("b"), delta("c"), end("length"), DONE.into()])).await;
    let finish = run(&*server.engine().await, request("tiny", "hello", 3)).await.finish();
    assert_eq!((finish.reason, finish.completion_tokens), (FinishReason::Length, 3));
}

#[tokio::test]
async fn a_stop_text_that_the_server_ignores_is_cut() {
    let server =
        Server::start(Answer::Pieces(vec![delta("one S"), delta("TOP two"), end("length"), DONE.into()])).await;
    let mut asked = request("tiny", "hello", 9);
    asked.sampling.stop = vec!["STOP".into()];
    let output = run(&*server.engine().await, asked).await;
    assert_eq!((output.text.as_str(), output.finish().reason), ("one ", FinishReason::Stop));
}

#[tokio::test]
async fn broken_answers_are_interruptions() {
    for pieces in [
        vec![delta("a")],
        vec![delta("a"), "data: {\"error\":{\"message\":\"out of memory\"}}\n\n".into()],
        vec![delta("a"), "data: {nonsense\n\n".into()],
    ] {
        let server = Server::start(Answer::Pieces(pieces.clone())).await;
        let output = run(&*server.engine().await, request("tiny", "hello", 9)).await;
        assert_eq!(output.text, "a");
        assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{pieces:?}: {:?}", output.error);
    }
}

#[tokio::test]
async fn a_hanging_server_is_given_up() {
    let server = Server::start(Answer::Hang(vec![delta("a")])).await;
    let engine = server.engine_that_waits(1).await;
    let output = timeout(Duration::from_secs(30), run(&*engine, request("tiny", "hello", 9))).await;
    let output = output.expect("in time");
    assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{:?}", output.error);
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_and_frees_the_slot() {
    let mut server = Server::start(Answer::Hang(vec![delta("a")])).await;
    let engine = server.engine().await;
    let mut stream = engine.generate(request("tiny", "hello", 9)).await.expect("starts");
    stream.next().await.expect("a chunk").expect("no error");
    assert!(engine.generate(request("tiny", "hello", 9)).await.err().is_some_and(|error| error.is_busy()));
    drop(stream);
    timeout(Duration::from_secs(10), server.closed.recv()).await.expect("closed at once");
    assert!(engine.generate(request("tiny", "hello", 9)).await.is_ok());
}

#[tokio::test]
async fn refusals_keep_their_meaning() {
    let body = r#"{"error":{"message":"because"}}"#;
    for (status, expected) in [
        ("400 Bad Request", EngineError::Invalid("because".into())),
        ("404 Not Found", EngineError::UnknownModel("because".into())),
        ("429 Too Many Requests", EngineError::Busy),
        ("503 Service Unavailable", EngineError::Busy),
        // It lists its models all the same, so that it is this request that breaks it.
        ("500 Internal Server Error", EngineError::Interrupted("because".into())),
    ] {
        let server = Server::start(Answer::Plain(status, body)).await;
        let engine = server.engine().await;
        let error = engine.generate(request("tiny", "hello", 9)).await.err();
        assert_eq!((error, engine.is_ready()), (Some(expected), true));
    }
    let in_stream = "data: {\"error\":{\"message\":\"because\",\"type\":\"BadRequestError\",\"code\":400}}\n\n";
    let server = Server::start(Answer::Pieces(vec![in_stream.into()])).await;
    let output = run(&*server.engine().await, request("tiny", "hello", 9)).await;
    assert_eq!(output.error, Some(EngineError::Invalid("because".into())));
}

/// A server that answers each request by a rule.
async fn ruled(rule: fn(&serde_json::Value) -> Option<&'static str>) -> Server {
    let answer = vec![delta("a"), end("stop"), DONE.into()];
    Server::start(Answer::Ruled(rule, answer)).await
}

#[tokio::test]
async fn the_most_tokens_of_an_answer_are_a_ceiling() {
    let mut server = ruled(|body| {
        let told = "{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096 tokens. However, you requested 32031 tokens (31 in the messages, 32000 in the completion).\",\"code\":400}";
        (body["max_tokens"].as_u64() > Some(4_065)).then_some(told)
    })
    .await;
    let output = run(&*server.engine().await, request("tiny", "hello", 32_000)).await;
    assert_eq!((output.text.as_str(), output.error), ("a", None));
    let asked = [server.bodies.recv().await, server.bodies.recv().await];
    let asked = asked.map(|body| body.expect("a body")["max_tokens"].as_u64());
    assert_eq!(asked, [Some(32_000), Some(4_065)]);

    // One that does not say how long the prompt is decides by itself.
    let mut server = ruled(|body| {
        let told = "{\"error\":{\"message\":\"max_tokens: the context window is exceeded\"}}";
        body.get("max_tokens").map(|_| told)
    })
    .await;
    assert_eq!(run(&*server.engine().await, request("tiny", "hello", 32_000)).await.text, "a");
    assert!(server.bodies.recv().await.is_some());
    assert!(server.bodies.recv().await.is_some_and(|body| body.get("max_tokens").is_none()));

    // A prompt that leaves no room is too long.
    let server = ruled(|_| {
        Some("{\"error\":{\"message\":\"request (5031 tokens) exceeds the available context size (4096 tokens)\"}}")
    })
    .await;
    let error = server.engine().await.generate(request("tiny", "hello", 9)).await.err();
    assert_eq!(error, Some(EngineError::PromptTooLong { tokens: 5_031, limit: 4_096 }));
}

#[tokio::test]
async fn a_server_that_reads_no_calls_lets_the_model_write_them() {
    let mut server = ruled(|body| {
        let told = "{\"error\":{\"message\":\"\\\"auto\\\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set\"}}";
        (body["tools"].is_array() && body["tool_choice"] != "none").then_some(told)
    })
    .await;
    let engine = server.engine().await;
    let mut asked = request("tiny", "What time is it?", 99);
    let tools = r#"[{"type":"function","function":{"name":"time"}}]"#;
    asked.messages.insert(0, ChatMessage { role: ChatRole::Tools, content: tools.into() });
    for tries in [2, 1] {
        assert_eq!(run(&*engine, asked.clone()).await.text, "a");
        for _ in 0..tries {
            assert!(server.bodies.recv().await.is_some_and(|body| body["tools"].is_array()));
        }
    }
    assert!(server.bodies.try_recv().is_err());
}

#[tokio::test]
async fn what_the_server_does_not_list_is_not_offered() {
    let server = Server::start(Answer::Pieces(Vec::new())).await;
    let engine = server.engine().await;
    let error = engine.generate(request("absent", "hello", 9)).await.err();
    assert_eq!(error, Some(EngineError::UnknownModel("absent".into())));
    let mut config = OpenAiConfig::new(format!("http://{}/v1", server.address).parse().expect("an address"));
    config.models = vec![("other".into(), Kind::Embedding)];
    let models = start(EngineSpec::OpenAi(config.clone())).await.expect("connects").models();
    assert_eq!(models.iter().map(|model| model.kind).collect::<Vec<_>>(), [Kind::Embedding]);
    config.models = vec![("absent".into(), Kind::Text)];
    assert!(matches!(start(EngineSpec::OpenAi(config)).await.err(), Some(EngineError::Start(_))));
}

#[tokio::test]
async fn a_model_that_is_called_by_a_path_is_offered_only_where_somebody_says_so() {
    let server = Server::start(Answer::Listed(r#"{"data":[{"id":"/home/me/secret.gguf"}]}"#)).await;
    let mut config = OpenAiConfig::new(format!("http://{}", server.address).parse().expect("an address"));
    let refused = start(EngineSpec::OpenAi(config.clone())).await.err();
    assert!(matches!(&refused, Some(EngineError::Start(reason)) if reason.contains("--alias")), "{refused:?}");
    config.models = vec![("/home/me/secret.gguf".into(), Kind::Text)];
    assert!(start(EngineSpec::OpenAi(config)).await.is_ok());
}

/// An engine for the server's model `other`, which makes something else than text.
async fn other(server: &Server, kind: Kind) -> Arc<dyn Engine> {
    let mut config = OpenAiConfig::new(format!("http://{}", server.address).parse().expect("an address"));
    config.models = vec![("other".into(), kind)];
    start(EngineSpec::OpenAi(config)).await.expect("connects")
}

#[tokio::test]
async fn vectors_come_in_the_order_of_their_texts() {
    let body =
        r#"{"data":[{"index":1,"embedding":[0.5,-2]},{"index":0,"embedding":[1,0.25]}],"usage":{"prompt_tokens":9}}"#;
    let mut server = Server::start(Answer::Plain("200 OK", body)).await;
    let engine = other(&server, Kind::Embedding).await;
    let input = |content: &str| ChatMessage { role: ChatRole::Input, content: content.into() };
    let wanted = GenerateRequest { messages: vec![input("a"), input("b")], ..request("other", "", 0) };
    let output = run(&*engine, wanted).await;
    assert_eq!(kind::read_vectors(&output.text, 2).expect("vectors"), [[1.0, 0.25], [0.5, -2.0]]);
    assert_eq!((output.finish().prompt_tokens, output.finish().completion_tokens), (9, 0));
    let sent = server.bodies.recv().await.expect("a request");
    assert_eq!((sent["path"].as_str(), &sent["input"]), (Some("/v1/embeddings"), &serde_json::json!(["a", "b"])));
    let error = engine.generate(request("other", "a chat", 9)).await.err();
    assert!(error.is_some_and(|error| error.is_request_fault()));
}

#[tokio::test]
async fn an_image_comes_as_it_is() {
    let mut server = Server::start(Answer::Plain("200 OK", r#"{"data":[{"b64_json":"aGVsbG8="}]}"#)).await;
    let messages = vec![ChatMessage { role: ChatRole::Description, content: "a nest".into() }];
    let mut wanted = GenerateRequest { messages, ..request("other", "", 1) };
    wanted.sampling.size = ImageSize { width: 512, height: 256 };
    let output = run(&*other(&server, Kind::Image).await, wanted).await;
    assert_eq!((output.text.as_str(), output.finish().completion_tokens), ("aGVsbG8=", 1));
    let sent = server.bodies.recv().await.expect("a request");
    assert_eq!((sent["path"].as_str(), sent["size"].as_str()), (Some("/v1/images/generations"), Some("512x256")));
    let server = Server::start(Answer::Plain("200 OK", r#"{"data":[]}"#)).await;
    let wanted = GenerateRequest {
        messages: vec![ChatMessage { role: ChatRole::Description, content: "a nest".into() }],
        ..request("other", "", 1)
    };
    let error = other(&server, Kind::Image).await.generate(wanted).await.err();
    assert!(matches!(error, Some(EngineError::Interrupted(_))), "{error:?}");
}

#[tokio::test]
async fn nobody_at_home() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let config = OpenAiConfig::new(format!("http://{address}").parse().expect("an address"));
    let error = start(EngineSpec::OpenAi(config)).await.err();
    assert!(matches!(&error, Some(EngineError::Unavailable(why)) if why.contains("refused")), "{error:?}");

    // One that goes later is found by who asks it, and by looking now and then.
    let server = Server::start(Answer::Plain("200 OK", "{}")).await;
    let engine = server.engine().await;
    assert_eq!(engine.trouble("tiny"), None);
    drop(server);
    let error = engine.generate(request("tiny", "hello", 1)).await.err().expect("nobody answers");
    assert!(matches!(error, EngineError::Unavailable(_)), "{error:?}");
    assert_eq!((engine.is_ready(), engine.trouble("tiny")), (false, Some(error.to_string())));
}

#[tokio::test]
async fn tokens_are_told_where_the_server_has_vllms_paths() {
    let server = Server::start(Answer::Tokens).await;
    let engine = server.engine().await;
    assert!(engine.models().iter().all(|model| model.tokenises));
    let of = |messages: Vec<ChatMessage>| TokenQuestion::Of {
        messages,
        add_special_tokens: true,
        add_generation_prompt: true,
        with_texts: false,
    };
    let text = ChatMessage { role: ChatRole::Prompt, content: "hi".into() };
    let told = engine.tell_tokens("tiny", &of(vec![text])).await.expect("tells");
    assert_eq!((told.ids, told.texts.len()), (vec![104, 105], 0));
    let chat = ChatMessage { role: ChatRole::User, content: "hi".into() };
    let told = engine.tell_tokens("tiny", &of(vec![chat])).await.expect("tells");
    assert_eq!(told.ids.len(), r#"[{"content":"hi","role":"user"}]"#.len());
    let told = engine.tell_tokens("tiny", &TokenQuestion::Text(vec![111, 107])).await.expect("tells");
    assert_eq!(told.text, "ok");

    let without = Server::start(Answer::Pieces(vec![])).await;
    let engine = without.engine().await;
    assert!(engine.models().iter().all(|model| !model.tokenises));
    let refused = engine.tell_tokens("tiny", &TokenQuestion::Text(vec![1])).await;
    assert!(refused.as_ref().is_err_and(EngineError::is_request_fault), "{refused:?}");
}
