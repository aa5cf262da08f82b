//! What a `[[certificates]]` table looks at: files, endpoints, a list of endpoints.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use super::domain::{self, Domain};
use super::endpoint;
use super::expiry::{self, Expiry};
use super::fields::Fields;
use super::keys::{Applies, Key};
use super::list::{self, List, ReadList};
use super::refusal::Refusal;
use super::source::{At, Files, Place};
use super::{ClientCertificate, Endpoint, EndpointOptions, Proxy, SourceProgram, Watch, command, metadata};
use crate::address::{self, Url};

/// Keys beside which a table has the usual options: they are made once for all such tables.
pub(super) const PLAIN: [&str; 4] = ["name", "file", "endpoint", "policy"];

/// Keys of which each says by itself what is watched.
pub(super) const SOURCES: [&str; 7] = ["file", "endpoint", "list", "metadata", "command-source", "domain", "expires"];

#[derive(Debug)]
pub(super) struct WrittenEntry {
    /// Which of the tables.
    pub table: usize,
    pub name: At<String>,
    pub watch: Watch,
    /// It is a domain, called by another name where another entry has its own.
    pub gives_way: bool,
}

/// Adds the entries of the `table` at `place`; its list, and what of that could not be read. Without a name each file or
/// endpoint as written is an entry of its own.
pub(super) fn read(
    fields: &mut Fields<'_, '_>,
    name: Option<At<String>>,
    (table, place): (usize, Place),
    files: &mut dyn Files,
    entries: &mut Vec<WrittenEntry>,
) -> ReadList {
    let mut sources = Sources::read(fields, files);
    let list = sources.list.as_mut().map(|list| (Some(list.path.clone()), std::mem::take(&mut list.unread)));
    let list = list.unwrap_or_default();
    check_company(fields, place);
    let is_named = fields.has("name");
    let mut add = |name: At<String>, watch: Watch| {
        let gives_way = !is_named && matches!(watch, Watch::Domains(_));
        entries.push(WrittenEntry { table, name, watch, gives_way });
    };
    match name {
        Some(name) => {
            if let Some(watch) = sources.together(!list.1.is_empty()) {
                add(name, watch);
            }
        }
        None if is_named => {}
        None => sources.apart(&mut add),
    }
    list
}

/// What a table names to look at.
struct Sources {
    program: Option<At<Vec<String>>>,
    expires: Option<At<Expiry>>,
    metadata: Option<At<String>>,
    domains: Vec<At<Domain>>,
    patterns: Vec<(At<String>, PathBuf)>,
    exclude: Vec<String>,
    endpoints: Vec<At<Endpoint>>,
    list: Option<List>,
    options: Arc<EndpointOptions>,
}

impl Sources {
    fn read(fields: &mut Fields<'_, '_>, files: &mut dyn Files) -> Self {
        let exclude =
            fields.texts("exclude").into_iter().flat_map(|texts| texts.value).map(|text| text.value).collect();
        let patterns = patterns(fields);
        let program = command::source(fields);
        let endpoints = endpoints(fields, "endpoint");
        let list = list::read(fields, files);
        let options = options(fields, endpoints.iter().chain(list.iter().flat_map(|list| &list.endpoints)));
        let expires = expiry::read(fields);
        let domains = domain::read(fields);
        // Beside files it says where they are published.
        let metadata = metadata::address(fields).filter(|_| patterns.is_empty());
        Self { program, expires, metadata, domains, patterns, exclude, endpoints, list, options }
    }

