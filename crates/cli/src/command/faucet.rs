//! `cuckoo faucet`: gets, gives and serves CAI on a test network.

pub mod client;

use std::{
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Subcommand;
use cuckoo_protocol::{
    Address, Cai, U256,
    amount::DECIMALS,
    chain::{Call, ChainError, Client, DEVELOPMENT_CHAIN_ID, DisplaySafeUrl, development_signer},
    contract::Faucet,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;
use tokio::time::interval;

use crate::{
    account::{
        address_reference::{AddressReference, named_or_own},
        session::{Sent, Session, Summary, coin, settle},
        signer,
    },
    args::TransactionOptions,
    command::faucet::client::ask,
    context::Context,
    host::{
        clock::{self, moment, time_between},
        env, files, secrets,
    },
    node::{
        faucet::{self, Config, MAX_DIFFICULTY, MAX_TOKEN, Work},
        service,
    },
    terminal::{Cell, Error, Progress, Result, Table, Text, quoted},
};

/// How often the progress of a search is shown.
const TICK: Duration = Duration::from_millis(200);

/// Get CAI for trying a test network
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Request CAI, and some of the chain's coin for fees
    Request {
        /// Address that receives the CAI, or the name of a wallet [default: the wallet in use]
        #[arg(long, value_name = "ADDRESS|WALLET")]
        to: Option<AddressReference>,
        /// URL of the faucet's service, which pays the fee for a wallet that has none of the chain's coin [default: the wallet pays, or anvil:0 on the local chain]
        #[arg(long, env = env::FAUCET_URL, hide_env_values = true, value_name = "URL")]
        faucet_url: Option<DisplaySafeUrl>,
        /// File with an access token for the faucet's service [default: solve the service's puzzle instead]
        #[arg(long, value_name = "PATH", requires = "faucet_url")]
        faucet_token_file: Option<PathBuf>,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
    /// Show what the faucet gives and holds, and whether it would serve an address
    Status {
        /// Address to check, or the name of a wallet [default: the wallet in use]
        #[arg(value_name = "ADDRESS|WALLET")]
        address: Option<AddressReference>,
    },
    /// Serve an HTTP faucet for users without coin for fees; this wallet pays the fees
    Serve(ServeArgs),
    /// Grant a larger amount; only for accounts on the faucet's list of granters
    Grant {
        /// Address that receives the CAI, or the name of a wallet
        #[arg(value_name = "ADDRESS|WALLET")]
        to: AddressReference,
        /// Amount to grant, in CAI
        amount: Cai,
        /// How the transaction is sent.
        #[command(flatten)]
        transaction: TransactionOptions,
    },
}

/// Options of `cuckoo faucet serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Address to serve requests on
    #[arg(long, default_value = "127.0.0.1:8790", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Allow --listen on an address that other machines reach, because a proxy in front of it speaks TLS
    #[arg(long)]
    behind_proxy: bool,
    /// Difficulty of the puzzle in bits; each bit doubles the work of solving it
    #[arg(long, default_value_t = 22, value_name = "BITS",
        value_parser = clap::value_parser!(u32).range(0..=MAX_DIFFICULTY as i64))]
    difficulty: u32,
    /// File with an access token, created if it does not exist: only requests with this token are served, without a puzzle
    /// [default: serve everyone who solves the puzzle]
    #[arg(long, value_name = "PATH")]
    token_file: Option<PathBuf>,
}

/// What the faucet gave.
#[derive(Clone, Debug, Serialize)]
pub struct Given {
    /// The address that received it.
    pub to: Address,
    /// The amount.
    pub amount: Cai,
    /// Decimals of the amount.
    pub decimals: usize,
    /// The transaction.
    pub transaction: Sent,
}

