//! A year of a fleet against a slow model that is written from the words of the promises: renewals, roll-outs, outages,
//! pauses, late runs, clocks that are behind, edits of the policy. What is owed is sent, and nothing else.
//!
//! `CERTNOTIFY_YEAR=1000` has so many certificates, `CERTNOTIFY_SEED` another story.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration as Span;

use certnotify::certificate::Certificate;
use certnotify::deliver::{DeliveryError, Receipt, Transport};
use certnotify::event::EventKind;
use certnotify::history::History;
use certnotify::pass::{self, RunInput};
use certnotify::policy::{Channel, Entry};
use certnotify::render::Message;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::schedule_model::Model;
use crate::support::scenario::Scenario;
use crate::support::world::certificate;

const BEGIN: OffsetDateTime = datetime!(2026-12-01 6:00 UTC);
const CHANNELS: [Channel; 2] = [Channel::Email, Channel::Inbox];
const CONTACTS: [(&str, &str); 2] = [("anna", "America/New_York"), ("bo", "Asia/Shanghai")];

/// A linear congruential generator: the same story each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % end
    }

    fn is_one_in(&mut self, many: i64) -> bool {
        self.below(many) == 0
    }
}

/// What a policy of this number says: days, every so many days, milestones in days, hours.
#[derive(Clone)]
struct Terms {
    days: i64,
    every: Option<u16>,
    milestones: Vec<i64>,
    hours: Option<(u8, u8)>,
}

fn terms(is_edited: bool) -> [Terms; 4] {
    let terms = |days, every, milestones: &[i64], hours| Terms { days, every, milestones: milestones.to_vec(), hours };
    [
        terms(if is_edited { 45 } else { 30 }, Some(1), &[], None),
        terms(21, Some(if is_edited { 3 } else { 7 }), &[3], None),
        terms(if is_edited { 14 } else { 25 }, Some(2), &[10, 1], Some((9, 18))),
        terms(40, Some(5), &[], Some((13, 14))),
    ]
}

fn toml(entries: usize, is_edited: bool) -> String {
    let mut toml = "[settings]\ntimezone = \"UTC\"\n".to_owned();
    for (name, zone) in CONTACTS {
        writeln!(toml, "[contacts.{name}]\nemail = \"{name}@example.com\"\ntimezone = \"{zone}\"").unwrap();
    }
    for (number, terms) in terms(is_edited).into_iter().enumerate() {
        let milestones: Vec<String> = terms.milestones.iter().map(|days| format!("\"{days}d\"")).collect();
        let window = terms.hours.map(|(from, to)| format!("window = \"{from:02}:00-{to:02}:00\"\n"));
        writeln!(
            toml,
            "[policies.p{number}]\ncontacts = [\"anna\", \"bo\"]\nchannels = [\"email\", \"inbox\"]\n\
             events = [\"business.expiration\", \"alert.expired\"]\ndeadline = \"{}d\"\nfrequency = \"{}d\"\n\
             milestones = [{}]\n{}",
            terms.days,
            terms.every.unwrap(),
            milestones.join(", "),
            window.unwrap_or_default(),
        )
        .unwrap();
    }
    for entry in 0..entries {
        writeln!(
            toml,
            "[[certificates]]\nname = \"e{entry}\"\nendpoint = \"e{entry}.example\"\npolicy = \"p{}\"\nrenewal = \"manual\"",
            entry % 4
        )
        .unwrap();
    }
    toml
}

/// One certificate, and what each recipient was told of it.
struct Life {
    leaf: Certificate,
    /// Since when it stands in its place.
    renews: OffsetDateTime,
    told: BTreeMap<(usize, Channel), Told>,
    /// How often it was shown again after the one that renews it.
    returns: usize,
}

#[derive(Clone, Debug, Default)]
struct Told {
    expiration: Vec<OffsetDateTime>,
    expired: Vec<OffsetDateTime>,
    /// That another one has taken its place.
    closed: usize,
}

