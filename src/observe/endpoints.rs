//! Looking at many endpoints side by side, each of them once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::dial::NoAddress;
use super::endpoint::Observed;
use super::identity::{self, Identity};
use super::multiplex::{self, Terms};
use super::presented::{self, Issuers};
use super::probe::{ProbeRequest, Shown};
use super::questions::{Ask, Questions};
use super::resolver::Resolver;
use super::target::Target;
use super::trust::TrustStores;
use super::{Options, Progress, judge, member_name, probe_error, turn};
use crate::cause::{FailureCause, FileCause};
use crate::certificate::ChainWithDer;
use crate::fault::contained;
use crate::observation::{Failure, Observation};
use crate::policy::{ClientCertificate, Endpoint, Entry, Host, UnreadSource, Watch};

/// Looks at the endpoints of every entry; the outer vector is in the order of the entries.
pub(super) fn look(
    entries: &[&Entry],
    trust_stores: &TrustStores,
    options: &Options<'_>,
    now: OffsetDateTime,
) -> Vec<Vec<Observation>> {
    let resolver = Resolver::default();
    let (targets, plans) = plan(entries, options.questions);
    let parts = with_addresses(targets, &resolver, options);
    let clients = clients(&parts);
    let mut outcomes: Vec<Option<Outcome>> = parts.iter().flatten().map(|part| known_failure(part, &clients)).collect();
    let all: Vec<_> = parts.iter().flatten().collect();
    let open: Vec<usize> = (0..all.len()).filter(|index| outcomes[*index].is_none()).collect();
    let jobs: Vec<ProbeRequest<'_>> = open
        .iter()
        .map(|index| {
            let target = &all[*index].0;
            let client = target.options.client.as_ref().and_then(|client| clients.get(client)?.as_ref().ok());
            ProbeRequest { target, client, asks_beside: true }
        })
        .collect();
    let done = AtomicUsize::new(all.len() - jobs.len());
    let first = if options.ends.is_some() { turn(now, jobs.len()) } else { 0 };
    let terms = Terms { jobs: options.jobs, limit: options.timeout, ends: options.ends, first, stop: options.stop };
    let is_done: Vec<AtomicBool> = jobs.iter().map(|_| AtomicBool::new(false)).collect();
    let waits_for = |most: usize| {
        // The order in which they are begun.
        let begun = (first..jobs.len()).chain(0..first);
        let open = begun.filter(|index| !is_done[*index].load(Ordering::Relaxed));
        open.take(most).map(|index| jobs[index].target.endpoint.written.clone()).collect()
    };
    (options.progress)(&Progress { done: all.len() - jobs.len(), all: all.len(), open: &waits_for });
    let looks = multiplex::look(&jobs, terms, &resolver, |index, outcome| {
        let target = jobs[index].target;
        let observed = contained(|| target.observed(outcome, trust_stores, now))
            .unwrap_or_else(|fault| Err(Box::new(probe_error::fault(target, fault))));
        is_done[index].store(true, Ordering::Relaxed);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        (options.progress)(&Progress { done, all: all.len(), open: &waits_for });
        observed
    });
    for (index, look) in open.into_iter().zip(looks) {
        outcomes[index] = look;
    }
    let mut outcomes = outcomes.into_iter();
    let mut seen: Vec<Seen<'_, '_>> = parts
        .iter()
        .map(|part| {
            let each = part.iter().zip(&mut outcomes);
            Seen { each: each.map(|((target, _), outcome)| (target, outcome)).collect(), wanted: 0 }
        })
        .collect();
    for index in plans.iter().flatten() {
        seen[*index].wanted += 1;
    }
    entries.iter().zip(&plans).map(|(entry, plan)| observations(entry, plan, &mut seen)).collect()
}

