//! `cuckoo miner setup`: from nothing to a registered miner, step by step. Each step shows the command that does the same, and is
//! left out where it is done already, so that the setup can be run again after anything that went wrong.

use std::path::PathBuf;

use cuckoo_protocol::{
    Address, Cai,
    chain::DisplaySafeUrl,
    contract::{Role, Staking},
};
use serde::Serialize;

use super::{
    models,
    options::{EngineKind, EngineOptions},
    run_options::RunArgs,
};
use crate::{
    account::{
        node_name,
        permit::ways_to_get,
        session::{Sent, Session},
        signer,
    },
    args::{Amount, TransactionOptions},
    command::{faucet, register, shared::unit, stake},
    context::Context,
    host::{env, secrets},
    terminal::{Error, Result, Text, quoted},
};

/// Options of `cuckoo miner setup`. What no option says is asked at a terminal, and has its default elsewhere.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Wallet that owns the miner and stakes for it; it is made where there is none [default: owner]
    #[arg(long, value_name = "WALLET")]
    owner: Option<String>,
    /// Wallet with the miner's own key, which stays on this machine; it is made where there is none [default: node]
    #[arg(long, value_name = "WALLET")]
    node: Option<String>,
    /// Name of the miner, which people see [default: the name of this machine]
    #[arg(long)]
    name: Option<String>,
    /// Introduction that people read about the miner [default: none]
    #[arg(long, value_name = "TEXT")]
    introduction: Option<String>,
    /// Own stake of the miner in CAI; it must be more than 20,000
    #[arg(long, default_value = "25000", value_name = "AMOUNT")]
    stake: Cai,
    /// URL of the faucet's service, for a wallet that has none of the chain's coin for fees
    #[arg(long, env = env::FAUCET_URL, hide_env_values = true, value_name = "URL")]
    faucet_url: Option<DisplaySafeUrl>,
    /// Write the systemd unit that keeps the miner running into this directory, such as /etc/systemd/system [default: write none]
    #[arg(long, value_name = "DIR")]
    unit_directory: Option<PathBuf>,
    // This must stay last: the heading of these options would apply to every option after them.
    #[command(flatten)]
    engine: EngineOptions,
}

/// One step, with the command that does the same.
#[derive(Debug, Serialize)]
struct Step {
    what: &'static str,
    command: String,
    /// False where it was done before.
    done_now: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<Sent>,
}

/// What the setup has come to.
#[derive(Debug, Serialize)]
struct Setup {
    owner: Address,
    node: Address,
    name: String,
    stake: Cai,
    steps: Vec<Step>,
    /// The command that starts the miner.
    run: String,
}

/// A setup on its way.
struct Guide<'a> {
    context: &'a Context,
    steps: Vec<Step>,
}

