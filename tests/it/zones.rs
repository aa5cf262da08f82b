//! Addresses of one link, which are reached by an interface of this machine.

use std::fs;

use time::Duration;

use crate::dated::{World, now};
use crate::support::certificates::leaf;
use crate::support::tls_server;

/// An address of one of this machine's links, with the number and the name of the interface; none on a machine without.
fn link() -> Option<(String, u32, String)> {
    let listed = fs::read_to_string("/proc/net/if_inet6").ok()?;
    listed.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [digits, number, _, "20", _, name] = words[..] else { return None };
        let address = std::net::Ipv6Addr::from(u128::from_str_radix(digits, 16).ok()?);
        Some((address.to_string(), u32::from_str_radix(number, 16).ok()?, name.to_owned()))
    })
}

#[test]
fn an_endpoint_of_a_link_is_looked_at_by_its_interface() {
    let Some((address, number, name)) = link() else { return };
    let served = leaf(&[address.as_str()]).lives(now() - Duration::days(1), now() + Duration::days(80)).self_signed();
    let Some(port) = tls_server::serve_at(&format!("[{address}%{number}]:0"), &served).map(|at| at.port()) else {
        return;
    };
    let world = World::new();
    let written = format!("[{address}%{name}]:{port}");
    for target in
        [written.clone(), format!("https://[{address}%25{name}]:{port}/"), format!("[{address}%{number}]:{port}")]
    {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_certnotify"));
        let output = command.args(["check", "--no-trust", "--format", "json", &target]).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["certificates"][0]["status"], "ok", "{target}: {report}");
    }
    world.watches(&format!("[[certificates]]\nendpoint = \"{written}\"\ntrust = false\n"));
    assert_eq!(world.runs(&["run"]).code, 0);
    let state = fs::read_to_string(world.path("state.json")).unwrap();
    assert!(state.contains(&written), "{state}");
}

#[test]
fn an_interface_that_is_not_there_is_said_and_one_of_another_address_is_refused() {
    let world = World::new();
    world.watches("[[certificates]]\nendpoint = \"[fe80::1%nosuch0]:443\"\n");
    let ran = world.runs(&["check"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stdout.contains("[fe80::1%nosuch0]:443"), "{}", ran.stdout);
    for wrong in ["[2001:db8::1%eth0]:443", "[fe80::1%]:443", "[fe80::1%a/b]:443", "192.0.2.1%eth0", "example.com%eth0"]
    {
        world.watches(&format!("[[certificates]]\nendpoint = \"{wrong}\"\n"));
        let ran = world.runs(&["validate"]);
        assert_eq!(ran.code, 3, "{wrong}: {}", ran.stdout);
        assert!((ran.stdout + &ran.stderr).contains("write [fe80::1%eth0]"), "{wrong}");
    }
}
