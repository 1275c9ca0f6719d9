//! The reference pages on the environment, the exit codes and the configuration, generated from what the code declares.

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
    /// The page's content.
    pub rows: fn() -> Vec<Group>,
    end: &'static str,
}

/// Every page.
pub const TOPICS: [Topic; 3] = [
    Topic {
        name: "environment",
        title: "Environment variables that cuckoo reads. An option on the command line takes precedence over a variable.",
        section: "ENVIRONMENT",
        rows: environment,
        end: "No variable holds a secret: keys and passwords are read from files or the terminal.",
    },
    Topic {
        name: "exit-codes",
        title: "What each exit code means, and whether trying again can help.",
        section: "EXIT STATUS",
        rows: exit_codes,
        end: "With --json, `errors[0].class` holds the name and `errors[0].exit_code` the code.",
    },
    Topic {
        name: "config",
        title: "Configuration files are TOML. The first of these that has a value wins: an option, an environment variable, the \
                file's table for the network in use, the top of the file, the network's description.",
        section: "CONFIGURATION",
        rows: configuration,
        end: "The table of a network is written [networks.NAME]. To see each value in force and its source: cuckoo config show --origin",
    },
];

fn environment() -> Vec<Group> {
    let of = |owner| {
        let variables = env::REFERENCE.iter().filter(|variable| variable.owner == owner);
        variables.map(|variable| (variable.name.to_owned(), variable.meaning.to_owned())).collect()
    };
    vec![
        ("Cuckoo's own", of(Owner::Cuckoo)),
        ("Shared with Foundry; used where neither an option nor the configuration has a value", of(Owner::Ethereum)),
        ("General", of(Owner::General)),
        ("In a systemd unit", of(Owner::Systemd)),
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
            "Files; the first that has a value wins",
            vec![
                ("--config, CUCKOO_CONFIG".into(), "only this file is read".into()),
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
    // groff would read a line that begins with one of these as a request.
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