impl Guide<'_> {
    /// Says what comes, and the command that does the same.
    fn begin(&self, what: &str, command: &str) {
        let number = self.steps.len() + 1;
        self.context.printer.say(format_args!("Step {number}: {what}\n  $ {command}"));
    }

    /// Notes a step that was taken.
    fn done(&mut self, what: &'static str, command: String, transaction: Option<Sent>) {
        self.steps.push(Step { what, command, done_now: true, transaction });
    }

    /// Notes a step that was taken before.
    fn skip(&mut self, what: &'static str, command: String) {
        let number = self.steps.len() + 1;
        self.context.printer.say(format_args!("Step {number}: {what}: done before"));
        self.steps.push(Step { what, command, done_now: false, transaction: None });
    }

    /// What an option says, or a person answers, or the default.
    fn choose(&self, given: Option<String>, question: &str, default: &str) -> Result<String> {
        if let Some(given) = given {
            return Ok(given);
        }
        let globals = &self.context.globals;
        if globals.no_input || globals.yes || !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Ok(default.to_owned());
        }
        let answer = self.context.printer.ask(&format!("{question} [{default}]:"))?;
        Ok(if answer.is_empty() { default.to_owned() } else { answer })
    }

    /// The address of a wallet, which is made where there is none.
    fn wallet(&mut self, what: &'static str, name: &str) -> Result<Address> {
        let options = &self.context.globals.wallet;
        let keystores = signer::keystores(options);
        let command = format!("cuckoo wallet new {}", quoted(name));
        keystores.check_new(name)?;
        if keystores.path(name)?.exists() {
            let address = keystores.find(name)?.address;
            self.skip(what, command);
            return address.ok_or_else(|| {
                Error::auth(format_args!("the file of the wallet `{name}` does not hold its address"))
                    .hint("name another wallet, or import this one under another name: cuckoo wallet import NAME")
            });
        }
        self.begin(what, &command);
        let password = secrets::new_password(options.password_file.as_deref(), self.context.globals.no_input)?;
        let wallet = keystores.create(name, &password)?;
        self.context.printer.ok(format_args!("the wallet `{name}` was written to {}", wallet.path.display()));
        self.done(what, command, None);
        wallet.address.ok_or_else(|| Error::failure("a new wallet has no address"))
    }

    /// Sees to it that the owner has this much free stake: by the faucet, where the wallet has too little, and a deposit.
    async fn fund(&mut self, session: &Session, owner_name: &str, stake: Cai, args: &Args) -> Result<()> {
        let (client, owner) = (session.client(), session.address()?);
        let account = quoted(owner_name);
        let free = client.read(client.network().staking, &Staking::freeStakeOfCall { staker: owner }).await?;
        let missing = stake.checked_sub(Cai::from_base_units(free)).unwrap_or_default();
        let (request, deposit) = ("get CAI, and coin for fees", "deposit the stake");
        let url = args.faucet_url.as_ref().map_or_else(String::new, |url| format!(" --faucet-url {url}"));
        let faucet_command = format!("cuckoo faucet request --account {account}{url}");
        let deposit_command = format!("cuckoo stake deposit {} --account {account}", missing.plain());
        if missing.is_zero() {
            self.skip(request, faucet_command);
            self.skip(deposit, deposit_command);
            return Ok(());
        }
        let lacks =
            async || -> Result<Cai> { Ok(missing.checked_sub(client.cai_balance(owner).await?).unwrap_or_default()) };
        let needs_coin = client.native_balance(owner).await?.is_zero();
        if lacks().await?.is_zero() && !needs_coin {
            self.skip(request, faucet_command);
        } else if client.network().faucet.is_some() {
            self.begin(request, &faucet_command);
            let context = as_owner(self.context, owner_name);
            let (options, service) = (TransactionOptions::default(), args.faucet_url.as_ref());
            let given = faucet::request_somehow(owner, service, None, &options, &context).await?;
            self.context.printer.ok(format_args!("{} for {owner}", given.amount));
            self.done(request, faucet_command, Some(given.transaction));
        }
        let lacking = lacks().await?;
        if !lacking.is_zero() {
            let refused = Error::precondition(format_args!("{owner} lacks {lacking} for the stake of {stake}"));
            let refused = ways_to_get(client, owner, lacking).into_iter().fold(refused, Error::hint);
            return Err(refused.hint("then run the setup again: it goes on from here"));
        }
        self.begin(deposit, &deposit_command);
        let moved = stake::deposit(session, Amount::Exact(missing), None, None).await?;
        self.context.printer.ok(format_args!("{missing} was added to the free stake"));
        self.done(deposit, deposit_command, Some(moved.transaction));
        Ok(())
    }

    /// Fetches the model that the options name, or one that suits this machine. Returns the options that run it.
    async fn model(&mut self, engine: &EngineOptions) -> Result<Vec<String>> {
        if engine.engine != EngineKind::Mistral {
            // Any other engine has its models already.
            let kind = clap::ValueEnum::to_possible_value(&engine.engine).map(|kind| kind.get_name().to_owned());
            let url = engine.engine_url.iter().flat_map(|url| ["--engine-url".to_owned(), url.to_string()]);
            return Ok(["--engine".to_owned(), kind.unwrap_or_default()].into_iter().chain(url).collect());
        }
        let best = models::best_suggestion();
        let named = match engine.model.as_slice() {
            [] => vec![self.choose(
                None,
                "Model to serve: a name of `cuckoo miner models suggest`, or ORGANISATION/NAME",
                best,
            )?],
            named => named.to_vec(),
        };
        let mut options = vec![];
        for source in named {
            let what = "fetch the model";
            let command = format!("cuckoo miner models add {}", quoted(&source));
            let stored = match models::stored(&source)? {
                Some(name) => {
                    self.skip(what, command);
                    name
                }
                None => {
                    self.begin(what, &command);
                    let record = models::store_model(&source, None, models::usual_hub()?, None, self.context).await?;
                    self.done(what, command, None);
                    record.name
                }
            };
            options.extend(["--model".to_owned(), stored]);
        }
        Ok(options)
    }
}

