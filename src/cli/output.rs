//! Printing: the only file that writes to standard output and standard error.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;

use certnotify::cause::SystemError;
use certnotify::policy::Zone;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Color;
use super::exit::{CliError, Exit, advised};

/// Settles whether colour is used, once, for both streams.
pub(crate) fn use_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// The options that pick the same policy file and state again.
static OPTIONS: OnceLock<String> = OnceLock::new();

/// Settles with which options a suggested command is typed, once.
pub(crate) fn suggest_with(options: String) {
    // A second call would be the same.
    let _ = OPTIONS.set(options);
}

/// `text`, in which every command that reads the policy file or the state has the options that this one was given.
pub(crate) fn pasteable(text: &str) -> Cow<'_, str> {
    match OPTIONS.get() {
        Some(options) if !options.is_empty() => Cow::Owned(with_options(text, options)),
        _ => Cow::Borrowed(text),
    }
}

fn with_options(text: &str, options: &str) -> String {
    const CALLED: &str = "certnotify ";
    const COMMANDS: [&str; 9] = ["run", "plan", "test", "history", "inbox", "snooze", "validate", "check", "state"];
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(CALLED) {
        let (before, after) = rest.split_at(at + CALLED.len());
        written.push_str(before);
        let (command, arguments) = after.split_at(after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len()));
        // What `check` is given to look at needs no policy file.
        let first = arguments.strip_prefix(' ').and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let is_target = command == "check" && first.contains(['.', ':', '/', '\'']);
        if COMMANDS.contains(&command) && !is_target {
            written.push_str(options.trim_start());
            written.push(' ');
        }
        rest = after;
    }
    written.push_str(rest);
    written
}

/// Writes `text` to standard output as it is.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// What became of writing to standard output: a reader that went away (`| head`) is no error.
pub(crate) fn written(outcome: std::io::Result<()>) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(full(&error)),
        _ => Ok(()),
    }
}

/// What to type next, for who reads along: scripts are not told.
pub(crate) fn next(text: &str) -> anyhow::Result<()> {
    if std::io::stdout().is_terminal() { print(&pasteable(&format!("\nnext  {text}\n"))) } else { Ok(()) }
}

/// Standard output takes no more.
pub(crate) fn full(error: &std::io::Error) -> anyhow::Error {
    let cause = SystemError::from_io(error).said;
    advised(
        format!("standard output: it cannot be written to: {cause}"),
        "free space where it goes to, or send it elsewhere",
    )
}

/// Writes one JSON value, indented, to standard output.
pub(crate) fn json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&format!("{value:#}\n"))
}

/// RFC 3339 in UTC, as every JSON of the command line has it.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    Zone::UTC.local(at).format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(names: &[&str]) -> String {
    match names {
        [] => "no one".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same, of many the first three and how many more.
pub(crate) fn and_more(names: &[&str]) -> String {
    match names {
        [first, second, third, rest @ ..] if rest.len() > 7 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        names => and(names),
    }
}

/// What to do about what was just refused.
pub(crate) fn help(text: &str) {
    let _ = anstream::stderr().lock().write_all(format!("  help: {text}\n").as_bytes());
}

/// One problem on standard error, in the one shape that all have. The text must be clean of control characters.
pub(crate) fn problem(text: &str, help: Option<&str>) {
    let help = help.map(|help| format!("  help: {}\n", pasteable(help))).unwrap_or_default();
    let text = format!("certnotify: {text}\n{help}");
    // Where standard error cannot be written to either, nothing is left to tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// An error with its causes, in one line. What the system said stands without its number.
pub(crate) fn in_words(failure: &anyhow::Error) -> String {
    let words = failure.chain().map(|cause| match cause.downcast_ref::<std::io::Error>() {
        Some(error) => SystemError::from_io(error).said,
        None => cause.to_string(),
    });
    words.collect::<Vec<_>>().join(": ")
}

/// Prints why the job could not be done: `certnotify: <where>: <what>: <cause>` and the help.
pub(crate) fn report(failure: &anyhow::Error) -> Exit {
    let help = failure.downcast_ref::<CliError>().map(|advised| advised.help.as_str());
    problem(&in_words(failure), help);
    Exit::Failed
}

#[cfg(test)]
mod tests {
    use super::with_options;

    #[test]
    fn a_suggested_command_is_typed_with_the_options_of_this_one() {
        let with = |text: &str| with_options(text, " --policies 'my policies.toml'");
        assert_eq!(
            with("try: certnotify test ops --channel email"),
            "try: certnotify --policies 'my policies.toml' test ops --channel email"
        );
        assert_eq!(with("see certnotify history"), "see certnotify --policies 'my policies.toml' history");
        for as_it_is in
            ["try: certnotify check 127.0.0.1:9", "certnotify alone can know it", "certnotify init www.example.com", ""]
        {
            assert_eq!(with(as_it_is), as_it_is);
        }
    }
}
