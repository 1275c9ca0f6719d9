//! Exit codes: one for each class of outcome, decided here and nowhere else.

use serde::Serialize;

/// The class of a command's outcome, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The command succeeded, or the reader of its output has closed it.
    Ok,
    /// The command failed for a cause without a class of its own.
    Failure,
    /// The usage is wrong, or a question has nobody to answer it.
    Usage,
    /// The chain does not allow it, and nothing was sent.
    Precondition,
    /// No key is available, the password is wrong, or a person declined.
    Auth,
    /// An endpoint or a node does not answer, even after retries.
    Unavailable,
    /// The transaction is in a block and changed nothing.
    Reverted,
    /// The transaction was sent and is in no block yet; its hash is on stdout.
    Unconfirmed,
    /// A check found errors.
    CheckFailed,
    /// The configuration is bad; a restart does not change that.
    Config,
    /// Ctrl-C stopped the command.
    Interrupted,
}

impl Class {
    /// Every class, for the reference.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Failure,
        Self::Usage,
        Self::Precondition,
        Self::Auth,
        Self::Unavailable,
        Self::Reverted,
        Self::Unconfirmed,
        Self::CheckFailed,
        Self::Config,
        Self::Interrupted,
    ];

    /// The class's name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::Precondition => "precondition",
            Self::Auth => "auth",
            Self::Unavailable => "unavailable",
            Self::Reverted => "reverted",
            Self::Unconfirmed => "unconfirmed",
            Self::CheckFailed => "check-failed",
            Self::Config => "config",
            Self::Interrupted => "interrupted",
        }
    }

    /// The class's meaning, for the reference.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "the command succeeded, or the reader of its output has closed it",
            Self::Failure => "the command failed for a cause without a code of its own",
            Self::Usage => "the usage is wrong, or a question has nobody to answer it",
            Self::Precondition => {
                "it cannot be done as things are, and nothing was sent: too little stake, not registered, too early, or what was named does not exist"
            }
            Self::Auth => "no key is available, the password is wrong, or a person declined",
            Self::Unavailable => {
                "an endpoint or a node does not answer, even after retries, or an address to listen on is taken"
            }
            Self::Reverted => "the transaction is in a block and changed nothing",
            Self::Unconfirmed => "the transaction was sent and is in no block yet; its hash is on stdout",
            Self::CheckFailed => "a check found errors",
            Self::Config => "the configuration is bad; a restart does not change that",
            Self::Interrupted => "Ctrl-C stopped the command",
        }
    }

    /// Whether the same command can succeed later.
    pub const fn retry(self) -> &'static str {
        match self {
            Self::Ok | Self::Interrupted => "",
            Self::Failure => "maybe",
            Self::Precondition => "later",
            Self::Unavailable => "yes",
            Self::Unconfirmed => "cuckoo tx wait HASH",
            Self::CheckFailed => "after fixing it",
            Self::Usage | Self::Auth | Self::Reverted | Self::Config => "no",
        }
    }

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Precondition => 3,
            Self::Auth => 4,
            Self::Unavailable => 5,
            Self::Reverted => 6,
            Self::Unconfirmed => 7,
            Self::CheckFailed => 8,
            Self::Config => 78,
            Self::Interrupted => 130,
        }
    }
}

impl From<Class> for std::process::ExitCode {
    fn from(class: Class) -> Self {
        Self::from(class.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_a_code_and_a_name_of_its_own() {
        let mut codes: Vec<_> = Class::ALL.iter().map(|class| class.code()).collect();
        codes.dedup();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 78, 130]);
        for class in Class::ALL {
            assert_eq!(serde_json::to_value(class).ok(), Some(class.name().into()));
        }
    }
}
