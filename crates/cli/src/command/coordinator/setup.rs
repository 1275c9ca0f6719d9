//! `cuckoo coordinator setup`: from nothing to a registered coordinator with prices, an escrow and a unit, step by step. Each step
//! shows the command that does the same, and is left out where it is done already, so that the setup can be run again after anything
//! that went wrong.

use std::path::{Path, PathBuf};

use cuckoo_protocol::{
    Address, Cai, U256,
    chain::{Client, DEVELOPMENT_CHAIN_ID, DisplaySafeUrl},
    contract::{Role, Settlement},
};
use serde::Serialize;

use super::options::RunArgs;
use crate::{
    account::session::Session,
    args::Amount,
    command::{
        escrow, register,
        shared::{
            guide::{Guide, Registered, Step, UnitArgs, machine_name, missing_stake, read_cai},
            unit,
        },
    },
    context::Context,
    host::{clock, env, files},
    node::coordinator::{
        api_keys::{Allowance, KeyFile, generate},
        prices,
    },
    terminal::{Error, Result, Text, quoted},
};

/// A coordinator's own stake where nobody says another one, in CAI.
const USUAL_STAKE: &str = "2500000";
/// The escrow of a coordinator whose answers cost something, where nobody says another one, in CAI.
const USUAL_ESCROW: &str = "10000";
/// Where miners on this machine reach a coordinator that listens as usual.
const LOCAL_ENDPOINT: &str = "ws://127.0.0.1:8781/link";
/// The answer to a question that means nothing at all.
const NONE: &str = "none";

/// Options of `cuckoo coordinator setup`. What no option says is asked at a terminal, and has its default elsewhere.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Wallet that owns the coordinator and stakes for it; it is made where there is none [default: owner]
    #[arg(long, value_name = "WALLET")]
    owner: Option<String>,
    /// Wallet with the coordinator's own key, which stays on this machine; it is made where there is none [default: node]
    #[arg(long, value_name = "WALLET")]
    node: Option<String>,
    /// Name of the coordinator, which people see [default: the name of this machine]
    #[arg(long)]
    name: Option<String>,
    /// Introduction that people read about the coordinator [default: none]
    #[arg(long, value_name = "TEXT")]
    introduction: Option<String>,
    /// URL at which miners reach the coordinator, such as wss://HOST/link [default: on the local chain, this machine]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Own stake of the coordinator in CAI; it must be more than 2,000,000 [default: 2500000]
    #[arg(long, value_name = "AMOUNT")]
    stake: Option<Cai>,
    /// Escrow in CAI that miners are paid from; what it has less than this is deposited [default: 10000, or 0 where everything is
    /// free]
    #[arg(long, value_name = "AMOUNT")]
    escrow: Option<Cai>,
    /// TOML file with the prices; it is made where there is none [default: everything is free]
    #[arg(long, value_name = "PATH")]
    prices: Option<PathBuf>,
    /// Price of 1,000 prompt tokens in CAI, for a file of prices that is made
    #[arg(long, default_value = "0.1", value_name = "AMOUNT")]
    prompt_price: Cai,
    /// Price of 1,000 generated tokens in CAI, for a file of prices that is made
    #[arg(long, default_value = "0.4", value_name = "AMOUNT")]
    completion_price: Cai,
    /// Name of a first API key, which is made and shown once [default: none, so that everyone who reaches the API may use it]
    #[arg(long, value_name = "NAME")]
    api_key: Option<String>,
    /// Directory for the coordinator's journal and keys [default: `coordinator` in the data directory; that of the unit with
    /// --unit-directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// URL of the faucet's service, for a wallet that has none of the chain's coin for fees
    #[arg(long, env = env::FAUCET_URL, hide_env_values = true, value_name = "URL")]
    faucet_url: Option<DisplaySafeUrl>,
    /// The unit that is installed.
    #[command(flatten)]
    unit: UnitArgs,
    /// Further options for `coordinator run`, such as --auditor
    #[arg(last = true, value_name = "OPTION")]
    options: Vec<String>,
}

/// What the setup has come to.
#[derive(Debug, Serialize)]
struct Setup {
    owner: Address,
    node: Address,
    name: String,
    endpoint: String,
    stake: Cai,
    escrow: Cai,
    steps: Vec<Step>,
    /// The API key that was made, which is stored nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    /// The command that starts the coordinator.
    run: String,
}

/// What was chosen before anything is made.
struct Plan {
    owner: String,
    wallet: String,
    name: String,
    endpoint: String,
    stake: Cai,
    prices: Option<PathBuf>,
    escrow: Cai,
    api_key: Option<String>,
    /// Further options of `coordinator run`.
    options: Vec<String>,
}

