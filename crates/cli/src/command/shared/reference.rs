//! The reference pages, made from what the code declares: the environment, the exit codes and the configuration.

use std::fmt::Write;

use crate::{
    host::{
        config::{KEYS, Scope},
        env::{self, Owner},
    },
    terminal::Class,
};

/// A name and what it means.
type Entry = (String, String);
/// A heading, which may be empty, and the entries below it.
type Group = (&'static str, Vec<Entry>);

/// A page of the reference.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// The word after `cuckoo help`.
    pub name: &'static str,
    title: &'static str,
    section: &'static str,
    /// The groups of entries that it consists of.
    pub rows: fn() -> Vec<Group>,
    end: &'static str,
}

/// Every page.
pub const TOPICS: [Topic; 3] = [
    Topic {
        name: "environment",
        title: "The environment variables that cuckoo reads. An option on the command line wins over a variable.",
        section: "ENVIRONMENT",
        rows: environment,
        end: "No variable holds a secret: keys and passwords are read from files and terminals.",
    },
    Topic {
        name: "exit-codes",
        title: "The exit codes, and whether running the command again can help.",
        section: "EXIT STATUS",
        rows: exit_codes,
        end: "With --json, `errors[0].class` holds the name and `errors[0].exit_code` the code.",
    },
    Topic {
        name: "config",
        title: "Configuration files are written in TOML. A value is taken from the first of these that sets it: an option, a \
                variable, the file's table of the network in use, the file's top, the network's description.",
        section: "CONFIGURATION",
        rows: configuration,
        end: "The table of a network is written [networks.NAME]. To see where each value comes from: cuckoo config show --origin",
    },
];

fn environment() -> Vec<Group> {
    let of = |owner| {
        let variables = env::REFERENCE.iter().filter(|variable| variable.owner == owner);
        variables.map(|variable| (variable.name.to_owned(), variable.meaning.to_owned())).collect()
    };
    vec![
        ("Variables of cuckoo", of(Owner::Cuckoo)),
        (
            "Variables shared with foundry, used where neither an option nor the configuration sets anything",
            of(Owner::Ethereum),
        ),
        ("General variables", of(Owner::General)),
        ("Variables in a systemd unit", of(Owner::Systemd)),
    ]
}

fn exit_codes() -> Vec<Group> {
    let row = |class: Class| {
        let retry = match class.retry() {
            "" => String::new(),
            retry => format!(" [again: {retry}]"),
        };
        (format!("{} {}", class.code(), class.name()), format!("{}{retry}", class.meaning()))
    };
    vec![("", Class::ALL.into_iter().map(row).collect())]
}

fn configuration() -> Vec<Group> {
    let keys = |scope| {
        let keys = KEYS.iter().filter(|key| key.scope == scope);
        keys.map(|key| (key.name.to_owned(), key.meaning.to_owned())).collect()
    };
    vec![
        ("At the top of the file", keys(Scope::Top)),
        ("At the top, or in the table of a network", keys(Scope::Both)),
        ("In the table of a network", keys(Scope::Network)),
        (
            "Files, of which the first that sets a value wins",
            vec![
                ("--config, CUCKOO_CONFIG".into(), "this file and no other".into()),
                (
                    "$XDG_CONFIG_HOME/cuckoo/config.toml".into(),
                    "the user's file, by default ~/.config/cuckoo/config.toml".into(),
                ),
                (
                    "/etc/cuckoo/config.toml".into(),
                    "the machine's file, or a unit's in $CONFIGURATION_DIRECTORY".into(),
                ),
            ],
        ),
    ]
}

impl Topic {
    /// Formats the page as text.
    pub fn text(&self) -> String {
        let groups = (self.rows)();
        let width = groups.iter().flat_map(|(_, entries)| entries).map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut text = format!("{}\n", self.title);
        for (heading, entries) in &groups {
            text.push('\n');
            if !heading.is_empty() {
                let _ = writeln!(text, "{heading}:");
            }
            for (name, meaning) in entries {
                let _ = writeln!(text, "  {name:<width$}  {meaning}");
            }
        }
        let _ = writeln!(text, "\n{}", self.end);
        text
    }

    fn manual(&self) -> String {
        let mut text = format!(".SH {}\n{}\n", escape(self.section), escape(self.title));
        for (heading, entries) in (self.rows)() {
            if !heading.is_empty() {
                let _ = writeln!(text, ".SS \"{}\"", escape(heading));
            }
            for (name, meaning) in entries {
                let _ = writeln!(text, ".TP\n\\fB{}\\fR\n{}", escape(&name), escape(&meaning));
            }
        }
        let _ = writeln!(text, ".PP\n{}", escape(self.end));
        text
    }
}

/// Formats every page as a section of the manual.
pub fn manual() -> String {
    TOPICS.iter().map(Topic::manual).collect()
}

fn escape(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    // A line that begins with one of these would be a request to roff.
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_manual_is_not_a_request() {
        assert_eq!(escape(".SH a-b \\"), "\\&.SH a\\-b \\e");
    }
}
