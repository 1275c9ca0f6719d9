//! Guides from nothing to a running node: steps that each show the command that does the same, and are left out where they are done
//! already, so that a guide can be followed again after anything that went wrong.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, IsTerminal},
    path::{Path, PathBuf},
    process::Stdio,
};

use alloy::signers::local::PrivateKeySigner;
use cuckoo_protocol::{
    Address, Cai,
    chain::{Client, DisplaySafeUrl, development_signer},
    contract::{Role, Staking},
    harmless,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::io::AsyncWriteExt;

use super::unit::{self, Unit};
use crate::{
    account::{
        node_name,
        node_reference::read_registry,
        permit::{is_much, ways_to_get},
        session::{Sent, Session},
        signer,
    },
    args::{Amount, TransactionOptions},
    command::{faucet, register, stake},
    context::Context,
    host::secrets,
    terminal::{Error, Printer, Result, quoted},
};

/// One step of a guide.
#[derive(Debug, Serialize)]
pub struct Step {
    /// What it does.
    pub what: &'static str,
    /// The command that does the same.
    pub command: String,
    /// False where it was done before.
    pub done_now: bool,
    /// What it sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<Sent>,
}

/// A guide on its way.
pub struct Guide<'a> {
    context: &'a Context,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// Keys of wallets that this process has made or opened, and their passwords, so that nobody types one twice.
    keys: BTreeMap<String, (PrivateKeySigner, SecretString)>,
}

impl<'a> Guide<'a> {
    /// A guide before its first step.
    pub fn new(context: &'a Context) -> Self {
        Self { context, steps: vec![], keys: BTreeMap::new() }
    }

    fn printer(&self) -> &Printer {
        &self.context.printer
    }

    /// Says what comes, and the command that does the same.
    pub fn begin(&self, what: &str, command: &str) {
        let (number, printer) = (self.steps.len() + 1, self.printer());
        printer.say(format_args!("Step {number}: {what}\n  $ {}", printer.complete(command)));
    }

    /// Notes a step that was taken.
    pub fn done(&mut self, what: &'static str, command: &str, transaction: Option<Sent>) {
        let command = self.printer().complete(command);
        self.steps.push(Step { what, command, done_now: true, transaction });
    }

    /// Notes a step that was taken before.
    pub fn skip(&mut self, what: &'static str, command: &str) {
        let number = self.steps.len() + 1;
        self.printer().say(format_args!("Step {number}: {what}: done before"));
        let command = self.printer().complete(command);
        self.steps.push(Step { what, command, done_now: false, transaction: None });
    }

    /// Whether a person can be asked.
    pub fn asks(&self) -> bool {
        let globals = &self.context.globals;
        !globals.no_input && !globals.yes && std::io::stdin().is_terminal()
    }

    /// What an option says, or a person answers, or the default. An answer that is refused is asked for again.
    pub fn choose<T>(
        &self,
        given: Option<&str>,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T>,
    ) -> Result<T> {
        if let Some(given) = given {
            return read(given);
        }
        if !self.asks() {
            return read(default);
        }
        loop {
            let answer = self.printer().ask(&format!("{question} [{default}]:"))?;
            match read(if answer.is_empty() { default } else { &answer }) {
                // Without an answer there is nobody who could give another one.
                Err(error) if !answer.is_empty() => {
                    self.printer().say(&error);
                    error.hints().iter().for_each(|hint| self.printer().hint(hint));
                }
                read => return read,
            }
        }
    }

    /// Whether a person agrees.
    pub fn agrees(&self, question: &str) -> Result<bool> {
        self.choose(None, &format!("{question}? yes or no"), "yes", |answer| match answer {
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err(Error::usage("yes or no?")),
        })
    }

    /// Which unit is installed: the given one, or the one that a person wants where this machine can have it.
    pub fn choose_unit(&self, given: &UnitArgs) -> Result<UnitArgs> {
        if given.unit_directory.is_some() || !self.asks() || !unit::is_possible() {
            return Ok(given.clone());
        }
        let wanted = self.agrees("Install the systemd unit that keeps it running, and start it")?;
        Ok(UnitArgs { unit_directory: wanted.then(|| unit::DIRECTORY.into()), start: wanted })
    }

    /// The name of a wallet that is there, or can be made.
    pub fn choose_wallet(&self, given: Option<&str>, question: &str, default: &str) -> Result<String> {
        let keystores = signer::keystores(&self.context.globals.wallet);
        self.choose(given, question, default, |name| keystores.check_new(name).map(|()| name.to_owned()))
    }

