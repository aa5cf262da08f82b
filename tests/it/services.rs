//! `certnotify event --from`: what clouds, cert-manager and certspotter hand over.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::dated::{Ran, World};
use crate::support::unwrapped;

const ARN: &str = "arn:aws:acm:eu-central-1:123456789012:certificate/61f50cd4-45b9-4259-b049-d0a53682fa4b";

fn world() -> World {
    let world = World::new();
    world.watches("[[certificates]]\nname = \"shop.example.com\"\nexpires = \"2031-05-01\"\n");
    world.runs(&["run"]);
    world
}

impl World {
    fn hands_over(&self, from: &str, input: &[u8], variables: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certnotify"));
        command.env_clear().env("TZ", "UTC").envs(variables.iter().copied()).current_dir(self.path("."));
        command.args(["-p", "policies.toml", "--state", "state.json", "event", "--from", from]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that refuses what it is given may end before it has read all of it.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The message of one hand-over; the rest of what was said.
    fn told_of(&self, from: &str, input: &Value) -> String {
        let ran = self.hands_over(from, input.to_string().as_bytes(), &[]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        self.last_message()
    }
}

fn of_acm(about: &str, detail: &Value) -> Value {
    json!({
        "version": "0", "id": "9c95e8e4-96a4-ef3f-b739-b6aa5b193afb", "detail-type": about, "source": "aws.acm",
        "account": "123456789012", "time": "2026-09-30T06:51:08Z", "region": "eu-central-1", "resources": [ARN],
        "detail": detail,
    })
}

fn of_vault(about: &str) -> Value {
    json!([{
        "id": "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
        "topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/prod",
        "subject": "shop", "eventType": format!("Microsoft.KeyVault.{about}"), "eventTime": "2026-07-25T01:08:33.1036736Z",
        "data": {
            "Id": "https://prod.vault.azure.net/certificates/shop/ee059b2bb5bc48398a53b168c6cdcb10",
            "VaultName": "prod", "ObjectType": "Certificate", "ObjectName": "shop",
            "Version": "ee059b2bb5bc48398a53b168c6cdcb10", "NBF": 1_559_081_980, "EXP": 1_790_000_000,
        },
        "dataVersion": "1", "metadataVersion": "1",
    }])
}

fn of_cert_manager(name: &str, ready: &str, reason: &str) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": { "name": name, "namespace": "shop" },
        "spec": { "secretName": format!("{name}-tls"), "dnsNames": [format!("{name}.example.com")] },
        "status": { "conditions": [{
            "type": "Ready", "status": ready, "reason": reason, "message": "Issuing certificate as Secret does not exist",
            "lastTransitionTime": "2020-01-01T00:00:00Z",
        }] },
    })
}

#[test]
fn each_event_of_acm_is_told_as_what_it_is_and_names_its_certificate() {
    let detail = json!({ "DaysToExpiry": 31, "CommonName": "shop.example.com", "RenewalStatusReason": "CAA_ERROR",
        "Action": "RENEWAL", "CertificateExpirationDate": "2027-12-22T18:43:48Z" });
    for (about, words) in [
        ("ACM Certificate Approaching Expiration", ["shop.example.com: expires", "31 days left"]),
        ("ACM Certificate Expired", ["shop.example.com: expired", "AWS Certificate Manager reports"]),
        ("ACM Certificate Available", ["shop.example.com: renewed", "valid until 2027-12-22"]),
        ("ACM Certificate Renewal Action Required", ["automatic renewal failed", "CAA_ERROR"]),
        ("ACM Certificate Revoked", ["shop.example.com: revoked", "arn:aws:acm:eu-central-1:123456789012"]),
    ] {
        let text = world().told_of("eventbridge", &of_acm(about, &detail)).replace('\n', " ").replace("   ", " ");
        let text = unwrapped(&text);
        for word in words {
            assert!(text.contains(word), "{about}: {word}: {text}");
        }
        assert!(!text.contains("No watched certificate"), "{about}: {text}");
    }
    let health = json!({
        "detail-type": "AWS Health Event", "source": "aws.health", "time": "2026-09-30T06:51:08Z", "resources": [ARN],
        "detail": { "service": "ACM", "eventTypeCode": "AWS_ACM_RENEWAL_FAILURE", "eventTypeCategory": "scheduledChange",
            "eventDescription": [{ "language": "en_US", "latestDescription": "The private CA refused." }] },
    });
    let text = world().told_of("eventbridge", &health);
    assert!(text.contains("automatic renewal failed") && text.contains("The private CA refused"), "{text}");
}

