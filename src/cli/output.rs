//! Printing: the only file that writes to standard output and standard error.

use std::io::Write as _;

use certnotify::policy::Zone;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Color;
use super::exit::advised;

/// Settles whether colour is used, once, for both streams.
pub(crate) fn use_color(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Writes `text` to standard output as it is. A reader that went away (`| head`) is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(full(&error)),
        _ => Ok(()),
    }
}

/// Standard output takes no more.
pub(crate) fn full(error: &std::io::Error) -> anyhow::Error {
    let words = error.to_string();
    let cause = words.split(" (os error").next().unwrap_or_default().to_lowercase();
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
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What to do about what was just refused.
pub(crate) fn help(text: &str) {
    let _ = anstream::stderr().lock().write_all(format!("  help: {text}\n").as_bytes());
}

/// One problem on standard error, in the one shape that all have. The text must be clean of control characters.
pub(crate) fn problem(text: &str, help: Option<&str>) {
    let help = help.map(|help| format!("  help: {help}\n")).unwrap_or_default();
    let text = format!("certnotify: {text}\n{help}");
    // Where standard error cannot be written to either, nothing is left to tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
