//! Commands of several transactions that do not depend on each other: one that is refused stops none of the others.

use std::fmt::Display;

use serde::Serialize;

use crate::{
    account::session::Sent,
    terminal::{Class, Error, Printer, Result, Text},
};

/// What has failed among the steps of one command.
#[derive(Debug, Default)]
pub struct Steps {
    /// The first step that the chain refused.
    refused: Option<Error>,
    /// Why no further step is taken.
    stopped: Option<Error>,
}

impl Steps {
    /// Takes the outcome of one step, such as `redeeming the voucher of 0x12...`: `None` where it failed. What the chain refuses
    /// is a warning, and the next step follows. Any other failure is the last: an endpoint that does not answer, or a person who
    /// declines.
    pub fn take<T>(&mut self, printer: &Printer, step: impl Display, outcome: Result<T>) -> Option<T> {
        let error = match outcome {
            Ok(done) => return Some(done),
            Err(error) => error.context(step),
        };
        if matches!(error.class(), Class::Precondition | Class::Reverted) {
            match error.transaction_hash() {
                Some(hash) => printer.warn(format_args!("{error} (transaction {hash})")),
                None => printer.warn(&error),
            }
            self.refused.get_or_insert(error);
        } else {
            self.stopped = Some(error);
        }
        None
    }

    /// True until a step has failed for another reason than a refusal.
    pub fn go_on(&self) -> bool {
        self.stopped.is_none()
    }

    /// Ends the command. It succeeds where a transaction was made, whatever was refused, unless something else ended it. Where nothing was done, it fails with the
    /// first refusal, or with `nothing` if there was none. What was done is part of the output even after a failure.
    pub fn finish<'a>(
        self,
        printer: &Printer,
        report: &impl Serialize,
        done: impl IntoIterator<Item = &'a Sent>,
        nothing: impl FnOnce() -> Error,
    ) -> Result<()> {
        let done: Vec<_> = done.into_iter().collect();
        if done.is_empty() {
            return Err(self.stopped.or(self.refused).unwrap_or_else(nothing));
        }
        let texts = Sent::texts(done);
        let Some(error) = self.stopped else { return printer.result(report, || texts) };
        match texts {
            Text::Value(lines) if !printer.is_json() => printer.line(&lines)?,
            _ => {}
        }
        Err(error.data(serde_json::to_value(report)?))
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;

    #[test]
    fn a_refusal_is_a_failure_only_where_nothing_was_done() {
        let printer = Printer::silent();
        let sent = Sent::InFlight { hash: B256::ZERO };
        let refusal = || Err::<(), _>(Error::precondition("nothing is left"));
        let nothing = || Error::usage("nothing to do");

        let mut steps = Steps::default();
        assert_eq!(steps.take(&printer, "one", Ok(1)), Some(1));
        assert_eq!(steps.take(&printer, "two", refusal()), None);
        assert!(steps.go_on());
        let error = steps.finish(&printer, &1, [], nothing).expect_err("nothing was done");
        assert_eq!((error.class(), error.to_string().as_str()), (Class::Precondition, "two: nothing is left"));

        let mut steps = Steps::default();
        steps.take(&printer, "one", refusal());
        steps.finish(&Printer::for_programs(), &1, [&sent], nothing).expect("something was done");
        let error = Steps::default().finish(&printer, &1, [], nothing).expect_err("nothing was done or refused");
        assert_eq!(error.class(), Class::Usage);
    }

    #[test]
    fn another_failure_is_the_last_and_says_what_was_done() {
        let printer = Printer::for_programs();
        let mut steps = Steps::default();
        steps.take(&printer, "one", Err::<(), _>(Error::unavailable("no answer")));
        assert!(!steps.go_on());
        let sent = Sent::InFlight { hash: B256::ZERO };
        let error = steps.finish(&printer, &7, [&sent], || Error::usage("nothing")).expect_err("it stopped");
        assert_eq!((error.class(), error.found()), (Class::Unavailable, Some(&serde_json::json!(7))));
    }
}
