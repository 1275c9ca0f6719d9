//! A chain with many more nodes than it has: what stands between a coordinator and its chain, and adds nodes to the answers.
//!
//! Registering that many would take a local chain minutes. Here they are events of early blocks and lines of the contract's lists
//! that were never written; everything else is the chain's own.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread,
};

use alloy::{
    primitives::{Address, Bytes, LogData, U64, U256},
    sol_types::{SolCall, SolEvent},
};
use cuckoo_protocol::contract::{Role, Staking};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes as Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

/// Nodes that are added.
pub(crate) const NODES: u64 = 100_000;
/// Those of one block: an answer with all of them would be too large.
const OF_A_BLOCK: u64 = 4_000;
/// The contract's number for an active node.
const ACTIVE: u8 = 1;
/// Own stake and weight of each, in base units.
const STAKE: u128 = 50_000 * 10_u128.pow(18);

/// The chain that is added to.
pub(crate) struct Crowd {
    rpc: String,
    http: reqwest::Client,
    staking: Address,
    /// The first block with nodes that are added.
    first: u64,
}

impl Crowd {
    /// Serves a network's chain on a thread of its own, until the process ends. Returns its URL. `network` is the description.
    pub(crate) fn serve(network: &Value) -> String {
        let crowd = Self {
            rpc: network["rpc_urls"][0].as_str().expect("a URL").to_owned(),
            http: reqwest::Client::new(),
            staking: serde_json::from_value(network["staking"].clone()).expect("an address"),
            first: network["deployed_at"].as_u64().expect("a number") + 1,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("set");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(Arc::new(crowd).accept(listener));
        });
        url
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let connections = TaskTracker::new();
        loop {
            let (stream, _) = listener.accept().await.expect("accepts");
            let crowd = self.clone();
            connections.spawn(async move {
                let answer = service_fn(move |request| {
                    let crowd = crowd.clone();
                    async move { Ok::<_, Infallible>(crowd.answer(request).await) }
                });
                // A node that is killed leaves in the middle of an answer.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Body>> {
        let request = request.into_body().collect().await.expect("a request").to_bytes();
        let request: Value = serde_json::from_slice(&request).expect("JSON");
        let mut answer = self.ask(&request).await;
        match (&request, &mut answer) {
            // A batch, whose answers the chain gives in its order.
            (Value::Array(requests), Value::Array(answers)) => {
                for (request, answer) in requests.iter().zip(answers) {
                    self.add(request, answer).await;
                }
            }
            (request, answer) => self.add(request, answer).await,
        }
        let mut response = Response::new(Full::from(answer.to_string()));
        response.headers_mut().insert("content-type", "application/json".parse().expect("a value"));
        response
    }

    async fn add(&self, request: &Value, answer: &mut Value) {
        if answer.get("result").is_none() {
            return;
        }
        match request["method"].as_str() {
            Some("eth_getLogs") => self.add_events(&request["params"][0], &mut answer["result"]),
            Some("eth_call") => self.add_lines(request, &mut answer["result"]).await,
            _ => {}
        }
    }

    /// The chain's own answer.
    async fn ask(&self, request: &Value) -> Value {
        let answer = self.http.post(&self.rpc).json(request).send().await.expect("the chain answers");
        answer.json().await.expect("JSON")
    }

    /// Adds events where registrations are asked for by a range of blocks. A single block that is asked for by its hash is a new one.
    fn add_events(&self, filter: &Value, events: &mut Value) {
        let number =
            |field: &str| serde_json::from_value::<U64>(filter[field].clone()).ok().map(|number| number.to::<u64>());
        let registered = Staking::NodeRegistered::SIGNATURE_HASH.to_string();
        let wanted = filter["topics"][0].to_string().contains(&registered) && is(&filter["address"], self.staking);
        let (true, Some(from), Some(to), Some(events)) =
            (wanted, number("fromBlock"), number("toBlock"), events.as_array_mut())
        else {
            return;
        };
        for block in from.max(self.first)..=to.min(self.first + NODES.div_ceil(OF_A_BLOCK) - 1) {
            let begin = (block - self.first) * OF_A_BLOCK;
            for index in begin..NODES.min(begin + OF_A_BLOCK) {
                let (node, role) = (node(index), Role::Miner as u8);
                let (name, introduction, endpoint) = (format!("n{index}"), String::new(), String::new());
                let registered =
                    Staking::NodeRegistered { node, owner: owner(index), role, name, introduction, endpoint };
                let weighed = Staking::NodeWeightChanged { node, status: ACTIVE, selfStake: STAKE, weight: STAKE };
                for (place, data) in [registered.encode_log_data(), weighed.encode_log_data()].into_iter().enumerate() {
                    events.push(self.event(&data, block, 1_000_000 + 2 * index + place as u64));
                }
            }
        }
    }

    fn event(&self, data: &LogData, block: u64, index: u64) -> Value {
        let (block, index) = (U64::from(block), U64::from(index));
        json!({
            "address": self.staking, "topics": data.topics(), "data": data.data, "blockNumber": block, "logIndex": index,
            "blockHash": null, "transactionHash": null, "transactionIndex": null, "removed": false,
        })
    }

    /// Adds nodes to the count of miners, and to the list of them behind the chain's own.
    async fn add_lines(&self, request: &Value, result: &mut Value) {
        let called = &request["params"][0];
        let input: Bytes = serde_json::from_value(called["input"].clone()).unwrap_or_default();
        let data: Bytes = serde_json::from_value(result.clone()).unwrap_or_default();
        let is_miner = |role: u8| role == Role::Miner as u8;
        if !is(&called["to"], self.staking) {
            return;
        }
        if Staking::nodeCountCall::abi_decode(&input).is_ok_and(|call| is_miner(call.role)) {
            let count = Staking::nodeCountCall::abi_decode_returns(&data).expect("a number");
            *result = json!(Bytes::from(Staking::nodeCountCall::abi_encode_returns(&(count + U256::from(NODES)))));
        } else if let Ok(call) = Staking::weightsCall::abi_decode(&input)
            && is_miner(call.role)
        {
            let all = self.own(request).await;
            let (offset, limit) = (call.offset.to::<usize>(), call.limit.to::<usize>());
            // Nodes that are added stand behind all others.
            let added = (offset.saturating_sub(all.len()) as u64..NODES).map(|index| {
                let mut view = all[0].clone();
                (view.node, view.owner, view.status) = (node(index), owner(index), ACTIVE);
                (view.selfStake, view.weight) = (STAKE, STAKE);
                view
            });
            let page: Vec<_> = all.iter().skip(offset).cloned().chain(added).take(limit).collect();
            *result = json!(Bytes::from(Staking::weightsCall::abi_encode_returns(&page)));
        }
    }

    /// All miners of the chain itself, by the same request with another page.
    async fn own(&self, request: &Value) -> <Staking::weightsCall as SolCall>::Return {
        let call = Staking::weightsCall { role: Role::Miner as u8, offset: U256::ZERO, limit: U256::from(500) };
        let mut request = request.clone();
        request["params"][0]["input"] = json!(Bytes::from(call.abi_encode()));
        let answer = self.ask(&request).await;
        let data: Bytes = serde_json::from_value(answer["result"].clone()).expect("data");
        Staking::weightsCall::abi_decode_returns(&data).expect("miners")
    }
}

/// True for this address, alone or as the only one of a list.
fn is(value: &Value, address: Address) -> bool {
    let value = value.get(0).unwrap_or(value);
    value.as_str().and_then(|text| text.parse().ok()) == Some(address)
}

fn node(index: u64) -> Address {
    Address::left_padding_from(&(0x6e6f_6465_0000_0000 + index).to_be_bytes())
}

fn owner(index: u64) -> Address {
    Address::left_padding_from(&(0x6f77_6e65_0000_0000 + index).to_be_bytes())
}
