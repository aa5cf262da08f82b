//! `--shard 2/3`: which of several runs looks at a target, by a hash that never changes.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::glob::fixed_part;
use super::{Endpoint, Entry, Watch};

/// More runs than this share no policy file.
const MOST: u32 = 100_000;

/// One of several runs that share the targets of a policy file: `2/3`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    of: u32,
    nth: u32,
}

/// Text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write the number of this run and how many there are, as in 1/3")]
pub struct NotAShard;

impl FromStr for Shard {
    type Err = NotAShard;

    fn from_str(text: &str) -> Result<Self, NotAShard> {
        let number = |digits: &str| {
            let is_plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| is_plain).ok_or(NotAShard)
        };
        let (nth, of) = text.split_once('/').ok_or(NotAShard)?;
        let (nth, of) = (number(nth)?, number(of)?);
        if (1..=of).contains(&nth) && of <= MOST { Ok(Self { of, nth }) } else { Err(NotAShard) }
    }
}

impl TryFrom<String> for Shard {
    type Error = NotAShard;

    fn try_from(text: String) -> Result<Self, NotAShard> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.nth, self.of)
    }
}

impl Shard {
    /// Whether it is the first of its runs, which alone tells what is told once.
    #[must_use]
    pub fn is_first(self) -> bool {
        self.nth == 1
    }

    /// How many runs there are.
    #[must_use]
    pub fn count(self) -> u32 {
        self.of
    }

    /// The first 8 bytes of the SHA-256 of the key as a number, modulo how many runs there are.
    fn has(self, key: &str) -> bool {
        let digest = Sha256::digest(key.as_bytes());
        let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        number.checked_rem(u64::from(self.of)) == Some(u64::from(self.nth.saturating_sub(1)))
    }
}

