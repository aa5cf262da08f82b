//! Many looks side by side on a bounded number of threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many results wait for one before them that takes longer: each takes memory.
const MOST_WAITING: usize = 4096;

/// So many items of a thread are asked for ahead of those that it finishes.
const MOST_AHEAD: usize = 16;

/// Does `each` to every item and returns the results in the order of the items. Every thread has its own state.
pub(super) fn map<Item, State, Outcome>(
    items: &[Item],
    threads: usize,
    state: impl Fn() -> State + Sync,
    each: impl Fn(&mut State, &Item) -> Outcome + Sync,
) -> Vec<Outcome>
where
    Item: Sync,
    Outcome: Send,
{
    let begin = |state: &mut State, item: &Item| Some(each(state, item));
    in_order(items, threads, state, begin, &each, |results| results.collect())
}

/// The same, and gives `take` each result once those before it are there: very many are not held at a time. What
/// `begin` has no outcome for at once, having asked for what it needs, `finish` does after others were begun.
pub(super) fn in_order<Item, State, Outcome, T>(
    items: &[Item],
    threads: usize,
    state: impl Fn() -> State + Sync,
    begin: impl Fn(&mut State, &Item) -> Option<Outcome> + Sync,
    finish: impl Fn(&mut State, &Item) -> Outcome + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = Outcome>) -> T,
) -> T
where
    Item: Sync,
    Outcome: Send,
{
    let queue = Queue::new(items.len());
    let (begin, finish) = (&begin, &finish);
    let worker = || {
        let (mut state, mut ahead) = (state(), VecDeque::new());
        move |task: Task| match task {
            Task::Begin(index) => {
                let outcome = begin(&mut state, &items[index]);
                if outcome.is_none() {
                    ahead.push_back(index);
                }
                (outcome.map(|outcome| (index, outcome)), ahead.len())
            }
            Task::Finish => {
                let done = ahead.pop_front().map(|index| (index, finish(&mut state, &items[index])));
                (done, ahead.len())
            }
        }
    };
    let help = || {
        let _ending = Ending(&queue);
        let mut work = worker();
        let mut ahead = 0;
        while let Some(task) = queue.wait_for_task(ahead) {
            ahead = queue.put(work(task));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            // A machine that gives no more threads is slower, no more.
            if thread::Builder::new().spawn_scoped(scope, help).is_err() {
                break;
            }
        }
        // Whatever `take` leaves is not waited for.
        let _ending = Ending(&queue);
        let mut work = worker();
        let mut ahead = 0;
        take(&mut std::iter::from_fn(|| queue.next(&mut ahead, &mut work)))
    })
}

/// What a thread does next.
#[derive(Clone, Copy)]
enum Task {
    /// The first step of this item.
    Begin(usize),
    /// The second step of the item that it began first.
    Finish,
}

/// An item that is done, if one is; and for how many the thread has asked ahead.
type Progress<T> = (Option<(usize, T)>, usize);

/// What is done, and what is not yet.
struct Queue<T> {
    count: usize,
    line: Mutex<Line<T>>,
    /// The result that is asked for came.
    has_come: Condvar,
    /// Fewer results wait.
    has_room: Condvar,
}

struct Line<T> {
    /// The first item that is not begun.
    next: usize,
    /// The first item whose result was not taken.
    first: usize,
    /// From that one to the last that is begun.
    results: VecDeque<Option<T>>,
    /// The result that is asked for is waited for.
    is_awaited: bool,
    /// A thread left early: nothing more is begun.
    is_over: bool,
}

impl<T> Line<T> {
    /// What a thread can do that has asked for so many items ahead.
    fn task(&mut self, count: usize, ahead: usize) -> Option<Task> {
        if !self.is_over && ahead < MOST_AHEAD && self.next < count && self.results.len() < MOST_WAITING {
            self.next += 1;
            self.results.push_back(None);
            Some(Task::Begin(self.next - 1))
        } else {
            (!self.is_over && ahead > 0).then_some(Task::Finish)
        }
    }
}

