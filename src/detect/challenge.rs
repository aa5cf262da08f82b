//! Where the challenge of a renewal by DNS is delegated (RFC 8555 §8.4): whether what it leads to can be there.

use crate::cause::DeadEnd;

/// Zones of registries with a dot. Not all of them: only what is certain is said.
const SECOND_LEVELS: [&str; 20] = [
    "co.uk", "org.uk", "com.au", "net.au", "org.au", "co.nz", "co.jp", "ne.jp", "or.jp", "com.br", "com.cn", "com.hk",
    "com.tw", "com.sg", "co.in", "co.kr", "co.za", "com.tr", "com.mx", "com.ar",
];

/// The name under which an authority looks for the proof that a name of a certificate is its owner's.
#[must_use]
pub fn challenge_name(name: &str) -> String {
    format!("_acme-challenge.{}", name.strip_prefix("*.").unwrap_or(name))
}

/// What is wrong where the servers of `zone` say that a name is not there; nothing where the zone is a domain of
/// its own: its owner writes the name when there is something to prove, and not before.
#[must_use]
pub fn missing_domain(zone: &str) -> Option<DeadEnd> {
    match zone {
        "" => Some(DeadEnd::NoTopLevelDomain),
        zone if !zone.contains('.') || SECOND_LEVELS.contains(&zone) => {
            Some(DeadEnd::NoDomain { zone: zone.to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_missing_where_the_registry_itself_knows_none() {
        for zone in ["", "com", "co.uk"] {
            assert!(missing_domain(zone).is_some(), "{zone}");
        }
        for zone in ["example.com", "auth.acme-dns.io", "a.co.uk"] {
            assert_eq!(missing_domain(zone), None, "{zone}");
        }
    }

    #[test]
    fn a_wildcard_is_proved_under_the_name_below_it() {
        assert_eq!(challenge_name("*.example.com"), "_acme-challenge.example.com");
        assert_eq!(challenge_name("www.example.com"), "_acme-challenge.www.example.com");
    }
}
