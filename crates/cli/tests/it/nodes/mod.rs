//! Nodes that run: what they do, what they store, how they are operated and how they are paid.

mod audits;
mod cheats;
mod court;
mod dashboards;
mod devnet;
mod followers;
#[cfg(feature = "mistralrs")]
mod images;
mod journals;
mod links;
mod money;
mod operating;
mod payouts;
mod prosecution;
#[cfg(feature = "mistralrs")]
mod quantised;
mod replicas;
mod seeded;
mod service;
mod shares;
mod trials;
mod verdicts;
