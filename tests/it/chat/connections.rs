//! What can go wrong between certnotify and a vendor, and how far each goes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use certnotify::deliver::{DeliveryError, Transport as _};
use certnotify::policy::{Channel, ChannelConfig};
use time::macros::datetime;

use super::{CHANNELS, HASTE, ROBOTS, SECRET, TOKEN, answer, channels, faulty, help, send, webhook};
use crate::support::authority::Authority;
use crate::support::chat_vendors::{ChannelConfig as Knobs, Fault, Vendors};
use crate::support::delivery::{NOW, contact_with_robot, literal, message, no_environment, policies, robot};
use crate::support::tls_server::closed;

#[test]
fn http_200_without_the_vendors_word_is_no_success() {
    for channel in ROBOTS {
        for fault in
            [Fault::Html(200), Fault::Body("{}"), Fault::Body(""), Fault::Body("[]"), Fault::Body(r#"{"errcode":0"#)]
        {
            let error = answer(channel, faulty(fault.clone())).unwrap_err();
            assert!(matches!(error, DeliveryError::Transient { .. }), "{channel} {fault:?}: {error:?}");
        }
        let fine = if channel == Channel::Lark { r#"{"code":"0"}"# } else { r#"{"errcode":"0"}"# };
        answer(channel, faulty(Fault::Body(fine))).unwrap();
    }
}

#[test]
fn an_answer_that_is_cut_off_or_endless_is_no_answer() {
    for channel in CHANNELS.iter().copied() {
        for fault in [Fault::CutOff(r#"{"errcode":0,"#), Fault::Huge, Fault::CloseBeforeAnswer] {
            let error = answer(channel, faulty(fault.clone())).unwrap_err();
            assert!(matches!(error, DeliveryError::Unanswered { .. }), "{channel} {fault:?}: {error:?}");
        }
    }
}

#[test]
fn a_vendor_that_stalls_or_drips_is_left_at_the_deadline() {
    let leaves = |channel, fault: Fault| {
        let began = Instant::now();
        let error = answer(channel, faulty(fault.clone())).unwrap_err();
        assert!(matches!(error, DeliveryError::Unanswered { .. }), "{channel} {fault:?}: {error:?}");
        assert!(began.elapsed() < HASTE * 10, "{channel} {fault:?}: {:?}", began.elapsed());
    };
    thread::scope(|scope| {
        for channel in CHANNELS.iter().copied() {
            scope.spawn(move || [Fault::Stall, Fault::Drip].into_iter().for_each(|fault| leaves(channel, fault)));
        }
    });
}

#[test]
fn a_busy_edge_is_tried_again_when_it_says() {
    for (fault, after) in [
        (Fault::Html(500), None),
        (Fault::Html(502), None),
        (Fault::TooMany { retry_after: None }, None),
        (Fault::TooMany { retry_after: Some("7") }, Some(Duration::from_secs(7))),
        (Fault::TooMany { retry_after: Some("999999999") }, Some(Duration::from_secs(86_400))),
    ] {
        for channel in CHANNELS.iter().copied() {
            let error = answer(channel, faulty(fault.clone())).unwrap_err();
            let DeliveryError::Transient { retry_after, .. } = error else { panic!("{channel} {fault:?}: {error:?}") };
            assert_eq!(retry_after, after, "{channel} {fault:?}");
        }
    }
    let error = answer(Channel::Lark, faulty(Fault::GatewayLimit { reset: 40 })).unwrap_err();
    let DeliveryError::Throttled { until, .. } = error else { panic!("{error:?}") };
    assert!((40..45).contains(&(until - NOW).whole_seconds()));
}

#[test]
fn a_gateway_that_waited_in_vain_may_have_passed_the_message_on() {
    for channel in CHANNELS.iter().copied() {
        for status in [504, 524] {
            let error = answer(channel, faulty(Fault::Html(status))).unwrap_err();
            let DeliveryError::Unanswered { reason } = error else { panic!("{channel} {status}: {error:?}") };
            assert!(
                reason.to_string().contains(&format!("HTTP {status}"))
                    && reason.to_string().contains("may have the message"),
                "{reason}"
            );
        }
    }
}

#[test]
fn a_redirect_is_not_followed_for_it_would_take_the_key_along() {
    let elsewhere = Vendors::start();
    elsewhere.robot(TOKEN, Knobs::default());
    for channel in CHANNELS.iter().copied() {
        let to = webhook(&elsewhere, channel);
        assert!(help(answer(channel, faulty(Fault::Redirect(to)))).contains("final address"), "{channel}");
    }
    assert!(elsewhere.journal().is_empty());
}

#[test]
fn no_server_at_the_other_end_is_no_connection() {
    let port = closed().port();
    // Every channel takes it for an address of its own.
    let address = format!("http://127.0.0.1:{port}/hooks/key/messages?token=key");
    for channel in CHANNELS.iter().copied() {
        let error = send(channel, robot(&address, None), NOW).unwrap_err();
        let DeliveryError::NoConnection { reason } = error else { panic!("{error:?}") };
        assert!(reason.to_string().starts_with(&format!("no connection to 127.0.0.1:{port}: ")), "{reason}");
    }
}

#[test]
fn plain_http_never_leaves_for_a_public_address() {
    for address in ["http://203.0.113.1/key", "http://[2001:db8::1]/key", "http://169.254.169.254/key"] {
        assert!(help(send(Channel::WeCom, robot(address, None), NOW)).contains("https://"), "{address}");
    }
}

fn trusting(address: &str, authority: &Authority) -> ChannelConfig {
    ChannelConfig { ca_file: Some(authority.file()), ..robot(address, None) }
}

#[test]
fn a_private_authority_is_trusted_by_its_file_and_not_otherwise() {
    let authority = Authority::new();
    let vendors = Vendors::start_with_tls(authority.server("127.0.0.1"));
    for channel in CHANNELS.iter().copied() {
        vendors.robot(TOKEN, Knobs::default());
        send(channel, trusting(&webhook(&vendors, channel), &authority), NOW).unwrap();
    }
    let seen = vendors.journal().len();
    for channel in CHANNELS.iter().copied() {
        for robot in
            [robot(&webhook(&vendors, channel), None), trusting(&webhook(&vendors, channel), &Authority::new())]
        {
            let error = send(channel, robot, NOW).unwrap_err();
            let DeliveryError::Permanent { reason, help } = error else { panic!("{error:?}") };
            assert!(reason.to_string().contains("its certificate is not trusted"), "{reason}");
            assert!(help.contains("`ca-file`"), "{help}");
        }
    }
    assert_eq!(vendors.journal().len(), seen, "not a byte of the request went out");
}

#[test]
fn a_server_whose_ipv4_address_is_written_in_the_form_of_ipv6_is_trusted_by_it() {
    let authority = Authority::new();
    let vendors = Vendors::start_with_tls(authority.server("127.0.0.1"));
    vendors.robot(TOKEN, Knobs::default());
    let address = webhook(&vendors, CHANNELS[0]).replace("127.0.0.1", "[::ffff:127.0.0.1]");
    send(CHANNELS[0], trusting(&address, &authority), NOW).unwrap();
}

#[test]
fn every_form_of_ca_file_is_trusted_by_a_channel() {
    let authority = Authority::new();
    let vendors = Vendors::start_with_tls(authority.server("127.0.0.1"));
    vendors.robot(TOKEN, Knobs::default());
    for (form, path) in authority.files() {
        let channel = CHANNELS[0];
        let robot = ChannelConfig { ca_file: Some(path), ..robot(&webhook(&vendors, channel), None) };
        let sent = send(channel, robot, NOW);
        assert!(sent.is_ok(), "{form}: {sent:?}");
    }
}

#[test]
fn a_certificate_of_another_name_or_another_time_is_not_trusted() {
    let authority = Authority::new();
    let expired = authority.server_until("127.0.0.1", datetime!(2020-01-01 0:00 UTC));
    for server in [authority.server("other.example"), expired] {
        let vendors = Vendors::start_with_tls(server);
        vendors.robot(TOKEN, Knobs::default());
        let error = send(Channel::Lark, trusting(&vendors.lark(TOKEN), &authority), NOW).unwrap_err();
        assert!(matches!(error, DeliveryError::Permanent { .. }), "another try would fare the same: {error:?}");
        assert!(vendors.journal().is_empty());
    }
}

#[test]
fn a_ca_file_that_is_missing_fails_the_channel_and_weakens_nothing() {
    let robot = ChannelConfig { ca_file: Some("/nowhere/ca.pem".into()), ..robot("https://127.0.0.1:1/key", None) };
    assert!(help(send(Channel::Lark, robot, NOW)).contains("PEM"));
}

/// A proxy for one connection: what it was asked, and the answer; with 200 it connects through.
fn proxy(answer: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let handle = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap() > 0 {
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        client.write_all(answer.as_bytes()).unwrap();
        if answer.contains("200") {
            let target = head.split(' ').nth(1).unwrap().to_owned();
            let server = TcpStream::connect(target).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
            let _ = std::io::copy(&mut &server, &mut client);
        }
        head
    });
    (address, handle)
}

#[test]
fn a_robot_is_reached_through_its_proxy_which_sees_only_its_host() {
    let authority = Authority::new();
    let vendors = Vendors::start_with_tls(authority.server("127.0.0.1"));
    vendors.robot(TOKEN, Knobs { secret: Some(SECRET.to_owned()), ..Knobs::default() });
    let (address, seen) = proxy("HTTP/1.1 200 Connected\r\n\r\n");
    let mut robot = trusting(&vendors.dingtalk(TOKEN), &authority);
    robot.secret = Some(literal(SECRET));
    robot.proxy = Some(literal(&format!("http://user:pass-word@{address}")));
    send(Channel::DingTalk, robot, NOW).unwrap();
    let seen = seen.join().unwrap();
    assert!(seen.starts_with(&format!("CONNECT {} HTTP/1.1\r\n", vendors.host())), "{seen}");
    assert!(seen.contains("Proxy-Authorization: Basic dXNlcjpwYXNzLXdvcmQ=") && !seen.contains(TOKEN), "{seen}");
}

#[test]
fn a_proxy_that_refuses_is_no_connection_and_its_password_stays_hidden() {
    let (address, seen) = proxy("HTTP/1.1 407 user:pass-word is wrong\r\nContent-Length: 0\r\n\r\n");
    let mut robot = robot("https://robot.example/key-to-the-room", None);
    robot.proxy = Some(literal(&format!("http://user:pass-word@{address}")));
    let error = send(Channel::Lark, robot, NOW).unwrap_err();
    assert!(matches!(error, DeliveryError::NoConnection { .. }), "{error:?}");
    let shown = format!("{error:?}");
    assert!(shown.contains("407") && !shown.contains("pass-word") && !shown.contains("key-to-the-room"), "{shown}");
    assert!(seen.join().unwrap().starts_with("CONNECT robot.example:443"));
}

#[test]
fn the_proxy_of_the_environment_is_used_where_the_policy_names_none() {
    let (address, seen) = proxy("HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n");
    let policies = policies([contact_with_robot("ops", Channel::Lark, robot("https://robot.example/key", None))]);
    let environment = move |name: &str| (name == "HTTPS_PROXY").then(|| format!("http://{address}"));
    let result = channels(&policies, environment).send(&message("ops", Channel::Lark, 1), NOW);
    assert!(matches!(result, Err(DeliveryError::NoConnection { .. })), "{result:?}");
    assert!(seen.join().unwrap().starts_with("CONNECT robot.example:443"));
}

#[test]
fn plain_http_is_not_sent_through_a_proxy_and_a_proxy_of_another_kind_is_refused() {
    let mut plain = robot("http://127.0.0.1:9/key", None);
    plain.proxy = Some(literal("http://127.0.0.1:1"));
    assert!(help(send(Channel::WeCom, plain, NOW)).contains("leave out `proxy`"));
    let mut socks = robot("https://127.0.0.1:9/key", None);
    socks.proxy = Some(literal("socks5://127.0.0.1:1"));
    assert!(help(send(Channel::WeCom, socks, NOW)).contains("`proxy`"));
}

#[test]
fn one_robot_is_one_server_however_its_address_is_written_and_no_one_elses() {
    let of = |address: &str| {
        let policies = policies([contact_with_robot("ops", Channel::DingTalk, robot(address, None))]);
        let channels = channels(&policies, no_environment);
        (channels.server(&message("ops", Channel::DingTalk, 1)), channels.host(&message("ops", Channel::DingTalk, 1)))
    };
    let (server, host) = of("https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789");
    assert_eq!(of("https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456789&sign=1&timestamp=2").0, server);
    assert_ne!(of("https://oapi.dingtalk.com/robot/send?access_token=abcdef0123456780").0, server);
    assert_eq!(host.as_deref(), Some("oapi.dingtalk.com"));
    assert!(!server.unwrap().contains("abcdef01"));
}
