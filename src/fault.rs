//! A panic in the work on one item: caught, so that the work on the others goes on.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

/// That the program itself failed. The words of the panic may quote text from outside or a secret, and are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// File and line of the source, where the hook of the binary has noted them.
    pub at: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault in certnotify itself")?;
        self.at.as_ref().map_or(Ok(()), |at| write!(f, " ({at})"))
    }
}

impl Fault {
    /// What a person can do about it.
    pub const HELP: &'static str = "please report this line to the authors of certnotify; the rest was done";
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does `work`, and returns where it panics. What `work` was changing may be half done then: it should own that.
///
/// # Errors
/// It panicked.
pub fn contained<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get().saturating_sub(1));
    outcome.map_err(|_| Fault { at: PLACE.take() })
}

/// For the panic hook of the binary: notes where a panic began. Whether it is contained, and so reported in words.
#[must_use]
pub fn note_panic(file: &str, line: u32) -> bool {
    let is_contained = DEPTH.get() > 0;
    if is_contained {
        PLACE.replace(Some(format!("{}:{line}", below_source(file))));
    }
    is_contained
}

/// `time-0.3.47/src/date.rs` of the whole path on the machine that built the program.
fn below_source(file: &str) -> String {
    let parts: Vec<&str> = file.split('/').collect();
    let source = parts.iter().rposition(|part| *part == "src").unwrap_or_default();
    parts.get(source.saturating_sub(1)..).unwrap_or_default().join("/")
}

/// What work on many items came to.
#[derive(Debug)]
pub struct Sifted<T> {
    /// What it made of the others.
    pub outcome: Result<T, Fault>,
    /// Items that it panics on, by their number.
    pub faulty: BTreeMap<usize, Fault>,
}

/// Attempts at finding the items that a panic comes from: one of 100,000 takes 34.
const ATTEMPTS: usize = 100;

/// Does `work` to the items 0 to `count`, given by their numbers. Where it panics, the items that it panics on are found by
/// halving and left out.
pub fn sifted<T>(count: usize, work: impl Fn(&[usize]) -> T) -> Sifted<T> {
    let all: Vec<usize> = (0..count).collect();
    let whole = contained(|| work(&all));
    let mut faulty = BTreeMap::new();
    let Err(fault) = whole else { return Sifted { outcome: whole, faulty } };
    let nothing = contained(|| work(&[]));
    if nothing.is_err() {
        return Sifted { outcome: nothing, faulty };
    }
    search(&all, &fault, &|items| contained(|| work(items)).err(), &mut ATTEMPTS.clone(), &mut faulty);
    let kept: Vec<usize> = all.into_iter().filter(|item| !faulty.contains_key(item)).collect();
    Sifted { outcome: contained(|| work(&kept)), faulty }
}

/// Adds to `faulty` those of `items` without which there is no fault; all of them once there were too many attempts.
fn search(
    items: &[usize],
    fault: &Fault,
    fault_of: &dyn Fn(&[usize]) -> Option<Fault>,
    attempts: &mut usize,
    faulty: &mut BTreeMap<usize, Fault>,
) {
    let (first, second) = items.split_at(items.len() / 2);
    if first.is_empty() || *attempts < 2 {
        faulty.extend(items.iter().map(|item| (*item, fault.clone())));
        return;
    }
    *attempts -= 2;
    let halves = [first, second].map(|half| (half, fault_of(half)));
    if halves.iter().all(|(_, fault)| fault.is_none()) {
        // Only both together are too much.
        faulty.extend(second.iter().map(|item| (*item, fault.clone())));
    }
    for (half, fault) in halves {
        if let Some(fault) = fault {
            search(half, &fault, fault_of, attempts, faulty);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_without(bad: &[usize], count: usize) -> Sifted<usize> {
        sifted(count, |items| {
            assert!(!items.iter().any(|item| bad.contains(item)));
            items.iter().sum()
        })
    }

    #[test]
    fn a_panic_ends_the_work_on_its_item_alone() {
        let halves: Vec<_> = [4, 0, 2].map(|number: i32| contained(|| 8_i32.checked_div(number).unwrap())).into();
        assert_eq!(halves[0], Ok(2));
        assert!(halves[1].as_ref().is_err_and(|fault| fault.to_string().starts_with("a fault in certnotify itself")));
        assert_eq!(halves[2], Ok(4));
        assert!(!note_panic("src/main.rs", 1), "outside nothing is contained");
        let noted = contained(|| {
            assert!(note_panic("/build/registry/src/index.example/time-0.3.47/src/date.rs", 7));
            panic!("a secret");
        });
        let said = noted.map_err(|fault: Fault| fault.to_string());
        assert_eq!(said, Err::<(), _>("a fault in certnotify itself (time-0.3.47/src/date.rs:7)".to_owned()));
    }

    #[test]
    fn only_the_items_that_panic_are_left_out() {
        for bad in [&[][..], &[0], &[99], &[3, 4, 70]] {
            let sifted = sum_without(bad, 100);
            assert_eq!(sifted.faulty.keys().copied().collect::<Vec<_>>(), bad);
            assert_eq!(sifted.outcome, Ok((0..100).filter(|item| !bad.contains(item)).sum()));
        }
    }

    #[test]
    fn the_search_ends_where_everything_panics() {
        let every: Vec<usize> = (0..1000).collect();
        let sifted = sum_without(&every, 1000);
        assert_eq!((sifted.outcome, sifted.faulty.len()), (Ok(0), 1000));
        let never = super::sifted(1000, |_| -> () { panic!("whatever is left out") });
        assert!(never.outcome.is_err() && never.faulty.is_empty());
    }

    #[test]
    fn two_items_that_panic_only_together_are_parted() {
        let sifted = sifted(2, |items| assert!(items.len() < 2));
        assert_eq!(sifted.faulty.into_keys().collect::<Vec<_>>(), [1]);
    }
}
