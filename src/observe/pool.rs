//! Many looks side by side on a bounded number of threads.

use std::collections::VecDeque;
use std::thread;

use super::queue::{Ending, Progress, Queue, Task};

/// So many items are handed over at a time: each time takes a lock.
const BATCH: usize = 64;

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
    let begin = |state: &mut State, item: &&Item| Some(each(state, item));
    let finish = |state: &mut State, item: &&Item| each(state, item);
    in_order(state, begin, finish, |feed| {
        for item in items {
            feed.push(item);
        }
        feed.start(threads.min(items.len()));
        feed.results().collect()
    })
}

/// Works on items while `all` finds more of them, which then takes the results in the order of the items, each once
/// those before it are there: very many are not held at a time. What `begin` has no outcome for at once, having asked
/// for what it needs, `finish` does after others were begun. Every thread has its own state.
pub(super) fn in_order<Item, State, Outcome, T>(
    state: impl Fn() -> State + Sync,
    begin: impl Fn(&mut State, &Item) -> Option<Outcome> + Sync,
    finish: impl Fn(&mut State, &Item) -> Outcome + Sync,
    all: impl FnOnce(&mut Feed<'_, Item, Outcome>) -> T,
) -> T
where
    Item: Send,
    Outcome: Send,
{
    let queue = Queue::new();
    let (begin, finish) = (&begin, &finish);
    let worker = || {
        let (mut state, mut ahead) = (state(), VecDeque::new());
        move |task: Task<Item>| match task {
            Task::Begin(index, item) => {
                let outcome = begin(&mut state, &item);
                if outcome.is_none() {
                    ahead.push_back((index, item));
                }
                (outcome.map(|outcome| (index, outcome)), ahead.len())
            }
            Task::Finish => {
                let done = ahead.pop_front().map(|(index, item)| (index, finish(&mut state, &item)));
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
        // Whatever of the results is not taken is not waited for.
        let _ending = Ending(&queue);
        let mut help = || thread::Builder::new().spawn_scoped(scope, help).is_ok();
        let batch = Vec::with_capacity(BATCH);
        all(&mut Feed { queue: &queue, batch, threads: 1, help: &mut help, work: &mut worker() })
    })
}

/// Takes the items, and has the results.
pub(super) struct Feed<'a, Item, Outcome> {
    queue: &'a Queue<Item, Outcome>,
    /// Not handed over yet.
    batch: Vec<Item>,
    /// That work, or will once the results are taken.
    threads: usize,
    /// Begins a thread, where the machine gives one.
    help: &'a mut dyn FnMut() -> bool,
    work: &'a mut dyn FnMut(Task<Item>) -> Progress<Outcome>,
}

impl<Item, Outcome> Feed<'_, Item, Outcome> {
    pub(super) fn push(&mut self, item: Item) {
        self.batch.push(item);
        if self.batch.len() == BATCH {
            self.queue.add(&mut self.batch, false);
        }
    }

    /// From now on so many threads work, that of the caller among them.
    pub(super) fn start(&mut self, threads: usize) {
        while self.threads < threads {
            // A machine that gives no more threads is slower, no more.
            self.threads = if (self.help)() { self.threads + 1 } else { usize::MAX };
        }
    }

    /// There are no more items: the results of all, in their order.
    pub(super) fn results(&mut self) -> impl Iterator<Item = Outcome> {
        self.queue.add(&mut self.batch, true);
        let mut ahead = 0;
        std::iter::from_fn(move || self.queue.next(&mut ahead, &mut self.work))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::observe::queue::{MOST_AHEAD, MOST_WAITING};

    /// The outcome of each number in its order, where `threads` work on them.
    fn in_order_by<State, Outcome: Send>(
        (count, threads): (usize, usize),
        state: impl Fn() -> State + Sync,
        begin: impl Fn(&mut State, &usize) -> Option<Outcome> + Sync,
        finish: impl Fn(&mut State, &usize) -> Outcome + Sync,
    ) -> Vec<Outcome> {
        in_order(state, begin, finish, |feed| {
            feed.start(threads);
            (0..count).for_each(|item| feed.push(item));
            feed.results().collect()
        })
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
            let done = in_order_by((10_000, threads), || 0, begin, finish);
            assert!(done.iter().map(|(item, _)| *item).eq(0..10_000));
            assert!(done.iter().any(|(_, open)| *open == MOST_AHEAD - 1));
        }
    }

    #[test]
    fn work_begins_before_the_last_item_is_found() {
        let (begun, found) = std::sync::mpsc::channel();
        let each = |(): &mut (), item: &usize| (begun.send(*item).is_ok(), *item).1;
        let done: Vec<usize> = in_order(
            || (),
            |(), item| Some(each(&mut (), item)),
            each,
            |feed| {
                feed.start(2);
                (0..BATCH).for_each(|item| feed.push(item));
                assert_eq!(found.recv(), Ok(0));
                feed.push(BATCH);
                feed.results().collect()
            },
        );
        assert!(done.into_iter().eq(0..=BATCH));
    }

    #[test]
    fn no_more_results_wait_than_are_held_and_what_is_not_taken_is_not_begun() {
        for threads in [1, 4] {
            let count = AtomicUsize::new(0);
            let each = |(): &mut (), item: &usize| (count.fetch_add(1, Ordering::Relaxed), *item).1;
            let begin = |state: &mut (), item: &usize| Some(each(state, item));
            let first = in_order(
                || (),
                begin,
                each,
                |feed| {
                    (0..3 * MOST_WAITING).for_each(|item| feed.push(item));
                    feed.start(threads);
                    feed.results().next()
                },
            );
            assert_eq!(first, Some(0));
            assert!(count.load(Ordering::Relaxed) <= MOST_WAITING + 1);
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

    #[test]
    fn a_panic_of_what_finds_the_items_ends_the_work() {
        let fails = || -> Vec<usize> {
            in_order(
                || (),
                |(), item: &usize| Some(*item),
                |(), item| *item,
                |feed| {
                    feed.start(4);
                    (0..2 * BATCH).for_each(|item| feed.push(item));
                    panic!("no more is found")
                },
            )
        };
        assert!(catch_unwind(fails).is_err());
    }
}
