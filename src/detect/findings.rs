//! Findings: what one look shows to be wrong.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::deployment::{not_deployed, unknown};
use super::lead_time::{lead, opens};
use super::loading::not_loaded;
use super::pins::pins;
use super::private_trust::{ShortIssuer, short_issuer};
use super::public_trust::{outlived_root, root_name};
use super::renewal::automatic;
use super::renewal_ahead::blocked_renewal;
use crate::cause::{Clause, FindingCause, Weakness, length, span};
use crate::certificate::{Certificate, CertificateKind, Names, PublicKey};
use crate::event::{Finding, FindingId, Severity};
use crate::observation::{Copy, Observation, ObservedCertificate, Trust};
use crate::policy::{Deadline, Entry, Watch};

/// When dates become findings. Without any, those built in: 30 days capped at half of the lifetime, and 7 capped at a sixth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// As given; not capped.
    pub warning: Option<Deadline>,
    /// As given; not capped.
    pub critical: Option<Deadline>,
    /// Inside is critical and outside nothing: the other two do not count.
    pub within: Option<Deadline>,
    /// Warn from the moment the entry's reminders may start, and of a renewal that is late.
    pub by_policy: bool,
}

/// The time left inside which a certificate is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// None where dates cause no warning.
    pub warning: Option<Duration>,
    pub critical: Duration,
}

impl Thresholds {
    /// Those of this certificate under this entry.
    #[must_use]
    pub fn limits(&self, entry: &Entry, certificate: &Certificate, source: &str) -> Limits {
        if certificate.is_date() {
            return self.limits_of_date(entry, certificate);
        }
        let lifetime = certificate.lifetime();
        if let Some(within) = self.within {
            return Limits { warning: None, critical: within.asked(lifetime) };
        }
        let warning = match self.warning {
            Some(warning) => warning.asked(lifetime),
            None if self.by_policy => certificate.effective_end() - opens(entry, certificate, source, None),
            None => Duration::days(30).min(lifetime / 2),
        };
        let critical = match self.critical {
            Some(critical) => critical.asked(lifetime),
            None => Duration::days(7).min(lifetime / 6).min(warning),
        };
        Limits { warning: Some(warning), critical }
    }

    /// A share of a lifetime that is not known counts as what is built in.
    fn limits_of_date(&self, entry: &Entry, certificate: &Certificate) -> Limits {
        const WARNING: Duration = Duration::days(30);
        const CRITICAL: Duration = Duration::days(7);
        let left = |threshold: Option<Deadline>| match threshold {
            Some(Deadline::Before(left)) => Some(left),
            Some(Deadline::Percent(_)) | None => None,
        };
        if let Some(within) = self.within {
            return Limits { warning: None, critical: left(Some(within)).unwrap_or(WARNING) };
        }
        let by_policy = || lead(entry, certificate);
        let usual = || if self.by_policy { by_policy() } else { WARNING };
        let warning = if self.warning.is_some() { left(self.warning).unwrap_or(WARNING) } else { usual() };
        Limits { warning: Some(warning), critical: left(self.critical).unwrap_or(CRITICAL).min(warning) }
    }
}

/// Everything that the look shows to be wrong, with what the entry accepts marked as such.
#[must_use]
pub fn findings(
    entry: &Entry,
    observation: &Observation,
    thresholds: &Thresholds,
    now: OffsetDateTime,
) -> Vec<Finding> {
    let findings = match &observation.outcome {
        // Without a look there is nothing to find fault with.
        Err(_) if !observation.is_reached => Vec::new(),
        Ok(sight) => of_sight(entry, observation, sight, thresholds, now),
        Err(failure) => vec![Finding::new(failure.id, &failure.cause)],
    };
    findings.into_iter().map(|finding| finding.accepted_by(&entry.options.accept)).collect()
}

/// The worst of what is not accepted.
#[must_use]
pub fn status(findings: &[Finding]) -> Severity {
    let counted = findings.iter().filter(|finding| !finding.accepted);
    counted.map(|finding| finding.severity).max().unwrap_or(Severity::Ok)
}

