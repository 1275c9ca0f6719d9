//! The `cuckoo` command: everything with a process.

pub mod account;
pub mod args;
pub mod command;
pub mod context;
pub mod host;
pub mod node;
pub mod terminal;

use std::process::ExitCode;

use clap::FromArgMatches;
use clap_complete::CompleteEnv;

pub use context::Context;
pub use terminal::Error;

use args::{Cli, Command};
use host::{config::Config, env};
use terminal::{Class, Printer, log};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let directory = std::env::current_dir().ok();
    // A shell that completes a line sets a variable; everybody else goes on at once.
    match CompleteEnv::with_factory(args::completing).try_complete(std::env::args_os(), directory.as_deref()) {
        Ok(false) => {}
        Ok(true) => return Class::Ok.into(),
        Err(error) => return told(&error),
    }
    let Parsed { cli, config, named_network } = match parse() {
        Ok(parsed) => parsed,
        Err(error) => return told(&error),
    };
    log::start(&cli);
    let (config, broken) = match config {
        Ok(config) => (config, None),
        Err(error) => {
            (Config::of_broken(cli.globals.config.as_deref()), Some(error).filter(|_| !cli.command.needs_no_config()))
        }
    };
    let mut globals = cli.globals;
    globals.wallet.default_account = config.value("account").filter(|_| globals.wallet.account.is_none());
    let context = Context::new(globals, config, named_network);
    let result = match broken {
        Some(error) => Err(error),
        None => run(cli.command, &context),
    };
    finish(&context, result)
}

/// A command line that could be read.
struct Parsed {
    cli: Cli,
    /// Whether the configuration could be read as well.
    config: Result<Config, Error>,
    /// The network, if an option names it.
    named_network: Option<String>,
}

/// What the command line says: its own options, and as their defaults what the configuration says.
fn parse() -> Result<Parsed, clap::Error> {
    let command = args::command();
    let mut matches = command.clone().try_get_matches()?;
    let config = Config::load(&command, &matches);
    if let Some(command) = config.as_ref().ok().and_then(|config| config.defaults(command)) {
        matches = command.try_get_matches()?;
    }
    let named_network = command::config::named_network(&matches);
    Ok(Parsed { cli: Cli::from_arg_matches(&matches)?, config, named_network })
}

/// Help goes to stdout and is no failure; a mistake goes to stderr, and to programs as the document that they asked for.
fn told(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // With the output gone, there is nobody to tell.
        let _ = error.print();
        return Class::Ok.into();
    }
    let json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
        || env::text(env::JSON).is_some_and(|value| !["0", "false", "no", "off", "n", "f"].contains(&&*value));
    if json {
        let text = error.render().to_string();
        // What comes after an empty line is for people.
        let message = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        let _ = Printer::for_programs().failure(&Error::usage(message).hint("cuckoo help"));
    } else {
        let _ = error.print();
    }
    Class::Usage.into()
}

fn finish(context: &Context, result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => Class::Ok.into(),
        Err(error) if error.class() == Class::Ok => Class::Ok.into(),
        Err(error) => {
            // With the output gone as well, the exit code is all that is left to say.
            let _ = context.printer.failure(&error);
            error.class().into()
        }
    }
}

fn run(command: Command, context: &Context) -> Result<(), Error> {
    if context.globals.private_key.is_some() {
        return Err(Error::usage("refusing a private key on the command line, where every process can read it")
            .hint("cuckoo wallet import NAME  (reads it from the terminal)"));
    }
    match command {
        Command::Version => command::version::run(context),
        Command::Help(args) => command::help::run(&args, context),
        Command::Config(command) => command::config::run(command, context),
        Command::Completions(args) => command::completions::completions(&args, context),
        Command::Man(args) => command::completions::manual(args, context),
        command => {
            // Two crates bring a TLS implementation each; the first to ask would otherwise have to guess.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let result = runtime.block_on(wait(command, context));
            // A blocked read of stdin must not keep the process from ending.
            runtime.shutdown_background();
            result
        }
    }
}

async fn wait(command: Command, context: &Context) -> Result<(), Error> {
    if command.handles_signals() {
        return dispatch(command, context).await;
    }
    tokio::select! {
        result = dispatch(command, context) => result,
        _ = tokio::signal::ctrl_c() => Err(interrupted(context)),
    }
}

fn interrupted(context: &Context) -> Error {
    let error = Error::new(Class::Interrupted, "interrupted");
    match context.printer.pending() {
        Some(hash) => {
            error.hint(format_args!("a transaction was sent; wait for it: cuckoo tx wait {hash}")).transaction(hash)
        }
        None => error,
    }
}

async fn dispatch(command: Command, context: &Context) -> Result<(), Error> {
    // Each future is large; boxed, only the one that runs takes room.
    match command {
        Command::Devnet(args) => Box::pin(command::devnet::run(args, context)).await,
        Command::Wallet(command) => command::wallet::run(command, context).await,
        Command::Network(command) => command::network::run(command, context).await,
        Command::Balance(args) => Box::pin(command::balance::run(args, context)).await,
        Command::Faucet(command) => Box::pin(command::faucet::run(command, context)).await,
        Command::Stake(command) => Box::pin(command::stake::run(command, context)).await,
        Command::Vote(command) => Box::pin(command::vote::run(command, context)).await,
        Command::Register(command) => Box::pin(command::register::run(command, context)).await,
        Command::Escrow(command) => Box::pin(command::escrow::run(command, context)).await,
        Command::Task(args) => Box::pin(command::task::run(args, context)).await,
        Command::Miner(args) => Box::pin(command::miner::run(args, context)).await,
        Command::Coordinator(args) => Box::pin(command::coordinator::run(args, context)).await,
        Command::Dispute(command) => Box::pin(command::dispute::run(command, context)).await,
        Command::Audit(args) => Box::pin(command::audit::run(args, context)).await,
        Command::Tui(args) => Box::pin(command::tui::run(args, context)).await,
        Command::Tx(command) => Box::pin(command::tx::run(command, context)).await,
        Command::Doctor(args) => Box::pin(command::doctor::run(args, context)).await,
        Command::Engine(args) => Box::pin(command::engine::run(args, context)).await,
        Command::Version | Command::Help(_) | Command::Config(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}
