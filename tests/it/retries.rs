//! The order of sending, and what is tried again, when, and how often.

mod many;
mod refusals;
mod time_limit;
mod unanswered;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use certnotify::deliver::{DeliveryError, Outcome, Receipt, Transport, send_all};
use certnotify::history::History;
use certnotify::policy::{Channel, Policies};
use certnotify::render::Message;
use proptest::prelude::*;
use time::OffsetDateTime;

use crate::support::delivery::{NOW, contact, message, policies};

type Answer = Result<Receipt, DeliveryError>;
type Journal = Rc<RefCell<Vec<String>>>;

/// Answers as it was told to, and takes what it was told not to speak of; time passes only while it waits.
#[derive(Default)]
struct Script {
    answers: BTreeMap<String, VecDeque<Answer>>,
    journal: Journal,
    clock: Duration,
    /// Each try takes so long.
    flight: Duration,
    stops_after: Option<usize>,
    /// Robots of one host.
    shared_host: bool,
}

impl Script {
    fn answers(mut self, label: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.insert(label.to_owned(), answers.into_iter().collect());
        self
    }
}

/// `alice/email/1`: contact, channel and the last digits of the identifier.
fn label(message: &Message) -> String {
    format!("{}/{}/{}", message.contact, message.channel, message.id.trim_start_matches('0'))
}

impl Transport for Script {
    fn server(&self, message: &Message) -> Option<String> {
        match message.channel {
            Channel::Email => Some("mail:25".to_owned()),
            Channel::Inbox => None,
            _ if message.contact.as_str().starts_with("room") => Some("the-room".to_owned()),
            _ => Some(format!("robot-of-{}", message.contact)),
        }
    }

    fn host(&self, message: &Message) -> Option<String> {
        let server = self.server(message)?;
        Some(if self.shared_host { "vendor".to_owned() } else { server })
    }

    fn send(&mut self, message: &Message, _now: OffsetDateTime) -> Answer {
        let label = label(message);
        self.journal.borrow_mut().push(label.clone());
        self.clock += self.flight;
        let answer = self.answers.get_mut(&label).and_then(VecDeque::pop_front);
        answer.unwrap_or_else(|| Ok(Receipt::default()))
    }

    fn elapsed(&self) -> Duration {
        self.clock
    }

    fn wait(&mut self, pause: Duration) {
        self.journal.borrow_mut().push(format!("wait {} s", pause.as_secs_f64()));
        self.clock += pause;
    }

    fn is_stopped(&self) -> bool {
        let sent = self.journal.borrow().iter().filter(|line| line.contains('/')).count();
        self.stops_after.is_some_and(|most| sent >= most)
    }
}

fn transient() -> Answer {
    Err(DeliveryError::Transient { reason: "busy".into(), retry_after: None })
}

fn busy_for(seconds: u64) -> Answer {
    let retry_after = Some(Duration::from_secs(seconds));
    Err(DeliveryError::Transient { reason: "busy".into(), retry_after })
}

fn no_connection() -> Answer {
    Err(DeliveryError::NoConnection { reason: "refused".into() })
}

fn permanent() -> Answer {
    Err(DeliveryError::Permanent { reason: "no such room".into(), help: "copy the address again".to_owned() })
}

fn unanswered() -> Answer {
    Err(DeliveryError::Unanswered { reason: "silence".into() })
}

fn throttled(until: OffsetDateTime) -> Answer {
    Err(DeliveryError::Throttled { reason: "slow down".into(), until })
}

fn everybody() -> Policies {
    policies(["alice", "bob", "carol", "room-1", "room-2"].map(contact))
}

fn run(script: &mut Script, messages: &[Message], history: &mut History, now: OffsetDateTime) -> Vec<Outcome> {
    run_with(script, messages, history, &everybody(), now)
}

fn run_with(
    script: &mut Script,
    messages: &[Message],
    history: &mut History,
    policies: &Policies,
    now: OffsetDateTime,
) -> Vec<Outcome> {
    let mut save = |_: &History| Ok::<(), Infallible>(());
    send_all(messages, policies, history, script, &mut save, now).unwrap()
}

fn journal(script: &Script) -> Vec<String> {
    script.journal.borrow().clone()
}

fn is_told(history: &History, message: &Message) -> bool {
    message
        .reminders
        .iter()
        .all(|(key, _)| history.told(key.fingerprint, key.kind, &key.contact, key.channel).is_some())
}

