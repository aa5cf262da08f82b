//! The policy file together with the memory that belongs to it, and who is meant by a name in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use certnotify::certificate::Fingerprint;
use certnotify::history::{History, PlaceRecord};
use certnotify::policy::{self, ContactName, Division, EntryName, Policies};
use certnotify::record::{self, Notice, Opened, RecordError, StateFile};
use certnotify::render::untrusted::clean;
use time::OffsetDateTime;

use super::exit::advised;
use super::{Exit, Global, inputs, output};

/// A place and what is remembered of it.
pub(super) type KnownPlace<'a> = (&'a str, &'a PlaceRecord);

/// What a command works on that only reads.
pub(super) struct Memory {
    pub policies: Policies,
    pub history: History,
    /// Partial where something of the memory was lost.
    pub exit: Exit,
}

impl Memory {
    /// Reads policy file and state, without the lock.
    pub(super) fn read(global: &Global, now: OffsetDateTime) -> anyhow::Result<Self> {
        let policies = inputs::policies(global)?;
        let (history, exit) = read(global, &policies, now)?;
        Ok(Self { policies, history, exit })
    }
}

/// Reads the state of `policies`, without the lock; whether something of it was lost is said at once.
pub(super) fn read(global: &Global, policies: &Policies, now: OffsetDateTime) -> anyhow::Result<(History, Exit)> {
    let state = inputs::state_path(global, policies)?;
    let (history, notices) = record::read(&state, &policies.file, global.adopt, now).map_err(refused)?;
    let exit = told(&notices);
    let more = global.states.get(1..).unwrap_or_default();
    if more.is_empty() {
        return Ok((history, exit));
    }
    let mut merged = history.as_recorded().unwrap_or(history);
    let (others, of_others) = others(more, global, policies, now)?;
    for other in others {
        merged.merge(other);
    }
    merged.clamp_to_now(now);
    Ok((merged, worse(exit, of_others)))
}

/// The states at `paths` as they were recorded, of which each must be there.
pub(super) fn others(
    paths: &[PathBuf],
    global: &Global,
    policies: &Policies,
    now: OffsetDateTime,
) -> anyhow::Result<(Vec<History>, Exit)> {
    let mut others = Vec::new();
    let mut exit = Exit::Done;
    for path in paths {
        let (history, notices) = record::read(path, &policies.file, global.adopt, now).map_err(refused)?;
        let shown = clean(&path.display().to_string());
        if !record::is_there(path) {
            return Err(advised(format!("state file {shown}: there is none"), "nothing was merged: name a state file"));
        }
        if notices.iter().any(|notice| matches!(notice, Notice::Damaged { instead: record::Instead::Nothing, .. })) {
            told(&notices);
            let help = "nothing was merged: restore a copy of it, or leave it out";
            return Err(advised(format!("state file {shown}: no generation of it can be read"), help));
        }
        exit = worse(exit, told(&notices));
        others.push(history.as_recorded().unwrap_or(history));
    }
    Ok((others, exit))
}

pub(super) fn worse(one: Exit, other: Exit) -> Exit {
    if one == Exit::Done { other } else { one }
}

/// Leaves what belongs to the shard of this run, if the memory in the file `state` is its own or that of no shard.
pub(super) fn enter_shard(
    history: &mut History,
    division: Option<&Division>,
    adopt: bool,
    state: &Path,
) -> anyhow::Result<()> {
    history.enter_shard(division, adopt).map_err(|other| {
        let own = division.map_or_else(String::new, |division| format!(", not of {}", division.shard()));
        let help = "make one of the states of all shards: certnotify state merge FILE…; each shard then begins with a copy of it";
        advised(format!("state file {}: {other}{own}", state.display()), help)
    })
}

/// Opens the state of `policies` for writing; whether something of it was lost is said at once.
pub(super) fn open(
    global: &Global,
    policies: &Policies,
    now: OffsetDateTime,
) -> anyhow::Result<(StateFile, History, Exit)> {
    let state = inputs::state_path(global, policies)?;
    let Opened { file, history, notices } =
        StateFile::open(&state, &policies.file, global.adopt, now).map_err(refused)?;
    Ok((file, history, told(&notices)))
}

