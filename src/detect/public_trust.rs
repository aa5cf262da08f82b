//! Which certificates browsers trust, over which roots, and until when: worked out from names, dates and published plans.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use time::macros::date;
use time::{Date, Duration, OffsetDateTime};

use super::public_roots::{key_since, subjects};
use crate::certificate::{Certificate, Chain, DistinguishedName};
use crate::event::FindingId;
use crate::observation::{ObservedCertificate, Trust};

/// Owners of public intermediates that have no root of that name.
const ISSUING_OWNERS: [&str; 22] = [
    "Actalis S.p.A.",
    "Asseco Data Systems S.A.",
    "Certainly",
    "COMODO CA Limited",
    "DigiCert Inc",
    "DigiCert, Inc.",
    "Entrust, Inc.",
    "Entrust Limited",
    "GEANT Vereniging",
    "GlobalSign nv-sa",
    "Google Trust Services",
    "Google Trust Services LLC",
    "HARICA",
    "IdenTrust",
    "Let's Encrypt",
    "Microsoft Corporation",
    "QuoVadis Trustlink B.V.",
    "Sectigo Limited",
    "SSL Corporation",
    "TrustAsia Technologies, Inc.",
    "ZeroSSL",
    "ZeroSSL GmbH",
];

/// Every organisation under whose exact name public certificates are issued.
static OWNERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let of_roots = subjects().filter_map(|subject| DistinguishedName::from(subject).organization());
    of_roots.chain(ISSUING_OWNERS.map(str::to_owned)).collect()
});

/// The last authority of one path from a certificate: a root that browsers know, a certificate that says it is a root, or
/// an issuer whose certificate is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathEnd<'a> {
    pub subject: &'a str,
    /// Since when it has its key, as its own certificate says, else the table of roots.
    pub key_since: Option<Date>,
    pub is_public: bool,
}

/// The ends of all paths from the leaf. An issuer that browsers know as a root ends a path even where it is cross-signed
/// by another one; a chain without issuers ends at the name of its issuer.
pub(super) fn path_ends(chain: &Chain) -> Vec<PathEnd<'_>> {
    let mut ends: Vec<PathEnd<'_>> = Vec::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut waiting = vec![chain.leaf.issuer.as_str()];
    while let Some(name) = waiting.pop() {
        if !reached.insert(name) {
            continue;
        }
        let own: Vec<&Certificate> =
            chain.rest.iter().map(AsRef::as_ref).filter(|issuer| issuer.subject == name).collect();
        let shown = own.iter().find(|issuer| issuer.is_self_issued).map(|root| root.not_before.date());
        let known = key_since(name);
        if shown.is_some() || known.is_some() || own.is_empty() {
            ends.push(PathEnd { subject: name, key_since: shown.or(known), is_public: known.is_some() });
        }
        waiting.extend(own.iter().filter(|issuer| !issuer.is_self_issued).map(|issuer| issuer.issuer.as_str()));
    }
    ends
}

/// Whether a public authority issued it: its chain leads to a root that browsers know. A certificate that came without
/// its issuers is judged by the exact name of the issuing organisation.
pub(super) fn is_public(sight: &ObservedCertificate) -> bool {
    let chain = &sight.chain;
    match &sight.trust {
        Trust::PubliclyTrusted => true,
        Trust::Distrusted { id, .. } if *id != FindingId::ChainIncomplete => false,
        _ if chain.leaf.is_self_issued => false,
        _ if may_lead_to_a_root(chain) && path_ends(chain).iter().any(|end| end.is_public) => true,
        _ => chain.rest.is_empty() && chain.leaf.issuer.organization().is_some_and(|owner| OWNERS.contains(&owner)),
    }
}

/// When browsers end their trust in a root with a key of this age: Mozilla Root Store Policy 7.4 and Chrome Root Program
/// Policy 1.8.
pub(super) fn trusted_until(key_since: Date) -> Date {
    // Keys made before the first day lose their trust on the second.
    const PLAN: [(Date, Date); 4] = [
        (date!(2008 - 01 - 01), date!(2026 - 04 - 15)),
        (date!(2010 - 01 - 01), date!(2027 - 04 - 15)),
        (date!(2012 - 01 - 01), date!(2028 - 04 - 15)),
        (date!(2014 - 04 - 15), date!(2029 - 04 - 15)),
    ];
    let fifteen_years_after = || {
        let year = key_since.year().saturating_add(15);
        key_since
            .replace_year(year)
            .or_else(|_| Date::from_calendar_date(year, key_since.month(), 28))
            .unwrap_or(Date::MAX)
    };
    let planned = PLAN.iter().find(|(made_before, _)| key_since < *made_before);
    planned.map_or_else(fifteen_years_after, |(_, until)| *until)
}

