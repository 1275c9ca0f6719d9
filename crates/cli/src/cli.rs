//! The command line as a whole: what can be typed, how it is read, which command runs, and with which code the process ends.

use std::process::ExitCode;

use clap::{
    ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ErrorKind},
    parser::ValueSource,
};
use clap_complete::CompleteEnv;

use cuckoo_protocol::chain::DisplaySafeUrl;

use crate::{
    args::GlobalOptions,
    command,
    context::Context,
    host::{config::Config, env, recent_log},
    terminal::{Class, Error, Printer, PrinterOptions, Typed, log, quoted, version},
};

/// A decentralised marketplace for AI model serving.
#[derive(Debug, Parser)]
#[command(name = "cuckoo", version, propagate_version = true, arg_required_else_help = true, max_term_width = 120)]
#[command(disable_help_subcommand = true)]
struct Cli {
    /// Options that every command knows.
    #[command(flatten)]
    globals: GlobalOptions,
    /// The command to run.
    #[command(subcommand)]
    command: Command,
}

/// The command line's declaration, the same for each build of a release: for completions, the manual and checks.
fn definition() -> clap::Command {
    Cli::command().version(version::RELEASE)
}

/// The command line of this very binary.
fn definition_of_this_build() -> clap::Command {
    Cli::command().version(version::short()).long_version(version::long())
}

/// The command line for a shell that completes it, with the names that this machine knows.
fn completing() -> clap::Command {
    command::completions::names::with_names(definition())
}

/// Every command.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a whole network on this machine
    Devnet(Box<command::devnet::Args>),
    /// Manage the keys that sign
    #[command(subcommand)]
    Wallet(command::wallet::Command),
    /// Manage the networks that this machine knows
    #[command(subcommand)]
    Network(command::network::Command),
    /// Show and change the configuration
    #[command(subcommand)]
    Config(command::config::Command),
    /// Show all CAI of an address, by state
    Balance(command::balance::Args),
    /// Send CAI to another address
    #[command(visible_alias = "transfer")]
    Send(command::send::Args),
    /// Get CAI for trying a test network, or give it out
    #[command(subcommand)]
    Faucet(command::faucet::Command),
    /// Deposit, withdraw and claim CAI at stake
    #[command(subcommand)]
    Stake(command::stake::Command),
    /// Put stake behind nodes and take it back
    #[command(subcommand)]
    Vote(command::vote::Command),
    /// Register a key as a node of the network, or change a node
    #[command(subcommand)]
    Register(command::register::Command),
    /// Prepay for a coordinator, and pay miners out of it
    #[command(subcommand)]
    Escrow(command::escrow::Command),
    /// Send tasks to the network
    Task(command::task::Args),
    /// Run tasks for CAI
    Miner(command::miner::Args),
    /// Take tasks from applications and assign them to miners
    Coordinator(command::coordinator::Args),
    /// Check the answers and receipts of others
    Audit(command::audit::Args),
    /// Prove that a miner cheated, or have a jury drawn by stake decide
    #[command(subcommand)]
    Dispute(command::dispute::Command),
    /// Open the dashboard
    #[command(visible_alias = "top")]
    Tui(command::tui::Args),
    /// Show transactions and wait for them
    #[command(subcommand)]
    Tx(command::tx::Command),
    /// Check whether this machine is ready: chain, clock, keys, disk, ports and devices
    Doctor(command::doctor::Args),
    /// Print a script that completes commands and options in a shell
    Completions(command::completions::Completions),
    /// Print the manual
    Man(command::completions::Manual),
    /// Show the version of this binary and how it was built
    Version,
    /// Show help for a command, or on environment, exit-codes or config
    Help(command::help::Args),
    /// Run the engine process of a miner
    #[command(hide = true)]
    Engine(command::engine::Args),
}

impl Command {
    /// True for commands that handle Ctrl-C themselves, because they have something to finish first.
    fn handles_signals(&self) -> bool {
        match self {
            Self::Miner(args) => args.handles_signals(),
            Self::Coordinator(args) => args.handles_signals(),
            Self::Devnet(_) | Self::Task(_) | Self::Tui(_) | Self::Engine(_) => true,
            Self::Faucet(command) => matches!(command, command::faucet::Command::Serve(_)),
            _ => false,
        }
    }