/// The program ends here: to free what it knows piece by piece takes a fifth of what reading it took.
pub(super) fn leave(history: History) {
    std::mem::forget(history);
}

/// Why there is no memory to work with.
pub(super) fn refused(error: RecordError) -> anyhow::Error {
    let help = error.help();
    advised(output::in_words(&error.into()), help)
}

/// Says what a person should know of the state.
pub(super) fn told(notices: &[Notice]) -> Exit {
    for notice in notices {
        output::problem(&notice.to_string(), Some(&notice.help()));
    }
    if notices.iter().any(Notice::is_problem) { Exit::Partial } else { Exit::Done }
}

/// Every certificate that `name` means, also one that was renewed: by the name of an entry or of a member, the
/// last part of one if that is unambiguous, or a DNS name.
pub(super) fn certificates_called(history: &History, name: &str) -> anyhow::Result<BTreeSet<Fingerprint>> {
    let known = as_known(history, name);
    let name = known.as_str();
    let mut named: Vec<(&str, Fingerprint)> =
        history.places.values().map(|place| (&*place.name, place.fingerprint)).collect();
    for (fingerprint, record) in &history.certificates {
        named.extend(record.names.iter().map(|name| (&**name, *fingerprint)));
    }
    let entries = history.places.values().filter(|place| is_watched_by(place, name)).map(|place| place.fingerprint);
    let of_names =
        named.iter().filter(|(full, _)| is_of(full, name) || is_below(full, name)).map(|(_, fingerprint)| *fingerprint);
    let of_entry: BTreeSet<_> = of_names.chain(entries).collect();
    if !of_entry.is_empty() {
        return Ok(of_entry);
    }
    let of_members = with_last_part(named.iter().map(|(full, _)| *full), name);
    let whole = if of_members.is_empty() { entries_with_last_part(history, name) } else { of_members };
    let of_name = match whole.iter().collect::<Vec<_>>().as_slice() {
        [] => BTreeSet::new(),
        [only] => certificates_called(history, only)?,
        _ => return Err(ambiguous(name, &whole)),
    };
    let by_dns = history.certificates.values().filter(|record| has_dns_name(&record.facts.dns_names, name));
    let found: BTreeSet<_> = of_name.into_iter().chain(by_dns.map(|record| record.facts.fingerprint)).collect();
    if found.is_empty() { Err(unknown(history, name)) } else { Ok(found) }
}

/// The places that `name` means, each with what it showed last: an entry with all its members, a member, the last
/// part or the folder of one if that is unambiguous, or a DNS name that one certificate alone has.
pub(super) fn places_called<'a>(history: &'a History, name: &str) -> anyhow::Result<Vec<KnownPlace<'a>>> {
    let known = as_known(history, name);
    let name = known.as_str();
    let places = |is_meant: &dyn Fn(&PlaceRecord) -> bool| -> Vec<KnownPlace<'a>> {
        history.places.iter().map(|(place, record)| (place.as_str(), record)).filter(|(_, it)| is_meant(it)).collect()
    };
    let exact = |name: &str| {
        let is_called_so = |place: &PlaceRecord| *place.name == *name || is_called_by_another(history, place, name);
        places(&|place| is_called_so(place) || is_watched_by(place, name))
    };
    let mut found = exact(name);
    if !found.is_empty() {
        return Ok(found);
    }
    let of_places = with_last_part(history.places.values().map(|place| &*place.name), name);
    let whole = if of_places.is_empty() { entries_with_last_part(history, name) } else { of_places };
    if let [only] = whole.iter().collect::<Vec<_>>().as_slice() {
        return Ok(exact(only));
    }
    let is_one_of_them = |entry: &EntryName| whole.contains(entry.as_str());
    found = places(&|place| whole.contains(&*place.name) || place.entries().any(is_one_of_them));
    if found.is_empty() {
        found = places(&|place| is_below(&place.name, name));
    }
    if found.is_empty() {
        found = places(&|place| shows_dns_name(history, place, name));
    }
    match found.iter().map(|(_, place)| place.fingerprint).collect::<BTreeSet<_>>().len() {
        0 => Err(called_otherwise(history, name).unwrap_or_else(|| unknown(history, name))),
        1 => Ok(found),
        _ => Err(ambiguous(name, &found.iter().map(|(_, place)| &*place.name).collect())),
    }
}

