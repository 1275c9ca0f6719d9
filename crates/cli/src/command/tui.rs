//! `cuckoo tui`: shows the dashboard of a node, or of an owner's stake.

mod chain;

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, pin::pin, sync::Arc, time::Duration};

use clap::ValueEnum;
use cuckoo_protocol::{Address, chain::DisplaySafeUrl, http::is_loopback, status::Snapshot, task::Millis};
use cuckoo_tui::{
    Attach, Bindings, Completer, Demo, Embedded, Explorer, Group, Home, Options, Palette, Recorded, Recorder,
    Recording, Source, SourceError, Thresholds, TuiError,
};
use tokio::sync::watch;
use url::Url;

use crate::{
    account::address_reference::{AddressReference, named_or_own},
    command::shared::node::{COORDINATOR, MINER},
    context::Context,
    host::{config::Config, env},
    terminal::{Error, Result, log, quoted},
};

/// Show a live dashboard of a node's tasks, money and devices, or of your stake
///
/// It finds the coordinator or the miner that runs on this machine. On a machine without one it shows the stake of the wallet in
/// use, read from the chain alone; --chain does so anywhere.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address or wallet whose stake to show by the chain alone [default: the wallet in use]
    #[arg(value_name = "ADDRESS|WALLET", conflicts_with = "demo")]
    owner: Option<AddressReference>,
    /// URL of the operator listener of the node to watch, which its --admin-listen sets; give it several times to watch several nodes
    #[arg(long, env = env::ADMIN_URL, default_value = DEFAULT, value_name = "URL")]
    connect: Vec<DisplaySafeUrl>,
    /// File with the URLs of the operator listeners of several nodes to watch, one a line; --connect goes before it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["demo", "chain", "owner"])]
    nodes: Option<PathBuf>,
    /// Show what an address has at stake, what nodes pay and the disputes, by the chain alone, without a node
    #[arg(long, conflicts_with = "demo")]
    chain: bool,
    /// Record what is shown to a new file, of at most 128 MiB, without prompts and answers; --replay plays it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["once", "json"])]
    record: Option<PathBuf>,
    /// Play a recording: Space stops it and goes on, `,` and `.` step, `<` and `>` set the speed, `{` and `}` go a minute back and on
    #[arg(long, value_name = "FILE", conflicts_with_all = ["once", "json", "record", "demo", "chain", "owner", "nodes"])]
    replay: Option<PathBuf>,
    /// Print one frame as plain text and exit, with code 3 where something needs somebody; --json without --once prints one snapshot
    /// per line
    #[arg(long)]
    once: bool,
    /// Show an invented network instead of a real node
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    look: Look,
}

/// How the dashboard looks and which keys it has.
#[derive(Clone, Debug, clap::Args)]
struct Look {
    /// Colours of the dashboard
    #[arg(long, env = env::THEME, value_enum, default_value_t, value_name = "THEME")]
    theme: Theme,
    /// Keys of your own, as KEY=COMMAND separated by spaces
    ///
    /// A key is one character or a name such as space, f5, pagedown or ctrl-n. COMMAND is one of alerts, back, bottom, copy, detail, down,
    /// export, filter, follow, freeze, help, longer, menu, next, open, page-down, page-up, palette, previous, quit, redraw, reverse, shorter,
    /// sort, theme, top, up, zoom, pane-1 to pane-9, and none, which takes the key's usual command away.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "KEYS")]
    bind: Bindings,
    /// Temperature from which a device is called hot, in degrees Celsius
    #[arg(long, default_value = "85", value_name = "CELSIUS")]
    hot: u32,
    /// How long the oldest task may wait before it is called trouble
    #[arg(long, value_parser = humantime::parse_duration, default_value = "5s", value_name = "DURATION")]
    long_wait: Duration,
}

impl Look {
    /// By the configuration alone, which has been checked; where it says nothing, the usual one.
    fn of(config: &Config) -> Self {
        let usual = Thresholds::default();
        let value = |name| config.value(name);
        Self {
            theme: value("theme").and_then(|theme| Theme::from_str(&theme, true).ok()).unwrap_or_default(),
            bind: value("bind").and_then(|keys| keys.parse().ok()).unwrap_or_default(),
            hot: value("hot").and_then(|celsius| celsius.parse().ok()).unwrap_or(usual.hot_celsius),
            long_wait: value("long-wait")
                .and_then(|wait| humantime::parse_duration(&wait).ok())
                .unwrap_or(Duration::from_millis(usual.longest_wait)),
        }
    }

    fn thresholds(&self) -> Thresholds {
        Thresholds { hot_celsius: self.hot, longest_wait: self.long_wait.as_millis() as Millis }
    }

