//! The text of a starter policy, and what to type next.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use certnotify::policy::is_unprintable;

use super::findings::{Find, Findings};
use crate::cli::amounts::counted;

const HEAD: &str = "\
# Written by `certnotify init`: whom to tell, of what, and when. After a change: certnotify validate
";

const NO_ADDRESS: &str = "\
# Without an address everything goes to the inbox: certnotify inbox admin
#email = \"admin@example.com\"
";

pub(super) const DEFAULT_POLICY: &str = "
# For every certificate below.
[policies.default]
events = [\"business.expiration\", \"alerts\"]
# How long before the end reminders begin, how often they come, and one more at each milestone.
deadline = \"30d\"
frequency = \"7d\"
milestones = [\"7d\", \"3d\", \"1d\"]
";

/// What the file begins with: what it is, and who is told.
pub(super) fn head(email: Option<&str>) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n[contacts.admin]\n");
    if let Some(address) = email {
        let _ = writeln!(text, "email = {}", quoted(address));
    } else {
        text.push_str(NO_ADDRESS);
    }
    text
}

/// The policy file, with a comment where each certificate was found and what could not be read.
pub(super) fn policy(findings: &Findings, email: Option<&str>) -> String {
    let mut text = head(email);
    text.push_str(DEFAULT_POLICY);
    let mut names: BTreeSet<String> = findings.endpoints.iter().cloned().collect();
    for find in &findings.finds {
        text.push('\n');
        for by in &find.by {
            let _ = writeln!(text, "# {}", plain(by));
        }
        text.push_str("[[certificates]]\n");
        if let Some(path) = &find.path {
            let _ = writeln!(text, "name = {}", quoted(&name(path, find, &mut names)));
            let _ = writeln!(text, "file = {}", quoted(&path.to_string_lossy()));
        } else {
            let endpoints: Vec<String> = findings.endpoints.iter().map(|endpoint| quoted(endpoint)).collect();
            let _ = writeln!(text, "endpoint = [{}]", endpoints.join(", "));
        }
        if let Some(exclude) = find.exclude {
            let _ = writeln!(text, "exclude = [{}]", quoted(exclude));
        }
        if find.is_automatic {
            text.push_str("renewal = \"auto\"\n");
        }
    }
    if !findings.unread.is_empty() {
        text.push_str("\n# Not read:\n");
        for clause in &findings.unread {
            let _ = writeln!(text, "# - {}", plain(clause));
        }
    }
    text
}

/// A short name that no other entry has: of a client, or what its path is called.
fn name(path: &Path, find: &Find, names: &mut BTreeSet<String>) -> String {
    const TELLING_NOTHING: [&str; 12] = [
        "fullchain", "cert", "certs", "certificate", "certificates", "chain", "tls", "ssl", "server", "public", "live",
        "bundle",
    ];
    const ENDS: [&str; 10] = ["pem", "crt", "cer", "cert", "der", "p7b", "p7c", "p12", "pfx", "jks"];
    const LONGEST: usize = 48;
    let client = find.by.first().filter(|_| find.is_automatic);
    let parts: Vec<String> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let stem = |part: &String| {
        let end = |(stem, end): &(&str, &str)| !stem.is_empty() && ENDS.contains(&end.to_lowercase().as_str());
        part.rsplit_once('.').filter(end).map_or_else(|| part.clone(), |(stem, _)| stem.to_owned())
    };
    let is_telling = |name: &&String| {
        !TELLING_NOTHING.contains(&name.to_lowercase().as_str())
            && !name.contains(['*', '?', '[', '/'])
            && !name.starts_with('.')
    };
    let called = parts.iter().rev().map(stem).collect::<Vec<_>>();
    let called = client.or_else(|| called.iter().find(is_telling)).map_or("files", String::as_str);
    let short: String = called.chars().take(LONGEST).collect();
    let numbered = |nth: usize| if nth == 1 { short.clone() } else { format!("{short}-{nth}") };
    let name = (1..=names.len() + 1).map(numbered).find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(name.clone());
    name
}

/// What was found, and where it is named: a line each.
pub(super) fn found(findings: &Findings) -> String {
    let mut text = String::new();
    for find in &findings.finds {
        let what = find.path.as_ref().map_or_else(|| findings.endpoints.join(", "), |path| path.display().to_string());
        let _ = writeln!(text, "found {}: {}", plain(&what), plain(&find.by.join("; ")));
    }
    for clause in &findings.unread {
        let _ = writeln!(text, "not read: {}", plain(clause));
    }
    text
}

/// What was written: how many certificates in files and endpoints, and how many clauses the file ends with.
pub(super) struct Written {
    pub files: Option<usize>,
    pub endpoints: usize,
    pub clauses: usize,
    /// What the clauses tell of.
    pub of: &'static str,
}

/// What was written, and what to type next.
pub(super) fn farewell(path: &Path, is_usual: bool, written: &Written, has_mail: bool) -> String {
    let mut text = format!("wrote {}: ", plain(&path.to_string_lossy()));
    let mut parts = Vec::new();
    if let Some(certificates) = written.files {
        parts.push(format!("{} in files", counted(certificates, "certificate", "certificates")));
    }
    if written.endpoints > 0 {
        parts.push(counted(written.endpoints, "endpoint", "endpoints"));
    }
    text.push_str(&parts.join(", "));
    text.push('\n');
    if written.clauses > 0 {
        let _ = writeln!(text, "{} {}: the file ends with a list", written.clauses, written.of);
    }
    let named = if is_usual { String::new() } else { format!(" -p {}", plain(&path.to_string_lossy())) };
    text.push_str("\nnext:\n");
    if !has_mail {
        text.push_str("  write the address of a recipient into it: email = \"…\"\n");
    }
    for (command, what) in [
        ("check", "what is wrong now"),
        ("plan", "which messages will go out, and when"),
        ("test --all", "whether messages arrive"),
        ("run", "from cron or a timer, once an hour or once a day"),
    ] {
        let command = format!("certnotify{named} {command}");
        let _ = writeln!(text, "  {command:<40}  {what}");
    }
    text
}

/// Paths are untrusted: nothing in one ends a comment or reaches a terminal as a command.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { '\u{fffd}' } else { character }).collect()
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if is_unprintable(character) => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
