//! `cuckoo audit assignments`: repeats every draw of a coordinator's assignment log.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use cuckoo_protocol::{
    Address, B256, U256,
    assign::{
        Snapshot,
        log::{self, Report},
    },
    chain::{Client, Header},
    contract::{Role, Staking},
};

use crate::{
    context::Context,
    terminal::{Cell, Class, Error, Result, Table, Text},
};

/// How many nodes one call reads from the contract.
const PAGE: u64 = 500;

/// Repeat every draw of a coordinator's assignment log, with the same stakes, seeds and slots, and compare the results
///
/// A coordinator serves its log at http://HOST:LINK-PORT/assignments. The first entry that does not follow from those before it
/// is reported.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File with the assignment log, or - for stdin
    log: PathBuf,
    /// File with the log heads that a miner received (heads-*.txt in its data directory); the log must contain each of them
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Also compare beacons and weights with the chain; old epochs need an RPC endpoint that keeps old state
    #[arg(long)]
    chain: bool,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let lines = read_lines(&args.log)?;
    let forged = |reason: String| {
        Error::new(Class::CheckFailed, format_args!("the assignment log is not honest: {reason}"))
            .hint("keep the log and the heads that the miner received: together they prove it to others")
    };
    let report = log::audit(lines.iter().map(String::as_str)).map_err(|finding| forged(finding.to_string()))?;
    if let Some(path) = &args.heads {
        check_heads(&lines, path)?.map_err(forged)?;
    }
    if args.chain {
        let network = context.network()?;
        if (network.chain_id, network.staking) != (report.chain_id, report.staking) {
            return Err(Error::usage(format_args!(
                "the log is about chain {} and contract {}, and {} is another network",
                report.chain_id, report.staking, network.name
            ))
            .hint("name the log's network: --network NAME"));
        }
        if network.epoch_seconds != report.epoch_seconds {
            return Err(forged(format!(
                "it numbers epochs of {} seconds; those of {} have {}",
                report.epoch_seconds, network.name, network.epoch_seconds
            )));
        }
        let client = context.connect(&network).await?;
        let progress = context.printer.progress("Comparing with the chain");
        for epoch in &report.epochs {
            progress.set(format!("Comparing epoch {} with the chain", epoch.epoch));
            check_epoch(&client, epoch).await?.map_err(forged)?;
        }
    }
    say(&report, args.chain, context);
    context.printer.result(&report, || Text::Table(table(&report)))
}

fn read_lines(path: &Path) -> Result<Vec<String>> {
    let reader: Box<dyn BufRead> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => {
            let file = std::fs::File::open(path)
                .map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?;
            Box::new(BufReader::new(file))
        }
    };
    let lines: Vec<String> = reader.lines().collect::<std::io::Result<_>>()?;
    if lines.is_empty() {
        return Err(Error::failure("the log is empty").hint("to fetch one: curl http://HOST:LINK-PORT/assignments"));
    }
    Ok(lines)
}

/// Checks that the log contains every head that a miner recorded.
fn check_heads(lines: &[String], path: &Path) -> Result<Result<(), String>> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?;
    let heads: Vec<Option<B256>> = lines.iter().map(|line| line.split(' ').next()?.parse().ok()).collect();
    for (number, line) in text.lines().enumerate() {
        let parsed = line.split_once(' ').and_then(|(entries, head)| {
            let entries = entries.parse::<usize>().ok()?.checked_sub(1)?;
            Some((entries, head.parse::<B256>().ok()?))
        });
        let Some((last, head)) = parsed else {
            // Miners of earlier versions did not sync the file, so that a power cut could leave zeros in it.
            if line.trim_matches(['\0', ' ']).is_empty() || line.contains('\0') {
                continue;
            }
            let line = number + 1;
            return Err(Error::failure(format_args!("{}, line {line}: expected a number and a head", path.display())));
        };
        if heads.get(last).copied().flatten() != Some(head) {
            return Ok(Err(format!(
                "a miner received the head {head} after entry {last}, where the log has another head or none"
            )));
        }
    }
    Ok(Ok(()))
}