    /// With what the commands need that the dashboard runs.
    fn options(&self, home: Home, context: &Context) -> Options {
        let printer = context.printer.clone();
        let completer = Completer(Arc::new(move |line: &str| printer.complete(line)));
        Options {
            palette: self.theme.palette(),
            home,
            bindings: self.bind.clone(),
            thresholds: self.thresholds(),
            completer: Some(completer),
            explorer: explorer(context),
        }
    }
}

/// Colours of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// All colours that the terminal can show, by its environment
    #[default]
    Auto,
    /// 24-bit colours on a dark background
    #[value(alias = "true")]
    Dark,
    /// 24-bit colours on a light background
    Light,
    /// 24-bit colours as far from a dark background as they go
    Contrast,
    /// The terminal's own 16 colours
    Ansi,
    /// No colours
    Plain,
}

impl Theme {
    fn palette(self) -> Palette {
        match self {
            Theme::Auto => Palette::from_env(),
            Theme::Dark => Palette::True,
            Theme::Light => Palette::Light,
            Theme::Contrast => Palette::Contrast,
            Theme::Ansi => Palette::Ansi,
            Theme::Plain => Palette::Plain,
        }
    }
}

/// Where a coordinator listens by default.
const DEFAULT: &str = "http://127.0.0.1:8782";

/// How long to wait for the first snapshot with `--once` or `--json`.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where the chain has to be read first.
const CHAIN_PATIENCE: Duration = Duration::from_secs(60);

/// Runs `cuckoo tui`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    if let Some(path) = &args.replay {
        let recording = Recording::open(path).map_err(|error| Error::usage(&error).hint(error.hint()))?;
        let _quiet = log::keep_off_terminal();
        return cuckoo_tui::replay(recording, args.look.options(remote(), context)).await.map_err(failed);
    }
    if args.demo {
        return show(Box::new(Demo::new(1)), remote(), &args, context).await;
    }
    if args.chain || args.owner.is_some() {
        let owner = named_or_own(args.owner.as_ref(), &context.globals, &context.network()?).await?;
        return Box::pin(show_stake(owner, &args, context)).await;
    }
    let bases = bases(&args)?;
    let url = match bases.as_slice() {
        [url] => url,
        _ => {
            let group = Group::new(bases, args.look.thresholds()).map_err(Error::usage)?;
            return show(Box::new(group), remote(), &args, context).await;
        }
    };
    // Without a name the node that runs here is meant, of either kind.
    if *url != COORDINATOR.default_url()? {
        let home = Home { connect: Some(url.to_string()), is_remote: !is_loopback(url.host_str()) };
        return show(Box::new(Attach::new(url).map_err(Error::usage)?), home, &args, context).await;
    }
    let mut source = Attach::any(&[url.clone(), MINER.default_url()?]).map_err(Error::usage)?;
    if let Some(owner) = staker(context).await
        && let Err(SourceError::Nowhere { .. }) = source.next().await
    {
        return Box::pin(show_stake(owner, &args, context)).await;
    }
    show(Box::new(source), Home::default(), &args, context).await
}

/// The block explorer of the network, where there is one.
fn explorer(context: &Context) -> Option<Explorer> {
    let network = context.network().ok()?;
    let url = network.explorer?.expose().as_str().trim_end_matches('/').to_owned();
    Some(Explorer { chain_id: network.chain_id, url })
}

/// What is shown is not a node of this machine.
fn remote() -> Home {
    Home { connect: None, is_remote: true }
}

/// The address of the wallet in use on a machine on which no node has ever run. No password is asked for.
async fn staker(context: &Context) -> Option<Address> {
    let data = env::data_directory();
    if ["miner", "coordinator"].iter().any(|node| data.join(node).exists()) {
        return None;
    }
    let mut globals = context.globals.clone();
    globals.no_input = true;
    named_or_own(None, &globals, &context.network().ok()?).await.ok()
}

/// Shows what an address has at stake.
async fn show_stake(owner: Address, args: &Args, context: &Context) -> Result<()> {
    let (news, receiver) = watch::channel(None);
    let source = Box::new(Embedded::new(receiver));
    tokio::select! {
        shown = show(source, remote(), args, context) => shown,
        () = chain::follow(context, owner, &news) => Ok(()),
    }
}