#[test]
fn what_a_service_tells_each_day_is_told_once_a_week_and_stands_for_no_reminder_of_a_policy() {
    let world = world();
    for (days, told) in [(31, true), (30, false), (29, false)] {
        let event = of_acm(
            "ACM Certificate Approaching Expiration",
            &json!({ "DaysToExpiry": days, "CommonName": "unwatched.example.org" }),
        );
        let text = world.told_of("eventbridge", &event);
        assert_eq!(text.contains("unwatched.example.org"), told, "{days}: {text}");
        assert!(!told || text.contains("No watched certificate"), "{text}");
    }
    let plan = |world: &World| {
        let plan = world.json(&["plan", "--at", "2031-04-10T00:00:00Z", "--format", "json"]);
        plan["messages"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["reminders"][0]["kind"] == "business.expiration")
            .count()
    };
    let before = plan(&world);
    world.told_of(
        "eventbridge",
        &of_acm(
            "ACM Certificate Approaching Expiration",
            &json!({ "DaysToExpiry": 9, "CommonName": "shop.example.com" }),
        ),
    );
    assert_eq!(plan(&world), before);
    assert!(world.runs(&["history"]).stdout.contains("reported by AWS Certificate Manager"));
}

#[test]
fn events_of_key_vault_are_read_in_both_schemas_and_a_subscription_is_confirmed() {
    for (about, words) in [
        ("CertificateNearExpiry", "certificate expires"),
        ("CertificateExpired", "certificate expired"),
        ("CertificateNewVersionCreated", "certificate renewed"),
        ("SecretNearExpiry", "certificate expires"),
    ] {
        let text = world().told_of("eventgrid", &of_vault(about));
        assert!(text.contains(words) && text.contains("prod/shop"), "{about}: {text}");
        let event = &of_vault(about)[0];
        let cloud = json!({ "id": event["id"], "source": event["topic"], "specversion": "1.0", "type": event["eventType"],
            "subject": "shop", "time": event["eventTime"], "data": event["data"] });
        assert!(world().told_of("eventgrid", &cloud).contains(words), "{about}");
    }
    let validation = json!([{
        "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66", "topic": "/subscriptions/s", "subject": "",
        "data": { "validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6", "validationUrl": "https://rp.example/validate" },
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "eventTime": "2026-01-25T22:12:19.4556811Z",
        "metadataVersion": "1", "dataVersion": "1",
    }]);
    let ran = world().hands_over("eventgrid", validation.to_string().as_bytes(), &[]);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &answer["validationResponse"]), (0, &json!("512d38b6-c7b8-40c8-89fe-f46f9e9622b6")));
}