fn of_sight(
    entry: &Entry,
    observation: &Observation,
    sight: &ObservedCertificate,
    thresholds: &Thresholds,
    now: OffsetDateTime,
) -> Vec<Finding> {
    let leaf = &sight.chain.leaf;
    let limits = thresholds.limits(entry, leaf, &observation.source);
    let mut findings = Vec::new();
    findings.extend(end(leaf, &limits, now));
    if leaf.is_date() {
        return findings;
    }
    if now < leaf.not_before {
        findings.push(Finding::new(FindingId::NotYetValid, FindingCause::NotYetValid { from: leaf.not_before }));
    }
    let key_mismatch = sight.key_mismatch.as_deref().cloned().map(FindingCause::KeyMismatch);
    findings.extend(key_mismatch.map(|cause| Finding::new(FindingId::KeyMismatch, cause)));
    findings.extend(not_loaded(sight, now));
    findings.extend(pins(&entry.options.pins, sight));
    findings.extend(blocked_renewal(entry, observation, sight, now));
    if let Some(Copy::Lacks(cause)) = &sight.checks().copy {
        findings.push(Finding::new(FindingId::CopyOutdated, cause));
    }
    if leaf.kind == CertificateKind::Certificate {
        findings.extend(names(entry, observation, sight));
    }
    if let Trust::Distrusted { id, cause } = &sight.trust {
        findings.push(Finding::new(*id, cause));
    }
    if thresholds.within.is_none() && !leaf.is_expired(now) {
        findings.extend(root_end(sight));
        findings.extend(issuer_end(sight, now));
    }
    if thresholds.within.is_none() {
        findings.extend(chain_end(entry, sight, thresholds, now));
    }
    if sight.is_misordered && sight.trust != Trust::NotJudged {
        findings.push(Finding::new(FindingId::ChainMisordered, FindingCause::ChainMisordered));
    }
    findings.extend(weakness(sight));
    let legacy_protocol = sight.connection().legacy_protocol.map(FindingCause::LegacyProtocol);
    findings.extend(legacy_protocol.map(|cause| Finding::new(FindingId::LegacyProtocol, cause)));
    if sight.trust == Trust::PubliclyTrusted
        && let Some(longest) = leaf.longest_public_lifetime().filter(|_| leaf.outlives_public_rules())
    {
        let (lifetime, longest) = (leaf.counted_days(), longest.whole_days());
        let cause = FindingCause::LifetimeTooLong { lifetime, longest };
        findings.push(Finding::new(FindingId::LifetimeTooLong, cause));
    }
    if thresholds.by_policy && thresholds.within.is_none() && !leaf.is_expired(now) {
        findings.extend(late_renewal(entry, observation, sight, now));
    }
    findings.extend(not_deployed(sight, now));
    findings.extend(served_ends(entry, sight, thresholds, now));
    findings.extend(unknown(sight));
    findings
}

fn end(leaf: &Certificate, limits: &Limits, now: OffsetDateTime) -> Option<Finding> {
    if leaf.has_no_end() {
        return None;
    }
    let left = leaf.effective_end() - now;
    let is_critical = left <= limits.critical || left.is_negative();
    if !is_critical && limits.warning.is_none_or(|warning| left > warning) {
        return None;
    }
    let with = leaf.limited_by.as_ref().map(|limit| {
        let what = if limit.is_metadata { "the metadata of" } else { "its issuer" };
        format!(", with {what} `{}`", limit.subject)
    });
    let with = with.unwrap_or_default();
    let finding = |id, message| Finding { own_end: Some(with.clone()), ..Finding::from_reports(id, message) };
    let (was, is) = match leaf.kind {
        CertificateKind::RevocationList => ("its next list was due", "its next list is due"),
        CertificateKind::Certificate | CertificateKind::Date(_) => ("expired", "expires"),
    };
    if left.is_negative() {
        return Some(finding(FindingId::Expired, format!("{was} {} ago{with}", span(left.abs()))));
    }
    let mut soon = finding(FindingId::ExpiresSoon, format!("{is} in {}{with}", span(left)));
    if is_critical {
        soon.severity = Severity::Critical;
    }
    Some(soon)
}

