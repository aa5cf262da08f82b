//! Whose turn it is: first every first try, the inbox before all others, then the retries; the pages of one channel in
//! their order.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::Transport;
use super::outcome::{NEXT_RUN, Outcome};
use crate::cause::DeliveryCause;
use crate::fault::contained;
use crate::policy::Channel;
use crate::render::Message;

/// Before the second and before the third try.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(8)];

/// The messages of a run, each waiting or settled. Every step costs the logarithm of their number: a server has its own
/// line, so that one that asks for time moves one entry, and a page stands in no line before the page before it is
/// settled.
pub(super) struct Queue {
    places: Vec<Place>,
    lines: Vec<Line>,
    /// By host, what goes there.
    hosts: HashMap<String, Vec<usize>>,
    /// The heads of the lines that may go now, and of the others.
    now: BTreeSet<(Rank, usize)>,
    soon: BTreeSet<(Duration, Rank, usize)>,
}

/// The round first, then the inbox, which needs no server, then the order of the messages.
type Rank = (usize, bool, usize);

struct Place {
    turn: Attempt,
    /// The page before it is not settled.
    is_behind: bool,
    /// Once it is settled.
    outcome: Option<Outcome>,
    line: usize,
    /// The page that is not sent before this one.
    page_after: Option<usize>,
}

/// What waits for one server.
#[derive(Default)]
struct Line {
    now: BTreeSet<Rank>,
    soon: BTreeSet<(Duration, Rank)>,
    not_before: Duration,
    head: Option<Head>,
}

#[derive(Clone, Copy)]
enum Head {
    Now(Rank),
    Soon(Duration, Rank),
}

/// A message that is to be tried.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) index: usize,
    /// From when, since the run began.
    pub(super) ready: Duration,
    pub(super) server: Option<String>,
    is_by_server: bool,
    host: Option<String>,
    /// Rounds of tries that it went through.
    round: usize,
    /// Why its last try failed.
    failure: Option<DeliveryCause>,
}

impl Attempt {
    /// Neither this message was tried nor, since its server failed, any other for the same server.
    pub(super) const fn is_first_try(&self) -> bool {
        self.round == 0
    }

    const fn rank(&self) -> Rank {
        (self.round, self.is_by_server, self.index)
    }
}

impl Place {
    fn turn(&self) -> Option<&Attempt> {
        self.outcome.is_none().then_some(&self.turn)
    }

    fn waiting(&self) -> Option<&Attempt> {
        self.turn().filter(|_| !self.is_behind)
    }
}

impl Queue {
    pub(super) fn new(messages: &[Message], transport: &dyn Transport) -> Self {
        let mut queue = Self {
            places: Vec::with_capacity(messages.len()),
            lines: Vec::new(),
            hosts: HashMap::new(),
            now: BTreeSet::new(),
            soon: BTreeSet::new(),
        };
        let mut lines = HashMap::new();
        let mut last_pages = HashMap::new();
        for (index, message) in messages.iter().enumerate() {
            let place = contained(|| (transport.server(message), transport.host(message)));
            let (server, host) = place.unwrap_or_default();
            let is_by_server = message.channel != Channel::Inbox;
            let turn = Attempt { index, ready: Duration::ZERO, server, is_by_server, host, round: 0, failure: None };
            let line = *lines.entry(turn.server.clone()).or_insert_with(|| {
                queue.lines.push(Line::default());
                queue.lines.len() - 1
            });
            if let Some(host) = &turn.host {
                queue.hosts.entry(host.clone()).or_default().push(index);
            }
            let before = if message.channel.keeps_alerts() {
                None
            } else {
                // Mails to several addresses of a contact are no pages of one message.
                last_pages.insert((&message.contact, message.channel, &message.to), index)
            };
            queue.places.push(Place { turn, is_behind: before.is_some(), outcome: None, line, page_after: None });
            match before {
                Some(before) => queue.places[before].page_after = Some(index),
                None => queue.enter(index),
            }
        }
        (0..queue.lines.len()).for_each(|line| queue.show_head(line, Duration::ZERO));
        queue
    }

    /// Of those that are ready the one in the earliest round, in the order of the messages; where none is ready, the
    /// first that will be.
    pub(super) fn next(&mut self, elapsed: Duration) -> Option<Attempt> {
        while let Some((ready, _, line)) = self.soon.first().copied().filter(|(ready, _, _)| *ready <= elapsed) {
            self.soon.pop_first();
            self.lines[line].head = None;
            self.show_head(line, elapsed.max(ready));
        }
        let first = self.now.first().map(|((_, _, index), _)| *index);
        let index = first.or_else(|| self.soon.first().map(|(_, (_, _, index), _)| *index))?;
        let not_before = self.lines[self.places[index].line].not_before;
        let mut turn = self.places[index].turn()?.clone();
        turn.ready = turn.ready.max(not_before);
        Some(turn)
    }

    /// What goes to the same server after this one, if this one is delivered and nothing comes between.
    pub(super) fn after(&self, index: usize) -> Option<usize> {
        let place = &self.places[index];
        let page = place.page_after.and_then(|page| self.places[page].turn()).map(Attempt::rank);
        let mut others = self.lines[place.line].now.iter().copied().filter(|(_, _, other)| *other != index);
        let (_, _, after) = others.next().into_iter().chain(page).min()?;
        Some(after)
    }

