//! A connection to one network: an endpoint that was checked, typed reads, and perhaps a key.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::{Filter, Log},
    sol_types::SolCall,
};
use futures::{
    future::{join_all, try_join_all},
    join,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Cause, ChainError, DisplaySafeUrl, Header, Network, Setup, Signer,
    index::kept::{Glance, Index},
    rpc::Rpc,
};
use crate::{
    Cai,
    contract::{CAIToken, DisputeCourt, EmissionController, Faucet, Settlement, Staking},
    message::Domain,
};

/// A connection to one network. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    signer: Option<Signer>,
    /// The address that it acts for while it has no key.
    acting_for: Option<Address>,
}

struct Inner {
    network: Network,
    rpc: Rpc,
    setup: Setup,
    index: Arc<Index>,
    /// What the check of the endpoint has found along the way, for the first look.
    glance: Mutex<Option<Glance>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("network", &self.inner.network.name)
            .field("url", self.url())
            .field("address", &self.address())
            .finish()
    }
}

impl Client {
    /// Connects for deploying: checks the chain id only, since the contracts do not exist yet.
    pub async fn connect_before_deployment(network: &Network) -> Result<Self, ChainError> {
        let url = network.rpc_urls.first().ok_or(ChainError::NoEndpoint)?;
        let index = Arc::new(Index::open(None, network));
        let client = Self::unchecked(network, url, &Setup::default(), &index)?;
        client.check_chain_id().await?;
        Ok(client)
    }

    pub(super) fn unchecked(
        network: &Network,
        url: &DisplaySafeUrl,
        setup: &Setup,
        index: &Arc<Index>,
    ) -> Result<Self, ChainError> {
        let rpc = Rpc::new(url.clone(), setup.watcher.clone())?;
        let (network, setup, index) = (network.clone(), setup.clone(), index.clone());
        Ok(Self {
            inner: Arc::new(Inner { network, rpc, setup, index, glance: Mutex::default() }),
            signer: None,
            acting_for: None,
        })
    }

    /// The same connection with a key.
    #[must_use]
    pub fn with_signer(&self, signer: impl Into<Signer>) -> Self {
        Self { inner: self.inner.clone(), signer: Some(signer.into()), acting_for: None }
    }

    /// The same connection for an address without its key: it simulates and signs nothing.
    #[must_use]
    pub fn with_address(&self, address: Address) -> Self {
        Self { inner: self.inner.clone(), signer: None, acting_for: Some(address) }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.inner.network
    }

    /// The endpoint in use.
    pub fn url(&self) -> &DisplaySafeUrl {
        self.inner.rpc.url()
    }

    /// The key, if there is one.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// The address that it acts for: the key's, or one without a key.
    pub fn address(&self) -> Option<Address> {
        self.signer.as_ref().map(Signer::address).or(self.acting_for)
    }

    /// What the signatures of nodes are bound to, see [`Network::domain`].
    pub fn domain(&self) -> Domain {
        self.network().domain()
    }