/// The chain that one endpoint serves, whole.
pub(super) fn chain(target: &Target<'_>, limit: Duration) -> Result<ChainWithDer, Failure> {
    let client = target.options.client.as_ref().map(identity::read).transpose().map_err(probe_error::no_identity)?;
    let jobs = [ProbeRequest { target, client: client.as_ref(), asks_beside: false }];
    let terms = Terms { jobs: 1, limit, ends: None, first: 0, stop: None };
    let mut looks = multiplex::look(&jobs, terms, &Resolver::default(), |_, outcome| {
        let Shown { address, chain, leaf, .. } = outcome?;
        let read = || presented::read(leaf, &chain.chain, &Issuers::default());
        contained(|| read().map_err(|error| probe_error::unparsable(address, error)))
            .unwrap_or_else(|fault| Err(probe_error::fault(target, fault)))
    });
    looks.pop().flatten().unwrap_or_else(|| Err(probe_error::not_reached()))
}

type Outcome = Result<Observed, Box<Failure>>;

/// What one target showed, at each of its addresses where that is wanted; nothing where it was not reached before the
/// time was over.
struct Seen<'s, 'e> {
    each: Vec<(&'s Target<'e>, Option<Outcome>)>,
    /// By as many endpoints of entries.
    wanted: usize,
}

impl<'s, 'e> Seen<'s, 'e> {
    /// For the next of them. The last takes it away: thousands are not held twice.
    fn take(&mut self) -> Vec<(&'s Target<'e>, Option<Outcome>)> {
        self.wanted = self.wanted.saturating_sub(1);
        if self.wanted == 0 { std::mem::take(&mut self.each) } else { self.each.clone() }
    }
}

/// One look, or why it cannot be made.
type Part<'e> = (Target<'e>, Option<Failure>);

/// The certificates of this machine that are shown to servers, each read once.
type Clients<'e> = HashMap<&'e ClientCertificate, Result<Identity, FileCause>>;

fn clients<'e>(parts: &[Vec<Part<'e>>]) -> Clients<'e> {
    let mut clients = HashMap::new();
    for client in parts.iter().flatten().filter_map(|(target, _)| target.options.client.as_ref()) {
        clients.entry(client).or_insert_with(|| identity::read(client));
    }
    clients
}

fn known_failure((target, failure): &Part<'_>, clients: &Clients<'_>) -> Option<Outcome> {
    let of_client = || match clients.get(target.options.client.as_ref()?)? {
        Ok(_) => None,
        Err(cause) => Some(probe_error::no_identity(cause.clone())),
    };
    failure.clone().or_else(of_client).map(|failure| Err(Box::new(failure)))
}

/// Every target once, and for each entry the numbers of those of its endpoints.
fn plan<'e>(entries: &[&'e Entry], questions: Questions) -> (Vec<Target<'e>>, Vec<Vec<usize>>) {
    let mut targets: Vec<Target<'e>> = Vec::new();
    let mut known = HashMap::new();
    let mut plans = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut plan = Vec::new();
        let ask = Ask::new(entry, questions);
        if let Watch::Endpoints { endpoints, options } = &entry.watch {
            for endpoint in endpoints {
                let target = Target { endpoint, options, judge: judge(entry), ask, only: None };
                let proxy = (options.proxy.as_ref().map(ToString::to_string), options.proxy_protocol);
                let key = (target.place(), target.judge, ask, options.every_address, proxy, options.client.as_ref());
                let index = *known.entry(key).or_insert_with(|| {
                    targets.push(target);
                    targets.len() - 1
                });
                plan.push(index);
            }
        }
        plans.push(plan);
    }
    (targets, plans)
}

