//! `cuckoo miner setup`: from nothing to a registered miner, step by step. Each step shows the command that does the same, and is
//! left out where it is done already, so that the setup can be run again after anything that went wrong.

use std::path::Path;

use cuckoo_gpu::model::store::Store;
use cuckoo_protocol::{Address, Cai, chain::DisplaySafeUrl, contract::Role};
use serde::Serialize;

use super::{
    bench, models,
    options::{EngineKind, EngineOptions},
    run_options::RunArgs,
};
use crate::{
    command::{
        register,
        shared::{
            guide::{Guide, Registered, Step, UnitArgs, machine_name, missing_stake},
            unit::{DIRECTORY, MINER},
        },
    },
    context::Context,
    host::env,
    terminal::{Class, Result, Text, quoted},
};

/// A miner's own stake where nobody says another one, in CAI.
const USUAL_STAKE: &str = "25000";

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
    /// Own stake of the miner in CAI; it must be more than 20,000 [default: 25000]
    #[arg(long, value_name = "AMOUNT")]
    stake: Option<Cai>,
    /// URL of the faucet's service, for a wallet that has none of the chain's coin for fees
    #[arg(long, env = env::FAUCET_URL, hide_env_values = true, value_name = "URL")]
    faucet_url: Option<DisplaySafeUrl>,
    /// Measure the speed of the engine before anything is staked [default: only if a person at the terminal agrees]
    #[arg(long)]
    bench: bool,
    /// The unit that is installed.
    #[command(flatten)]
    unit: UnitArgs,
    // This must stay last: the heading of these options would apply to every option after them.
    #[command(flatten)]
    engine: EngineOptions,
}

/// What the setup has come to.
#[derive(Debug, Serialize)]
struct Setup {
    owner: Address,
    node: Address,
    name: String,
    stake: Cai,
    steps: Vec<Step>,
    /// What the engine's speed is, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<bench::Measured>,
    /// The command that starts the miner.
    run: String,
}

/// Runs it.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let mut guide = Guide::new(context);
    let owner_wallet =
        guide.choose_wallet(args.owner.as_deref(), "Wallet that owns the miner and stakes for it", "owner")?;
    let wallet = guide.choose_wallet(args.node.as_deref(), "Wallet with the miner's own key", "node")?;
    let usual = machine_name("gpu-box");
    let name = guide.choose_name(args.name.as_deref(), "Name of the miner, which people see", &usual)?;
    let stake = guide.choose_stake(args.stake, Role::Miner, USUAL_STAKE)?;
    let engine = choose_models(&guide, &args.engine)?;
    let measures = args.bench
        || (guide.asks() && guide.agrees("Measure how fast this machine answers, before anything is staked")?);
    let unit = guide.choose_unit(&args.unit)?;
    // Whatever cannot be is refused before anything is made.
    if engine.engine != EngineKind::Mistral {
        engine.specs()?;
    }
    context.client().await?;
    let owner = guide.wallet("make the owner's wallet", &owner_wallet)?;
    let node = guide.wallet("make the miner's wallet", &wallet)?;
    let session = guide.session(&owner_wallet).await?;
    let is_registered = register::is_registered_as(&session, node, Role::Miner).await?;
    let missing = missing_stake(session.client(), owner, stake).await?;
    if !is_registered {
        guide.fund(&session, &owner_wallet, missing, args.faucet_url.as_ref()).await?;
    }
    let engine = fetch(&mut guide, engine, unit.unit_directory.as_deref(), context).await?;
    let speed = if measures { measure(&mut guide, &engine, context).await? } else { None };
    let introduction = args.introduction.as_deref().unwrap_or_default();
    let (what, endpoint, role) = ("register the miner", "", Role::Miner);
    let registered = Registered { what, role, wallet: &wallet, name: &name, introduction, endpoint, stake };
    if is_registered {
        guide.skip(what, &registered.command(&owner_wallet));
    } else {
        guide.deposit(&session, &owner_wallet, missing).await?;
        guide.register(&session, &owner_wallet, &registered).await?;
    }
    guide.coin(&session, &owner_wallet, &wallet, node).await?;
    let options = typed(&engine);
    let shown: Vec<_> = options.iter().map(|option| quoted(option)).collect();
    let run = format!("cuckoo miner run --account {} {}", quoted(&wallet), shown.join(" "));
    guide.unit::<RunArgs>(MINER, &unit, &wallet, options).await?;
    context.printer.hint(format_args!("check that all is ready: {}", run.replacen(" run ", " check ", 1)));
    match unit.start {
        true => context.printer.hint("see what it does: cuckoo miner status"),
        false => context.printer.hint(format_args!("start it: {run}")),
    }
    let run = context.printer.complete(&run);
    let setup = Setup { owner, node, name, stake, steps: guide.steps, speed, run };
    context.printer.result(&setup, || Text::Value(setup.node.to_string()))
}

