//! Public events of the world of certificate authorities, dated, with their sources, matched offline.

use std::collections::BTreeSet;

use time::macros::date;
use time::{Date, Duration};

use super::occurrences::{DetectContext, ObservedLeaf, dedup_by_entry, first_three};
use crate::certificate::{Certificate, Fingerprint};
use crate::event::{Detail, EventKind, Occurrence};

/// One dated public event.
struct PublicEvent {
    /// Never changes: it is told once under this name.
    id: &'static str,
    title: &'static str,
    text: &'static str,
    date: Date,
    /// It is told from here on, and no more after `until`.
    from: Date,
    until: Date,
    source: &'static str,
    concerns: fn(&Certificate, &[&str]) -> bool,
}

/// Organisations under whose names browsers' authorities issue.
const PUBLIC: [&str; 24] = [
    "Let's Encrypt",
    "DigiCert",
    "Sectigo",
    "GlobalSign",
    "Google Trust Services",
    "Amazon",
    "GoDaddy",
    "Starfield",
    "ZeroSSL",
    "SSL Corp",
    "Entrust",
    "Actalis",
    "Asseco",
    "Unizeto",
    "Buypass",
    "Microsoft Corporation",
    "Hellenic",
    "IdenTrust",
    "QuoVadis",
    "SwissSign",
    "TrustAsia",
    "COMODO",
    "GEANT",
    "Certainly",
];

fn organisation(issuer: &str) -> Option<&str> {
    let start = if issuer.starts_with("O=") { 2 } else { issuer.find(",O=")? + 3 };
    Some(&issuer[start..])
}

fn is_of(certificate: &Certificate, organisations: &[&str]) -> bool {
    let organisation = organisation(&certificate.issuer);
    !certificate.is_self_issued
        && organisation.is_some_and(|name| organisations.iter().any(|public| name.starts_with(public)))
}

fn lives_longer(certificate: &Certificate, days: i64) -> bool {
    certificate.lifetime().saturating_add(Duration::SECOND) > Duration::days(days)
}

