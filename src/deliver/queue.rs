//! Whose turn it is: first everybody's first try, then the retries; the pages of one channel in their order.

use std::time::Duration;

use super::Transport;
use super::retry::Outcome;
use crate::render::Message;

/// Before the second and before the third try.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// The messages of a run, each waiting or settled.
pub(super) struct Queue<'a> {
    messages: &'a [Message],
    places: Vec<Place>,
}

enum Place {
    Waiting(Attempt),
    Settled(Outcome),
}

/// A message that is to be tried.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) index: usize,
    /// From when, since the run began.
    pub(super) ready: Duration,
    pub(super) server: Option<String>,
    host: Option<String>,
    /// Rounds of tries that it went through.
    round: usize,
    /// Why its last try failed.
    failure: Option<String>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(messages: &'a [Message], transport: &dyn Transport) -> Self {
        let turn = |(index, message)| Attempt {
            index,
            ready: Duration::ZERO,
            server: transport.server(message),
            host: transport.host(message),
            round: 0,
            failure: None,
        };
        Self { messages, places: messages.iter().enumerate().map(turn).map(Place::Waiting).collect() }
    }

    /// Of those that are ready the one in the earliest round, in the order of the messages; where nobody is ready, the
    /// first that will be.
    pub(super) fn next(&mut self, elapsed: Duration) -> Option<Attempt> {
        let waiting = self.waiting().filter(|turn| !self.follows_a_waiting_page(turn.index));
        waiting.min_by_key(|turn| (turn.ready.max(elapsed), turn.round, turn.index)).cloned()
    }

    fn waiting(&self) -> impl Iterator<Item = &Attempt> {
        self.places.iter().filter_map(|place| match place {
            Place::Waiting(turn) => Some(turn),
            Place::Settled(_) => None,
        })
    }

    fn waiting_mut(&mut self) -> impl Iterator<Item = &mut Attempt> {
        self.places.iter_mut().filter_map(|place| match place {
            Place::Waiting(turn) => Some(turn),
            Place::Settled(_) => None,
        })
    }

    fn follows_a_waiting_page(&self, index: usize) -> bool {
        if self.messages[index].channel.keeps_alerts() {
            return false;
        }
        let is_page = |turn: &Attempt| turn.index < index && self.are_pages(turn.index, index);
        self.waiting().any(is_page)
    }

    fn are_pages(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.messages[one], &self.messages[other]);
        one.contact == other.contact && one.channel == other.channel && !one.channel.keeps_alerts()
    }

    /// A page that is not delivered takes those after it along: nobody reads the second page first.
    pub(super) fn settle(&mut self, index: usize, outcome: Outcome) {
        let is_delivered = matches!(outcome, Outcome::Delivered { .. });
        self.places[index] = Place::Settled(outcome);
        if is_delivered {
            return;
        }
        for later in index + 1..self.places.len() {
            if self.are_pages(index, later) && matches!(self.places[later], Place::Waiting(_)) {
                let reason = "the page before it was not delivered".to_owned();
                self.places[later] = Place::Settled(Outcome::NotTried { reason });
            }
        }
    }

    /// The run ends: what failed before has failed, what was never tried has `outcome`.
    pub(super) fn settle_all(&mut self, outcome: &Outcome) {
        for place in &mut self.places {
            if let Place::Waiting(turn) = place {
                *place = Place::Settled(turn.failure.take().map_or_else(|| outcome.clone(), failed));
            }
        }
    }

    /// Nobody can be sent to `server` before: not their fault, they keep their rounds.
    pub(super) fn postpone(&mut self, server: Option<&str>, ready: Duration) {
        let at_server = self.waiting_mut().filter(|turn| turn.server.as_deref() == server);
        at_server.for_each(|turn| turn.ready = turn.ready.max(ready));
    }

    /// It failed and may be tried again, unless this was the last try.
    pub(super) fn again(&mut self, index: usize, reason: String, after: Duration, elapsed: Duration) {
        let Some(turn) = self.waiting_mut().find(|turn| turn.index == index) else { return };
        match PAUSES.get(turn.round) {
            Some(pause) => {
                turn.ready = elapsed + after.max(*pause);
                turn.round += 1;
                turn.failure = Some(reason);
            }
            None => self.settle(index, failed(reason)),
        }
    }

    /// The other messages for the host of this one wait for the next round.
    pub(super) fn let_wait(&mut self, index: usize, reason: &str, elapsed: Duration) {
        let Some(turn) = self.waiting().find(|turn| turn.index == index).cloned() else { return };
        if turn.host.is_none() {
            return;
        }
        let mut expired_unsent = Vec::new();
        for other in self.waiting_mut() {
            if other.index == index || other.host != turn.host || other.round > turn.round {
                continue;
            }
            match PAUSES.get(turn.round) {
                Some(pause) => {
                    other.ready = other.ready.max(elapsed + *pause);
                    other.round = turn.round + 1;
                    other.failure.get_or_insert_with(|| reason.to_owned());
                }
                None => expired_unsent.push(other.index),
            }
        }
        for index in expired_unsent {
            if matches!(self.places[index], Place::Waiting(_)) {
                self.settle(index, failed(reason.to_owned()));
            }
        }
    }

    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let outcome = |place| match place {
            Place::Settled(outcome) => outcome,
            Place::Waiting(turn) => failed(turn.failure.unwrap_or_default()),
        };
        self.places.into_iter().map(outcome).collect()
    }
}

fn failed(reason: String) -> Outcome {
    Outcome::Failed { reason, help: "the next run tries again".to_owned() }
}
