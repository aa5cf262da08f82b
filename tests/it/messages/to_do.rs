//! What messages ask for.

use certnotify::event::FindingId;

use super::occurrence_kinds::{chinese, english, japanese, mail, wrong};

#[test]
fn several_faults_of_one_certificate_ask_for_one_thing() {
    let faults = [FindingId::KeyMismatch, FindingId::WeakKey].map(wrong);
    for (world, asks, accept) in [
        (english(), "To do: put a certificate without these faults in place", "key-mismatch, weak-key"),
        (chinese(), "请处理：将没有这些问题的证书部署", "key-mismatch、"),
        (japanese(), "対応：これらの問題のない証明書を", "key-mismatch、"),
    ] {
        let text = mail(&world, &[], &faults).text;
        let begin = asks.split_once('：').map_or("To do:", |(begin, _)| begin);
        assert!(text.contains(asks) && text.contains(accept) && text.matches(begin).count() == 1, "{text}");
    }
    let text = mail(&english(), &[], &[wrong(FindingId::ChainIncomplete), wrong(FindingId::WeakKey)]).text;
    assert_eq!(text.matches("To do:").count(), 2, "{text}");
}
