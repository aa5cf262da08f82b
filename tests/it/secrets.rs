//! A secret in every place where one may stand, and what is said of it: nothing.

mod echoed;
mod given;
mod pasted;
mod places;
mod printed;
mod sourced;

use std::fs;
use std::path::Path;

/// Every text below a directory but the policy files.
fn texts_below(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &texts_below(&path);
        } else {
            all += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    all
}