#[test]
fn each_recipient_gets_a_first_try_before_any_gets_a_second() {
    let messages = [
        message("alice", Channel::Email, 1),
        message("bob", Channel::DingTalk, 2),
        message("carol", Channel::Inbox, 3),
    ];
    let mut script = Script::default().answers("alice/email/1", [transient()]);
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["carol/inbox/3", "alice/email/1", "bob/dingtalk/2", "wait 2 s", "alice/email/1"]);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered { .. })));
}

#[test]
fn a_transient_failure_is_tried_three_times_with_growing_pauses_and_stays_due() {
    let messages = [message("alice", Channel::Email, 1)];
    let mut script =
        Script::default().answers("alice/email/1", [transient(), transient(), transient(), Ok(Receipt::default())]);
    let mut history = History::default();
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    assert_eq!(journal(&script), ["alice/email/1", "wait 2 s", "alice/email/1", "wait 8 s", "alice/email/1"]);
    assert!(matches!(&outcomes[0], Outcome::Failed { reason, .. } if reason.to_string() == "busy"));
    assert!(!is_told(&history, &messages[0]));
    let failed = &history.refusals[&messages[0].contact][&Channel::Email];
    assert!(failed.may_pass && failed.runs == 1, "{failed:?}");
}

#[test]
fn a_server_that_says_when_to_come_back_is_not_asked_before() {
    let messages = [message("alice", Channel::WeCom, 1)];
    let mut script = Script::default().answers("alice/wecom/1", [busy_for(30)]);
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["alice/wecom/1", "wait 30 s", "alice/wecom/1"]);
    assert!(matches!(outcomes[0], Outcome::Delivered { .. }));

    let mut script = Script::default().answers("alice/wecom/1", [busy_for(3600)]);
    let mut history = History::default();
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    assert_eq!(journal(&script), ["alice/wecom/1"]);
    let until = Some(NOW + Duration::from_secs(3600));
    assert!(matches!(&outcomes[0], Outcome::Deferred { until: at, .. } if *at == until));
    assert_eq!(history.robots["robot-of-alice"].not_before, until);
}

#[test]
fn after_a_failed_connection_the_others_for_that_server_wait_for_the_next_round() {
    let messages = [
        message("alice", Channel::Email, 1),
        message("bob", Channel::Email, 2),
        message("carol", Channel::Email, 3),
        message("carol", Channel::Inbox, 4),
    ];
    let mut script = Script::default().answers("alice/email/1", [no_connection()]);
    run(&mut script, &messages, &mut History::default(), NOW);
    let order = ["carol/inbox/4", "alice/email/1", "wait 2 s", "alice/email/1", "bob/email/2", "carol/email/3"];
    assert_eq!(journal(&script), order);

    let mut script = Script::default().answers("alice/email/1", [no_connection(), no_connection(), no_connection()]);
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    let tries = ["carol/inbox/4", "alice/email/1", "wait 2 s", "alice/email/1", "wait 8 s", "alice/email/1"];
    assert_eq!(
        journal(&script),
        tries,
        "a dead server costs one time limit a round, however many messages wait for it"
    );
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Failed { .. })).count(), 3);
}

#[test]
fn a_dead_mail_server_counts_for_each_contact_also_where_its_mail_had_no_turn() {
    let mails = [("alice", 1), ("bob", 2), ("carol", 3), ("dave", 4)].map(|(contact, number)| Message {
        to: vec![format!("{contact}@example.com")],
        ..message(contact, Channel::Email, number)
    });
    let mut history = History::default();
    for day in 0..3 {
        let dead = || [no_connection(), no_connection(), no_connection()];
        let mut script = Script::default().answers("alice/email/1", dead()).answers("bob/email/2", dead());
        run(&mut script, &mails, &mut history, NOW + time::Duration::days(day));
    }
    let runs = |mail: &Message| history.mail_refusal(&mail.contact, &mail.to[0]).map(|refusal| refusal.runs);
    assert_eq!(mails.each_ref().map(runs), [Some(3); 4]);
}

