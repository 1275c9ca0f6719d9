//! `cuckoo tui`: shows the dashboard of a node.

use std::{sync::Arc, time::Duration};

use clap::ValueEnum;
use cuckoo_protocol::{chain::DisplaySafeUrl, status::Snapshot};
use cuckoo_tui::{Attach, Demo, Options, Palette, Source, TuiError};

use crate::{
    context::Context,
    host::env,
    terminal::{Error, Result},
};

/// Show a live dashboard of stake, tasks and devices
#[derive(Debug, clap::Args)]
pub struct Args {
    /// URL of the operator listener of the node to watch, which its --admin-listen sets
    #[arg(long, env = env::ADMIN_URL, default_value = "http://127.0.0.1:8782", value_name = "URL")]
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

/// How long to wait for the first snapshot with `--once` or `--json`.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `cuckoo tui`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let mut source: Box<dyn Source> = if args.demo {
        Box::new(Demo::new(1))
    } else {
        Box::new(Attach::new(args.connect.expose()).map_err(Error::usage)?)
    };
    if args.once {
        let snapshot = first_snapshot(&mut source, &args.connect).await?;
        let (width, height) = cuckoo_tui::frame_size();
        return context.printer.piece(&cuckoo_tui::render_once(&snapshot, width, height));
    }
    if context.globals.json {
        let mut snapshot = first_snapshot(&mut source, &args.connect).await?;
        loop {
            context.printer.line(&serde_json::to_string(&*snapshot)?)?;
            snapshot = source.next().await.map_err(Error::unavailable)?;
        }
    }
    cuckoo_tui::run(source, args.theme.into()).await.map_err(|error| {
        let hint = error.hint();
        match error {
            TuiError::NotATerminal { .. } => Error::usage(error).hint(hint),
            _ => Error::failure(error).hint(hint),
        }
    })
}

async fn first_snapshot(source: &mut Box<dyn Source>, url: &DisplaySafeUrl) -> Result<Arc<Snapshot>> {
    let unreachable = |error: String| {
        Error::unavailable(format_args!("no node answers at {url}: {error}"))
            .hint("name the node's operator listener: --connect URL")
    };
    let first = tokio::time::timeout(PATIENCE, source.next()).await;
    first.map_err(|_| unreachable("timed out".into()))?.map_err(|error| unreachable(error.to_string()))
}
