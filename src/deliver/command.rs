//! A message handed to a program of this machine: JSON to read, the main facts in its environment, its exit code.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{DeliveryError, Receipt};
use crate::cause::{DeliveryCause, Handed, ProgramEnd};
use crate::policy::Command;
use crate::program::{self, Ended, Variables};
use crate::redactor::Redactor;

/// `EX_TEMPFAIL` of sysexits.h: not now, but perhaps later.
const NOT_NOW: i32 = 75;

/// What a program of this machine is not given, and what is not repeated of what it says.
#[derive(Clone, Copy)]
pub(super) struct KeptBack<'r> {
    pub(super) variables: &'r BTreeSet<String>,
    /// Made where there is something to say.
    pub(super) redactor: &'r dyn Fn() -> &'r Redactor,
}

/// Main facts of a message, by the variable that holds each and the place in the JSON.
const FACTS: [(&str, &str); 11] = [
    ("CERTNOTIFY_TYPE", "/type"),
    ("CERTNOTIFY_TITLE", "/data/title"),
    ("CERTNOTIFY_SUMMARY", "/data/summary"),
    ("CERTNOTIFY_CONTACT", "/data/contact"),
    ("CERTNOTIFY_LANGUAGE", "/data/language"),
    ("CERTNOTIFY_MACHINE", "/data/machine"),
    ("CERTNOTIFY_DUE", "/data/totals/due"),
    ("CERTNOTIFY_EXPIRED", "/data/totals/expired"),
    ("CERTNOTIFY_NAME", "/data/items/0/name"),
    ("CERTNOTIFY_LABEL", "/data/items/0/label"),
    ("CERTNOTIFY_URGENCY", "/data/items/0/urgency"),
];

/// Facts of the certificate of the first row, the most urgent one.
const OF_THE_FIRST: [(&str, &str); 3] = [
    ("CERTNOTIFY_NOT_AFTER", "not_after"),
    ("CERTNOTIFY_DAYS_LEFT", "days_left"),
    ("CERTNOTIFY_FINGERPRINT_SHA256", "fingerprint_sha256"),
];

/// Hands `payload` over. Success is the exit code 0.
/// The program may read the files that certnotify reads, and print what stands there.
pub(super) fn send(
    command: &Command,
    id: &str,
    payload: &Value,
    kept_back: KeptBack<'_>,
) -> Result<Receipt, DeliveryError> {
    let mut input = payload.to_string();
    input.push('\n');
    let program = command.argv.first().map_or("", String::as_str);
    let variables = Variables { added: &environment(id, payload), withheld: kept_back.variables };
    match program::run(&command.argv, variables, input.as_bytes(), command.time_limit) {
        Ok(Ended { end: ProgramEnd::Code(0), .. }) => {
            Ok(Receipt { answer: format!("{program}: exit code 0"), ..Receipt::default() })
        }
        Ok(ended) => Err(failed(program, &ended, (kept_back.redactor)())),
        Err(error) => {
            let help = "correct `argv` of `command` of this contact, or make the program executable";
            Err(DeliveryError::from_program(error, Handed::Message, help))
        }
    }
}

/// Every variable is set, so that none of the caller's is taken for one of the message: empty where there is nothing.
fn environment(id: &str, payload: &Value) -> Vec<(String, String)> {
    let certificate = payload.pointer("/data/items/0/certificate");
    let facts = FACTS.iter().map(|(name, place)| (*name, payload.pointer(place)));
    let of_the_first = OF_THE_FIRST.iter().map(|(name, field)| (*name, certificate.and_then(|it| it.get(field))));
    let own = ("CERTNOTIFY_ID".to_owned(), id.to_owned());
    facts.chain(of_the_first).map(|(name, value)| (name.to_owned(), text(value))).chain([own]).collect()
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn failed(program: &str, ended: &Ended, redactor: &Redactor) -> DeliveryError {
    let said = ended.said();
    let said = redactor.said(said.lines().last().unwrap_or_default());
    let program = program.to_owned();
    match ended.end {
        ProgramEnd::Code(NOT_NOW) => {
            DeliveryError::transient(DeliveryCause::ProgramNotNow(program, ended.end, Handed::Message, said))
        }
        ProgramEnd::Code(_) => DeliveryError::permanent(
            DeliveryCause::ProgramFailed(program, ended.end, said),
            "mend the program; exit code 75 asks certnotify to try again, 0 says that the message was taken",
        ),
        ProgramEnd::Signal(signal) => {
            DeliveryError::Unanswered { reason: DeliveryCause::ProgramKilled(program, signal, Handed::Message, said) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn shell(script: &str, limit: Duration) -> Result<Receipt, DeliveryError> {
        hand_over(&["/bin/sh", "-c", script], limit)
    }

    fn hand_over(argv: &[&str], time_limit: Duration) -> Result<Receipt, DeliveryError> {
        let command = Command { argv: argv.iter().map(|word| (*word).to_owned()).collect(), time_limit };
        let payload = json!({ "type": "certificate.reminders", "data": { "title": "T", "contact": "ops" } });
        let redactor = Redactor::default();
        send(&command, "0123", &payload, KeptBack { variables: &BTreeSet::new(), redactor: &|| &redactor })
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn the_exit_code_says_what_became_of_the_message() {
        assert_eq!(shell("cat >/dev/null", LONG).unwrap().answer, "/bin/sh: exit code 0");
        let busy = shell("echo first >&2; echo queue full >&2; exit 75", LONG).unwrap_err();
        let DeliveryError::Transient { reason, retry_after: None } = &busy else { panic!("{busy:?}") };
        assert_eq!(reason.to_string(), "/bin/sh does not take messages now: exit code 75: queue full");
        for code in [1, 64, 127] {
            let failed = shell(&format!("printf 'no\\033[2J such room' >&2; exit {code}"), LONG).unwrap_err();
            let DeliveryError::Permanent { reason, .. } = &failed else { panic!("{failed:?}") };
            assert_eq!(reason.to_string(), format!("/bin/sh failed: exit code {code}: no[2J such room"));
        }
        assert!(matches!(shell("kill -9 $$", LONG), Err(DeliveryError::Unanswered { .. })));
    }

    #[test]
    fn a_program_that_does_not_end_may_have_passed_the_message_on() {
        let killed = shell("sleep 600", Duration::from_millis(300)).unwrap_err();
        assert!(matches!(killed, DeliveryError::Unanswered { .. }), "{killed:?}");
    }

    #[test]
    fn a_program_that_is_not_there_is_told_with_the_key() {
        let error = hand_over(&["/nonexistent/tell"], LONG).unwrap_err();
        let DeliveryError::Permanent { reason, help } = error else { panic!("{error:?}") };
        assert!(reason.to_string().contains("/nonexistent/tell") && help.contains("`argv`"), "{reason} {help}");
    }

    #[test]
    fn every_variable_is_set_also_where_a_message_does_not_have_it() {
        let set = environment("0123", &json!({ "data": { "items": [{ "certificate": { "days_left": -3 } }] } }));
        let of = |name: &str| set.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(of("CERTNOTIFY_DAYS_LEFT"), Some("-3"));
        assert_eq!(of("CERTNOTIFY_ID"), Some("0123"));
        assert_eq!(of("CERTNOTIFY_TITLE"), Some(""));
        assert_eq!(set.len(), FACTS.len() + OF_THE_FIRST.len() + 1);
    }
}
