//! `cuckoo miner why`: explains which tasks a miner gets, from its own state and the coordinators' assignment logs.

use std::time::Duration;

use cuckoo_protocol::{
    Address, Untrusted,
    assign::log::{self, Explanation},
    chain::DisplaySafeUrl,
    contract::Role,
    harmless, http, sentence,
    status::{NodeRow, Snapshot},
};
use futures::StreamExt;
use serde::Serialize;

use crate::{
    account::idleness::Idleness,
    context::Context,
    terminal::{Cell, Error, Result, Table, Text},
};

/// A log of more bytes than this must be audited from a file.
const MAX_LOG: usize = 256 * 1024 * 1024;
/// How long a node may take to begin its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Options of `cuckoo miner why`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// URL of the running miner's operator listener, which its --admin-listen sets
    #[arg(long, default_value = "http://127.0.0.1:8792", value_name = "URL")]
    connect: DisplaySafeUrl,
}

/// How a fact affects the tasks that a miner gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One fact about the miner.
#[derive(Clone, Debug, Serialize)]
struct Fact {
    level: Level,
    topic: &'static str,
    text: String,
}

/// A coordinator's draws, as far as they concern the miner.
#[derive(Clone, Debug, Serialize)]
struct Draws {
    coordinator: Address,
    name: Untrusted,
    #[serde(flatten)]
    explanation: Explanation,
}

#[derive(Clone, Debug, Serialize)]
struct MinerReport {
    miner: Address,
    facts: Vec<Fact>,
    draws: Vec<Draws>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let http = http::client(args.connect.expose()).connect_timeout(PATIENCE).build().map_err(Error::failure)?;
    let base = args.connect.expose().as_str().trim_end_matches('/').to_owned();
    let unreachable = |error: reqwest::Error| {
        Error::unavailable(format_args!("no miner answers at {}: {}", args.connect, http::words(error)))
            .hint("start it: cuckoo miner run; or name its operator listener: --connect URL")
    };
    let answer = http.get(format!("{base}/status")).timeout(PATIENCE).send().await.map_err(unreachable)?;
    let status: Snapshot = answer.json().await.map_err(unreachable)?;
    if status.node.role != Role::Miner {
        return Err(Error::usage(format_args!("a {} answers at {}", status.node.role.as_str(), args.connect))
            .hint("name the miner's operator listener: --connect URL"));
    }
    let miner = status.node.address;
    let mut facts = collect_facts(&status);
    // The miner's own words are shown even while the chain cannot be read.
    let chain = context.client().await;
    if let Ok(client) = &chain
        && let Ok(Some(Idleness { idle: true, .. })) = Idleness::read(client, miner).await
    {
        let text = "idle: nobody has paid it for a week, so its stake earns nothing until somebody does; collect what was \
                    settled for it: cuckoo escrow collect";
        facts.push(Fact { level: Level::Warn, topic: "payments", text: text.into() });
    }
    let mut draws = vec![];
    let linked: Vec<_> = status.nodes.iter().filter(|node| node.role == Role::Coordinator && node.live).collect();
    if !linked.is_empty() {
        let registry = crate::account::node_reference::read_registry(&chain?).await?;
        for node in linked {
            let endpoint = registry.node(&node.address).map(|node| node.endpoint.raw().to_owned()).unwrap_or_default();
            match fetch_explanation(&endpoint, miner).await {
                Ok(explanation) => {
                    facts.extend(judge(&node.name, &explanation));
                    draws.push(Draws { coordinator: node.address, name: node.name.clone(), explanation });
                }
                Err(reason) => facts.push(Fact {
                    level: Level::Warn,
                    topic: "log",
                    text: format!("the assignment log of {} cannot be audited: {reason}", node.name),
                }),
            }
        }
    }
    let answer = MinerReport { miner, facts, draws };
    context.printer.result(&answer, || Text::Table(table(&answer)))
}

fn table(answer: &MinerReport) -> Table {
    let mut table = Table::new(["", "", ""]);
    for fact in &answer.facts {
        let level = match fact.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        };
        table.row([Cell::text(level), Cell::text(fact.topic), Cell::text(&fact.text)]);
    }
    table
}

/// What the miner itself knows.
fn collect_facts(status: &Snapshot) -> Vec<Fact> {
    let fact = |level, topic, text: String| Fact { level, topic, text };
    let mut facts = vec![];
    if let Some(problem) = &status.chain.problem {
        let text = format!("the chain cannot be read, so the last known stakes stay in force: {}", sentence(problem));
        facts.push(fact(Level::Warn, "chain", text));
    }
    let own = status.nodes.iter().find(|node| node.address == status.node.address);
    facts.push(match own {
        None => fact(Level::Fail, "stake", "the node key is not registered on this network".into()),
        Some(node) if !node.active => fact(
            Level::Fail,
            "stake",
            format!(
                "own stake is {} and must be more than {} CAI: cuckoo stake deposit AMOUNT --vote {}",
                node.self_stake,
                Role::Miner.minimum(),
                node.address
            ),
        ),
        Some(node) => fact(
            Level::Ok,
            "stake",
            format!("{} including votes, {} of all miners' weight", node.weight, percent(node.share_ppm)),
        ),
    });
    let coordinators = || status.nodes.iter().filter(|node| node.role == Role::Coordinator && node.active);
    if coordinators().next().is_none() {
        facts.push(fact(
            Level::Fail,
            "link",
            "no active coordinator is registered, and only a coordinator gives tasks".into(),
        ));
    }
    // A coordinator that refuses the miner says why, and that is a complaint below.
    let hint = if status.node.complaints.is_empty() { "; the miner's log says why" } else { "" };
    facts.extend(coordinators().map(|node| match node.live {
        true => fact(Level::Ok, "link", format!("connected to {}", node.name)),
        false => fact(Level::Fail, "link", format!("not connected to {}{hint}", node.name)),
    }));
    facts.extend(status.node.problem.iter().map(|problem| fact(Level::Fail, "work", harmless(problem))));
    facts.extend(
        status.node.complaints.iter().map(|complaint| fact(Level::Warn, "coordinator", harmless(complaint.raw()))),
    );
    if status.node.draining {
        facts.push(fact(Level::Fail, "drain", "the miner is draining: it takes no new tasks and will exit".into()));
    }
    facts.extend(own.into_iter().flat_map(model_facts));
    let device = |(name, problem): (&Untrusted, &Untrusted)| {
        fact(Level::Warn, "device", format!("{name}: {}", harmless(problem.raw())))
    };
    let devices = own.into_iter().flat_map(|node| &node.devices);
    facts.extend(devices.flat_map(|device| device.problems.iter().map(|problem| (&device.name, problem))).map(device));
    facts
}

