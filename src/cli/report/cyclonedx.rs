//! `check --format cyclonedx`: a cryptography bill of materials (`CycloneDX` 1.6, ECMA-424), for inventories and audits.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use certnotify::certificate::{Certificate, CertificateKind, Fingerprint};
use certnotify::event::{FindingId, Severity};
use certnotify::render::untrusted::clean;
use serde_json::{Value, json};

use super::{Report, TableStyle, lines};
use crate::cli::output::rfc3339;

const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.6.schema.json";

pub(super) fn write(report: &Report<'_>, _: TableStyle, to: &mut dyn Write) -> io::Result<()> {
    let unseen = report.rows.iter().filter_map(|row| {
        let failure = row.observation.outcome.as_ref().err()?;
        let said = format!("{}: {}", clean(&row.observation.name), clean(&failure.message()));
        Some(property("unseen", &said))
    });
    let properties = [property("status", report.status().as_str())].into_iter().chain(unseen);
    let document = json!({
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": rfc3339(report.at.truncate_to_second()),
            "tools": { "components": [
                { "type": "application", "name": "certnotify", "version": env!("CARGO_PKG_VERSION") },
            ] },
            "properties": properties.collect::<Vec<_>>(),
        },
        "components": components(report).into_values().collect::<Vec<_>>(),
    });
    lines::write(to, &document)
}

/// One certificate, wherever it was seen.
struct Asset<'a> {
    certificate: &'a Certificate,
    places: BTreeSet<String>,
    /// Of a leaf, the worst of its places.
    status: Option<Severity>,
    findings: BTreeSet<FindingId>,
}

/// Each certificate of the report and of its chains, their keys and their algorithms, by reference.
fn components(report: &Report<'_>) -> BTreeMap<String, Value> {
    let mut assets: BTreeMap<Fingerprint, Asset<'_>> = BTreeMap::new();
    for row in &report.rows {
        let Some(chain) = row.sight().map(|sight| &sight.chain) else { continue };
        let leaf = Some(&*chain.leaf).filter(|leaf| leaf.kind == CertificateKind::Certificate);
        for certificate in leaf.into_iter().chain(chain.rest.iter().map(AsRef::as_ref)) {
            let (places, findings) = (BTreeSet::new(), BTreeSet::new());
            let asset = assets.entry(certificate.fingerprint);
            let asset = asset.or_insert(Asset { certificate, places, status: None, findings });
            asset.places.insert(clean(&row.observation.source));
            if certificate.fingerprint == chain.leaf.fingerprint {
                asset.status = asset.status.max(Some(row.status));
                asset.findings.extend(row.open().map(|finding| finding.id));
            }
        }
    }
    let mut components = BTreeMap::new();
    for asset in assets.values() {
        for component in of_certificate(asset) {
            components.entry(component["bom-ref"].to_string()).or_insert(component);
        }
    }
    components
}

/// The certificate, its key, and the algorithms of its signature and its key.
fn of_certificate(asset: &Asset<'_>) -> Vec<Value> {
    let Asset { certificate, places, status, findings } = asset;
    let id = certificate.key.id.unwrap_or(certificate.fingerprint);
    let key = format!("key/{id}");
    let (key_algorithm, signature) = (clean(&certificate.key.algorithm), clean(&certificate.signature_algorithm));
    let reference = |algorithm: &str| (!algorithm.is_empty()).then(|| format!("algorithm/{algorithm}"));
    let findings = findings.iter().map(|finding| property("finding", finding.as_str()));
    let status = status.map(|status| property("status", status.as_str()));
    let of_signature = reference(&signature).map(|reference| algorithm(&reference, &signature, "signature"));
    let of_key = reference(&key_algorithm).map(|reference| {
        let primitive = match key_algorithm.as_str() {
            "RSA" => "pke",
            "DSA" | "Ed25519" | "Ed448" => "signature",
            _ => "other",
        };
        algorithm(&reference, &key_algorithm, primitive)
    });
    let mut properties = json!({
        "subjectName": clean(&certificate.subject),
        "issuerName": clean(&certificate.issuer),
        "notValidBefore": rfc3339(certificate.not_before),
        "notValidAfter": rfc3339(certificate.not_after),
        "subjectPublicKeyRef": key,
    });
    let mut public_key = json!({ "type": "public-key" });
    insert(&mut properties, "signatureAlgorithmRef", reference(&signature));
    insert(&mut public_key, "algorithmRef", reference(&key_algorithm));
    insert(&mut public_key, "size", certificate.key.bits);
    let own = json!({
        "type": "cryptographic-asset",
        "bom-ref": format!("certificate/{}", certificate.fingerprint),
        "name": clean(&certificate.display_name()),
        "hashes": [{ "alg": "SHA-256", "content": certificate.fingerprint }],
        "cryptoProperties": { "assetType": "certificate", "certificateProperties": properties },
        "evidence": { "occurrences": places.iter().map(|place| json!({ "location": place })).collect::<Vec<_>>() },
        "properties": status.into_iter().chain(findings).collect::<Vec<_>>(),
    });
    let key = json!({
        "type": "cryptographic-asset",
        "bom-ref": key,
        "name": match certificate.key.bits {
            Some(bits) => format!("{key_algorithm} {bits}"),
            None => key_algorithm.clone(),
        },
        "cryptoProperties": {
            "assetType": "related-crypto-material", "relatedCryptoMaterialProperties": public_key,
        },
    });
    [own, key].into_iter().chain(of_signature).chain(of_key).collect()
}

fn algorithm(reference: &str, name: &str, primitive: &str) -> Value {
    json!({
        "type": "cryptographic-asset",
        "bom-ref": reference,
        "name": name,
        "cryptoProperties": { "assetType": "algorithm", "algorithmProperties": { "primitive": primitive } },
    })
}

/// A field that the schema has only with a value.
fn insert(object: &mut Value, field: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object[field] = value.into();
    }
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": format!("certnotify:{name}"), "value": value })
}
