//! One of every kind of finding, for tests of their words.

use time::OffsetDateTime;

use super::super::{DeadEnd, RenewalBlock, RenewalCause};
use super::FindingCause as F;
use super::{KeyMismatch, LegacyProtocol, ServerUnknown, TlsaUnknown, WeakCipher, Weakness};
use crate::certificate::Fingerprint;

pub(crate) fn findings() -> Vec<F> {
    std::iter::successors(Some(F::ChainMisordered), next).collect()
}

/// What comes after it: a new kind does not compile without a place in this order.
fn next(cause: &F) -> Option<F> {
    let from = OffsetDateTime::UNIX_EPOCH;
    let algorithm = "RSA".to_owned();
    let key = Fingerprint::new([7; 32]);
    let at = || "_443._tcp.a.example".to_owned();
    let tlsa = |why| F::TlsaUnknown { at: at(), why };
    let server = |why| F::ServerUnknown { port: 443, why };
    let outdated = |more| F::CopyOutdated {
        usage: Some("x509-signing".to_owned()),
        fingerprint: key.short(),
        until: from.date(),
        more,
    };
    let weak = |issuer, weakness| F::Weak { issuer, weakness };
    let cipher = |cipher| F::LegacyProtocol(LegacyProtocol::Cipher(cipher));
    Some(match cause {
        F::ChainMisordered => F::NotYetValid { from },
        F::NotYetValid { .. } => F::KeyMismatch(KeyMismatch::InTheFile),
        F::KeyMismatch(KeyMismatch::InTheFile) => F::KeyMismatch(KeyMismatch::Beside("/a.key".to_owned())),
        F::KeyMismatch(KeyMismatch::Beside(path)) => F::KeyMismatch(KeyMismatch::InAnother(path.clone())),
        F::KeyMismatch(KeyMismatch::InAnother(_)) => {
            F::NameMismatch { missing: vec!["a.example".to_owned()], has: Vec::new(), more: 0 }
        }
        F::NameMismatch { missing, has, .. } if has.is_empty() => {
            F::NameMismatch { missing: missing.clone(), has: missing.clone(), more: 0 }
        }
        F::NameMismatch { missing, has, more: 0 } => {
            F::NameMismatch { missing: missing.clone(), has: has.clone(), more: 4 }
        }
        F::NameMismatch { .. } => weak(None, Weakness::Key { algorithm, bits: 1024 }),
        F::Weak { issuer: None, weakness } => weak(Some("CN=A".to_owned()), weakness.clone()),
        F::Weak { weakness: Weakness::Key { .. }, .. } => weak(None, Weakness::Signature { algorithm }),
        F::Weak { weakness: Weakness::Signature { .. }, .. } => F::LegacyProtocol(LegacyProtocol::Version("TLS 1.1")),
        F::LegacyProtocol(LegacyProtocol::Version(_)) => cipher(WeakCipher::RsaKeyExchange),
        F::LegacyProtocol(LegacyProtocol::Cipher(of)) => match of {
            WeakCipher::RsaKeyExchange => cipher(WeakCipher::FiniteFieldDiffieHellman),
            WeakCipher::FiniteFieldDiffieHellman => cipher(WeakCipher::Dsa),
            WeakCipher::Dsa => cipher(WeakCipher::Refused),
            WeakCipher::Refused => F::LifetimeTooLong { lifetime: 500, longest: 398 },
        },
        F::LifetimeTooLong { .. } => F::PinMismatch { key },
        F::PinMismatch { .. } => F::TlsaMismatch { at: None, key },
        F::TlsaMismatch { at: None, .. } => F::TlsaMismatch { at: Some(at()), key },
        F::TlsaMismatch { .. } => F::TlsaMissing { at: at(), key },
        F::TlsaMissing { .. } => tlsa(TlsaUnknown::Incomparable),
        F::TlsaUnknown { why, .. } => match why {
            TlsaUnknown::Incomparable => tlsa(TlsaUnknown::Unusable),
            TlsaUnknown::Unusable => tlsa(TlsaUnknown::NoName),
            TlsaUnknown::NoName => tlsa(TlsaUnknown::NoServer),
            TlsaUnknown::NoServer => tlsa(TlsaUnknown::NoAnswer { server: at() }),
            TlsaUnknown::NoAnswer { .. } => {
                tlsa(TlsaUnknown::Answered { server: at(), failure: "SERVFAIL".to_owned() })
            }
            TlsaUnknown::Answered { .. } => {
                F::NotLoaded { port: 443, program: at(), process: 7, since: from, changed: from }
            }
        },
        F::NotLoaded { .. } => server(ServerUnknown::NothingListens),
        F::ServerUnknown { why, .. } => match why {
            ServerUnknown::NothingListens => server(ServerUnknown::Hidden),
            ServerUnknown::Hidden => server(ServerUnknown::NoProcesses),
            ServerUnknown::NoProcesses => server(ServerUnknown::OnlyLinux),
            ServerUnknown::OnlyLinux => server(ServerUnknown::NotKnown),
            ServerUnknown::NotKnown => outdated(0),
        },
        F::CopyOutdated { more: 0, .. } => outdated(3),
        F::CopyOutdated { .. } => F::Renewal(RenewalCause::ValidationEnds { by_phone: false, from: from.date() }),
        F::Renewal(cause) => return renewal(cause).map(F::Renewal),
    })
}

fn renewal(cause: &RenewalCause) -> Option<RenewalCause> {
    let from = OffsetDateTime::UNIX_EPOCH.date();
    let name = || "a.example".to_owned();
    let blocked = |by| RenewalCause::Blocked { due: from, by };
    let not_permitted = |permitted| blocked(RenewalBlock::NotPermitted { domain: name(), permitted, own: name() });
    let dead_end = |why| blocked(RenewalBlock::DeadEnd { name: name(), target: name(), why });
    Some(match cause {
        RenewalCause::ValidationEnds { by_phone: false, .. } => RenewalCause::ValidationEnds { by_phone: true, from },
        RenewalCause::ValidationEnds { .. } => RenewalCause::WindowAfterEnd { from },
        RenewalCause::WindowAfterEnd { .. } => RenewalCause::WindowBeyondEnd { from, until: from },
        RenewalCause::WindowBeyondEnd { .. } => RenewalCause::WindowMissed { until: from, planned: from },
        RenewalCause::WindowMissed { .. } => not_permitted(Vec::new()),
        RenewalCause::Blocked { by, .. } => match by {
            RenewalBlock::NotPermitted { permitted, .. } if permitted.is_empty() => not_permitted(vec![name()]),
            RenewalBlock::NotPermitted { .. } => {
                blocked(RenewalBlock::CriticalProperty { domain: name(), property: "tbs".to_owned() })
            }
            RenewalBlock::CriticalProperty { .. } => dead_end(DeadEnd::NoTopLevelDomain),
            RenewalBlock::DeadEnd { why: DeadEnd::NoTopLevelDomain, .. } => {
                dead_end(DeadEnd::NoDomain { zone: "com".to_owned() })
            }
            RenewalBlock::DeadEnd { why: DeadEnd::NoDomain { .. }, .. } => dead_end(DeadEnd::NoServer),
            RenewalBlock::DeadEnd { why: DeadEnd::NoServer, .. } => return None,
        },
    })
}
