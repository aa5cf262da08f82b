//! What makes a message the same as another.

use certnotify::history::Moment;
use certnotify::policy::{Channel, Language};
use certnotify::render;

use super::fleet::{NOW, World, named, payload, twelve, vpn};

fn world() -> World {
    World::from_language(Language::English)
}

#[test]
fn only_the_same_set_of_reminders_has_the_same_identifier_in_whatever_order() {
    let world = world();
    let id = |cases: &[super::fleet::Case]| world.messages(Channel::Email, cases)[0].id.clone();
    let mut reversed = twelve();
    reversed.reverse();
    assert_eq!(id(&twelve()), id(&reversed));
    assert_eq!(id(&twelve()).len(), 32);
    let mut third = twelve();
    third[9].nth = 3;
    assert_ne!(id(&twelve()), id(&third));
    assert_ne!(id(&twelve()), id(&twelve()[1..]));
    let inbox = world.messages(Channel::Inbox, &twelve())[0].id.clone();
    assert_ne!(id(&twelve()), inbox);
}

#[test]
fn what_was_never_answered_says_that_it_may_be_a_repeat_under_the_same_identifier() {
    let mut world = world();
    for channel in Channel::ALL {
        let first = world.messages(channel, &[vpn()]).remove(0);
        assert!(!format!("{:?}", first.body).contains("May be a repeat"));
        world.history.unanswered.insert(first.id.clone(), Moment(NOW));
        let second = world.messages(channel, &[vpn()]).remove(0);
        assert_eq!(first.id, second.id);
        assert!(format!("{:?}", second.body).contains("May be a repeat"), "{channel}");
    }
}

#[test]
fn a_message_is_recorded_with_the_reasons_of_what_it_names() {
    let message = world().messages(Channel::Email, &twelve()).remove(0);
    assert_eq!((message.certificates, message.reminders.len()), (12, 12));
    let reasons: Vec<&str> = message.reminders.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        &reasons[..5],
        [
            "it has expired",
            "3 days before its end",
            "7 days before its end",
            "30 days before its end",
            "every 7 days, last on 2026-11-14"
        ]
    );
    assert_eq!(reasons[10], "automatic renewal is late since 2026-11-21: due 2026-11-16");
}

#[test]
fn several_reminders_of_one_certificate_are_one_row_with_both_reasons() {
    let world = world();
    let mut batch = world.batch(Channel::DingTalk, &[vpn(), vpn()]);
    batch.reminders[1].key.kind = certnotify::event::EventKind::HostingFailure;
    batch.reminders[1].why = certnotify::schedule::ReminderReason::SnoozeEnded { at: NOW };
    let messages = render::messages(&batch, &world.render_input(), NOW);
    assert_eq!((messages[0].certificates, messages[0].reminders.len(), named(&messages).len()), (1, 2, 1));
    let text = payload(&messages[0]).to_string();
    assert!(text.contains("Why: its snooze ended on 21 November, every 7 days, last on 14 November"), "{text}");
}

#[test]
fn nothing_owed_is_no_message() {
    for channel in Channel::ALL {
        assert!(world().messages(channel, &[]).is_empty());
    }
}