/// Shows what a source gives: one frame, one snapshot a line, or the dashboard.
async fn show(mut source: Box<dyn Source>, home: Home, args: &Args, context: &Context) -> Result<()> {
    let patience = if args.chain || args.owner.is_some() { CHAIN_PATIENCE } else { PATIENCE };
    let options = args.look.options(home, context);
    if args.once {
        let snapshot = first_snapshot(&mut source, patience).await?;
        let (width, height) = cuckoo_tui::frame_size();
        if context.globals.json {
            context.printer.line(&serde_json::to_string(&*snapshot)?)?;
        } else {
            context.printer.piece(&cuckoo_tui::render_once(&snapshot, options.thresholds, width, height))?;
        }
        let trouble = if args.demo { vec![] } else { cuckoo_tui::trouble(&snapshot, options.thresholds) };
        return match trouble.as_slice() {
            [] => Ok(()),
            [only] => Err(Error::precondition(only)),
            [first, more @ ..] => Err(Error::precondition(format_args!("{first}, and {} more", more.len()))),
        };
    }
    if context.globals.json {
        let mut snapshot = first_snapshot(&mut source, patience).await?;
        loop {
            context.printer.line(&serde_json::to_string(&*snapshot)?)?;
            snapshot = source.next().await.map_err(Error::unavailable)?;
        }
    }
    // Nothing else may write to the screen.
    let quiet = log::keep_off_terminal();
    let Some(path) = &args.record else {
        return cuckoo_tui::run(source, options).await.map_err(failed);
    };
    let recorder = Recorder::new(source, path).map_err(|error| Error::usage(&error).hint(error.hint()))?;
    let tally = recorder.tally();
    let shown = cuckoo_tui::run(recorder, options).await.map_err(failed);
    drop(quiet);
    let Recorded { lines, cut } = tally.get();
    context.printer.ok(format_args!("{lines} changes are recorded in {}", path.display()));
    if let Some(cut) = cut {
        context.printer.warn(format_args!("the recording ends before the session: {cut}"));
    }
    context.printer.hint(format_args!("play it: cuckoo tui --replay {}", quoted(&path.display().to_string())));
    shown
}

/// Runs a node, and shows its dashboard where somebody sits at a terminal and wants it. The dashboard opens once the node answers; until
/// then, and after it is closed, the log is on the terminal.
pub async fn beside<T>(wanted: bool, listen: SocketAddr, context: &Context, node: impl Future<Output = T>) -> T {
    let sits = || std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let mut node = pin!(node);
    // One that listens everywhere answers here.
    let host = if listen.ip().is_unspecified() { "127.0.0.1".to_owned() } else { listen.ip().to_string() };
    let base: Option<Url> = format!("http://{host}:{}", listen.port()).parse().ok();
    let Some(mut source) = base.filter(|_| wanted && sits()).and_then(|base| Attach::new(&base).ok()) else {
        return node.await;
    };
    let dashboard = async {
        while source.next().await.is_err() {}
        let _quiet = log::keep_off_terminal();
        let home = Home { connect: Some(format!("http://{listen}")), is_remote: false };
        // A command at this terminal would share its Ctrl-C with the node.
        cuckoo_tui::run(source, Options { completer: None, ..Look::of(&context.config).options(home, context) }).await
    };
    tokio::select! {
        ended = &mut node => return ended,
        shown = dashboard => match shown {
            Ok(()) => context.printer.say("the dashboard is closed; the node's log follows, and Ctrl-C ends the node"),
            Err(error) => context.printer.warn(format_args!("there is no dashboard: {error}")),
        },
    }
    node.await
}

/// Why there is no dashboard, for people.
fn failed(error: TuiError) -> Error {
    let hint = error.hint();
    match error {
        TuiError::NotATerminal { .. } | TuiError::Dumb | TuiError::Recording(_) => Error::usage(error).hint(hint),
        _ => Error::failure(error).hint(hint),
    }
}

/// The operator listeners to watch. A line of the group's file is a URL; what follows a `#` is for people.
fn bases(args: &Args) -> Result<Vec<Url>> {
    let named: Vec<_> = args.connect.iter().map(|url| url.expose().clone()).collect();
    let is_default = named == [COORDINATOR.default_url()?];
    let Some(path) = args.nodes.as_ref().filter(|_| is_default) else { return Ok(named) };
    let unreadable = |error| Error::usage(format_args!("cannot read {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let mut bases = vec![];
    for (place, line) in text.lines().enumerate() {
        let url = line.split('#').next().unwrap_or_default().trim();
        if !url.is_empty() {
            let url = url.parse::<DisplaySafeUrl>().map_err(|_| {
                Error::usage(format_args!("line {} of {} is not a URL", place + 1, path.display()))
                    .hint("a line is the URL of a node's operator listener, such as http://gpu-1:8792")
            })?;
            bases.push(url.expose().clone());
        }
    }
    if bases.is_empty() {
        return Err(Error::usage(format_args!("{} names no node", path.display()))
            .hint("a line is the URL of a node's operator listener, such as http://gpu-1:8792"));
    }
    Ok(bases)
}

async fn first_snapshot(source: &mut Box<dyn Source>, patience: Duration) -> Result<Arc<Snapshot>> {
    let unreachable = |error: String| {
        Error::unavailable(error).hint("name the node's operator listener: --connect URL; or --chain, without a node")
    };
    let first = tokio::time::timeout(patience, source.next()).await;
    let first = first.map_err(|_| unreachable(format!("nothing answers within {} s", patience.as_secs())))?;
    first.map_err(|error| unreachable(error.to_string()))
}
