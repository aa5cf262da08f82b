//! Events of AWS Certificate Manager, as `EventBridge` hands them over: its own, and those of AWS Health about it.

use serde_json::Value;

use super::{ServiceEvent, moment, word, words};
use crate::event::EventKind;

pub(super) fn read(json: &Value) -> Result<Vec<ServiceEvent>, String> {
    // A queue hands over several, and a topic one in the text of its message.
    match json {
        Value::Array(events) if events.is_empty() => Err("the array holds no event".to_owned()),
        Value::Array(events) => events.iter().map(event).collect(),
        event_of_service => event(event_of_service).map(|event| vec![event]),
    }
}

fn event(json: &Value) -> Result<ServiceEvent, String> {
    let about = word(json, &["detail-type"]).ok_or("it has no `detail-type`")?;
    let detail = json.get("detail").unwrap_or(&Value::Null);
    let (kind, said) = match word(json, &["source"]) {
        Some("aws.health") => of_health(detail)?,
        Some("aws.acm") | None => of_acm(about, detail)?,
        Some(other) => return Err(format!("it comes from `{other}`, and not from aws.acm")),
    };
    let mut arns = words(json, "resources");
    let entities = detail.get("affectedEntities").and_then(Value::as_array).into_iter().flatten();
    let affected: Vec<String> =
        entities.filter_map(|entity| word(entity, &["entityValue"])).map(str::to_owned).collect();
    arns.extend(affected.into_iter().filter(|arn| !json["resources"].to_string().contains(arn.as_str())));
    let Some(arn) = arns.first() else {
        return Err("it names no certificate: its `resources` are empty".to_owned());
    };
    let identifiers = arns.iter().filter_map(|arn| arn.rsplit_once('/')).map(|(_, id)| id.to_owned());
    let common_name = word(detail, &["CommonName"]).map(str::to_owned);
    let about = if word(json, &["source"]) == Some("aws.health") { "AWS Health Event" } else { about };
    let said = said.map_or_else(|| about.to_owned(), |said| format!("{about}: {said}"));
    Ok(ServiceEvent {
        kind,
        message: format!("{said} ({arn})"),
        names: common_name.into_iter().chain(arns.iter().cloned()).chain(identifiers).collect(),
        at: moment(json, &["time"]),
        issued: None,
    })
}

fn of_acm(about: &str, detail: &Value) -> Result<(EventKind, Option<String>), String> {
    let days = || {
        let left = detail.get("DaysToExpiry").and_then(Value::as_i64)?;
        Some(match (left, left.unsigned_abs()) {
            (1, _) => "1 day left".to_owned(),
            (0.., left) => format!("{left} days left"),
            (_, 1) => "expired 1 day ago".to_owned(),
            (_, ago) => format!("expired {ago} days ago"),
        })
    };
    let until = || word(detail, &["CertificateExpirationDate"]).map(|end| format!("valid until {end}"));
    Ok(match about {
        "ACM Certificate Approaching Expiration" => (EventKind::Expiration, days()),
        "ACM Certificate Expired" => (EventKind::Expired, None),
        "ACM Certificate Available" => match word(detail, &["Action"]) {
            Some("ISSUANCE" | "IMPORT") => (EventKind::Notice, until()),
            _ => (EventKind::Hosting, until()),
        },
        "ACM Certificate Rotated" => (EventKind::Hosting, until()),
        "ACM Certificate Renewal Action Required" => {
            let reasons = ["RenewalStatusReason", "DomainValidationMethod"];
            let reasons: Vec<String> =
                reasons.into_iter().filter_map(|key| word(detail, &[key])).map(str::to_owned).chain(days()).collect();
            (EventKind::HostingFailure, (!reasons.is_empty()).then(|| reasons.join(", ")))
        }
        "ACM Certificate Revoked" => (EventKind::Revocation, None),
        other => return Err(format!("`{other}` is no event of a certificate that is known here")),
    })
}

/// What AWS Health says of renewals.
fn of_health(detail: &Value) -> Result<(EventKind, Option<String>), String> {
    let code = word(detail, &["eventTypeCode"]).ok_or("it has no `eventTypeCode`")?;
    if word(detail, &["service"]).is_some_and(|service| service != "ACM") {
        return Err("it is about another service than ACM".to_owned());
    }
    let kind = match code {
        "AWS_ACM_RENEWAL_FAILURE" | "CAA_CHECK_FAILURE" | "AWS_ACM_CAA_CHECK_FAILURE" => EventKind::HostingFailure,
        _ => EventKind::Notice,
    };
    let mut descriptions = detail.get("eventDescription").and_then(Value::as_array).into_iter().flatten();
    let text = descriptions.find_map(|text| word(text, &["latestDescription"]));
    let said = text.map_or_else(|| code.to_owned(), |text| format!("{code}: {text}"));
    Ok((kind, Some(said)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_number_of_days_is_negative() {
        for (left, said) in [
            (31, "31 days left"),
            (1, "1 day left"),
            (0, "0 days left"),
            (-1, "expired 1 day ago"),
            (-5, "expired 5 days ago"),
            (i64::MIN, "expired 9223372036854775808 days ago"),
        ] {
            for about in ["ACM Certificate Approaching Expiration", "ACM Certificate Renewal Action Required"] {
                let (_, days) = of_acm(about, &json!({ "DaysToExpiry": left })).unwrap();
                assert_eq!(days.as_deref(), Some(said), "{about}");
            }
        }
    }
}