#[test]
fn robots_of_one_host_wait_together_when_the_host_is_not_to_be_reached() {
    let messages =
        [message("alice", Channel::Lark, 1), message("bob", Channel::Lark, 2), message("carol", Channel::Inbox, 3)];
    let mut script = Script { shared_host: true, ..Script::default() }.answers("alice/lark/1", [unanswered()]);
    run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["carol/inbox/3", "alice/lark/1", "wait 2 s", "bob/lark/2"]);
}

#[test]
fn pages_keep_their_order_and_none_is_sent_after_one_that_failed() {
    let pages = [1, 2, 3].map(|page| message("alice", Channel::DingTalk, page));
    let mut script = Script::default().answers("alice/dingtalk/1", [transient()]);
    run(&mut script, &pages, &mut History::default(), NOW);
    let order = ["alice/dingtalk/1", "wait 2 s", "alice/dingtalk/1", "alice/dingtalk/2", "alice/dingtalk/3"];
    assert_eq!(journal(&script), order);

    for failure in [permanent(), unanswered(), throttled(NOW + Duration::from_secs(600))] {
        let mut script = Script::default().answers("alice/dingtalk/2", [failure]);
        let mut history = History::default();
        let outcomes = run(&mut script, &pages, &mut history, NOW);
        assert_eq!(journal(&script), ["alice/dingtalk/1", "alice/dingtalk/2"]);
        assert!(
            matches!(&outcomes[2], Outcome::NotTried { reason } if reason.to_string() == "the page before it was not delivered")
        );
        assert_eq!([0, 1, 2].map(|page| is_told(&history, &pages[page])), [true, false, false]);
    }
}

#[test]
fn an_address_that_takes_no_mail_keeps_none_from_the_other_addresses_of_its_contact() {
    let mails = [(1, "dead@example.com"), (2, "alive@example.com")]
        .map(|(page, address)| Message { to: vec![address.to_owned()], ..message("alice", Channel::Email, page) });
    for failure in [permanent(), unanswered()] {
        let mut script = Script::default().answers("alice/email/1", [failure]);
        let mut history = History::default();
        run(&mut script, &mails, &mut history, NOW);
        assert_eq!(journal(&script).last().unwrap(), "alice/email/2");
        assert!(is_told(&history, &mails[1]));
    }
}

#[test]
fn each_acceptance_is_on_disk_before_the_next_message_goes_out() {
    let messages = [message("alice", Channel::Email, 1), message("bob", Channel::Email, 2)];
    let mut script = Script::default();
    let journal = Rc::clone(&script.journal);
    let mut save = |history: &History| {
        let told = messages.iter().filter(|message| is_told(history, message)).count();
        journal.borrow_mut().push(format!("saved {told}"));
        Ok::<(), Infallible>(())
    };
    send_all(&messages, &everybody(), &mut History::default(), &mut script, &mut save, NOW).unwrap();
    assert_eq!(*journal.borrow(), ["alice/email/1", "saved 1", "bob/email/2", "saved 2"]);
}

#[test]
fn what_is_recorded_is_the_start_of_the_run_and_the_reason() {
    let messages = [message("alice", Channel::Email, 1)];
    let mut script = Script { clock: Duration::from_secs(90), ..Script::default() };
    let mut history = History::default();
    run(&mut script, &messages, &mut history, NOW);
    let key = &messages[0].reminders[0].0;
    let told = history.told(key.fingerprint, key.kind, &key.contact, key.channel).unwrap();
    let told: Vec<_> = told.iter().map(|delivery| (delivery.at, delivery.why.as_str())).collect();
    assert_eq!(told, [(NOW, "30 days before its end")]);
}

#[test]
fn nothing_more_is_sent_once_something_cannot_be_recorded() {
    let messages = [message("alice", Channel::Email, 1), message("bob", Channel::Email, 2)];
    let mut script = Script::default();
    let mut save = |_: &History| Err("disk full");
    let result = send_all(&messages, &everybody(), &mut History::default(), &mut script, &mut save, NOW);
    assert_eq!((result, journal(&script)), (Err("disk full"), vec!["alice/email/1".to_owned()]));

    let robots = [message("alice", Channel::DingTalk, 1)];
    let mut script = Script::default();
    let mut save = |_: &History| Err("disk full");
    let result = send_all(&robots, &everybody(), &mut History::default(), &mut script, &mut save, NOW);
    assert_eq!((result, journal(&script)), (Err("disk full"), Vec::new()), "the pace is recorded before");
}