    /// The name of a node.
    pub fn choose_name(&self, given: Option<&str>, question: &str, default: &str) -> Result<String> {
        self.choose(given, question, default, |name| node_name::check(name).map(|()| name.to_owned()))
    }

    /// The own stake of a node, which is more than the role's minimum.
    pub fn choose_stake(&self, given: Option<Cai>, role: Role, default: &str) -> Result<Cai> {
        let given = given.map(|given| given.plain());
        let minimum = Cai::from_whole(role.minimum());
        let question = format!("Own stake in CAI, more than {}", minimum.to_string().trim_end_matches(" CAI"));
        self.choose(given.as_deref(), &question, default, |text| {
            let stake = read_cai(text)?;
            register::check_stake(role, stake).map(|()| stake)
        })
    }

    /// The address of a wallet, which is made where there is none.
    pub fn wallet(&mut self, what: &'static str, name: &str) -> Result<Address> {
        let options = &self.context.globals.wallet;
        let keystores = signer::keystores(options);
        let command = format!("cuckoo wallet new {}", quoted(name));
        keystores.check_new(name)?;
        if keystores.path(name)?.exists() {
            let address = keystores.find(name)?.address;
            self.skip(what, &command);
            return address.ok_or_else(|| {
                Error::auth(format_args!("the file of the wallet `{name}` does not hold its address"))
                    .hint("name another wallet, or import this one under another name: cuckoo wallet import NAME")
            });
        }
        self.begin(what, &command);
        let password = secrets::new_password(options.password_file.as_deref(), self.context.globals.no_input)?;
        let key = PrivateKeySigner::random();
        let wallet = keystores.store(name, &key, &password)?;
        self.printer().ok(format_args!("the wallet `{name}` was written to {}", wallet.path.display()));
        self.done(what, &command, None);
        let address = key.address();
        self.keys.insert(name.to_owned(), (key, password));
        Ok(address)
    }

    /// The key of a wallet, and the password that opens it, which was given before or is asked for.
    fn open(&mut self, name: &str) -> Result<(PrivateKeySigner, SecretString)> {
        if let Some(opened) = self.keys.get(name) {
            return Ok(opened.clone());
        }
        let globals = &self.context.globals;
        let prompt = format!("Password of wallet `{name}`: ");
        let password = secrets::password(globals.wallet.password_file.as_deref(), &prompt, globals.no_input)?;
        let opened = (signer::keystores(&globals.wallet).unlock(name, &password)?, password);
        self.keys.insert(name.to_owned(), opened.clone());
        Ok(opened)
    }

    /// A session of a wallet, whose password is asked for when something is signed, unless it was given before.
    pub async fn session(&self, wallet: &str) -> Result<Session> {
        let (context, options) = (with_wallet(self.context, wallet), TransactionOptions::default());
        let Some((key, _)) = self.keys.get(wallet) else { return context.session(&options).await };
        let session = Session::new(&context, context.client().await?.with_signer(key.clone()), &options);
        session.resume().await?;
        Ok(session)
    }

    /// Sees to it that a wallet has this much CAI, and coin for fees: by the faucet where there is one. On the local chain a grant
    /// brings what a faucet does not give.
    pub async fn fund(
        &mut self,
        session: &Session,
        wallet: &str,
        needed: Cai,
        url: Option<&DisplaySafeUrl>,
    ) -> Result<()> {
        let (client, owner) = (session.client(), session.address()?);
        let lacks =
            async || -> Result<Cai> { Ok(needed.checked_sub(client.cai_balance(owner).await?).unwrap_or_default()) };
        let (mut lacking, coin) = (lacks().await?, client.native_balance(owner).await?);
        let what = "get CAI, and coin for fees";
        let option = url.map_or_else(String::new, |url| format!(" --faucet-url {url}"));
        let command = format!("cuckoo faucet request --account {}{option}", quoted(wallet));
        let has_faucet = client.network().faucet.is_some();
        if lacking.is_zero() && !coin.is_zero() {
            self.skip(what, &command);
        } else if has_faucet && (coin.is_zero() || !is_much(lacking)) {
            self.begin(what, &command);
            let (context, options) = (with_wallet(self.context, wallet), TransactionOptions::default());
            let given = faucet::request_somehow(owner, url, None, &options, &context).await?;
            self.printer().ok(format_args!("{} for {owner}", given.amount));
            self.done(what, &command, Some(given.transaction));
            lacking = lacks().await?;
        }
        if let (true, true, Some(granter)) =
            (has_faucet, is_much(lacking), development_signer(0, client.network().chain_id))
        {
            let what = "get the CAI that is more than a faucet gives";
            let command = format!("cuckoo faucet grant {} {} --account anvil:0", quoted(wallet), lacking.plain());
            self.begin(what, &command);
            let given = faucet::grant(&session.with_signer(granter), owner, lacking).await?;
            self.printer().ok(format_args!("{} for {owner}", given.amount));
            self.done(what, &command, Some(given.transaction));
            lacking = lacks().await?;
        }
        if lacking.is_zero() {
            return Ok(());
        }
        let refused = Error::precondition(format_args!("{owner} lacks {lacking} of the {needed} that this takes"));
        let refused = ways_to_get(client, owner, lacking).into_iter().fold(refused, Error::hint);
        Err(refused.hint("then run the setup again: it goes on from here"))
    }