/// Runs `cuckoo faucet`.
pub async fn run(command: Command, context: &Context) -> Result<()> {
    // Who requests for another address is not the one who stakes.
    let next = match &command {
        Command::Request { to: None, .. } => Some("next, stake it: cuckoo stake deposit AMOUNT".to_owned()),
        Command::Request { to: Some(AddressReference::Wallet(name)), .. }
        | Command::Grant { to: AddressReference::Wallet(name), .. } => {
            Some(format!("next, stake it: cuckoo stake deposit AMOUNT --account {}", quoted(name)))
        }
        _ => None,
    };
    let given = match command {
        Command::Request { to, faucet_url, faucet_token_file, transaction } => {
            let network = context.network()?;
            let to = named_or_own(to.as_ref(), &context.globals, &network).await?;
            let token = faucet_token_file.as_deref().map(secrets::secret_file).transpose()?;
            request_somehow(to, faucet_url.as_ref(), token.as_ref(), &transaction, context).await?
        }
        Command::Grant { to, amount, transaction } => {
            let session = context.session(&transaction).await?;
            let to = to.resolve(&context.globals.wallet, session.client().network())?;
            grant(&session, to, amount).await?
        }
        Command::Status { address } => return status(address, context).await,
        Command::Serve(args) => return serve(args, context).await,
    };
    if let Some(block) = given.transaction.block() {
        context.printer.ok(format_args!("{} for {} in block {block}", given.amount, given.to));
        if let Some(next) = next {
            context.printer.hint(next);
        }
    }
    context.printer.result(&given, || given.transaction.text())
}

/// Requests the faucet's fixed amount for an address: from its service where one is named and the wallet cannot pay the fee.
pub async fn request_somehow(
    to: Address,
    service: Option<&DisplaySafeUrl>,
    token: Option<&SecretString>,
    transaction: &TransactionOptions,
    context: &Context,
) -> Result<Given> {
    let client = context.connect_for(&context.network()?, transaction.legacy).await?;
    match service {
        Some(url) if !has_coin(&client, context).await? => {
            request_from_service(&client, url, token, to, transaction, context).await
        }
        _ => request(&open_payer(client, transaction, context).await?, to).await,
    }
}

/// Whether the wallet holds coin that can pay a fee.
async fn has_coin(client: &Client, context: &Context) -> Result<bool> {
    // Without a wallet nothing can pay: the CAI is requested for somebody else's address.
    let Ok(payer) = signer::resolve_address(&context.globals.wallet, client.network(), true).await else {
        return Ok(false);
    };
    Ok(!client.native_balance(payer).await?.is_zero())
}

/// What the faucet lacks to top up coin for fees, in words; `None` where it lacks nothing. A newcomer who gets CAI alone can do
/// nothing with it, and is served again after a day only.
async fn missing_coin(client: &Client, faucet: Address) -> Result<Option<String>> {
    let tops_up = client.read(faucet, &Faucet::gasAmountCall {}).await?;
    let holds = client.native_balance(faucet).await?;
    let enough = holds >= tops_up;
    Ok((!enough).then(|| format!("the faucet {faucet} holds {} and tops up to {}", coin(holds), coin(tops_up))))
}

/// Refuses a request that would leave an address without coin for a first transaction.
async fn check_coin(client: &Client, faucet: Address, to: Address) -> Result<()> {
    let Some(missing) = missing_coin(client, faucet).await? else { return Ok(()) };
    if client.native_balance(to).await?.is_zero() {
        return Err(Error::precondition(format_args!(
            "{missing}, and {to} has none to pay fees with; nothing was requested"
        ))
        .hint(format_args!("send some coin to the faucet, which anybody can, or to {to}; then request again")));
    }
    Ok(())
}

/// Opens the session that calls the contract and pays the fee.
async fn open_payer(client: Client, transaction: &TransactionOptions, context: &Context) -> Result<Session> {
    let network = client.network();
    let signer = match development_signer(0, network.chain_id) {
        // A new wallet cannot pay the fee, so on the local chain a development account sends the request.
        Some(signer) => {
            context.printer.say("The development account anvil:0 sends the request and pays the fee");
            signer.into()
        }
        None => signer::choose_signer(&context.globals.wallet, network, context.globals.no_input).await?,
    };
    Ok(Session::new(context, client.with_signer(signer), transaction))
}

