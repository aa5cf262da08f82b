//! How many sockets this process may open at the same time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Of everything else: files, pipes, the connections of the resolver.
const OTHERS: u64 = 64;

/// The limit of the process, raised while this lives: programs that are started later expect the usual one.
pub(super) struct Descriptors {
    before: Option<Rlimit>,
    /// As many sockets may be open.
    pub most: usize,
}

impl Descriptors {
    /// Raises the soft limit towards the hard one, as far as so many looks need it.
    pub(super) fn for_looks(looks: usize) -> Self {
        let limit = getrlimit(Resource::Nofile);
        let wanted = u64::try_from(looks).unwrap_or(u64::MAX).saturating_mul(4).div_ceil(3).saturating_add(OTHERS);
        let (Some(soft), hard) = (limit.current, limit.maximum) else { return Self { before: None, most: looks } };
        let raised = hard.map_or(wanted, |hard| wanted.min(hard));
        let is_raised = raised > soft
            && setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }).is_ok();
        let open = if is_raised { raised } else { soft };
        // A quarter is for what the resolver opens.
        let most = (open.saturating_sub(OTHERS) / 4 * 3).max(open / 8).max(1);
        Self { before: is_raised.then_some(limit), most: usize::try_from(most).unwrap_or(usize::MAX) }
    }
}

impl Drop for Descriptors {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            // What was raised may be lowered again.
            let _ = setrlimit(Resource::Nofile, before);
        }
    }
}
