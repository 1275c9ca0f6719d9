//! One key on one network: how every command sends a transaction.

use std::{io::IsTerminal, sync::Arc, time::Duration};

use cuckoo_protocol::{
    Address, B256, Cai, U256, Untrusted,
    chain::{
        Call, Client, Confirmed, DEVELOPMENT_CHAIN_ID, Intent, Outbox, Outcome, Sender, Signer, Simulation, Terms, Turn,
    },
    contract::CAIToken,
};
use serde::Serialize;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::{
    account::signer::{self, Key},
    args::{TransactionOptions, WalletOptions},
    context::Context,
    host::env,
    terminal::{Class, Error, Printer, Result, Text},
};

/// Who has agreed to state changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    /// An option agrees, or the chain is a local one, where nothing is worth a question.
    Given,
    /// A person at a terminal can be asked.
    Ask,
    /// Nobody can be asked.
    Nobody,
}

/// One key on one network.
#[derive(Clone, Debug)]
pub struct Session {
    sender: Sender,
    /// The printer of all output.
    pub printer: Arc<Printer>,
    options: TransactionOptions,
    consent: Consent,
    /// True where a person can be asked to type a name.
    can_ask: bool,
    /// The key, while the session has its address alone.
    locked: Option<Arc<LockedKey>>,
}

/// A key that is unlocked when something has to be signed: whatever can be refused before is refused without a password.
#[derive(Debug)]
struct LockedKey {
    options: WalletOptions,
    no_input: bool,
    unlocked: OnceCell<Signer>,
}

impl LockedKey {
    async fn unlock(&self, client: &Client) -> Result<Client> {
        let open = || signer::choose_signer(&self.options, client.network(), self.no_input);
        let signer = self.unlocked.get_or_try_init(open).await?;
        if client.address().is_some_and(|address| address != signer.address()) {
            return Err(Error::auth("the key does not belong to the address in its file"));
        }
        Ok(client.with_signer(signer.clone()))
    }
}

/// A transaction in words, for the question whether to send it and for a simulation.
#[derive(Clone, Debug)]
pub struct Summary {
    title: String,
    lines: Vec<(&'static str, String)>,
}

impl Summary {
    /// Starts a summary with what the transaction does, such as `Deposit 100 CAI into your free stake`.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), lines: vec![] }
    }

    /// Adds a detail.
    #[must_use]
    pub fn line(mut self, label: &'static str, value: impl ToString) -> Self {
        self.lines.push((label, value.to_string()));
        self
    }
}

/// The outcome of a transaction that did not fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Sent {
    /// It is in a block.
    Confirmed {
        /// Its hash.
        hash: B256,
        /// The block's number.
        block: u64,
        /// The contract that it created.
        #[serde(skip_serializing_if = "Option::is_none")]
        created: Option<Address>,
    },
    /// It was sent, and the command did not wait for a block.
    #[serde(rename = "sent")]
    InFlight {
        /// Its hash.
        hash: B256,
    },
    /// It was simulated and not sent.
    Simulated {
        /// What would be sent.
        request: serde_json::Value,
        /// The text for stdout.
        #[serde(skip)]
        text: String,
    },
}

impl Sent {
    /// The text for stdout: the hash, or what would be sent.
    pub fn text(&self) -> Text {
        Self::texts([self])
    }

    /// The texts of several transactions, one a line.
    pub fn texts<'a>(several: impl IntoIterator<Item = &'a Self>) -> Text {
        let lines: Vec<_> = several
            .into_iter()
            .map(|sent| match sent {
                Self::Confirmed { hash, .. } | Self::InFlight { hash } => hash.to_string(),
                Self::Simulated { text, .. } => text.clone(),
            })
            .collect();
        Text::Value(lines.join("\n"))
    }

    /// Names the transaction in a failure that followed it, such as one to read what it has changed.
    pub fn followed_by(&self, error: impl Into<Error>) -> Error {
        let error = error.into();
        match self {
            Self::Confirmed { hash, .. } | Self::InFlight { hash } => {
                error.context(format_args!("transaction {hash} was sent, and then")).transaction(*hash)
            }
            Self::Simulated { .. } => error,
        }
    }

    /// The number of its block, if it is in one.
    pub fn block(&self) -> Option<u64> {
        match self {
            Self::Confirmed { block, .. } => Some(*block),
            Self::InFlight { .. } | Self::Simulated { .. } => None,
        }
    }
}

