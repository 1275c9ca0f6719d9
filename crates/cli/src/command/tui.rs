//! `cuckoo tui`: shows the dashboard of a node.

use std::{sync::Arc, time::Duration};

use clap::ValueEnum;
use cuckoo_protocol::{chain::DisplaySafeUrl, status::Snapshot};
use cuckoo_tui::{Attach, Demo, Options, Palette, Source, TuiError};

use crate::{
    command::shared::node::{COORDINATOR, MINER},
    context::Context,
    host::env,
    terminal::{Error, Result},
};

/// Show a live dashboard of stake, tasks and devices
#[derive(Debug, clap::Args)]
pub struct Args {
    /// URL of the operator listener of the node to watch, which its --admin-listen sets
    #[arg(long, env = env::ADMIN_URL, default_value = DEFAULT, value_name = "URL")]
    connect: DisplaySafeUrl,
    /// Print one frame as plain text and exit; --json without --once prints one snapshot per line
    #[arg(long)]
    once: bool,
    /// Show an invented network instead of a real node
    #[arg(long)]
    demo: bool,
    /// Colours of the dashboard
    #[arg(long, env = env::THEME, value_enum, default_value_t, value_name = "THEME")]
    theme: Theme,
}

/// Colours of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Theme {
    /// All colours that the terminal can show
    #[default]
    Auto,
    /// 24-bit colours
    True,
    /// The terminal's own 16 colours
    Ansi,
    /// No colours
    Plain,
}

impl From<Theme> for Options {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Auto => Self::default(),
            Theme::True => Self { palette: Palette::True },
            Theme::Ansi => Self { palette: Palette::Ansi },
            Theme::Plain => Self { palette: Palette::Plain },
        }
    }
}

/// Where a coordinator listens by default.
const DEFAULT: &str = "http://127.0.0.1:8782";

/// How long to wait for the first snapshot with `--once` or `--json`.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `cuckoo tui`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let mut source: Box<dyn Source> = if args.demo {
        Box::new(Demo::new(1))
    } else {
        let url = args.connect.expose();
        // Without a name the node that runs here is meant, of either kind.
        let is_default = *url == COORDINATOR.default_url()?;
        let source = if is_default { Attach::any(&[url.clone(), MINER.default_url()?]) } else { Attach::new(url) };
        Box::new(source.map_err(Error::usage)?)
    };
    if args.once {
        let snapshot = first_snapshot(&mut source).await?;
        let (width, height) = cuckoo_tui::frame_size();
        if context.globals.json {
            context.printer.line(&serde_json::to_string(&*snapshot)?)?;
        } else {
            context.printer.piece(&cuckoo_tui::render_once(&snapshot, width, height))?;
        }
        let trouble = if args.demo { vec![] } else { cuckoo_tui::trouble(&snapshot) };
        return match trouble.as_slice() {
            [] => Ok(()),
            [only] => Err(Error::precondition(only)),
            [first, more @ ..] => Err(Error::precondition(format_args!("{first}, and {} more", more.len()))),
        };
    }
    if context.globals.json {
        let mut snapshot = first_snapshot(&mut source).await?;
        loop {
            context.printer.line(&serde_json::to_string(&*snapshot)?)?;
            snapshot = source.next().await.map_err(Error::unavailable)?;
        }
    }
    cuckoo_tui::run(source, args.theme.into()).await.map_err(|error| {
        let hint = error.hint();
        match error {
            TuiError::NotATerminal { .. } | TuiError::Dumb => Error::usage(error).hint(hint),
            _ => Error::failure(error).hint(hint),
        }
    })
}

async fn first_snapshot(source: &mut Box<dyn Source>) -> Result<Arc<Snapshot>> {
    let unreachable =
        |error: String| Error::unavailable(error).hint("name the node's operator listener: --connect URL");
    let first = tokio::time::timeout(PATIENCE, source.next()).await;
    let first = first.map_err(|_| unreachable(format!("no node answers within {} s", PATIENCE.as_secs())))?;
    first.map_err(|error| unreachable(error.to_string()))
}
