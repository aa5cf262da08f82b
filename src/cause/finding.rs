//! What is wrong with a certificate that was seen.

use std::fmt;

use time::OffsetDateTime;

use super::moments::minute;

/// What is wrong with a certificate that was seen, with the facts that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingCause {
    NotYetValid {
        from: OffsetDateTime,
    },
    KeyMismatch(KeyMismatch),
    /// Some of the names that it has, and how many more.
    NameMismatch {
        missing: Vec<String>,
        has: Vec<String>,
        more: usize,
    },
    ChainMisordered,
    /// Of the certificate itself, or of this issuer.
    Weak {
        issuer: Option<String>,
        weakness: Weakness,
    },
    LegacyProtocol(LegacyProtocol),
    /// In days.
    LifetimeTooLong {
        lifetime: i64,
        longest: i64,
    },
}

/// A private key that is not that of the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMismatch {
    /// In this file.
    Beside(String),
    InTheFile,
}

/// What can be forged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    Key { algorithm: String, bits: u32 },
    Signature { algorithm: String },
}

/// What is out of date in how a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyProtocol {
    /// The newest version that it speaks.
    Version(&'static str),
    /// In TLS 1.2.
    Cipher(WeakCipher),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakCipher {
    RsaKeyExchange,
    FiniteFieldDiffieHellman,
    Dsa,
    /// Clients of today refuse it.
    Refused,
}

impl fmt::Display for FindingCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid { from } => write!(f, "not valid before {} UTC", minute(*from)),
            Self::KeyMismatch(KeyMismatch::Beside(path)) => {
                write!(f, "the private key beside it, `{path}`, is not its own")
            }
            Self::KeyMismatch(KeyMismatch::InTheFile) => f.write_str("the private key in the same file is not its own"),
            Self::NameMismatch { missing, has, more } => {
                write!(f, "does not cover `{}`; ", missing.join("`, `"))?;
                match (has.join(", "), more) {
                    (none, 0) if none.is_empty() => f.write_str("it has no names"),
                    (has, 0) => write!(f, "it is for {has}"),
                    (has, more) => write!(f, "it is for {has} and {more} more"),
                }
            }
            Self::ChainMisordered => f.write_str("its issuers do not stand in the order of their issuing"),
            Self::Weak { issuer, weakness } => {
                if let Some(issuer) = issuer {
                    write!(f, "its issuer `{issuer}`: ")?;
                }
                match weakness {
                    Weakness::Key { algorithm, bits } => write!(f, "{algorithm} key of {bits} bits"),
                    Weakness::Signature { algorithm } => write!(f, "signed with {algorithm}"),
                }
            }
            Self::LegacyProtocol(LegacyProtocol::Version(version)) => write!(f, "speaks {version} and nothing newer"),
            Self::LegacyProtocol(LegacyProtocol::Cipher(cipher)) => {
                write!(f, "speaks TLS 1.2 with {cipher}, and nothing better")
            }
            Self::LifetimeTooLong { lifetime, longest } => {
                write!(f, "lives {lifetime} days, and a public authority may give {longest}")
            }
        }
    }
}

impl fmt::Display for WeakCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RsaKeyExchange => "key exchange by RSA, without forward secrecy",
            Self::FiniteFieldDiffieHellman => "Diffie-Hellman over finite fields",
            Self::Dsa => "DSA",
            Self::Refused => "ciphers that clients of today refuse",
        })
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
pub(crate) use samples::findings;
