//! Thousands of looks side by side on a few threads: none waits for another.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::descriptors::Descriptors;
use super::poller::Poller;
use super::probe::{Outcome, Probe, ProbeRequest, Step};
use super::probe_error;
use super::resolver::{Found, Resolver};
use super::target::Target;
use crate::fault::{Fault, contained};
use crate::policy::Host;

/// How the looks are made.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    /// Peers that are talked with at the same time. Those that are silent do not count.
    pub jobs: usize,
    /// Of one look.
    pub limit: Duration,
    /// When all of them end, whatever is left.
    pub ends: Option<Instant>,
    /// The first to be begun; those before it come last.
    pub first: usize,
    /// Once it is raised, all of them end.
    pub stop: Option<&'a AtomicBool>,
}

/// More are not begun before what is ready goes on.
const BEGUN_AT_ONCE: usize = 16;
/// How often a thread looks whether the resolver has become free.
const RESOLVER_PAUSE: Duration = Duration::from_millis(20);

/// How often a thread looks whether the run is stopped.
const STOP_PAUSE: Duration = Duration::from_millis(200);

/// Makes every look and gives `each` what it came to, on the thread that made it. The results are in the order of the
/// jobs; nothing stands for a look that was not made, or cut short, when the time of all was over.
pub(super) fn look<T: Send>(
    jobs: &[ProbeRequest<'_>],
    terms: Terms<'_>,
    resolver: &Resolver,
    each: impl Fn(usize, Outcome) -> T + Sync,
) -> Vec<Option<T>> {
    let mut results: Vec<Option<T>> = jobs.iter().map(|_| None).collect();
    if jobs.is_empty() {
        return results;
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let wanted = cores.min(terms.jobs).min(jobs.len()).max(1);
    let descriptors = Descriptors::for_looks(jobs.len());
    let pollers: Result<Vec<Poller>, _> = (0..wanted).map(|_| Poller::new()).collect();
    let pollers = match pollers {
        Ok(pollers) => pollers,
        Err(error) => {
            let all = results.iter_mut().enumerate();
            all.for_each(|(index, result)| *result = Some(each(index, Err(probe_error::no_poller(&error)))));
            return results;
        }
    };
    let waiting = Waiting::new(jobs, terms.first);
    let share = Share { jobs: terms.jobs.max(1).div_ceil(wanted), sockets: (descriptors.most / wanted).max(1) };
    let work = |poller| Worker::new(jobs, &waiting, resolver, (terms, share), poller).work(&each);
    let done = thread::scope(|scope| {
        let mut pollers = pollers.into_iter();
        let own = pollers.next();
        let others: Vec<_> =
            pollers.map_while(|poller| thread::Builder::new().spawn_scoped(scope, move || work(poller)).ok()).collect();
        let mut done = own.map(work).unwrap_or_default();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    for (index, result) in done {
        results[index] = Some(result);
    }
    results
}

/// The looks that were not begun: those with a name, which need the resolver, and those without.
struct Waiting {
    named: Vec<usize>,
    others: Vec<usize>,
    next_named: AtomicUsize,
    next_other: AtomicUsize,
}

impl Waiting {
    fn new(jobs: &[ProbeRequest<'_>], first: usize) -> Self {
        let is_named = |index: &usize| matches!(jobs[*index].target.first().0, Host::Name(_));
        let (named, others) = (0..jobs.len()).cycle().skip(first).take(jobs.len()).partition(is_named);
        Self { named, others, next_named: AtomicUsize::new(0), next_other: AtomicUsize::new(0) }
    }

    fn next(&self, is_resolver_busy: bool) -> Option<usize> {
        let take = |from: &[usize], next: &AtomicUsize| from.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        let named = if is_resolver_busy { None } else { take(&self.named, &self.next_named) };
        named.or_else(|| take(&self.others, &self.next_other))
    }

    fn is_over(&self) -> bool {
        self.next_named.load(Ordering::Relaxed) >= self.named.len()
            && self.next_other.load(Ordering::Relaxed) >= self.others.len()
    }
}

/// What one thread may have.
#[derive(Clone, Copy)]
struct Share {
    jobs: usize,
    sockets: usize,
}

/// A look that was begun.
struct Running<'a> {
    probe: Probe<'a>,
    until: Instant,
    /// Since when it waits.
    since: Instant,
}

/// How long a peer may be silent before another look is begun beside it: some times as long as those take that answer.
/// A server that is slow under load is not loaded more for it.
struct Patience(Duration);

impl Patience {
    const LEAST: Duration = Duration::from_millis(10);
    const MOST: Duration = Duration::from_millis(500);

    /// Quick answers count more than late ones: one that a busy machine delayed says little of the others.
    fn learn(&mut self, answered_after: Duration) {
        let part = |time: Duration, of: u32| time.checked_div(of).unwrap_or_default();
        let weight = if answered_after < self.0 { 4 } else { 32 };
        let kept = self.0.saturating_sub(part(self.0, weight));
        self.0 = kept.saturating_add(part(answered_after.min(Self::MOST), weight));
    }

    fn limit(&self) -> Duration {
        self.0.saturating_mul(3).clamp(Self::LEAST, Self::MOST)
    }
}

/// What the resolver found for the look of this number.
type Answer = (usize, Found);

/// One thread and its looks.
struct Worker<'w, 'a> {
    jobs: &'w [ProbeRequest<'a>],
    waiting: &'w Waiting,
    resolver: &'w Resolver,
    terms: Terms<'w>,
    share: Share,
    poller: Poller,
    running: HashMap<usize, Running<'w>>,
    /// The moments until which looks wait.
    timers: BTreeSet<(Instant, usize)>,
    /// Those that are talked with, by the moment since which they wait.
    talking: BTreeSet<(Instant, usize)>,
    patience: Patience,
    answer: Sender<Answer>,
    answers: Receiver<Answer>,
}

impl<'w, 'a> Worker<'w, 'a> {
    fn new(
        jobs: &'w [ProbeRequest<'a>],
        waiting: &'w Waiting,
        resolver: &'w Resolver,
        (terms, share): (Terms<'w>, Share),
        poller: Poller,
    ) -> Self {
        let (answer, answers) = mpsc::channel();
        Self {
            jobs,
            waiting,
            resolver,
            terms,
            share,
            poller,
            running: HashMap::new(),
            timers: BTreeSet::new(),
            talking: BTreeSet::new(),
            patience: Patience(Duration::from_millis(30)),
            answer,
            answers,
        }
    }

    fn work<T>(mut self, each: &impl Fn(usize, Outcome) -> T) -> Vec<(usize, T)> {
        let mut done = Vec::new();
        let mut over = Vec::new();
        let mut ready = Vec::new();
        while !self.is_time_over() {
            self.begin_more(&mut over);
            self.take_answers(&mut over);
            done.extend(over.drain(..).map(|(number, outcome)| (number, each(number, outcome))));
            if self.running.is_empty() && self.waiting.is_over() {
                break;
            }
            if self.poller.wait(self.pause(), &mut ready).is_err() {
                // Without its poller only the clock goes on.
                thread::sleep(RESOLVER_PAUSE);
            }
            for number in ready.drain(..) {
                self.step(number, &mut over, Probe::go_on);
                // At once: what is judged here takes longer than what is read.
                done.extend(over.drain(..).map(|(number, outcome)| (number, each(number, outcome))));
            }
            self.expire(&mut over);
            self.leave_the_silent();
        }
        let cut_short = self.running.into_iter().filter_map(|(number, look)| Some((number, look.probe.cut_short()?)));
        done.extend(cut_short.map(|(number, outcome)| (number, each(number, outcome))));
        done
    }

    fn is_time_over(&self) -> bool {
        self.terms.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
            || self.terms.ends.is_some_and(|ends| ends <= Instant::now())
    }

    fn has_room(&self) -> bool {
        self.talking.len() < self.share.jobs && self.running.len() < self.share.sockets
    }

    fn begin_more(&mut self, done: &mut Vec<(usize, Outcome)>) {
        for _ in 0..BEGUN_AT_ONCE {
            if !self.has_room() {
                return;
            }
            let Some(number) = self.waiting.next(self.resolver.is_busy()) else { return };
            let job = &self.jobs[number];
            let mut probe = Probe::new(job, number, self.terms.limit);
            let begun = contained(|| probe.begin(&self.poller)).unwrap_or_else(|fault| Ok(fault_of(job.target, fault)));
            let ends = probe.ends();
            let now = Instant::now();
            self.running.insert(number, Running { probe, until: ends, since: now });
            self.timers.insert((ends, number));
            self.talking.insert((now, number));
            match begun {
                Ok(step) => self.take(number, step, done),
                Err(name) => {
                    let (sender, waker) = (self.answer.clone(), self.poller.waker());
                    self.resolver.ask(&name, move |found| {
                        // The look may be over.
                        let _ = sender.send((number, found));
                        waker.wake();
                    });
                }
            }
        }
    }

    fn take_answers(&mut self, over: &mut Vec<(usize, Outcome)>) {
        while let Ok((number, found)) = self.answers.try_recv() {
            self.step(number, over, |probe, poller| probe.resolved(found, poller));
        }
    }

    /// Lets a look go on.
    fn step(
        &mut self,
        number: usize,
        over: &mut Vec<(usize, Outcome)>,
        go_on: impl FnOnce(&mut Probe<'w>, &Poller) -> Step,
    ) {
        let Some(running) = self.running.get_mut(&number) else { return };
        self.patience.learn(running.since.elapsed());
        let target = self.jobs[number].target;
        let step =
            contained(|| go_on(&mut running.probe, &self.poller)).unwrap_or_else(|fault| fault_of(target, fault));
        self.take(number, step, over);
    }

    fn take(&mut self, number: usize, step: Step, over: &mut Vec<(usize, Outcome)>) {
        let Some(running) = self.running.get_mut(&number) else { return };
        self.timers.remove(&(running.until, number));
        self.talking.remove(&(running.since, number));
        match step {
            Step::WaitsUntil(until) => {
                running.until = until;
                running.since = Instant::now();
                self.talking.insert((running.since, number));
                self.timers.insert((until, number));
            }
            Step::Over(outcome) => {
                self.running.remove(&number);
                over.push((number, outcome));
            }
        }
    }

    fn expire(&mut self, over: &mut Vec<(usize, Outcome)>) {
        let now = Instant::now();
        while let Some((_, number)) = self.timers.first().copied().filter(|(until, _)| *until <= now) {
            let Some(running) = self.running.get_mut(&number) else { return };
            let target = self.jobs[number].target;
            let step = contained(|| running.probe.expire(&self.poller)).unwrap_or_else(|fault| fault_of(target, fault));
            self.take(number, step, over);
        }
    }

    fn leave_the_silent(&mut self) {
        let patience = self.patience.limit();
        let now = Instant::now();
        while let Some((since, number)) =
            self.talking.first().copied().filter(|(since, _)| now.saturating_duration_since(*since) >= patience)
        {
            self.talking.remove(&(since, number));
        }
    }

    /// How long there is nothing to do without an event.
    fn pause(&self) -> Duration {
        let now = Instant::now();
        let is_blocked = !self.waiting.is_over();
        if is_blocked && self.has_room() {
            return if self.resolver.is_busy() { RESOLVER_PAUSE } else { Duration::ZERO };
        }
        let timer = self.timers.first().map(|(until, _)| *until);
        let silence = self.talking.first().filter(|_| is_blocked).map(|(since, _)| *since + self.patience.limit());
        let next = [timer, silence, self.terms.ends].into_iter().flatten().min();
        let pause = next.map_or(RESOLVER_PAUSE, |next| next.saturating_duration_since(now));
        if self.terms.stop.is_some() { pause.min(STOP_PAUSE) } else { pause }
    }
}

/// A look that the program itself fails at is over; the others go on.
fn fault_of(target: &Target<'_>, fault: Fault) -> Step {
    Step::Over(Err(probe_error::fault(target, fault)))
}