impl Session {
    /// Makes a session with the command line's options.
    pub fn new(context: &Context, client: Client, options: &TransactionOptions) -> Self {
        let globals = &context.globals;
        let local = client.network().chain_id == DEVELOPMENT_CHAIN_ID;
        let can_ask = !globals.json && !globals.no_input && std::io::stdin().is_terminal();
        let consent = if local || globals.yes {
            Consent::Given
        } else if can_ask {
            Consent::Ask
        } else {
            Consent::Nobody
        };
        let printer = context.printer.clone();
        let sender = Sender::new(client, outbox(), globals.timeout);
        Self { sender, printer, options: options.clone(), consent, can_ask, locked: None }
    }

    /// The same session with its key unlocked, for a permit that is signed before the transaction. What the contract would refuse of
    /// the call after an approval, which is the same without the permit, is refused before a password is asked for.
    pub async fn unlocked_for(&self, call: &Call) -> Result<Self> {
        if self.client().signer().is_none() {
            self.sender.simulate_as_approved(call).await?;
        }
        Ok(Self { sender: self.with_key(&self.sender).await?, ..self.clone() })
    }

    async fn with_key(&self, sender: &Sender) -> Result<Sender> {
        if sender.client().signer().is_some() {
            return Ok(sender.clone());
        }
        match &self.locked {
            Some(key) => Ok(sender.with_client(key.unlock(sender.client()).await?)),
            None => Err(Error::usage("--from names an address without its key, which cannot sign; nothing was sent")
                .hint("to only simulate: --dry-run or --calldata")
                .hint("to sign: --account NAME, without --from")),
        }
    }

    /// The sender of its transactions.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The connection to the chain, with the key.
    pub fn client(&self) -> &Client {
        self.sender.client()
    }

    /// The same session without output: for a step of a larger command, which reports for it.
    #[must_use]
    pub fn silent(self) -> Self {
        Self { printer: Arc::new(Printer::silent()), ..self }
    }

    /// The same session with another key.
    #[must_use]
    pub fn with_signer(&self, signer: impl Into<Signer>) -> Self {
        Self { sender: self.sender.with_client(self.client().with_signer(signer)), ..self.clone() }
    }

    /// The key's address.
    pub fn address(&self) -> Result<Address> {
        Ok(self.sender.address()?)
    }

    /// True where nothing is to be sent.
    pub fn only_simulates(&self) -> bool {
        self.options.only_simulates()
    }

    /// Follows up the transactions that earlier commands have left open with this key, before anything is read that depends on
    /// them.
    pub async fn resume(&self) -> Result<()> {
        if self.options.only_simulates() {
            return Ok(());
        }
        let open = self.sender.resume().await?;
        if !open.is_empty() {
            self.printer.say(format_args!("Transactions of this key that are in no block yet: {}", open.len()));
            self.printer.hint("list them: cuckoo tx list");
        }
        Ok(())
    }

    /// Waits for the key's turn, see [`Turn`].
    pub async fn turn(&self) -> Result<Turn> {
        Ok(self.sender.turn().await?)
    }

    /// Simulates, asks, signs, stores, sends and waits: every state change goes this way.
    pub async fn submit(&self, summary: &Summary, call: &Call) -> Result<Sent> {
        self.submit_in(None, summary, call).await
    }

    /// The same in a turn of the key, which ends once the transaction is sent.
    pub async fn submit_in(&self, turn: Option<Turn>, summary: &Summary, call: &Call) -> Result<Sent> {
        let (sender, simulation) = self.sender.simulate(call).await?;
        let simulation = self.options.adjust(simulation);
        if self.options.only_simulates() {
            return self.simulated(summary, call, Some(&simulation)).await;
        }
        self.ask(summary, &simulation)?;
        let sender = self.with_key(&sender).await?;
        let terms = Terms {
            title: summary.title.clone(),
            nonce: self.options.nonce,
            max_fee: self.options.max_fee,
            patience: sender.patience(),
        };
        // From then on the transaction may be mined, whatever happens to this process.
        let stored = |hash| self.printer.set_pending(Some(hash));
        let submitted = sender.submit(call, &simulation, &terms, stored).await;
        let intent = submitted.inspect_err(|_| self.printer.set_pending(None))?;
        drop(turn);
        let hash = intent.hash();
        if self.options.no_wait {
            self.printer.set_pending(None);
            self.printer.ok("sent; the command does not wait for a block");
            self.printer.hint(format_args!("wait for it: cuckoo tx wait {hash}"));
            return Ok(Sent::InFlight { hash });
        }
        let sent = finish(&sender, &intent).await.map_err(|error| self.with_confirmations(error))?;
        self.follow(sender.client(), &sent).await?;
        self.printer.set_pending(None);
        Ok(sent)
    }

