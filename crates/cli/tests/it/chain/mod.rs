//! Stake, payments, disputes and transactions against the contracts on a real chain.

mod assignment_log;
mod costs;
mod court;
mod disputes;
mod economy;
mod evidence;
mod faucet;
mod findings;
mod mirror;
mod names;
mod outbox;
mod payments;
mod randomness;
mod reads;
mod transactions;
