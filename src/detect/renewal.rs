//! Who renews a certificate, by when, and from when a renewal is late.

use time::{Duration, OffsetDateTime};

use crate::certificate::Certificate;
use crate::observation::RenewalWindow;
use crate::policy::{Entry, Renewal};

/// Who renews it, how that is known, and by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Managed {
    pub renewal: Renewal,
    pub because: ManagedBecause,
    /// The renewal point.
    pub due: OffsetDateTime,
    /// The renewal point plus grace.
    pub late_from: OffsetDateTime,
}

/// Why a certificate is taken for one that renews by itself, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManagedBecause {
    /// The entry says so.
    Written,
    /// It lives in the directory of this client.
    Client(&'static str),
    /// Its issuer gives certificates only to automatic clients.
    Issuer(String),
    /// Nothing speaks for automatic renewal.
    NoSign,
}

/// Paths that only an automatic client writes, and what people call that client.
const CLIENTS: [(&str, &str); 6] = [
    ("/letsencrypt/live/", "certbot"),
    ("/letsencrypt/archive/", "certbot"),
    ("/.acme.sh/", "acme.sh"),
    ("/acme.sh/", "acme.sh"),
    ("/.lego/", "lego"),
    ("/caddy/", "Caddy"),
];

/// The organisation that gives certificates only to automatic clients.
const LETS_ENCRYPT: &str = "Let's Encrypt";

/// Works out who renews `certificate`, seen at `source` (a path or an endpoint). `window` is when its authority wants
/// that (RFC 9773), where it says so: its end is the renewal point.
#[must_use]
pub fn managed(entry: &Entry, certificate: &Certificate, source: &str, window: Option<&RenewalWindow>) -> Managed {
    let (renewal, because) = by_whom(entry, certificate, source);
    Managed::new(renewal, because, entry, certificate, window)
}

/// The same where an automatic client renews it; of most certificates that alone is asked.
#[must_use]
pub fn automatic(
    entry: &Entry,
    certificate: &Certificate,
    source: &str,
    window: Option<&RenewalWindow>,
) -> Option<Managed> {
    let (renewal, because) = by_whom(entry, certificate, source);
    (renewal == Renewal::Auto).then(|| Managed::new(renewal, because, entry, certificate, window))
}

impl Managed {
    fn new(
        renewal: Renewal,
        because: ManagedBecause,
        entry: &Entry,
        certificate: &Certificate,
        window: Option<&RenewalWindow>,
    ) -> Self {
        let lifetime = certificate.lifetime();
        let end = certificate.effective_end();
        // A window that ends with the certificate, or later, names no moment to wait for.
        let due = match window.filter(|window| window.end < end) {
            Some(window) => window.end,
            None => end.saturating_sub(entry.options.renew_before.unwrap_or_else(|| usual_renewal(lifetime))),
        };
        // Of what is left then, at least half remains for a person to renew it.
        let patience = grace(lifetime).min((end - due) / 2);
        Self { renewal, because, due, late_from: due.saturating_add(patience) }
    }
}

fn by_whom(entry: &Entry, certificate: &Certificate, source: &str) -> (Renewal, ManagedBecause) {
    match entry.options.renewal {
        _ if certificate.is_date() => (Renewal::Manual, ManagedBecause::NoSign),
        Some(renewal) => (renewal, ManagedBecause::Written),
        None => guess(certificate, source),
    }
}

/// Whether an automatic client renews it, as far as its place and its issuer tell.
#[must_use]
pub fn seems_automatic(certificate: &Certificate, source: &str) -> bool {
    guess(certificate, source).0 == Renewal::Auto
}

fn guess(certificate: &Certificate, source: &str) -> (Renewal, ManagedBecause) {
    let mut first: Option<usize> = None;
    let mut path = source.as_bytes();
    while let [letter, behind @ ..] = path {
        // The letter behind the slash rules out most.
        if *letter == b'/' && matches!(behind, [b'l' | b'.' | b'a' | b'c', ..]) {
            let client = CLIENTS.iter().position(|(folder, _)| path.starts_with(folder.as_bytes()));
            first = first.into_iter().chain(client).min();
        }
        path = behind;
    }
    if let Some((_, client)) = first.and_then(|first| CLIENTS.get(first)) {
        return (Renewal::Auto, ManagedBecause::Client(client));
    }
    // Most issuers have no apostrophe anywhere in their names.
    let may_be_it = certificate.issuer.as_str().contains('\'');
    let is_of_it = may_be_it && certificate.issuer.organization().as_deref() == Some(LETS_ENCRYPT);
    if is_of_it {
        return (Renewal::Auto, ManagedBecause::Issuer(LETS_ENCRYPT.to_owned()));
    }
    (Renewal::Manual, ManagedBecause::NoSign)
}

/// What is left when an automatic client renews: a third of the lifetime, at most 30 days; half of
/// it where the certificate lives less than 10 days.
pub(super) fn usual_renewal(lifetime: Duration) -> Duration {
    if lifetime < Duration::days(10) { lifetime / 2 } else { Duration::min(lifetime / 3, Duration::days(30)) }
}

/// How long a renewal may take before it counts as late.
pub(super) fn grace(lifetime: Duration) -> Duration {
    if lifetime < Duration::days(10) {
        Duration::hours(6)
    } else {
        Duration::clamp(lifetime / 20, Duration::days(1), Duration::days(5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_every_client_is_known() {
        let certificate = Certificate::from_date("www", "", OffsetDateTime::UNIX_EPOCH);
        for (folder, client) in CLIENTS {
            let found = guess(&certificate, &format!("/srv{folder}www.pem"));
            assert_eq!(found, (Renewal::Auto, ManagedBecause::Client(client)), "{folder}");
        }
    }
}