    /// How long to wait between two looks at the chain.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_millis((self.network().block_time_ms / 2).clamp(100, 2_000))
    }

    /// Checks the chain id, and that the contracts are the described ones: once, since a chain that has the block at which they were
    /// found has them as well.
    pub(super) async fn check(&self) -> Result<(), ChainError> {
        let index = self.index();
        let (glance, jurors) = match index.knows_contracts() {
            true => {
                let (id, glance) = join!(self.check_chain_id(), self.glance());
                id?;
                let jurors = match index.is_checked(&glance) {
                    true => None,
                    false => Some(self.check_contracts().await?),
                };
                (glance, jurors)
            }
            false => {
                let (id, jurors, glance) = join!(self.check_chain_id(), self.check_contracts(), self.glance());
                id?;
                (glance, Some(jurors?))
            }
        };
        let glance = match jurors {
            Some(jurors) => index.set_checked(glance, jurors),
            None => glance,
        };
        self.set_glance(Some(glance));
        Ok(())
    }

    /// Checks that the contracts exist and refer to each other as described; returns the registry of jurors that the court names.
    async fn check_contracts(&self) -> Result<Option<Address>, ChainError> {
        let network = self.network();
        let optional = [
            ("faucet", network.faucet),
            ("court", network.court),
            ("randomness", network.randomness),
            ("emission", network.emission),
            ("authority", network.authority),
        ];
        let optional = optional.into_iter().filter_map(|(contract, address)| Some((contract, address?)));
        let contracts = [("staking", network.staking), ("CAI", network.cai), ("settlement", network.settlement)];
        let contracts = contracts.into_iter().chain(optional);
        let codes = join_all(contracts.map(|(contract, address)| self.check_code(contract, address)));
        let staking = network.staking;
        let token = self.check_property("staking", staking, "the token", network.cai, &Staking::caiCall {});
        let epoch = network.epoch_seconds;
        let epochs =
            self.check_property("staking", staking, "epochs of seconds:", epoch, &Staking::epochSecondsCall {});
        let authority = async {
            let Some(authority) = network.authority else { return Ok(()) };
            self.check_property("staking", staking, "the authority", authority, &Staking::authorityCall {}).await
        };
        let of_faucet = async {
            let Some(faucet) = network.faucet else { return Ok(()) };
            self.check_property("faucet", faucet, "the token", network.cai, &Faucet::caiCall {}).await
        };
        let of_settlement = async {
            let call = Settlement::stakingCall {};
            self.check_property("settlement", network.settlement, "the stake of", staking, &call).await
        };
        let of_emission = async {
            let Some(emission) = network.emission else { return Ok(()) };
            self.check_property("emission", emission, "the stake of", staking, &EmissionController::stakingCall {})
                .await
        };
        // They are asked for in one batch. One wrong address makes several of them fail: the first in this order is what is said.
        let of_court = Box::pin(self.check_court());
        let checks = join!(codes, token, epochs, authority, of_faucet, of_settlement, of_court, of_emission);
        let (codes, token, epochs, authority, of_faucet, of_settlement, of_court, of_emission) = checks;
        codes.into_iter().collect::<Result<(), _>>()?;
        token.and(epochs).and(authority).and(of_faucet).and(of_settlement)?;
        of_emission.and(of_court)
    }

    /// Checks what the court refers to; returns its registry of jurors.
    async fn check_court(&self) -> Result<Option<Address>, ChainError> {
        let network = self.network();
        let Some(court) = network.court else { return Ok(None) };
        let stake = self.check_property("court", court, "the stake of", network.staking, &DisputeCourt::stakingCall {});
        let receipts = &DisputeCourt::settlementCall {};
        let receipts = self.check_property("court", court, "the receipts of", network.settlement, receipts);
        let randomness = async {
            let Some(randomness) = network.randomness else { return Ok(()) };
            self.check_property("court", court, "the randomness of", randomness, &DisputeCourt::randomnessCall {}).await
        };
        let (stake, receipts, randomness, jurors) =
            join!(stake, receipts, randomness, self.read(court, &DisputeCourt::jurorsCall {}));
        stake.and(receipts).and(randomness)?;
        Ok(Some(jurors?))
    }

    async fn check_code(&self, contract: &'static str, address: Address) -> Result<(), ChainError> {
        if !self.code(address).await?.is_empty() {
            return Ok(());
        }
        let (chain_id, url) = (self.network().chain_id, self.url().clone());
        Err(ChainError::NoContract { contract, address, chain_id, url })
    }

    /// Compares what a contract says of itself with the network's description.
    async fn check_property<C: SolCall>(
        &self,
        contract: &'static str,
        address: Address,
        what: &'static str,
        expected: C::Return,
        call: &C,
    ) -> Result<(), ChainError>
    where
        C::Return: PartialEq + ToString,
    {
        let found = match self.read(address, call).await {
            Ok(found) if found == expected => return Ok(()),
            Ok(found) => found.to_string(),
            // A contract of another kind.
            Err(ChainError::Reverts(_)) => "unknown".into(),
            Err(error) => return Err(error),
        };
        let expected = expected.to_string();
        Err(ChainError::Mismatch { contract, what, expected, found })
    }

    /// Asks the endpoint for its chain id: before every signature, since an endpoint can change under its URL.
    pub async fn check_chain_id(&self) -> Result<(), ChainError> {
        let found: U64 = self.request("eth_chainId", json!([])).await?;
        let (found, expected) = (found.to::<u64>(), self.network().chain_id);
        if found != expected {
            return Err(ChainError::WrongChain { url: self.url().clone(), expected, found });
        }
        Ok(())
    }

    /// The newest block.
    pub async fn head(&self) -> Result<Header, ChainError> {
        self.block_by("latest".into()).await?.ok_or_else(|| self.malformed("eth_getBlockByNumber", "no newest block"))
    }

    /// A block by its number, if the endpoint has it.
    pub async fn block(&self, number: u64) -> Result<Option<Header>, ChainError> {
        self.block_by(format!("{number:#x}")).await
    }

    /// A block by its hash, if the endpoint has it: also one that is not part of the chain any more.
    pub async fn block_by_hash(&self, hash: B256) -> Result<Option<Header>, ChainError> {
        self.request("eth_getBlockByHash", json!([hash, false])).await
    }

    async fn block_by(&self, tag: String) -> Result<Option<Header>, ChainError> {
        self.request("eth_getBlockByNumber", json!([tag, false])).await
    }

    /// Calls a view function at the newest block.
    pub async fn read<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, ChainError> {
        self.read_at(contract, call, json!("latest")).await
    }

    /// The same as of the block that comes next, as far as the endpoint knows it: after the transactions in its pool.
    pub async fn read_pending<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, ChainError> {
        self.read_at(contract, call, json!("pending")).await
    }

    /// Calls a view function as of exactly one block.
    pub async fn read_at_block<C: SolCall>(
        &self,
        contract: Address,
        call: &C,
        block_hash: B256,
    ) -> Result<C::Return, ChainError> {
        self.read_at(contract, call, json!({"blockHash": block_hash})).await
    }

    /// Calls view functions as of exactly one block, in one batch. The answers are in the order of the calls.
    pub async fn read_all_at_block<C: SolCall>(
        &self,
        contract: Address,
        calls: impl IntoIterator<Item = C>,
        block_hash: B256,
    ) -> Result<Vec<C::Return>, ChainError> {
        let read = |call: C| async move { self.read_at_block(contract, &call, block_hash).await };
        try_join_all(calls.into_iter().map(read)).await
    }

    async fn read_at<C: SolCall>(&self, to: Address, call: &C, block: Value) -> Result<C::Return, ChainError> {
        let input = Bytes::from(call.abi_encode());
        let data: Bytes = self.request("eth_call", json!([{"to": to, "input": input}, block])).await?;
        let function = C::SIGNATURE;
        if data.is_empty() && C::abi_decode_returns(&data).is_err() {
            // What a machine answers that has no state of the block, and one of a chain without the contract.
            let reason = format!("it answered the call {function} with nothing");
            return Err(ChainError::Unreachable { url: self.url().clone(), reason, cause: Cause::Behind });
        }
        C::abi_decode_returns(&data).map_err(|error| self.malformed("eth_call", format!("{function}: {error}")))
    }

    /// Events that match `filter`; the caller bounds the range.
    pub async fn logs(&self, filter: &Filter) -> Result<Vec<Log>, ChainError> {
        self.request("eth_getLogs", json!([filter])).await
    }

    /// The code at an address.
    pub async fn code(&self, address: Address) -> Result<Bytes, ChainError> {
        self.request("eth_getCode", json!([address, "latest"])).await
    }

    /// How much of the chain's own coin an address has for fees, in wei.
    pub async fn native_balance(&self, address: Address) -> Result<U256, ChainError> {
        self.request("eth_getBalance", json!([address, "latest"])).await
    }

    /// The same as of exactly one block.
    pub async fn native_balance_at_block(&self, address: Address, block_hash: B256) -> Result<U256, ChainError> {
        self.request("eth_getBalance", json!([address, {"blockHash": block_hash}])).await
    }

    /// CAI outside of any contract of the network.
    pub async fn cai_balance(&self, address: Address) -> Result<Cai, ChainError> {
        let balance = self.read(self.network().cai, &CAIToken::balanceOfCall { account: address }).await?;
        Ok(Cai::from_base_units(balance))
    }

    /// Any other request. Retries are safe for reads only; see [`super::Outbox`] for sending.
    pub async fn request<R: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<R, ChainError> {
        self.inner.rpc.request(method, params).await
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.inner.setup
    }

    pub(super) fn index(&self) -> &Arc<Index> {
        &self.inner.index
    }

    /// Keeps a first glance at the chain for the next look, or forgets it because the chain is about to change.
    pub(super) fn set_glance(&self, glance: Option<Glance>) {
        *self.inner.glance.lock().unwrap_or_else(PoisonError::into_inner) = glance;
    }

    pub(super) fn take_glance(&self) -> Option<Glance> {
        self.inner.glance.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn rpc(&self) -> &Rpc {
        &self.inner.rpc
    }

    pub(super) fn malformed(&self, method: &'static str, reason: impl Into<String>) -> ChainError {
        self.inner.rpc.malformed(method, reason)
    }
}
