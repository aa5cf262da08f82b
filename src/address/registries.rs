//! Which registry answers for a domain by RDAP: IANA's list, as it was when this was built (RFC 9224).

const LIST: &str = include_str!("registries.txt");

/// The base address of the registry of a domain in A-labels; none where IANA lists none that answers by https.
#[must_use]
pub fn registry(domain: &str) -> Option<String> {
    let top = domain.rsplit('.').next().filter(|top| !top.is_empty())?;
    LIST.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (server, tops) = line.split_once(' ')?;
        tops.split(' ').any(|listed| listed == top).then(|| format!("https://{}/", server.replace('*', top)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{Url, is_host, to_a_labels};

    #[test]
    fn a_registry_is_found_by_the_top_level_domain() {
        let of = |domain| registry(domain);
        assert_eq!(of("example.com").as_deref(), Some("https://rdap.verisign.com/com/v1/"));
        assert_eq!(of("example.co.uk").as_deref(), Some("https://rdap.nominet.uk/uk/"));
        assert_eq!(of("example.info").as_deref(), Some("https://rdap.identitydigital.services/rdap/"));
        for none in ["example.de", "example.invalid", "", ".", "example.#", "example.rdap.nic.*"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_a_server_and_each_domain_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            for top in line.split(' ').skip(1) {
                assert!(seen.insert(top) && to_a_labels(top).as_deref() == Some(top), "{top}");
                let server = registry(&format!("example.{top}")).unwrap();
                assert!(server.ends_with('/') && is_host(Url::split(&server).host), "{server}");
            }
        }
        assert!(seen.len() > 1000, "{}", seen.len());
    }
}
