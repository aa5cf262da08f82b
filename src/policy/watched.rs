//! What a `[[certificates]]` table looks at: files, endpoints, a list of endpoints.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::domain::{self, Domain};
use super::endpoint;
use super::expiry;
use super::fields::{Fields, absolute};
use super::keys::{self, Applies};
use super::refusal::Refusal;
use super::source::{At, Files, Place};
use super::{
    ClientCertificate, Endpoint, EndpointOptions, Proxy, SourceProgram, UnreadSource, Watch, command, list, metadata,
    secret,
};
use crate::address::{Url, is_host};

#[derive(Debug)]
pub(super) struct WrittenEntry {
    pub name: At<String>,
    pub watch: Watch,
    /// What a domain is called where its host or another entry has the name already.
    name_beside: Option<String>,
}

impl WrittenEntry {
    fn new(name: At<String>, watch: Watch) -> Self {
        Self { name, watch, name_beside: None }
    }

    /// Of a domain without a name of its own.
    fn of_domain(domain: At<Domain>) -> Self {
        let name = At { value: domain.value.written.clone(), place: domain.place };
        let name_beside = Some(format!("domain {}", domain.value.written));
        Self { name, watch: Watch::Domains(vec![domain.value]), name_beside }
    }

    /// The name, unless it gives way to others.
    pub(super) fn own_name(&self) -> Option<&str> {
        self.name_beside.is_none().then_some(self.name.value.as_str())
    }

    pub(super) fn name_beside(&self, others: &BTreeSet<&str>) -> &str {
        let name = self.name.value.as_str();
        self.name_beside.as_deref().filter(|_| others.contains(name)).unwrap_or(name)
    }
}

/// The entries of the table at `place`, and what of its list could not be read; without a name each file or endpoint as
/// written is an entry of its own.
pub(super) fn read(
    fields: &mut Fields<'_, '_>,
    name: Option<At<String>>,
    place: Place,
    files: &mut dyn Files,
) -> (Vec<WrittenEntry>, Vec<UnreadSource>) {
    let exclude = fields.texts("exclude").into_iter().flat_map(|texts| texts.value).map(|text| text.value).collect();
    let patterns = patterns(fields);
    let program = command::source(fields);
    let mut endpoints = endpoints(fields, "endpoint");
    let mut list = list::read(fields, files);
    let unread = list.as_mut().map(|list| std::mem::take(&mut list.unread)).unwrap_or_default();
    let options = Arc::new(options(fields, endpoints.iter().chain(list.iter().flat_map(|list| &list.endpoints))));
    check_company(fields, place);
    let expires = expiry::read(fields);
    let domains = domain::read(fields);
    let metadata = metadata::address(fields);
    let is_named = fields.has("name");
    let mut entries = Vec::new();
    if let Some(program) = program {
        let own = || At { value: program.value[0].clone(), place: program.place };
        let name = name.or_else(|| (!is_named).then(own));
        let watch = Watch::Program(SourceProgram { argv: program.value.clone(), withheld: Arc::default() });
        entries.extend(name.map(|name| WrittenEntry::new(name, watch)));
    } else if let Some(name) = name {
        endpoints.extend(list.into_iter().flat_map(|list| list.endpoints));
        if let Some(expires) = expires {
            entries.push(WrittenEntry::new(name, Watch::Date(expires.value)));
        } else if let Some(address) = metadata.filter(|_| patterns.is_empty()) {
            entries.push(WrittenEntry::new(name, Watch::Published(address.value)));
        } else if !domains.is_empty() {
            let domains = domains.into_iter().map(|domain| domain.value).collect();
            entries.push(WrittenEntry::new(name, Watch::Domains(domains)));
        } else if !patterns.is_empty() {
            let patterns = patterns.into_iter().map(|pattern| pattern.value).collect();
            entries.push(WrittenEntry::new(name, Watch::Files { patterns, exclude }));
        } else if !endpoints.is_empty() || !unread.is_empty() {
            entries.push(WrittenEntry::new(name, Watch::Endpoints { endpoints: distinct(endpoints), options }));
        }
    } else if !is_named {
        entries.extend(domains.into_iter().map(WrittenEntry::of_domain));
        if let Some(address) = metadata.filter(|_| patterns.is_empty()) {
            entries.push(WrittenEntry::new(address.clone(), Watch::Published(address.value)));
        }
        for pattern in patterns {
            let name = At { value: pattern.written, place: pattern.place };
            let watch = Watch::Files { patterns: vec![pattern.value], exclude: Vec::clone(&exclude) };
            entries.push(WrittenEntry::new(name, watch));
        }
        for endpoint in endpoints {
            let name = At { value: endpoint.value.written.clone(), place: endpoint.place };
            let watch = Watch::Endpoints { endpoints: vec![endpoint.value], options: Arc::clone(&options) };
            entries.push(WrittenEntry::new(name, watch));
        }
        if let Some(list) = list {
            let watch = Watch::Endpoints { endpoints: distinct(list.endpoints), options };
            entries.push(WrittenEntry::new(list.name, watch));
        }
    }
    // A list that grows keeps room for four, and most tables have one.
    entries.shrink_to_fit();
    (entries, unread)
}