    /// A page that is not delivered takes those after it along: a second page is never read first.
    pub(super) fn settle(&mut self, index: usize, outcome: Outcome) {
        let is_delivered = matches!(outcome, Outcome::Delivered { .. });
        self.leave(index);
        self.places[index].outcome = Some(outcome);
        self.refresh(self.places[index].line);
        let mut after = self.places[index].page_after.take();
        while let Some(page) = after {
            if is_delivered {
                self.places[page].is_behind = false;
                self.enter(page);
                return self.refresh(self.places[page].line);
            }
            let reason = DeliveryCause::AfterPage;
            self.places[page].outcome = Some(Outcome::NotTried { reason });
            after = self.places[page].page_after.take();
        }
    }

    /// The run ends: what failed before has failed, what was never tried has `outcome`.
    pub(super) fn settle_all(&mut self, outcome: &Outcome) {
        for place in self.places.iter_mut().filter(|place| place.outcome.is_none()) {
            place.outcome = Some(place.turn.failure.take().map_or_else(|| outcome.clone(), failed));
        }
        self.now.clear();
        self.soon.clear();
    }

    /// Nothing can be sent to the server of this one before: the messages keep their rounds.
    pub(super) fn postpone(&mut self, index: usize, ready: Duration) {
        let line = self.places[index].line;
        self.lines[line].not_before = self.lines[line].not_before.max(ready);
        self.refresh(line);
    }

    /// It failed and may be tried again, unless this was the last try.
    pub(super) fn again(&mut self, index: usize, reason: DeliveryCause, after: Duration, elapsed: Duration) {
        let Some(turn) = self.places[index].turn() else { return };
        match PAUSES.get(turn.round) {
            Some(pause) => {
                let ready = elapsed.saturating_add(after.max(*pause));
                self.change(index, |turn| {
                    turn.ready = ready;
                    turn.round += 1;
                    turn.failure = Some(reason);
                });
                self.refresh(self.places[index].line);
            }
            None => self.settle(index, failed(reason)),
        }
    }

    /// The other messages for the host of this one wait for the next round. No message is moved more often than there
    /// are rounds.
    pub(super) fn let_wait(&mut self, index: usize, reason: &DeliveryCause, elapsed: Duration) {
        let Some(turn) = self.places[index].turn() else { return };
        let (Some(host), round) = (&turn.host, turn.round) else { return };
        let Some(others) = self.hosts.remove(host) else { return };
        let host = host.clone();
        let mut given_up = Vec::new();
        let mut lines = BTreeSet::new();
        for other in others.iter().copied().filter(|other| *other != index) {
            if self.places[other].turn().is_none_or(|turn| turn.round > round) {
                continue;
            }
            let Some(pause) = PAUSES.get(round) else {
                given_up.push(other);
                continue;
            };
            let ready = elapsed.saturating_add(*pause);
            self.change(other, |turn| {
                turn.ready = turn.ready.max(ready);
                turn.round = round + 1;
                turn.failure.get_or_insert_with(|| reason.clone());
            });
            lines.insert(self.places[other].line);
        }
        for line in lines {
            self.refresh(line);
        }
        for other in given_up {
            if self.places[other].turn().is_some() {
                self.settle(other, failed(reason.clone()));
            }
        }
        let waiting = |other: &usize| self.places[*other].turn().is_some();
        let left = others.into_iter().filter(waiting).collect();
        self.hosts.insert(host, left);
    }

    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let untold = |turn: Attempt| failed(turn.failure.unwrap_or_else(|| "".into()));
        self.places.into_iter().map(|place| place.outcome.unwrap_or_else(|| untold(place.turn))).collect()
    }

    fn change(&mut self, index: usize, how: impl FnOnce(&mut Attempt)) {
        self.leave(index);
        how(&mut self.places[index].turn);
        self.enter(index);
    }

    /// Puts it into the line of its server.
    fn enter(&mut self, index: usize) {
        let place = &self.places[index];
        if let Some(turn) = place.waiting() {
            self.lines[place.line].soon.insert((turn.ready, turn.rank()));
        }
    }

    fn leave(&mut self, index: usize) {
        let place = &self.places[index];
        if let Some(turn) = place.waiting() {
            let line = &mut self.lines[place.line];
            line.now.remove(&turn.rank());
            line.soon.remove(&(turn.ready, turn.rank()));
        }
    }

    fn refresh(&mut self, line: usize) {
        match self.lines[line].head.take() {
            Some(Head::Now(rank)) => self.now.remove(&(rank, line)),
            Some(Head::Soon(ready, rank)) => self.soon.remove(&(ready, rank, line)),
            None => false,
        };
        // At zero: what is ready now comes to the front with the next call of `next`.
        self.show_head(line, Duration::ZERO);
    }

    /// Shows the first of a line among those of all lines.
    fn show_head(&mut self, number: usize, elapsed: Duration) {
        let line = &mut self.lines[number];
        while let Some((_, rank)) = line.soon.first().copied().filter(|(ready, _)| *ready <= elapsed) {
            line.soon.pop_first();
            line.now.insert(rank);
        }
        let first_now = line.now.first().map(|rank| (line.not_before, *rank));
        let first_soon = line.soon.first().map(|(ready, rank)| (line.not_before.max(*ready), *rank));
        let Some((ready, rank)) = first_now.or(first_soon) else { return };
        if ready <= elapsed && first_now.is_some() {
            line.head = Some(Head::Now(rank));
            self.now.insert((rank, number));
        } else {
            line.head = Some(Head::Soon(ready, rank));
            self.soon.insert((ready, rank, number));
        }
    }
}

fn failed(reason: DeliveryCause) -> Outcome {
    Outcome::Failed { reason, help: NEXT_RUN.to_owned() }
}
