//! What services gave for a token, for a time: kept in memory, and no longer than the run.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::channels::Session;
use crate::policy::Revealed;

/// A session is not used in its last minutes, for a message needs some time as well.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// By what stands for the robot.
#[derive(Default)]
pub(super) struct Sessions(HashMap<String, (Revealed, Instant)>);

impl Sessions {
    pub(super) fn get(&self, robot: &str, now: Instant) -> Option<Revealed> {
        self.0.get(robot).filter(|(_, until)| now < *until).map(|(token, _)| token.clone())
    }

    pub(super) fn keep(&mut self, robot: String, session: &Session, now: Instant) {
        if let Some(until) = now.checked_add(session.lasts.saturating_sub(MARGIN)) {
            self.0.insert(robot, (session.token.clone(), until));
        }
    }

    pub(super) fn forget(&mut self, robot: &str) {
        self.0.remove(robot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_used_until_shortly_before_its_end() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let session = |seconds| Session { token: Revealed::new("t"), lasts: Duration::from_secs(seconds) };
        sessions.keep("a".to_owned(), &session(7200), now);
        sessions.keep("b".to_owned(), &session(60), now);
        sessions.keep("c".to_owned(), &session(u64::MAX), now);
        let is_known = |robot, seconds| sessions.get(robot, now + Duration::from_secs(seconds)).is_some();
        assert!(is_known("a", 0) && is_known("a", 6899) && !is_known("a", 6900));
        assert!(!is_known("b", 0) && !is_known("d", 0));
        sessions.forget("a");
        assert!(sessions.get("a", now).is_none());
    }
}