/// The engine with the models that the options name, or with one that suits this machine.
fn choose_models(guide: &Guide<'_>, engine: &EngineOptions) -> Result<EngineOptions> {
    let mut engine = engine.clone();
    // Any other engine has its models already.
    if engine.engine == EngineKind::Mistral && engine.model.is_empty() {
        let question = "Model to serve: a name of `cuckoo miner models suggest`, or ORGANISATION/NAME";
        engine.model.push(guide.choose(None, question, models::best_suggestion(), |name| Ok(name.to_owned()))?);
    }
    Ok(engine)
}

/// Fetches the models that are not there yet, to where the miner looks for them: a unit has a user of its own, and a place of its own
/// for models. Returns the engine with the models' names there.
async fn fetch(
    guide: &mut Guide<'_>,
    mut engine: EngineOptions,
    unit_directory: Option<&Path>,
    context: &Context,
) -> Result<EngineOptions> {
    if engine.engine != EngineKind::Mistral {
        return Ok(engine);
    }
    let of_unit = unit_directory.filter(|directory| *directory == Path::new(DIRECTORY));
    let (store, before) = match of_unit.map(drop) {
        Some(()) => (Store::at(MINER.models()), MINER.with_its_cache()),
        None => (models::open_store()?, String::new()),
    };
    let what = "fetch the model";
    for source in &mut engine.model {
        let command = format!("{before}cuckoo miner models add {}", quoted(source));
        *source = match models::stored(&store, source)? {
            Some(name) => {
                guide.skip(what, &command);
                name
            }
            None => {
                guide.begin(what, &command);
                let record = models::store_model(&store, source, None, models::usual_hub()?, None, context).await?;
                guide.done(what, &command, None);
                record.name
            }
        };
    }
    Ok(engine)
}

/// Measures the engine's speed, as far as it can be measured.
async fn measure(guide: &mut Guide<'_>, engine: &EngineOptions, context: &Context) -> Result<Option<bench::Measured>> {
    let what = "measure the engine's speed";
    let options: Vec<_> = typed(engine).iter().map(|option| quoted(option)).collect();
    let command = format!("cuckoo miner bench --tokens {} --rounds 1 {}", bench::BRIEF_TOKENS, options.join(" "));
    guide.begin(what, &command);
    match bench::measure(bench::Args::brief(engine.clone()), context).await {
        Ok(measured) => {
            context.printer.ok(measured.words());
            guide.done(what, &command, None);
            Ok(Some(measured))
        }
        // Several models, or one that makes no text: nothing is wrong with them.
        Err(error) if matches!(error.class(), Class::Usage | Class::Precondition) => {
            context.printer.warn(format_args!("the speed is not measured: {error}"));
            Ok(None)
        }
        Err(error) => Err(error.hint("nothing is staked yet; run the setup again once the engine works")),
    }
}

/// The options of an engine as they are typed.
fn typed(engine: &EngineOptions) -> Vec<String> {
    let kind = clap::ValueEnum::to_possible_value(&engine.engine).filter(|_| engine.engine != EngineKind::Mistral);
    let kind = kind.map(|kind| ("--engine", kind.get_name().to_owned()));
    let url = engine.engine_url.as_ref().map(|url| ("--engine-url", url.to_string()));
    let texts = [
        ("--model", &engine.model),
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
    let options = kind.into_iter().chain(url).chain(texts).chain(numbers).chain(quantise);
    options.flat_map(|(option, value)| [option.to_owned(), value]).collect()
}