    /// One entry of all; none where nothing is named.
    fn together(self, has_unread: bool) -> Option<Watch> {
        let Self { program, expires, metadata, domains, patterns, exclude, mut endpoints, list, options } = self;
        endpoints.extend(list.into_iter().flat_map(|list| list.endpoints));
        if let Some(program) = program {
            Some(Watch::Program(SourceProgram { argv: program.value, withheld: Arc::default() }))
        } else if let Some(expires) = expires {
            Some(Watch::Date(expires.value))
        } else if let Some(address) = metadata {
            Some(Watch::Published(address.value))
        } else if !domains.is_empty() {
            Some(Watch::Domains(domains.into_iter().map(|domain| domain.value).collect()))
        } else if !patterns.is_empty() {
            Some(Watch::Files { patterns: patterns.into_iter().map(|(_, path)| path).collect(), exclude })
        } else {
            let is_any = !endpoints.is_empty() || has_unread;
            is_any.then(|| Watch::Endpoints { endpoints: distinct(endpoints), options })
        }
    }

    /// An entry of each, called as it is written; a program is alone.
    fn apart(self, add: &mut dyn FnMut(At<String>, Watch)) {
        let Self { program, metadata, domains, patterns, exclude, endpoints, list, options, .. } = self;
        if let Some(program) = program {
            let name = At { value: program.value[0].clone(), place: program.place };
            return add(name, Watch::Program(SourceProgram { argv: program.value, withheld: Arc::default() }));
        }
        for domain in domains {
            let name = At { value: domain.value.written.clone(), place: domain.place };
            add(name, Watch::Domains(vec![domain.value]));
        }
        if let Some(address) = metadata {
            add(address.clone(), Watch::Published(address.value));
        }
        for (name, path) in patterns {
            add(name, Watch::Files { patterns: vec![path], exclude: Vec::clone(&exclude) });
        }
        for endpoint in endpoints {
            let name = At { value: endpoint.value.written.clone(), place: endpoint.place };
            add(name, Watch::Endpoints { endpoints: vec![endpoint.value], options: Arc::clone(&options) });
        }
        if let Some(list) = list {
            add(list.name, Watch::Endpoints { endpoints: distinct(list.endpoints), options });
        }
    }
}

/// Each path or glob as it was written, and what it stands for.
fn patterns(fields: &mut Fields<'_, '_>) -> Vec<(At<String>, PathBuf)> {
    let texts = fields.texts("file").map(|texts| texts.value).unwrap_or_default();
    let mut patterns = Vec::with_capacity(texts.len());
    for text in texts {
        let checked = fields.checked_path(&text, |written| {
            let Some(scheme) = Url::split(written).scheme else { return Ok(()) };
            let help = format!("the key is `endpoint`: endpoint = \"{written}\"");
            Err(Refusal::new(format!("`file` is a path, and `{scheme}://` begins an address"), help))
        });
        patterns.extend(checked.map(|path| (text, path)));
    }
    patterns
}

/// The endpoints that stand at a key, each of them once.
pub(super) fn endpoints(fields: &mut Fields<'_, '_>, key: &'static str) -> Vec<At<Endpoint>> {
    let texts = fields.texts(key).map(|texts| texts.value).unwrap_or_default();
    // Pasted with its user name and its password: it is refused, and never quoted.
    fields.problems.secrets.extend(texts.iter().filter(|text| text.value.contains('@')).map(|text| text.place));
    let mut endpoints = Vec::with_capacity(texts.len());
    endpoints.extend(texts.iter().filter_map(|text| fields.checked(text, endpoint::read)));
    let mut is_new = is_new(&endpoints);
    for endpoint in &endpoints {
        if !is_new(&endpoint.value) {
            let message = format!("endpoint `{}` is written twice", endpoint.value.written);
            fields.problems.error(endpoint.place, message, "take one out");
        }
    }
    endpoints
}

/// Each place once, in their order.
fn distinct(endpoints: Vec<At<Endpoint>>) -> Vec<Endpoint> {
    let mut is_new = is_new(&endpoints);
    endpoints.into_iter().map(|endpoint| endpoint.value).filter(|endpoint| is_new(endpoint)).collect()
}

/// Whether an endpoint of `all`, asked for in their order, is the first at its place.
fn is_new(all: &[At<Endpoint>]) -> impl FnMut(&Endpoint) -> bool + use<> {
    let (is_single, mut seen) = (all.len() < 2, BTreeSet::new());
    move |endpoint| is_single || seen.insert(endpoint.place())
}

