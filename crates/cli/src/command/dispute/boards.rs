//! Evidence on the boards of coordinators: handed in for a dispute, and fetched by its jurors and parties.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use cuckoo_protocol::{
    Address, B256, Untrusted,
    chain::{Client, Node, Registry, Signer},
    contract::Role,
    court::State,
    evidence::Bundle,
};
use futures::future::join_all;
use serde::Serialize;

use super::{
    case::{Dispute, find_dispute, read_dispute},
    court::court_address,
};
use crate::{
    account::node_reference::read_registry,
    args::IdPrefix,
    command::{audit::Answer, shared::check::count},
    context::Context,
    host::files,
    node::court::board::{self, Board, BoardError, Reader},
    terminal::{Cell, Error, Printer, Result, Table, Text},
};

/// Evidence is handed in at this many boards at most.
const MOST_BOARDS: usize = 8;
/// A board that has not heard of the case yet, or cannot be reached, is asked this often.
const TRIES: usize = 5;
/// The time between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// Evidence to hand in.
#[derive(Debug, clap::Args)]
pub struct PublishArgs {
    /// Id of the dispute, or at least its first 6 digits
    id: IdPrefix,
    /// Files with bundles of evidence for its receipts, as `cuckoo task evidence ID` prints them
    #[arg(required = true, num_args = 1..=32, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What one board has taken.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HandedIn {
    coordinator: Address,
    name: Untrusted,
    /// How many bundles it has taken.
    bundles: usize,
    /// Why it has not taken all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// A bundle that a juror sees, and where it was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) bundle: Bundle,
    /// A board's coordinator by its name, or the file.
    pub(super) place: String,
}

/// `dispute publish`.
pub(super) async fn publish(args: PublishArgs, context: &Context) -> Result<()> {
    let answers = args.files.iter().map(|file| Answer::read(file)).collect::<Result<Vec<_>>>()?;
    let bundles: Option<Vec<_>> = answers.into_iter().map(|answer| answer.bundle).collect();
    let bundles = bundles.ok_or_else(|| {
        Error::failure("a file holds no bundle of evidence").hint("fetch one: cuckoo task evidence ID > FILE")
    })?;
    let client = context.client().await?;
    let id = find_dispute(&client, &args.id).await?;
    let dispute = read_dispute(&client, id).await?;
    if dispute.state != State::Open {
        return Err(Error::precondition(format_args!("the dispute is not open: it is {}", dispute.state.as_str())));
    }
    if let Some(other) = bundles.iter().find(|bundle| !dispute.receipts.contains(&bundle.record.hash())) {
        return Err(Error::precondition(format_args!("the dispute is not over the receipt {}", other.record.hash()))
            .hint(format_args!("list its receipts: cuckoo dispute show {id}")));
    }
    let boards = hand_in(&client, id, &bundles, &context.printer).await?;
    if boards.iter().all(|board| board.bundles == 0) {
        return Err(Error::unavailable("no coordinator has taken the evidence")
            .hint("try again in a moment")
            .data(serde_json::to_value(&boards)?));
    }
    context.printer.result(&boards, || {
        let mut table = Table::new(["coordinator", "name", "bundles", "problem"]);
        for board in &boards {
            table.row([
                Cell::text(board.coordinator),
                Cell::text(&board.name),
                Cell::number(board.bundles),
                Cell::text(board.problem.as_deref().unwrap_or("-")),
            ]);
        }
        Text::Table(table)
    })
}