/// Has the faucet's service call the contract and pay the fee.
async fn request_from_service(
    client: &Client,
    url: &DisplaySafeUrl,
    token: Option<&SecretString>,
    to: Address,
    options: &TransactionOptions,
    context: &Context,
) -> Result<Given> {
    let faucet = faucet_address(client)?;
    let amount = Cai::from_base_units(client.read(faucet, &Faucet::dripAmountCall {}).await?);
    // Checked first, so that no puzzle is solved for a request that would be refused.
    check_turn(client, faucet, to).await?;
    check_coin(client, faucet, to).await?;
    let name = &client.network().name;
    let given = |transaction: Sent| Given { to, amount, decimals: DECIMALS, transaction };
    if options.only_simulates() {
        context.printer.say(format_args!("Not sent: {url} would be asked for {amount} for {to} on {name}"));
        let request = json!({"to": faucet, "for": to, "by": url.to_string()});
        let text = request.to_string();
        return Ok(given(Sent::Simulated { request, text }));
    }
    let progress =
        context.printer.progress(format!("Requesting {amount} for {to} from the {name} faucet's service at {url}"));
    let answer = ask(url, to, token, &progress).await?;
    if options.no_wait {
        return Ok(given(Sent::InFlight { hash: answer.transaction }));
    }
    // The service's answer is not trusted: the chain says what happened.
    context.printer.set_pending(Some(answer.transaction));
    let timeout = context.globals.timeout;
    let outcome = client.wait(answer.transaction, timeout).await;
    context.printer.set_pending(None);
    drop(progress);
    Ok(given(settle(outcome?, timeout)?))
}

async fn serve(args: ServeArgs, context: &Context) -> Result<()> {
    service::check_listen("--listen", args.listen, args.behind_proxy)?;
    let token = args.token_file.as_deref().map(load_or_make_token).transpose()?;
    let session = context.session(&TransactionOptions::default()).await?;
    let client = session.client();
    let faucet = faucet_address(client)?;
    let drip = Cai::from_base_units(client.read(faucet, &Faucet::dripAmountCall {}).await?);
    let payer = session.address()?;
    if client.native_balance(payer).await?.is_zero() {
        return Err(Error::precondition(format_args!("{payer} would pay every fee, and has none of the chain's coin"))
            .hint(format_args!("send some of it to {payer}")));
    }
    if let Some(missing) = missing_coin(client, faucet).await? {
        context
            .printer
            .warn(format_args!("{missing}: newcomers without coin are refused until somebody sends it some"));
    }
    let config = Config { listen: args.listen, difficulty: args.difficulty, token, faucet, drip };
    let printer = context.printer.clone();
    let sender = session.sender().clone();
    service::run(false, async |stop, _| {
        let faucet = faucet::Faucet::bind(sender, config)
            .await
            .map_err(|error| Error::unavailable(error).hint("choose a free address: --listen ADDRESS"))?;
        let url = format!("http://{}", faucet.address());
        printer.say(format_args!("To request CAI from here: cuckoo faucet request --faucet-url {url}"));
        match printer.is_json() {
            true => printer.line(&json!({"event": "listening", "ts": moment(clock::now_seconds()), "url": url}))?,
            false => printer.line(&url)?,
        }
        faucet.serve(stop).await;
        Ok(())
    })
    .await
}

/// Reads the token in a file; creates the file with a new one where it does not exist.
fn load_or_make_token(path: &Path) -> Result<SecretString> {
    if !path.exists() {
        let token = alloy::hex::encode(rand::random::<[u8; 24]>());
        files::write_private(path, format!("{token}\n").as_bytes())
            .map_err(|error| Error::config(format_args!("cannot write {}: {error}", path.display())))?;
    }
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Error::config(format_args!("others can read the token in {}", path.display()))
            .hint(format_args!("make it private: chmod 600 {}", path.display())));
    }
    let token = secrets::secret_file(path)?;
    match token.expose_secret().len() {
        16..=MAX_TOKEN => Ok(token),
        length => Err(Error::config(format_args!(
            "the token in {} has {length} characters and must have 16 to {MAX_TOKEN}",
            path.display()
        ))),
    }
}