/// What a person calls each certificate, clean, also one that stands nowhere any more.
pub(super) fn names(history: &History) -> BTreeMap<Fingerprint, String> {
    let mut names: BTreeMap<Fingerprint, BTreeSet<&str>> = BTreeMap::new();
    for (fingerprint, record) in &history.certificates {
        names.entry(*fingerprint).or_default().extend(record.names.iter().map(AsRef::as_ref));
    }
    for place in history.places.values() {
        names.entry(place.fingerprint).or_default().insert(&place.name);
    }
    let call = |(fingerprint, names): (Fingerprint, BTreeSet<&str>)| {
        let name = match names.iter().collect::<Vec<_>>().as_slice() {
            [] => history.certificates.get(&fingerprint).map(|record| record.facts.display_name()).unwrap_or_default(),
            [one] => (**one).to_owned(),
            [first, second] => format!("{first}, {second}"),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        (fingerprint, clean(&name))
    };
    names.into_iter().map(call).collect()
}

/// The contact that is meant by `given`, else the only one or the default one.
pub(super) fn contact(policies: &Policies, given: Option<&str>) -> anyhow::Result<ContactName> {
    let names = || quoted(policies.contacts.keys().map(ContactName::as_str));
    if let Some(given) = given {
        if let Some((name, _)) = policies.contacts.get_key_value(given) {
            return Ok(name.clone());
        }
        let folded = given.to_lowercase();
        let alike: Vec<_> = policies.contacts.keys().filter(|name| name.as_str().to_lowercase() == folded).collect();
        if let [only] = alike.as_slice() {
            return Ok((*only).clone());
        }
        let known: Vec<&str> = policies.contacts.keys().map(ContactName::as_str).collect();
        let nearest = policy::nearest(given, &known).map(|right| format!("did you mean `{}`? ", clean(right)));
        return Err(advised(
            format!("`{}` is no contact of {}", clean(given), policies.file.display()),
            format!("{}its contacts are {}", nearest.unwrap_or_default(), names()),
        ));
    }
    let only = if policies.contacts.len() == 1 { policies.contacts.keys().next() } else { None };
    policies
        .settings
        .default_contact
        .as_ref()
        .or(only)
        .cloned()
        .ok_or_else(|| advised("whose messages?", format!("name one of {}, or set `default-contact`", names())))
}

/// `` `a`, `b` and `c` ``.
fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", clean(name))).collect();
    output::and(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Whether a place is a member of `name`, or has it as the last part.
pub(super) fn is_called(full: &str, name: &str) -> bool {
    is_of(full, name) || last_part(full) == name
}

/// Whether `full` is the name of something in the folder `name`, as that of a lineage.
pub(super) fn is_below(full: &str, name: &str) -> bool {
    full.strip_prefix(name.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// `full` is `name` itself, one of its members, one of its addresses or a further certificate of its file.
fn is_of(full: &str, name: &str) -> bool {
    full.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '@', '#']))
}

fn is_watched_by(place: &PlaceRecord, entry: &str) -> bool {
    place.entries().any(|one| one.as_str() == entry)
}

/// A place has the name of the entry that watches it first; its certificate has those of all.
fn is_called_by_another(history: &History, place: &PlaceRecord, name: &str) -> bool {
    let names = || history.certificates.get(&place.fingerprint).map(|record| &record.names);
    !place.also.is_empty() && names().is_some_and(|names| names.iter().any(|one| &**one == name))
}

/// Those of `names` whose last part this is.
fn with_last_part<'a>(names: impl Iterator<Item = &'a str>, part: &str) -> BTreeSet<&'a str> {
    names.filter(|full| last_part(full) == part).collect()
}

