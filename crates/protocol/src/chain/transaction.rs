//! One transaction on its way: simulated, signed with its hash known before anybody else sees it, sent, and waited for.
//!
//! This is where an outbox belongs: store a [`Prepared`] between [`Client::prepare`] and [`Prepared::broadcast`].

use std::time::Duration;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::{Encodable2718, eip2930::AccessList},
    network::TransactionResponse,
    primitives::{Address, B256, Bytes, TxKind, U64, U256},
    rpc::types::{FeeHistory, Transaction, TransactionReceipt},
    signers::SignerSync,
};
use serde_json::json;
use tokio::time::Instant;

use super::{ChainError, Client, Revert};

/// Gas beyond the estimate, in percent: state may change between the estimate and the block.
const GAS_MARGIN_PERCENT: u64 = 25;
/// A tip that every chain we know accepts, in wei, for when history has none.
const LEAST_TIP: u128 = 1_000_000;
/// A transaction that is still unknown is offered again after this long.
const REBROADCAST: Duration = Duration::from_secs(10);

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract, or `None` to create one.
    pub to: Option<Address>,
    /// Function and arguments, or the code to deploy.
    pub data: Bytes,
    /// Of the chain's own coin, in wei.
    pub value: U256,
}

impl Call {
    /// A call of a contract's function.
    pub fn new(to: Address, call: &impl alloy::sol_types::SolCall) -> Self {
        Self { to: Some(to), data: call.abi_encode().into(), value: U256::ZERO }
    }

    /// The creation of a contract.
    pub fn create(code: Bytes) -> Self {
        Self { to: None, data: code, value: U256::ZERO }
    }

    /// A plain transfer of the chain's own coin.
    pub fn transfer(to: Address, value: U256) -> Self {
        Self { to: Some(to), data: Bytes::new(), value }
    }
}

/// What a transaction would cost, having passed a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Simulation {
    /// Gas limit.
    pub gas: u64,
    /// Most wei per gas.
    pub max_fee_per_gas: u128,
    /// Wei per gas for the block's builder.
    pub max_priority_fee_per_gas: u128,
}

impl Simulation {
    /// The most that the fee can come to, in wei.
    pub fn max_fee(&self) -> U256 {
        U256::from(self.gas) * U256::from(self.max_fee_per_gas)
    }
}

/// A signed transaction that nobody has seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Who signed.
    pub from: Address,
    /// What it does.
    pub call: Call,
    /// Its number among those of `from`.
    pub nonce: u64,
    /// Its hash, by which it is found for ever.
    pub hash: B256,
    /// As it is sent.
    pub raw: Bytes,
}

/// A transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Its hash.
    pub hash: B256,
    /// The block's number.
    pub block: u64,
    /// The contract that it created.
    pub created: Option<Address>,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in a block and did what it should.
    Confirmed(Confirmed),
    /// It was sent and is in no block yet.
    Unconfirmed {
        /// Its hash.
        hash: B256,
    },
    /// It is in a block and changed nothing.
    Reverted {
        /// Its hash.
        hash: B256,
        /// Why, as far as a replay tells.
        reason: Revert,
    },
}

impl Client {
    /// Runs a transaction without sending it: refused with the contract's reason, or priced.
    pub async fn simulate(&self, from: Address, call: &Call) -> Result<Simulation, ChainError> {
        let request = request(from, call);
        // Nodes differ in what `eth_estimateGas` says of a refusal; `eth_call` returns the contract's own words everywhere.
        if call.to.is_some() {
            let _: Bytes = self.request("eth_call", json!([request, "pending"])).await?;
        }
        let (max_fee_per_gas, max_priority_fee_per_gas) = self.fees().await?;
        let gas: U64 = self.request("eth_estimateGas", json!([request, "pending"])).await?;
        let gas = gas.to::<u64>().saturating_mul(100 + GAS_MARGIN_PERCENT) / 100;
        let simulation = Simulation { gas, max_fee_per_gas, max_priority_fee_per_gas };
        let have = self.native_balance(from).await?;
        let need = simulation.max_fee().saturating_add(call.value);
        if have < need {
            return Err(ChainError::NoGas { account: from, have, need });
        }
        Ok(simulation)
    }

    /// Twice the next block's base fee, so that six full blocks in a row cannot price the transaction out, and a median tip.
    async fn fees(&self) -> Result<(u128, u128), ChainError> {
        let history: FeeHistory = self.request("eth_feeHistory", json!(["0xa", "latest", [50.0]])).await?;
        let base = history.next_block_base_fee().unwrap_or_default();
        let mut tips: Vec<u128> =
            history.reward.unwrap_or_default().iter().filter_map(|block| block.first().copied()).collect();
        tips.retain(|tip| *tip > 0);
        tips.sort_unstable();
        let tip = tips.get(tips.len() / 2).copied().unwrap_or(LEAST_TIP).max(LEAST_TIP);
        Ok((base.saturating_mul(2).saturating_add(tip), tip))
    }

    /// Simulates and signs. The chain id is asked for again first, and the signature is bound to the configured one.
    pub async fn prepare(&self, call: &Call) -> Result<Prepared, ChainError> {
        let from = self.address().ok_or(ChainError::NoSigner)?;
        let simulation = self.simulate(from, call).await?;
        self.sign(call, &simulation).await
    }

    /// Signs a simulated transaction under the next free nonce.
    pub async fn sign(&self, call: &Call, simulation: &Simulation) -> Result<Prepared, ChainError> {
        self.sign_under(call, simulation, None).await
    }

