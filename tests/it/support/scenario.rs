//! A story: a policy file, certificates that come and go, channels that answer as scripted, one run after another.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use certnotify::certificate::{Certificate, Chain};
use certnotify::deliver::{Courier, DeliveryError, Receipt};
use certnotify::event::FindingId;
use certnotify::history::History;
use certnotify::observation::{Failure, Observation, Sight, Trust};
use certnotify::pass::{self, Job, Report};
use certnotify::policy::{self, Channel, Entry, EntryName, Files, Policies, SourceFile, Watch, Zone};
use certnotify::render::Message;
use time::OffsetDateTime;

/// What the next tries of a channel come to; after the last: accepted.
type Answers = BTreeMap<Channel, VecDeque<DeliveryError>>;

pub struct Scenario {
    pub policies: Policies,
    pub history: History,
    seen: BTreeMap<String, Result<Certificate, Failure>>,
    answers: Answers,
    /// What was sent in the last run, with the moment of the try.
    pub sent: Vec<Message>,
    /// Every memory that was put on the disk in the last run, oldest first.
    pub saved: Vec<History>,
}

struct NoFiles;

impl Files for NoFiles {
    fn matching(&mut self, _: &Path) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    fn policies(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("there is none".to_owned())
    }

    fn list(&mut self, _: &Path) -> Result<SourceFile, String> {
        Err("there is none".to_owned())
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
            answers: Answers::new(),
            sent: Vec::new(),
            saved: Vec::new(),
        }
    }

    /// From now on the entry shows this certificate.
    pub fn shows(&mut self, entry: &str, certificate: &Certificate) -> &mut Self {
        self.seen.insert(entry.to_owned(), Ok(certificate.clone()));
        self
    }

    /// From now on a look at the entry fails.
    pub fn fails(&mut self, entry: &str, message: &str) -> &mut Self {
        let failure = Failure { id: FindingId::Unreachable, message: message.to_owned(), help: None };
        self.seen.insert(entry.to_owned(), Err(failure));
        self
    }

    /// The next try by this channel comes to this.
    pub fn answers(&mut self, channel: Channel, error: DeliveryError) -> &mut Self {
        self.answers.entry(channel).or_default().push_back(error);
        self
    }

    /// One run. What it sent is in `sent`.
    pub fn run(&mut self, now: OffsetDateTime) -> Report {
        let picked: Vec<&Entry> = self.policies.entries.iter().collect();
        let job = Job { policies: &self.policies, picked: &picked, machine: "web-1.example.com" };
        let look = pass::judge(job, self.observations(), &self.history, now);
        let mut courier =
            Scripted { answers: RefCell::new(&mut self.answers), taken: Vec::new(), elapsed: Duration::ZERO };
        let mut saved = Vec::new();
        let mut save = |history: &History| -> Result<(), ()> {
            saved.push(history.clone());
            Ok(())
        };
        let report = pass::one_pass(job, &look, &mut self.history, &mut courier, &mut save, now).unwrap();
        self.sent = courier.taken;
        self.saved = saved;
        report
    }

    /// One run; whom it told by what, of how many certificates.
    pub fn told(&mut self, now: OffsetDateTime) -> Vec<String> {
        self.run(now);
        let line = |message: &Message| format!("{} {} {}", message.contact, message.channel, message.certificates);
        self.sent.iter().map(line).collect()
    }

    fn observations(&self) -> Vec<Observation> {
        let observation = |entry: &Entry| {
            let name = entry.name.as_str();
            let outcome = match self.seen.get(name)? {
                Ok(leaf) => Ok(Sight {
                    chain: Chain { leaf: leaf.clone(), rest: Vec::new() },
                    address: None,
                    trust: Trust::NotJudged,
                    is_misordered: false,
                    inquiry: None,
                    legacy_protocol: None,
                    needed: None,
                    key_mismatch: None,
                    deployments: Vec::new(),
                }),
                Err(failure) => Err(failure.clone()),
            };
            Some(Observation {
                entry: EntryName::new(name),
                name: name.to_owned(),
                place: name.to_owned(),
                source: name.to_owned(),
                is_endpoint: matches!(entry.watch, Watch::Endpoints { .. }),
                on_disk: None,
                outcome,
            })
        };
        self.policies.entries.iter().filter_map(observation).collect()
    }
}

struct Scripted<'a> {
    answers: RefCell<&'a mut Answers>,
    taken: Vec<Message>,
    elapsed: Duration,
}

impl Courier for Scripted<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        Some(format!("{} of {}", message.channel, message.contact))
    }

    fn send(&mut self, message: &Message, _now: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        if let Some(error) = self.answers.borrow_mut().get_mut(&message.channel).and_then(VecDeque::pop_front) {
            return Err(error);
        }
        self.taken.push(message.clone());
        Ok(Receipt { answer: String::new(), refused: Vec::new() })
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
