//! Made-up certificates and reminders for the tests of messages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use certnotify::cause::{Clause, EndpointCause, Peer};
use certnotify::certificate::{Certificate, Fingerprint, PublicKey};
use certnotify::detect::{Managed, ManagedBecause, Opening};
use certnotify::event::{Event, EventKind, Evidence, Location, ServedInstead};
use certnotify::history::History;
use certnotify::policy::{
    Channel, ChannelConfig, Contact, ContactName, DeadlineCap, EntryName, Frequency, Language, Policies, PolicyName,
    Renewal, Secret, Settings, Window, Zone,
};
use certnotify::render::{self, Body, Mail, Message, RenderInput};
use certnotify::schedule::{Batch, EffectivePolicy, Reminder, ReminderKey, ReminderReason};
use sha2::{Digest as _, Sha256};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// Saturday, 08:07 in Berlin.
pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 07:07 UTC);

/// The channels that show pages: all but mail, and those that are told for programs.
pub(crate) static CHATS: LazyLock<Vec<Channel>> = LazyLock::new(|| {
    let others = [Channel::Email, Channel::Inbox, Channel::Webhook, Channel::Command];
    let is_page = |channel: &Channel| !others.contains(channel) && !channel.keeps_alerts();
    Channel::ALL.into_iter().filter(is_page).collect()
});

pub(super) fn no_answer(address: &str) -> Clause {
    let peers = vec![Peer::Address(address.parse().unwrap())];
    EndpointCause::NoAnswer { peers, within: std::time::Duration::from_secs(10) }.into()
}

/// A person whom a channel can mention; none where it has no mentions.
pub(super) fn somebody(channel: Channel) -> Option<&'static str> {
    match channel {
        Channel::Teams | Channel::Telegram | Channel::Ntfy | Channel::Gotify | Channel::Pushover | Channel::Bark => {
            None
        }
        Channel::ServerChan | Channel::PushPlus | Channel::Apprise | Channel::WeComApp => None,
        Channel::Matrix => Some("alice:example.org"),
        Channel::Slack | Channel::SlackApp => Some("U024BE7LH"),
        Channel::Discord | Channel::GoogleChat => Some("80351110224678912"),
        _ => Some("zhangsan"),
    }
}

/// A certificate that a recipient is to be told of, and what is special about it.
pub(super) struct Case {
    pub(super) certificate: Certificate,
    pub(super) locations: Vec<Location>,
    pub(super) terms: EffectivePolicy,
    pub(super) why: ReminderReason,
    pub(super) nth: usize,
    pub(super) previous: Option<OffsetDateTime>,
    pub(super) next: Option<OffsetDateTime>,
    pub(super) left_out: Vec<String>,
    pub(super) served_instead: Vec<ServedInstead>,
    pub(super) evidence: Evidence,
    pub(super) told_with: Vec<&'static str>,
    pub(super) told_later: Vec<(&'static str, OffsetDateTime)>,
}

impl Case {
    /// `name` is the entry's; the certificate is seen at `place` and is for the host in it.
    pub(super) fn new(name: &str, host: &str, place: &str, not_after: OffsetDateTime) -> Self {
        let certificate = certificate(&[host], not_after);
        let late_from = not_after - Duration::days(25);
        let terms = EffectivePolicy {
            policy: PolicyName::new("default"),
            entry: EntryName::new(name.split('/').next().unwrap_or_default()),
            opening: Opening {
                asked: Duration::days(30),
                cap: DeadlineCap::default(),
                lead: Duration::days(30),
                opens: not_after - Duration::days(30),
                managed: Managed {
                    renewal: Renewal::Manual,
                    because: ManagedBecause::NoSign,
                    due: not_after - Duration::days(30),
                    late_from,
                },
            },
            frequency: Frequency::EveryDays(7),
            milestones: vec![Duration::days(7), Duration::days(3), Duration::days(1)],
            escalation: Vec::new(),
            window: Window::AllDay,
            owner: None,
            note: None,
        };
        let is_endpoint = !place.starts_with('/');
        let location = Location {
            entry: certnotify::names::EntryName::new(name),
            name: name.into(),
            place: place.into(),
            remembered_as: None,
            address: is_endpoint.then(|| "10.20.0.5:443".to_owned()),
            seen: NOW,
            failing: None,
            is_endpoint,
        };
        let is_expired = certificate.is_expired(NOW);
        Self {
            certificate,
            locations: vec![location],
            terms,
            why: if is_expired { ReminderReason::Expired } else { ReminderReason::Opened { lead: Duration::days(30) } },
            nth: 1,
            previous: None,
            next: Some(NOW + Duration::days(7)),
            left_out: Vec::new(),
            served_instead: Vec::new(),
            evidence: Evidence::Derived,
            told_with: Vec::new(),
            told_later: Vec::new(),
        }
    }

    pub(super) fn repeated(mut self) -> Self {
        let previous = datetime!(2026-11-14 07:07 UTC);
        (self.why, self.nth, self.previous) = (ReminderReason::Repeat { every_days: 7, previous }, 2, Some(previous));
        self
    }