/// The ends of other certificates that are served where this one should be: what is served is in use.
fn served_ends(
    entry: &Entry,
    seen: &ObservedCertificate,
    thresholds: &Thresholds,
    now: OffsetDateTime,
) -> Vec<Finding> {
    if entry.options.accept.contains(&FindingId::NotDeployed) {
        return Vec::new();
    }
    let served =
        seen.checks().deployments.iter().filter_map(|deployment| Some((deployment, deployment.served.as_ref().ok()?)));
    let other = served.filter(|(_, served)| served.fingerprint != seen.chain.leaf.fingerprint);
    let ends = other.filter_map(|(deployment, served)| {
        let limits = thresholds.limits(entry, served, &deployment.endpoint);
        let finding = end(served, &limits, now)?;
        let message = format!("served at {}, another one {}", deployment.endpoint, finding.message);
        Some(Finding { message: Clause::Text(message), own_end: None, ..finding })
    });
    ends.collect()
}

/// So many names are looked for one by one.
const FEW: usize = 8;

/// The names it must speak for: those of the entry, and that by which an endpoint is asked.
fn names(entry: &Entry, observation: &Observation, sight: &ObservedCertificate) -> Option<Finding> {
    let leaf = &sight.chain.leaf;
    let own = match &entry.watch {
        Watch::Endpoints { options, .. } if observation.is_endpoint => {
            options.server_name.as_ref().or(sight.connection().asked_name.as_ref())
        }
        _ => None,
    };
    let wanted = own.into_iter().chain(&entry.options.covers);
    let many = (entry.options.covers.len() > FEW).then(|| Names::new(leaf));
    let covers = |name: &str| many.as_ref().map_or_else(|| leaf.covers(name), |has| has.cover(name));
    let mut said = BTreeSet::new();
    let missing = wanted.filter(|name| !covers(name) && said.insert(name.as_str()));
    let missing: Vec<String> = missing.cloned().collect();
    if missing.is_empty() {
        return None;
    }
    let addresses = leaf.ip_addresses.iter().map(ToString::to_string);
    let has: Vec<String> = leaf.dns_names.iter().cloned().chain(addresses).take(3).collect();
    let more = leaf.dns_names.len() + leaf.ip_addresses.len() - has.len();
    Some(Finding::new(FindingId::NameMismatch, FindingCause::NameMismatch { missing, has, more }))
}

/// The issuer that ends first, where it ends soon. Roots are not checked for lifetime, and an issuer that has
/// expired under a chain that is trusted all the same is needed by no one.
fn chain_end(
    entry: &Entry,
    sight: &ObservedCertificate,
    thresholds: &Thresholds,
    now: OffsetDateTime,
) -> Option<Finding> {
    let is_trusted = matches!(sight.trust, Trust::Trusted | Trust::PubliclyTrusted) && sight.chain.leaf.is_valid(now);
    let first = needed_issuers(sight)
        .filter(|issuer| issuer.fingerprint != sight.chain.leaf.fingerprint && !issuer.has_no_end())
        .filter(|issuer| !(is_trusted && issuer.is_expired(now)))
        .min_by_key(|issuer| issuer.not_after)?;
    let left = first.not_after - now;
    let asked = match (thresholds.warning, thresholds.by_policy) {
        (Some(warning), _) => warning.asked(first.lifetime()),
        (None, true) => lead(entry, first),
        (None, false) => Duration::days(30).min(first.lifetime() / 2),
    };
    if left > asked {
        return None;
    }
    let when = if left.is_negative() {
        format!("expired {} ago", span(left.abs()))
    } else {
        format!("expires in {}", span(left))
    };
    Some(Finding::from_reports(FindingId::ChainExpiresSoon, format!("its issuer `{}` {when}", first.subject)))
}

