//! The policy of an import, and what is said of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::draft::{DEFAULT_POLICY, head, plain, quoted};
use super::import::{Import, Item, Keys, What};

/// So many notes are printed; the file has all.
const PRINTED: usize = 50;

/// The policy file, with a comment where each certificate was found and what could not be carried over.
pub(in super::super) fn policy(import: &Import, email: Option<&str>) -> String {
    let mut text = head(email);
    text.push_str(DEFAULT_POLICY);
    // What has no name and the same keys is one entry.
    let mut lists: BTreeMap<&Keys, Vec<&Item>> = BTreeMap::new();
    for item in &import.items {
        match &item.what {
            What::Endpoint(_) if item.name.is_none() => lists.entry(&item.keys).or_default().push(item),
            _ => entry(&mut text, item),
        }
    }
    for (keys, items) in lists {
        if let [item] = items.as_slice() {
            entry(&mut text, item);
            continue;
        }
        text.push_str("\n[[certificates]]\nendpoint = [\n");
        for item in items {
            let (What::Endpoint(written) | What::File(written)) = &item.what;
            let _ = writeln!(text, "    {},  # {}", quoted(written), plain(&item.at));
        }
        text.push_str("]\n");
        text.push_str(&keys.written());
    }
    if !import.notes.is_empty() {
        text.push_str("\n# Not carried over, or not as it was:\n");
        for note in &import.notes {
            let _ = writeln!(text, "# - {}", plain(note));
        }
    }
    text
}

fn entry(text: &mut String, item: &Item) {
    let _ = writeln!(text, "\n# {}\n[[certificates]]", plain(&item.at));
    if let Some(name) = &item.name {
        let _ = writeln!(text, "name = {}", quoted(name));
    }
    let _ = match &item.what {
        What::Endpoint(written) => writeln!(text, "endpoint = {}", quoted(written)),
        What::File(written) => writeln!(text, "file = {}", quoted(written)),
    };
    text.push_str(&item.keys.written());
}

/// The notes, a line each.
pub(in super::super) fn said(import: &Import) -> Vec<String> {
    let mut lines: Vec<String> = import.notes.iter().take(PRINTED).map(|note| plain(note)).collect();
    if import.notes.len() > PRINTED {
        lines.push(format!("and {} more: the end of the policy file has all", import.notes.len() - PRINTED));
    }
    lines
}

impl Import {
    /// How many there are: endpoints and files.
    pub(in super::super) fn counts(&self) -> (usize, usize) {
        let files = self.items.iter().filter(|item| matches!(item.what, What::File(_))).count();
        (self.items.len() - files, files)
    }
}