/// Something that one shard alone has.
#[derive(Clone, Copy, Debug)]
pub enum Site<'a> {
    /// A path.
    File(&'a str),
    /// An endpoint as it was written, or as it is remembered.
    Endpoint(&'a str),
    /// An entry that is at no path and no endpoint: a date, or a program.
    Entry(&'a str),
    /// What stands at no place.
    Other(&'a str),
}

/// How the targets of a policy file are divided.
#[derive(Debug)]
pub struct Division {
    shard: Shard,
    /// Targets that are judged together, each with another one that is nearer to the first of them.
    together: HashMap<String, String>,
    /// Files, and directories in which others are looked for.
    paths: HashSet<PathBuf>,
    endpoints: HashSet<String>,
    names: HashSet<String>,
}

impl Division {
    /// Keeps together: the files of one entry, a file and where it is deployed to, a file and the directory or glob that
    /// finds it too, and files of one lineage.
    #[must_use]
    pub fn new(shard: Shard, entries: &[Entry]) -> Self {
        let mut division = Self {
            shard,
            together: HashMap::new(),
            paths: HashSet::new(),
            endpoints: HashSet::new(),
            names: HashSet::new(),
        };
        for entry in entries {
            match &entry.watch {
                Watch::Files { patterns, .. } => {
                    division.paths.extend(patterns.iter().map(|pattern| fixed_part(pattern)));
                }
                Watch::Endpoints { endpoints, .. } => {
                    division.endpoints.extend(endpoints.iter().map(Endpoint::place));
                }
                Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) | Watch::Program(_) => {
                    division.names.insert(entry.name.to_string());
                }
            }
        }
        let paths: Vec<PathBuf> = division.paths.iter().cloned().collect();
        for path in &paths {
            let above = path.ancestors().skip(1).find(|above| division.paths.contains(*above)).map(lineage);
            if let Some(above) = above {
                division.join(lineage(path), above);
            }
        }
        for entry in entries {
            let Watch::Files { patterns, .. } = &entry.watch else { continue };
            let mut keys = patterns.iter().map(|pattern| lineage(&fixed_part(pattern)));
            let Some(first) = keys.next() else { continue };
            for key in keys.chain(entry.options.deploys_to.iter().map(Endpoint::place)) {
                division.join(first.clone(), key);
            }
        }
        division
    }

    /// The part that this run has.
    #[must_use]
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Leaves the targets of this shard, and the entries that have any.
    pub fn restrict(&self, entries: &mut Vec<Entry>) {
        entries.retain_mut(|entry| match &mut entry.watch {
            Watch::Files { patterns, .. } => {
                patterns.first().is_none_or(|pattern| self.has_key(&lineage(&fixed_part(pattern))))
            }
            Watch::Endpoints { endpoints, options } => {
                let all = endpoints.len();
                endpoints.retain(|endpoint| self.has_key(&endpoint.place()));
                Arc::make_mut(options).elsewhere = all.saturating_sub(endpoints.len());
                // What stands in a list that could not be read is not known.
                !endpoints.is_empty() || !entry.options.unread.is_empty()
            }
            Watch::Date(_) | Watch::Domains(_) | Watch::Published(_) | Watch::Program(_) => {
                self.shard.has(entry.name.as_str())
            }
        });
    }

    /// Whether it belongs to this shard.
    #[must_use]
    pub fn has(&self, site: Site<'_>) -> bool {
        match site {
            Site::File(path) => self.has_key(&self.file(Path::new(path)).unwrap_or_else(|| lineage(Path::new(path)))),
            Site::Endpoint(written) => self.has_key(&place(written)),
            Site::Entry(key) | Site::Other(key) => self.shard.has(key),
        }
    }

    /// Whether it is watched, by whichever shard.
    #[must_use]
    pub fn is_watched(&self, site: Site<'_>) -> bool {
        match site {
            Site::File(path) => self.file(Path::new(path)).is_some(),
            Site::Endpoint(written) => self.endpoints.contains(&place(written)),
            Site::Entry(name) => self.names.contains(name),
            Site::Other(_) => false,
        }
    }

    /// What stands for the file, or for the directory or glob that finds it.
    fn file(&self, path: &Path) -> Option<String> {
        path.ancestors().find(|above| self.paths.contains(*above)).map(lineage)
    }

    fn has_key(&self, key: &str) -> bool {
        self.shard.has(self.first(key))
    }

    /// The first of all that are judged together with it.
    fn first<'a>(&'a self, key: &'a str) -> &'a str {
        let mut first = key;
        while let Some(nearer) = self.together.get(first) {
            first = nearer;
        }
        first
    }

    fn join(&mut self, one: String, other: String) {
        let first = self.first(&one).min(self.first(&other)).to_owned();
        // Each of them leads there at once, so that no chain grows long.
        for key in [self.first(&one).to_owned(), self.first(&other).to_owned(), one, other] {
            if key != first {
                self.together.insert(key, first.clone());
            }
        }
    }
}

/// What files have in common of which one may renew another: the folder without certbot's `-0001`, and the name without
/// its digits.
fn lineage(path: &Path) -> String {
    const OF_CERTBOT: [&str; 4] = ["cert.pem", "chain.pem", "fullchain.pem", "privkey.pem"];
    let folder = path.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = match folder.rsplit_once('-') {
        Some((name, digits)) if digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => folder.as_str(),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().filter(|character| !character.is_ascii_digit()).collect();
    let name = if OF_CERTBOT.contains(&name.as_str()) { "fullchain.pem" } else { name.as_str() };
    format!("{folder}/{name}")
}

/// What stands for an endpoint: that of `name@host:443@via`, too.
fn place(written: &str) -> String {
    let parsed = |text: &str| text.parse::<Endpoint>().ok().map(|endpoint| endpoint.place());
    let of_part = || written.split(['@', '#']).find(|part| part.contains(':')).and_then(parsed);
    parsed(written).or_else(of_part).unwrap_or_else(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_one_of_as_many_as_there_are() {
        for good in ["1/1", "1/3", "3/3", "17/100000"] {
            assert_eq!(good.parse::<Shard>().unwrap().to_string(), good);
        }
        for bad in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/4", "a/3", "1/100001", "+1/3", "1 / 3", "1/99999999999"]
        {
            assert_eq!(bad.parse::<Shard>(), Err(NotAShard), "{bad}");
        }
    }

    #[test]
    fn every_key_is_in_one_shard_and_the_hash_never_changes() {
        for of in 1..20_u32 {
            let having = (1..=of).filter(|nth| Shard { of, nth: *nth }.has("www.example.com:443"));
            assert_eq!(having.count(), 1);
        }
        // The first 8 bytes of its SHA-256, as any other program has them.
        let number = 0x2d92_752e_6961_4799_u64;
        let key = "example.com:443";
        let digest = Sha256::digest(key);
        assert_eq!(digest[..8], number.to_be_bytes(), "{digest:?}");
        assert!(Shard { of: 7, nth: u32::try_from(number % 7).unwrap() + 1 }.has(key));
    }

    #[test]
    fn files_that_may_renew_each_other_are_one() {
        let same = |one: &str, other: &str| lineage(Path::new(one)) == lineage(Path::new(other));
        assert!(same("/live/www/fullchain.pem", "/live/www-0001/cert.pem"));
        assert!(same("/ssl/www-2025.pem", "/ssl/www-2026.pem"));
        assert!(same("/archive/www/fullchain1.pem", "/archive/www/cert12.pem"));
        assert!(!same("/ssl/www.pem", "/ssl/mail.pem"));
        assert!(!same("/live/www/fullchain.pem", "/live/mail/fullchain.pem"));
    }

    #[test]
    fn an_endpoint_is_known_by_its_place_however_it_is_remembered() {
        for same in ["example.com", "EXAMPLE.com:443", "www@example.com:443@192.0.2.1:443", "example.com:443#0011aabb"]
        {
            assert_eq!(place(same), "example.com:443", "{same}");
        }
        assert_eq!(place("smtp://mail.example.com"), "smtp://mail.example.com:25");
    }
}
