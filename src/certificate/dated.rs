//! A date that stands for something without a certificate: a key, a secret, a licence, a domain.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{Certificate, DistinguishedName, Fingerprint, PublicKey};

impl Certificate {
    /// What is known of `name`, which ends at `end`; `written` is that end as its author wrote it. The fingerprint is made
    /// of both, so that another date is another one, and another time zone is not.
    #[must_use]
    pub fn of_date(name: &str, written: &str, end: OffsetDateTime) -> Self {
        Self::dated(name, &format!("certnotify date\n{name}\n{written}"), end, false)
    }

    /// The registration of `domain`, in A-labels and as its author `written` it, which ends at `end`. Another end is another
    /// registration.
    #[must_use]
    pub fn of_registration(domain: &str, written: &str, end: OffsetDateTime) -> Self {
        let identity = format!("certnotify registration\n{domain}\n{}", end.unix_timestamp());
        Self::dated(written, &identity, end, true)
    }

    fn dated(name: &str, identity: &str, end: OffsetDateTime, is_registration: bool) -> Self {
        let identity = Sha256::digest(identity);
        let none = || DistinguishedName::from("");
        Self {
            dns_names: Vec::new(),
            fingerprint: Fingerprint(identity.into()),
            ip_addresses: Vec::new(),
            is_authority: false,
            is_date: true,
            is_registration,
            is_revocation_list: false,
            is_self_issued: false,
            issuer: none(),
            key: PublicKey { algorithm: String::new(), bits: None, id: None },
            limited_by: None,
            not_after: end,
            // Since when it is valid is not known. So early that no share of the time until the end is short.
            not_before: OffsetDateTime::UNIX_EPOCH.min(end),
            serial: String::new(),
            signature_algorithm: String::new(),
            subject: DistinguishedName::from(name),
            usages: Vec::new(),
        }
    }
}