struct Place {
    lives: Vec<Life>,
    /// Which of them the last look that succeeded showed.
    shown: usize,
    is_seen: bool,
    /// Behind its address old and new answer in turn, until then.
    rolls_out_until: OffsetDateTime,
}

impl Place {
    fn new(random: &mut Random, number: usize) -> Self {
        let (mut lives, mut from) = (Vec::new(), BEGIN - Duration::hours(1 + random.below(40 * 24)));
        while from < BEGIN + Duration::days(366) {
            let lifetime = Duration::days([47, 90, 200, 365][usize::try_from(random.below(4)).unwrap()]);
            let end = from + lifetime + Duration::seconds(random.below(86_400));
            // Most are renewed in time, in the first third of their last weeks or at the last moment; some too late.
            let renewed = end - Duration::hours(random.below(30 * 24)) + Duration::hours(random.below(4) / 3 * 20 * 24);
            lives.push(Life {
                leaf: certificate(&format!("e{number}.example"), from, end),
                renews: from + Duration::days(6),
                told: BTreeMap::new(),
                returns: 0,
            });
            from = renewed - Duration::days(6);
        }
        Self { lives, shown: 0, is_seen: true, rolls_out_until: BEGIN }
    }

    fn newest(&self, now: OffsetDateTime) -> usize {
        self.lives.iter().rposition(|life| life.renews <= now).unwrap_or(0)
    }

    /// Shows for good what was there at the end of the year.
    fn settle(&mut self) {
        (self.is_seen, self.shown) = (true, self.newest(BEGIN + Duration::days(365)));
    }

    /// Looks: what is there at this moment, or nothing.
    fn look(&mut self, random: &mut Random, now: OffsetDateTime, run: usize) {
        self.is_seen = run == 0 || !random.is_one_in(12);
        let newest = self.newest(now);
        if !self.is_seen {
            return;
        }
        if newest > self.shown && random.is_one_in(3) {
            self.rolls_out_until = now + Duration::days(3);
        }
        let is_old = newest > 0 && now < self.rolls_out_until && random.is_one_in(2);
        let shown = if is_old { newest - 1 } else { newest };
        self.lives[shown].returns += usize::from(shown < self.shown);
        self.shown = shown;
    }
}

struct Year {
    scenario: Scenario,
    random: Random,
    places: Vec<Place>,
    terms: [Terms; 4],
    fails: BTreeSet<Channel>,
}

/// (place, which of its certificates, kind, recipient)
type Owed = (usize, usize, EventKind, usize, Channel);

impl Year {
    fn model(&self, place: usize, life: &Life, contact: usize, told: Vec<OffsetDateTime>) -> Model {
        let terms = &self.terms[place % 4];
        Model {
            end: life.leaf.not_after,
            lifetime: life.leaf.not_after - life.leaf.not_before,
            days: terms.days,
            cap: Some(50),
            later: (0, 0),
            every: terms.every,
            milestones: terms.milestones.iter().map(|days| Duration::days(*days)).collect(),
            hours: terms.hours,
            zone: CONTACTS[contact].1,
            told,
        }
    }

    /// By the words of the promises: everything that is owed in a run at `now`.
    fn owed(&self, now: OffsetDateTime) -> BTreeSet<Owed> {
        let mut owed = BTreeSet::new();
        for (number, place) in self.places.iter().enumerate() {
            let life = &place.lives[place.shown];
            for contact in 0..CONTACTS.len() {
                for channel in CHANNELS {
                    let told = life.told.get(&(contact, channel)).cloned().unwrap_or_default();
                    // 3.13: what was recorded later than now counts as now.
                    let by_now = |told: &[OffsetDateTime]| {
                        let mut told: Vec<_> = told.iter().map(|at| (*at).min(now)).collect();
                        told.sort_unstable();
                        told
                    };
                    if now <= life.leaf.not_after {
                        if self.model(number, life, contact, by_now(&told.expiration)).is_due(now) {
                            owed.insert((number, place.shown, EventKind::Expiration, contact, channel));
                        }
                        continue;
                    }
                    let expired = by_now(&told.expired);
                    let model = self.model(number, life, contact, expired.clone());
                    // 3.10: of one that is not seen it is told once.
                    let is_due = expired.is_empty() || (place.is_seen && is_due_again(&model, now));
                    if model.is_open(now) && is_due {
                        owed.insert((number, place.shown, EventKind::Expired, contact, channel));
                    }
                }
            }
        }
        owed
    }