#[derive(Serialize)]
struct Status {
    faucet: Address,
    /// CAI that one request gets.
    drip: Cai,
    /// A request tops up the address's coin for fees to this amount, in wei.
    gas: String,
    cooldown_seconds: u64,
    daily_cap: Cai,
    grant_daily_cap: Cai,
    /// Zero bits that the hash of a request's work has to begin with.
    work_bits: u8,
    /// CAI that the faucet holds.
    holds: Cai,
    /// Coin that the faucet holds, in wei.
    holds_gas: String,
    address: Address,
    /// When the address can request again (RFC 3339); `None` where it does not have to wait.
    next_request_at: Option<String>,
    /// Whether a request for the address would be served now; where requests cost work, the daily cap may still refuse it.
    serves: bool,
    /// Why a request would be refused.
    reason: Option<String>,
    decimals: usize,
}

async fn status(address: Option<AddressReference>, context: &Context) -> Result<()> {
    let client = context.client().await?;
    let faucet = faucet_address(&client)?;
    let network = client.network();
    // Without a wallet, a random address is checked, so that only the cap and the funds can refuse it.
    let address = match address {
        Some(named) => Some(named.resolve(&context.globals.wallet, network)?),
        None => signer::resolve_address(&context.globals.wallet, network, context.globals.no_input).await.ok(),
    };
    let address = address.unwrap_or_else(|| rand::random::<[u8; 20]>().into());
    let amount = Cai::from_base_units;
    let next = client.read(faucet, &Faucet::nextRequestAtCall { to: address }).await?;
    let waits = next > U256::from(client.head().await?.timestamp);
    let drip = amount(client.read(faucet, &Faucet::dripAmountCall {}).await?);
    let work_bits = client.read(faucet, &Faucet::workBitsCall {}).await?;
    let holds = client.cai_balance(faucet).await?;
    let reason = if waits {
        Some(format!("the faucet serves this address again from {}", moment(next.saturating_to())))
    } else if holds < drip {
        Some(format!("the faucet holds {holds} and would need {drip}"))
    } else {
        refusal(&client, faucet, address, work_bits).await?
    };
    let gas = client.read(faucet, &Faucet::gasAmountCall {}).await?;
    let holds_gas = client.native_balance(faucet).await?;
    if let Some(missing) = missing_coin(&client, faucet).await? {
        context
            .printer
            .warn(format_args!("{missing}: newcomers without coin are refused until somebody sends it some"));
    }
    let status = Status {
        faucet,
        drip,
        gas: gas.to_string(),
        cooldown_seconds: client.read(faucet, &Faucet::cooldownCall {}).await?,
        daily_cap: amount(client.read(faucet, &Faucet::dailyCapCall {}).await?),
        grant_daily_cap: amount(client.read(faucet, &Faucet::grantDailyCapCall {}).await?),
        work_bits,
        holds,
        holds_gas: holds_gas.to_string(),
        address,
        next_request_at: waits.then(|| moment(next.saturating_to())),
        serves: reason.is_none(),
        reason,
        decimals: DECIMALS,
    };
    context.printer.result(&status, || {
        let cooldown = Duration::from_secs(status.cooldown_seconds);
        let serves = status.reason.clone().unwrap_or_else(|| "yes".into());
        Text::Table(
            Table::new(["", ""])
                .with([Cell::text("faucet"), Cell::text(faucet)])
                .with([Cell::text("CAI per request"), Cell::amount(status.drip)])
                .with([Cell::text("tops up coin to"), Cell::both(coin(gas), gas)])
                .with([
                    Cell::text("wait between requests"),
                    Cell::both(humantime::format_duration(cooldown), cooldown.as_secs()),
                ])
                .with([Cell::text("daily cap of requests"), Cell::amount(status.daily_cap)])
                .with([Cell::text("daily cap of grants"), Cell::amount(status.grant_daily_cap)])
                .with([
                    Cell::text("work of a request"),
                    Cell::both(format_args!("{} bits", status.work_bits), status.work_bits),
                ])
                .with([Cell::text("holds CAI"), Cell::amount(status.holds)])
                .with([Cell::text("holds coin"), Cell::both(coin(holds_gas), holds_gas)])
                .with([Cell::text("serves this address"), Cell::text(serves)]),
        )
    })
}

