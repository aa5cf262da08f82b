//! Which authorities a domain lets issue for it: CAA (RFC 8659).

use std::collections::{BTreeMap, BTreeSet};

use crate::cause::RenewalBlock;
use crate::certificate::DistinguishedName;
use crate::observation::CaaRecord;

/// What public authorities call themselves in CAA records, by the organisation that their issuers name: as they have
/// disclosed it to root programmes (2026-11). Of others nothing is said.
const IDENTITIES: &[(&str, &[&str])] = &[
    ("Let's Encrypt", &["letsencrypt.org"]),
    ("Google Trust Services", &["pki.goog", "google.com"]),
    ("Google Trust Services LLC", &["pki.goog", "google.com"]),
    ("ZeroSSL", SECTIGO),
    ("Sectigo Limited", SECTIGO),
    ("COMODO CA Limited", SECTIGO),
    ("DigiCert Inc", DIGICERT),
    ("DigiCert, Inc.", DIGICERT),
    ("GlobalSign nv-sa", &["globalsign.com"]),
    ("Actalis S.p.A.", &["actalis.it"]),
    ("SSL Corporation", &["ssl.com"]),
    ("SSL Corp", &["ssl.com"]),
    ("Amazon", &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"]),
];

const SECTIGO: &[&str] = &[
    "sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com", "entrust.net",
    "affirmtrust.com",
];
const DIGICERT: &[&str] = &[
    "digicert.com",
    "digicert.ne.jp",
    "cybertrust.ne.jp",
    "symantec.com",
    "thawte.com",
    "geotrust.com",
    "rapidssl.com",
    "www.digicert.com",
    "volusion.digitalcertvalidation.com",
    "stratossl.digitalcertvalidation.com",
    "intermediatecertificate.digitalcertvalidation.com",
    "1and1.digitalcertvalidation.com",
];

/// The names by which CAA records permit the authority that `issuer` names as its organisation, or where it names none as
/// its common name; none where it is not known.
#[must_use]
pub fn caa_identities(issuer: &DistinguishedName) -> Option<&'static [&'static str]> {
    let organization = issuer.organization().or_else(|| issuer.common_name())?;
    IDENTITIES.iter().find(|(name, _)| *name == organization).map(|(_, identities)| *identities)
}

/// Whether the next certificate can be had, as far as the records tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    Permitted,
    Refused(RenewalBlock),
    /// Not all that counts was answered.
    Unknown,
}

/// The names whose records count for one of a certificate: itself, then each above it (RFC 8659 §3).
pub fn caa_domains(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name.strip_prefix("*.").unwrap_or(name)), |name| {
        name.split_once('.').map(|(_, parent)| parent)
    })
}

/// Whether the records permit an authority with these `identities` to issue for `name`.
#[must_use]
pub fn permission(name: &str, identities: &[&str], records: &BTreeMap<String, Vec<CaaRecord>>) -> Permission {
    for domain in caa_domains(name) {
        match records.get(domain).map(Vec::as_slice) {
            None => return Permission::Unknown,
            Some([]) => {}
            Some(set) => return judged(domain, name.starts_with("*."), identities, set),
        }
    }
    Permission::Permitted
}

fn judged(domain: &str, is_wildcard: bool, identities: &[&str], set: &[CaaRecord]) -> Permission {
    const KNOWN: [&str; 6] = ["issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail"];
    if let Some(record) = set.iter().find(|record| record.is_critical && !KNOWN.contains(&record.tag.as_str())) {
        let (domain, property) = (domain.to_owned(), record.tag.clone());
        return Permission::Refused(RenewalBlock::CriticalProperty { domain, property });
    }
    let values = |tag: &str| set.iter().filter(|record| record.tag == tag).map(authority).collect::<Vec<_>>();
    let wild = values("issuewild");
    let permitted = if is_wildcard && !wild.is_empty() { wild } else { values("issue") };
    let is_permitted =
        permitted.is_empty() || permitted.iter().any(|one| identities.iter().any(|own| own.eq_ignore_ascii_case(one)));
    if is_permitted {
        return Permission::Permitted;
    }
    let others: BTreeSet<&str> = permitted.into_iter().filter(|one| !one.is_empty()).collect();
    Permission::Refused(RenewalBlock::NotPermitted {
        domain: domain.to_owned(),
        permitted: others.into_iter().take(3).map(str::to_owned).collect(),
        own: identities.first().copied().unwrap_or_default().to_owned(),
    })
}

