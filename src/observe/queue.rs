//! The items that threads work on side by side, and what is done of them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So many results wait for one before them that takes longer: each takes memory.
pub(super) const MOST_WAITING: usize = 4096;

/// So many items of a thread are asked for ahead of those that it finishes.
pub(super) const MOST_AHEAD: usize = 16;

/// What a thread does next.
pub(super) enum Task<Item> {
    /// The first step of an item, of this number.
    Begin(usize, Item),
    /// The second step of the item that it began first.
    Finish,
}

/// An item that is done, if one is; and for how many the thread has asked ahead.
pub(super) type Progress<T> = (Option<(usize, T)>, usize);

/// What is done, and what is not yet.
pub(super) struct Queue<Item, T> {
    line: Mutex<Line<Item, T>>,
    /// The result that is asked for came.
    has_come: Condvar,
    /// There are more items, or fewer results wait.
    has_work: Condvar,
}

struct Line<Item, T> {
    /// Those that are not begun.
    items: VecDeque<Item>,
    /// No more of them come.
    is_whole: bool,
    /// The first item whose result was not taken.
    first: usize,
    /// From that one to the last that is begun.
    results: VecDeque<Option<T>>,
    /// The result that is asked for is waited for.
    is_awaited: bool,
    /// So many threads wait for work.
    idle: usize,
    /// A thread left early: nothing more is begun.
    is_over: bool,
}

impl<Item, T> Line<Item, T> {
    /// What a thread can do that has asked for so many items ahead.
    fn task(&mut self, ahead: usize) -> Option<Task<Item>> {
        if self.is_over {
            return None;
        }
        let may_begin = ahead < MOST_AHEAD && self.results.len() < MOST_WAITING;
        match may_begin.then(|| self.items.pop_front()).flatten() {
            Some(item) => {
                self.results.push_back(None);
                Some(Task::Begin(self.first + self.results.len() - 1, item))
            }
            None => (ahead > 0).then_some(Task::Finish),
        }
    }

    /// Every item is begun.
    fn is_begun(&self) -> bool {
        self.is_whole && self.items.is_empty()
    }
}

impl<Item, T> Queue<Item, T> {
    pub(super) fn new() -> Self {
        let line = Line {
            items: VecDeque::new(),
            is_whole: false,
            first: 0,
            results: VecDeque::new(),
            is_awaited: false,
            idle: 0,
            is_over: false,
        };
        Self { line: Mutex::new(line), has_come: Condvar::new(), has_work: Condvar::new() }
    }

    fn line(&self) -> MutexGuard<'_, Line<Item, T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds items, and after the last ones nothing more.
    pub(super) fn add(&self, items: &mut Vec<Item>, is_whole: bool) {
        let mut line = self.line();
        line.items.extend(items.drain(..));
        line.is_whole |= is_whole;
        self.wake(&line);
    }

    /// Lets those work that wait. To wake one costs a system call, whether or not it waits.
    fn wake(&self, line: &Line<Item, T>) {
        if line.idle > 0 {
            self.has_work.notify_all();
        }
    }

    /// What a helper does next that has asked for so many items ahead; nothing once all are done or begun by others.
    pub(super) fn wait_for_task(&self, ahead: usize) -> Option<Task<Item>> {
        let mut line = self.line();
        loop {
            if let Some(task) = line.task(ahead) {
                return Some(task);
            }
            if line.is_over || line.is_begun() {
                return None;
            }
            line.idle += 1;
            line = self.has_work.wait(line).unwrap_or_else(PoisonError::into_inner);
            line.idle -= 1;
        }
    }

    pub(super) fn put(&self, (done, ahead): Progress<T>) -> usize {
        let Some((index, result)) = done else { return ahead };
        let mut line = self.line();
        let place = index - line.first;
        line.results[place] = Some(result);
        if place == 0 && line.is_awaited {
            self.has_come.notify_one();
        }
        ahead
    }

    /// The next result; until it is there, others are worked on.
    pub(super) fn next(&self, ahead: &mut usize, work: &mut impl FnMut(Task<Item>) -> Progress<T>) -> Option<T> {
        let mut line = self.line();
        loop {
            if let Some(result) = line.results.front_mut().and_then(Option::take) {
                line.results.pop_front();
                line.first += 1;
                // Not for one at a time.
                if line.results.len() == MOST_WAITING / 2 {
                    self.wake(&line);
                }
                return Some(result);
            }
            if line.is_over || (line.is_begun() && line.results.is_empty()) {
                return None;
            }
            if let Some(task) = line.task(*ahead) {
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
pub(super) struct Ending<'a, Item, T>(pub &'a Queue<Item, T>);

impl<Item, T> Drop for Ending<'_, Item, T> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        if !line.is_begun() || thread::panicking() {
            line.is_over = true;
            self.0.has_come.notify_one();
            self.0.has_work.notify_all();
        }
    }
}
