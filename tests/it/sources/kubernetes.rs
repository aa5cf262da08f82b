//! What `kubectl get … -o json` prints: each object has its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{findings, names, rows};
use crate::support::certificates::{Authority, Leaf, leaf};

fn secret(namespace: &str, name: &str, data: &[(&str, &[u8])]) -> Value {
    let data: serde_json::Map<String, Value> =
        data.iter().map(|(key, value)| ((*key).to_owned(), json!(STANDARD.encode(value)))).collect();
    let metadata = json!({ "namespace": namespace, "name": name });
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data })
}

fn tls(namespace: &str, name: &str, leaf: &Leaf, authority: &Authority) -> Value {
    let data: [(&str, &[u8]); 3] =
        [("ca.crt", authority.pem.as_bytes()), ("tls.crt", leaf.pem.as_bytes()), ("tls.key", leaf.key_pem.as_bytes())];
    secret(namespace, name, &data)
}

fn list(items: &[Value]) -> Vec<u8> {
    json!({ "apiVersion": "v1", "kind": "List", "items": items, "metadata": { "resourceVersion": "" } })
        .to_string()
        .into_bytes()
}

#[test]
fn each_secret_of_a_list_has_its_namespace_and_name_and_an_authority_stands_once() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root("Cluster CA");
    let (www, api) = (root.issue(&leaf(&["www.example.com"])), root.issue(&leaf(&["api.example.com"])));
    let token = secret("shop", "token", &[("token", b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), ("namespace", b"shop")]);
    let items =
        [tls("shop", "www", &www, &root), token, tls("infra", "api", &api, &root), tls("b", "www", &www, &root)];
    let rows = rows(folder.path(), &["-"], &list(&items));
    // The same certificate in two Secrets stands in two places, of which each is renewed by itself.
    let mut shown = names(&rows);
    shown.sort_unstable();
    assert_eq!(shown, ["b/www", "infra/api", "shop/www", "shop/www/ca.crt"]);
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!(of("infra/api")["dns_names"], json!(["api.example.com"]));
    assert_eq!(of("shop/www/ca.crt")["subject"], "CN=Cluster CA");
}

#[test]
fn a_file_of_secrets_has_members_and_so_has_one_secret_alone() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root("Cluster CA");
    let www = root.issue(&leaf(&["www.example.com"]));
    std::fs::write(folder.path().join("dump.json"), list(&[secret("shop", "www", &[("tls.crt", www.pem.as_bytes())])]))
        .unwrap();
    assert_eq!(names(&rows(folder.path(), &["dump.json"], b"")), ["dump.json/shop/www"]);
    let alone = secret("shop", "www", &[("tls.crt", www.pem.as_bytes())]).to_string();
    assert_eq!(names(&rows(folder.path(), &["-"], alone.as_bytes())), ["shop/www"]);
}

#[test]
fn der_and_key_stores_in_secrets_are_read_and_a_closed_one_is_told() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root("Cluster CA");
    let www = root.issue(&leaf(&["www.example.com"]));
    let store = crate::containers::bytes("modern.p12");
    let items = [
        secret("shop", "der", &[("cert.der", &www.der)]),
        secret("shop", "store", &[("keystore.p12", &store)]),
        secret("shop", "broken", &[("tls.crt", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]),
        secret("shop", "none", &[("tls.crt", b"hello")]),
        secret("shop", "empty", &[("tls.crt", b""), ("ca.crt", b"")]),
    ];
    let rows = rows(folder.path(), &["-"], &list(&items));
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).map(findings).unwrap_or_default();
    assert_eq!(of("shop/der"), [""; 0], "{rows:?}");
    assert!(rows.iter().any(|row| row["name"] == "shop/der" && row["dns_names"][0] == "www.example.com"));
    let faults: Vec<(&str, Vec<&str>)> = rows
        .iter()
        .filter(|row| row["status"] == "unknown")
        .map(|row| (row["name"].as_str().unwrap(), findings(row)))
        .collect();
    assert_eq!(faults.len(), 3, "{faults:?}");
    for (name, id) in [("shop/store", "unreadable"), ("shop/broken", "unparsable"), ("shop/none", "unparsable")] {
        assert!(faults.iter().any(|(shown, ids)| shown.starts_with(name) && *ids == [id]), "{name}: {faults:?}");
    }
}

#[test]
fn a_key_that_is_not_that_of_its_secret_is_a_finding() {
    let folder = TempDir::new().unwrap();
    let root = Authority::root("Cluster CA");
    let (www, other) = (root.issue(&leaf(&["www.example.com"])), root.issue(&leaf(&["b.example.com"])));
    let wrong = [("tls.crt", www.pem.as_bytes()), ("tls.key", other.key_pem.as_bytes())];
    let items = [secret("shop", "wrong", &wrong), tls("shop", "right", &other, &root)];
    let rows = rows(folder.path(), &["-"], &list(&items));
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).map(findings).unwrap();
    assert_eq!(of("shop/wrong"), ["key-mismatch"]);
    assert_eq!(of("shop/right"), [""; 0]);
}

#[test]
fn config_maps_and_bundles_of_webhooks_are_read_and_a_repeated_object_is_not() {
    let folder = TempDir::new().unwrap();
    let (root, hook) = (Authority::root("Cluster CA"), Authority::root("Hook CA"));
    let www = root.issue(&leaf(&["www.example.com"]));
    let map = json!({ "kind": "ConfigMap", "metadata": { "namespace": "a", "name": "roots" }, "data": { "ca.crt": root.pem } });
    let webhook = json!({
        "kind": "ValidatingWebhookConfiguration", "metadata": { "name": "policy" },
        "webhooks": [{ "clientConfig": { "caBundle": STANDARD.encode(&hook.pem) } }],
    });
    let mut applied = secret("a", "www", &[("tls.crt", www.pem.as_bytes())]);
    let repeated = json!({ "kubectl.kubernetes.io/last-applied-configuration": applied.to_string() });
    applied["metadata"]["annotations"] = repeated;
    let rows = rows(folder.path(), &["-"], &list(&[map, webhook, applied]));
    let mut shown = names(&rows);
    shown.sort_unstable();
    assert_eq!(shown, ["a/roots", "a/www", "validatingwebhookconfiguration/policy"]);
}

#[test]
fn what_kubectl_itself_prints_is_read() {
    let folder = TempDir::new().unwrap();
    let www = leaf(&["www.example.com"]).self_signed();
    std::fs::write(folder.path().join("c.pem"), &www.pem).unwrap();
    std::fs::write(folder.path().join("k.pem"), &www.key_pem).unwrap();
    let arguments = [
        "create", "secret", "tls", "www", "-n", "shop", "--cert=c.pem", "--key=k.pem", "--dry-run=client", "-o", "json",
    ];
    let Ok(made) = std::process::Command::new("kubectl").args(arguments).current_dir(folder.path()).output() else {
        return;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(names(&rows(folder.path(), &["-"], &made.stdout)), ["shop/www"]);
}
