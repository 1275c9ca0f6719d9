//! Several nodes on one screen: the worst first, one that is down says since when, and one can be opened.

use std::{sync::Arc, time::Duration};

use cuckoo_protocol::status::{Publisher, Snapshot};
use cuckoo_tui::{
    Demo, Effect, Group, Model, Msg, Source, Thresholds, model::Watched, msg::Command, render_once, trouble, update,
    view::to_text,
};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use url::Url;

use super::{
    attach::{listen, response, serve},
    model,
};

/// A node that always says this.
async fn node(snapshot: Snapshot) -> (Url, JoinSet<()>) {
    let (listener, url) = listen().await;
    let body = serde_json::to_string(&snapshot).expect("serialises");
    let answer = move |path: &str| match path {
        "/admin/status" => response("200 OK", "application/json", &body),
        _ => response("404 Not Found", "text/plain", ""),
    };
    let mut serving = JoinSet::new();
    serving.spawn(async move { serve(listener, answer).await });
    (url, serving)
}

fn well() -> Snapshot {
    let mut snapshot = Demo::new(7).snapshot();
    for node in &mut snapshot.nodes {
        (node.condition, node.live) = (None, true);
        node.devices.clear();
    }
    snapshot.node.name = "calm".into();
    snapshot
}

async fn next(group: &mut Group) -> Arc<Snapshot> {
    timeout(Duration::from_secs(20), group.next()).await.expect("in time").expect("a snapshot")
}

fn lines(model: &Model) -> Vec<String> {
    to_text(model, 120, 40).lines().map(str::to_owned).collect()
}

fn place(lines: &[String], words: &[&str]) -> usize {
    let found = lines.iter().position(|line| words.iter().all(|word| line.contains(word)));
    found.unwrap_or_else(|| panic!("{words:?} is not in\n{}", lines.join("\n")))
}

#[tokio::test]
async fn the_worst_comes_first_and_one_can_be_opened() {
    let (calm, _one) = node(well()).await;
    let (sick, mut other) = node(Demo::new(7).miner()).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("binds").local_addr().expect("an address");
    let nobody = Url::parse(&format!("http://{nobody}")).expect("a URL");
    let mut group = Group::new(vec![calm, sick, nobody], Thresholds::default()).expect("a group");
    let first = next(&mut group).await;
    assert_eq!((first.node.role, first.group.len()), (Publisher::Group, 3));
    let mut model = model(Some((*first).clone()), 120, 40);
    assert_eq!(model.watched, Watched::All);
    let shown = lines(&model);
    let down = place(&shown, &["127.0.0.1:", "✕ down", "Connection refused"]);
    let sick = place(&shown, &["dunnock", "miner", "✕ "]);
    let well = place(&shown, &["calm", "coordinator", "● well"]);
    assert!(down < sick && sick < well, "{}", shown.join("\n"));
    assert!(!shown.join("\n").contains("secret"), "what is in a URL is not shown");
    // One frame says the same, and what is wrong.
    let once = render_once(&first, Thresholds::default(), 120, 40);
    assert!(once.contains("● well") && once.contains("✕ down"), "{once}");
    assert!(
        trouble(&first, Thresholds::default()).iter().any(|words| words.contains("is down for")),
        "{:?}",
        trouble(&first, Thresholds::default())
    );

    // The second one, whose row is the second as well.
    update(&mut model, Msg::Key(Command::Scroll(1)));
    let effects = update(&mut model, Msg::Key(Command::Detail));
    assert!(effects.contains(&Effect::Open(Some(1))), "{effects:?}");
    // One that was on its way is not what is waited for.
    update(&mut model, Msg::Snapshot { snapshot: first.clone(), now: 3_000 });
    assert!(lines(&model).join("\n").contains("Waiting for the node"), "{}", lines(&model).join("\n"));
    group.open(Some(1));
    let opened = next(&mut group).await;
    update(&mut model, Msg::Snapshot { snapshot: opened, now: 3_100 });
    place(&lines(&model), &["1 Overview", "3 Nodes", "5 GPUs"]);
    place(&lines(&model), &["Esc group"]);
    // First the detail is closed, then the node.
    update(&mut model, Msg::Key(Command::Focus(1)));
    update(&mut model, Msg::Key(Command::Detail));
    assert!(!update(&mut model, Msg::Key(Command::Back)).contains(&Effect::Open(None)));
    assert!(update(&mut model, Msg::Key(Command::Back)).contains(&Effect::Open(None)));
    group.open(None);
    // One that was on its way does not come back either.
    update(&mut model, Msg::Snapshot { snapshot: Arc::new(Demo::new(7).miner()), now: 3_200 });
    let again = next(&mut group).await;
    update(&mut model, Msg::Snapshot { snapshot: again, now: 3_300 });
    place(&lines(&model), &["1 Group", "2 Events"]);
    // One that goes away says so, and since when.
    other.shutdown().await;
    let gone = async {
        loop {
            let snapshot = group.next().await.expect("a snapshot");
            if snapshot.group[1].down.is_some() {
                return snapshot;
            }
        }
    };
    let gone = timeout(Duration::from_secs(20), gone).await.expect("is seen");
    assert_eq!(gone.group[1].name.raw(), "dunnock", "what is known of it stays");
    update(&mut model, Msg::Snapshot { snapshot: gone, now: 9_000 });
    place(&lines(&model), &["dunnock", "✕ down"]);
    update(&mut model, Msg::Key(Command::Focus(1)));
    place(&lines(&model), &["dunnock is down"]);
}
