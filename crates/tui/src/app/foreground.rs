//! Commands that the dashboard runs: the program itself, at the terminal, which the dashboard gives away for as long.

use std::{
    fmt, io,
    io::Write,
    pin::{Pin, pin},
    process::Stdio,
    sync::Arc,
};

use futures::{Stream, StreamExt};
use tokio::process::Command;

use super::signals::Ask;
use crate::terminal::stop;

/// What completes a command line with the options of the dashboard's own, such as the wallet and the network.
#[derive(Clone)]
pub struct Completer(pub Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Default for Completer {
    fn default() -> Self {
        Self(Arc::new(str::to_owned))
    }
}

impl fmt::Debug for Completer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Completer")
    }
}

/// Runs a line, and waits until somebody has read what came of it. False where the dashboard has to end meanwhile.
pub(super) async fn run(
    line: &str,
    completer: &Completer,
    signals: &mut Pin<&mut impl Stream<Item = Ask>>,
) -> io::Result<bool> {
    let mut shown = pin!(show(line, completer));
    loop {
        tokio::select! {
            shown = &mut shown => return shown.map(|()| true),
            ask = signals.next() => match ask {
                None | Some(Ask::End) => return Ok(false),
                // The command has been told as well, and it is its own.
                Some(Ask::Interrupt) => {}
                Some(Ask::Stop) => stop()?,
            },
        }
    }
}

/// Runs a line that begins with `cuckoo`, with this very program and no shell. It asks what it has to ask at the terminal.
async fn show(line: &str, completer: &Completer) -> io::Result<()> {
    let line = (completer.0)(line);
    let mut out = io::stdout();
    writeln!(out, "$ {line}\n")?;
    let ended = match shlex::split(&line) {
        Some(words) if words.first().is_some_and(|word| word == "cuckoo") => {
            let mut command = Command::new(std::env::current_exe()?);
            let status = command.args(&words[1..]).stdin(Stdio::inherit()).kill_on_drop(true).status().await?;
            match status.code() {
                Some(0) => "it ended well".to_owned(),
                Some(code) => format!("it ended with exit code {code}"),
                None => "it was ended by a signal".to_owned(),
            }
        }
        Some(_) => "a command here begins with `cuckoo`".to_owned(),
        None => "a quote in this command is not closed".to_owned(),
    };
    write!(out, "\n-- {ended}; Enter goes back to the dashboard ")?;
    out.flush()?;
    // A program that ends meanwhile does not wait for the line.
    tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new())).await.map_err(io::Error::other)??;
    Ok(())
}