    pub(super) fn note(mut self, note: &str) -> Self {
        self.terms.note = Some(note.to_owned());
        self
    }

    pub(super) fn owner(mut self, owner: &str) -> Self {
        self.terms.owner = Some(owner.to_owned());
        self
    }

    pub(super) fn names(mut self, names: &[&str]) -> Self {
        self.certificate.dns_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// When a run in time would have sent it.
    fn on_time(&self) -> OffsetDateTime {
        let end = self.certificate.effective_end();
        match self.why {
            ReminderReason::Opened { lead: left }
            | ReminderReason::Milestone { left }
            | ReminderReason::Escalated { within: left } => end - left,
            _ => NOW,
        }
    }

    fn reminder(&self, contact: &ContactName, channel: Channel) -> Reminder {
        let is_expired = self.certificate.is_expired(NOW);
        let kind = match (is_expired, self.served_instead.as_slice()) {
            (true, _) => EventKind::Expired,
            (false, []) => EventKind::Expiration,
            (false, _) => EventKind::HostingFailure,
        };
        let key = ReminderKey { fingerprint: self.certificate.fingerprint, kind, contact: contact.clone(), channel };
        let event = Event {
            kind,
            evidence: self.evidence.clone(),
            certificate: self.certificate.clone().into(),
            locations: self.locations.clone().into(),
            left_out_by_successor: self.left_out.clone(),
            superseded_by: None,
            is_renewed_on_disk: false,
            served_instead: self.served_instead.clone(),
        };
        Reminder {
            key,
            event: Arc::new(event),
            why: self.why,
            at: self.on_time(),
            nth: self.nth,
            uncounted: 0,
            previous: self.previous,
            next: self.next,
            terms: Arc::new(self.terms.clone()),
            told_now: Arc::new(self.told_with.iter().map(|name| ContactName::new(*name)).collect()),
            told_from: Arc::new(self.told_later.iter().map(|(name, at)| (ContactName::new(*name), *at)).collect()),
        }
    }
}

pub(super) fn certificate(names: &[&str], not_after: OffsetDateTime) -> Certificate {
    let seed = format!("{names:?} {not_after}");
    let fingerprint = Fingerprint::new(Sha256::digest(&seed).into());
    let subject = format!("CN={}", names.first().unwrap_or(&"")).into();
    Certificate {
        issuer: "CN=Example Public CA G2,O=Example Trust Ltd".into(),
        serial: Fingerprint::new(Sha256::digest(format!("serial {seed}")).into()).to_string()[..32].to_owned(),
        dns_names: names.iter().map(|name| (*name).to_owned()).collect(),
        key: PublicKey { algorithm: "EC".into(), bits: Some(256), id: None },
        signature_algorithm: "ecdsa-with-SHA256".into(),
        ..Certificate::with_dates(fingerprint, subject, (not_after - Duration::days(365), not_after))
    }
}

/// What a message is rendered from, beside its reminders.
pub(super) struct World {
    pub(super) policies: Policies,
    pub(super) zone: Zone,
    pub(super) need_nothing: usize,
    pub(super) not_seen: usize,
    pub(super) history: History,
}

pub(super) fn robot() -> ChannelConfig {
    ChannelConfig::at(Secret::Environment("HOOK".to_owned()))
}

impl World {
    /// One contact `ops` with every channel.
    pub(super) fn new(language: Language, zone: &str) -> Self {
        let robots: BTreeMap<Channel, ChannelConfig> = CHATS.iter().map(|channel| (*channel, robot())).collect();
        let name = ContactName::new("ops");
        let email = vec!["ops@example.com".to_owned()];
        let contact = Contact { email, language, robots, ..Contact::new(name.clone()) };
        let zone = Zone::named(zone).unwrap();
        let settings = Settings { zone: zone.clone(), language, ..Settings::default() };
        let policies = Policies {
            file: PathBuf::from("/etc/certnotify/policies.toml"),
            settings,
            contacts: BTreeMap::from([(name, contact)]),
            ..Policies::default()
        };
        Self { policies, zone, need_nothing: 297, not_seen: 1, history: History::default() }
    }

    pub(super) fn robot(&mut self, channel: Channel) -> &mut ChannelConfig {
        self.policies.contacts.get_mut("ops").unwrap().robots.get_mut(&channel).unwrap()
    }

    pub(super) fn render_input(&self) -> RenderInput<'_> {
        RenderInput {
            policies: &self.policies,
            machine: "web-1.example.com",
            need_nothing: self.need_nothing,
            not_seen: self.not_seen,
            history: &self.history,
        }
    }

    pub(super) fn batch(&self, channel: Channel, cases: &[Case]) -> Batch {
        let contact = ContactName::new("ops");
        let reminders = cases.iter().map(|case| case.reminder(&contact, channel)).collect();
        Batch {
            to: Vec::new(),
            contact,
            channel,
            zone: self.zone.clone(),
            reminders,
            occurrences: Vec::new(),
            occurrences_left_over: BTreeSet::new(),
            resolved_alerts: Vec::new(),
            held_until: None,
        }
    }

