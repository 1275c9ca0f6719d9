//! The engine in a real child process that is cancelled, killed and hung.

use std::{process::Command, time::Duration};

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, Generated, SuperviseConfig, Supervised,
    engine::{Misbehave, OpenAiConfig, ScriptedConfig},
    supervise::{run_child, serve_child},
};
use cuckoo_protocol::task::Examine;
use futures::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use crate::{read, request, run};

const CHILD: &str = "CUCKOO_GPU_TEST_CHILD";

/// Not a test but the child: the tests below start this very program with the variable set.
#[test]
fn child_process() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run_child()).expect("serves");
    runtime.shutdown_background();
}

pub(crate) fn config(engine: EngineSpec) -> SuperviseConfig {
    let arguments = ["supervise::child_process", "--exact", "--nocapture", "--test-threads=1"];
    let program = std::env::current_exe().expect("a program");
    let mut config = SuperviseConfig::new(program, arguments.map(Into::into), engine);
    config.environment = vec![(CHILD.into(), "1".into())];
    config.restart_pause = Duration::from_millis(20);
    config.start_timeout = Duration::from_secs(30);
    config
}

fn scripted(change: impl FnOnce(&mut ScriptedConfig)) -> EngineSpec {
    let mut config = ScriptedConfig::default();
    change(&mut config);
    EngineSpec::Scripted(config)
}