#[test]
fn a_robot_is_not_overrun_by_many_contacts_nor_by_the_next_run_and_no_other_waits_for_it() {
    let room = |number| message(if number % 2 == 0 { "room-1" } else { "room-2" }, Channel::DingTalk, number);
    let mut messages: Vec<Message> = (1..=20).map(room).collect();
    messages.push(message("alice", Channel::Email, 99));
    let mut script = Script::default();
    let mut history = History::default();
    run(&mut script, &messages, &mut history, NOW);
    let sent = journal(&script);
    let wait = sent.iter().position(|line| line == "wait 60 s").unwrap();
    assert_eq!(sent[..wait].iter().filter(|line| line.contains("dingtalk")).count(), 17);
    assert_eq!(sent[wait - 1], "alice/email/63", "the mail did not wait");
    assert_eq!(sent.len(), 22);

    let mut script = Script::default();
    let later = NOW + Duration::from_secs(61);
    let more: Vec<Message> = (101..=116).map(room).collect();
    run(&mut script, &more, &mut history, later);
    let wait = journal(&script).iter().position(|line| line.starts_with("wait")).unwrap();
    assert_eq!(wait, 14, "three of the run before still count");
}

#[test]
fn the_pace_is_recorded_before_the_message_goes_out() {
    let messages = [message("room-1", Channel::WeCom, 1)];
    let mut script = Script::default();
    let journal = Rc::clone(&script.journal);
    let mut save = |history: &History| {
        let line = format!("saved {} told {}", history.robots["the-room"].sent.len(), is_told(history, &messages[0]));
        journal.borrow_mut().push(line);
        Ok::<(), Infallible>(())
    };
    send_all(&messages, &everybody(), &mut History::default(), &mut script, &mut save, NOW).unwrap();
    assert_eq!(*journal.borrow(), ["saved 1 told false", "room-1/wecom/1", "saved 1 told true"]);
}

#[test]
fn a_run_that_is_asked_to_stop_finishes_and_records_the_message_in_flight() {
    let messages = [message("alice", Channel::Email, 1), message("bob", Channel::Email, 2)];
    let mut script = Script { stops_after: Some(1), ..Script::default() };
    let mut history = History::default();
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    assert_eq!(journal(&script), ["alice/email/1"]);
    assert!(is_told(&history, &messages[0]) && !is_told(&history, &messages[1]));
    assert!(matches!(outcomes[1], Outcome::NotTried { .. }));
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        3 => Just(Ok(Receipt::default())),
        2 => Just(transient()),
        1 => (0_u64..200).prop_map(busy_for),
        2 => Just(no_connection()),
        1 => Just(permanent()),
        1 => Just(unanswered()),
        1 => (0_i64..200).prop_map(|seconds| throttled(NOW + time::Duration::seconds(seconds))),
    ]
}

proptest! {
    #[test]
    fn whatever_the_channels_answer_no_message_is_accepted_twice_and_what_is_recorded_was_accepted(
        who in prop::collection::vec((0_usize..5, 0_usize..5), 1..12),
        answers in prop::collection::vec(prop::collection::vec(any_answer(), 4), 12),
        shared_host in any::<bool>(),
    ) {
        let names = ["alice", "bob", "carol", "room-1", "room-2"];
        let messages: Vec<Message> = (1_u8..)
            .zip(&who)
            .map(|(number, (name, channel))| message(names[*name], Channel::ALL[*channel], number))
            .collect();
        let mut script = Script { shared_host, flight: Duration::from_secs(1), ..Script::default() };
        for (message, answers) in messages.iter().zip(answers) {
            script = script.answers(&label(message), answers);
        }
        let given = script.answers.clone();
        let mut history = History::default();
        let outcomes = run(&mut script, &messages, &mut history, NOW);
        prop_assert_eq!(outcomes.len(), messages.len());
        for (message, outcome) in messages.iter().zip(&outcomes) {
            let tries = journal(&script).iter().filter(|line| **line == label(message)).count();
            let accepted = given[&label(message)].iter().take(tries).filter(|answer| answer.is_ok()).count();
            prop_assert!(tries <= 3);
            prop_assert_eq!(accepted, usize::from(matches!(outcome, Outcome::Delivered { .. })));
            prop_assert_eq!(is_told(&history, message), accepted == 1);
        }
    }
}
