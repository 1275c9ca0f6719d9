//! The ways that values go through the sources, file by file, so that a reader can follow them and nobody makes them longer unseen.
//!
//! Each line of a walk is a file, a function of it, and words of that function by which the value goes on. A file that was
//! left and is entered again is a return. What waits in a file for its time goes on from there. A file of
//! `request/` may ask others in that folder: that is no step.

use std::collections::BTreeSet;

use crate::{lengths, texts};

type Walk = [(&'static str, &'static str, &'static str)];

/// From the body of an application's request to the ticket that a miner gets for it.
const REQUEST: &Walk = &[
    ("crates/cli/src/node/coordinator/http/mod.rs", "admit", "body::read("),
    ("crates/cli/src/node/coordinator/http/body.rs", "read", "collect("),
    ("crates/cli/src/node/coordinator/http/mod.rs", "admit", "next.run("),
    ("crates/cli/src/node/coordinator/http/answer.rs", "chat", "request::chat::read"),
    ("crates/cli/src/node/coordinator/http/request/chat.rs", "read", "Request"),
    ("crates/cli/src/node/coordinator/http/answer.rs", "answer", "read_submission("),
    ("crates/cli/src/node/coordinator/http/submit.rs", "read_submission", "Submission { specs"),
    ("crates/cli/src/node/coordinator/http/answer.rs", "answer", "handle.answers("),
    ("crates/cli/src/node/coordinator/handle.rs", "push", "mailbox.push("),
    ("crates/cli/src/node/coordinator/mailbox.rs", "take", "queue.items"),
    ("crates/cli/src/node/coordinator/decisions.rs", "submit", "machine.step("),
    ("crates/protocol/src/coordinator/step.rs", "take_in", "self.submit("),
    ("crates/protocol/src/coordinator/submit.rs", "accept", "Event::Accepted"),
    ("crates/protocol/src/coordinator/step.rs", "step", "self.dispatch("),
    ("crates/protocol/src/coordinator/dispatch.rs", "lease", "Ticket {"),
];

/// From a miner's receipt to the voucher that it gets for it.
const RECEIPT: &Walk = &[
    ("crates/cli/src/node/coordinator/link.rs", "receive", ".result("),
    ("crates/cli/src/node/coordinator/leases.rs", "result", "check("),
    ("crates/protocol/src/coordinator/receipt.rs", "check", "Finished {"),
    ("crates/cli/src/node/coordinator/leases.rs", "result", "Input::Finished"),
    ("crates/cli/src/node/coordinator/link.rs", "listen", "act_all("),
    ("crates/cli/src/node/coordinator/handle.rs", "act_all", "mailbox.append("),
    ("crates/cli/src/node/coordinator/mailbox.rs", "take", "queue.items"),
    ("crates/cli/src/node/coordinator/decisions.rs", "hear", "self.act("),
    ("crates/protocol/src/coordinator/step.rs", "take_in", "self.finished("),
    ("crates/protocol/src/coordinator/leases.rs", "finished", "self.owe("),
    ("crates/protocol/src/coordinator/statements.rs", "tell", "Effect::Statement"),
    ("crates/cli/src/node/coordinator/decisions.rs", "carry_out", "turn.state("),
    ("crates/cli/src/node/coordinator/turn.rs", "sign", "voucher("),
];

/// Files and returns of a walk, each step of which is there.
fn measure(walk: &Walk) -> (usize, usize) {
    let sources = texts("crates");
    for (file, function, words) in walk {
        let text = sources.get(*file).unwrap_or_else(|| panic!("{file} is not there"));
        let lines: Vec<_> = text.lines().collect();
        let named = lengths::functions(text).into_iter().filter(|length| length.name == *function);
        let mut bodies = named.map(|length| lines[length.first - 1..length.first - 1 + length.lines].join("\n"));
        assert!(
            bodies.any(|body| body.contains(words)),
            "{file}: `{function}` has no `{words}`; hint: follow the value and write down its new way"
        );
    }
    let mut entered = BTreeSet::new();
    let returns = walk.iter().filter(|(file, ..)| !entered.insert(*file)).count();
    (entered.len(), returns)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
fn figures_of_walks_are_small() {
    let (request, receipt) = (measure(REQUEST), measure(RECEIPT));
    println!("From a body to its ticket: {request:?} files and returns; from a receipt to its voucher: {receipt:?}");
    assert!(request.0 <= 12 && request.1 <= 4, "{request:?}");
    assert!(receipt.0 <= 10 && receipt.1 <= 4, "{receipt:?}");
}
