//! What is remembered in the form of a certificate.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{Certificate, Fingerprint};

/// Of a kind other than `Certificate` less is known: where the two differ, match all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// X.509, or what is read into its form: a certificate of OpenSSH, a key of OpenPGP.
    Certificate,
    /// A list of revoked certificates (RFC 5280 §5): the subject is whose list it is, the serial its number if it has one,
    /// and the dates are this update and the next. It has no names, no key and no usages.
    RevocationList,
    /// The subject is what it is called, and nothing else but its end is known.
    Date(DateOf),
}

/// What a date is the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOf {
    /// Something that the policy file names, with its date.
    PolicyFile,
    /// A domain, by its registry.
    Registration,
}

impl CertificateKind {
    /// As the state has it: a flag for each kind, and two for a registration.
    pub(crate) const fn from_flags(is_date: bool, is_registration: bool, is_revocation_list: bool) -> Self {
        match (is_revocation_list, is_date, is_registration) {
            (true, ..) => Self::RevocationList,
            (_, _, true) => Self::Date(DateOf::Registration),
            (_, true, _) => Self::Date(DateOf::PolicyFile),
            _ => Self::Certificate,
        }
    }
}

impl Certificate {
    /// What is known of `name`, which ends at `end`; `written` is that end as its author wrote it. The fingerprint is made
    /// of both, so that another date is another one, and another time zone is not.
    #[must_use]
    pub fn from_date(name: &str, written: &str, end: OffsetDateTime) -> Self {
        Self::dated(name, &format!("certnotify date\n{name}\n{written}"), end, DateOf::PolicyFile)
    }

    /// The registration of `domain`, in A-labels and as its author `written` it, which ends at `end`. Another end is another
    /// registration.
    #[must_use]
    pub fn from_registration(domain: &str, written: &str, end: OffsetDateTime) -> Self {
        let identity = format!("certnotify registration\n{domain}\n{}", end.unix_timestamp());
        Self::dated(written, &identity, end, DateOf::Registration)
    }

    fn dated(name: &str, identity: &str, end: OffsetDateTime, of: DateOf) -> Self {
        let fingerprint = Fingerprint::new(Sha256::digest(identity).into());
        // Since when it is valid is not known. So early that no share of the time until the end is short.
        let dates = (OffsetDateTime::UNIX_EPOCH.min(end), end);
        Self { kind: CertificateKind::Date(of), ..Self::with_dates(fingerprint, name.into(), dates) }
    }
}
