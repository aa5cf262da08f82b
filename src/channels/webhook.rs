//! Webhooks for programs, signed as Standard Webhooks has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use time::OffsetDateTime;

use super::exchange::{Access, At, HttpRequest, Payload, Protocol};
use super::table::{CA_FILE, PROXY};
use super::verdict::{Answer, Interpretation, Verdict, setup};
use super::{Form, Objection, Role, Spec, Table, TableKey};
use crate::secret::Revealed;

pub(super) static SPEC: Spec = Spec { table: Some(TABLE), protocol: Some(&StandardWebhook), ..Spec::new(Form::Json) };

const TABLE: Table = Table::new(&[
    TableKey::needed("url", Role::Address, "The whole address that takes the messages."),
    TableKey::optional(
        "secret",
        Role::Signing,
        "Signs each request (`whsec_…`); two with a space between while one takes the place of the other.",
    )
    .checked(
        |secret| keys(secret).is_some(),
        Objection {
            en: "this is no secret of a webhook: whsec_, and at least 24 bytes in Base64",
            zh_cn: "不是 webhook 的密钥：应为 whsec_ 加上至少 24 字节的 Base64",
            ja: "Webhook のシークレットではありません。whsec_ の後に、24 バイト以上の Base64 が必要です",
            help: "make one for both sides: echo \"whsec_$(openssl rand -base64 32)\"",
        },
    ),
    CA_FILE,
    PROXY,
]);

struct StandardWebhook;

/// What a secret begins with; the rest is its bytes in Base64.
const MARK: &str = "whsec_";
/// Fewer can be guessed.
const LEAST_BYTES: usize = 24;

impl Protocol for StandardWebhook {
    fn call(&self, access: &Access<'_>, payload: &Payload<'_>, now: OffsetDateTime) -> HttpRequest {
        let timestamp = now.unix_timestamp().to_string();
        let body = payload.payload.clone();
        let mut headers =
            vec![("webhook-id", Revealed::new(payload.id)), ("webhook-timestamp", Revealed::new(timestamp.as_str()))];
        if let Some(keys) = access.secret.and_then(|secret| keys(secret.expose())) {
            let signatures = keys.iter().map(|key| signature(key, payload.id, &timestamp, body.to_string().as_bytes()));
            headers.push(("webhook-signature", Revealed::new(signatures.collect::<Vec<_>>().join(" "))));
        }
        HttpRequest::post(At::Address(Vec::new()), headers, body)
    }

    fn read(&self, answer: &Answer, _now: OffsetDateTime) -> Interpretation {
        read(answer)
    }
}

/// The keys of a secret: one, or two with a space between while one takes the place of the other. Nothing where one of
/// them is none.
fn keys(secret: &str) -> Option<Vec<Vec<u8>>> {
    let key = |written: &str| {
        let bytes = BASE64.decode(written.strip_prefix(MARK)?).ok()?;
        (bytes.len() >= LEAST_BYTES).then_some(bytes)
    };
    secret.split_whitespace().map(key).collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
}

fn signature(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// The status alone counts: what a receiver writes below it is its own business.
fn read(answer: &Answer) -> Interpretation {
    let verdict = match answer.status {
        200..=299 => Verdict::Accepted,
        401 | 403 => setup("check `secret` and `url` of this contact: the receiver does not know the sender"),
        404 => setup("nothing is at this address: check `url` of this contact"),
        410 => setup("the receiver wants no more messages: take `webhook` of this contact out, or correct its `url`"),
        400..=499 if !matches!(answer.status, 408 | 429) => {
            Verdict::Content("the log of the receiver says why; webhook.schema.json describes what it is sent")
        }
        _ => return Interpretation::without_code(answer),
    };
    Interpretation { verdict, said: format!("HTTP {}", answer.status) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_message_is_signed_as_the_published_vectors_are() {
        for (secret, id, timestamp, body, signed) in [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "1614265330",
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                "msg_certnotify_1",
                "1700000000",
                r#"{"type":"certificate.expiring","timestamp":"2023-11-14T22:13:20Z","data":{"name":"www.example.com","days_left":7}}"#,
                "v1,9tGr77ZuGmkUD6e03eteF87vfj06YaNjbqqXieL7WQQ=",
            ),
        ] {
            let keys = keys(secret).unwrap();
            assert_eq!(signature(&keys[0], id, timestamp, body.as_bytes()), signed);
        }
    }

    #[test]
    fn what_is_no_secret_is_none() {
        let two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw  whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        assert_eq!(keys(two).unwrap().len(), 2);
        for wrong in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_MfKQ!r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_=fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            &format!("{two} whsec_x"),
        ] {
            assert!(keys(wrong).is_none(), "{wrong}");
        }
    }

    fn said(status: u16, retry_after: Option<Duration>) -> Verdict {
        read(&Answer { status, body: Vec::new(), is_whole: false, retry_after, rate_limit_reset: None, date: None })
            .verdict
    }

    #[test]
    fn every_2xx_is_success_and_nothing_else() {
        for status in [200, 201, 202, 204] {
            assert_eq!(said(status, None), Verdict::Accepted);
        }
        for status in [401, 403, 404, 410, 301, 302, 307, 308] {
            assert!(matches!(said(status, None), Verdict::Misconfigured(_)), "{status}");
        }
        for status in [400, 405, 413, 415, 422] {
            assert!(matches!(said(status, None), Verdict::Content(_)), "{status}");
        }
        let after = Some(Duration::from_secs(7));
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(said(status, after), Verdict::Busy(after), "{status}");
        }
    }
}