    /// One run of the program: what each channel took.
    fn run(&mut self, now: OffsetDateTime) -> Vec<Message> {
        for (number, place) in self.places.iter().enumerate() {
            let name = format!("e{number}");
            if place.is_seen {
                self.scenario.shows(&name, &place.lives[place.shown].leaf);
            } else {
                self.scenario.fails(&name, "no answer");
            }
        }
        let picked: Vec<&Entry> = self.scenario.policies.entries.iter().collect();
        let job = RunInput { policies: &self.scenario.policies, picked: &picked, machine: "web-1.example.com" };
        let look = pass::judge(job, self.scenario.observations(), &self.scenario.history, now);
        let mut transport = Failing { fails: &self.fails, taken: Vec::new(), elapsed: Span::ZERO };
        let mut save = |_: &History| -> Result<(), ()> { Ok(()) };
        pass::one_pass(job, &look, &mut self.scenario.history, &mut transport, &mut save, now).unwrap();
        transport.taken
    }

    /// What the messages of a run told; closing messages are noted where they are.
    fn told(&mut self, messages: &[Message], now: OffsetDateTime) -> BTreeSet<Owed> {
        let mut all = BTreeSet::new();
        let of: BTreeMap<_, _> = (0..self.places.len())
            .flat_map(|number| (0..self.places[number].lives.len()).map(move |life| (number, life)))
            .map(|(number, life)| (self.places[number].lives[life].leaf.fingerprint, (number, life)))
            .collect();
        for message in messages {
            let contact = CONTACTS.iter().position(|(name, _)| *name == message.contact.as_str()).unwrap();
            for (key, _) in &message.reminders {
                let (number, life) = of[&key.fingerprint];
                assert!(all.insert((number, life, key.kind, contact, message.channel)), "twice in one run");
                let told = self.places[number].lives[life].told.entry((contact, message.channel)).or_default();
                match key.kind {
                    EventKind::Expiration => told.expiration.push(now),
                    EventKind::Expired => told.expired.push(now),
                    other => panic!("{other} is not subscribed to"),
                }
            }
            for (id, _) in &message.occurrences {
                let occurrence = &self.scenario.history.occurrences[id].occurrence;
                if occurrence.kind == EventKind::Hosting {
                    let (number, life) = of[&occurrence.certificate.as_ref().unwrap().fingerprint];
                    let told = self.places[number].lives[life].told.entry((contact, message.channel)).or_default();
                    told.closed += 1;
                }
            }
        }
        all
    }

    /// The closing messages: one to each recipient who was reminded, and none to the others.
    fn assert_closed(&self) {
        for place in &self.places {
            for life in &place.lives[..place.shown] {
                for (way, told) in &life.told {
                    let was_reminded = !told.expiration.is_empty() || !told.expired.is_empty();
                    // Where old and new answer in turn, it may be told again each time.
                    let right = if was_reminded { 1..=1 + life.returns } else { 0..=0 };
                    let is_right = right.contains(&told.closed);
                    assert!(is_right, "{way:?} of {}: {told:?}", life.leaf.subject);
                }
            }
        }
    }
}

/// In each slot once, and never within half of one.
fn is_due_again(model: &Model, now: OffsetDateTime) -> bool {
    let every = model.every.unwrap();
    let last = *model.told.last().unwrap();
    let here = model.slot(now, every);
    now - last >= Duration::hours(12) * i32::from(every)
        && model.told.iter().all(|told| model.slot(*told, every) < here)
}

