//! A date that stands for something without a certificate: a key, a secret, a licence, a domain.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{Certificate, CertificateKind, DateOf, Fingerprint};

impl Certificate {
    /// What is known of `name`, which ends at `end`; `written` is that end as its author wrote it. The fingerprint is made
    /// of both, so that another date is another one, and another time zone is not.
    #[must_use]
    pub fn of_date(name: &str, written: &str, end: OffsetDateTime) -> Self {
        Self::dated(name, &format!("certnotify date\n{name}\n{written}"), end, DateOf::PolicyFile)
    }

    /// The registration of `domain`, in A-labels and as its author `written` it, which ends at `end`. Another end is another
    /// registration.
    #[must_use]
    pub fn of_registration(domain: &str, written: &str, end: OffsetDateTime) -> Self {
        let identity = format!("certnotify registration\n{domain}\n{}", end.unix_timestamp());
        Self::dated(written, &identity, end, DateOf::Registration)
    }

    fn dated(name: &str, identity: &str, end: OffsetDateTime, of: DateOf) -> Self {
        let fingerprint = Fingerprint(Sha256::digest(identity).into());
        // Since when it is valid is not known. So early that no share of the time until the end is short.
        let dates = (OffsetDateTime::UNIX_EPOCH.min(end), end);
        Self { kind: CertificateKind::Date(of), ..Self::with_dates(fingerprint, name.into(), dates) }
    }
}