impl Plan {
    fn choose(guide: &Guide<'_>, args: &Args, is_local: bool) -> Result<Self> {
        let owner = guide.choose_wallet(
            args.owner.as_deref(),
            "Wallet that owns the coordinator and stakes for it",
            "owner",
        )?;
        let wallet = guide.choose_wallet(args.node.as_deref(), "Wallet with the coordinator's own key", "node")?;
        let usual = machine_name("shop");
        let name = guide.choose_name(args.name.as_deref(), "Name of the coordinator, which people see", &usual)?;
        let question = "URL at which miners reach it, such as wss://HOST/link";
        let endpoint =
            guide.choose(args.endpoint.as_deref(), question, if is_local { LOCAL_ENDPOINT } else { "" }, |text| {
                register::check_endpoint(text).map(|()| text.to_owned())
            })?;
        let stake = guide.choose_stake(args.stake, Role::Coordinator, USUAL_STAKE)?;
        let question = "File with prices in CAI, which is made where there is none; or none, and everything is free";
        let prices = match &args.prices {
            Some(path) => Some(path.clone()),
            None => some(guide.choose(None, question, NONE, |text| Ok(text.to_owned()))?).map(PathBuf::from),
        };
        let is_free = match prices.as_deref() {
            None => true,
            Some(path) if path.exists() => prices::read(path)?.are_free(),
            Some(_) => args.prompt_price.is_zero() && args.completion_price.is_zero(),
        };
        let escrow = match (args.escrow, is_free) {
            (Some(escrow), _) => escrow,
            (None, true) => Cai::ZERO,
            (None, false) => guide.choose(None, "Escrow in CAI that miners are paid from", USUAL_ESCROW, read_cai)?,
        };
        let question = "Name of a first API key; or none, and everyone who reaches the API may use it";
        let api_key = match &args.api_key {
            Some(name) => Some(name.clone()),
            None => some(guide.choose(None, question, NONE, |text| Ok(text.to_owned()))?),
        };
        let mut options = vec![];
        // A unit runs in another directory.
        for (option, path) in [("--prices", &prices), ("--data", &args.data)] {
            if let Some(path) = path {
                options.extend([option.to_owned(), std::path::absolute(path)?.display().to_string()]);
            }
        }
        options.extend(args.options.clone());
        unit::COORDINATOR.check::<RunArgs>(&options)?;
        Ok(Self { owner, wallet, name, endpoint, stake, prices, escrow, api_key, options })
    }
}

/// An answer, but for the one that means nothing.
fn some(answer: String) -> Option<String> {
    Some(answer).filter(|answer| answer != NONE)
}

/// Runs it.
pub(super) async fn run(mut args: Args, context: &Context) -> Result<()> {
    let mut guide = Guide::new(context);
    // Whatever cannot be is refused before anything is made.
    let client = context.client().await?;
    let plan = Plan::choose(&guide, &args, client.network().chain_id == DEVELOPMENT_CHAIN_ID)?;
    args.unit = guide.choose_unit(&args.unit)?;
    let owner = guide.wallet("make the owner's wallet", &plan.owner)?;
    let node = guide.wallet("make the coordinator's wallet", &plan.wallet)?;
    let session = guide.session(&plan.owner).await?;
    stake(&mut guide, &session, &plan, &args, node).await?;
    guide.coin(&session, &plan.owner, &plan.wallet, node).await?;
    if let Some(path) = &plan.prices {
        write_prices(&mut guide, path, &args, context)?;
    }
    let api_key = match &plan.api_key {
        Some(name) => make_api_key(&mut guide, name, &args, context)?,
        None => None,
    };
    let shown: Vec<_> = plan.options.iter().map(|option| quoted(option)).collect();
    let run = ["cuckoo coordinator run --account".to_owned(), quoted(&plan.wallet)].into_iter().chain(shown);
    let run = run.collect::<Vec<_>>().join(" ");
    let Plan { wallet, name, endpoint, stake, escrow, options, .. } = plan;
    let installed = guide.unit::<RunArgs>(unit::COORDINATOR, &args.unit, &wallet, options).await;
    installed.map_err(|error| match &api_key {
        // The next run finds it made, and cannot show it.
        Some(key) => error.hint(format_args!("the API key that was made is shown only now: {key}")),
        None => error,
    })?;
    context.printer.hint(format_args!("check that all is ready: {}", run.replacen(" run ", " check ", 1)));
    match args.unit.start {
        true => context.printer.hint("see what it does: cuckoo coordinator status"),
        false => context.printer.hint(format_args!("start it: {run}")),
    }
    let (steps, run) = (guide.steps, context.printer.complete(&run));
    let setup = Setup { owner, node, name, endpoint, stake, escrow, steps, api_key, run };
    context.printer.result(&setup, || {
        let key = setup.api_key.iter().map(|key| format!("\n{key}")).collect::<String>();
        Text::Value(format!("{}{key}", setup.node))
    })
}

