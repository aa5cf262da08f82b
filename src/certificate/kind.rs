//! What is remembered in the form of a certificate.

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
