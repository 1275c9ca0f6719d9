//! One transaction on its way: simulated, signed with its hash known before anybody else sees it, sent, and waited for.
//!
//! What must not be forgotten goes through the [`super::Outbox`], which is built on this.

use std::time::Duration;

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope, TxLegacy},
    eips::{Encodable2718, eip2930::AccessList},
    network::TransactionResponse,
    primitives::{Address, B256, Bytes, TxKind, U64, U256, keccak256},
    rpc::types::{Transaction, TransactionReceipt},
};
use futures::try_join;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{ChainError, Client, Fees, Revert};

/// Gas beyond the estimate, in percent: state may change between the estimate and the block.
const GAS_MARGIN_PERCENT: u64 = 25;
/// Gas on top of that for a call of a contract, which costs nothing unless it is used. Rewards that begin after the estimate fill
/// up to four empty slots: those of the role, the node, its commission and the staker. Filling one costs 20,000 rather than the
/// 100 of writing nothing (EIP-2200, EIP-2929).
const GAS_RESERVE: u64 = 4 * 20_000;
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
    /// The most wei that a unit of gas may cost.
    pub max_fee_per_gas: u128,
    /// Wei per gas for the block's builder.
    pub max_priority_fee_per_gas: u128,
    /// All of `max_fee_per_gas` is paid, as on chains without EIP-1559.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub legacy: bool,
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
    /// The address of the key that signed it.
    pub from: Address,
    /// What it does.
    pub call: Call,
    /// Its number among those of `from`.
    pub nonce: u64,
    /// Its hash, by which it can always be found.
    pub hash: B256,
    /// The signed bytes as they are sent.
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
        /// Why, as far as can be told afterwards.
        reason: Revert,
    },
    /// Another transaction of the same key has used its nonce: it changed nothing and never will.
    Replaced {
        /// Its hash.
        hash: B256,
        /// The nonce.
        nonce: u64,
    },
    /// The endpoint refused it when it was new: it changed nothing.
    Refused {
        /// Its hash.
        hash: B256,
    },
}

/// What an endpoint did with a transaction.
pub(super) enum Offered {
    /// The endpoint has it.
    Taken,
    /// The endpoint does not have it, and has said why.
    Refused(ChainError),
    /// The endpoint may have it.
    Unclear(ChainError),
}

/// Where the token keeps how much `spender` can take from `owner`: the second variable of OpenZeppelin's ERC20, a mapping of mappings.
fn allowance_slot(owner: Address, spender: Address) -> B256 {
    const ALLOWANCES: B256 = B256::with_last_byte(1);
    let of_owner = keccak256([owner.into_word(), ALLOWANCES].concat());
    keccak256([spender.into_word(), of_owner].concat())
}

impl Client {
    /// Runs a transaction without sending it: refused with the contract's reason, or priced.
    pub async fn simulate(&self, from: Address, call: &Call) -> Result<Simulation, ChainError> {
        self.simulate_in(from, call, None).await
    }

    /// The same as if the contract that is called could take any amount of CAI from the sender, as it can after an approval or with
    /// a permit. Not every endpoint can do that.
    pub async fn simulate_as_approved(&self, from: Address, call: &Call) -> Result<Simulation, ChainError> {
        let slot = allowance_slot(from, call.to.unwrap_or_default());
        let state =
            json!({(self.network().cai.to_string()): {"stateDiff": {(slot.to_string()): B256::repeat_byte(0xff)}}});
        self.simulate_in(from, call, Some(state)).await
    }

    /// Simulates in the pending block, with another state of some contracts if there is one.
    async fn simulate_in(&self, from: Address, call: &Call, state: Option<Value>) -> Result<Simulation, ChainError> {
        let request = write_request(from, call);
        let parameters = match &state {
            Some(state) => json!([request, "pending", state]),
            None => json!([request, "pending"]),
        };
        // Nodes differ in what `eth_estimateGas` says of a refusal; `eth_call` returns the contract's own words everywhere.
        if call.to.is_some() {
            let _: Bytes = self.request("eth_call", parameters.clone()).await?;
        }
        let gas = async { self.request::<U64>("eth_estimateGas", parameters).await };
        let (market, gas, have) = try_join!(self.market(), gas, self.native_balance(from))?;
        let Fees { max_fee_per_gas, max_priority_fee_per_gas, legacy } = market.usual;
        let reserve = if call.to.is_some() && !call.data.is_empty() { GAS_RESERVE } else { 0 };
        let gas = (gas.to::<u64>().saturating_mul(100 + GAS_MARGIN_PERCENT) / 100).saturating_add(reserve);
        let simulation = Simulation { gas, max_fee_per_gas, max_priority_fee_per_gas, legacy };
        let need = simulation.max_fee().saturating_add(call.value);
        if have < need {
            return Err(ChainError::NoGas { account: from, have, need });
        }
        Ok(simulation)
    }

    /// Simulates and signs. The chain id is asked for again first, and the signature is bound to the configured one.
    pub async fn prepare(&self, call: &Call) -> Result<Prepared, ChainError> {
        let from = self.address().ok_or(ChainError::NoSigner)?;
        let simulation = self.simulate(from, call).await?;
        self.sign(call, &simulation).await
    }

    /// Signs a simulated transaction under the next free nonce.
    pub async fn sign(&self, call: &Call, simulation: &Simulation) -> Result<Prepared, ChainError> {
        let from = self.address().ok_or(ChainError::NoSigner)?;
        self.check_chain_id().await?;
        // From the chain, always: a cached nonce that was never used blocks all that follow.
        let nonce: U64 = self.request("eth_getTransactionCount", json!([from, "pending"])).await?;
        self.sign_as(call, simulation, nonce.to()).await
    }