    /// True for commands that have to run with a broken configuration as well: they help to mend it.
    fn needs_no_config(&self) -> bool {
        match self {
            Self::Config(command) => command.is_repair(),
            Self::Completions(_) | Self::Man(_) | Self::Version | Self::Help(_) | Self::Engine(_) => true,
            _ => false,
        }
    }

    /// True for commands that run until they are stopped, whose log is worth reading by default.
    fn is_service(&self) -> bool {
        matches!(
            self,
            Self::Miner(_) | Self::Coordinator(_) | Self::Engine(_) | Self::Faucet(command::faucet::Command::Serve(_))
        )
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let directory = std::env::current_dir().ok();
    // A shell that completes a line sets a variable; without it, nothing happens here.
    match CompleteEnv::with_factory(completing).try_complete(std::env::args_os(), directory.as_deref()) {
        Ok(false) => {}
        Ok(true) => return Class::Ok.into(),
        Err(error) => return report(&error),
    }
    let Parsed { cli, config, named_network, typed } = match parse() {
        Ok(parsed) => parsed,
        Err(error) => return report(&error),
    };
    let is_service = cli.command.is_service();
    log::start(cli.globals.log_options(is_service), is_service.then(|| Box::new(recent_log::Keeper) as log::Other));
    let (config, broken) = match config {
        Ok(config) => (config, None),
        Err(error) => {
            (Config::of_broken(cli.globals.config.as_deref()), Some(error).filter(|_| !cli.command.needs_no_config()))
        }
    };
    let mut globals = cli.globals;
    globals.wallet.default_account = config.value("account").filter(|_| globals.wallet.account.is_none());
    let context = Context::new(globals, config, named_network, typed);
    let result = match broken {
        Some(error) => Err(error),
        None => start(cli.command, &context),
    };
    finish(&context, result)
}

/// A command line that could be read.
struct Parsed {
    cli: Cli,
    /// The configuration, or why it could not be read.
    config: Result<Config, Error>,
    /// The network, if an option names it.
    named_network: Option<String>,
    /// The options that name a key or a network, for commands in hints.
    typed: Typed,
}

/// Reads the command line, with the configuration's values as the defaults of its options.
fn parse() -> Result<Parsed, clap::Error> {
    let command = definition_of_this_build();
    let mut matches = command.clone().try_get_matches()?;
    let config = Config::load(&command, &matches);
    if let Some(command) = config.as_ref().ok().and_then(|config| config.defaults(command)) {
        matches = command.try_get_matches()?;
    }
    let named_network = command::config::named_network(&matches);
    let typed = typed(&matches);
    Ok(Parsed { cli: Cli::from_arg_matches(&matches)?, config, named_network, typed })
}

/// The options of a command line that its next command needs as well. A URL with secrets is not repeated.
fn typed(matches: &ArgMatches) -> Typed {
    let mut deepest = matches;
    while let Some((_, inner)) = deepest.subcommand() {
        deepest = inner;
    }
    let option = |id: &str, name: &str| {
        let given = deepest.try_contains_id(id).is_ok() && deepest.value_source(id) == Some(ValueSource::CommandLine);
        let value = deepest.try_get_raw(id).ok().flatten().filter(|_| given)?.next()?.to_str()?;
        let safe = !id.ends_with("url")
            || value.parse::<DisplaySafeUrl>().is_ok_and(|url| !url.to_string().contains("[redacted]"));
        safe.then(|| format!("{name} {}", quoted(value)))
    };
    let ledger = deepest.value_source("ledger") == Some(ValueSource::CommandLine);
    let keys = [
        option("account", "--account"),
        option("keystore", "--keystore"),
        option("private_key_file", "--private-key-file"),
        ledger.then(|| "--ledger".to_owned()),
        option("keystore_dir", "--keystore-dir"),
    ];
    let networks = [option("network", "--network"), option("rpc_url", "--rpc-url"), option("config", "--config")];
    Typed { key: keys.into_iter().flatten().collect(), network: networks.into_iter().flatten().collect() }
}

/// Prints help on stdout, which is a success, and a mistake on stderr; programs get the document that they asked for.
fn report(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Where nobody reads the output, there is nothing else to do.
        let _ = error.print();
        return Class::Ok.into();
    }
    // The tip of the library, to put `--` before it, would not help.
    let negative = (error.kind() == ErrorKind::UnknownArgument)
        .then(|| error.get(ContextKind::InvalidArg)?.to_string().strip_prefix('-').map(str::to_owned))
        .flatten()
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || first == '.'));
    let json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
        || env::text(env::JSON).is_some_and(|value| !["0", "false", "no", "off", "n", "f"].contains(&&*value));
    let printer = if json { Printer::for_programs() } else { Printer::new(PrinterOptions::default()) };
    if let Some(rest) = negative {
        let _ = printer.failure(
            &Error::usage(format_args!("`-{rest}` is negative: amounts, times and numbers are not"))
                .hint("write it without the sign"),
        );
    } else if json {
        let text = error.render().to_string();
        // What follows an empty line is for people.
        let message = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
        let _ = printer.failure(&Error::usage(message).hint("cuckoo help"));
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
            let error = match context.globals.rpc_url {
                Some(_) => error.with_named_endpoint(),
                None => error,
            };
            // Where nobody reads the output, the exit code says it alone.
            let _ = context.printer.failure(&error);
            error.class().into()
        }
    }
}