impl<T> Queue<T> {
    fn new(count: usize) -> Self {
        let line = Line { next: 0, first: 0, results: VecDeque::new(), is_awaited: false, is_over: false };
        Self { count, line: Mutex::new(line), has_come: Condvar::new(), has_room: Condvar::new() }
    }

    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a helper does next that has asked for so many items ahead; nothing once all are done or begun by others.
    fn wait_for_task(&self, ahead: usize) -> Option<Task> {
        let mut line = self.line();
        loop {
            if let Some(task) = line.task(self.count, ahead) {
                return Some(task);
            }
            if line.is_over || line.next >= self.count {
                return None;
            }
            line = self.has_room.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, (done, ahead): Progress<T>) -> usize {
        let Some((index, result)) = done else { return ahead };
        let mut line = self.line();
        let place = index - line.first;
        line.results[place] = Some(result);
        // To wake one costs a system call, whether or not it waits.
        if place == 0 && line.is_awaited {
            self.has_come.notify_one();
        }
        ahead
    }

    /// The next result; until it is there, others are worked on.
    fn next(&self, ahead: &mut usize, work: &mut impl FnMut(Task) -> Progress<T>) -> Option<T> {
        let mut line = self.line();
        loop {
            if let Some(result) = line.results.front_mut().and_then(Option::take) {
                line.results.pop_front();
                line.first += 1;
                // Not for one at a time.
                if line.results.len() == MOST_WAITING / 2 {
                    self.has_room.notify_all();
                }
                return Some(result);
            }
            if line.is_over || line.first >= self.count {
                return None;
            }
            if let Some(task) = line.task(self.count, *ahead) {
                drop(line);
                *ahead = self.put(work(task));
                line = self.line();
            } else {
                line.is_awaited = true;
                line = self.has_come.wait(line).unwrap_or_else(PoisonError::into_inner);
                line.is_awaited = false;
            }
        }
    }
}

/// A thread that leaves before the work is done, by a panic or because no more is asked for, ends it for all.
struct Ending<'a, T>(&'a Queue<T>);

impl<T> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        if line.next < self.0.count || thread::panicking() {
            line.is_over = true;
            self.0.has_come.notify_one();
            self.0.has_room.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn at_once<Outcome>(
        each: impl Fn(&mut (), &usize) -> Outcome + Sync,
    ) -> impl Fn(&mut (), &usize) -> Option<Outcome> + Sync {
        move |state, item| Some(each(state, item))
    }

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_number_of_threads() {
        let items: Vec<usize> = (0..10_000).collect();
        for threads in [0, 1, 3, 64] {
            let doubled = map(&items, threads, || (), |(), item| item * 2);
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        assert!(map(&[] as &[u8], 4, || (), |(), item| *item).is_empty());
    }

    #[test]
    fn what_is_not_there_at_once_is_done_after_others_were_begun() {
        let items: Vec<usize> = (0..10_000).collect();
        for threads in [1, 3, 64] {
            let begin = |open: &mut usize, item: &usize| {
                let is_there = item.is_multiple_of(7);
                *open += usize::from(!is_there);
                assert!(*open <= MOST_AHEAD);
                is_there.then_some((*item, 0))
            };
            let finish = |open: &mut usize, item: &usize| {
                *open -= 1;
                (*item, *open)
            };
            let done: Vec<_> = in_order(&items, threads, || 0, begin, finish, |results| results.collect());
            assert!(done.iter().map(|(item, _)| item).eq(&items));
            assert!(done.iter().any(|(_, open)| *open == MOST_AHEAD - 1));
        }
    }

    #[test]
    fn no_more_results_wait_than_are_held_and_what_is_not_taken_is_not_begun() {
        let items: Vec<usize> = (0..3 * MOST_WAITING).collect();
        for threads in [1, 4] {
            let begun = AtomicUsize::new(0);
            let each = |(): &mut (), item: &usize| (begun.fetch_add(1, Ordering::Relaxed), *item).1;
            let first = in_order(&items, threads, || (), at_once(&each), each, |results| results.next());
            assert_eq!(first, Some(0));
            assert!(begun.load(Ordering::Relaxed) <= MOST_WAITING + 1);
        }
    }

    #[test]
    fn a_panic_in_any_thread_ends_the_work() {
        let items: Vec<usize> = (0..3 * MOST_WAITING).collect();
        for (threads, faulty) in [(1, 0), (4, 0), (4, 2 * MOST_WAITING), (4, items.len() - 1)] {
            let each = |(): &mut (), item: &usize| assert!(*item != faulty);
            assert!(catch_unwind(|| map(&items, threads, || (), each)).is_err(), "{threads} threads, {faulty}");
        }
    }
}
