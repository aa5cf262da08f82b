//! What is read of one output of a program.

use std::io::{self, Read};
use std::os::fd::AsFd;

/// So many bytes are read at once.
const CHUNK: usize = 4096;

/// What is kept of an output.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Kept {
    /// So many bytes at its end.
    Last(usize),
    /// All of it; a program that prints more bytes than this is killed.
    Whole { most: usize },
}

/// One output of the program.
pub(super) struct ProgramOutput<T> {
    pub pipe: Option<T>,
    pub kept: Vec<u8>,
    how: Kept,
}

impl<T: Read + AsFd> ProgramOutput<T> {
    pub(super) fn new(pipe: Option<T>, how: Kept) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { pipe, kept: Vec::new(), how })
    }

    pub(super) fn is_too_much(&self) -> bool {
        matches!(self.how, Kept::Whole { most } if self.kept.len() > most)
    }

    /// Reads what is there. One that speaks without end is heard again later.
    pub(super) fn hear(&mut self) {
        let mut bytes = [0; CHUNK];
        for _ in 0..64 {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut bytes) {
                Ok(0) => self.pipe = None,
                Ok(read) => {
                    self.kept.extend_from_slice(&bytes[..read]);
                    match self.how {
                        Kept::Last(last) => drop(self.kept.drain(..self.kept.len().saturating_sub(last))),
                        Kept::Whole { most } if self.kept.len() > most => return,
                        Kept::Whole { .. } => {}
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.pipe = None,
            }
        }
    }
}
