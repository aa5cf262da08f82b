//! `[settings]`, and the two values that contacts and policies share with it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use time::Duration;

use super::fields::{Fields, example, one_of};
use super::refusal::Refusal;
use super::source::At;
use super::{Language, Secret, Settings, Zone, corrections, domain, hints};
use crate::address::Url;

/// Without a word of its own a run may take this long.
const USUAL_TIME_LIMIT: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// As written.
#[derive(Debug, Default)]
pub(super) struct WrittenSettings {
    pub zone: Option<Zone>,
    pub default_contact: Option<At<String>>,
    /// All but these two, as they hold.
    pub others: Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Zone::UTC,
            language: Language::default(),
            default_contact: None,
            state: None,
            named_state: None,
            inbox: None,
            publish: None,
            heartbeat: None,
            time_limit: USUAL_TIME_LIMIT,
            acme_directories: BTreeMap::new(),
            rdap_servers: BTreeMap::new(),
            resolver: None,
        }
    }
}

pub(super) fn read(mut fields: Fields<'_, '_>) -> WrittenSettings {
    let settings = WrittenSettings {
        zone: zone(&mut fields).map(|zone| zone.value),
        default_contact: fields.text("default-contact"),
        others: Settings {
            language: language(&mut fields).unwrap_or_default(),
            state: fields.path("state"),
            inbox: fields.path("inbox"),
            publish: fields.path("publish"),
            heartbeat: heartbeat(&mut fields),
            time_limit: time_limit(&mut fields),
            acme_directories: acme_directories(&mut fields),
            rdap_servers: domain::read_servers(&mut fields),
            resolver: resolver(&mut fields),
            ..Settings::default()
        },
    };
    fields.finish();
    settings
}

/// The ping address of a monitor. With it, anyone could say that all is well: no problem repeats it.
fn heartbeat(fields: &mut Fields<'_, '_>) -> Option<Secret> {
    const KEY: &str = "heartbeat";
    const HELP: &str = "write heartbeat = { env = \"HEALTHCHECK_URL\" }";
    let At { value: address, place } = fields.secret(KEY)?;
    if let Some(written) = address.literal() {
        let url = Url::split(written);
        if !url.is_of_web() || url.place.is_empty() || written.contains(char::is_whitespace) {
            fields.problems.error(place, "this is no ping address: it begins with https://", HELP);
        }
    }
    Some(address)
}

fn time_limit(fields: &mut Fields<'_, '_>) -> std::time::Duration {
    let Some(limit) = fields.duration("time-limit") else { return USUAL_TIME_LIMIT };
    if limit.value > Duration::days(1) {
        fields.problems.error(limit.place, "`time-limit` is more than a day", "write time-limit = \"10m\"");
    }
    std::time::Duration::try_from(limit.value).unwrap_or(USUAL_TIME_LIMIT)
}

/// The key `acme-directories`: a directory for the name of each issuer.
fn acme_directories(fields: &mut Fields<'_, '_>) -> BTreeMap<String, String> {
    const KEY: &str = "acme-directories";
    let mut directories = BTreeMap::new();
    for (issuer, address) in fields.named_texts(KEY, "a table of issuers and addresses") {
        let checked = fields.checked(&address, |written| {
            let refuse = |wrong: &str| Refusal::new(format!("`{written}` {wrong}"), example(KEY));
            let url = Url::split(written);
            match (url.is_of_web(), url.place) {
                (true, "") => Err(refuse("names no host")),
                (true, _) => Ok(written.to_owned()),
                (false, _) => Err(refuse("is no address of an ACME directory: it begins with https://")),
            }
        });
        directories.extend(checked.map(|address| (issuer.name.clone(), address.value)));
    }
    directories
}

/// The key `resolver`: an address, with or without a port.
fn resolver(fields: &mut Fields<'_, '_>) -> Option<SocketAddr> {
    const KEY: &str = "resolver";
    let server = fields.parsed(KEY, |written| {
        let address = || written.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53));
        let server = written.parse::<SocketAddr>().ok().or_else(address).filter(|server| server.port() != 0);
        server.ok_or_else(|| Refusal::new(format!("`{written}` is no address of a DNS server"), example(KEY)))
    });
    server.map(|server| server.value)
}

/// The key `timezone`.
pub(super) fn zone(fields: &mut Fields<'_, '_>) -> Option<At<Zone>> {
    fields.parsed("timezone", |written| {
        Zone::named(written).map_err(|unknown| {
            if let Some(zone) = corrections::zone_of_offset(written) {
                let help = format!("write timezone = \"{zone}\": in names of this kind the sign is turned round");
                return Refusal::new(unknown.to_string(), help);
            }
            let names = Zone::all_names();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let help =
                || "write a zone of the IANA database, such as `Asia/Shanghai`, `Europe/Berlin` or `UTC`".to_owned();
            Refusal::new(unknown.to_string(), hints::did_you_mean(hints::zone(written, &names), help))
        })
    })
}

/// The key `language`.
pub(super) fn language(fields: &mut Fields<'_, '_>) -> Option<Language> {
    let read = fields.parsed("language", |written| {
        one_of(written, &Language::ALL, Language::tag, &format!("there are no messages in `{written}`"))
    });
    read.map(|language| language.value)
}
