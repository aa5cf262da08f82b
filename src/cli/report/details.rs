//! What there is to know of a certificate, a line for each fact: below its row in `check -v`, folded in on the page.

use std::io::{self, Write};

use certnotify::certificate::{Certificate, PublicKey, is_no_end};
use certnotify::observation::{ObservedCertificate, Trust};
use certnotify::policy::Zone;
use certnotify::render::untrusted::clean;

use super::Row;

/// More names than this hide everything else on a terminal.
const MOST_NAMES: usize = 12;
const MARGIN: usize = 4;
const TITLE: usize = "limited by".len();

/// Writes a line for each fact of what was seen; nothing where nothing was.
pub(super) fn write(row: &Row<'_>, zone: &Zone, to: &mut dyn Write) -> io::Result<()> {
    for (title, value) in facts(row, zone, MOST_NAMES) {
        writeln!(to, "{:MARGIN$}{title:<TITLE$}  {value}", "")?;
    }
    Ok(())
}

/// Titles and clean values; a value without a title goes on with the one before. Names beyond `most_names` are counted.
pub(super) fn facts(row: &Row<'_>, zone: &Zone, most_names: usize) -> Vec<(&'static str, String)> {
    let Some(sight) = row.sight() else { return Vec::new() };
    let leaf = &sight.chain.leaf;
    if leaf.is_date() {
        return vec![("expires", end(leaf, zone))];
    }
    let mut facts = vec![
        ("subject", leaf.subject.to_string()),
        ("issuer", leaf.issuer.to_string()),
        ("names", names(leaf, most_names)),
        ("valid", format!("{} to {}", zone.minute(leaf.not_before), end(leaf, zone))),
        ("key", key(&leaf.key)),
        ("signature", leaf.signature_algorithm.to_string()),
        ("serial", leaf.serial.clone()),
        ("SHA-256", leaf.fingerprint.to_string()),
    ];
    let limit = row.limit().map(|issuer| format!("{}, until {}", issuer.subject, end(issuer, zone)));
    let limit = limit.or_else(|| {
        let limit = row.limit_of_metadata()?;
        Some(format!("SAML metadata of {}, until {}", limit.subject, zone.minute(limit.not_after)))
    });
    facts.extend(limit.map(|limit| ("limited by", limit)));
    for (nth, issuer) in sight.chain.rest.iter().enumerate() {
        let title = if nth == 0 { "chain" } else { "" };
        facts.push((title, format!("{}, {}, until {}", issuer.subject, key(&issuer.key), end(issuer, zone))));
    }
    if sight.chain.rest.is_empty() {
        facts.push(("chain", "nothing but itself".to_owned()));
    }
    facts.push(("trust", trust(&sight.trust).to_owned()));
    facts.push(("protocol", protocol(sight)));
    facts.into_iter().map(|(title, value)| (title, clean(&value))).filter(|(_, value)| !value.is_empty()).collect()
}

fn end(certificate: &Certificate, zone: &Zone) -> String {
    if is_no_end(certificate.not_after) { "no end".to_owned() } else { zone.minute(certificate.not_after) }
}

fn names(leaf: &Certificate, most: usize) -> String {
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let all: Vec<String> = leaf.dns_names.iter().cloned().chain(addresses).collect();
    let shown = all[..all.len().min(most)].join(", ");
    let more = all.len().saturating_sub(most);
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

fn key(key: &PublicKey) -> String {
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
    let connection = sight.connection();
    match (connection.version, &connection.address) {
        (Some(version), Some(address)) => format!("{version}, {address}"),
        (Some(version), None) => version.to_owned(),
        (None, address) => address.clone().unwrap_or_default(),
    }
}
