//! `[[certificates]]`: what is watched, and what holds for it.

use super::channels::CA_FILE;
use super::mail::PASSWORD;
use super::{Applies, Key, KeyTable, Kind, Shared, Words};

/// The keys of `[[certificates]]`.
pub static CERTIFICATES: KeyTable = KeyTable {
    definition: "certificate",
    title: "[[certificates]]",
    meaning: "What is watched: files or endpoints. Any key of a policy may stand here and replaces the policy's.",
    keys: &[
        Key::new("name", Kind::Name, r#""www""#)
            .default("the file or endpoint as written")
            .meaning("How messages and commands call it.")
            .synonyms(&["id", "label", "title"]),
        Key::new("file", Kind::Texts("path, directory or glob"), r#""/etc/letsencrypt/live/*/fullchain.pem""#)
            .meaning("The files that are watched.")
            .synonyms(&[
                "path", "paths", "files", "glob", "dir", "directory", "folder", "pem", "cert", "cert-file",
                "certificate",
            ]),
        Key::new("exclude", Kind::Texts("glob"), r#"["*/archive/*"]"#)
            .default("none")
            .meaning("Files that are passed over.")
            .synonyms(&["ignore", "except", "skip"])
            .only(Applies::Files),
        PASSWORD
            .default("none")
            .meaning("Opens PKCS#12 files; the empty password, none and `changeit` are tried anyway.")
            .only(Applies::Files),
        Key::new("deploys-to", Kind::Texts("endpoint"), r#"["www.example.com:443"]"#)
            .default("none")
            .meaning(
                "Where a file should be served: the old one still there days after a renewal is a hosting failure, \
                 told until the new one is; the end of what is served is told like that of any endpoint.",
            )
            .synonyms(&["deploys", "deployed-to", "serves"])
            .only(Applies::Files),
        Key::new("listens-on", Kind::Ports, "443")
            .default("none")
            .meaning(
                "Ports of this machine whose server loads a file (Linux): one that was started before the file changed \
                 is found an hour later, without asking it.",
            )
            .synonyms(&["listen", "port", "ports", "local-port"])
            .only(Applies::Files),
        Key::new(
            "endpoint",
            Kind::Texts("`HOST`, `HOST:PORT`, `[IPv6]:PORT` or `smtp://HOST`"),
            r#""www.example.com:443""#,
        )
        .meaning("Live TLS that is watched.")
        .synonyms(&[
            "host", "hosts", "hostname", "url", "urls", "uri", "address", "endpoints", "server", "servers", "site",
            "sites", "target", "targets", "starttls", "scheme",
        ]),
        Key::new("list", Kind::Text("path"), r#""hosts.txt""#)
            .meaning(
                "A file with an endpoint a line; a list or a line that cannot be read is a problem of its own, and \
                 takes nothing out of the watch.",
            )
            .synonyms(&["hosts-file", "inventory"]),
        Key::new("expires", Kind::Text("date or RFC 3339 time"), r#""2027-05-01""#)
            .meaning(
                "When something without a file ends, as a key, a secret, a licence, a contract or a domain: it has a \
                 `name`, and everything that a certificate has but a lifetime. A date ends with its first moment in \
                 the `timezone` of the entry. A later date is the renewal.",
            )
            .synonyms(&[
                "expiry", "expiration", "expires-on", "expiry-date", "not-after", "valid-until", "date", "until",
            ]),
        Key::new("domain", Kind::Texts("domain"), r#""example.com""#)
            .meaning(
                "A registered domain, without any host before it: the end of its registration is asked of its registry \
                 by RDAP, at most once a day, and has everything that `expires` has. What cannot be known is an alert.",
            )
            .synonyms(&["domains", "domain-name", "registration", "registered-domain", "whois"]),
        Key::new("metadata", Kind::Text("https address"), r#""https://login.example.com/metadata""#)
            .meaning(
                "Where a provider publishes its certificates, as SAML metadata or in any form that a file may have: \
                 watched as a file is; beside a `file`, which is a copy of it, what the copy lacks is found \
                 (`copy-outdated`). `ca-file` judges its server, and no certificate in it.",
            )
            .synonyms(&["metadata-url", "federation-metadata", "saml", "published", "federation"])
            .only(Applies::Files),
        Key::new("command-source", Kind::Arguments, r#"["kubectl", "get", "secrets", "-A", "-o", "json"]"#)
            .meaning(
                "A program that prints certificates, in any form that `check -` reads, run without a shell and killed \
                 after 60 seconds; only you and root may be able to write the policy file then.",
            )
            .synonyms(&["command", "exec", "program", "script", "source-command", "argv"]),
        Key::new("server-name", Kind::Text("host name"), r#""www.example.com""#)
            .default("the endpoint's host")
            .meaning("The name that is asked for in the handshake.")
            .synonyms(&["sni", "servername"])
            .only(Applies::Endpoints),
        Key::new("connect", Kind::Text("host or address, with or without a port"), r#""192.0.2.1""#)
            .default("the endpoint")
            .meaning("Where to connect instead.")
            .synonyms(&["resolve", "connect-to"])
            .only(Applies::Endpoints),
        Key::new("every-address", Kind::Boolean, "true")
            .default("`false`")
            .meaning(
                "`true`: each address of the name is looked at, a member each: `name@192.0.2.1`; one to which the name \
                 leads no more is forgotten after 7 days.",
            )
            .synonyms(&["all-addresses", "addresses"])
            .only(Applies::Endpoints),
        Key::new("proxy-protocol", Kind::Boolean, "true")
            .default("`false`")
            .meaning(
                "`true`: each connection begins with the header of the PROXY protocol (version 2), for servers that \
                 take connections from a load balancer alone.",
            )
            .synonyms(&["send-proxy", "accept-proxy"])
            .only(Applies::Endpoints),
        Key::new("proxy", Kind::SecretText, r#""http://proxy.example.com:3128""#)
            .default("none")
            .meaning(
                "`http://HOST:PORT` (CONNECT) or `socks5://HOST:PORT`, with `NAME:PASSWORD@` as needed; it resolves \
                 the names.",
            )
            .synonyms(&["http-proxy", "https-proxy", "socks5"])
            .only(Applies::Endpoints),
        Key::new("client-certificate", Kind::Text("path"), r#""/etc/certnotify/client.pem""#)
            .default("none")
            .meaning("Shown to servers that ask for one: a PEM file.")
            .synonyms(&["client-cert"])
            .only(Applies::Endpoints),
        Key::new("client-key", Kind::Text("path"), r#""/etc/certnotify/client.key""#)
            .default("in the file of `client-certificate`")
            .meaning("The private key of `client-certificate`: a PEM file.")
            .only(Applies::Endpoints),
        Key::new("trust", Kind::Boolean, "false")
            .default("`true`")
            .meaning("`false`: names and dates are judged, and not the chain.")
            .synonyms(&["verify", "insecure", "ignore-trust"])
            .only(Applies::Endpoints),
        CA_FILE
            .default("the system's roots, and for files none")
            .meaning(
                "Judges the chain of a file, and adds a private authority for an endpoint: a file (PEM, DER, PKCS#7), \
                 or a directory of such files.",
            )
            .only(Applies::Certificates),
        Key::new("covers", Kind::Texts("DNS name"), r#"["www.example.com"]"#)
            .default("an endpoint's own name")
            .meaning("Names that the certificate must cover.")
            .synonyms(&["domains", "names", "dns-names", "san", "sans"])
            .only(Applies::Certificates),
        Key::new("accept", Kind::AnyOf(Words::Findings), r#"["legacy-protocol"]"#)
            .default("none")
            .meaning("Findings that are known and no news.")
            .synonyms(&["ignore"])
            .only(Applies::Certificates),
        Key::new("pins", Kind::Texts("`sha256/BASE64`"), r#"["sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]"#)
            .default("none")
            .meaning(
                "SHA-256 of public keys that clients were built to trust, of the certificate or of an issuer that is \
                 in the chain: one that has none of them is found before it is served.",
            )
            .synonyms(&["pin", "pin-sha256", "pinned-keys"])
            .only(Applies::Certificates),
        Key::new(
            "tlsa",
            Kind::TextsOrLookUp("data of a TLSA record"),
            r#"["3 1 1 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]"#,
        )
        .default("none")
        .meaning(
            "The TLSA records that DNS has for it (RFC 6698), with SHA-256 or in full: one that fits none is \
             found. `true`: each whole run asks DNS for those of the endpoint, of a file for those of its \
             `deploys-to`.",
        )
        .synonyms(&["dane"])
        .only(Applies::Certificates),
        Key::new("policy", Kind::Text("policy"), r#""production""#)
            .default("the default policy")
            .meaning("The policy that holds for it.")
            .synonyms(&["profile", "rule", "policies"]),
        Key::new("renewal", Kind::OneOf(Words::Renewals), r#""auto""#)
            .default("`auto` in the folders of certbot, acme.sh, lego and Caddy and for Let's Encrypt, else `manual`")
            .meaning("Who renews it: an `auto` certificate is silent until its renewal is late.")
            .synonyms(&["auto-renew", "renew"])
            .only(Applies::Certificates),
        Key::new("renew-before", Kind::Duration, r#""30d""#)
            .default("the last third of the lifetime")
            .meaning("When an automatic renewal is due.")
            .only(Applies::Certificates),
        Key::new("validation", Kind::OneOf(Words::Validations), r#""email""#)
            .default("unknown")
            .meaning(
                "How its public authority checks that the domain is yours: by `email` it does until 2028-03-15, by \
                 `phone` until 2027-03-15 (CA/Browser Forum, SC-090). Where the next renewal is later, that is found \
                 before (`renewal-blocked`).",
            )
            .synonyms(&["validation-method", "dcv", "dcv-method", "domain-validation"])
            .only(Applies::Certificates),
        Key::new("notifications", Kind::Boolean, "true")
            .default("`true`")
            .meaning("`false` switches all messages of it off.")
            .synonyms(&["enabled", "enable", "disabled", "disable", "active", "mute", "muted"]),
        Key::new("owner", Kind::Text("text"), r#""alice""#)
            .meaning("Named in every message.")
            .synonyms(&["responsible", "team"]),
        Key::new("note", Kind::Text("text, also of several lines"), r#""Renewal: see wiki/tls""#)
            .meaning("Quoted in every message.")
            .synonyms(&["comment", "description", "notes", "runbook"]),
    ],
    shared: Shared::Policies,
};