/// The root that browsers end their trust in before the certificate ends.
fn root_end(sight: &ObservedCertificate) -> Option<Finding> {
    let (root, until, days) = outlived_root(sight)?;
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let root = root_name(&root);
    let message = format!("its root `{root}` is trusted by Firefox and Chrome until {until}, {days} before its end");
    let mut finding = Finding::from_reports(FindingId::RootHorizon, message);
    finding.until = Some(until.midnight().assume_utc());
    Some(finding)
}

/// The private issuer that ends before the next renewal would.
fn issuer_end(sight: &ObservedCertificate, now: OffsetDateTime) -> Option<Finding> {
    let ShortIssuer { issuer, from, lifetime } = short_issuer(sight, now)?;
    let since = if from > now { "from" } else { "since" };
    let message = format!(
        "its issuer `{}` ends {}: {since} {} its renewals live shorter than {}, or are refused",
        issuer.subject,
        issuer.not_after.date(),
        from.date(),
        length(lifetime.saturating_add(Duration::SECOND)),
    );
    let mut finding = Finding::from_reports(FindingId::CaHorizon, message);
    finding.until = Some(from);
    Some(finding)
}

/// The issuers below a root that its best way needs; all that are here where no way is known.
fn needed_issuers(sight: &ObservedCertificate) -> impl Iterator<Item = &Certificate> {
    let is_needed = |issuer: &&Certificate| match &sight.needed {
        Some(needed) => needed.contains(&issuer.fingerprint),
        None => !issuer.is_self_issued,
    };
    sight.chain.rest.iter().map(AsRef::as_ref).filter(is_needed)
}

/// Keys and signatures that can be forged. What a root says of itself is not relied on.
fn weakness(sight: &ObservedCertificate) -> Vec<Finding> {
    let leaf = std::iter::once((None, &*sight.chain.leaf));
    let issuers = needed_issuers(sight).map(|issuer| (Some(&issuer.subject), issuer));
    let (mut key, mut signature) = (None, None);
    for (issuer, certificate) in leaf.chain(issuers) {
        let issuer = || issuer.map(ToString::to_string);
        if let (None, Some(weakness)) = (&key, weak_key(&certificate.key)) {
            let cause = FindingCause::Weak { issuer: issuer(), weakness };
            key = Some(Finding::new(FindingId::WeakKey, cause));
        }
        let algorithm = &certificate.signature_algorithm;
        if signature.is_none() && !certificate.is_self_issued && is_weak_signature(algorithm) {
            let weakness = Weakness::Signature { algorithm: algorithm.to_string() };
            signature = Some(Finding::new(FindingId::WeakSignature, FindingCause::Weak { issuer: issuer(), weakness }));
        }
    }
    key.into_iter().chain(signature).collect()
}

fn weak_key(key: &PublicKey) -> Option<Weakness> {
    let least = match key.algorithm.as_str() {
        "RSA" | "DSA" => 2048,
        "EC" => 224,
        _ => return None,
    };
    let bits = key.bits.filter(|bits| *bits < least)?;
    Some(Weakness::Key { algorithm: key.algorithm.to_string(), bits })
}

fn is_weak_signature(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "md2WithRSAEncryption"
            | "md4WithRSAEncryption"
            | "md5WithRSAEncryption"
            | "sha1WithRSAEncryption"
            | "ecdsa-with-SHA1"
            | "dsaWithSHA1"
    )
}

fn late_renewal(
    entry: &Entry,
    observation: &Observation,
    sight: &ObservedCertificate,
    now: OffsetDateTime,
) -> Option<Finding> {
    let leaf = &sight.chain.leaf;
    let managed = automatic(entry, leaf, &observation.source, sight.checks().window.as_ref())?;
    if now < managed.late_from || leaf.has_no_end() {
        return None;
    }
    let (late, due) = (managed.late_from.date(), managed.due.date());
    Some(Finding::from_reports(FindingId::RenewalLate, format!("renewal late since {late}: it was due {due}")))
}

/// A failed look says nothing of the certificate.
pub(super) const fn is_failure(id: FindingId) -> bool {
    matches!(
        id,
        FindingId::Unreachable
            | FindingId::Unreadable
            | FindingId::Unparsable
            | FindingId::NothingFound
            | FindingId::RegistrationUnknown
    )
}
