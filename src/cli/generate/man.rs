//! The man pages of the commands, from the definitions of the command line.

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::super::Arguments;
use super::page::{self, Page};
use super::policy_page;

/// Of the manual: commands.
const SECTION: u8 = 1;

/// Every page, that of the program first.
pub(super) fn pages() -> anyhow::Result<Vec<Page>> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    add(&program, &mut pages)?;
    pages.push(policy_page::page());
    Ok(pages)
}

/// The page of a command, and those of its own commands.
fn add(command: &Command, pages: &mut Vec<Page>) -> anyhow::Result<()> {
    pages.push(page(command)?);
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        add(command, pages)?;
    }
    Ok(())
}

fn page(command: &Command) -> anyhow::Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let man = Man::new(command.clone());
    let mut text = page::head(&name, SECTION).into_bytes();
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut rest = Roff::new();
    if let Some(help) = command.get_after_long_help().or_else(|| command.get_after_help()) {
        after_help(&mut rest, &help.to_string());
    }
    if name == "certnotify" {
        environment(&mut rest);
        files(&mut rest);
        exit_status(&mut rest);
    }
    also(&mut rest, &name, command);
    text.extend(rest.to_roff().into_bytes());
    Ok(Page { name, section: SECTION, text: String::from_utf8(text)? })
}

/// What stands below the options in the help: blocks with empty lines between them, some with a heading.
fn after_help(roff: &mut Roff, help: &str) {
    let mut has_notes = false;
    for block in help.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let lines: Vec<&str> = block.lines().collect();
        let Some((first, rest)) = lines.split_first() else { continue };
        if let Some(codes) = first.strip_prefix("Exit codes:") {
            page::section(roff, "EXIT STATUS");
            roff.text([roman(codes.trim())]);
            for line in rest {
                roff.text([roman(line.trim())]);
            }
        } else if let Some(title) = first.strip_suffix(':').filter(|_| !rest.is_empty()) {
            page::section(roff, &title.to_uppercase());
            page::literal(roff, rest);
        } else {
            if !has_notes {
                page::section(roff, "NOTES");
                has_notes = true;
            }
            if rest.iter().any(|line| line.starts_with("  ")) {
                page::literal(roff, &lines);
            } else {
                roff.control("PP", []);
                roff.text([roman(lines.join(" "))]);
            }
        }
    }
}

fn environment(roff: &mut Roff) {
    page::section(roff, "ENVIRONMENT");
    for (name, meaning) in [
        ("CERTNOTIFY_POLICIES", "The policy file, as `--policies` names it."),
        ("CERTNOTIFY_STATE", "The state file, as `--state` names it."),
        ("STATE_DIRECTORY", "The state file is `state.json` in it; systemd sets it."),
        ("CREDENTIALS_DIRECTORY", "Where `{ credential = … }` of the policy file is looked up; systemd sets it."),
        ("HTTPS_PROXY, NO_PROXY", "How channels are reached that name no `proxy`."),
        ("NO_COLOR", "Set: no colour."),
    ] {
        page::term(roff, name, "", meaning);
    }
}

fn files(roff: &mut Roff) {
    page::section(roff, "FILES");
    let usual = "The policy file: that of this directory, else `~/.config/certnotify/policies.toml`, else \
                 `/etc/certnotify/policies.toml`.";
    page::term(roff, "policies.toml", "", usual);
    let usual = "What was told to whom: `/var/lib/certnotify/state.json` for a policy file under `/etc`, else below \
                 `~/.local/state/certnotify`.";
    page::term(roff, "state.json", "", usual);
}

fn exit_status(roff: &mut Roff) {
    page::section(roff, "EXIT STATUS");
    for (code, meaning) in [
        ("0", "Done; of `check`: every certificate is fine."),
        ("1", "Done in part: what is missing stays due and is on standard error; of `check`: warning."),
        ("2", "Of `check`: critical."),
        ("3", "The job could not be done: usage, policy file, state file; of `check`: unknown."),
    ] {
        page::term(roff, code, "", meaning);
    }
}

fn also(roff: &mut Roff, name: &str, command: &Command) {
    let mut pages: Vec<(String, u8)> = Vec::new();
    let parent = name.rsplit_once('-').map(|(parent, _)| parent.to_owned());
    pages.extend(parent.map(|parent| (parent, SECTION)));
    let own = command.get_subcommands().filter(|command| !command.is_hide_set());
    pages.extend(own.filter_map(|command| Some((command.get_display_name()?.to_owned(), SECTION))));
    pages.push((policy_page::NAME.to_owned(), policy_page::SECTION));
    let pages: Vec<(&str, u8)> = pages.iter().map(|(name, section)| (name.as_str(), *section)).collect();
    page::see_also(roff, &pages);
}