    pub(super) fn messages(&self, channel: Channel, cases: &[Case]) -> Vec<Message> {
        render::messages(&self.batch(channel, cases), &self.render_input(), NOW)
    }

    pub(super) fn mail(&self, cases: &[Case]) -> Mail {
        match self.messages(Channel::Email, cases).remove(0).body {
            Body::Mail(mail) => mail,
            Body::Chat { .. } => panic!("a mail has a mail's body"),
        }
    }

    /// The payloads of a chat.
    pub(super) fn payloads(&self, channel: Channel, cases: &[Case]) -> Vec<serde_json::Value> {
        self.messages(channel, cases).iter().map(payload).collect()
    }
}

pub(super) fn payload(message: &Message) -> serde_json::Value {
    match &message.body {
        Body::Chat { payload, .. } => payload.clone(),
        Body::Mail(_) => panic!("a chat has a chat's body"),
    }
}

/// The fingerprints that messages name.
pub(super) fn named(messages: &[Message]) -> BTreeSet<Fingerprint> {
    messages.iter().flat_map(|message| &message.reminders).map(|(key, _)| key.fingerprint).collect()
}

/// `2026-11-24 00:59:59` in Berlin, some days ahead.
fn ends(days: i64) -> OffsetDateTime {
    datetime!(2026-11-20 23:59:59 UTC) + Duration::days(days)
}

/// The certificate of one mail.
pub(super) fn vpn() -> Case {
    let mut case = Case::new("f5/vpn.example.com", "vpn.example.com", "vpn.example.com:443", ends(23))
        .names(&["vpn.example.com", "webmail.example.com"])
        .note("Order at the CA portal (cost centre 4711), install by hand on the F5")
        .repeated();
    case.told_later = vec![("anna", ends(20))];
    case
}

/// Twelve certificates in every state.
pub(super) fn twelve() -> Vec<Case> {
    let mut shop = Case::new("f5/shop.example.com", "shop.example.com", "shop.example.com:443", ends(0))
        .names(&["shop.example.com", "www.shop.example.com"]);
    shop.told_with = vec!["anna"];
    let mut mail = Case::new("services/mail.example.com", "mail.example.com", "mail.example.com:443", ends(3));
    (mail.why, mail.told_with) = (ReminderReason::Milestone { left: Duration::days(3) }, vec!["anna"]);
    let mut git = Case::new("services/git.example.com", "git.example.com", "git.example.com:443", ends(7));
    git.why = ReminderReason::Milestone { left: Duration::days(7) };
    git.locations[0].failing = Some(no_answer("10.20.0.9:443"));
    git.locations[0].seen = datetime!(2026-11-20 17:17 UTC);
    let mut api = Case::new(
        "letsencrypt/api.example.com",
        "api.example.com",
        "/etc/letsencrypt/live/api.example.com/fullchain.pem",
        ends(25),
    );
    api.terms.opening.managed.renewal = Renewal::Auto;
    api.terms.opening.managed.because = ManagedBecause::Client("certbot");
    api.terms.opening.managed.late_from = ends(0);
    api.why = ReminderReason::RenewalLate { since: ends(0) };
    let many: Vec<String> = (1..=12).map(|number| format!("printer-{number}.example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let printers = Case::new("by-hand/printers", "printers.example.com", "/etc/ssl/local/printers.pem", ends(17));
    let internal = "Internal CA: https://ca.example.com; then systemctl reload nginx";
    vec![
        shop,
        mail,
        git,
        Case::new("by-hand/intranet", "intranet.example.com", "/etc/ssl/local/intranet.pem", ends(7)).note(internal),
        Case::new("by-hand/dev", "*.dev.example.com", "/etc/ssl/local/dev.pem", ends(12)).note(internal).repeated(),
        Case::new("services/ldap.example.com", "ldap.example.com", "ldap.example.com:636", ends(15)).repeated(),
        printers.names(&many).note(internal).owner("anna").repeated(),
        Case::new("f5/billing.example.com", "billing.example.com", "billing.example.com:443", ends(20)).repeated(),
        Case::new("f5/jobs.example.com", "jobs.example.com", "jobs.example.com:443", ends(22)).repeated(),
        vpn(),
        api,
        Case::new("services/status.example.com", "status.example.com", "status.example.com:443", ends(29)),
    ]
}

/// Any number of certificates, most urgent first.
pub(super) fn fleet(size: usize) -> Vec<Case> {
    (0_i32..)
        .take(size)
        .map(|number| {
            let host = format!("host-{number:04}.region-{}.example.com", number % 7);
            Case::new(&format!("fleet/{host}"), &host, &format!("{host}:443"), ends(0) + Duration::minutes(87) * number)
        })
        .collect()
}