/// A path or glob, and how it was written.
struct Pattern {
    written: String,
    value: PathBuf,
    place: Place,
}

fn patterns(fields: &mut Fields<'_, '_>) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for text in fields.texts("file").into_iter().flat_map(|texts| texts.value) {
        let folder = fields.folder(text.place);
        let checked = fields.checked(&text, |written| {
            if let Some(scheme) = Url::split(written).scheme {
                let help = format!("the key is `endpoint`: endpoint = \"{written}\"");
                return Err(Refusal::new(format!("`file` is a path, and `{scheme}://` begins an address"), help));
            }
            absolute(&folder, written)
        });
        patterns.extend(checked.map(|path| Pattern { written: text.value, value: path.value, place: path.place }));
    }
    patterns
}

/// The endpoints that stand at a key, each of them once.
pub(super) fn endpoints(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<At<Endpoint>> {
    let texts: Vec<_> = fields.texts(key).into_iter().flat_map(|texts| texts.value).collect();
    // Pasted with its user name and its password: it is refused, and never quoted.
    fields.problems.secrets.extend(texts.iter().filter(|text| text.value.contains('@')).map(|text| text.place));
    let endpoints: Vec<At<Endpoint>> = texts.iter().filter_map(|text| fields.checked(text, endpoint::read)).collect();
    let mut seen = BTreeSet::new();
    for endpoint in &endpoints {
        if !seen.insert(endpoint.value.place()) {
            let message = format!("endpoint `{}` is written twice", endpoint.value.written);
            fields.problems.error(endpoint.place, message, "take one out");
        }
    }
    endpoints
}

/// Each place once, in their order.
fn distinct(endpoints: Vec<At<Endpoint>>) -> Vec<Endpoint> {
    let mut seen = BTreeSet::new();
    endpoints.into_iter().map(|endpoint| endpoint.value).filter(|endpoint| seen.insert(endpoint.place())).collect()
}

fn options<'a>(fields: &mut Fields<'_, '_>, endpoints: impl Iterator<Item = &'a At<Endpoint>>) -> EndpointOptions {
    let server_name = fields.parsed("server-name", |written| {
        let refuse = || Refusal::new(format!("`{written}` is no host name"), "write server-name = \"www.example.com\"");
        is_host(written).then(|| written.to_owned()).ok_or_else(refuse)
    });
    let connect = fields.parsed("connect", endpoint::read).map(|mut connect| {
        let ports: BTreeSet<u16> = endpoints.map(|endpoint| endpoint.value.port).collect();
        // Without a port of its own it is the endpoint's that is meant.
        if let (false, Some(port)) = (connect.value.names_port(), ports.first()) {
            connect.value.port = *port;
            if ports.len() > 1 {
                let help = format!("write connect = \"{}:{port}\", and a table for each port", connect.value.host);
                fields.problems.error(connect.place, "the endpoints have several ports: which is meant here?", help);
            }
        }
        connect.value
    });
    let trust = fields.boolean("trust");
    let every_address = fields.boolean("every-address");
    let proxy_protocol = fields.boolean("proxy-protocol");
    EndpointOptions {
        server_name: server_name.map(|name| name.value),
        connect,
        ignore_trust: trust.is_some_and(|trust| !trust.value),
        every_address: every_address.is_some_and(|every| every.value),
        proxy_protocol: proxy_protocol.is_some_and(|wanted| wanted.value),
        proxy: proxy(fields),
        client: client(fields),
        elsewhere: 0,
    }
}