fn options<'a>(fields: &mut Fields<'_, '_>, endpoints: impl Iterator<Item = &'a At<Endpoint>>) -> Arc<EndpointOptions> {
    static USUAL: LazyLock<Arc<EndpointOptions>> = LazyLock::new(Arc::default);
    if fields.has_only(&PLAIN) {
        return Arc::clone(&USUAL);
    }
    let server_name = fields.parsed("server-name", |written| {
        let help = "write server-name = \"www.example.com\"";
        address::server_name(written).map_err(|wrong| Refusal::new(wrong.to_string(), help))
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
    Arc::new(EndpointOptions {
        server_name: server_name.map(|name| name.value),
        connect,
        ignore_trust: fields.boolean("trust") == Some(false),
        every_address: fields.boolean("every-address") == Some(true),
        proxy_protocol: fields.boolean("proxy-protocol") == Some(true),
        proxy: proxy(fields),
        client: client(fields),
        elsewhere: 0,
    })
}

/// An address in the file itself: nothing else is looked up only to look.
fn proxy(fields: &mut Fields<'_, '_>) -> Option<Proxy> {
    let help = "write proxy = \"http://proxy.example.com:3128\" or \"socks5://192.0.2.1:1080\"";
    let At { value: secret, place } = fields.secret("proxy")?;
    let Some(address) = secret.literal() else {
        fields.problems.error(place, "the `proxy` of an endpoint is a string", help);
        return None;
    };
    if !address.contains('@') {
        fields.problems.literals.retain(|literal| *literal != place);
    }
    let proxy = address.parse::<Proxy>().map_err(|wrong| Refusal::new(wrong.to_string(), help));
    fields.problems.judged(place, proxy).map(|proxy| proxy.value)
}

fn client(fields: &mut Fields<'_, '_>) -> Option<ClientCertificate> {
    let certificate = fields.path("client-certificate");
    let key = fields.path("client-key");
    if let (Some(node), false) = (fields.take("client-key"), key.is_none() || fields.has("client-certificate")) {
        let help = "add client-certificate = \"/etc/certnotify/client.pem\"";
        fields.problems.error(node.place, "`client-key` without `client-certificate`", help);
    }
    let certificate = certificate?;
    Some(ClientCertificate { key: key.unwrap_or_else(|| certificate.clone()), certificate })
}

/// Which keys go together.
fn check_company(fields: &mut Fields<'_, '_>, place: Place) {
    let has_program = fields.has("command-source");
    let has_copy = fields.has("file");
    let (has_file, has_endpoint) =
        (has_copy || fields.has(metadata::KEY), fields.has("endpoint") || fields.has("list"));
    if fields.has_only(&PLAIN) && has_file != has_endpoint {
        return;
    }
    let what = fields.what().to_string();
    if let Some(own) = ["expires", "domain"].into_iter().find(|key| fields.has(key)) {
        check_company_of_date(fields, own, &what);
        return;
    }
    if !SOURCES.iter().any(|key| fields.means(key)) {
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
            |key: &Key| key.applies == Applies::Endpoints || key.name == "exclude" || key.name == metadata::KEY;
        let message = |key: &str| format!("`{key}` is not for a program that prints certificates");
        fields.refuse(of_others, message, "take it out");
    }
    if has_program || has_file == has_endpoint {
        return;
    }
    let (of_others, message) = if has_file {
        (Applies::Endpoints, "is for endpoints, and this is a file")
    } else {
        (Applies::Files, "is for files, and this is an endpoint")
    };
    fields.refuse(|key| key.applies == of_others, |key| format!("`{key}` {message}"), "take it out");
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
    let to = if own == "domain" { "a domain" } else { "a date" };
    let message = |key: &str| format!("`{key}` means nothing to {to}");
    fields.refuse(|key| key.applies != Applies::Always, message, "take it out");
}
