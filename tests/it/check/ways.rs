//! The best way to a root: whatever order and however many certificates were sent, only what it needs counts.

use assert_cmd::Command;
use time::Duration;
use time::format_description::well_known::Rfc3339;

use super::{Folder, days};
use crate::support::certificates::{Authority, NOW, leaf};

/// Two roots, and an authority that both certify.
struct House {
    folder: Folder,
    old: Authority,
    new: Authority,
    authority: Authority,
}

impl House {
    fn new() -> Self {
        let (old, new) = (Authority::root("Old Root"), Authority::root("New Root"));
        let authority = new.intermediate("Issuing CA");
        let folder = Folder::new();
        folder.write("new.pem", &new.pem).write("both.pem", format!("{}{}", old.pem, new.pem));
        Self { folder, old, new, authority }
    }

    /// The authority as the old root certifies it.
    fn crossed(&self, left: Duration) -> String {
        self.authority.crossed(&self.old, NOW + left)
    }

    fn leaf(&self) -> String {
        self.authority.issue(&leaf(&["www.example.com"])).pem
    }

    fn judge(&self, parts: &[&str], roots: &str) -> Vec<String> {
        self.folder.write("site/chain.pem", parts.concat());
        let mut found = self.folder.found(&["site/chain.pem", "--ca-file", roots]);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0).1
    }
}

#[test]
fn an_expired_certificate_that_no_way_needs_is_silent_and_one_that_is_needed_is_not() {
    let house = House::new();
    let (leaf, expired) = (house.leaf(), house.crossed(-days(1)));
    assert_eq!(house.judge(&[&leaf, &expired, &house.authority.pem], "both.pem"), [""; 0]);
    assert_eq!(house.judge(&[&leaf, &house.authority.pem, &expired], "new.pem"), [""; 0]);
    assert_eq!(house.judge(&[&leaf, &expired], "both.pem"), ["expired", "untrusted", "chain-expires-soon"]);
}

#[test]
fn of_several_ways_the_one_that_lasts_longest_counts() {
    let house = House::new();
    let (leaf, soon) = (house.leaf(), house.crossed(days(5)));
    assert_eq!(house.judge(&[&leaf, &soon, &house.authority.pem], "both.pem"), [""; 0]);
    assert_eq!(house.judge(&[&leaf, &soon], "both.pem"), ["expires-soon", "chain-expires-soon"]);
    let short = house.authority.crossed(&house.new, NOW + days(9));
    assert_eq!(house.judge(&[&leaf, &soon, &short], "both.pem"), ["expires-soon", "chain-expires-soon"]);
    let said = house.folder.run(&["site/chain.pem", "--ca-file", "both.pem"]);
    assert!(said.stdout.contains("its issuer `CN=Issuing CA` expires in 9 days"), "{}", said.stdout);
}

#[test]
fn a_root_between_the_others_is_no_disorder_and_a_needed_issuer_out_of_its_place_is() {
    let house = House::new();
    let below = house.authority.intermediate("Lower CA");
    let leaf = below.issue(&leaf(&["www.example.com"])).pem;
    let (upper, lower, root) = (&house.authority.pem, &below.pem, &house.new.pem);
    assert_eq!(house.judge(&[&leaf, lower, upper], "new.pem"), [""; 0]);
    assert_eq!(house.judge(&[&leaf, root, lower, upper], "new.pem"), [""; 0]);
    assert_eq!(house.judge(&[&leaf, upper, lower], "new.pem"), ["chain-misordered"]);
    assert_eq!(house.judge(&[&leaf, lower], "new.pem"), ["untrusted"]);
    assert_eq!(house.judge(&[&leaf], "new.pem"), ["chain-incomplete"]);
}

#[test]
fn authorities_that_certify_each_other_in_a_circle_come_to_an_end() {
    let house = House::new();
    let (one, other) = (Authority::root("One"), Authority::root("Other"));
    let circle = [one.crossed(&other, NOW + days(900)), other.crossed(&one, NOW + days(900))];
    let leaf = one.issue(&leaf(&["www.example.com"])).pem;
    assert_eq!(house.judge(&[&leaf, &circle[0], &circle[1]], "new.pem"), ["untrusted"]);
    house.folder.write("one.pem", &one.pem);
    assert_eq!(house.judge(&[&leaf, &circle[0], &circle[1]], "one.pem"), [""; 0]);
}

#[test]
fn more_ways_than_can_be_walked_come_to_an_end() {
    let house = House::new();
    let leaf = house.leaf();
    let chain: String = (0..200).map(|nth| house.crossed(days(400 + nth))).collect();
    house.folder.write("many.pem", [leaf.as_str(), &house.authority.pem, &chain].concat());
    let found = house.folder.found(&["many.pem", "--ca-file", "new.pem"]);
    assert_eq!(found[0], super::found("many.pem", &[]));
}

#[test]
fn a_file_that_is_not_judged_has_its_issuers_end_unless_this_machine_knows_a_better_way() {
    let house = House::new();
    let (leaf, soon) = (house.leaf(), house.crossed(days(5)));
    house.folder.write("site.pem", [leaf.as_str(), &soon, &house.authority.pem].concat());
    let warns_with = |roots: &str| {
        let said = Command::new(env!("CARGO_BIN_EXE_certnotify"))
            .args(["check", "site.pem", "--at", &NOW.format(&Rfc3339).unwrap()])
            .current_dir(house.folder.path())
            .env("SSL_CERT_FILE", roots)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        String::from_utf8(said.stdout).unwrap().contains("chain expires soon")
    };
    house.folder.write("old.pem", &house.old.pem);
    assert!(warns_with("old.pem"));
    assert!(!warns_with("new.pem"));
}

#[test]
fn a_shard_without_any_target_says_so() {
    let house = House::new();
    house.folder.write("site.pem", house.leaf());
    let of_shard = |shard: &str, format: &str| {
        let said = house.folder.run(&["site.pem", "--shard", shard, "--format", format]);
        (said.code, said.stdout)
    };
    let empty = ["1/2", "2/2"].into_iter().filter(|shard| of_shard(shard, "table").1 == "ok: nothing to look at\n");
    let [empty] = empty.collect::<Vec<_>>()[..] else { panic!("not one shard is empty") };
    let nagios = "OK - nothing to look at | ok=0 warning=0 critical=0 unknown=0\n";
    assert_eq!(of_shard(empty, "nagios"), (0, nagios.to_owned()));
}