fn entries_with_last_part<'a>(history: &'a History, part: &str) -> BTreeSet<&'a str> {
    let entries = history.places.values().flat_map(PlaceRecord::entries);
    with_last_part(entries.map(EntryName::as_str), part)
}

fn last_part(full: &str) -> &str {
    full.rsplit('/').next().unwrap_or(full)
}

fn has_dns_name(names: &[String], name: &str) -> bool {
    names.iter().any(|dns| dns.eq_ignore_ascii_case(name))
}

fn shows_dns_name(history: &History, place: &PlaceRecord, name: &str) -> bool {
    history.certificates.get(&place.fingerprint).is_some_and(|record| has_dns_name(&record.facts.dns_names, name))
}

/// Every name that a certificate is remembered by, whole and by its last part.
fn known_names(history: &History) -> BTreeSet<&str> {
    let entries = history.places.values().flat_map(PlaceRecord::entries).map(EntryName::as_str);
    let of_places = history.places.values().map(|place| &*place.name).chain(entries);
    let earlier = history.certificates.values().flat_map(|record| record.names.iter().map(AsRef::as_ref));
    let whole: BTreeSet<&str> = of_places.chain(earlier).collect();
    whole.iter().flat_map(|name| [*name, last_part(name)]).collect()
}

/// `name` as it is remembered, where it is written in other letters, large for small.
fn as_known(history: &History, name: &str) -> String {
    let known = known_names(history);
    if known.contains(name) {
        return name.to_owned();
    }
    let folded = name.to_lowercase();
    let alike: Vec<&&str> = known.iter().filter(|known| known.to_lowercase() == folded).collect();
    if let [only] = alike.as_slice() { (**only).to_owned() } else { name.to_owned() }
}

/// A name of before, as after an entry was renamed, and what the places are called now that show what had it.
fn called_otherwise(history: &History, name: &str) -> Option<anyhow::Error> {
    let had_it = |place: &&PlaceRecord| {
        let names = history.certificates.get(&place.fingerprint).map(|record| &record.names);
        names.is_some_and(|names| names.iter().any(|one| is_called(one, name)))
    };
    let now: BTreeSet<&str> = history.places.values().filter(had_it).map(|place| &*place.name).collect();
    let what = format!("no certificate is called `{}` any more", clean(name));
    (!now.is_empty()).then(|| advised(what, format!("what was called so is {} now", some_quoted(&now))))
}

fn unknown(history: &History, name: &str) -> anyhow::Error {
    let known: Vec<&str> = known_names(history).into_iter().filter(|known| *known != name).collect();
    let nearest = policy::nearest(name, &known).map(clean);
    let help = policy::did_you_mean(nearest.as_deref(), || {
        "`certnotify run` looks at every certificate of the policy file and remembers it; `certnotify check` lists the names".to_owned()
    });
    advised(format!("no run has seen a certificate that is called `{}`", clean(name)), help)
}

/// The places that show one of these certificates, if any does.
pub(super) fn showing(history: &History, certificates: &BTreeSet<Fingerprint>) -> Option<String> {
    let shows = |place: &&PlaceRecord| {
        certificates.contains(&place.fingerprint) && history.certificates.contains_key(&place.fingerprint)
    };
    let names: BTreeSet<&str> = history.places.values().filter(shows).map(|place| &*place.name).collect();
    (!names.is_empty()).then(|| some_quoted(&names))
}

/// What to do about several that a name may mean.
pub(super) fn which(full_names: &BTreeSet<&str>) -> String {
    format!("say which: {}", some_quoted(full_names))
}

/// `` `a`, `b`, `c` and 2 more ``.
fn some_quoted(names: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 3;
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{}`", clean(name))).collect();
    shown.extend(names.len().checked_sub(SHOWN).filter(|more| *more > 0).map(|more| format!("{more} more")));
    output::and(&shown.iter().map(String::as_str).collect::<Vec<_>>())
}

fn ambiguous(name: &str, full_names: &BTreeSet<&str>) -> anyhow::Error {
    advised(format!("`{}` may mean several certificates", clean(name)), which(full_names))
}