/// The authority that a value names, without parameters (RFC 8659 §4.2).
fn authority(record: &CaaRecord) -> &str {
    let name = record.value.split(';').next().unwrap_or_default();
    name.trim_matches([' ', '\t']).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(records: &[(&str, &str)]) -> Vec<CaaRecord> {
        let record = |(tag, value): &(&str, &str)| CaaRecord {
            is_critical: tag.starts_with('!'),
            tag: tag.trim_start_matches('!').to_owned(),
            value: (*value).to_owned(),
        };
        records.iter().map(record).collect()
    }

    fn of(name: &str, records: &[(&str, &[(&str, &str)])]) -> Permission {
        let records = records.iter().map(|(domain, records)| ((*domain).to_owned(), set(records))).collect();
        permission(name, &["letsencrypt.org"], &records)
    }

    #[test]
    fn the_nearest_set_counts_and_a_missing_answer_is_no_permission() {
        let none: &[(&str, &str)] = &[];
        let own: &[(&str, &str)] = &[("issue", "letsencrypt.org")];
        let other: &[(&str, &str)] = &[("issue", "digicert.com"), ("iodef", "mailto:a@example.com")];
        assert_eq!(of("a.b.com", &[("a.b.com", none), ("b.com", none), ("com", none)]), Permission::Permitted);
        assert_eq!(of("a.b.com", &[("a.b.com", own), ("b.com", other)]), Permission::Permitted);
        assert_eq!(
            of("a.b.com", &[("a.b.com", none), ("b.com", other)]),
            Permission::Refused(RenewalBlock::NotPermitted {
                domain: "b.com".to_owned(),
                permitted: vec!["digicert.com".to_owned()],
                own: "letsencrypt.org".to_owned(),
            })
        );
        assert_eq!(of("a.b.com", &[("a.b.com", none), ("com", none)]), Permission::Unknown);
        assert_eq!(of("a.b.com", &[]), Permission::Unknown);
    }

    #[test]
    fn values_are_read_as_rfc_8659_has_them() {
        let is_permitted = |name: &str, records: &[(&str, &str)]| match of(name, &[("b.com", records)]) {
            Permission::Permitted => true,
            Permission::Refused(_) => false,
            Permission::Unknown => panic!("{records:?}"),
        };
        for records in [
            &[("issue", " LetsEncrypt.org ; validationmethods=dns-01; accounturi=https://x/1")][..],
            &[("issue", "digicert.com"), ("issue", "letsencrypt.org.")],
            &[("iodef", "mailto:a@example.com")],
            &[("issuewild", ";")],
            &[("tbs", "unknown")],
        ] {
            assert!(is_permitted("b.com", records), "{records:?}");
        }
        for records in [
            &[("issue", ";")][..],
            &[("issue", "")],
            &[("issue", "letsencrypt.org.example")],
            &[("!tbs", "unknown"), ("issue", "letsencrypt.org")],
        ] {
            assert!(!is_permitted("b.com", records), "{records:?}");
        }
        assert!(is_permitted("*.b.com", &[("issue", ";"), ("issuewild", "letsencrypt.org")]));
        assert!(!is_permitted("*.b.com", &[("issue", "letsencrypt.org"), ("issuewild", ";")]));
        assert!(is_permitted("*.b.com", &[("issue", "letsencrypt.org")]));
    }

    #[test]
    fn the_organisation_of_an_issuer_says_who_it_is() {
        assert_eq!(caa_identities(&"CN=R11,O=Let's Encrypt,C=US".into()), Some(&["letsencrypt.org"][..]));
        assert_eq!(caa_identities(&"CN=Let's Encrypt,O=Example CA".into()), None);
        assert_eq!(caa_identities(&"CN=Let's Encrypt".into()), Some(&["letsencrypt.org"][..]));
        assert_eq!(caa_identities(&"CN=R11".into()), None);
    }
}
