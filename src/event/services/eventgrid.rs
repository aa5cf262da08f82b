//! Events of Azure Key Vault, as Event Grid hands them over: in its own schema and as `CloudEvents`, one or an array.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{HandedOver, ServiceEvent, moment, word};
use crate::event::EventKind;

const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

pub(super) fn read(json: &Value) -> Result<HandedOver, String> {
    let events: Vec<&Value> = match json {
        Value::Array(events) => events.iter().collect(),
        event => vec![event],
    };
    if events.is_empty() {
        return Err("the array holds no event".to_owned());
    }
    if let [only] = events.as_slice()
        && kind_of(only) == Some(VALIDATION)
    {
        let code = word(only, &["data", "validationCode"]).ok_or("it has no `validationCode`")?;
        return Ok(HandedOver::Answer(json!({ "validationResponse": code }).to_string()));
    }
    events.into_iter().map(event).collect::<Result<_, _>>().map(HandedOver::Events)
}

fn kind_of(json: &Value) -> Option<&str> {
    word(json, &["eventType"]).or_else(|| word(json, &["type"]))
}

fn event(json: &Value) -> Result<ServiceEvent, String> {
    let about = kind_of(json).ok_or("it has neither `eventType` nor `type`")?;
    let what = about.strip_prefix("Microsoft.KeyVault.");
    let kind = what.and_then(|what| {
        let what = ["Certificate", "Secret", "Key"].into_iter().find_map(|object| what.strip_prefix(object))?;
        Some(match what {
            "NearExpiry" => EventKind::Expiration,
            "Expired" => EventKind::Expired,
            "NewVersionCreated" => EventKind::Hosting,
            _ => return None,
        })
    });
    let kind = kind.ok_or_else(|| format!("`{about}` is no event of a certificate that is known here"))?;
    let data = json.get("data").unwrap_or(&Value::Null);
    let field = |key: &str, other: &str| word(data, &[key]).or_else(|| word(data, &[other]));
    let name = field("ObjectName", "objectName").or_else(|| word(json, &["subject"]));
    let name = name.ok_or("it names no certificate: it has no `ObjectName`")?;
    let vault = field("VaultName", "vaultName");
    let id = field("Id", "id").filter(|id| id.starts_with("https://"));
    let end = data.get("EXP").or_else(|| data.get("exp")).and_then(Value::as_i64);
    let end = end.and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok());
    let of_vault = vault.map(|vault| format!("{vault}/{name}"));
    let until = end.map(|end| format!(", valid until {}", end.date())).unwrap_or_default();
    let place = of_vault.clone().unwrap_or_else(|| name.to_owned());
    Ok(ServiceEvent {
        kind,
        message: format!("{}: {place}{until}", what.unwrap_or(about)),
        names: of_vault.into_iter().chain([name.to_owned()]).chain(id.map(str::to_owned)).collect(),
        at: moment(json, &["eventTime"]).or_else(|| moment(json, &["time"])),
        issued: None,
    })
}