    /// Deposits the part of a stake that is not there yet.
    pub async fn deposit(&mut self, session: &Session, wallet: &str, missing: Cai) -> Result<()> {
        let what = "deposit the stake";
        let command = format!("cuckoo stake deposit {} --account {}", missing.plain(), quoted(wallet));
        if missing.is_zero() {
            self.skip(what, &command);
            return Ok(());
        }
        self.begin(what, &command);
        let moved = stake::deposit(session, Amount::Exact(missing), None, None).await?;
        self.printer().ok(format_args!("{missing} was added to the free stake"));
        self.done(what, &command, Some(moved.transaction));
        Ok(())
    }

    /// Registers a node with its own stake.
    pub async fn register(&mut self, session: &Session, owner: &str, node: &Registered<'_>) -> Result<()> {
        let Registered { what, role, wallet, name, introduction, endpoint, stake } = *node;
        let command = node.command(owner);
        let client = session.client();
        self.begin(what, &command);
        let (key, _) = self.open(wallet)?;
        node_name::warn_of_likeness(self.printer(), &read_registry(client).await?, name, key.address());
        let registration = register::Registration {
            node: key,
            role,
            name: name.to_owned(),
            introduction: introduction.to_owned(),
            endpoint: endpoint.to_owned(),
            stake,
        };
        let registered = register::register(session, &registration).await?;
        let (address, role) = (registered.node, role.as_str());
        self.printer().ok(format_args!("the {role} {address} is registered; its weight counts from the next epoch on"));
        self.done(what, &command, Some(registered.transaction));
        Ok(())
    }

    /// Sees to it that a node's own key can pay fees, where a faucet gives coin. The owner's session pays for the request.
    pub async fn coin(&mut self, session: &Session, owner: &str, wallet: &str, node: Address) -> Result<()> {
        let client = session.client();
        let what = "get coin for the fees of the node's own key";
        let command = format!("cuckoo faucet request --to {} --account {}", quoted(wallet), quoted(owner));
        if !client.native_balance(node).await?.is_zero() {
            self.skip(what, &command);
            return Ok(());
        }
        let by_hand =
            format!("send some of the chain's coin to {node}, the node's own key, which pays fees while it runs");
        if client.network().faucet.is_none() {
            self.printer().hint(by_hand);
            return Ok(());
        }
        self.begin(what, &command);
        // A node runs without it as well.
        match faucet::request(session, node).await {
            Ok(given) => {
                self.printer().ok(format_args!("{} and coin for {node}", given.amount));
                self.done(what, &command, Some(given.transaction));
            }
            Err(error) => {
                self.printer().warn(&error);
                self.printer().hint(by_hand);
            }
        }
        Ok(())
    }

    /// Writes the systemd unit that keeps the node running, whose key and password are credentials of systemd; and starts it, if that
    /// is wanted. `A` are the options of the command that it runs.
    pub async fn unit<A: clap::Args>(
        &mut self,
        unit: Unit,
        at: &UnitArgs,
        wallet: &str,
        options: Vec<String>,
    ) -> Result<()> {
        let Some(directory) = &at.unit_directory else { return Ok(()) };
        let what = "install the systemd unit";
        let typed: Vec<_> = options.iter().map(|option| quoted(option)).collect();
        let place = match directory == Path::new(unit::DIRECTORY) {
            true => String::new(),
            false => format!(" --unit-directory {}", quoted(&directory.display().to_string())),
        };
        let command = format!("cuckoo {} service install{place} -- {}", unit.role, typed.join(" "));
        self.begin(what, &command);
        let file = signer::keystores(&self.context.globals.wallet).path(wallet)?;
        let file = quoted(&file.display().to_string());
        let mut context = with_wallet(self.context, wallet);
        // Options would come before the credentials.
        let options_of_key = &mut context.globals.wallet;
        (options_of_key.account, options_of_key.password_file) = (None, None);
        let text = unit.text_with::<A>(options, &context)?;
        unit::publish(&context)?;
        unit.write(directory, &text, Some(file.as_str()).filter(|_| !at.start), self.printer())?;
        self.done(what, &command, None);
        if !at.start {
            return Ok(());
        }
        // A wrong password is refused here, before the unit fails with it when nobody is looking.
        let (_, password) = self.open(wallet)?;
        self.shell("give the unit its key", &unit.hand_over(&text, unit::KEY, &file), None).await?;
        let line = unit.hand_over(&text, unit::PASSWORD, "-");
        self.shell("give the unit the key's password", &line, Some(password)).await?;
        self.shell("start the unit", &unit.begin(), None).await
    }