    /// Simulates a transaction in which the called contract takes CAI, without signing a permit: an approval of the amount where the
    /// contract cannot take it yet, and the transaction itself.
    pub async fn simulate_with_approval(
        &self,
        amount: Cai,
        summary: &Summary,
        call: &Call,
    ) -> Result<(Option<Sent>, Sent)> {
        let (client, owner) = (self.client(), self.address()?);
        let (cai, spender) = (client.network().cai, call.to.unwrap_or_default());
        let allowed = client.read(cai, &CAIToken::allowanceCall { owner, spender }).await?;
        if allowed >= amount.base_units() {
            return Ok((None, self.submit(summary, call).await?));
        }
        let title = Summary::new(format!("Let the contract {spender} take {amount}")).line("from", owner);
        let approval = Call::new(cai, &CAIToken::approveCall { spender, value: amount.base_units() });
        let approval = self.submit(&title, &approval).await?;
        self.printer.say("This command signs a permit in its place where it sends the transaction itself");
        let simulation =
            self.sender.simulate_as_approved(call).await?.map(|simulation| self.options.adjust(simulation));
        Ok((Some(approval), self.simulated(summary, call, simulation.as_ref()).await?))
    }

    /// Follows a transaction of the outbox until it is over, on another endpoint than the session's if need be.
    pub async fn finish(&self, client: &Client, intent: &Intent) -> Result<Sent> {
        finish(&self.sender.with_client(client.clone()), intent).await
    }

    /// The error with a hint to wait for as many confirmations as were asked for.
    pub fn with_confirmations(&self, error: Error) -> Error {
        match self.options.confirmations {
            0 | 1 => error,
            n => error.map_hints(|hint| match hint.contains("cuckoo tx wait") {
                true => format!("{hint} --confirmations {n}"),
                false => hint,
            }),
        }
    }

    /// Waits for the blocks that have to follow, and checks that the transaction is still in its block.
    pub async fn follow(&self, client: &Client, sent: &Sent) -> Result<()> {
        let Sent::Confirmed { hash, block, .. } = *sent else { return Ok(()) };
        let n = self.options.confirmations;
        if n <= 1 {
            return Ok(());
        }
        let unconfirmed = |message: String| {
            let error = Error::new(Class::Unconfirmed, message);
            self.with_confirmations(error.hint(format_args!("wait for it: cuckoo tx wait {hash}")).transaction(hash))
        };
        let last = block + n - 1;
        let mut client = client.clone();
        let deadline = tokio::time::Instant::now() + self.sender.patience();
        let mut seen = 1;
        loop {
            match client.head().await {
                Ok(head) if head.number >= last => break,
                Ok(head) => seen = head.number.saturating_sub(block) + 1,
                // The transaction is in a block, whether or not this endpoint still answers.
                Err(error) => {
                    tracing::warn!(%error, "counting blocks failed");
                    client = Box::pin(client.another()).await.unwrap_or(client);
                }
            }
            if tokio::time::Instant::now() >= deadline {
                let timeout = humantime::format_duration(self.sender.patience());
                return Err(unconfirmed(format!("in block {block}: {seen} of {n} confirmations after {timeout}")));
            }
            tokio::time::sleep(client.poll_interval()).await;
        }
        let outcome = client.wait(hash, Duration::ZERO).await.map_err(|error| Error::from(error).transaction(hash))?;
        match settle(outcome, self.sender.patience())? {
            Sent::Confirmed { block: now, .. } if now == block => Ok(()),
            _ => Err(unconfirmed("a reorganisation of the chain removed the transaction's block".into())),
        }
    }

    /// Has a person name the node that a change without a way back is about: by option, or at a terminal. `--yes` is not
    /// enough.
    pub fn confirm_by_name(&self, what: &str, name: &str, node: Address, given: Option<&str>) -> Result<()> {
        let is_it = |text: &str| text == name || text.parse::<Address>().is_ok_and(|address| address == node);
        let shown = Untrusted::new(name);
        match given {
            _ if self.options.only_simulates() => Ok(()),
            Some(text) if is_it(text) => Ok(()),
            Some(text) => Err(Error::usage(format_args!(
                "`--confirm {}` is not the name of the node `{shown}`",
                Untrusted::new(text)
            ))),
            None if self.can_ask => {
                self.printer.say(format_args!("This {what}"));
                match is_it(&self.printer.ask(&format!("Type the name of the node, {shown}, to continue:"))?) {
                    true => Ok(()),
                    false => Err(Error::auth("that is not the node's name; nothing was sent")),
                }
            }
            None => {
                // The hint can be pasted into a shell; a name that needs more than plain quotes is replaced by the address.
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'));
                let confirmation = if plain { format!("'{name}'") } else { node.to_string() };
                Err(Error::usage(format_args!("this {what}"))
                    .hint(format_args!("confirm it with the node's name: --confirm {confirmation}")))
            }
        }
    }