/// Gets the CAI for stake and escrow, stakes, registers and prepays.
async fn stake(guide: &mut Guide<'_>, session: &Session, plan: &Plan, args: &Args, node: Address) -> Result<()> {
    let (client, role) = (session.client(), Role::Coordinator);
    let is_registered = register::is_registered_as(session, node, role).await?;
    let missing = match is_registered {
        true => Cai::ZERO,
        false => missing_stake(client, session.address()?, plan.stake).await?,
    };
    let prepaid = read_escrow(client, node).await?;
    let unpaid = plan.escrow.checked_sub(prepaid).unwrap_or_default();
    let needed = [missing, unpaid].into_iter().sum();
    if !is_registered || !unpaid.is_zero() {
        guide.fund(session, &plan.owner, needed, args.faucet_url.as_ref()).await?;
    }
    let Plan { owner, wallet, name, endpoint, stake, .. } = plan;
    let (what, introduction) = ("register the coordinator", args.introduction.as_deref().unwrap_or_default());
    let registered = Registered { what, role, wallet, name, introduction, endpoint, stake: *stake };
    if is_registered {
        guide.skip(what, &registered.command(owner));
    } else {
        guide.deposit(session, owner, missing).await?;
        guide.register(session, owner, &registered).await?;
    }
    if plan.escrow.is_zero() {
        return Ok(());
    }
    let what = "prepay the escrow that miners are paid from";
    let command = format!("cuckoo escrow deposit {node} {} --account {}", unpaid.plain(), quoted(owner));
    if unpaid.is_zero() {
        guide.skip(what, &command);
        return Ok(());
    }
    guide.begin(what, &command);
    let moved = escrow::deposit(session, node, Amount::Exact(unpaid)).await?;
    session.printer.ok(format_args!("{unpaid} was added to the escrow"));
    guide.done(what, &command, Some(moved.transaction));
    Ok(())
}

/// The escrow that does not thaw.
async fn read_escrow(client: &Client, coordinator: Address) -> Result<Cai> {
    let held = client.read(client.network().settlement, &Settlement::escrowOfCall { coordinator }).await?;
    Ok(Cai::from_base_units(U256::from(held.balance).saturating_sub(U256::from(held.thawing))))
}

/// Makes the file with the prices, where there is none.
fn write_prices(guide: &mut Guide<'_>, path: &Path, args: &Args, context: &Context) -> Result<()> {
    let amount = |cai: Cai| cai.plain().trim_end_matches("cai").to_owned();
    let (prompt, completion) = (amount(args.prompt_price), amount(args.completion_price));
    let what = "write the prices, in CAI per 1,000 tokens";
    let text = format!("[default]\nprompt = \"{prompt}\"\ncompletion = \"{completion}\"\n");
    let command = format!("printf '{}' > {}", text.replace('\n', "\\n"), quoted(&path.display().to_string()));
    if path.exists() {
        prices::read(path)?;
        guide.skip(what, &command);
        return Ok(());
    }
    guide.begin(what, &command);
    files::replace(path, text.as_bytes())?;
    // A unit has a user of its own, and prices are no secret.
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    context.printer.ok(format_args!("{} is written; a table for each model can follow", path.display()));
    guide.done(what, &command, None);
    Ok(())
}

/// Makes an API key, unless there is one of this name. Returns the key itself.
fn make_api_key(guide: &mut Guide<'_>, name: &str, args: &Args, context: &Context) -> Result<Option<String>> {
    let usual = match &args.unit.unit_directory {
        Some(_) => unit::COORDINATOR.data(),
        None => env::data_directory(),
    };
    let data = args.data.clone().unwrap_or_else(|| usual.join("coordinator"));
    let what = "make an API key";
    let at = match args.data.is_some() || args.unit.unit_directory.is_some() {
        true => format!(" --data {}", quoted(&data.display().to_string())),
        false => String::new(),
    };
    let command = format!("cuckoo coordinator keys new {}{at}", quoted(name));
    let file = KeyFile::in_directory(&data);
    let failed = |error: std::io::Error| {
        Error::config(format_args!("{}: {error}", file.path().display()))
            .hint("run this as a user who can write there, or name another directory: --data DIR")
    };
    let mut keys = file.read().map_err(failed)?;
    if keys.iter().any(|key| key.name == name && !key.revoked) {
        guide.skip(what, &command);
        return Ok(None);
    }
    guide.begin(what, &command);
    let (secret, key) = generate(name.to_owned(), Allowance::default(), clock::now());
    keys.push(key.clone());
    file.write(keys).map_err(failed)?;
    context.printer.ok(format_args!("the key {} is shown only now; every request needs a key from now on", key.id));
    guide.done(what, &command, None);
    Ok(Some(secret))
}
