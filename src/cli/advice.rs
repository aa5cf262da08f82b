//! What to type instead of an option that another tool has and this one has not.

use certnotify::render::untrusted::clean;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Global;
use super::exit::advised;

/// Options of other tools, and what does the same here.
const OPTIONS: [(&[&str], &str); 11] = [
    (
        &["-H", "--host", "--hostname", "-u", "--url", "--endpoint", "--domain"],
        "a host stands alone: certnotify check www.example.com",
    ),
    (&["--port"], "a port stands behind its host: certnotify check www.example.com:8443"),
    (
        &["--days", "-d", "-D", "--expire-days", "--threshold"],
        "`check` has --within 30d (fails inside), or --warning 30d and --critical 7d; `plan` has --days 30",
    ),
    (&["-f", "--file", "--cert"], "a file stands alone: certnotify check /etc/ssl/www.pem"),
    (&["--json", "-j"], "write --format json"),
    (&["-k", "--insecure", "--no-verify"], "`check` has --no-trust: names and dates only"),
    (&["--sni", "--servername", "-N"], "`check` has --server-name NAME"),
    (&["--config", "--policy"], "the policy file is named by --policies FILE, or -p FILE"),
    (&["--ca", "--cacert", "--ca-cert", "-C", "--rootcert"], "`check` has --ca-file FILE"),
    (&["-t", "--time-out"], "`check` and `run` have --timeout 10s"),
    (&["-n", "--dry", "--noop"], "certnotify run --dry-run shows what would be sent and sends nothing"),
];

/// Environment variables that stand for an option, and what to do where one is empty.
const VARIABLES: [(&str, &str, &str); 2] = [
    ("--state", "CERTNOTIFY_STATE", "CERTNOTIFY_STATE is empty: unset it, or let it name the state file"),
    ("--policies", "CERTNOTIFY_POLICIES", "CERTNOTIFY_POLICIES is empty: unset it, or let it name the policy file"),
];

/// Of a refusal by the parser of arguments.
pub(super) fn on(refusal: &clap::Error) -> Option<&'static str> {
    let ContextValue::String(argument) = refusal.get(ContextKind::InvalidArg)? else { return None };
    let written = argument.split(['=', ' ']).next()?;
    match refusal.kind() {
        ErrorKind::UnknownArgument if is_number_in_inbox(refusal, written) => {
            Some("`show` prints a message: certnotify inbox show 1, or certnotify inbox CONTACT show 1")
        }
        ErrorKind::UnknownArgument => {
            OPTIONS.iter().find(|(words, _)| words.contains(&written)).map(|(_, advice)| *advice)
        }
        ErrorKind::InvalidValue => {
            let is_empty = |name: &str| std::env::var_os(name).is_some_and(|value| value.is_empty());
            let known = VARIABLES.iter().find(|(option, variable, _)| *option == written && is_empty(variable));
            known.map(|(_, _, advice)| *advice)
        }
        _ => None,
    }
}

/// `certnotify inbox 3`, or `certnotify inbox ops 3`.
fn is_number_in_inbox(refusal: &clap::Error, written: &str) -> bool {
    let usage = refusal.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    written.bytes().all(|byte| byte.is_ascii_digit()) && usage.contains(" inbox ")
}

/// Of a port that stands at `-p`, as other tools have it, beside this target.
pub(super) fn on_port(global: &Global, target: &str) -> Option<anyhow::Error> {
    let path = global.policies.as_deref()?;
    let port = path.to_str()?.parse::<u16>().ok().filter(|port| *port > 0 && path.symlink_metadata().is_err())?;
    let help = format!("a port stands behind its host: {}:{port}", clean(target));
    Some(advised(format!("-p names a policy file, and there is no file `{port}`"), help))
}
