//! `cuckoo help`: shows the help of a command or of a topic.

use serde_json::json;

use crate::{
    command::shared::reference::{TOPICS, Topic},
    context::Context,
    terminal::{Error, Result, Text, suggest::closest},
};

/// Show help for a command, or on environment, exit-codes or config
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Command with its subcommands, or topic: environment, exit-codes or config
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// Runs it.
pub fn run(args: &Args, definition: clap::Command, context: &Context) -> Result<()> {
    if let [word] = args.words.as_slice()
        && let Some(topic) = TOPICS.iter().find(|topic| topic.name == word)
    {
        return show(topic, context);
    }
    let mut found = definition;
    found.build();
    for (index, word) in args.words.iter().enumerate() {
        let Some(next) = found.find_subcommand(word).cloned() else {
            let path = args.words.get(..index).unwrap_or_default().join(" ");
            let names: Vec<_> = found
                .get_subcommands()
                .filter(|command| !command.is_hide_set())
                .map(|command| command.get_name().to_owned())
                .chain(TOPICS.iter().filter(|_| index == 0).map(|topic| topic.name.to_owned()))
                .collect();
            let message = match path.is_empty() {
                true => format!("cuckoo has no command and no topic `{}`", word.escape_debug()),
                false => format!("`cuckoo {path}` has no command `{}`", word.escape_debug()),
            };
            let before = if path.is_empty() { path } else { format!("{path} ") };
            return Err(match closest(word, names.iter().map(String::as_str)) {
                Some(name) => Error::usage(message).hint(format_args!("cuckoo help {before}{name}")),
                None => Error::usage(message).hint("list every command: cuckoo help"),
            });
        };
        found = next;
    }
    let help = found.render_long_help();
    context.printer.result(&help.to_string(), || Text::Piece(help.ansi().to_string()))
}

fn show(topic: &Topic, context: &Context) -> Result<()> {
    let rows = (topic.rows)();
    let data: Vec<_> = rows
        .iter()
        .flat_map(|(group, entries)| {
            entries.iter().map(move |(name, meaning)| json!({"group": group, "name": name, "meaning": meaning}))
        })
        .collect();
    context.printer.result(&data, || Text::Piece(topic.text()))
}