    /// Signs under a nonce, for the configured chain. The caller has checked the endpoint's.
    pub(super) async fn sign_as(
        &self,
        call: &Call,
        simulation: &Simulation,
        nonce: u64,
    ) -> Result<Prepared, ChainError> {
        let signer = self.signer().ok_or(ChainError::NoSigner)?;
        let from = signer.address();
        if simulation.legacy {
            let transaction = TxLegacy {
                chain_id: Some(self.network().chain_id),
                nonce,
                gas_price: simulation.max_fee_per_gas,
                gas_limit: simulation.gas,
                to: call.to.map_or(TxKind::Create, TxKind::Call),
                value: call.value,
                input: call.data.clone(),
            };
            let signature = signer.sign_transaction(&transaction).await?;
            return Ok(Prepared::new(from, call, nonce, &TxEnvelope::Legacy(transaction.into_signed(signature))));
        }
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
        let signature = signer.sign_transaction(&transaction).await?;
        Ok(Prepared::new(from, call, nonce, &TxEnvelope::Eip1559(transaction.into_signed(signature))))
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

    /// The receipt of a transaction, if it is in a block.
    pub async fn receipt(&self, hash: B256) -> Result<Option<TransactionReceipt>, ChainError> {
        self.request("eth_getTransactionReceipt", json!([hash])).await
    }

    /// Offers a signed transaction to the endpoint. Offering it twice is harmless: it is the same.
    pub(super) async fn offer(&self, hash: B256, raw: &Bytes) -> Offered {
        self.set_glance(None);
        let (answer, lost) = self.rpc().request_noting::<B256>("eth_sendRawTransaction", json!([raw])).await;
        let error = match answer {
            Ok(_) => return Offered::Taken,
            Err(ChainError::Refused { message, .. }) if says_known(message.raw()) => return Offered::Taken,
            Err(error) => error,
        };
        // The answer to a first offer may be lost while the transaction is in the pool or in a block already.
        let clear = matches!(error, ChainError::Refused { .. } | ChainError::Reverts(_)) && !lost;
        match self.is_known(hash).await {
            Ok(true) => Offered::Taken,
            Ok(false) if clear => Offered::Refused(error),
            _ => Offered::Unclear(error),
        }
    }

    /// True if the endpoint has the transaction, in a block or not.
    pub(super) async fn is_known(&self, hash: B256) -> Result<bool, ChainError> {
        let found: Option<serde_json::Value> = self.request("eth_getTransactionByHash", json!([hash])).await?;
        Ok(found.is_some())
    }

    pub(super) async fn outcome(&self, hash: B256) -> Result<Option<Outcome>, ChainError> {
        let Some(receipt) = self.receipt(hash).await? else { return Ok(None) };
        let Some(block) = receipt.block_number else { return Ok(None) };
        if receipt.status() {
            return Ok(Some(Outcome::Confirmed(Confirmed { hash, block, created: receipt.contract_address })));
        }
        let reason = self.reason(&receipt, block).await.unwrap_or_else(|| Revert::decode(&Bytes::new()));
        Ok(Some(Outcome::Reverted { hash, reason }))
    }

    /// The reason of a revert: all its gas is used, or else what running the transaction again says, on the state before its
    /// block, and on the one after, because what made it revert may have come before it in the same block.
    async fn reason(&self, receipt: &TransactionReceipt, block: u64) -> Option<Revert> {
        let hash = receipt.transaction_hash;
        let transaction: Option<Transaction> = self.request("eth_getTransactionByHash", json!([hash])).await.ok()?;
        let transaction = transaction?;
        let limit = alloy::consensus::Transaction::gas_limit(&transaction);
        if receipt.gas_used >= limit {
            return Some(Revert::out_of_gas(limit));
        }
        let call = Call {
            to: alloy::consensus::Transaction::to(&transaction),
            data: alloy::consensus::Transaction::input(&transaction).clone(),
            value: alloy::consensus::Transaction::value(&transaction),
        };
        for state in [block.saturating_sub(1), block] {
            let parameters = json!([write_request(transaction.from(), &call), format!("{state:#x}")]);
            if let Err(ChainError::Reverts(revert)) = self.request::<Bytes>("eth_call", parameters).await {
                return Some(revert);
            }
        }
        None
    }
}

impl Prepared {
    fn new(from: Address, call: &Call, nonce: u64, signed: &TxEnvelope) -> Self {
        let (hash, raw) = (*signed.tx_hash(), Bytes::from(signed.encoded_2718()));
        Self { from, call: call.clone(), nonce, hash, raw }
    }

    /// Offers the transaction to the endpoint. Offering it twice is harmless: it is the same transaction.
    pub async fn broadcast(&self, client: &Client) -> Result<(), ChainError> {
        match client.offer(self.hash, &self.raw).await {
            Offered::Taken => Ok(()),
            Offered::Refused(error) | Offered::Unclear(error) => Err(error),
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
fn says_known(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["already known", "already imported", "alreadyknown", "known transaction"]
        .iter()
        .any(|known| message.contains(known))
}

fn write_request(from: Address, call: &Call) -> serde_json::Value {
    let mut request = json!({"from": from, "input": call.data, "value": call.value});
    if let (Some(to), Some(fields)) = (call.to, request.as_object_mut()) {
        fields.insert("to".into(), json!(to));
    }
    request
}
