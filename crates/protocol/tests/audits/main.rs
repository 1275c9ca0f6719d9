//! Audits as chance and adversaries meet them: how many honest miners are ever suspected, and how soon false ones are.

#![expect(clippy::print_stdout, reason = "counts of a run, shown with --nocapture")]

mod cheats;
mod honest;
mod model;
mod rules;

/// A number from the environment, or this one.
fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}
