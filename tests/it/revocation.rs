//! Revocation: what a private authority publishes over loopback HTTP, and what becomes of it.

mod command;
mod lists;
mod occurrences;
mod responders;
mod runs;

use std::collections::BTreeSet;
use std::time::Duration;

use certnotify::event::EventKind;
use certnotify::observation::{Observation, Status};
use certnotify::observe::{self, AuthorityQuery, Questions};
use certnotify::policy::{Entry, Watch};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support::certificates::{Authority, Leaf, NOW, Wish, leaf};
use crate::support::web::Web;
use crate::support::world::{entry, policy};

const SERIAL: [u8; 3] = [0x4a, 0xb1, 0xc0];

/// An authority, its web server, and a file with a certificate of it.
struct Case {
    web: Web,
    authority: Authority,
    folder: TempDir,
    entry: Entry,
    questions: Questions,
    one: Duration,
}

impl Case {
    /// Its certificate is what `wish` makes of an ordinary one and of the server.
    fn new(wish: impl FnOnce(Wish, &Web) -> Wish) -> Self {
        Self::by(Authority::root("Private CA"), wish)
    }

    fn by(authority: Authority, wish: impl FnOnce(Wish, &Web) -> Wish) -> Self {
        let web = Web::start();
        let certificate = authority.issue(&wish(leaf(&["www.example.com"]), &web));
        Self::from_certificate(web, authority, &certificate)
    }

    fn from_certificate(web: Web, authority: Authority, certificate: &Leaf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("www.pem"), &certificate.pem).unwrap();
        std::fs::write(path("ca.pem"), &authority.pem).unwrap();
        let mut entry = entry("www", policy());
        entry.watch = Watch::Files { patterns: vec![path("www.pem")], exclude: Vec::new() };
        entry.options_mut().ca_file = Some(path("ca.pem"));
        std::sync::Arc::make_mut(&mut entry.policy).events = BTreeSet::from([EventKind::Revocation]);
        Self { web, authority, folder, entry, questions: Questions::OfSubscribers, one: Duration::from_secs(20) }
    }

    /// Its certificate names `/ca.crl` of the server.
    fn with_crl() -> Self {
        Self::new(|wish, web| wish.crl_at(&web.url("/ca.crl")))
    }

    fn look(&self, now: OffsetDateTime) -> Vec<Observation> {
        let options = observe::Options { questions: self.questions, ..observe::Options::default() };
        observe::entries(&[&self.entry], &options, now)
    }

    fn ask_at(&self, now: OffsetDateTime) -> Vec<Status> {
        let cache = self.folder.path().join("cache");
        let asking = AuthorityQuery {
            questions: self.questions,
            cache: Some(&cache),
            one: self.one,
            all: Duration::from_secs(60),
            ends: None,
        };
        let answers = observe::revocation::ask(&[&self.entry], &self.look(now), &asking, now);
        answers.into_iter().map(|answer| answer.status).collect()
    }

    /// The one answer.
    fn status(&self) -> Status {
        let mut statuses = self.ask_at(NOW);
        assert_eq!(statuses.len(), 1, "{statuses:?}");
        statuses.remove(0)
    }

    /// Why it is not known.
    fn unknown(&self) -> String {
        match self.status() {
            Status::Unknown { reason } => reason,
            other => panic!("{other:?}"),
        }
    }
}
