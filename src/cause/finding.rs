//! What is wrong with a certificate that was seen.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::{Date, OffsetDateTime};

use super::RenewalCause;
use super::moments::minute;
use crate::certificate::Fingerprint;

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
    PinMismatch {
        key: Fingerprint,
    },
    /// Of the records at this name in DNS, or of those in the policy file.
    TlsaMismatch {
        at: Option<String>,
        key: Fingerprint,
    },
    TlsaMissing {
        at: String,
        key: Fingerprint,
    },
    TlsaUnknown {
        at: String,
        why: TlsaUnknown,
    },
    /// The program was started before the file changed.
    NotLoaded {
        port: u16,
        program: String,
        process: i32,
        since: OffsetDateTime,
        changed: OffsetDateTime,
    },
    ServerUnknown {
        port: u16,
        why: ServerUnknown,
    },
    Renewal(RenewalCause),
    /// Of what a provider publishes, the first that a copy does not have, and how many more.
    CopyOutdated {
        /// Any, where the metadata name none.
        usage: Option<String>,
        fingerprint: String,
        until: Date,
        more: usize,
    },
}

/// A private key that is not that of the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMismatch {
    /// In this file.
    Beside(String),
    InTheFile,
    /// In this file, which holds the same certificate.
    InAnother(String),
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

/// Why a cipher suite is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeakCipher {
    RsaKeyExchange,
    FiniteFieldDiffieHellman,
    Dsa,
    /// Clients of today refuse it.
    Refused,
}

/// Why it is not known whether the TLSA records in DNS fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TlsaUnknown {
    Incomparable,
    Unusable,
    /// An endpoint that is written as an address.
    NoName,
    NoServer,
    NoAnswer {
        server: String,
    },
    /// With a failure, as DNS calls it.
    Answered {
        server: String,
        failure: String,
    },
}

/// Why the process that listens on a port is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerUnknown {
    NothingListens,
    Hidden,
    NoProcesses,
    OnlyLinux,
    NotKnown,
}

impl fmt::Display for FindingCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid { from } => write!(f, "not valid before {} UTC", minute(*from)),
            Self::KeyMismatch(KeyMismatch::Beside(path)) => {
                write!(f, "the private key beside it, `{path}`, is not its own")
            }
            Self::KeyMismatch(KeyMismatch::InTheFile) => f.write_str("the private key in the same file is not its own"),
            Self::KeyMismatch(KeyMismatch::InAnother(path)) => {
                write!(f, "the private key in `{path}`, which holds it as well, is not its own")
            }
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
            Self::PinMismatch { key } => write!(f, "its key `{}` is not among its pins", pin(*key)),
            Self::TlsaMismatch { at: None, key } => write!(f, "no TLSA record of it fits: `3 1 1 {key}` would"),
            Self::TlsaMismatch { at: Some(at), key } => write!(f, "no TLSA record at `{at}` fits: `3 1 1 {key}` would"),
            Self::TlsaMissing { at, key } => write!(f, "DNS has no TLSA record at `{at}`: `3 1 1 {key}` would fit"),
            Self::TlsaUnknown { at, why } => write!(f, "the TLSA records at `{at}`: {why}"),
            Self::NotLoaded { port, program, process, since, changed } => {
                let (since, changed) = (minute(*since), minute(*changed));
                write!(f, "{program} (process {process}) on port {port} runs since {since} UTC, ")?;
                write!(f, "and the file changed {changed} UTC")
            }
            Self::ServerUnknown { port, why } => write!(f, "port {port}: {why}"),
            Self::Renewal(cause) => cause.fmt(f),
            Self::CopyOutdated { usage, fingerprint, until, more } => {
                let usage = usage.as_deref().unwrap_or("any use");
                write!(f, "its provider publishes a certificate for {usage} that this copy lacks: ")?;
                write!(f, "SHA-256 {fingerprint}, until {until}")?;
                if *more > 0 { write!(f, "; and {more} more") } else { Ok(()) }
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

impl fmt::Display for TlsaUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incomparable => "none that can be compared fits: there are some with SHA-512",
            Self::Unusable => "no client can use them",
            Self::NoName => "it is an address, and has no name in DNS",
            Self::NoServer => "no DNS server is named in /etc/resolv.conf",
            Self::NoAnswer { server } => return write!(f, "no answer from {server}"),
            Self::Answered { server, failure } => return write!(f, "{server} answers {failure}"),
        })
    }
}

impl fmt::Display for ServerUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingListens => "nothing listens there",
            Self::Hidden => "the process cannot be seen: that needs root, or CAP_SYS_PTRACE",
            Self::NoProcesses => "this system does not show its processes",
            Self::OnlyLinux => "only Linux shows which process listens",
            Self::NotKnown => "which process listens is not known",
        })
    }
}

/// A key as pins write it: `sha256/` and the digest in Base64.
#[must_use]
pub fn pin(key: Fingerprint) -> String {
    format!("sha256/{}", BASE64.encode(key.bytes()))
}

#[cfg(test)]
mod samples;
#[cfg(test)]
pub(crate) use samples::findings;