/// Why the contract would refuse a request. Where requests cost work it is not asked, because it looks at the work first.
async fn refusal(client: &Client, faucet: Address, to: Address, work_bits: u8) -> Result<Option<String>> {
    if work_bits != 0 {
        return Ok(None);
    }
    match client.read(faucet, &Faucet::requestCall { to, nonce: U256::ZERO }).await {
        Ok(_) => Ok(None),
        Err(ChainError::Reverts(revert)) => Ok(Some(revert.words)),
        Err(error) => Err(error.into()),
    }
}

fn faucet_address(client: &Client) -> Result<Address> {
    let network = client.network();
    network.faucet.ok_or_else(|| {
        Error::precondition(format_args!("the network `{}` has no faucet", network.name))
            .hint("only test networks have a faucet; choose one: --network NAME")
    })
}

async fn check_turn(client: &Client, faucet: Address, to: Address) -> Result<()> {
    let available_at = client.read(faucet, &Faucet::nextRequestAtCall { to }).await?;
    let now = client.head().await?.timestamp;
    if available_at <= U256::from(now) {
        return Ok(());
    }
    let wait = time_between(now, available_at);
    Err(Error::precondition(format_args!("the faucet has already served {to}; it can request again in {wait}")))
}

/// Does the work that the contract asks for a request.
async fn solve(client: &Client, faucet: Address, to: Address, progress: &Progress) -> Result<U256> {
    let work = Work::read(client, faucet, to).await?;
    let (search, found) = work.search();
    tokio::pin!(found);
    let mut tick = interval(TICK);
    loop {
        tokio::select! {
            found = found.as_mut() => {
                return found.ok_or_else(|| Error::failure("the puzzle of the faucet's contract was not solved"));
            }
            _ = tick.tick() => progress.set(format!(
                "Solving the puzzle of the faucet's contract: {} attempts of about {}",
                search.attempts(),
                work.expected()
            )),
        }
    }
}

/// Requests the faucet's fixed amount for an address.
pub async fn request(session: &Session, to: Address) -> Result<Given> {
    let client = session.client();
    let faucet = faucet_address(client)?;
    check_turn(client, faucet, to).await?;
    check_coin(client, faucet, to).await?;
    let amount = Cai::from_base_units(client.read(faucet, &Faucet::dripAmountCall {}).await?);
    let name = &client.network().name;
    let progress = session.printer.progress(format!("Requesting {amount} from the {name} faucet for {to}"));
    let nonce = solve(client, faucet, to, &progress).await?;
    let summary = Summary::new(format!("Request {amount} from the faucet")).line("to", to);
    let transaction = session.submit(&summary, &Call::new(faucet, &Faucet::requestCall { to, nonce })).await?;
    drop(progress);
    Ok(Given { to, amount, decimals: DECIMALS, transaction })
}

/// Grants a larger amount; the session's account must be on the faucet's list of granters.
pub async fn grant(session: &Session, to: Address, amount: Cai) -> Result<Given> {
    let client = session.client();
    let faucet = faucet_address(client)?;
    let granter = session.address()?;
    if !client.read(faucet, &Faucet::isGranterCall { granter }).await? {
        let refused = Error::precondition(format_args!("{granter} is not on the faucet's list of granters"));
        return Err(match client.network().chain_id {
            DEVELOPMENT_CHAIN_ID => refused.hint("on the local chain, anvil:0 is on the list: --account anvil:0"),
            _ => refused.hint("to request the usual amount, which everyone can: cuckoo faucet request").hint(
                format_args!(
                    "the network's administrator adds granters: setGranter({granter}, true) of the faucet {faucet}"
                ),
            ),
        });
    }
    let summary = Summary::new(format!("Grant {amount} from the faucet")).line("to", to);
    let call = Call::new(faucet, &Faucet::grantCall { to, amount: amount.base_units() });
    let transaction = session.submit(&summary, &call).await?;
    Ok(Given { to, amount, decimals: DECIMALS, transaction })
}