async fn start(config: SuperviseConfig) -> Supervised {
    Supervised::start(config).await.expect("starts")
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn the_child_gives_what_the_engine_gives() {
    let engine = start(config(scripted(|_| {}))).await;
    let direct = cuckoo_gpu::start(scripted(|_| {})).await.expect("starts");
    assert_eq!(engine.models(), direct.models());
    assert!(engine.is_ready());
    for content in ["hello", "echo: Grüße an alle"] {
        assert_eq!(
            run(&engine, request("scripted", content, 12)).await,
            run(&*direct, request("scripted", content, 12)).await
        );
    }
    let error = engine.generate(request("other", "hello", 12)).await.err();
    assert_eq!(error, Some(EngineError::UnknownModel("other".into())));
    assert_eq!(engine.restarts(), 0);
}

#[tokio::test]
async fn requests_run_side_by_side() {
    let engine = start(config(scripted(|config| config.slots = 64))).await;
    let requests = (0..64).map(|index| run(&engine, request("scripted", &format!("echo: number {index}"), 12)));
    for (index, output) in futures::future::join_all(requests).await.into_iter().enumerate() {
        assert_eq!(output.text, format!("number {index}"));
    }
}

#[tokio::test]
async fn a_cancelled_request_frees_its_slot_at_once() {
    let engine = start(config(scripted(|config| (config.slots, config.tokens_per_second) = (1, 1)))).await;
    for _ in 0..20 {
        let stream = engine.generate(request("scripted", "hello", 12)).await.expect("starts");
        assert_eq!(engine.generate(request("scripted", "hello", 12)).await.err(), Some(EngineError::Busy));
        drop(stream);
    }
}

#[tokio::test]
async fn a_finished_request_frees_its_slot_at_once() {
    let engine = start(config(scripted(|config| config.slots = 1))).await;
    for _ in 0..50 {
        run(&engine, request("scripted", "hello", 12)).await.finish();
    }
}

#[tokio::test]
async fn a_killed_child_is_replaced_and_its_requests_are_interrupted() {
    let engine = start(config(scripted(|config| config.tokens_per_second = 20))).await;
    let mut stream = engine.generate(request("scripted", "hello", 1_000)).await.expect("starts");
    stream.next().await.expect("a token").expect("no error");
    let first = engine.child_id().expect("a child");
    let killed = Command::new("kill").args(["-9", &first.to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let output = timeout(Duration::from_secs(30), read(stream)).await.expect("ends");
    let Some(EngineError::Interrupted(reason)) = output.error else { panic!("{output:?}") };
    assert!(reason.contains("signal: 9"), "{reason}");
    until("a second child", || engine.child_id().is_some_and(|second| second != first)).await;
    assert!(engine.is_ready());
    assert_eq!(engine.restarts(), 1);
    run(&engine, request("scripted", "hello", 4)).await.finish();
}

#[tokio::test]
async fn a_hanging_child_is_killed_by_the_watchdog() {
    let mut config = config(scripted(|config| config.misbehave = Misbehave::HangAfter(3)));
    config.token_timeout = Duration::from_secs(2);
    let engine = start(config).await;
    let first = engine.child_id();
    let hanging = engine.generate(request("scripted", "hello", 12)).await.expect("starts");
    let output = timeout(Duration::from_secs(30), read(hanging)).await.expect("ends");
    assert_eq!(output.ids.len(), 3);
    assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{output:?}");
    until("a second child", || engine.is_ready() && engine.child_id() != first).await;
    // Shorter answers than the hang still work.
    run(&engine, request("scripted", "hello", 2)).await;
}

#[tokio::test]
async fn a_first_token_may_take_longer_than_the_next() {
    let mut config = config(scripted(|config| config.misbehave = Misbehave::HangAfter(0)));
    config.token_timeout = Duration::from_millis(50);
    config.first_token_timeout = Duration::from_millis(600);
    let engine = start(config).await;
    let began = Instant::now();
    let output = run(&engine, request("scripted", "hello", 12)).await;
    assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{output:?}");
    assert!(began.elapsed() >= Duration::from_millis(600));
}

#[tokio::test]
async fn a_failure_of_one_request_leaves_the_child_alone() {
    let engine = start(config(scripted(|config| config.misbehave = Misbehave::EndAfter(2)))).await;
    let child = engine.child_id();
    for _ in 0..3 {
        let output = run(&engine, request("scripted", "hello", 12)).await;
        assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{output:?}");
    }
    assert_eq!((engine.child_id(), engine.restarts()), (child, 0));
}

#[tokio::test]
async fn an_engine_that_cannot_start_says_why_and_is_not_tried_again() {
    let nowhere = OpenAiConfig::new("ftp://nowhere".parse().expect("an address"));
    let error = Supervised::start(config(EngineSpec::OpenAi(nowhere))).await.expect_err("fails");
    assert!(matches!(&error, EngineError::Start(reason) if reason.contains("ftp")), "{error}");

    let mut silent = config(scripted(|_| {}));
    silent.environment.clear();
    silent.arguments = vec!["--list".into()];
    let error = Supervised::start(silent).await.expect_err("fails");
    // The obituary quotes what the child printed last.
    assert!(
        matches!(&error, EngineError::Start(reason) if reason.contains("exit status: 0") && reason.contains("tests")),
        "{error}"
    );

    let absent = SuperviseConfig::new("/no/such/program", [], scripted(|_| {}));
    assert!(matches!(Supervised::start(absent).await, Err(EngineError::Start(_))));
}

#[tokio::test]
async fn an_engine_that_does_not_come_back_says_why_until_it_does() {
    let directory = tempfile::tempdir().expect("a directory");
    let (wrapper, lost) = (directory.path().join("engine"), directory.path().join("lost"));
    let script = "#!/bin/sh\nif [ -e \"$(dirname \"$0\")/lost\" ]; then echo 'no CUDA-capable device'; exit 1; fi\nexec \"$PROGRAM\" \"$@\"\n";
    std::fs::write(&wrapper, script).expect("written");
    std::fs::set_permissions(&wrapper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("set");
    let mut config = config(scripted(|_| {}));
    let program = std::mem::replace(&mut config.program, wrapper);
    config.environment.push(("PROGRAM".into(), program.into()));
    config.longest_pause = Duration::from_millis(100);
    let engine = start(config).await;
    assert_eq!(engine.trouble("scripted"), None);

    std::fs::write(&lost, "").expect("written");
    let child = engine.child_id().expect("a child").to_string();
    assert!(Command::new("kill").args(["-9", &child]).status().expect("kill runs").success());
    let says = |words: &str| engine.trouble("scripted").is_some_and(|trouble| trouble.contains(words));
    until("why it ended", || says("signal: 9")).await;
    until("why it does not start", || says("no CUDA-capable device") && says("tried 2 times")).await;
    assert!(!engine.is_ready());

    std::fs::remove_file(&lost).expect("removed");
    until("it is back", || engine.is_ready()).await;
    assert_eq!((engine.trouble("scripted"), engine.restarts()), (None, 1));
    run(&engine, request("scripted", "hello", 12)).await.finish();
}

#[tokio::test]
async fn dropping_the_engine_kills_the_child() {
    let engine = start(config(scripted(|_| {}))).await;
    let child = engine.child_id().expect("a child");
    drop(engine);
    // A dead child that is not yet reaped has no command line any more.
    until("the child's end", || std::fs::read(format!("/proc/{child}/cmdline")).map_or(true, |line| line.is_empty()))
        .await;
}

#[tokio::test]
async fn the_child_ends_with_its_parent() {
    let (parent, child) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(child);
    drop(parent);
    assert!(timeout(Duration::from_secs(30), serve_child(reader, writer)).await.expect("ends").is_err());
}

#[tokio::test]
async fn a_dropped_stream_says_nothing_more() {
    let engine = start(config(scripted(|config| config.tokens_per_second = 100))).await;
    let mut stream = engine.generate(request("scripted", "hello", 12)).await.expect("starts");
    assert!(matches!(stream.next().await, Some(Ok(Generated::Tokens(_)))));
    drop(stream);
    run(&engine, request("scripted", "hello", 12)).await.finish();
    assert_eq!(engine.restarts(), 0);
}

#[tokio::test]
async fn an_engine_that_breaks_every_request_off_is_started_anew() {
    let mut config = config(scripted(|config| config.misbehave = Misbehave::FailAfter(2)));
    config.token_timeout = Duration::from_secs(4);
    let engine = start(config).await;
    let first = engine.child_id();
    for _ in 0..2 {
        let output = run(&engine, request("scripted", "hello", 20)).await;
        assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{:?}", output.error);
        assert!(engine.is_ready(), "that can happen");
    }
    let output = run(&engine, request("scripted", "hello", 20)).await;
    assert!(matches!(output.error, Some(EngineError::Interrupted(_))), "{:?}", output.error);
    assert!(!engine.is_ready(), "it takes nothing more");
    until("another child", || engine.restarts() == 1 && engine.is_ready()).await;
    assert_ne!(engine.child_id(), first);
}

/// A request, and its honest answer as something to examine.
async fn to_examine() -> (cuckoo_gpu::GenerateRequest, Examine) {
    let honest = cuckoo_gpu::start(scripted(|_| {})).await.expect("starts");
    let asked = request("scripted", "hello", 12);
    let ids = run(&*honest, asked.clone()).await.ids;
    (asked, Examine { ids, ..Examine::default() })
}

#[tokio::test]
async fn the_child_examines_what_the_engine_examines() {
    let engine = start(config(scripted(|config| config.slots = 1))).await;
    let direct = cuckoo_gpu::start(scripted(|_| {})).await.expect("starts");
    let (asked, mut examine) = to_examine().await;
    // A token that does not exist lacks infinitely much, which JSON cannot say.
    examine.ids.push(9);
    let expected = direct.examine(&asked, &examine).await.expect("an examination");
    assert_eq!(expected.positions[12].shortfall, f32::INFINITY);
    // It takes no slot, and many may wait.
    let stream = engine.generate(request("scripted", "hello", 12)).await.expect("starts");
    let many = (0..20).map(|_| engine.examine(&asked, &examine));
    for examined in futures::future::join_all(many).await {
        assert_eq!(examined.expect("an examination"), expected);
    }
    read(stream).await.finish();
    let other = request("other", "hello", 12);
    assert_eq!(engine.examine(&other, &examine).await, Err(EngineError::UnknownModel("other".into())));
}

#[tokio::test]
async fn examinations_of_a_killed_child_are_interrupted() {
    let engine = start(config(scripted(|config| config.misbehave = Misbehave::HangAfter(12)))).await;
    let (asked, examine) = to_examine().await;
    let first = engine.child_id().expect("a child");
    let kill = async {
        sleep(Duration::from_millis(50)).await;
        assert!(Command::new("kill").args(["-9", &first.to_string()]).status().expect("kill runs").success());
    };
    let (examined, ()) = tokio::join!(engine.examine(&asked, &examine), kill);
    assert!(matches!(&examined, Err(EngineError::Interrupted(why)) if why.contains("signal: 9")), "{examined:?}");
    until("a second child", || engine.is_ready() && engine.child_id().is_some_and(|second| second != first)).await;
    run(&engine, request("scripted", "hello", 4)).await.finish();
}

#[tokio::test]
async fn an_examination_that_hangs_is_given_up_and_costs_nobody_an_answer() {
    let mut config = config(scripted(|config| {
        (config.misbehave, config.tokens_per_second) = (Misbehave::HangAfter(12), 20);
    }));
    config.examine_timeout = Duration::from_secs(2);
    let engine = start(config).await;
    let (asked, examine) = to_examine().await;
    let beside = run(&engine, request("scripted", "hello", 8));
    let (examined, output) = tokio::join!(engine.examine(&asked, &examine), beside);
    assert!(matches!(&examined, Err(EngineError::Interrupted(why)) if why.contains("2s")), "{examined:?}");
    assert_eq!(output.finish().completion_tokens, 8);
    let left = timeout(Duration::from_millis(20), engine.examine(&asked, &examine)).await;
    assert!(left.is_err(), "{left:?}");
    assert!(engine.is_ready() && engine.restarts() == 0);
    run(&engine, request("scripted", "hello", 4)).await.finish();
}