/// Takes everything by the channels that do not fail.
struct Failing<'a> {
    fails: &'a BTreeSet<Channel>,
    taken: Vec<Message>,
    elapsed: Span,
}

impl Transport for Failing<'_> {
    fn server(&self, message: &Message) -> Option<String> {
        Some(format!("{} of {}", message.channel, message.contact))
    }

    fn send(&mut self, message: &Message, _: OffsetDateTime) -> Result<Receipt, DeliveryError> {
        if self.fails.contains(&message.channel) {
            return Err(DeliveryError::Transient { reason: "out of order".into(), retry_after: None });
        }
        self.taken.push(message.clone());
        Ok(Receipt::default())
    }

    fn elapsed(&self) -> Span {
        self.elapsed
    }

    fn wait(&mut self, pause: Span) {
        self.elapsed += pause;
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).map_or(otherwise, |number| number.parse().unwrap())
}

#[test]
#[expect(clippy::print_stderr, reason = "the story can be told again")]
fn in_a_year_of_a_fleet_what_is_owed_is_sent_and_nothing_else() {
    let (certificates, seed) = (number("CERTNOTIFY_YEAR", 16), number("CERTNOTIFY_SEED", 7));
    let mut random = Random(seed as u64);
    let places: Vec<Place> = (0..certificates).map(|number| Place::new(&mut random, number)).collect();
    let scenario = Scenario::new(&toml(certificates, false));
    let mut year = Year { scenario, random, places, terms: terms(false), fails: BTreeSet::new() };
    let (mut now, mut sent, mut rested, mut is_edited) = (BEGIN, 0, 0, false);
    for run in 0.. {
        // After a year, whatever was held back or failed has three days for its turn.
        let is_over = now > BEGIN + Duration::days(365);
        rested += usize::from(is_over);
        if rested > 90 {
            break;
        }
        if !is_edited && now > BEGIN + Duration::days(180) {
            year.scenario.rewritten(&toml(certificates, true));
            (year.terms, is_edited) = (terms(true), true);
        }
        let is_behind = run > 0 && !is_over && year.random.is_one_in(50);
        let clock = if is_behind { now - Duration::minutes(1 + year.random.below(5 * 24 * 60)) } else { now };
        year.fails = CHANNELS.into_iter().filter(|_| !is_over && year.random.is_one_in(15)).collect();
        for place in &mut year.places {
            if is_over {
                place.settle();
            } else {
                place.look(&mut year.random, now, run);
            }
        }
        let mut owed = year.owed(clock);
        owed.retain(|(.., channel)| !year.fails.contains(channel));
        // From then on it is told by another measure.
        let ends: Vec<Vec<_>> =
            year.places.iter().map(|it| it.lives.iter().map(|life| life.leaf.not_after).collect()).collect();
        let is_long_ago = |(place, life, ..): &Owed| clock - ends[*place][*life] > Duration::days(30);
        owed.retain(|it| !is_long_ago(it));
        let messages = year.run(clock);
        let mut told = year.told(&messages, clock);
        told.retain(|it| !is_long_ago(it));
        let (lost, extra): (Vec<_>, Vec<_>) = (owed.difference(&told).collect(), told.difference(&owed).collect());
        assert!(
            lost.is_empty() && extra.is_empty(),
            "seed {seed}, run {run} at {clock}: lost {lost:?}, extra {extra:?}"
        );
        sent += told.len();
        let pause = if !is_over && year.random.is_one_in(60) { year.random.below(12 * 24 * 60) } else { 0 };
        let gap = if is_over { 50 } else { 300 + year.random.below(240) };
        now += Duration::minutes(gap + pause) + Duration::seconds(year.random.below(60));
    }
    year.assert_closed();
    assert!(sent > certificates * 20, "{sent}");
    eprintln!("{certificates} certificates, seed {seed}: {sent} reminders");
}
