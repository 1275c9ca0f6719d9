//! `cuckoo completions` and `cuckoo man`: generates shell completions and manual pages from the command line's definition.

pub mod names;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap_complete::Shell;
use clap_mangen::Man;

use crate::{
    command::shared::reference,
    context::Context,
    terminal::{Error, Result, Text},
};

/// Print a script with which a shell completes commands and options
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// Shell to print the script for
    #[arg(value_enum)]
    shell: Shell,
}

/// Print or write the manual pages
#[derive(Debug, clap::Args)]
pub struct Manual {
    /// Directory to write a page for each command into [default: print the first page to stdout]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Generates the script for a shell.
pub fn generate_script(shell: Shell, mut definition: clap::Command) -> String {
    let mut script = vec![];
    clap_complete::generate(shell, &mut definition, "cuckoo", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Generates every page of the manual, each with its file's name and its text.
pub fn generate_pages(mut definition: clap::Command) -> Result<Vec<(String, String)>> {
    definition.build();
    let mut pages = vec![];
    collect(&definition, &mut pages)?;
    Ok(pages)
}

fn collect(command: &clap::Command, pages: &mut Vec<(String, String)>) -> Result<()> {
    let man =
        Man::new(command.clone()).manual("Cuckoo").source(format!("cuckoo {}", crate::terminal::version::RELEASE));
    let mut page = vec![];
    man.render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if pages.is_empty() {
        page.push_str(&reference::manual());
    }
    pages.push((man.get_filename(), page));
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        collect(command, pages)?;
    }
    Ok(())
}

/// Prints a script.
pub fn completions(args: &Completions, definition: clap::Command, context: &Context) -> Result<()> {
    let script = generate_script(args.shell, definition);
    context.printer.result(&script, || Text::Piece(script.clone()))
}

/// Prints or writes the manual.
pub fn manual(args: Manual, definition: clap::Command, context: &Context) -> Result<()> {
    let pages = generate_pages(definition)?;
    let Some(directory) = args.directory else {
        let page = pages.into_iter().next().map(|(_, page)| page).unwrap_or_default();
        return context.printer.result(&page, || Text::Piece(page.clone()));
    };
    let describe = |path: &Path, error| Error::failure(format_args!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(&directory).map_err(|error| describe(&directory, error))?;
    let mut written = vec![];
    for (name, page) in pages {
        let path = directory.join(name);
        fs::write(&path, page).map_err(|error| describe(&path, error))?;
        written.push(path);
    }
    context.printer.ok(format_args!("{} pages are written to {}", written.len(), directory.display()));
    context.printer.hint(format_args!("to read one: man {}", directory.join("cuckoo.1").display()));
    context.printer.result(&written, || Text::Nothing)
}
