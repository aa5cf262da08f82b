//! What a module of the blackbox exporter speaks: by blackbox.yml, else by its name.

use std::collections::HashMap;

use super::import::Keys;
use super::yaml::Node;

/// How a module meets TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http,
    Tls,
    StartTls,
    /// TCP, and nothing is said of TLS.
    Tcp,
    /// A prober without certificates.
    Nothing(String),
}

#[derive(Clone, Debug)]
pub(super) struct Module {
    pub speaks: Speaks,
    pub keys: Keys,
}

/// The modules that are described in the files that were given.
#[derive(Debug, Default)]
pub(super) struct Modules(HashMap<String, Module>);

impl Modules {
    /// Adds those of a blackbox.yml; says whether it is one.
    pub(super) fn add(&mut self, document: &Node) -> bool {
        let Some(modules) = document.get("modules") else { return false };
        for (name, module) in modules.entries() {
            self.0.insert(name.clone(), described(module));
        }
        true
    }

    pub(super) fn named(&self, name: Option<&str>) -> Module {
        let known = name.and_then(|name| self.0.get(name)).cloned();
        known.unwrap_or_else(|| Module { speaks: name.map_or(Speaks::Tcp, by_name), keys: Keys::default() })
    }
}

fn described(module: &Node) -> Module {
    let prober = module.get("prober").and_then(Node::text).unwrap_or_default();
    let of_prober = module.get(prober);
    let is_on = |key: &str| of_prober.and_then(|node| node.get(key)).and_then(Node::text) == Some("true");
    let starts = of_prober.and_then(|node| node.get("query_response")).is_some_and(|steps| {
        steps.items().iter().any(|step| step.get("starttls").and_then(Node::text) == Some("true"))
    });
    let speaks = match prober {
        "http" => Speaks::Http,
        "tcp" if starts => Speaks::StartTls,
        "tcp" | "grpc" if is_on("tls") => Speaks::Tls,
        "tcp" => Speaks::Nothing("tcp without TLS".to_owned()),
        other => Speaks::Nothing(other.to_owned()),
    };
    let mut keys = Keys::default();
    let tls = of_prober.and_then(|node| node.get("tls_config"));
    let set = |key: &str| tls.and_then(|tls| tls.get(key)).and_then(Node::text).filter(|text| !text.is_empty());
    if set("insecure_skip_verify") == Some("true") {
        keys.no("trust");
    }
    let texts = [
        ("server_name", "server-name"),
        ("ca_file", "ca-file"),
        ("cert_file", "client-certificate"),
        ("key_file", "client-key"),
    ];
    for (theirs, ours) in texts {
        if let Some(text) = set(theirs) {
            keys.text(ours, text);
        }
    }
    Module { speaks, keys }
}

fn by_name(name: &str) -> Speaks {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["icmp", "ping", "dns", "ssh"]) {
        Speaks::Nothing(name)
    } else if has(&["starttls", "smtp", "imap", "pop3"]) {
        Speaks::StartTls
    } else if has(&["http"]) {
        Speaks::Http
    } else if has(&["tls", "ssl", "cert"]) {
        Speaks::Tls
    } else {
        Speaks::Tcp
    }
}
