//! Key exchange and ciphers that the TLS library lacks and servers of today may insist on. They protect nothing here:
//! one handshake is made with them, and then the connection ends.

mod elliptic;
mod hybrid;
mod modular;
mod sealed;
mod unfinished;

use std::fmt;
use std::sync::{Arc, LazyLock};

use rustls::crypto::{ActiveKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup, ring};
use rustls::ffdhe_groups::{self, FfdheGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved, ProtocolVersion};

pub(super) use unfinished::{is_key_needed, leave_key_out};

/// All of the library, and what it lacks.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = ring::default_provider();
        provider.kx_groups.extend(GROUPS.iter().map(|group| group as &dyn SupportedKxGroup));
        provider.cipher_suites.extend(sealed::suites());
        Arc::new(provider)
    });
    Arc::clone(&PROVIDER)
}

static GROUPS: [Group; 9] = [
    Group { name: NamedGroup::X25519MLKEM768, since: Since::Tls13, start: hybrid::x25519 },
    Group { name: NamedGroup::secp256r1MLKEM768, since: Since::Tls13, start: hybrid::secp256r1 },
    Group { name: NamedGroup::secp521r1, since: Since::Tls12, start: elliptic::secp521r1 },
    Group { name: NamedGroup::X448, since: Since::Tls12, start: modular::x448 },
    Group {
        name: NamedGroup::FFDHE2048,
        since: Since::Tls13,
        start: || modular::finite_field(&ffdhe_groups::FFDHE2048),
    },
    Group {
        name: NamedGroup::FFDHE3072,
        since: Since::Tls13,
        start: || modular::finite_field(&ffdhe_groups::FFDHE3072),
    },
    Group {
        name: NamedGroup::FFDHE4096,
        since: Since::Tls13,
        start: || modular::finite_field(&ffdhe_groups::FFDHE4096),
    },
    Group {
        name: NamedGroup::FFDHE6144,
        since: Since::Tls13,
        start: || modular::finite_field(&ffdhe_groups::FFDHE6144),
    },
    Group {
        name: NamedGroup::FFDHE8192,
        since: Since::Tls13,
        start: || modular::finite_field(&ffdhe_groups::FFDHE8192),
    },
];

/// Makes the shared secret of the share of the peer.
type Finish = dyn FnOnce(&[u8]) -> Option<Vec<u8>> + Send + Sync;

/// The own share of a key, and how the secret comes of the peer's: of a share that is wrong, none does.
struct Started {
    share: Vec<u8>,
    finish: Box<Finish>,
}

struct Group {
    name: NamedGroup,
    since: Since,
    start: fn() -> Result<Started, Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Since {
    Tls12,
    Tls13,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Exchange { name: self.name, started: (self.start)()? }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        self.name
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        self.since == Since::Tls12 || version == ProtocolVersion::TLSv1_3
    }
}

struct Exchange {
    name: NamedGroup,
    started: Started,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let secret = (self.started.finish)(peer).ok_or(PeerMisbehaved::InvalidKeyShare)?;
        Ok(secret.into())
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        &self.started.share
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    crate::net::roots::provider().secure_random.fill(&mut bytes)?;
    Ok(bytes)
}
