//! The time zone of this machine, from its one file: the zone library lists the whole database first.

use std::env;
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path};

use certnotify::policy::Zone;

const LOCAL_TIME: &str = "/etc/localtime";
const DATABASES: [&str; 3] = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];
/// In the path of a zone, what its name follows.
const ROOT: &str = "zoneinfo/";
/// Leap seconds are counted in these, or it is the same once more.
const OTHER_TREES: [&str; 2] = ["right", "posix"];
/// The largest file of a zone has some 4 kB.
const LARGEST_FILE: u64 = 1024 * 1024;

/// As `TZ` says, else `/etc/localtime`, else UTC.
pub(crate) fn of_machine() -> Zone {
    let zone = match env::var_os("TZ") {
        Some(set) if set.is_empty() => Some(Zone::UTC),
        Some(set) => set.to_str().and_then(of_variable),
        None => of_file(Path::new(LOCAL_TIME)),
    };
    zone.unwrap_or_else(Zone::from_machine)
}

/// The file of a zone in the machine's database, of a name written as there.
pub(crate) fn read_named(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(name);
    let is_name = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_name || OTHER_TREES.iter().any(|tree| path.starts_with(tree)) || env::var_os("TZDIR").is_some() {
        return None;
    }
    let database = DATABASES.iter().map(Path::new).find(|database| database.is_dir())?;
    read(&database.join(path))
}

/// A name or a path, after a colon or without one; rules of POSIX (`CET-1CEST,M3.5.0,M10.5.0/3`) are left to the library.
fn of_variable(set: &str) -> Option<Zone> {
    let written = match set.strip_prefix(':') {
        Some(written) => written,
        None if set.contains(['<', ',']) || !set.contains('/') && set.contains(|c: char| c.is_ascii_digit()) => {
            return None;
        }
        None => set,
    };
    let name = written.rfind(ROOT).map_or(written, |at| &written[at + ROOT.len()..]);
    of_name(name).or_else(|| of_file(Path::new(written)))
}

/// By the name that its link leads to, else by what is in it.
fn of_file(path: &Path) -> Option<Zone> {
    let target = path.read_link().ok();
    let target = target.as_deref().and_then(Path::to_str);
    let name = target.and_then(|target| Some(&target[target.rfind(ROOT)? + ROOT.len()..]));
    match name {
        Some(name) => of_name(name),
        None => Zone::parse(None, &read(path)?),
    }
}

fn of_name(name: &str) -> Option<Zone> {
    if name == "UTC" { Some(Zone::UTC) } else { Zone::parse(Some(name), &read_named(name)?) }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|metadata| metadata.is_file()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use time::macros::datetime;

    use super::*;

    const PARIS: &str = "/usr/share/zoneinfo/Europe/Paris";

    fn summer(zone: &Zone) -> String {
        zone.minute(datetime!(2026-07-01 12:00 UTC))
    }

    fn has_database() -> bool {
        Path::new(PARIS).exists()
    }

    #[test]
    fn a_variable_names_a_zone_with_or_without_a_colon_or_its_whole_path() {
        assert_eq!(of_variable("UTC"), Some(Zone::UTC));
        assert_eq!(of_variable(":UTC"), Some(Zone::UTC));
        if !has_database() {
            return;
        }
        for set in ["Europe/Paris", ":Europe/Paris", PARIS, ":/usr/share/zoneinfo/Europe/Paris"] {
            let zone = of_variable(set).unwrap();
            assert_eq!((zone.name(), summer(&zone).as_str()), ("Europe/Paris", "2026-07-01 14:00 CEST"), "{set}");
            assert_eq!(zone, Zone::named("Europe/Paris").unwrap(), "{set}");
        }
    }

    #[test]
    fn rules_unknown_names_and_trees_with_leap_seconds_are_left_to_the_library() {
        for set in ["EST5EDT", "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3", "Mars/Olympus", "", "right/Europe/Paris"] {
            assert_eq!(of_variable(set), None, "{set}");
        }
        for name in ["../zoneinfo/Europe/Paris", "/etc/passwd", "posix/Europe/Paris", "europe/paris", "Europe", ""] {
            assert_eq!(read_named(name).filter(|_| name != "europe/paris"), None, "{name}");
        }
    }

    #[test]
    fn a_link_gives_the_name_a_copy_only_the_hours_and_a_broken_link_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        if has_database() {
            symlink("../usr/share/zoneinfo/Europe/Paris", at("link")).unwrap();
            assert_eq!(of_file(&at("link")).unwrap().name(), "Europe/Paris");
            std::fs::copy(PARIS, at("copy")).unwrap();
            let copy = of_file(&at("copy")).unwrap();
            assert_eq!((copy.name(), summer(&copy).as_str()), ("UTC", "2026-07-01 14:00 CEST"));
            symlink(at("copy"), at("elsewhere")).unwrap();
            assert_eq!(of_file(&at("elsewhere")), Some(copy));
        }
        symlink("/usr/share/zoneinfo/Mars/Olympus", at("broken")).unwrap();
        symlink(at("gone"), at("to-nothing")).unwrap();
        std::fs::write(at("text"), "Europe/Paris").unwrap();
        for name in ["broken", "to-nothing", "text", "absent"] {
            assert_eq!(of_file(&at(name)), None, "{name}");
        }
        assert_eq!(of_file(folder.path()), None);
    }
}
