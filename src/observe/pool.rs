//! Many looks side by side on a bounded number of threads.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many results wait for one before them that takes longer: each takes memory.
const MOST_WAITING: usize = 4096;

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
    in_order(items, threads, state, each, |results| results.collect())
}

/// The same, and gives `take` each result once those before it are there: very many are not held at a time.
pub(super) fn in_order<Item, State, Outcome, T>(
    items: &[Item],
    threads: usize,
    state: impl Fn() -> State + Sync,
    each: impl Fn(&mut State, &Item) -> Outcome + Sync,
    take: impl FnOnce(&mut dyn Iterator<Item = Outcome>) -> T,
) -> T
where
    Item: Sync,
    Outcome: Send,
{
    let queue = Queue::new(items.len());
    let help = || {
        let _ending = Ending(&queue);
        let mut state = state();
        while let Some(index) = queue.wait_for_work() {
            queue.put(index, each(&mut state, &items[index]));
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
        let mut state = state();
        take(&mut std::iter::from_fn(|| queue.next(|index| each(&mut state, &items[index]))))
    })
}

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
    fn begin(&mut self, count: usize) -> Option<usize> {
        let index = self.next;
        let is_to_be_begun = !self.is_over && index < count && self.results.len() < MOST_WAITING;
        is_to_be_begun.then(|| {
            self.next += 1;
            self.results.push_back(None);
            index
        })
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

    /// The next item for a helper; none once all are begun.
    fn wait_for_work(&self) -> Option<usize> {
        let mut line = self.line();
        loop {
            if line.is_over || line.next >= self.count {
                return None;
            }
            if let Some(index) = line.begin(self.count) {
                return Some(index);
            }
            line = self.has_room.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, index: usize, result: T) {
        let mut line = self.line();
        let place = index - line.first;
        line.results[place] = Some(result);
        // To wake one costs a system call, whether or not it waits.
        if place == 0 && line.is_awaited {
            self.has_come.notify_one();
        }
    }

    /// The next result; until it is there, others are worked on.
    fn next(&self, mut each: impl FnMut(usize) -> T) -> Option<T> {
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
            if let Some(index) = line.begin(self.count) {
                drop(line);
                let result = each(index);
                self.put(index, result);
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
    fn no_more_results_wait_than_are_held_and_what_is_not_taken_is_not_begun() {
        let items: Vec<usize> = (0..3 * MOST_WAITING).collect();
        for threads in [1, 4] {
            let begun = AtomicUsize::new(0);
            let each = |(): &mut (), item: &usize| (begun.fetch_add(1, Ordering::Relaxed), *item).1;
            let first = in_order(&items, threads, || (), each, |results| results.next());
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
