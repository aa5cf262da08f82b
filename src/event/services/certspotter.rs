//! What certspotter gives to its scripts: variables of the environment, or the JSON of a discovered certificate.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Issued, ServiceEvent, json, word, words};
use crate::certificate::Fingerprint;
use crate::event::EventKind;

pub(super) fn read(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Vec<ServiceEvent>, String> {
    if text.trim_start().starts_with(['{', '[']) {
        return of_json(&json(text)?).map(|event| vec![event]);
    }
    let written: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim())).collect();
    if !text.trim().is_empty() && !written.contains_key("EVENT") && variable("EVENT").is_none() {
        return Err("it is neither JSON nor the variables of a script: there is no EVENT".to_owned());
    }
    let of = |key: &str| {
        let value = if written.contains_key("EVENT") {
            written.get(key).map(|value| value.trim_matches('\'').to_owned())
        } else {
            variable(key)
        };
        value.filter(|value| !value.trim().is_empty())
    };
    of_variables(&of).map(|event| vec![event])
}

fn of_variables(of: &dyn Fn(&str) -> Option<String>) -> Result<ServiceEvent, String> {
    let event = of("EVENT").ok_or("nothing was handed over: there is no standard input, and no EVENT")?;
    let said = of("SUMMARY");
    match event.as_str() {
        "discovered_cert" => {
            let subject = of("SUBJECT_DN").and_then(|subject| common_name(&subject));
            let item = of("WATCH_ITEM").map(|item| item.trim_start_matches('.').to_owned());
            let facts = Facts {
                names: subject.into_iter().chain(item).collect(),
                issuer: of("ISSUER_DN"),
                serial: of("SERIAL"),
                until: of("NOT_AFTER_RFC3339").or_else(|| of("NOT_AFTER")),
                fingerprint: of("CERT_SHA256").or_else(|| of("FINGERPRINT")),
                key: of("PUBKEY_SHA256").or_else(|| of("PUBKEY_HASH")),
            };
            Ok(facts.event(said))
        }
        // The manual says that there may be others in time: what they say is told.
        other => Ok(ServiceEvent {
            kind: EventKind::Notice,
            names: Vec::new(),
            message: said.or_else(|| of("PARSE_ERROR")).unwrap_or_else(|| format!("certspotter reports: {other}")),
            at: None,
            issued: None,
        }),
    }
}

fn of_json(json: &Value) -> Result<ServiceEvent, String> {
    // As the program saves it, else as the service of SSLMate sends it.
    let json = json.get("issuance").filter(|inner| inner.is_object()).unwrap_or(json);
    let of = |keys: &[&str]| keys.iter().find_map(|key| word(json, &[key])).map(str::to_owned);
    let names: Vec<String> = words(json, "dns_names").into_iter().chain(words(json, "ip_addresses")).collect();
    let fingerprint = of(&["cert_sha256", "fingerprint_sha256", "sha256"]);
    if names.is_empty() && fingerprint.is_none() {
        return Err("it has neither `dns_names` nor `cert_sha256`: it is no discovered certificate".to_owned());
    }
    let facts = Facts {
        names,
        issuer: of(&["issuer_dn"]).or_else(|| word(json, &["issuer", "friendly_name"]).map(str::to_owned)),
        serial: of(&["serial_number", "serial"]),
        until: of(&["not_after"]),
        fingerprint,
        key: of(&["pubkey_sha256"]),
    };
    Ok(facts.event(None))
}

struct Facts {
    names: Vec<String>,
    issuer: Option<String>,
    serial: Option<String>,
    until: Option<String>,
    fingerprint: Option<String>,
    key: Option<String>,
}

impl Facts {
    fn event(self, said: Option<String>) -> ServiceEvent {
        let what = said.unwrap_or_else(|| format!("certificate discovered for {}", self.names.join(", ")));
        let digest = |digits: &Option<String>| {
            digits.as_ref().and_then(|digits| digits.replace(':', "").to_lowercase().parse::<Fingerprint>().ok())
        };
        let serial = self.serial.as_ref().map(|serial| serial.trim_start_matches('0').to_lowercase());
        let issued = Issued { fingerprint: digest(&self.fingerprint), key: digest(&self.key), serial };
        let facts = [
            self.issuer.map(|issuer| format!("issued by {issuer}")),
            self.serial.map(|serial| format!("serial number {serial}")),
            self.until.map(|until| format!("valid until {until}")),
            self.fingerprint.map(|digits| format!("SHA-256 {digits}")),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        let facts = if facts.is_empty() { String::new() } else { format!(", {}", facts.join(", ")) };
        ServiceEvent {
            kind: EventKind::Anomaly,
            message: format!(
                "Certificate Transparency shows an issuance that is not known here: {what}{facts}. If it was not asked \
                 for, let its authority revoke it"
            ),
            names: self.names,
            at: None,
            issued: Some(issued),
        }
    }
}

fn common_name(subject: &str) -> Option<String> {
    let names = subject.split(',').filter_map(|part| part.trim().split_once('='));
    names.into_iter().find(|(kind, _)| kind.eq_ignore_ascii_case("CN")).map(|(_, name)| name.trim().to_owned())
}
