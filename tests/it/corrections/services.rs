//! What is special to one service whose messages put themselves right.

use std::fs;

use certnotify::policy::Channel;
use time::macros::datetime;

use super::{LOGIN, LONG_AGO, Place, RENEWED};
use crate::support::certificates;
use crate::support::chat_vendors::Fault;
use crate::support::delivery::TOKEN;

#[test]
fn what_a_webhook_of_google_chat_cannot_change_it_answers_in_its_thread_once() {
    let mut place = Place::new(&["ops"], &[Channel::GoogleChat], &["a", "b"]);
    place.run_quietly();
    assert_eq!((place.shown().len(), place.posted()), (1, 1));
    let threads = |place: &Place| {
        let state = place.vendors.state();
        let names = state.robots[TOKEN].shown.keys().map(|key| key.split(' ').next().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    let first = threads(&place).remove(0);
    place.renew("a");
    (0..2).for_each(|_| drop(place.run()));
    let replies = |place: &Place| threads(place).iter().filter(|thread| **thread == first).count();
    assert_eq!(replies(&place), 2, "{:?}", place.shown());
    assert_eq!(place.shown_with("1 of 2 done"), 1, "{:?}", place.shown());
    assert_eq!(place.shown_with("~expired 2021-01-01"), 1, "{:?}", place.shown());
    // An answer that is lost is asked for again, and no second reply is made.
    place.renew("b");
    place.faults(&[Fault::Proper, Fault::LoseAnswer]);
    (0..2).for_each(|_| drop(place.run()));
    assert_eq!((replies(&place), place.posted()), (3, 0), "{:?}", place.shown());
    let requests = place.requests();
    place.run_quietly();
    assert_eq!(place.requests(), requests);
}

#[test]
fn a_thread_that_is_gone_is_no_trouble_and_gets_no_new_one() {
    let mut place = Place::new(&["ops"], &[Channel::GoogleChat], &["www"]);
    place.run();
    place.vendors.state().robots.get_mut(TOKEN).unwrap().shown.clear();
    place.renew("www");
    place.run_quietly();
    place.run_quietly();
    assert_eq!((place.shown_with(RENEWED), place.posted()), (0, 0), "{:?}", place.shown());
}

#[test]
fn a_message_that_a_service_keeps_as_it_is_stays_without_a_word() {
    for channel in [Channel::Zulip, Channel::LarkApp] {
        let mut place = Place::new(&["ops"], &[channel], &["www"]);
        place.run();
        place.vendors.state().robots.get_mut(TOKEN).unwrap().is_old = true;
        place.renew("www");
        place.run_quietly();
        assert_eq!((place.shown_with(RENEWED), place.posted()), (0, 0), "{channel}");
    }
}

#[test]
fn a_session_that_ends_between_the_message_and_its_correction_is_begun_again() {
    let mut place = Place::new(&["ops"], &[Channel::LarkApp], &["www"]);
    place.vendors.state().robots.get_mut(TOKEN).unwrap().ends_sessions = true;
    place.run_quietly();
    place.renew("www");
    place.run_quietly();
    assert_eq!((place.shown_with(RENEWED), place.posted()), (1, 0));
    let logins = place.vendors.journal().iter().filter(|entry| entry.request.path.ends_with(LOGIN)).count();
    assert_eq!(logins, 3, "one for each run, and one for the correction");
}

#[test]
fn a_name_in_a_correction_of_lark_is_no_markup() {
    let mut place = Place::new(&["ops"], &[Channel::LarkApp], &["www"]);
    let write = |place: &Place, from, until| {
        let leaf = certificates::leaf(&["<at id=all></at> **x** [y](http://z)"]).lives(from, until);
        fs::write(place.folder.path().join("www.pem"), leaf.self_signed().pem).unwrap();
    };
    write(&place, LONG_AGO, datetime!(2021-01-01 0:00 UTC));
    place.run();
    write(&place, datetime!(2024-01-01 0:00 UTC), datetime!(2099-01-01 0:00 UTC));
    place.run();
    let shown = place.shown();
    let corrected = shown.iter().find(|message| message.contains(RENEWED)).unwrap();
    assert!(["<at", "**x", "](", "://z"].iter().all(|markup| !corrected.contains(markup)), "{corrected}");
}