/// Runs it.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let mut guide = Guide { context, steps: vec![] };
    let owner_name = guide.choose(args.owner.clone(), "Wallet that owns the miner and stakes for it", "owner")?;
    let node_name = guide.choose(args.node.clone(), "Wallet with the miner's own key", "node")?;
    let name = guide.choose(args.name.clone(), "Name of the miner, which people see", &machine_name())?;
    node_name::check(&name)?;
    // Whatever cannot be is refused before anything is made.
    register::check_stake(Role::Miner, args.stake)?;
    if args.engine.engine != EngineKind::Mistral {
        args.engine.specs()?;
    }
    context.client().await?;
    let owner = guide.wallet("make the owner's wallet", &owner_name)?;
    let node = guide.wallet("make the miner's wallet", &node_name)?;
    let owner_context = as_owner(context, &owner_name);
    let session = owner_context.session(&TransactionOptions::default()).await?;
    let what = "register the miner";
    let mut command = format!(
        "cuckoo register miner --account {} --node-account {} --name {} --stake {}",
        quoted(&owner_name),
        quoted(&node_name),
        quoted(&name),
        args.stake.plain()
    );
    if let Some(introduction) = &args.introduction {
        command = format!("{command} --introduction {}", quoted(introduction));
    }
    if register::is_registered(session.client(), node).await? {
        guide.skip(what, command);
    } else {
        guide.fund(&session, &owner_name, args.stake, &args).await?;
        guide.begin(what, &command);
        let keystores = signer::keystores(&context.globals.wallet);
        let (password, no_input) = (context.globals.wallet.password_file.as_deref(), context.globals.no_input);
        let key = signer::unlock_account(&keystores, &node_name, password, session.client().network(), no_input)?;
        let introduction = args.introduction.clone().unwrap_or_default();
        let registration = register::Registration {
            node: key,
            role: Role::Miner,
            name: name.clone(),
            introduction,
            endpoint: String::new(),
            stake: args.stake,
        };
        let registered = register::register(&session, &registration).await?;
        context.printer.ok(format_args!("the miner {node} is registered; its weight counts from the next epoch on"));
        guide.done(what, command, Some(registered.transaction));
    }
    let mut engine = guide.model(&args.engine).await?;
    engine.extend(others(&args.engine));
    let options: Vec<_> = engine.iter().map(|option| quoted(option)).collect();
    let run = format!("cuckoo miner run --account {} {}", quoted(&node_name), options.join(" "));
    if let Some(directory) = &args.unit_directory {
        let what = "install the systemd unit";
        let command = format!("cuckoo miner service install -- {}", options.join(" "));
        guide.begin(what, &command);
        // The unit gets key and password as credentials of systemd; options would come before them.
        let mut node_context = as_owner(context, &node_name);
        let wallet = &mut node_context.globals.wallet;
        (wallet.account, wallet.password_file) = (None, None);
        let text = unit::MINER.text_with::<RunArgs>(engine, &node_context)?;
        unit::MINER.write(directory, &text, &context.printer)?;
        guide.done(what, command, None);
    }
    context.printer.hint(format_args!("check that all is ready: {}", run.replacen(" run ", " check ", 1)));
    context.printer.hint(format_args!("start it: {run}"));
    let setup = Setup { owner, node, name, stake: args.stake, steps: guide.steps, run };
    context.printer.result(&setup, || Text::Value(setup.node.to_string()))
}

/// The options of an engine beside its kind, its URL and the models' files, as they are typed.
fn others(engine: &EngineOptions) -> Vec<String> {
    let texts = [
        ("--model-name", &engine.model_name),
        ("--embedding-model", &engine.embedding_model),
        ("--image-model", &engine.image_model),
    ];
    let texts = texts.into_iter().flat_map(|(option, values)| values.iter().map(move |value| (option, value.clone())));
    let numbers = [
        ("--slots", engine.slots),
        ("--scripted-tokens", engine.scripted_tokens),
        ("--scripted-rate", engine.scripted_rate),
    ];
    let numbers = numbers.into_iter().filter_map(|(option, value)| Some((option, value?.to_string())));
    let quantise = engine.quantise.as_ref().and_then(clap::ValueEnum::to_possible_value);
    let quantise = quantise.map(|kind| ("--quantise", kind.get_name().to_owned()));
    texts.chain(numbers).chain(quantise).flat_map(|(option, value)| [option.to_owned(), value]).collect()
}

/// The same command line with another wallet.
fn as_owner(context: &Context, wallet: &str) -> Context {
    let mut context = context.clone();
    let options = &mut context.globals.wallet;
    options.account = Some(wallet.to_owned());
    // Each of these would come before the account.
    (options.keystore, options.private_key_file, options.ledger) = (None, None, false);
    context
}

/// What this machine is called, as far as it is a name that people can type.
fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    match node_name::check(name) {
        Ok(()) if !name.contains(' ') => name.to_owned(),
        _ => "gpu-box".to_owned(),
    }
}