#[test]
fn a_list_of_cert_manager_tells_what_fails_and_is_silent_of_the_rest() {
    let world = world();
    let issuing = json!({ "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": { "name": "new", "namespace": "shop" },
        "status": { "conditions": [
            { "type": "Ready", "status": "False", "reason": "DoesNotExist", "message": "m" },
            { "type": "Issuing", "status": "True", "reason": "DoesNotExist", "message": "m" },
        ] } });
    let list = |items: &[Value]| json!({ "apiVersion": "v1", "kind": "List", "items": items });
    let well = [of_cert_manager("web", "True", "Ready"), issuing];
    let ran = world.hands_over("cert-manager", list(&well).to_string().as_bytes(), &[]);
    assert_eq!((ran.code, ran.stdout.starts_with("nothing to tell")), (0, true), "{}{}", ran.stdout, ran.stderr);

    let bad = [of_cert_manager("web", "True", "Ready"), of_cert_manager("api", "False", "DoesNotExist")];
    let text = world.told_of("cert-manager", &list(&bad));
    assert!(text.contains("shop/api") && text.contains("automatic renewal failed"), "{text}");
    assert!(!text.contains("shop/web"), "{text}");
    // The next hour says the same: no recipient hears it again.
    let ran = world.hands_over("cert-manager", list(&bad).to_string().as_bytes(), &[]);
    assert!(ran.stdout.contains("known already"), "{}", ran.stdout);

    let event = |reason: &str, kind: &str, message: &str| {
        json!({ "apiVersion": "v1", "kind": "Event", "type": kind, "reason": reason, "message": message,
            "involvedObject": { "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "shop.example.com", "namespace": "shop" },
            "metadata": { "name": "api.1", "namespace": "shop" }, "lastTimestamp": "2026-09-30T06:51:08Z" })
    };
    let other = json!({ "kind": "Event", "reason": "Pulled", "type": "Normal", "involvedObject": { "kind": "Pod", "name": "p" } });
    let events = [
        other,
        event("Issuing", "Normal", "The certificate has been successfully issued"),
        event("Requested", "Normal", "Created new CertificateRequest resource \"x\""),
    ];
    let text = world.told_of("cert-manager", &list(&events));
    assert!(text.contains("successfully issued") && !text.contains("CertificateRequest"), "{text}");
    let text =
        world.told_of("cert-manager", &event("Failed", "Warning", "The certificate request has failed to complete"));
    assert!(text.contains("has failed to complete"), "{text}");
}

#[test]
fn an_issuance_is_told_by_the_variables_of_a_hook_and_by_its_file() {
    let digest = "3cdc83b3932c194fcdf17aa2bf1abc34e8438b293c3d5c70693e175b38ff128a";
    let variables = [
        ("EVENT", "discovered_cert"),
        ("SUMMARY", "certificate discovered for .example.com"),
        ("WATCH_ITEM", ".example.com"),
        ("CERT_SHA256", digest),
        ("PUBKEY_SHA256", "33ac1d9b9e56005ccac045eac2398b3e9dd6b3f5b66ae6260f2d478c7c0d82c8"),
        ("ISSUER_DN", "C=GB, O=Sectigo Limited, CN=Sectigo RSA"),
        ("SUBJECT_DN", "CN=shop.example.com"),
        ("SERIAL", "c170fbf3bf27481e5c351a4db6f2dc5f"),
        ("NOT_AFTER_RFC3339", "2027-01-26T03:47:26Z"),
        ("JSON_FILENAME", "/nowhere.json"),
    ];
    let told = |world: &World, input: &[u8], variables: &[(&str, &str)]| {
        let ran = world.hands_over("certspotter", input, variables);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        unwrapped(world.last_message())
    };
    let world = world();
    let text = told(&world, b"", &variables);
    for word in [
        "certspotter reports",
        "certificate discovered for .example.com",
        "issued by C=GB, O=Sectigo Limited",
        "c170fbf3",
        "2027-01-26",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(told(&world, b"", &variables), "", "the same issuance again");
    let file = json!({
        "cert_sha256": digest, "dns_names": ["shop.example.com", "www.shop.example.com"], "ip_addresses": [],
        "issuer_der": "MIGP", "not_after": "2027-01-26T03:47:26Z", "not_before": "2026-01-31T03:47:26Z",
        "pubkey_sha256": "33ac1d9b9e56005ccac045eac2398b3e9dd6b3f5b66ae6260f2d478c7c0d82c8",
        "serial_number": "c170fbf3bf27481e5c351a4db6f2dc5f", "subject_der": "MBYx", "tbs_sha256": digest,
    });
    let text = told(&self::world(), file.to_string().as_bytes(), &[("EVENT", "discovered_cert")]);
    assert!(text.contains("www.shop.example.com") && text.contains("c170fbf3"), "{text}");
    let error = [("EVENT", "error"), ("SUMMARY", "Unable to contact https://ct.example/")];
    assert!(told(&self::world(), b"", &error).contains("Unable to contact"));
    let later = [("EVENT", "something_new"), ("SUMMARY", "of a later version")];
    assert!(told(&self::world(), b"", &later).contains("of a later version"));
}

#[test]
fn an_issuance_of_what_is_watched_here_is_no_news() {
    let world = World::new();
    let leaf = crate::support::certificates::leaf(&["shop.example.com"]).self_signed();
    std::fs::write(world.path("shop.pem"), &leaf.pem).unwrap();
    world.watches("[[certificates]]\nname = \"shop\"\nfile = \"shop.pem\"\n");
    world.runs(&["run"]);
    world.last_message();
    let check = world.json(&["check", "--format", "json"]);
    let fingerprint = check["certificates"][0]["fingerprint_sha256"].as_str().unwrap();
    let file = json!({ "cert_sha256": fingerprint, "dns_names": ["shop.example.com"] });
    let ran = world.hands_over("certspotter", file.to_string().as_bytes(), &[]);
    assert_eq!((ran.code, ran.stdout.contains("watched here")), (0, true), "{}{}", ran.stdout, ran.stderr);
    let other = json!({ "cert_sha256": fingerprint.replace(['0', '1', '2'], "3"), "dns_names": ["shop.example.com"] });
    assert!(world.told_of("certspotter", &other).contains("not known here"));
}

#[test]
fn what_is_no_event_of_the_service_is_refused_with_help_and_nothing_is_put_down() {
    let world = world();
    let many = [b"[".to_vec(), b"1,".repeat(9_000_000), b"1]".to_vec()].concat();
    let deep = b"[".repeat(100_000);
    let cases: [(&str, &[u8], &str); 14] = [
        ("eventbridge", b"", "nothing was handed over"),
        ("eventbridge", b"{", "no JSON"),
        ("eventbridge", b"[]", "no event"),
        (
            "eventbridge",
            b"{\"detail-type\":\"EC2 Instance State-change Notification\",\"source\":\"aws.ec2\"}",
            "aws.ec2",
        ),
        (
            "eventbridge",
            b"{\"detail-type\":\"ACM Certificate Expired\",\"source\":\"aws.acm\",\"resources\":[]}",
            "names no certificate",
        ),
        ("eventgrid", b"{\"eventType\":\"Microsoft.Storage.BlobCreated\"}", "Microsoft.Storage.BlobCreated"),
        ("eventgrid", b"null", "eventType"),
        ("cert-manager", b"{\"kind\":\"Pod\"}", "Pod"),
        ("cert-manager", b"{\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\"}]}", "no Certificate"),
        ("certspotter", b"", "EVENT"),
        ("certspotter", b"{\"name\":\"x\"}", "dns_names"),
        ("eventgrid", b"\xff\xfe{\0}\0", "UTF-8"),
        ("eventgrid", &many, "16 MiB"),
        ("cert-manager", &deep, "no JSON"),
    ];
    for (from, input, word) in cases {
        let ran = world.hands_over(from, input, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{from} {word}: {}", ran.stderr);
        assert!(ran.stderr.contains(word) && ran.stderr.contains("help:"), "{from} {word}: {}", ran.stderr);
    }
    // One of several is not known: none of them is taken.
    let mixed = json!([of_vault("CertificateExpired")[0], { "eventType": "Microsoft.KeyVault.VaultAccessPolicyChanged", "data": {} }]);
    assert_eq!(world.hands_over("eventgrid", mixed.to_string().as_bytes(), &[]).code, 3);
    assert_eq!(world.last_message(), "");
    for (from, word) in [
        ("eventbrigde", "did you mean `eventbridge`"),
        ("datadog", "these are read: eventbridge, eventgrid, cert-manager, certspotter"),
    ] {
        let ran = world.hands_over(from, b"{}", &[]);
        assert!(ran.code == 3 && ran.stderr.contains(word), "{}", ran.stderr);
    }
    let both = world.runs(&["event", "renewed", "--from", "eventgrid"]);
    assert_eq!(both.code, 3, "{}", both.stderr);
    assert_eq!(world.runs(&["event"]).code, 3);
}

#[test]
fn hostile_text_of_a_service_is_only_words_and_bounded() {
    let world = world();
    let nasty = format!("\u{1b}[2J\u{202e}\r\nBcc: x@y\r\n{}", "A".repeat(100_000));
    let mut event = of_acm(
        "ACM Certificate Renewal Action Required",
        &json!({ "CommonName": nasty, "RenewalStatusReason": nasty }),
    );
    event["resources"] = json!([nasty, ARN]);
    let text = world.told_of("eventbridge", &event);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\nBcc:"), "{text:?}");
    assert!(text.len() < 20_000, "{}", text.len());
    let names: Vec<String> = (0..50_000).map(|n| format!("h{n}.example.com")).collect();
    let file = json!({ "cert_sha256": "00".repeat(32), "dns_names": names });
    let ran = world.hands_over("certspotter", file.to_string().as_bytes(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let far = json!({ "detail-type": "ACM Certificate Expired", "source": "aws.acm", "resources": [ARN], "time": "9999-12-31T23:59:59Z",
        "detail": { "DaysToExpiry": i64::MAX } });
    assert_eq!(world.hands_over("eventbridge", far.to_string().as_bytes(), &[]).code, 0);
    // Mail to the default contact finds no server here.
    assert_ne!(world.runs(&["run"]).code, 3);
}
