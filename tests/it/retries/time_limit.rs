//! What is tried although the time of a run is over, and what is not.

use std::time::Duration;

use certnotify::deliver::Outcome;
use certnotify::history::History;
use certnotify::policy::Channel;
use certnotify::render::Message;

use super::{Script, busy_for, journal, no_connection, run};
use crate::support::delivery::{NOW, message};

#[test]
fn the_first_try_of_each_message_is_made_although_the_time_limit_is_over_and_the_inbox_is_first() {
    let messages = [
        message("alice", Channel::Email, 1),
        message("bob", Channel::DingTalk, 2),
        message("bob", Channel::Inbox, 3),
        message("alice", Channel::Inbox, 4),
    ];
    let late = Duration::from_secs(3600);
    let mut script = Script { clock: late, flight: Duration::from_secs(30), ..Script::default() };
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["bob/inbox/3", "alice/inbox/4", "alice/email/1", "bob/dingtalk/2"]);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered { .. })), "{outcomes:?}");
}

#[test]
fn after_the_time_limit_nothing_is_tried_again_and_no_pause_is_made() {
    let messages = [message("alice", Channel::Email, 1), message("bob", Channel::Email, 2)];
    let messages = [messages[0].clone(), messages[1].clone(), message("carol", Channel::Lark, 3)];
    let mut script = Script { clock: Duration::from_secs(590), flight: Duration::from_secs(15), ..Script::default() };
    script = script.answers("alice/email/1", [no_connection()]).answers("carol/lark/3", [busy_for(1)]);
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["alice/email/1", "carol/lark/3"], "the mail for bob shares the server that failed");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed { .. })), "{outcomes:?}");
}

#[test]
fn what_a_rate_holds_beyond_the_time_limit_is_left_to_the_next_run() {
    let rooms: Vec<Message> = (1..=30).map(|number| message("room-1", Channel::Lark, number)).collect();
    let mut script = Script { clock: Duration::from_secs(599), ..Script::default() };
    let outcomes = run(&mut script, &rooms, &mut History::default(), NOW);
    let tried = journal(&script).iter().filter(|line| line.contains('/')).count();
    assert!(tried > 0 && tried < rooms.len(), "{tried} were sent at once");
    let Some(Outcome::Deferred { until: None, reason }) = outcomes.last() else { panic!("{:?}", outcomes.last()) };
    assert_eq!(reason.to_string(), "the run's time limit of 600 s is over (`time-limit`): the next run goes on");
}

#[test]
fn no_retry_waits_beyond_the_time_limit() {
    let messages = [message("alice", Channel::Email, 1)];
    let mut script = Script { clock: Duration::from_secs(580), ..Script::default() };
    script = script.answers("alice/email/1", [busy_for(30)]);
    let outcomes = run(&mut script, &messages, &mut History::default(), NOW);
    assert_eq!(journal(&script), ["alice/email/1"], "no wait beyond the limit");
    assert!(matches!(&outcomes[0], Outcome::Failed { reason, .. } if reason.to_string() == "busy"));
}