    /// Runs a line of the shell, with a secret on its stdin if there is one.
    async fn shell(&mut self, what: &'static str, line: &str, secret: Option<SecretString>) -> Result<()> {
        self.begin(what, line);
        let failed = |problem: &dyn std::fmt::Display| {
            Error::failure(format_args!("cannot {what}: {problem}"))
                .hint("this needs root and systemd; without --start it is left to you")
                .hint("where a unit does not start: journalctl -u 'cuckoo-*'; then run the setup again")
        };
        let mut shell = tokio::process::Command::new("sh");
        shell.args(["-c", line]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = shell.spawn().map_err(|error| failed(&error))?;
        if let (Some(mut stdin), Some(secret)) = (child.stdin.take(), secret) {
            match stdin.write_all(secret.expose_secret().as_bytes()).await {
                // A command that ends without reading it says why itself.
                Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(failed(&error)),
                _ => {}
            }
        }
        let output = child.wait_with_output().await.map_err(|error| failed(&error))?;
        if !output.status.success() {
            let said = harmless(String::from_utf8_lossy(&output.stderr).trim());
            return Err(failed(&if said.is_empty() { output.status.to_string() } else { said }));
        }
        self.done(what, line, None);
        Ok(())
    }
}

/// The unit that a setup installs.
#[derive(Clone, Debug, clap::Args)]
pub struct UnitArgs {
    /// Write the systemd unit that keeps the node running into this directory, such as /etc/systemd/system [default: write none]
    #[arg(long, value_name = "DIR")]
    pub unit_directory: Option<PathBuf>,
    /// Give the unit its key and start it, as root on a machine with systemd
    #[arg(long, requires = "unit_directory")]
    pub start: bool,
}

/// A node that a guide registers.
#[derive(Clone, Copy, Debug)]
pub struct Registered<'a> {
    /// The step in words.
    pub what: &'static str,
    /// What it becomes.
    pub role: Role,
    /// The wallet with its own key.
    pub wallet: &'a str,
    /// What people see.
    pub name: &'a str,
    /// What people read.
    pub introduction: &'a str,
    /// Where miners reach it; empty for a miner.
    pub endpoint: &'a str,
    /// Its own stake.
    pub stake: Cai,
}

impl Registered<'_> {
    /// The command that registers it, by its owner's wallet.
    pub fn command(&self, owner: &str) -> String {
        let Self { role, wallet, name, introduction, endpoint, stake, .. } = self;
        let (role, owner, wallet, name) = (role.as_str(), quoted(owner), quoted(wallet), quoted(name));
        let mut command = format!("cuckoo register {role} --account {owner} --node-account {wallet} --name {name}");
        for (option, value) in [("--introduction", introduction), ("--endpoint", endpoint)] {
            if !value.is_empty() {
                command = format!("{command} {option} {}", quoted(value));
            }
        }
        format!("{command} --stake {}", stake.plain())
    }
}

/// What of a stake is not deposited yet.
pub async fn missing_stake(client: &Client, owner: Address, stake: Cai) -> Result<Cai> {
    let free = client.read(client.network().staking, &Staking::freeStakeOfCall { staker: owner }).await?;
    Ok(stake.checked_sub(Cai::from_base_units(free)).unwrap_or_default())
}

/// An amount as people type it.
pub fn read_cai(text: &str) -> Result<Cai> {
    text.parse().map_err(|error| Error::usage(format_args!("`{text}`: {error}")))
}

/// The same command line with another wallet.
pub fn with_wallet(context: &Context, wallet: &str) -> Context {
    let mut context = context.clone();
    let options = &mut context.globals.wallet;
    options.account = Some(wallet.to_owned());
    // Each of these would come before the account.
    (options.keystore, options.private_key_file, options.ledger) = (None, None, false);
    context
}

/// What this machine is called, as far as it is a name that people can type; else `other`.
pub fn machine_name(other: &str) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    match node_name::check(name) {
        Ok(()) if !name.contains(' ') => name.to_owned(),
        _ => other.to_owned(),
    }
}
