//! Where a report goes: standard output, or a file that is replaced in one step.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use certnotify::cause::SystemError;
use certnotify::disk;

use super::exit::CliError;
use super::output::full;

/// Writes to standard output what `produce` writes, as it comes. A reader that went away (`| head`) is no error.
pub(crate) fn standard_output(produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    as_it_comes(produce).map_err(|error| full(&error))
}

fn as_it_comes(produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match produce(&mut writer).and_then(|()| writer.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no reader: dropping the writer must not try again.
            let _ = writer.into_parts();
            Ok(())
        }
        outcome => outcome,
    }
}

/// Colour is wanted on standard output, and it can show it.
pub(crate) fn has_color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Columns of the terminal that standard output is; nothing where it is none.
pub(crate) fn columns() -> Option<usize> {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(stdout).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Replaces the file in one step by what `produce` writes: a reader sees the old report or the new one, never half of
/// one. What is no regular file (`/dev/stdout`, a FIFO) is written to as it is, and `-` is standard output.
pub(crate) fn file(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    replace(path, produce).map_err(|error| unwritten("report", path, &error))
}

/// As [`file`], for who says itself what failed.
pub(crate) fn replace(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if path == Path::new("-") {
        return as_it_comes(produce);
    }
    // A link stays a link: the file behind it is the one that is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_special = fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file());
    if is_special {
        write_through(OpenOptions::new().write(true), &target, produce)
    } else {
        disk::replace(&target, produce)
    }
}

/// The failure to write `path`, which is a `what`: in words, and with what to do.
pub(crate) fn unwritten(what: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    let cause = CannotWrite::new(path, error);
    CliError { message: format!("{what} `{}`: {cause}", path.display()), help: cause.help().to_owned() }.into()
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotWrite {
    #[error("the folder `{0}` is not there")]
    NoFolder(String),
    #[error("it is a folder")]
    IsAFolder,
    #[error("it cannot be written: {}", .0.said)]
    Other(SystemError),
}

impl CannotWrite {
    pub(crate) fn new(path: &Path, error: &io::Error) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder {
            Some(folder) if error.kind() == io::ErrorKind::NotFound && !folder.exists() => {
                Self::NoFolder(folder.display().to_string())
            }
            _ if error.kind() == io::ErrorKind::IsADirectory => Self::IsAFolder,
            _ => Self::Other(SystemError::from_io(error)),
        }
    }

    const fn help(&self) -> &'static str {
        match self {
            Self::NoFolder(_) => "make the folder first, or name another file",
            Self::IsAFolder => "name a file in it",
            Self::Other(_) => "name another file, or see to its folder: who may write there, and whether it is full",
        }
    }
}

/// Adds to the end of a file what `produce` writes.
pub(crate) fn append(path: &Path, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let written = write_through(OpenOptions::new().append(true).create(true), path, produce);
    written.map_err(|error| unwritten("report", path, &error))
}

fn write_through(
    options: &OpenOptions,
    path: &Path,
    produce: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut writer = BufWriter::new(options.open(path)?);
    produce(&mut writer)?;
    writer.flush()
}
