//! A story: a policy file, certificates that come and go, channels that answer as scripted, one run after another.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use certnotify::cause::{ChainCause, FailureCause, FileCause, ReadError, UnreadCause};
use certnotify::certificate::{Certificate, Chain};
use certnotify::deliver::{DeliveryError, Receipt, Transport, Undelivered, WhyNot};
use certnotify::event::{Detail, EventKind, FindingId, OccurrenceId};
use certnotify::history::{Delivery, History};
use certnotify::observation::{
    Deployment, Failure, Folder, Forecast, KeyFile, Loading, Observation, ObservedCertificate, OnDisk, Search, Trust,
};
use certnotify::pass::{self, RunInput, RunReport, Throttled};
use certnotify::policy::{self, Channel, ContactName, Entry, EntryName, Files, Policies, SourceFile, Watch, Zone};
use certnotify::render::Message;
use certnotify::schedule::Upcoming;
use time::OffsetDateTime;

/// What the next tries of a channel come to; after the last: accepted.
type Answers = BTreeMap<Channel, VecDeque<DeliveryError>>;

pub struct Scenario {
    pub policies: Policies,
    pub history: History,
    seen: BTreeMap<String, Result<Certificate, Failure>>,
    /// Entries whose looks are told one by one.
    looks: BTreeMap<String, Vec<Look>>,
    answers: Answers,
    /// Addresses that take no mail.
    pub dead: Vec<String>,
    /// What was sent in the last run, with the moment of the try.
    pub sent: Vec<Message>,
    /// Every memory that was put on the disk in the last run, oldest first.
    pub saved: Vec<History>,
    /// What goes out next, as the last run says it.
    pub next: Option<Upcoming>,
}

/// One look at one place of an entry.
fn search(pattern: &str, folder: Option<Folder>) -> Arc<Search> {
    Arc::new(Search { pattern: pattern.into(), folder, own_device: None })
}

#[derive(Clone)]
pub struct Look {
    place: String,
    /// As a person types it, where that is not the place.
    source: Option<String>,
    on_disk: Option<OnDisk>,
    outcome: Result<Box<ObservedCertificate>, Failure>,
}

impl Look {
    /// At a file in a folder that is there.
    pub fn file(place: &str, leaf: &Certificate) -> Self {
        let mut look = Self::endpoint(place, leaf);
        look.on_disk = Some(OnDisk {
            search: search("/etc/ssl/*.pem", Some(Folder { device: 1, is_empty: false })),
            is_absent: false,
            is_away: false,
            key: None,
        });
        look
    }

    pub fn endpoint(place: &str, leaf: &Certificate) -> Self {
        let chain = Chain { leaf: leaf.clone().into(), rest: Box::default() };
        let sight = ObservedCertificate::new(chain);
        Self { place: place.to_owned(), source: None, on_disk: None, outcome: Ok(sight.into()) }
    }

    /// A glob or a folder in which nothing was found.
    pub fn nothing(pattern: &str, folder: Option<Folder>) -> Self {
        let failure = Failure::new(FindingId::NothingFound, FileCause::NothingMatches { pattern: pattern.to_owned() });
        let on_disk = OnDisk { search: search(pattern, folder), is_absent: false, is_away: false, key: None };
        Self { place: pattern.to_owned(), source: None, on_disk: Some(on_disk), outcome: Err(failure) }
    }

    /// A file that is asked for by its own path, and is not in its folder.
    pub fn absent(path: &str) -> Self {
        let mut look = Self::failed(path, FindingId::Unreadable);
        let search = search(path, Some(Folder { device: 1, is_empty: false }));
        look.on_disk = Some(OnDisk { search, is_absent: true, is_away: false, key: None });
        look
    }

    pub fn failed(place: &str, id: FindingId) -> Self {
        let failure = Failure::new(id, FailureCause::Unread(UnreadCause::Target("it did not work".to_owned())));
        Self { place: place.to_owned(), source: None, on_disk: None, outcome: Err(failure) }
    }

    /// One of several certificates in a file, or an endpoint that is written without its port.
    pub fn typed(mut self, source: &str) -> Self {
        self.source = Some(source.to_owned());
        self
    }

    pub fn asked_by(mut self, pattern: &str) -> Self {
        if let Some(on_disk) = &mut self.on_disk {
            Arc::make_mut(&mut on_disk.search).pattern = pattern.into();
        }
        self
    }