    fn ask(&self, summary: &Summary, simulation: &Simulation) -> Result<()> {
        if self.consent == Consent::Given {
            return Ok(());
        }
        self.printer.say(&summary.title);
        for (label, value) in &summary.lines {
            self.printer.say(format_args!("  {label:<14} {value}"));
        }
        self.printer.say(format_args!("  {:<14} at most {}", "fee", coin(simulation.max_fee())));
        match self.consent {
            Consent::Ask if self.printer.confirm("Continue?")? => Ok(()),
            Consent::Ask => Err(Error::auth("you declined; nothing was sent")),
            _ => Err(Error::usage(
                "this changes state on a network other than the local one and needs --yes, since nobody can be asked",
            )
            .hint("agree beforehand: --yes")),
        }
    }

    /// Says what a transaction would do, and what it would cost where that is known.
    async fn simulated(&self, summary: &Summary, call: &Call, simulation: Option<&Simulation>) -> Result<Sent> {
        let network = self.client().network();
        let block = self.client().head().await?.number;
        match simulation {
            Some(_) => self.printer.say(format_args!("Simulated on {} at block {block}, not sent", network.name)),
            None => self.printer.say("Not simulated, since the endpoint cannot, and not sent"),
        }
        self.printer.say(format_args!("  {}", summary.title));
        if let Some(to) = call.to.filter(|_| self.options.calldata) {
            self.printer.say(format_args!("  {:<14} {to}", "contract"));
        }
        for (label, value) in &summary.lines {
            self.printer.say(format_args!("  {label:<14} {value}"));
        }
        if let Some(simulation) = simulation {
            self.printer.say(format_args!("  {:<14} at most {}", "fee", coin(simulation.max_fee())));
        }
        let to = call.to.map(|to| to.to_string());
        let request = json!({
            "to": to,
            "data": call.data,
            "value": call.value.to_string(),
            "gas": simulation.map(|simulation| simulation.gas),
            "chainId": network.chain_id,
        });
        let text = match (&to, self.options.calldata) {
            // As `cast send` takes them.
            (Some(to), true) => format!("{to}\t{}", call.data),
            (None, true) => call.data.to_string(),
            (_, false) => request.to_string(),
        };
        Ok(Sent::Simulated { request, text })
    }
}

/// The outbox with the transactions that were sent from this machine.
pub fn outbox() -> Outbox {
    Outbox::new(env::outbox_directory())
}

async fn finish(sender: &Sender, intent: &Intent) -> Result<Sent> {
    let outcome = sender.finish(intent).await.map_err(|error| Error::from(error).transaction(intent.hash()))?;
    settle(outcome, sender.patience())
}

/// Turns an outcome into the result of a command that waited for `timeout`.
pub fn settle(outcome: Outcome, timeout: Duration) -> Result<Sent> {
    let Confirmed { hash, block, created } = outcome.into_confirmed(timeout)?;
    Ok(Sent::Confirmed { hash, block, created })
}

/// Formats an amount of the chain's own coin, which has 18 decimals on every chain in use.
pub fn coin(wei: U256) -> String {
    let text = cuckoo_protocol::Cai::from_base_units(wei).to_string();
    format!("{} of the chain's coin", text.trim_end_matches(" CAI"))
}

impl Context {
    /// Connects to the network for the key that the options name, for sending. The key stays locked until something is signed.
    pub async fn session(&self, options: &TransactionOptions) -> Result<Session> {
        let network = self.network()?;
        let (options_of_key, no_input) = (&self.globals.wallet, self.globals.no_input);
        let client = self.connect_for(&network, options.legacy).await?;
        let key = signer::choose_address(options_of_key, &network, no_input).await?;
        let session = match key {
            Key::Unlocked(signer) => Session::new(self, client.with_signer(signer), options),
            Key::Locked(address) => {
                let key = LockedKey { options: options_of_key.clone(), no_input, unlocked: OnceCell::new() };
                Session { locked: Some(Arc::new(key)), ..Session::new(self, client.with_address(address), options) }
            }
            Key::Absent(address) => Session::new(self, client.with_address(address), options),
        };
        session.resume().await?;
        Ok(session)
    }
}
