//! What a process was told and did, so that it can be told again.

use cuckoo_protocol::{
    B256,
    coordinator::{Coordinator, Effect, Input},
    task::Millis,
};

use super::{random::Repeated, world::Checked};

/// What a process was told and did, where a run is repeated.
pub(crate) struct Trace {
    start: Option<Coordinator>,
    steps: Vec<(Input, Millis, Vec<B256>, Vec<Effect>)>,
}

impl Trace {
    /// Begins a trace, or none.
    pub(crate) fn new(is_on: bool, machine: &Coordinator) -> Self {
        Self { start: is_on.then(|| machine.clone()), steps: vec![] }
    }

    /// True if steps are to be noted.
    pub(crate) const fn is_on(&self) -> bool {
        self.start.is_some()
    }

    /// Notes a step.
    pub(crate) fn note(&mut self, input: Input, now: Millis, words: Vec<B256>, effects: &[Effect]) {
        self.steps.push((input, now, words, effects.to_vec()));
    }

    /// Takes every step again.
    pub(crate) fn repeat(self, end: &Coordinator) -> Checked {
        let Some(mut machine) = self.start else { return Ok(()) };
        for (input, now, words, expected) in self.steps {
            let name = format!("{input:?}");
            let mut effects = vec![];
            machine.step(input, now, &mut Repeated(words.into_iter()), &mut effects);
            if effects != expected {
                return Err(format!("{name} has other effects when it is repeated: {effects:?}, not {expected:?}"));
            }
        }
        let same = *machine.accounts() == *end.accounts()
            && *machine.tasks() == *end.tasks()
            && machine.audits() == end.audits();
        if same { Ok(()) } else { Err("a process that is repeated ends in another state".into()) }
    }
}
