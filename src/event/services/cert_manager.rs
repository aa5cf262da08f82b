//! Events and certificates of cert-manager, as `kubectl get … -o json` prints them: one object or a list.

use serde_json::Value;

use super::{ServiceEvent, moment, word, words};
use crate::event::EventKind;

pub(super) fn read(json: &Value) -> Result<Vec<ServiceEvent>, String> {
    let is_list = word(json, &["kind"]).is_some_and(|kind| kind.ends_with("List"));
    if !is_list {
        return event(json)?.map_or_else(|| Ok(Vec::new()), |told| Ok(vec![told]));
    }
    let Some(items) = json.get("items").and_then(Value::as_array) else {
        return Err("the list has no `items`".to_owned());
    };
    // A namespace has events of much else.
    let known = items.iter().filter(|item| is_of_certificate(item));
    let told: Result<Vec<Option<ServiceEvent>>, String> = known.map(event).collect();
    let told: Vec<ServiceEvent> = told?.into_iter().flatten().collect();
    if told.is_empty() && !items.is_empty() && !items.iter().any(is_of_certificate) {
        return Err("the list holds no Certificate, and no Event of one".to_owned());
    }
    Ok(latest(told))
}

/// Of several events of one certificate and kind the last.
fn latest(told: Vec<ServiceEvent>) -> Vec<ServiceEvent> {
    let mut kept: Vec<ServiceEvent> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for event in told {
        let at = *index.entry((event.kind, event.names.first().cloned())).or_insert(kept.len());
        match kept.get_mut(at) {
            None => kept.push(event),
            Some(known) if known.at <= event.at => *known = event,
            Some(_) => {}
        }
    }
    kept
}

fn is_of_certificate(json: &Value) -> bool {
    match word(json, &["kind"]) {
        Some("Certificate") => {
            word(json, &["apiVersion"]).is_none_or(|version| version.starts_with("cert-manager.io/"))
        }
        Some("Event") | None => {
            let object = object(json);
            word(object, &["kind"]) == Some("Certificate")
                && word(object, &["apiVersion"]).is_none_or(|version| version.starts_with("cert-manager.io/"))
        }
        _ => false,
    }
}

/// What an Event is about: by core/v1, else by events.k8s.io/v1.
fn object(json: &Value) -> &Value {
    json.get("involvedObject").or_else(|| json.get("regarding")).unwrap_or(&Value::Null)
}

fn event(json: &Value) -> Result<Option<ServiceEvent>, String> {
    if !is_of_certificate(json) {
        let kind = word(json, &["kind"]).unwrap_or("an object without a `kind`");
        return Err(format!("it is no Certificate of cert-manager, and no Event of one: {kind}"));
    }
    if word(json, &["kind"]) == Some("Certificate") { of_conditions(json) } else { of_event(json) }
}

fn of_event(json: &Value) -> Result<Option<ServiceEvent>, String> {
    let reason = word(json, &["reason"]).ok_or("the Event has no `reason`")?;
    let said = word(json, &["message"]).or_else(|| word(json, &["note"])).unwrap_or_default();
    let is_warning = word(json, &["type"]) == Some("Warning");
    let kind = if is_warning || reason == "Failed" {
        EventKind::HostingFailure
    } else if said.contains("successfully issued") || reason == "Issued" {
        EventKind::Hosting
    } else {
        return Ok(None);
    };
    let names = names(object(json), &Value::Null)?;
    let at = ["lastTimestamp", "eventTime", "firstTimestamp"].into_iter().find_map(|key| moment(json, &[key]));
    let message = if said.is_empty() { reason.to_owned() } else { format!("{reason}: {said}") };
    Ok(Some(ServiceEvent { kind, names, message, at, issued: None }))
}

/// What its conditions say is wrong: an issuance that failed, or that it is not ready and none is under way.
fn of_conditions(json: &Value) -> Result<Option<ServiceEvent>, String> {
    let conditions = json.get("status").and_then(|status| status.get("conditions")).and_then(Value::as_array);
    let condition =
        |wanted: &str| conditions.into_iter().flatten().find(|condition| word(condition, &["type"]) == Some(wanted));
    let status =
        |condition: Option<&Value>| condition.and_then(|condition| word(condition, &["status"]).map(str::to_owned));
    let (ready, issuing) = (condition("Ready"), condition("Issuing"));
    let is_issuing = status(issuing).as_deref() == Some("True");
    let failed = issuing.filter(|issuing| !is_issuing && word(issuing, &["reason"]) == Some("Failed"));
    let not_ready = ready.filter(|_| !is_issuing && status(ready).as_deref() == Some("False"));
    let names = names(json.get("metadata").unwrap_or(&Value::Null), json.get("spec").unwrap_or(&Value::Null))?;
    let Some(wrong) = failed.or(not_ready) else { return Ok(None) };
    let said = ["reason", "message"].into_iter().filter_map(|key| word(wrong, &[key])).collect::<Vec<_>>().join(": ");
    let what = if failed.is_some() { "Failed" } else { "Ready=False" };
    let message = if said.starts_with(what) { said } else { format!("{what}: {said}") };
    // It is so now, however long it has been.
    Ok(Some(ServiceEvent { kind: EventKind::HostingFailure, names, message, at: None, issued: None }))
}

fn names(object: &Value, spec: &Value) -> Result<Vec<String>, String> {
    let name = word(object, &["name"]).ok_or("it names no certificate")?;
    let namespace = word(object, &["namespace"]);
    let full = namespace.map(|namespace| format!("{namespace}/{name}"));
    let secret = word(spec, &["secretName"]);
    let full_secret = namespace.zip(secret).map(|(namespace, secret)| format!("{namespace}/{secret}"));
    let secret = full_secret.into_iter().chain(secret.map(str::to_owned));
    let common = word(spec, &["commonName"]).map(str::to_owned);
    Ok(full.into_iter().chain([name.to_owned()]).chain(secret).chain(common).chain(words(spec, "dnsNames")).collect())
}
