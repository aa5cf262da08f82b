//! Ten thousand messages in one run: the order stays, and no step looks through all of them.

use super::*;

const MANY: usize = 10_000;

fn crowd() -> Vec<Message> {
    let page = |number| Message { id: format!("{number:032}"), ..message("alice", Channel::Slack, 1) };
    (1..=MANY).map(page).collect()
}

fn contacts_crowd() -> (Policies, Vec<Message>) {
    let names: Vec<String> = (0..MANY).map(|number| format!("c{number}")).collect();
    let messages = names.iter().map(|name| message(name, Channel::Email, 1)).collect();
    (policies(names.iter().map(|name| contact(name))), messages)
}

#[test]
fn ten_thousand_pages_of_one_channel_go_out_in_their_order() {
    let messages = crowd();
    let mut script = Script::default();
    let mut history = History::default();
    // The time limit of the policy ends it: what counts is that each try is found at once.
    let outcomes = run(&mut script, &messages, &mut history, NOW);
    let sent: Vec<String> = journal(&script).into_iter().filter(|line| line.contains('/')).collect();
    assert_eq!(outcomes.len(), MANY);
    assert_eq!(sent, messages[..sent.len()].iter().map(label).collect::<Vec<_>>());
}

#[test]
fn ten_thousand_mails_to_a_server_that_is_down_are_tried_three_times_and_all_fail() {
    let (policies, messages) = contacts_crowd();
    let down = messages.iter().map(|message| (label(message), VecDeque::from(vec![no_connection(); 3])));
    let mut script = Script { answers: down.collect(), ..Script::default() };
    let outcomes = run_with(&mut script, &messages, &mut History::default(), &policies, NOW);
    let tries = journal(&script).iter().filter(|line| line.contains('/')).count();
    assert_eq!(tries, 3, "one try in each round, for all wait with the first");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed { .. })));
}

#[test]
fn ten_thousand_mails_are_each_sent_once() {
    let (policies, messages) = contacts_crowd();
    let mut script = Script::default();
    let outcomes = run_with(&mut script, &messages, &mut History::default(), &policies, NOW);
    assert_eq!(journal(&script), messages.iter().map(label).collect::<Vec<_>>());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Delivered { .. })));
}