    /// Signs a simulated transaction under a nonce, or the next free one.
    pub async fn sign_under(
        &self,
        call: &Call,
        simulation: &Simulation,
        nonce: Option<u64>,
    ) -> Result<Prepared, ChainError> {
        let signer = self.signer().ok_or(ChainError::NoSigner)?;
        let from = signer.address();
        self.check_chain_id().await?;
        // From the chain, always: a cached nonce that was never used blocks all that follow.
        let nonce = match nonce {
            Some(nonce) => nonce,
            None => self.request::<U64>("eth_getTransactionCount", json!([from, "pending"])).await?.to(),
        };
        let transaction = TxEip1559 {
            chain_id: self.network().chain_id,
            nonce,
            gas_limit: simulation.gas,
            max_fee_per_gas: simulation.max_fee_per_gas,
            max_priority_fee_per_gas: simulation.max_priority_fee_per_gas,
            to: call.to.map_or(TxKind::Create, TxKind::Call),
            value: call.value,
            access_list: AccessList::default(),
            input: call.data.clone(),
        };
        let signature = signer
            .sign_hash_sync(&transaction.signature_hash())
            .map_err(|error| ChainError::Signing(error.to_string()))?;
        let envelope = TxEnvelope::Eip1559(transaction.into_signed(signature));
        let raw = Bytes::from(envelope.encoded_2718());
        Ok(Prepared { from, call: call.clone(), nonce, hash: *envelope.tx_hash(), raw })
    }

    /// Simulates, signs, sends and waits.
    pub async fn send(&self, call: &Call, timeout: Duration) -> Result<Outcome, ChainError> {
        let prepared = self.prepare(call).await?;
        prepared.broadcast(self).await?;
        prepared.confirm(self, timeout).await
    }

    /// Waits for a transaction of anybody until it is in a block.
    pub async fn wait(&self, hash: B256, timeout: Duration) -> Result<Outcome, ChainError> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(outcome) = self.outcome(hash).await? {
                return Ok(outcome);
            }
            if Instant::now() >= deadline {
                return Ok(Outcome::Unconfirmed { hash });
            }
            tokio::time::sleep(self.poll_interval()).await;
        }
    }

    async fn outcome(&self, hash: B256) -> Result<Option<Outcome>, ChainError> {
        let receipt: Option<TransactionReceipt> = self.request("eth_getTransactionReceipt", json!([hash])).await?;
        let Some(receipt) = receipt else { return Ok(None) };
        let Some(block) = receipt.block_number else { return Ok(None) };
        if receipt.status() {
            return Ok(Some(Outcome::Confirmed(Confirmed { hash, block, created: receipt.contract_address })));
        }
        let reason = self.replay(hash, block).await.unwrap_or_else(|| Revert::decode(&Bytes::new()));
        Ok(Some(Outcome::Reverted { hash, reason }))
    }

    /// The reason of a revert, from running the transaction again: on the state before its block, and on the one after, because
    /// what made it revert may have come before it in the same block.
    async fn replay(&self, hash: B256, block: u64) -> Option<Revert> {
        let transaction: Option<Transaction> = self.request("eth_getTransactionByHash", json!([hash])).await.ok()?;
        let transaction = transaction?;
        let call = Call {
            to: alloy::consensus::Transaction::to(&transaction),
            data: alloy::consensus::Transaction::input(&transaction).clone(),
            value: alloy::consensus::Transaction::value(&transaction),
        };
        for state in [block.saturating_sub(1), block] {
            let parameters = json!([request(transaction.from(), &call), format!("{state:#x}")]);
            if let Err(ChainError::Reverts(revert)) = self.request::<Bytes>("eth_call", parameters).await {
                return Some(revert);
            }
        }
        None
    }
}

impl Prepared {
    /// Offers the transaction to the endpoint. Offering it twice is harmless: it is the same transaction.
    pub async fn broadcast(&self, client: &Client) -> Result<(), ChainError> {
        match client.request::<B256>("eth_sendRawTransaction", json!([self.raw])).await {
            Ok(_) => Ok(()),
            Err(ChainError::Refused { message, .. }) if is_known(message.raw()) => Ok(()),
            // The answer to a first offer may be lost while the transaction is in a block already.
            Err(error) => match client.outcome(self.hash).await {
                Ok(Some(_)) => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// Waits until the transaction is in a block, and offers it again while the endpoint forgets it.
    pub async fn confirm(&self, client: &Client, timeout: Duration) -> Result<Outcome, ChainError> {
        let deadline = Instant::now() + timeout;
        loop {
            let step = REBROADCAST.min(deadline.saturating_duration_since(Instant::now()));
            match client.wait(self.hash, step).await {
                Ok(Outcome::Unconfirmed { .. }) if Instant::now() < deadline => {
                    if let Err(error) = self.broadcast(client).await {
                        tracing::warn!(%error, hash = %self.hash, "offering the transaction again failed");
                    }
                }
                Ok(outcome) => return Ok(outcome),
                // It was sent: whatever the endpoint says now, the transaction may still be mined.
                Err(error) if Instant::now() < deadline => {
                    tracing::warn!(%error, hash = %self.hash, "asking for the transaction failed");
                    tokio::time::sleep(client.poll_interval()).await;
                }
                Err(_) => return Ok(Outcome::Unconfirmed { hash: self.hash }),
            }
        }
    }
}

/// What geth, anvil, reth, erigon and nethermind say of a transaction that they have already.
fn is_known(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["already known", "already imported", "alreadyknown", "known transaction"]
        .iter()
        .any(|known| message.contains(known))
}

fn request(from: Address, call: &Call) -> serde_json::Value {
    let mut request = json!({"from": from, "input": call.data, "value": call.value});
    if let (Some(to), Some(fields)) = (call.to, request.as_object_mut()) {
        fields.insert("to".into(), json!(to));
    }
    request
}
