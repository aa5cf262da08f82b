//! What services answer, bent.

use super::{CHANNELS, answer, faulty};
use crate::support::chat_vendors::Fault;
use crate::support::mutation::{fuzz, leaked};

const ANSWERS: [&str; 9] = [
    r#"{"errcode":0,"errmsg":"ok"}"#,
    r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
    r#"{"code":19001,"msg":"param invalid","StatusCode":0}"#,
    r#"{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":35,"migrate_to_chat_id":-100}}"#,
    r#"{"error":"rate limited","errorCode":400,"errorDescription":"x","retry_after":0.5}"#,
    r#"{"status":"success","message":"Event processed","dedup_key":"srv01/HTTP"}"#,
    r#"{"status":0,"errors":["user identifier is invalid"],"request":"5042853c"}"#,
    "ok",
    "<html><head><title>502 Bad Gateway</title></head></html>",
];

#[test]
fn no_answer_of_a_service_brings_a_run_down() {
    fuzz("answers", &ANSWERS.map(|answer| answer.as_bytes().to_vec()), |bytes| {
        // The same bytes are always heard by the same channel.
        let number: usize = bytes.iter().map(|byte| usize::from(*byte)).sum();
        let text = String::from_utf8_lossy(bytes).into_owned();
        let body = std::str::from_utf8(leaked(text.into_bytes())).unwrap();
        let _ = answer(CHANNELS[number % CHANNELS.len()], faulty(Fault::Body(body)));
    });
}