static EVENTS: [PublicEvent; 9] = [
    PublicEvent {
        id: "sc081-100-days",
        title: "Public TLS certificates live at most 100 days from 2027-03-15",
        text: "Certificates issued from then on by public authorities live at most 100 days, and the check of a name \
               can be reused for 100 days. Who renews by hand will do it four times a year: automate it before.",
        date: date!(2027 - 03 - 15),
        from: date!(2026 - 11 - 15),
        until: date!(2027 - 03 - 31),
        source: "CA/Browser Forum ballot SC081v3; Baseline Requirements, section 6.3.2",
        concerns: |certificate, _| is_of(certificate, &PUBLIC) && lives_longer(certificate, 100),
    },
    PublicEvent {
        id: "sc081-47-days",
        title: "Public TLS certificates live at most 47 days from 2029-03-15",
        text: "Certificates issued from then on by public authorities live at most 47 days, and the check of a name \
               can be reused for 10 days. Renewal by hand is no longer possible in practice.",
        date: date!(2029 - 03 - 15),
        from: date!(2028 - 11 - 15),
        until: date!(2029 - 03 - 31),
        source: "CA/Browser Forum ballot SC081v3; Baseline Requirements, section 6.3.2",
        concerns: |certificate, _| is_of(certificate, &PUBLIC) && lives_longer(certificate, 47),
    },
    PublicEvent {
        id: "letsencrypt-64-days",
        title: "Let's Encrypt: 64 days instead of 90 from 2027-02-10",
        text: "The default profile (`classic`) gives certificates of 64 days from then on. A client that renews at a \
               fixed age must renew earlier: at two thirds of the lifetime, or as the CA's renewal information says.",
        date: date!(2027 - 02 - 10),
        from: date!(2026 - 11 - 10),
        until: date!(2027 - 04 - 10),
        source: "https://letsencrypt.org/2025/12/02/from-90-to-45",
        concerns: |certificate, _| is_of(certificate, &["Let's Encrypt"]) && lives_longer(certificate, 64),
    },
    PublicEvent {
        id: "letsencrypt-45-days",
        title: "Let's Encrypt: 45 days from 2028-02-16",
        text: "The default profile (`classic`) gives certificates of 45 days from then on. A client that renews at a \
               fixed age must renew earlier: at two thirds of the lifetime, or as the CA's renewal information says.",
        date: date!(2028 - 02 - 16),
        from: date!(2027 - 11 - 16),
        until: date!(2028 - 04 - 16),
        source: "https://letsencrypt.org/2025/12/02/from-90-to-45",
        concerns: |certificate, _| is_of(certificate, &["Let's Encrypt"]) && lives_longer(certificate, 45),
    },
    PublicEvent {
        id: "end-of-client-auth",
        title: "Public certificates lose client authentication: from 2027-03-15 Chrome allows server authentication only",
        text: "The next renewal comes without `clientAuth`; most authorities stopped giving it in May 2026. What \
               authenticates itself with this certificate (mutual TLS, mail between servers) then fails: get it one of \
               a private CA.",
        date: date!(2027 - 03 - 15),
        from: date!(2025 - 10 - 01),
        until: date!(2027 - 09 - 15),
        source: "Chrome Root Program Policy 1.8; https://letsencrypt.org/2025/05/14/ending-tls-client-authentication",
        concerns: |certificate, _| {
            is_of(certificate, &PUBLIC) && certificate.usages.iter().any(|usage| usage == "clientAuth")
        },
    },
    PublicEvent {
        id: "mozilla-globalsign-r3",
        title: "Firefox ends its trust in the root GlobalSign R3 on 2027-04-15",
        text: "The chain leads to a root whose key is older than Mozilla allows. Ask the authority for a chain to one \
               of its newer roots, and renew before that day.",
        date: date!(2027 - 04 - 15),
        from: date!(2026 - 11 - 15),
        until: date!(2027 - 05 - 15),
        source: "Mozilla Root Store Policy 7.4; https://wiki.mozilla.org/CA/Root_CA_Lifecycles",
        concerns: |_, issuers| issuers.iter().any(|issuer| issuer.contains("OU=GlobalSign Root CA - R3")),
    },
    PublicEvent {
        id: "entrust-distrust",
        title: "Browsers trust no certificate of Entrust issued after 2024-11-11",
        text: "Chrome, Firefox and Safari refuse what Entrust's own roots issued after November 2024. Renew with \
               another authority.",
        date: date!(2024 - 11 - 12),
        from: date!(2024 - 07 - 01),
        until: date!(2028 - 01 - 01),
        source: "https://security.googleblog.com/2024/06/sustaining-digital-certificate-security.html",
        concerns: |certificate, issuers| {
            is_of(certificate, &["Entrust", "AffirmTrust"])
                && issuers.iter().any(|issuer| {
                    issuer.contains("CN=Entrust Root Certification Authority") || issuer.contains("CN=AffirmTrust")
                })
        },
    },
    PublicEvent {
        id: "chunghwa-netlock-distrust",
        title: "Chrome trusts no certificate of Chunghwa Telecom or Netlock issued after 2025-07-31",
        text: "Chrome refuses what these authorities issued after July 2025. Renew with another authority.",
        date: date!(2025 - 08 - 01),
        from: date!(2025 - 06 - 01),
        until: date!(2028 - 01 - 01),
        source: "https://security.googleblog.com/2025/05/sustaining-digital-certificate-security-chrome-root-store-changes.html",
        concerns: |certificate, _| is_of(certificate, &["Chunghwa Telecom", "NETLOCK", "NetLock"]),
    },
    PublicEvent {
        id: "letsencrypt-generation-y",
        title: "Let's Encrypt issues from new intermediates (YE, YR) since 2026-05-13",
        text: "The next renewal comes from another intermediate under another root. Who pins the old ones (R10 to R14, \
               E5 to E9) must stop doing so.",
        date: date!(2026 - 05 - 13),
        from: date!(2026 - 02 - 13),
        until: date!(2026 - 08 - 31),
        source: "https://letsencrypt.org/2025/11/24/gen-y-hierarchy",
        concerns: |certificate, _| {
            is_of(certificate, &["Let's Encrypt"])
                && ["CN=R1", "CN=E"].iter().any(|start| certificate.issuer.starts_with(start))
        },
    },
];

/// By what each is known, and when it applies.
pub fn public_events() -> impl Iterator<Item = (&'static str, Date)> {
    EVENTS.iter().map(|event| (event.id, event.date))
}

pub(super) fn occurrences(context: &DetectContext) -> Vec<Occurrence> {
    let today = context.now.date();
    let current = EVENTS.iter().filter(|event| event.from <= today && today <= event.until);
    current.filter_map(|event| announcement(event, context)).collect()
}

fn announcement(event: &PublicEvent, context: &DetectContext) -> Option<Occurrence> {
    let concerned = |shown: &&ObservedLeaf| {
        let chain = &shown.sight.chain;
        let issuers: Vec<&str> = std::iter::once(chain.leaf.issuer.as_str())
            .chain(chain.rest.iter().map(|issuer| issuer.issuer.as_str()))
            .collect();
        chain.leaf.is_valid(context.now) && (event.concerns)(&chain.leaf, &issuers)
    };
    let concerned: Vec<&ObservedLeaf> = context.shown.iter().filter(concerned).collect();
    let certificates: BTreeSet<Fingerprint> = concerned.iter().map(|shown| shown.leaf().fingerprint).collect();
    if concerned.is_empty() {
        return None;
    }
    let detail = Detail::Announced {
        title: event.title.to_owned(),
        text: event.text.to_owned(),
        date: event.date.to_string(),
        source: event.source.to_owned(),
        count: certificates.len(),
        names: first_three(concerned.iter().map(|shown| shown.observation.name.clone())),
    };
    let locations = dedup_by_entry(concerned.iter().map(|shown| context.location(**shown)));
    Some(context.observed(EventKind::Announcement, event.id, None, locations, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_announced_two_months_before_and_each_event_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.id).collect();
        assert_eq!(names.len(), EVENTS.len());
        for event in &EVENTS {
            assert!(event.date - event.from >= Duration::days(60), "{}", event.id);
            assert!(event.date < event.until && !event.source.is_empty(), "{}", event.id);
        }
    }
}