fn model_facts(node: &NodeRow) -> Vec<Fact> {
    let model = |model: &cuckoo_protocol::status::ModelRow| Fact {
        level: if model.free > 0 { Level::Ok } else { Level::Warn },
        topic: "model",
        text: format!("{}: {} of {} slots free", model.name, model.free, model.capacity),
    };
    match node.models.as_slice() {
        [] => vec![Fact { level: Level::Fail, topic: "model", text: "the engine offers no model".into() }],
        models => models.iter().map(model).collect(),
    }
}

fn percent(ppm: u32) -> String {
    format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100)
}

/// Fetches a coordinator's assignment log, audits it, and returns what it says about this miner.
async fn fetch_explanation(endpoint: &str, miner: Address) -> Result<Explanation, String> {
    let mut url: url::Url = endpoint.parse().map_err(|_| "its endpoint is not a URL".to_owned())?;
    let scheme = if url.scheme() == "wss" { "https" } else { "http" };
    // Changing between ws and http schemes cannot fail.
    let _ = url.set_scheme(scheme);
    url.set_path("/assignments");
    let http = http::client(&url).connect_timeout(PATIENCE).build().map_err(http::words)?;
    let answer = http.get(url).send().await.and_then(reqwest::Response::error_for_status).map_err(http::words)?;
    let mut pieces = answer.bytes_stream();
    let mut bytes = vec![];
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.map_err(http::words)?);
        if bytes.len() > MAX_LOG {
            return Err(format!(
                "it is larger than {MAX_LOG} bytes; save it to a file and run: cuckoo audit assignments FILE"
            ));
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".to_owned())?;
    // The last line may still be being written.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    log::explain(whole.lines(), miner).map(|(_, explanation)| explanation).map_err(|finding| finding.to_string())
}

/// Puts an explanation into words.
fn judge(coordinator: &Untrusted, explained: &Explanation) -> Vec<Fact> {
    let fact = |level, text: String| Fact { level, topic: "draws", text };
    if explained.picks == 0 {
        return vec![fact(
            Level::Warn,
            format!("{coordinator} has drawn no task since this miner first connected: there is no demand"),
        )];
    }
    let Explanation { picks, won, eligible, .. } = explained;
    let expected = explained.expected_ppm / 1_000_000;
    let mut facts = vec![fact(
        // After enough draws, winning less than half of the average is unlikely to be chance.
        if expected >= 20 && *won < expected / 2 { Level::Warn } else { Level::Ok },
        format!(
            "{coordinator} drew {picks} tasks: this miner took part in {eligible} and won {won}; its stake would win {expected} on average"
        ),
    )];
    let mut reasons = [
        (explained.busy, "all its slots were busy or offered to other coordinators"),
        (explained.away, "it was not connected, or it was draining"),
        (explained.other_model, "the tasks asked for models that it does not offer"),
        (explained.no_weight, "its stake was not in force yet or was below the minimum"),
        (explained.lost_before, "it had lost these tasks before"),
    ];
    reasons.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
    let missed = reasons.iter().filter(|(count, _)| *count > 0);
    facts.extend(
        missed.map(|(count, reason)| fact(Level::Warn, format!("it took no part in {count} of them: {reason}"))),
    );
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_reason_comes_first() {
        let name = Untrusted::new("hub\u{1b}[1m");
        let explained = Explanation {
            picks: 100,
            won: 4,
            eligible: 60,
            expected_ppm: 30_000_000,
            busy: 10,
            away: 30,
            ..Explanation::default()
        };
        let facts = judge(&name, &explained);
        assert_eq!(facts.iter().map(|fact| fact.level).collect::<Vec<_>>(), [Level::Warn; 3]);
        assert!(
            facts[0].text.contains("won 4; its stake would win 30") && !facts[0].text.contains('\u{1b}'),
            "{facts:?}"
        );
        assert!(facts[1].text.contains("30 of them: it was not connected"), "{facts:?}");
        assert!(facts[2].text.contains("10 of them: all its slots"), "{facts:?}");
        assert!(judge(&name, &Explanation::default())[0].text.contains("no demand"));
    }

    #[test]
    fn shares_have_two_decimals() {
        assert_eq!((percent(500_000), percent(1_234)), ("50.00 %".into(), "0.12 %".into()));
    }
}