    pub fn below(mut self, rest: &[&Certificate]) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.chain.rest = rest.iter().map(|issuer| Arc::new((*issuer).clone())).collect();
        }
        self
    }

    pub fn key(mut self, path: &str, by_group: bool, by_others: bool) -> Self {
        if let Some(on_disk) = &mut self.on_disk {
            on_disk.key = Some(Box::new(KeyFile { path: path.to_owned(), by_group, by_others }));
        }
        self
    }

    /// What its entry's `deploys-to` serves: a certificate, or nothing.
    pub fn served_as(mut self, endpoint: &str, served: Option<&Certificate>) -> Self {
        if let Ok(sight) = &mut self.outcome {
            let served = served.cloned().map(Arc::new).ok_or_else(|| FailureCause::NotReached.into());
            sight.checks_mut().deployments.push(Deployment { endpoint: endpoint.to_owned(), served });
        }
        self
    }

    /// Whether the server has another certificate it did not say.
    pub fn incomplete(mut self) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.connection_mut().may_have_another = true;
        }
        self
    }

    /// What listens on the ports of its entry's `listens-on`, and when its file changed.
    pub fn loading(mut self, loading: Loading) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.checks_mut().loading = Some(loading);
        }
        self
    }

    /// Whether the next renewal will work.
    pub fn forecast(mut self, forecast: Forecast) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.checks_mut().forecast = Some(forecast);
        }
        self
    }

    pub fn judged(mut self, trust: Trust) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.trust = trust;
        }
        self
    }

    pub fn distrusted(mut self, id: FindingId) -> Self {
        if let Ok(sight) = &mut self.outcome {
            sight.trust = Trust::Distrusted { id, cause: FailureCause::from(ChainCause::SelfSigned).into() };
        }
        self
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("there is none".to_owned())
    }

    fn list(&mut self, _: &Path) -> Result<SourceFile, ReadError> {
        Err(io::Error::from(io::ErrorKind::NotFound).into())
    }
}

impl Scenario {
    /// The policy file, as TOML.
    pub fn new(toml: &str) -> Self {
        let main = SourceFile::new("/etc/certnotify/policies.toml", toml);
        let policies = match policy::parse(main, &Zone::UTC, &mut NoFiles).policies {
            Ok(policies) => policies,
            Err(problems) => panic!("{}", policy::report(Path::new("/etc/certnotify/policies.toml"), &problems)),
        };
        Self {
            policies,
            history: History::default(),
            seen: BTreeMap::new(),
            looks: BTreeMap::new(),
            answers: Answers::new(),
            dead: Vec::new(),
            sent: Vec::new(),
            saved: Vec::new(),
            next: None,
        }
    }

    /// From now on the entry shows this certificate.
    pub fn shows(&mut self, entry: &str, certificate: &Certificate) -> &mut Self {
        self.seen.insert(entry.to_owned(), Ok(certificate.clone()));
        self
    }

    /// From now on these are the looks at the entry.
    pub fn looks(&mut self, entry: &str, looks: &[Look]) -> &mut Self {
        self.looks.insert(entry.to_owned(), looks.to_vec());
        self
    }

    /// The policy file is written anew; what is remembered and seen stays.
    pub fn rewritten(&mut self, toml: &str) -> &mut Self {
        self.policies = Self::new(toml).policies;
        self
    }

    /// One run; what it saw happen for the first time: the kind, and whom it is owed. All of it is told at once.
    pub fn occurrences(&mut self, now: OffsetDateTime) -> Vec<String> {
        let before: BTreeSet<OccurrenceId> = self.history.occurrences.keys().cloned().collect();
        self.run(now);
        let new = self.history.occurrences.iter().filter(|(id, _)| !before.contains(id));
        let mut occurrences: Vec<String> = new
            .map(|(_, record)| {
                let hears = record.owed.keys().chain(record.told.keys()).map(ToString::to_string);
                let hears: BTreeSet<String> = hears.collect();
                format!("{} {}", record.occurrence.kind, hears.into_iter().collect::<Vec<_>>().join("+"))
            })
            .collect();
        occurrences.sort();
        for (id, contact, channel) in self.owed() {
            let delivery = Delivery::new(now, "told".to_owned());
            self.history.note_told(&id, &contact, channel, delivery);
        }
        occurrences
    }

    /// What the last run noted of this kind.
    pub fn details(&self, kind: EventKind) -> Vec<&Detail> {
        let records = self.history.occurrences.values().filter(|record| record.occurrence.kind == kind);
        records.map(|record| &record.occurrence.detail).collect()
    }

    pub fn owed(&self) -> Vec<(OccurrenceId, ContactName, Channel)> {
        let mut all = Vec::new();
        for (id, record) in &self.history.occurrences {
            for (contact, channels) in &record.owed {
                all.extend(channels.keys().map(|channel| (id.clone(), contact.clone(), *channel)));
            }
        }
        all
    }