/// For each target one look, or one at each of its addresses where that is wanted; with the failure where a name has none.
fn with_addresses<'e>(targets: Vec<Target<'e>>, resolver: &Resolver, options: &Options<'_>) -> Vec<Vec<Part<'e>>> {
    let begun = Instant::now();
    let (sender, receiver) = mpsc::channel();
    let mut open = 0;
    for (index, target) in targets.iter().enumerate().filter(|(_, target)| target.options.every_address) {
        if let (Host::Name(name), _) = target.host_and_port() {
            let sender = sender.clone();
            // The answer may come after its time.
            resolver.ask(&name, move |found| drop(sender.send((index, found))));
            open += 1;
        }
    }
    let limit = options.timeout;
    let ends = options.ends.map_or(begun + limit, |ends| ends.min(begun + limit));
    let mut found = HashMap::new();
    while found.len() < open
        && let Ok((index, addresses)) = receiver.recv_timeout(ends.saturating_duration_since(Instant::now()))
    {
        found.insert(index, (addresses, begun.elapsed()));
    }
    let part = |(index, target): (usize, Target<'e>)| {
        let (host, _) = target.host_and_port();
        if !target.options.every_address || host.address().is_some() {
            return vec![(target, None)];
        }
        let no_address = |cause: NoAddress| vec![(target.clone(), Some(probe_error::no_address(&host, cause, limit)))];
        match found.remove(&index) {
            None => no_address(NoAddress::Timeout),
            Some((Err(cause), _)) => no_address(NoAddress::Unknown(cause)),
            Some((Ok(addresses), spent)) => {
                let only = |address: std::net::SocketAddr| Some((address.ip(), spent));
                let each = addresses.into_iter().map(|address| Target { only: only(address), ..target.clone() });
                each.map(|target| (target, None)).collect()
            }
        }
    };
    targets.into_iter().enumerate().map(part).collect()
}

fn observations(entry: &Entry, plan: &[usize], seen: &mut [Seen<'_, '_>]) -> Vec<Observation> {
    let Watch::Endpoints { endpoints, options } = &entry.watch else { return Vec::new() };
    let name = |endpoint: &Endpoint| match endpoints.len() {
        1 if options.elsewhere == 0 => entry.name.to_string(),
        _ => member_name(entry, &endpoint.written),
    };
    let observation = |endpoint: &Endpoint, target: &Target<'_>, outcome: Option<Outcome>| {
        let is_reached = outcome.is_some();
        let (first, other) = match outcome.unwrap_or_else(|| Err(Box::new(probe_error::not_reached()))) {
            Ok((first, other)) => (Ok(first), other),
            Err(failure) => (Err(failure), None),
        };
        let first = Observation {
            entry: entry.name.clone(),
            name: match target.only {
                Some((address, _)) => format!("{}@{address}", name(endpoint)).into(),
                None => name(endpoint).into(),
            },
            place: target.place().into(),
            source: endpoint.written.as_str().into(),
            is_endpoint: true,
            on_disk: None,
            is_reached,
            outcome: first,
        };
        let other = other.map(|sight| {
            let fingerprint = sight.chain.leaf.fingerprint.short();
            let digits = &fingerprint[..8];
            let [name, place] = [&first.name, &first.place].map(|of| format!("{of}#{digits}").into());
            Observation { name, place, outcome: Ok(sight), ..first.clone() }
        });
        std::iter::once(first).chain(other)
    };
    // One of each, as a rule: a vector that grows would have room for four of a single one.
    let mut observations = Vec::with_capacity(endpoints.len() + entry.options.unread.len());
    for (endpoint, index) in endpoints.iter().zip(plan) {
        for (target, outcome) in seen[*index].take() {
            observations.extend(observation(endpoint, target, outcome));
        }
    }
    observations.extend(entry.options.unread.iter().map(|unread| unread_source(entry, unread)));
    observations
}

/// A list, or a line of it, is looked at like a place: what could not be read of it is a failed look.
fn unread_source(entry: &Entry, unread: &UnreadSource) -> Observation {
    let path = unread.path.display();
    let (name, place) = match unread.line {
        Some(line) => (member_name(entry, &format!("line {line}")), format!("{path}:{line}")),
        None => (entry.name.to_string(), path.to_string()),
    };
    let place: Arc<str> = place.into();
    let cause = FailureCause::Unread(unread.cause.clone());
    let failure = Failure { help: unread.help.clone(), ..Failure::new(unread.id, cause) };
    Observation {
        entry: entry.name.clone(),
        name: name.into(),
        source: Arc::clone(&place),
        place,
        is_endpoint: false,
        is_reached: true,
        on_disk: None,
        outcome: Err(Box::new(failure)),
    }
}
