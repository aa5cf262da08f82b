//! `certnotify generate`: shell completions, man pages and the JSON Schema of the policy file, from the definitions that the
//! program itself goes by.

mod completions;
mod man;
mod page;
mod policy_page;

use std::path::{Path, PathBuf};

use certnotify::policy;
use clap::Subcommand;

use self::completions::ShellName;
use self::page::Page;
use super::exit::advised;
use super::{Exit, sink};

const SCHEMA_FILE: &str = "policies.schema.json";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  certnotify generate completions bash > ~/.local/share/bash-completion/completions/certnotify
  certnotify generate completions fish > ~/.config/fish/completions/certnotify.fish
  certnotify generate man --output man            a page of each command, and certnotify-policies.5
  certnotify generate man policies | man -l -     one page, to read now
  certnotify generate schema > policies.schema.json

Exit codes: 0 written, 3 not written")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Completions of the command line, for a shell
    Completions {
        /// The shell that reads them
        #[arg(value_enum)]
        shell: ShellName,
        /// Write to a file instead, or into a directory that is there, under the name that the shell looks for
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// Man pages: one of each command, and certnotify-policies(5)
    Man {
        /// One page for standard output: `run`, `policies` [default: certnotify(1)]
        #[arg(value_name = "PAGE", conflicts_with = "output")]
        page: Option<String>,
        /// Write all of them into a directory, made if need be
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// The JSON Schema of the policy file, for editors
    Schema {
        /// Write to a file instead, or into a directory that is there
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.what {
        What::Completions { shell, output } => {
            let (name, script) = completions::script(*shell)?;
            write(output.as_deref(), &name, &script)?;
        }
        What::Man { page, output: None } => {
            let wanted = page.as_deref().unwrap_or("certnotify");
            let pages = man::pages()?;
            let Some(page) = pages.iter().find(|page| page.is_called(wanted)) else {
                let names: Vec<&str> = pages.iter().map(Page::short_name).collect();
                let all = || format!("there are {}", names.join(", "));
                let help = policy::did_you_mean(policy::nearest(wanted, &names), all);
                return Err(advised(format!("there is no page `{}`", wanted.escape_debug()), help));
            };
            sink::standard_output(|to| to.write_all(page.text.as_bytes()))?;
        }
        What::Man { output: Some(directory), .. } => {
            std::fs::create_dir_all(directory).map_err(|error| sink::unwritten("directory", directory, &error))?;
            for page in man::pages()? {
                replace(&directory.join(page.file_name()), &page.text)?;
            }
        }
        What::Schema { output } => {
            let text = serde_json::to_string_pretty(&policy::schema())? + "\n";
            write(output.as_deref(), SCHEMA_FILE, &text)?;
        }
    }
    Ok(Exit::Done)
}

/// To standard output, to a file, or into a directory under its usual name.
fn write(output: Option<&Path>, name: &str, text: &str) -> anyhow::Result<()> {
    match output {
        None => sink::standard_output(|to| to.write_all(text.as_bytes())),
        Some(path) if path.is_dir() => replace(&path.join(name), text),
        Some(path) => replace(path, text),
    }
}

fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let replaced = sink::replace(path, |to| to.write_all(text.as_bytes()));
    replaced.map_err(|error| sink::unwritten("file", path, &error))
}