/// Hands in bundles at the boards of the tickets' coordinators, and of others, heaviest first: where one withholds them, another has
/// them. Who is drawn for the jury asks all of them.
pub(super) async fn hand_in(client: &Client, id: B256, bundles: &[Bundle], printer: &Printer) -> Result<Vec<HandedIn>> {
    let registry = read_registry(client).await?;
    let first: Vec<_> = bundles.iter().map(|bundle| bundle.record.ticket.coordinator).collect();
    let coordinators = coordinators(&registry, &first);
    let progress = printer.progress("Handing in the evidence");
    let boards = join_all(coordinators.into_iter().map(|node| hand_in_at(node, id, bundles))).await;
    drop(progress);
    let taken = boards.iter().filter(|board| board.problem.is_none()).count();
    for HandedIn { name, problem, .. } in &boards {
        if let Some(problem) = problem {
            printer.warn(format_args!("the board of {name} has not taken the evidence: {problem}"));
        }
    }
    match taken {
        0 => printer
            .hint(format_args!("jurors need the evidence; hand it in again: cuckoo dispute publish {id} FILE...")),
        _ => printer.ok(format_args!("the evidence is on the boards of {}", count(taken, "coordinator"))),
    }
    Ok(boards)
}

async fn hand_in_at(node: &Node, id: B256, bundles: &[Bundle]) -> HandedIn {
    let mut handed = HandedIn { coordinator: node.address, name: node.name.clone(), bundles: 0, problem: None };
    let board = match Board::new(node.address, node.endpoint.raw()) {
        Ok(board) => board,
        Err(error) => return HandedIn { problem: Some(error.to_string()), ..handed },
    };
    for bundle in bundles {
        match hand_in_one(&board, id, bundle).await {
            Ok(()) => handed.bundles += 1,
            Err(error) => return HandedIn { problem: Some(error.to_string()), ..handed },
        }
    }
    handed
}

async fn hand_in_one(board: &Board, id: B256, bundle: &Bundle) -> Result<(), BoardError> {
    for _ in 1..TRIES {
        match board.hand_in(id, bundle).await {
            Err(error) if error.is_temporary() => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
    board.hand_in(id, bundle).await
}

/// Active coordinators, these first, then heaviest first.
fn coordinators<'a>(registry: &'a Registry, first: &[Address]) -> Vec<&'a Node> {
    let mut nodes: Vec<_> = registry.by_weight(Role::Coordinator).into_iter().filter(|node| node.active).collect();
    nodes.sort_by_key(|node| !first.contains(&node.address));
    nodes.truncate(MOST_BOARDS);
    nodes
}

/// Collects the evidence of a dispute in a folder: what is there already, and the rest from the boards, which give it to jurors and
/// parties alone. Returns for each receipt of the dispute its bundle, or why it was not found.
pub(super) async fn collect(
    client: &Client,
    signer: &Signer,
    dispute: &Dispute,
    folder: &Path,
) -> Result<Vec<Result<Found, String>>> {
    court_address(client)?;
    std::fs::create_dir_all(folder).map_err(|error| Error::failure(format_args!("{}: {error}", folder.display())))?;
    let registry = read_registry(client).await?;
    let boards: Vec<_> = coordinators(&registry, &dispute.challengers)
        .into_iter()
        .filter_map(|node| Some((node.name.clone(), Board::new(node.address, node.endpoint.raw()).ok()?)))
        .collect();
    let reader = Reader { signer, domain: client.domain() };
    let mut found = vec![];
    for &receipt in &dispute.receipts {
        let file = folder.join(format!("{receipt}.json"));
        if let Some(bundle) =
            std::fs::read(&file).ok().and_then(|bytes| board::check(&bytes, receipt, &reader.domain).ok())
        {
            found.push(Ok(Found { bundle, place: file.display().to_string() }));
            continue;
        }
        found.push(fetch(&boards, dispute.id, receipt, &reader).await);
        if let Some(Ok(Found { bundle, .. })) = found.last() {
            files::replace(&file, &bundle.encode())?;
        }
    }
    Ok(found)
}

async fn fetch(boards: &[(Untrusted, Board)], id: B256, receipt: B256, reader: &Reader<'_>) -> Result<Found, String> {
    let mut reasons = vec![];
    for (name, board) in boards {
        match board.fetch(id, receipt, reader).await {
            Ok(bundle) => return Ok(Found { bundle, place: format!("the board of {name}") }),
            Err(error) => reasons.push(error.to_string()),
        }
    }
    Err(if reasons.is_empty() { "no coordinator is active".to_owned() } else { reasons.join("; ") })
}
