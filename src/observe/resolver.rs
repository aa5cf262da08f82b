//! Names to addresses, on threads of their own: the system's resolver knows no deadline.

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::cause::SystemError;

/// Names that are asked for at the same time.
const MOST_THREADS: usize = 256;
/// The resolver of the C library and its modules, in bytes.
const STACK: usize = 512 * 1024;

/// The addresses of a name, with port 0; or why it has none, as the resolver says: nothing where its answer is empty.
pub(super) type Found = Result<Vec<SocketAddr>, Option<SystemError>>;

/// Told once an answer is there.
type Listener = Box<dyn FnOnce(Found) + Send>;

/// Asks for each name once.
#[derive(Clone, Default)]
pub(super) struct Resolver(Arc<Mutex<Questions>>);

#[derive(Default)]
struct Questions {
    known: HashMap<String, Answer>,
    waiting: VecDeque<String>,
    threads: usize,
}

enum Answer {
    Awaited(Vec<Listener>),
    Found(Found),
}

impl Resolver {
    /// Tells `listener` the addresses of `name`, at once where they are known, else from another thread.
    pub(super) fn ask(&self, name: &str, listener: impl FnOnce(Found) + Send + 'static) {
        let Ok(mut questions) = self.0.lock() else { return };
        match questions.known.get_mut(name) {
            Some(Answer::Found(found)) => {
                let found = found.clone();
                drop(questions);
                listener(found);
                return;
            }
            Some(Answer::Awaited(listeners)) => {
                listeners.push(Box::new(listener));
                return;
            }
            None => {}
        }
        questions.known.insert(name.to_owned(), Answer::Awaited(vec![Box::new(listener)]));
        questions.waiting.push_back(name.to_owned());
        if questions.threads == MOST_THREADS {
            return;
        }
        questions.threads += 1;
        drop(questions);
        let resolver = self.clone();
        let begun = thread::Builder::new().name("resolver".to_owned()).stack_size(STACK);
        if let Err(error) = begun.spawn(move || resolver.work()) {
            self.give_up_without_threads(&SystemError::from_io(&error));
        }
    }

    /// Whether the next name would have to wait for one before it.
    pub(super) fn is_busy(&self) -> bool {
        self.0.lock().is_ok_and(|questions| questions.threads == MOST_THREADS)
    }

    fn work(&self) {
        loop {
            let Ok(mut questions) = self.0.lock() else { return };
            let Some(name) = questions.waiting.pop_front() else {
                questions.threads -= 1;
                return;
            };
            drop(questions);
            let found = look_up(&name);
            self.settle(&name, &found);
        }
    }

    fn settle(&self, name: &str, found: &Found) {
        let Ok(mut questions) = self.0.lock() else { return };
        let before = questions.known.insert(name.to_owned(), Answer::Found(found.clone()));
        drop(questions);
        if let Some(Answer::Awaited(listeners)) = before {
            for listener in listeners {
                listener(found.clone());
            }
        }
    }

    /// The machine gives no thread: with others at work the name waits for one of them, else it has no address.
    fn give_up_without_threads(&self, cause: &SystemError) {
        let Ok(mut questions) = self.0.lock() else { return };
        questions.threads -= 1;
        if questions.threads > 0 {
            return;
        }
        let waiting = std::mem::take(&mut questions.waiting);
        drop(questions);
        for name in waiting {
            self.settle(&name, &Err(Some(cause.clone())));
        }
    }
}

/// Every address of a name, each once, in the order that the system prefers.
fn look_up(name: &str) -> Found {
    let found = (name, 0).to_socket_addrs().map_err(|error| Some(SystemError::from_resolver(&error)))?;
    let mut addresses = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(None) } else { Ok(addresses) }
}
