//! The miners that can do the same tasks: those that offer a model for the same kind of work.

use std::fmt;

use cuckoo_protocol::task::{Kind, TaskSpec, pool};

/// A model and what it is used for. Models of different kinds may have the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pool {
    pub(super) kind: Kind,
    pub(super) model: String,
}

impl Pool {
    /// The pool that a task is drawn from.
    pub(super) fn of(spec: &TaskSpec) -> Self {
        Self { kind: spec.kind(), model: spec.model.clone() }
    }
}

/// The form that the assignment log has, see [`TaskSpec::pool`].
impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&pool(self.kind, &self.model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_written_as_the_log_has_them_and_keep_kinds_apart() {
        let written = |kind, model: &str| Pool { kind, model: model.into() }.to_string();
        assert_eq!([written(Kind::Text, "m"), written(Kind::Image, "m")], ["m", "image:m"]);
        let (text, image) = (Kind::Text, Kind::Image);
        assert_ne!(Pool { kind: text, model: "image:m".into() }, Pool { kind: image, model: "m".into() });
    }
}
