//! What work costs, whatever else the machine does meanwhile.

use std::fs;
use std::time::Duration;

/// Processor time that this thread spends on `work`.
pub fn time_of(work: impl FnOnce()) -> Duration {
    let before = spent();
    work();
    spent().saturating_sub(before)
}

/// The first number of proc(5) schedstat: nanoseconds on a processor.
fn spent() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
