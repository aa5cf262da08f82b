//! Paths as they are written in a file.

use std::path::{Path, PathBuf};

use super::refusal::Refusal;

/// `$HOME` or `${HOME}` where a part of a path begins.
pub(super) fn variable_in(path: &str) -> Option<&str> {
    path.split('/').find_map(|part| {
        let name = part.strip_prefix('$')?;
        let name = name.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or(name, |(name, _)| name);
        let is_of_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        (!name.is_empty() && name.bytes().all(is_of_name)).then_some(part)
    })
}

/// `written` on the folder of its file.
pub(super) fn absolute(folder: &Path, written: &str) -> Result<PathBuf, Refusal> {
    if written.starts_with('~') {
        return Err(Refusal::new(format!("`~` in `{written}` is not expanded"), "write the whole path"));
    }
    if let Some(variable) = variable_in(written) {
        let message = format!("`{variable}` in `{written}` is not expanded");
        return Err(Refusal::new(message, "write the whole path, without a variable"));
    }
    Ok(folder.join(written).components().collect())
}