/// An address in the file itself: nothing else is looked up only to look.
fn proxy(fields: &mut Fields<'_, '_>) -> Option<Proxy> {
    let help = "write proxy = \"http://proxy.example.com:3128\" or \"socks5://192.0.2.1:1080\"";
    let node = fields.take("proxy")?;
    let secret = secret::read(node, "proxy", fields.problems)?;
    let Some(address) = secret.literal() else {
        fields.problems.error(node.place, "the `proxy` of an endpoint is a string", help);
        return None;
    };
    if !address.contains('@') {
        fields.problems.literals.retain(|place| *place != node.place);
    }
    match address.parse::<Proxy>() {
        Ok(proxy) => Some(proxy),
        Err(wrong) => {
            fields.problems.error(node.place, wrong.to_string(), help);
            None
        }
    }
}

fn client(fields: &mut Fields<'_, '_>) -> Option<ClientCertificate> {
    let certificate = fields.path("client-certificate");
    let key = fields.path("client-key");
    if let (Some(key), false) = (&key, fields.has("client-certificate")) {
        let help = "add client-certificate = \"/etc/certnotify/client.pem\"";
        fields.problems.error(key.place, "`client-key` without `client-certificate`", help);
    }
    let certificate = certificate?.value;
    let key = key.map_or_else(|| certificate.clone(), |key| key.value);
    Some(ClientCertificate { certificate, key })
}

/// Which keys go together.
fn check_company(fields: &mut Fields<'_, '_>, place: Place) {
    let has_program = fields.has("command-source");
    let has_copy = fields.has("file");
    let (has_file, has_endpoint) =
        (has_copy || fields.has(metadata::KEY), fields.has("endpoint") || fields.has("list"));
    let what = fields.what().to_owned();
    if fields.has("expires") {
        check_company_of_date(fields, "expires", &what);
        return;
    }
    if fields.has("domain") {
        check_company_of_date(fields, "domain", &what);
        return;
    }
    if !["file", "endpoint", "list", "expires", "domain", "metadata", "command-source"]
        .iter()
        .any(|key| fields.means(key))
    {
        let help = "write file = \"PATH\", endpoint = \"HOST:PORT\" or list = \"FILE\"";
        fields.problems.error(place, format!("{what} has neither `file` nor `endpoint`"), help);
    }
    let first = match (has_program, has_copy) {
        (true, _) => "command-source",
        (false, true) => "file",
        (false, false) => metadata::KEY,
    };
    for key in ["file", "endpoint", "list"] {
        if let (Some(place), true) = (fields.place_of(key), (has_file || has_program) && key != first) {
            let help = "make two [[certificates]] of it, one with each";
            fields.problems.error(place, format!("{what} has both `{first}` and `{key}`"), help);
        }
    }
    if has_program && !has_copy && !has_endpoint {
        let of_others =
            |key: &&keys::Key| key.applies == Applies::Endpoints || key.name == "exclude" || key.name == metadata::KEY;
        refuse(fields, of_others, "is not for a program that prints certificates");
    }
    if has_program || has_file == has_endpoint {
        return;
    }
    if has_file {
        refuse(fields, |key| key.applies == Applies::Endpoints, "is for endpoints, and this is a file");
    } else {
        refuse(fields, |key| key.applies == Applies::Files, "is for files, and this is an endpoint");
    }
}

fn refuse(fields: &mut Fields<'_, '_>, is_wrong: impl Fn(&&keys::Key) -> bool, message: &str) {
    for key in keys::CERTIFICATES.keys.iter().filter(is_wrong) {
        if let Some(place) = fields.place_of(key.name) {
            fields.problems.error(place, format!("`{}` {message}", key.name), "take it out");
        }
    }
}

/// What has no file has a name, and nothing that belongs to files or endpoints.
fn check_company_of_date(fields: &mut Fields<'_, '_>, own: &str, what: &str) {
    if let Some(place) = fields.place_of("expires").filter(|_| !fields.has("name")) {
        let message = format!("{what} has `expires` and no `name`");
        fields.problems.error(place, message, "write name = \"APNs key\": a date is called by it");
    }
    for key in ["file", "endpoint", "list", "domain", "command-source"].into_iter().filter(|key| *key != own) {
        if let Some(place) = fields.place_of(key) {
            let help = "make two [[certificates]] of it, one with each";
            fields.problems.error(place, format!("{what} has both `{own}` and `{key}`"), help);
        }
    }
    for key in keys::CERTIFICATES.keys.iter().filter(|key| key.applies != Applies::Always) {
        if let Some(place) = fields.place_of(key.name) {
            let to = if own == "domain" { "a domain" } else { "a date" };
            fields.problems.error(place, format!("`{}` means nothing to {to}", key.name), "take it out");
        }
    }
}
