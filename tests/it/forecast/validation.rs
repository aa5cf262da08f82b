//! Ways to validate a domain that end before the next renewal.

use serde_json::{Value, json};
use time::macros::datetime;

use crate::dated::World;
use crate::support::certificates::leaf;

/// What `check` finds at this time with this line in the entry of a certificate that ends 2028-05-20.
fn found(at: &str, lines: &str) -> Vec<Value> {
    let world = World::new();
    world.watches(&format!("[[certificates]]\nname = \"www\"\nfile = \"www.pem\"\n{lines}\n"));
    let wish = leaf(&["www.example.com"]).lives(datetime!(2028-02-10 0:00 UTC), datetime!(2028-05-20 0:00 UTC));
    world.put("www.pem", &wish.self_signed().pem);
    let report = world.json(&["check", "--at", at, "--format", "json"]);
    let findings = report["certificates"][0]["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["id"] == "renewal-blocked").cloned().collect()
}

#[test]
fn a_renewal_after_the_end_of_its_way_to_validate_is_told_before_that_day() {
    let early = found("2028-03-05T00:00:00Z", "validation = \"email\"");
    let message = early[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("its names are validated by e-mail, which no public authority does from 2028-03-15 on")
    );
    assert_eq!(early[0]["until"], json!("2028-03-15T00:00:00Z"));
    for (at, lines) in [
        ("2028-02-15T00:00:00Z", "validation = \"email\""),
        ("2028-03-05T00:00:00Z", "validation = \"dns\""),
        ("2028-03-05T00:00:00Z", ""),
        // It renews by itself before.
        ("2028-03-05T00:00:00Z", "validation = \"email\"\nrenewal = \"auto\"\nrenew-before = \"70d\""),
    ] {
        assert_eq!(found(at, lines), [json!(null); 0], "{at} {lines}");
    }
    let phone = found("2028-04-15T00:00:00Z", "validation = \"phone\"\nrenewal = \"auto\"");
    assert!(phone[0]["message"].as_str().unwrap().contains("by phone") && phone[0]["until"].is_string(), "{phone:?}");
}

#[test]
fn a_way_that_is_none_is_refused_with_the_nearest() {
    let world = World::new();
    world.put("www.pem", "");
    world.watches("[[certificates]]\nfile = \"www.pem\"\nvalidation = \"e-mail\"\n");
    let ran = world.runs(&["validate"]);
    assert!(ran.code == 3 && (ran.stdout + &ran.stderr).contains("`e-mail` is no way to validate a domain"));
}