/// The block whose hash is an epoch's beacon, if it is the first one of that epoch: by its time and its parent's.
async fn check_beacon(client: &Client, logged: &Snapshot) -> Result<Result<Header, String>> {
    let Snapshot { epoch, beacon, .. } = logged;
    let wrong = |reason: String| Ok(Err(format!("the beacon of epoch {epoch}, {beacon}, {reason}")));
    let Some(first) = client.block_by_hash(*beacon).await? else { return wrong("is not the hash of a block".into()) };
    let number = first.number;
    if client.block(number).await?.is_none_or(|block| block.hash != *beacon) {
        return wrong(format!("is the hash of a block {number} that is not part of the chain"));
    }
    let network = client.network();
    let of_block = network.epoch_of(first.timestamp);
    if of_block != *epoch {
        return wrong(format!("is the hash of block {number}, which is in epoch {of_block}"));
    }
    if let Some(before) = number.checked_sub(1) {
        let parent = client.block(before).await?;
        let parent = parent.ok_or_else(|| Error::unavailable(format_args!("the chain has no block {before}")))?;
        if network.epoch_of(parent.timestamp) == *epoch {
            return wrong(format!("is the hash of block {number}, and block {before} is in that epoch as well"));
        }
    }
    Ok(Ok(first))
}

/// Compares the beacon and weights of an epoch with the chain's. In an epoch without miners, the coordinator could not read the
/// chain and drew nothing.
async fn check_epoch(client: &Client, logged: &Snapshot) -> Result<Result<(), String>> {
    if logged.miners.is_empty() {
        return Ok(Ok(()));
    }
    let network = client.network();
    let first = match check_beacon(client, logged).await? {
        Ok(first) => first,
        Err(reason) => return Ok(Err(reason)),
    };
    // Before the chain's first block there are no stakes.
    let before = if first.number == 0 { first.hash } else { first.parent_hash };
    let mut weights: HashMap<Address, u128> = HashMap::new();
    for offset in (0..).step_by(PAGE as usize) {
        let call =
            Staking::weightsCall { role: Role::Miner as u8, offset: U256::from(offset), limit: U256::from(PAGE) };
        let page = client.read_at_block(network.staking, &call, before).await?;
        weights.extend(page.iter().filter(|node| node.weight > 0).map(|node| (node.node, node.weight)));
        if (page.len() as u64) < PAGE {
            break;
        }
    }
    for (miner, weight) in &logged.miners {
        let found = weights.remove(miner).unwrap_or(0);
        if found != *weight {
            return Ok(Err(format!(
                "epoch {} gives {miner} the weight {weight}; the contract had {found}",
                logged.epoch
            )));
        }
    }
    Ok(match weights.keys().next() {
        Some(missing) => Err(format!("epoch {} leaves out {missing}", logged.epoch)),
        None => Ok(()),
    })
}

fn say(report: &Report, chain: bool, context: &Context) {
    let printer = &context.printer;
    printer.ok(format_args!(
        "{} of {} draws by {} were repeated with the same result; the log is complete up to {}",
        report.verified, report.picks, report.coordinator, report.head
    ));
    if report.pending > 0 {
        printer.say(format_args!(
            "  {} more draws wait for their epoch's seed; everything else about them is right",
            report.pending
        ));
    }
    if report.unbound > 0 {
        printer.say(format_args!(
            "  {} of these draws belong to an epoch that had already begun when the coordinator committed to its seeds",
            report.unbound
        ));
    }
    if !chain {
        printer.hint("to compare the weights with the contract's too: --chain");
    }
}

fn table(report: &Report) -> Table {
    let mut table = Table::new(["miner", "draws", "share"]);
    for (miner, draws) in &report.by_miner {
        let permille = draws * 1_000 / report.picks.max(1);
        table.row([
            Cell::text(miner),
            Cell::text(draws),
            Cell::text(format_args!("{}.{} %", permille / 10, permille % 10)),
        ]);
    }
    table
}