/// Whether a name in the chain is that of a root that browsers know. Without one no path ends in a root.
fn may_lead_to_a_root(chain: &Chain) -> bool {
    let is_root = |name: &str| key_since(name).is_some();
    is_root(&chain.leaf.issuer) || chain.rest.iter().any(|issuer| is_root(&issuer.issuer))
}

/// The root over which the chain is trusted longest, and until when; none for a chain that leads to no public root.
pub(super) fn horizon(sight: &ObservedCertificate) -> Option<(String, Date)> {
    let usages = &sight.chain.leaf.usages;
    let is_for_servers = usages.is_empty() || usages.iter().any(|usage| usage == "serverAuth" || usage == "any");
    if !is_for_servers || !may_lead_to_a_root(&sight.chain) || !is_public(sight) {
        return None;
    }
    let ends = path_ends(&sight.chain).into_iter().filter(|end| end.is_public);
    let dated = ends.filter_map(|end| Some((end.subject.to_owned(), trusted_until(end.key_since?))));
    dated.max_by(|one, other| one.1.cmp(&other.1))
}

/// By how many days the certificate outlives the trust in its root, with the root and the last day.
pub(super) fn outlived_root(sight: &ObservedCertificate) -> Option<(String, Date, i64)> {
    let (root, until) = horizon(sight)?;
    let days = days_after(sight.chain.leaf.effective_end(), until);
    (days > 0).then_some((root, until, days))
}

pub(super) fn days_after(end: OffsetDateTime, until: Date) -> i64 {
    end.date().to_julian_day().saturating_sub(until.to_julian_day()).into()
}

/// What people call a root: its common name, and its unit where that tells it from another one.
#[must_use]
pub fn root_name(subject: &str) -> String {
    let subject = DistinguishedName::from(subject);
    match (subject.common_name(), subject.attribute("OU"), subject.organization()) {
        (Some(name), Some(unit), _) if unit.contains(&name) => unit,
        (Some(name), ..) => name,
        (None, Some(unit), _) => unit,
        (None, None, Some(organisation)) => organisation,
        (None, None, None) => subject.to_string(),
    }
}

/// Longer than this many days.
pub(super) fn lives_longer(certificate: &Certificate, days: i64) -> bool {
    certificate.lifetime().saturating_add(Duration::SECOND) > Duration::days(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_goes_by_the_age_of_its_key() {
        for (since, until) in [
            (date!(2007 - 12 - 13), date!(2026 - 04 - 15)),
            (date!(2008 - 01 - 01), date!(2027 - 04 - 15)),
            (date!(2009 - 12 - 31), date!(2027 - 04 - 15)),
            (date!(2010 - 01 - 19), date!(2028 - 04 - 15)),
            (date!(2011 - 12 - 31), date!(2028 - 04 - 15)),
            (date!(2012 - 01 - 01), date!(2029 - 04 - 15)),
            (date!(2014 - 04 - 14), date!(2029 - 04 - 15)),
            (date!(2014 - 04 - 15), date!(2029 - 04 - 15)),
            (date!(2015 - 06 - 04), date!(2030 - 06 - 04)),
            (date!(2016 - 02 - 29), date!(2031 - 02 - 28)),
        ] {
            assert_eq!(trusted_until(since), until, "{since}");
        }
    }

    #[test]
    fn a_root_is_called_by_what_tells_it_from_others() {
        assert_eq!(root_name("CN=GlobalSign,O=GlobalSign,OU=GlobalSign Root CA - R3"), "GlobalSign Root CA - R3");
        assert_eq!(root_name("CN=ISRG Root X1,O=Internet Security Research Group,C=US"), "ISRG Root X1");
        assert_eq!(root_name("OU=AC RAIZ FNMT-RCM,O=FNMT-RCM,C=ES"), "AC RAIZ FNMT-RCM");
    }

    #[test]
    fn an_organisation_is_public_by_its_whole_name_only() {
        for public in ["Let's Encrypt", "Amazon", "GoDaddy.com, Inc.", "SECOM Trust Systems CO.,LTD."] {
            assert!(OWNERS.contains(public), "{public}");
        }
        for private in ["Amazonia Logistics", "DigiCertified GmbH", "let's encrypt", "DigiCert"] {
            assert!(!OWNERS.contains(private), "{private}");
        }
    }
}
