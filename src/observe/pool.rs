//! Many looks side by side on a bounded number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
    let next = AtomicUsize::new(0);
    let work = || {
        let mut state = state();
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, each(&mut state, item)));
        }
    };
    let done = thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads.min(items.len()))
            // A machine that gives no more threads is slower, no more.
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = vec![work()];
        for helper in helpers {
            done.push(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    // What one thread did is in the order of the items.
    let mut done: Vec<_> = done.into_iter().map(|of_thread| of_thread.into_iter().peekable()).collect();
    let mut next = |index| done.iter_mut().find_map(|of_thread| of_thread.next_if(|(own, _)| *own == index));
    (0..items.len()).map_while(|index| next(index).map(|(_, outcome)| outcome)).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_number_of_threads() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 3, 64] {
            let doubled = map(&items, threads, || (), |(), item| item * 2);
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        assert!(map(&[] as &[u8], 4, || (), |(), item| *item).is_empty());
    }
}
