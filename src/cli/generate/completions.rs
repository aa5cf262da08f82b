//! Shell completions, from the definitions of the command line.

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::{Generator, Shell as Usual};
use clap_complete_nushell::Nushell;

use super::super::Arguments;

/// The shells that there are completions for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ShellName {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Nushell,
}

/// The script, and the file name under which the shell looks for it.
pub(super) fn script(shell: ShellName) -> anyhow::Result<(String, String)> {
    let (name, script) = match shell {
        // Files of bash-completion have the name of the command alone.
        ShellName::Bash => ("certnotify".to_owned(), generated(&Usual::Bash)?),
        ShellName::Zsh => of(&Usual::Zsh)?,
        ShellName::Fish => of(&Usual::Fish)?,
        ShellName::PowerShell => of(&Usual::PowerShell)?,
        ShellName::Nushell => of(&Nushell)?,
    };
    Ok((name, script))
}

fn of(generator: &dyn Generator) -> anyhow::Result<(String, String)> {
    Ok((generator.file_name("certnotify"), generated(generator)?))
}

fn generated(generator: &dyn Generator) -> anyhow::Result<String> {
    let mut command = Arguments::command();
    command.set_bin_name("certnotify");
    command.build();
    let mut script = Vec::new();
    generator.try_generate(&command, &mut script)?;
    Ok(String::from_utf8(script)?)
}