fn start(command: Command, context: &Context) -> Result<(), Error> {
    if context.globals.private_key.is_some() {
        return Err(Error::usage("refusing a private key on the command line, where every process can read it")
            .hint("cuckoo wallet import NAME  (reads it from the terminal)"));
    }
    match command {
        Command::Version => command::version::run(context),
        Command::Help(args) => command::help::run(&args, definition(), context),
        Command::Config(command) => command::config::run(command, &definition(), context),
        Command::Completions(args) => command::completions::completions(&args, definition(), context),
        Command::Man(args) => command::completions::manual(args, definition(), context),
        command => {
            // Two crates bring a TLS implementation each, and rustls does not choose between them.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let result = runtime.block_on(wait(command, context));
            // A read of stdin that is blocked must not keep the process from ending.
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
    // Each future is large; boxed, only the one that runs takes memory.
    match command {
        Command::Devnet(args) => Box::pin(command::devnet::run(*args, context)).await,
        Command::Wallet(command) => command::wallet::run(command, context).await,
        Command::Network(command) => command::network::run(command, &definition(), context).await,
        Command::Balance(args) => Box::pin(command::balance::run(args, context)).await,
        Command::Send(args) => Box::pin(command::send::run(args, context)).await,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &clap::Command, globals: &[String]) {
        for own in command.get_arguments().filter(|arg| !arg.is_global_set()) {
            let id = own.get_id().as_str();
            assert!(
                !globals.iter().any(|global| global == id),
                "`{id}` of `{}` hides a global option",
                command.get_name()
            );
        }
        command.get_subcommands().for_each(|command| check(command, globals));
    }

    #[test]
    fn no_argument_hides_a_global_option() {
        let definition = definition();
        let globals = definition.get_arguments().filter(|arg| arg.is_global_set());
        let globals: Vec<_> = globals.map(|arg| arg.get_id().to_string()).collect();
        assert!(globals.len() > 15);
        check(&definition, &globals);
        definition.debug_assert();
    }

    #[test]
    fn every_command_that_the_dashboard_offers_can_be_typed() {
        let demo = cuckoo_tui::Demo::new(7);
        let offered: std::collections::BTreeSet<_> =
            [demo.snapshot(), demo.miner(), demo.staker()].iter().flat_map(cuckoo_tui::commands).collect();
        // The others are those of GPUs' vendors.
        let (own, others): (Vec<_>, Vec<_>) = offered.into_iter().partition(|line| line.starts_with("cuckoo "));
        assert!(own.len() > 30 && others.iter().all(|line| line.starts_with("nvidia-smi ")), "{own:?} {others:?}");
        for line in own {
            let typed = line.replace("AMOUNT", "1");
            if let Err(error) = definition().try_get_matches_from(typed.split(' ')) {
                panic!("{line}: {error}");
            }
        }
    }

    fn arguments(command: &clap::Command) -> Vec<clap::Arg> {
        let mut all: Vec<_> = command.get_arguments().cloned().collect();
        all.extend(command.get_subcommands().flat_map(arguments));
        all
    }

    #[test]
    fn every_variable_of_an_option_is_in_the_reference() {
        for arg in arguments(&definition()) {
            let Some(variable) = arg.get_env().and_then(|name| name.to_str()) else { continue };
            assert!(env::REFERENCE.iter().any(|known| known.name == variable), "{variable}");
        }
    }
}