    /// From now on a look at the entry fails.
    pub fn fails(&mut self, entry: &str, message: &str) -> &mut Self {
        let failure =
            Failure::new(FindingId::Unreachable, FailureCause::Unread(UnreadCause::Target(message.to_owned())));
        self.seen.insert(entry.to_owned(), Err(failure));
        self
    }

    /// The next try by this channel comes to this.
    pub fn answers(&mut self, channel: Channel, error: DeliveryError) -> &mut Self {
        self.answers.entry(channel).or_default().push_back(error);
        self
    }

    /// One run. What it sent is in `sent`.
    pub fn run(&mut self, now: OffsetDateTime) -> RunReport {
        let picked: Vec<&Entry> = self.policies.entries.iter().collect();
        let job = RunInput { policies: &self.policies, picked: &picked, machine: "web-1.example.com" };
        let look = pass::judge(job, self.observations(), &self.history, now);
        let mut transport = Scripted {
            answers: RefCell::new(&mut self.answers),
            dead: &self.dead,
            taken: Vec::new(),
            elapsed: Duration::ZERO,
        };
        let mut saved = Vec::new();
        let mut save = |history: &History| -> Result<(), ()> {
            saved.push(history.clone());
            Ok(())
        };
        let report = pass::one_pass(job, &look, &mut self.history, &mut transport, &mut save, now).unwrap();
        self.next = pass::next(job, &look, &report, &self.history, &Throttled::default(), now);
        self.sent = transport.taken;
        self.saved = saved;
        report
    }

    /// The beginnings of what was sent in the last run.
    pub fn beginnings(&self) -> Vec<&str> {
        self.sent.iter().filter_map(|message| message.text.lines().next()).collect()
    }

    /// One run; whom it told by what, of how many certificates.
    pub fn told(&mut self, now: OffsetDateTime) -> Vec<String> {
        self.run(now);
        let line = |message: &Message| format!("{} {} {}", message.contact, message.channel, message.certificates);
        self.sent.iter().map(line).collect()
    }

    pub fn observations(&self) -> Vec<Observation> {
        let mut observations = Vec::new();
        for entry in &self.policies.entries {
            let name = entry.name.as_str();
            let observation = |look: &Look, name: String| Observation {
                entry: EntryName::new(entry.name.as_str()),
                name: name.into(),
                place: look.place.as_str().into(),
                source: look.source.as_ref().unwrap_or(&look.place).as_str().into(),
                is_endpoint: matches!(entry.watch, Watch::Endpoints { .. }),
                on_disk: look.on_disk.clone(),
                is_reached: true,
                outcome: look.outcome.clone().map_err(Box::new),
            };
            if let Some(looks) = self.looks.get(name) {
                let named = |look: &Look| {
                    let member = look.place.split_once('#').filter(|_| look.source.is_some());
                    format!("{name}/{}", member.map_or(look.place.as_str(), |(_, member)| member))
                };
                observations.extend(looks.iter().map(|look| observation(look, named(look))));
            } else if let Some(seen) = self.seen.get(name) {
                let look = match seen {
                    Ok(leaf) => Look::endpoint(name, leaf),
                    Err(failure) => Look { outcome: Err(failure.clone()), ..Look::failed(name, failure.id) },
                };
                observations.push(observation(&look, name.to_owned()));
            }
        }
        observations
    }
}

struct Scripted<'a> {
    answers: RefCell<&'a mut Answers>,
    dead: &'a [String],
    taken: Vec<Message>,
    elapsed: Duration,
}

impl Transport for Scripted<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        Some(format!("{} of {}", message.channel, message.contact))
    }

    fn send(&mut self, message: &Message, _now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        if let Some(error) = self.answers.borrow_mut().get_mut(&message.channel).and_then(VecDeque::pop_front) {
            return Err(error);
        }
        let refusal = |address: &String| {
            let (address, reason) = (address.clone(), "550 no such user".into());
            Undelivered { address, reason, why: WhyNot::Permanent }
        };
        let refused: Vec<_> = message.to.iter().filter(|address| self.dead.contains(address)).map(refusal).collect();
        if !refused.is_empty() && refused.len() == message.to.len() {
            return Err(DeliveryError::Recipients { refused });
        }
        self.taken.push(message.clone());
        Ok(Receipt { refused, ..Receipt::default() })
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }

    fn wait(&mut self, pause: Duration) {
        self.elapsed += pause;
    }

    fn is_stopped(&self) -> bool {
        false
    }
}
