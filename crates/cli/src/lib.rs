//! The `cuckoo` command: everything with a process.

pub mod args;
pub mod clock;
pub mod command;
pub mod context;
pub mod coordinator;
pub mod deployment;
pub mod env;
pub mod error;
pub mod exit;
pub mod faucet;
pub mod files;
pub mod holdings;
pub mod listener;
pub mod miner;
pub mod network;
pub mod output;
pub mod payments;
pub mod permit;
pub mod service;
pub mod session;
pub mod wallet;

mod log;

use std::process::ExitCode;

use clap::Parser;

pub use context::Context;
pub use error::Error;

use args::{Cli, Command};
use exit::Class;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(&cli);
    // Two crates bring a TLS implementation each; the first to ask would otherwise have to guess.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let context = Context::new(cli.globals);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(&context, Err(error.into())),
    };
    let result = runtime.block_on(run(cli.command, &context));
    // A blocked read of stdin must not keep the process from ending.
    runtime.shutdown_background();
    finish(&context, result)
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

async fn run(command: Command, context: &Context) -> Result<(), Error> {
    if context.globals.private_key.is_some() {
        return Err(Error::usage("refusing a private key on the command line, where every process can read it")
            .hint("cuckoo wallet import NAME  (reads it from the terminal)"));
    }
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
        Command::Audit(args) => Box::pin(command::audit::run(args, context)).await,
        Command::Tui(args) => Box::pin(command::tui::run(args, context)).await,
        Command::Tx(command) => Box::pin(command::tx::run(command, context)).await,
        Command::Engine(args) => Box::pin(command::engine::run(args, context)).await,
    }
}
