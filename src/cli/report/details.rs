//! `check -v`: what there is to know of each certificate, below its row.

use std::io::{self, Write};

use certnotify::certificate::{Certificate, Key};
use certnotify::observation::{ObservedCertificate, Trust};
use certnotify::policy::Zone;
use certnotify::render::untrusted::clean;

use super::Row;

/// More names than this hide everything else.
const MOST_NAMES: usize = 12;
const MARGIN: usize = 4;
const TITLE: usize = "signature".len();

/// Writes a line for each fact of what was seen; nothing where nothing was.
pub(super) fn write(row: &Row<'_>, zone: &Zone, to: &mut dyn Write) -> io::Result<()> {
    let Some(sight) = row.sight() else { return Ok(()) };
    for (title, value) in facts(sight, zone) {
        writeln!(to, "{:MARGIN$}{title:<TITLE$}  {}", "", clean(&value))?;
    }
    Ok(())
}

fn facts(sight: &ObservedCertificate, zone: &Zone) -> Vec<(&'static str, String)> {
    let leaf = &sight.chain.leaf;
    let mut facts = vec![("subject", leaf.subject.clone()), ("issuer", leaf.issuer.clone())];
    facts.push(("names", names(leaf)));
    facts.push(("valid", format!("{} to {}", zone.minute(leaf.not_before), zone.minute(leaf.not_after))));
    facts.push(("key", key(&leaf.key)));
    facts.push(("signature", leaf.signature_algorithm.clone()));
    facts.push(("serial", leaf.serial.clone()));
    facts.push(("SHA-256", leaf.fingerprint.to_string()));
    for (nth, issuer) in sight.chain.rest.iter().enumerate() {
        let title = if nth == 0 { "chain" } else { "" };
        let (until, key) = (zone.minute(issuer.not_after), key(&issuer.key));
        facts.push((title, format!("{}, {key}, until {until}", issuer.subject)));
    }
    if sight.chain.rest.is_empty() {
        facts.push(("chain", "nothing but itself".to_owned()));
    }
    facts.push(("trust", trust(&sight.trust).to_owned()));
    facts.push(("protocol", protocol(sight)));
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn names(leaf: &Certificate) -> String {
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let all: Vec<String> = leaf.dns_names.iter().cloned().chain(addresses).collect();
    let shown = all.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    let more = all.len().saturating_sub(MOST_NAMES);
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn key(key: &Key) -> String {
    let bits = key.bits.map(|bits| format!(" {bits} bits")).unwrap_or_default();
    format!("{}{bits}", key.algorithm)
}

const fn trust(trust: &Trust) -> &'static str {
    match trust {
        Trust::NotJudged => "",
        Trust::Trusted | Trust::PubliclyTrusted => "verified to a root",
        Trust::Distrusted { .. } => "not verified",
    }
}

fn protocol(sight: &ObservedCertificate) -> String {
    match (sight.version, &sight.address) {
        (Some(version), Some(address)) => format!("{version}, {address}"),
        (Some(version), None) => version.to_owned(),
        (None, address) => address.clone().unwrap_or_default(),
    }
}
